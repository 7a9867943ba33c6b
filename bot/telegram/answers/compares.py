"""/compare: a grid beside its twin on paper and beside its backtest of the same time, and what makes the difference."""

import logging
from dataclasses import replace

from bot.mode import Mode
from bot.owner.comparisons import Compared, compare_of
from bot.owner.twins import Sides, twin_asked
from bot.telegram.answers import under_way
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from bot.telegram.typed.parsing import Wrong, parse_grid_number, tidy
from strategy.grid.opening import unknown_grid
from strategy.model.grid import Grid, Phase
from strategy.model.orders import GridId

log = logging.getLogger(__name__)

_MOST_CHOICES = 40


async def compare(talk: Conversation, words: str) -> None:
    """`/compare 1`; alone the only grid, or it asks which."""
    said, grids = tidy(words).strip(), talk.trader.account().grids
    open_ones = [grid for grid in grids.values() if grid.phase is not Phase.STOPPED]
    number = parse_grid_number(said) if said else None
    if isinstance(number, Wrong):
        talk.outcome = "refused"
        await talk.say("compare.usage", given=said)
    elif number is not None and GridId(number) not in grids:
        talk.outcome = "refused"
        await talk.send(texts.problem(talk.lang, unknown_grid(grids, GridId(number))))
    elif number is not None:
        await _begin(talk, grids[GridId(number)])
    elif len(open_ones) == 1:
        await _begin(talk, open_ones[0])
    else:
        label = talk.label("grid")
        choices = [
            [nav(label.format(grid=one.id, symbol=one.spec.symbol), "w", "compare", str(one.id))] for one in open_ones
        ]
        await talk.send(talk.text("compare.which" if open_ones else "compare.none"), keyboard(*choices[:_MOST_CHOICES]))


async def _begin(talk: Conversation, grid: Grid) -> None:
    """Have it played beside everything else; one at a time."""
    if not await under_way.may_play(talk):
        return
    working = talk.text("compare.working", grid=grid.id, symbol=grid.spec.symbol)
    message = await under_way.begin(talk, "compare", working)
    await talk.typing()
    talk.desk.in_background(_work(talk, grid, message))


async def _work(talk: Conversation, grid: Grid, message: int | None) -> None:
    async def loaded(candles: int) -> None:
        if message is not None:
            await talk.edit(message, Card(talk.text("backtest.playing", candles=candles)))

    try:
        asked = await compare_of(talk.trader, grid)
        twin = twin_asked(talk.trader.account(), grid, asked.lived, talk.trader.now())
        played = await talk.desk.workshop.compare(asked, loaded)
        sides = Sides(lived=played.lived if isinstance(played, Compared) else asked.lived, played=played)
        if talk.trader.mode is not Mode.PAPER:  # there the grid itself is on paper
            if message is not None:
                await talk.edit(message, Card(_said(talk, grid, replace(sides, is_under_way=True))))
            sides = replace(sides, paper=await talk.desk.workshop.twin(twin, _nobody))
        card = _card(talk, grid, _said(talk, grid, sides))
    except Exception:  # the outermost place of this answer: logged, and the owner is told
        log.exception("the comparison failed")
        card = Card(talk.text("compare.not.failed"))
    finally:
        talk.desk.playing = False
    await under_way.end(talk, message, card)


async def _nobody(_done: int, _whole: int) -> None:
    """What is there is shown already: nobody watches how far the rest is."""


def _said(talk: Conversation, grid: Grid, sides: Sides) -> Html:
    return texts.compared(talk.lang, sides, grid, talk.trader.mode, talk.trader.zone)


def _card(talk: Conversation, grid: Grid, html: Html) -> Card:
    return Card(html, keyboard([nav(talk.label("refresh"), "w", "compare", str(grid.id))]))
