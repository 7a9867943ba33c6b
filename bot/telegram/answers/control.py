"""Stopping, pausing, resuming: which grids are meant, what will happen, and doing it. Nothing is made or tuned here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from telegram import InlineKeyboardButton

from bot.telegram.answers import coded, holds
from bot.telegram.answers.confirming import press, without_yes
from bot.telegram.answers.conversation import DANGER_LIFE, Card, Conversation, keyboard, nav
from bot.telegram.answers.remedies import fix_buttons
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import listed
from bot.telegram.texts.exits import label_of, stop_text
from bot.telegram.texts.mistakes import wrong_text
from bot.telegram.typed.names import ALL, AT_ONCE, BREAK_EVEN, BUYING, SELL, SLOWLY
from bot.telegram.typed.parsing import grid_words, parse_grid_number
from strategy.messages.problems import Problem
from strategy.model.account import Halt, Hold
from strategy.model.grid import Grid, Phase
from strategy.model.money import ONE, plain
from strategy.model.orders import GridId
from strategy.model.shown import PREVIEW_BAND
from strategy.model.stops import Way

_MOST_CHOICES = 40
_SALES = ((SELL, Way.NOW), (SLOWLY, Way.SLOWLY), (BREAK_EVEN, Way.BREAK_EVEN))
"""What may stand after /stop 1."""
_CAN: Mapping[str, tuple[Phase, ...]] = {
    "stop": (Phase.WAITING, Phase.SEEDING, Phase.RUNNING, Phase.PAUSED, Phase.PARKED),
    "pause": (Phase.WAITING, Phase.SEEDING, Phase.RUNNING),
}


async def stop(talk: Conversation, words: str) -> None:
    """`/stop 1` stops at once and keeps the coins; `/stop 1 sell` and plain `/stop` show first what will happen."""
    said, yes = without_yes(" ".join(grid_words(words)))
    target, *rest = [word for word in said.split() if word not in AT_ONCE] or [""]
    if target in ALL and not rest:
        await _each(talk, "stop", _able(talk, "stop"))
        return
    if rest and (several := _several([target, *rest])):
        await _stop(talk, several)
        return
    grid_id = await _meant(talk, "stop", target)
    if grid_id is None:
        return
    way = next((way for words, way in _SALES if rest and rest[0] in words), None)
    if extra := rest[1:] if way else rest:
        await talk.say("stop.usage", given=extra[0])
    elif way and yes:
        await _sell_as_shown(talk, grid_id, way)
    elif way or not target or _only_holds(talk, grid_id):
        await talk.show(await stop_card(talk, [str(grid_id), *([str(way)] if way else [])]))
    else:
        await do_stop(talk, {"grid": str(grid_id)})


async def _sell_as_shown(talk: Conversation, grid_id: GridId, way: Way) -> None:
    """`/stop 1 sell yes`: the sale that the newest card shows, or that card first."""
    number, grid = str(grid_id), talk.trader.account().grids.get(grid_id)
    if not await press(talk, "stop", do_stop, {"grid": number, "sell": "yes", "way": way}):
        if grid is not None and grid.market.fitting(grid.coins):
            await talk.say("yes.first")
        await talk.show(await stop_card(talk, [number, way]))


def _only_holds(talk: Conversation, grid_id: GridId) -> bool:
    """Whether it has stopped already and keeps coins: what is left to decide is their sale."""
    grid = talk.trader.account().grids.get(grid_id)
    return grid is not None and grid.phase is Phase.STOPPED and grid.again_at is None and bool(grid.coins)


async def pause(talk: Conversation, words: str) -> None:
    """`/pause 1`, without a number where there is only one grid; `/pause 1 buying` takes only its buys back."""
    *target, last = grid_words(words) or [""]
    if last not in BUYING:
        await _simple(talk, "pause", words)
    elif (grid_id := await _meant(talk, "pause", " ".join(target))) is not None:
        await do_pause(talk, {"grid": str(grid_id), "buying": "yes"})


async def resume(talk: Conversation, words: str) -> None:
    """`/resume 1`; without a number it lifts what stopped everything, or resumes the only paused grid."""
    halt = None if words.strip() else talk.trader.account().stopped_by
    opening = not words.strip() and not halt and talk.trader.together().paused_for > 0
    if (halt or opening) and talk.role is not Role.OWNER:
        talk.outcome = "denied"
        await talk.say("resume.owner")
        return
    if opening or (isinstance(halt, Halt) and halt.is_loss):
        if not await coded.asks_first(talk, "lift", {}):
            await holds.lift(talk, {})
    elif halt is Hold.UNCONFIRMED:
        await holds.ask_live(talk, {})
    elif halt:
        await talk.show(holds.halt_card(talk, []))
    else:
        await _simple(talk, "resume", words)


async def show_stop(talk: Conversation, words: str) -> None:
    """The card of a grid that may be stopped."""
    await talk.show(await stop_card(talk, words.split()))


async def stop_card(talk: Conversation, args: Sequence[str]) -> Card:
    """What stopping a grid in each way comes to, with the buttons that do it; of one way alone where it was named."""
    number, *named = args
    grid = talk.trader.account().grids.get(GridId(int(number)))
    if grid is None:
        return Card(talk.text("stop.gone", grid=number))
    ways, has_price = await talk.trader.ways_out(grid.id), talk.trader.has_price(grid.spec.symbol)
    can_sell = bool(grid.market.fitting(ways.coins))
    card = stop_text(talk.lang, grid, ways, can_sell=can_sell, has_price=has_price)
    group = f"stop {number} {talk.desk.clock()}"

    def one(label: str, action: str, more: Mapping[str, str], style: str | None = None) -> InlineKeyboardButton:
        args = {"grid": number, **more}
        return talk.once(talk.label(label), action, args, group=group, life=DANGER_LIFE, style=style)

    again = "again" in named
    shown = {} if again else {"price": plain(ways.price), "coins": plain(grid.coins)}
    asked = {way for way in Way if way in named} or set(Way) if grid.coins else set()
    sales = [
        [one(label_of(grid, way), "stop", {"sell": "yes", "way": way, **shown}, _risk(way))]
        for way in Way
        if way in asked and (can_sell or way is Way.NOW)
    ]
    stays = grid.phase is Phase.STOPPED or (asked == {Way.NOW} and grid.coins)
    keep = [] if stays else [one(label_of(grid, None), "stop", {}, "danger")]
    buying = grid.phase.trades and grid.adapted.buying and not named
    hold = [one("pause_buying", "pause", {"buying": "yes"})] if buying else []
    return Card(card, keyboard(keep, *sales, hold, [nav(talk.label("back"), "x")]))


def _risk(way: Way) -> str | None:
    """How its button looks: red, where coins may go for less than they cost."""
    return None if way is Way.BREAK_EVEN else "danger"


async def do_stop(talk: Conversation, args: Mapping[str, str]) -> None:
    """Stop a grid; `sell` also sells its coins."""
    grid_id, sell, way = GridId(int(args["grid"])), args.get("sell") == "yes", Way(args.get("way", Way.NOW))
    if sell and way is not Way.BREAK_EVEN and _is_worse(talk, grid_id, args):
        await _stop_and_ask(talk, grid_id)
    elif not sell:
        await _stop(talk, [grid_id])
    else:
        grid = talk.trader.account().grids.get(grid_id)
        is_over = grid is not None and grid.phase is Phase.STOPPED
        if not await _refused(talk, "stop", grid_id, await talk.trader.stop(grid_id, sell=True, way=way)):
            key = "stop.selling" if way is Way.NOW else "stop.resting"
            await talk.say(f"{key}.kept" if is_over else key, grid=grid_id)


def _is_worse(talk: Conversation, grid_id: GridId, args: Mapping[str, str]) -> bool:
    """Whether a sale would be at a much lower price, or of more coins, than was shown. Its age is the button's."""
    line = talk.trader.line(grid_id)
    if line is None or "price" not in args:
        return False
    least = Decimal(args["price"]) * (ONE - PREVIEW_BAND)
    return line.standing.price < least or line.standing.coins > Decimal(args["coins"])


async def _stop_and_ask(talk: Conversation, grid_id: GridId) -> None:
    """Cancelling takes only risk away, so it is done; the sale is asked for again, and the next press is obeyed."""
    able = talk.trader.account().grids[grid_id].phase in _CAN["stop"]
    if able and await _refused(talk, "stop", grid_id, await talk.trader.stop(grid_id, sell=False)):
        return
    talk.outcome = "refused"
    await talk.say("stop.moved", grid=grid_id)
    await talk.send(*await stop_card(talk, [str(grid_id), Way.NOW, "again"]))


async def do_pause(talk: Conversation, args: Mapping[str, str]) -> None:
    """Pause a grid, or its buying alone: that no buy rests any more is told as a notice."""
    grid_id = GridId(int(args["grid"]))
    if args.get("buying") != "yes":
        await _pause(talk, [grid_id])
    elif not await _refused(talk, "pause", grid_id, await talk.trader.pause(grid_id, buying_only=True)):
        await talk.say("pause.buying", grid=grid_id)


async def _pause(talk: Conversation, grid_ids: Sequence[GridId]) -> None:
    known = talk.trader.account().grids
    resting = [grid for id_ in grid_ids if (grid := known.get(id_)) is not None and grid.phase.trades and grid.live]
    # Before it is asked for: the notice that no order rests any more may be quicker than an answer.
    if resting and talk.trader.unwritable is None:
        orders = sum(grid.known_live for grid in resting)
        limbo = sum(len(grid.live) for grid in resting) - orders
        meant = _named(talk, [grid.id for grid in resting])
        await talk.say("pause.doing", **meant, orders=orders, limbo=limbo or None)
    several = len(grid_ids) > 1
    for grid_id in grid_ids:
        await _refused(talk, "pause", grid_id, await talk.trader.pause(grid_id), several=several)


async def _stop(talk: Conversation, grid_ids: Sequence[GridId]) -> None:
    several = len(grid_ids) > 1
    stopped = [
        one
        for one in grid_ids
        if not await _refused(talk, "stop", one, await talk.trader.stop(one, sell=False), several=several)
    ]
    if stopped:
        await talk.say("stop.done", **_named(talk, stopped))


def _named(talk: Conversation, grid_ids: Sequence[GridId]) -> Mapping[str, str]:
    """The grid, or the grids, that a sentence is of."""
    return {"grid" if len(grid_ids) == 1 else "grids": listed(talk.lang, map(str, grid_ids))}


async def do_resume(talk: Conversation, args: Mapping[str, str]) -> None:
    """Resume a grid."""
    await _resume(talk, [GridId(int(args["grid"]))])


async def _resume(talk: Conversation, grid_ids: Sequence[GridId]) -> None:
    several = len(grid_ids) > 1
    for grid_id in grid_ids:
        # That it trades is told as a notice, once.
        await _refused(talk, "resume", grid_id, await talk.trader.resume(grid_id), several=several)


async def do_all(talk: Conversation, args: Mapping[str, str]) -> None:
    """The same for every grid that it can be done to."""
    await _each(talk, args["verb"], _able(talk, args["verb"]))


DOING: Mapping[str, Callable[[Conversation, Mapping[str, str]], Awaitable[None]]] = {
    "stop": do_stop,
    "pause": do_pause,
    "resume": do_resume,
}

_TO_ALL: Mapping[str, Callable[[Conversation, Sequence[GridId]], Awaitable[None]]] = {
    "stop": _stop,
    "pause": _pause,
    "resume": _resume,
}
"""The same to several grids, with one answer."""


async def _simple(talk: Conversation, verb: str, words: str) -> None:
    said = grid_words(words)
    target = " ".join(said)
    if target in ALL:
        await _each(talk, verb, _able(talk, verb))
    elif len(said) > 1 and (several := _several(said)):
        await _TO_ALL[verb](talk, several)
    elif (grid_id := await _meant(talk, verb, target)) is not None:
        await DOING[verb](talk, {"grid": str(grid_id)})


def _several(said: Sequence[str]) -> list[GridId]:
    """The grids that all of these words name; none where one of them is no number."""
    numbers = [GridId(one) for word in said if isinstance(one := parse_grid_number(word), int)]
    return list(dict.fromkeys(numbers)) if len(numbers) == len(said) else []


async def _meant(talk: Conversation, verb: str, target: str) -> GridId | None:
    """The grid that is meant. Where that is open, the owner is asked, and nothing is done."""
    if target:
        number = parse_grid_number(target)
        if isinstance(number, int):
            return GridId(number)
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, number, f"/{verb} 1"))
        return None
    able = _able(talk, verb)
    if len(able) == 1:
        return able[0].id
    if not able:
        await talk.say(f"{verb}.none")
        return None
    await talk.send(talk.text(f"{verb}.which"), _choice(talk, verb, able))
    return None


def _choice(talk: Conversation, verb: str, able: Sequence[Grid]) -> Keyboard:
    """A button a grid, and one for all. For a stop they only lead to the card that says what it means."""
    group = f"{verb} {talk.desk.clock()}"

    def one(grid: Grid) -> InlineKeyboardButton:
        label = talk.label("grid").format(grid=grid.id, symbol=grid.spec.symbol)
        if verb == "stop":
            return nav(label, "v", "stop", str(grid.id))
        return talk.once(label, verb, {"grid": str(grid.id)}, group=group)

    every = talk.once(talk.label("all"), f"{verb}_all", {"verb": verb}, group=group, life=DANGER_LIFE)
    return keyboard(*([one(grid)] for grid in able[:_MOST_CHOICES]), [every, nav(talk.label("back"), "x")])


def _able(talk: Conversation, verb: str) -> Sequence[Grid]:
    """The grids that this can be done to."""
    grids = talk.trader.account().grids.values()
    return [grid for grid in grids if _can(grid, verb)]


def _can(grid: Grid, verb: str) -> bool:
    if verb == "resume":
        return grid.resumable or (grid.phase.trades and not grid.adapted.buying)
    waits = grid.phase is Phase.STOPPING and grid.stop is not None and grid.stop.rests
    waits = waits or grid.again_at is not None
    return grid.phase in _CAN[verb] or (verb == "stop" and waits)


async def _each(talk: Conversation, verb: str, able: Sequence[Grid]) -> None:
    if able:
        await _TO_ALL[verb](talk, [grid.id for grid in able])
    else:
        await talk.say(f"{verb}.none")


async def _refused(
    talk: Conversation, verb: str, grid_id: GridId, problem: Problem | None, *, several: bool = False
) -> bool:
    """Say why not, where something was refused, with the buttons that mend it; of which grid, where it was asked of
    `several`. What was done is told by its notice.
    """
    if problem is None:
        talk.did(verb, grid_id)
        return False
    talk.outcome = "refused"
    grid = talk.trader.account().grids.get(grid_id)
    if grid is None:
        able = _able(talk, verb)
        under = _choice(talk, verb, able) if able else keyboard()
    else:
        under = keyboard(*([one] for one in await _remedies(talk, verb, grid, problem)))
    of_which = talk.text("several.grid", grid=grid.id, symbol=grid.spec.symbol) if several and grid else None
    await talk.send(texts.lines(of_which, texts.problem(talk.lang, problem)), under)
    return True


async def _remedies(talk: Conversation, verb: str, grid: Grid, problem: Problem) -> list[InlineKeyboardButton]:
    """What would let it trade on is a change of its settings; what passes by itself is tried again."""
    buttons = await fix_buttons(talk, problem, {}, grid)
    if buttons or verb != "resume":
        return buttons
    return [talk.once(talk.label("try_again"), "resume", {"grid": str(grid.id)}, group=f"resume {grid.id}")]
