"""/backtest: a grid over the last days, in one message that first says that it works. It never starts anything."""

import logging
from collections.abc import Mapping

from telegram import InlineKeyboardButton

from bot.owner.views import USUAL_DAYS, NotPlayed, Played, Wanted, wanted_of
from bot.telegram.answers import under_way
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.answers.new_grid import market_of, offer, with_spacing
from bot.telegram.answers.remedies import retyped
from bot.telegram.texts import face as texts
from bot.telegram.texts.mistakes import BACKTEST_EXAMPLE, grid_example, shown_by, wrong_text
from bot.telegram.typed.moments import days_of
from bot.telegram.typed.names import setting_of
from bot.telegram.typed.parameters import BACKTEST_KEYS, GRID_KEYS
from bot.telegram.typed.parsing import (
    Given,
    Value,
    Wrong,
    clash,
    parse,
    parse_grid_number,
    tokens,
    unset_by,
    wrong_money,
)
from bot.telegram.typed.wishes import from_words, spec_from_args, to_words
from strategy.account.risk import free
from strategy.grid.opening import unknown_grid
from strategy.model.grid import Phase
from strategy.model.money import ZERO
from strategy.model.orders import GridId

log = logging.getLogger(__name__)

SPANS = (7, 30, 90, 365)
"""Days that a button offers."""
GRID, DAYS, SPEC, MARKET = "grid", "days", "spec", "market"
_KEYS = (*GRID_KEYS, *BACKTEST_KEYS)
_MOST_CHOICES = 40
_OVER = (Phase.STOPPED, Phase.PARKED)

Args = Mapping[str, str]
"""What is played, as a button carries it: a grid's number, a whole spec, or the words of a wish; and the days."""


async def backtest(talk: Conversation, words: str) -> None:
    """`/backtest 1`, `/backtest ETH_USDC lower=1800 upper=2200 grids=20 total=1000`, each with `days=90`."""
    given = parse(_with_days_named(words), keys=_KEYS, words=1)
    if isinstance(given, Wrong):
        await _refuse(talk, given, words)
        return
    days = {DAYS: _days(given.values)}
    if not given.words and given.values.keys() <= {DAYS}:
        await _of_some_grid(talk, days)
    elif not given.words:
        await _refuse(talk, Wrong(reason="missing", field=MARKET), words)
    elif isinstance(number := parse_grid_number(given.words[0]), int):
        extra = next((name for name in given.values if name != DAYS), None)
        if extra is None:
            await play(talk, {GRID: str(number), **days})
        else:
            await _refuse(talk, Wrong(reason="unknown_of", field=extra, given=extra, hint=DAYS), words)
    else:
        await _of_words(talk, given, days, words)


def _with_days_named(words: str) -> str:
    """The line where `/backtest 1 7` and `/backtest ETH_USDC 90d` name their days as others do."""
    typed = tokens(words)
    alone = [one for one in typed if "=" not in one]
    days = days_of(alone[1]) if len(alone) == 2 else None
    if days is None or setting_of(alone[0], alone[1]) in _KEYS:  # `usdc 50`
        return words
    return " ".join(f"{DAYS}={days}" if one is alone[1] else one for one in typed)


def _days(values: Mapping[str, Value]) -> str:
    return to_words({DAYS: values[DAYS]})[DAYS] if DAYS in values else str(USUAL_DAYS)


async def _of_some_grid(talk: Conversation, days: Args) -> None:
    """The only grid that there is; of several the owner is asked which."""
    said = days[DAYS]
    grids = [grid for grid in talk.trader.account().grids.values() if grid.phase not in _OVER]
    if len(grids) == 1:
        await play(talk, {GRID: str(grids[0].id), **days})
        return
    choices = [
        [
            nav(
                talk.label("grid").format(grid=one.id, symbol=one.spec.symbol),
                "w",
                "backtest",
                f"{one.id} {DAYS}={said}",
            )
        ]
        for one in grids[:_MOST_CHOICES]
    ]
    asked = talk.text("backtest.which" if grids else "backtest.usage")
    await talk.send(asked, keyboard(*choices) if choices else None)


async def _of_words(talk: Conversation, given: Given, days: Args, words: str) -> None:
    values = {name: value for name, value in given.values.items() if name != DAYS}
    if (wrong := clash(values, unset_by(talk.trader.defaults))) is not None:
        await _refuse(talk, wrong, words)
        return
    market = await market_of(talk, "backtest", words, given.words[0], BACKTEST_EXAMPLE)
    if market is None:
        return
    if (wrong := wrong_money(given, market.quote)) is not None:
        await _refuse(talk, wrong, words)
        return
    await play(talk, {MARKET: str(market.symbol), **to_words(with_spacing(values)), **days})


async def play(talk: Conversation, args: Args) -> None:
    """Play what the arguments say, beside everything else; one at a time."""
    args = {DAYS: str(USUAL_DAYS), **args}
    wanted = await _wanted(talk, args)
    if wanted is None:
        return
    if not await under_way.may_play(talk):
        return
    working = talk.text("backtest.working", symbol=wanted.market.symbol, days=wanted.days)
    message = await under_way.begin(talk, "backtest", working)
    await talk.typing()
    talk.desk.in_background(_work(talk, wanted, args, message))


async def preview(talk: Conversation, args: Args) -> None:
    """A button that leads to the preview of the same words. Nothing is started."""
    await offer(talk, args)


async def _wanted(talk: Conversation, args: Args) -> Wanted | None:
    """What is to be played; None where that can't be known, which is then said."""
    account, days = talk.trader.account(), int(args[DAYS])
    spec, room = spec_from_args(args), ZERO
    if GRID in args:
        grid = account.grids.get(GridId(int(args[GRID])))
        if grid is None:
            talk.outcome = "refused"
            await talk.send(texts.problem(talk.lang, unknown_grid(account.grids, GridId(int(args[GRID])))))
            return None
        spec, room = grid.spec, grid.money
    market = account.markets.get(spec.symbol) if spec is not None else talk.trader.market(args.get(MARKET, ""))
    if market is None:
        talk.outcome = "refused"
        await talk.say("pressed.late")
        return None
    return wanted_of(
        account,
        market,
        days=days,
        now=talk.trader.now(),
        free=max(ZERO, free(account, market.quote)) + room,
        spec=spec,
        wish=from_words(_words(args)) if spec is None else None,
    )


async def _work(talk: Conversation, wanted: Wanted, args: Args, message: int | None) -> None:
    async def loaded(candles: int) -> None:
        if message is not None:
            await talk.edit(message, Card(talk.text("backtest.playing", candles=candles)))

    found: Played | NotPlayed | None = None
    try:
        found = await talk.desk.workshop.play(wanted, loaded)
        card = _card(talk, wanted, args, found)
    except Exception:  # the outermost place of this answer: logged, and the owner is told
        log.exception("the backtest failed")
        card = Card(talk.text("backtest.not.failed"))
    finally:
        talk.desk.playing = False
    await under_way.end(talk, message, card)
    if isinstance(found, Played) and found.picture is not None:
        await talk.picture(found.picture)


def _card(talk: Conversation, wanted: Wanted, args: Args, found: Played | NotPlayed) -> Card:
    """What came of it, other days to try, and the way to a preview where no such grid runs."""
    if isinstance(found, Played):
        html = texts.backtest(talk.lang, found, talk.trader.mode, args.get(GRID))
    else:
        html = texts.not_played(talk.lang, found)
    return Card(html, keyboard(_spans(talk, wanted, args), _onward(talk, args)))


def _spans(talk: Conversation, wanted: Wanted, args: Args) -> list[InlineKeyboardButton]:
    """The same over other days, each as often as its button is there."""
    group = f"backtest {talk.desk.clock()}"
    return [
        talk.once(talk.label("days").format(days=days), "backtest", {**args, DAYS: str(days)}, group=f"{group} {days}")
        for days in SPANS
        if days != wanted.days
    ]


def _onward(talk: Conversation, args: Args) -> list[InlineKeyboardButton]:
    label, group = talk.label("preview"), f"preview {talk.desk.clock()}"
    if GRID in args:
        return []
    if SPEC in args:
        return [talk.once(label, "vary", {SPEC: args[SPEC]}, group=group)]
    return [talk.once(label, "preview", _words(args), group=group)]


def _words(args: Args) -> Args:
    """Of the arguments, those that are the words of a wish."""
    return {name: word for name, word in args.items() if name != DAYS}


async def _refuse(talk: Conversation, wrong: Wrong, words: str) -> None:
    talk.outcome = "refused"
    example = BACKTEST_EXAMPLE if wrong.field in (DAYS, MARKET) else grid_example(shown_by(wrong))
    buttons = retyped(talk, "backtest", words, wrong)
    said = wrong_text(talk.lang, wrong, example.replace("/grid", "/backtest", 1))
    await talk.send(said, keyboard(*([one] for one in buttons)))
