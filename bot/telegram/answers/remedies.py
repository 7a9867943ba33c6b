"""Buttons that mend a refusal, of a new grid or of one that there is: each applies one figure, or leads to it."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from telegram import InlineKeyboardButton

from bot.telegram.answers.conversation import Conversation, nav
from bot.telegram.answers.helping import MEANT
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.moments import date_of
from bot.telegram.typed.names import called, shown, value_called
from bot.telegram.typed.parameters import BY_WORD, OF_GRID, excluded, of_coin
from bot.telegram.typed.parsing import Wrong, tokens
from bot.telegram.typed.wishes import OFF, from_words, wish_of
from strategy.grid.sizing import money_down, money_up
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Grid
from strategy.model.market import USDC, Asset, Market, Symbol
from strategy.model.money import ceil_to, plain
from strategy.model.spec import MAX_LEVELS
from strategy.model.stops import StopReason

Facts = Mapping[str, str | int | Decimal]
Changes = Mapping[str, str]

_OUT_STEP = Decimal("0.0005")
_USUAL_OUT = Decimal("0.004")
_ASKABLE = tuple(one.word for one in OF_GRID if one.kind is not Kind.YES_NO)
_LEAST: Mapping[str, str] = {
    ProblemCode.LOSES: "least",
    ProblemCode.TOO_SMALL: "least_money",
    ProblemCode.ROUNDING: "least_money",
    ProblemCode.NO_QUOTE_PRICE: "least_money",
}
_STOP_AT = Decimal("0.9")
"""Where a stop loss that was not below the price is proposed, as a part of it."""
_PASSING = (ProblemCode.NO_PRICE, ProblemCode.INTERRUPTED, ProblemCode.MARKET_CLOSED)
"""What passes by itself: the same wish may do in a minute."""
_ELSEWHERE: Mapping[ProblemCode, str] = {
    ProblemCode.HALTED: "halt",
    ProblemCode.OPENING_PAUSED: "risk",
    ProblemCode.EXPOSURE: "risk",
    ProblemCode.TOO_MANY_GRIDS: "grids",
    ProblemCode.NO_MONEY: "balance",
}
"""The screen on which it can be mended, where no setting of the grid does it."""
_OF_ITS_OWN: Mapping[ProblemCode, str] = {
    ProblemCode.WRONG_PHASE: "status",
    ProblemCode.NOTHING_BEFORE: "tune",
    ProblemCode.NO_TARGET: "tune",
}
"""Likewise, where it is the grid's own."""
_REACHED: Mapping[str, str] = {
    StopReason.STOP_LOSS: "stop",
    StopReason.TAKE_PROFIT: "take",
    StopReason.TRAILING: "trail",
    StopReason.MAX_LOSS: "maxloss",
    StopReason.MAX_DRAWDOWN: "maxdrawdown",
}
"""The parameter of a limit that is reached already."""
_OF_MONEY = ("maxloss", "maxdrawdown")
"""Those of them that are a part of the grid's money."""
_LEFT_OUT = frozenset(
    {
        ProblemCode.END_PAST,
        ProblemCode.TRIGGER_OUTSIDE,
        ProblemCode.COUNTED_TWICE,
        ProblemCode.NO_HISTORY,
        ProblemCode.NO_GOAL,
        ProblemCode.NOT_PLAYED,
    }
)
"""What goes without the parameter that can't be."""
_PERCENT = Decimal("0.01")
_MOST_GRIDS = 8
_MOST_STEPS = 5
"""Figures that one button may change."""


async def fix_buttons(
    talk: Conversation, problem: Problem, wish: Mapping[str, str], grid: Grid | None = None
) -> list[InlineKeyboardButton]:
    """What would mend it, as single-use buttons that carry the mended wish; else the way to where it can be mended.

    `grid` is the one that is to be tuned; without one a grid is to be opened.
    """
    group = f"fix {talk.desk.clock()}"
    action, of = ("fix", {}) if grid is None else ("fix_tune", {"grid": str(grid.id)})
    whole = wish if grid is None else mended(wish_of(grid.spec), wish)
    buttons = [
        talk.once(_label(talk, changed), action, {**of, **mended(wish, changed)}, group=group)
        for fix in _fixes(talk, problem, whole, _glancer(talk, wish, grid))
        if (changed := _that_do(talk, wish, fix, grid)) is not None
    ]
    if problem.code in _PASSING and (wish.get("market") or (wish and grid is not None)):
        buttons.append(talk.once(talk.label("try_again"), action, {**of, **wish}, group=group))
    raisable = problem.code is ProblemCode.EXPOSURE  # less money is one way, a higher limit another
    if (raisable or not buttons) and (screen := _ELSEWHERE.get(problem.code)) is not None:
        buttons.append(nav(talk.label("decide" if screen == "halt" else screen), "w", screen))
    if not buttons and grid is not None and problem.code in _OF_ITS_OWN:
        screen = _OF_ITS_OWN[problem.code]
        buttons.append(nav(talk.label(screen), "w", screen, str(grid.id)))
    if problem.field in _ASKABLE and wish.get("market"):
        args = {**wish, "ask": str(problem.field)}
        buttons.append(talk.once(talk.label("change_it"), "change", args, group=group))
    return buttons


def other_grids(talk: Conversation, *data: str) -> list[InlineKeyboardButton]:
    """Where a number is no grid's: those that there are, the newest first, each a button that shows the same of it."""
    grids = sorted(talk.trader.account().grids.values(), key=lambda one: one.id, reverse=True)
    return [
        nav(talk.label("grid").format(grid=one.id, symbol=one.spec.symbol), *data, str(one.id))
        for one in grids[:_MOST_GRIDS]
    ]


def of_other_markets(
    talk: Conversation, command: str, words: str, typed: str, problem: Problem
) -> list[InlineKeyboardButton]:
    """Buttons that give the same line for the markets with a similar name."""
    group = f"market {talk.desk.clock()}"
    near = str(dict(problem.facts).get("suggestions", "")).replace(",", " ").split()
    return [
        talk.once(
            talk.label("use").format(value=one),
            MEANT,
            {"command": command, "words": " ".join(one if word == typed else word for word in tokens(words))},
            group=group,
        )
        for one in near
    ]


def retyped(talk: Conversation, command: str, words: str, wrong: Wrong) -> list[InlineKeyboardButton]:
    """Buttons that give the same line with what was probably meant in the place of what could not be read."""
    group, typed = f"retyped {talk.desk.clock()}", tokens(words)
    found = next((one for one in typed if wrong.given.lower() in one.lower().split("=")), None)
    if found is None:
        return []
    name, _, value = found.partition("=")
    return [
        talk.once(
            talk.label("use").format(value=called(talk.lang, meant)),
            MEANT,
            {"command": command, "words": " ".join(meant if one == found else one for one in typed)},
            group=group,
        )
        for meant in _meant(wrong, name, value)
    ]


def _meant(wrong: Wrong, name: str, value: str) -> Iterator[str]:
    """What to say instead of a parameter and its value."""
    row = BY_WORD.get(of_coin(wrong.field)[0])
    match wrong.reason:
        case "unknown":
            yield f"{wrong.hint}={value}"
        case "which" if value:
            yield from (f"{hint}={value}" for hint in wrong.hint.split(", "))
        case "comma" | "ambiguous" | "unsigned":
            yield from (f"{name}={hint}" for hint in wrong.hint.split(" / "))
        case "whole" if row is not None and row.kind is Kind.COUNT and value.isdecimal():
            yield f"{name}={row.most}"
        case "whole" if row is not None and row.kind is Kind.HOURS and row.least > 1:
            yield f"{name}={row.least}h"
        case "whole" if row is not None and row.kind is Kind.DATE and value.isdecimal() and date_of(f"{value}d"):
            yield f"{name}={value}d"
        case _:
            return


Glancing = Callable[[Changes], object]
"""What the wish comes to with these changes, or the problem of it."""


def _glancer(talk: Conversation, wish: Mapping[str, str], grid: Grid | None) -> Glancing:
    return lambda changed: _glance(talk, mended(wish, changed), grid)


def _fixes(  # noqa: C901, PLR0912
    talk: Conversation, problem: Problem, wish: Mapping[str, str], glance: Glancing
) -> Iterator[Changes]:
    """Parameters and their values, each of which would do by itself: a case a problem, nothing else."""
    facts = dict(problem.facts)
    field, quote = problem.field or "", Asset(str(facts.get("quote", USDC)))
    least, fits, money = (facts.get(name) for name in (_LEAST.get(problem.code, ""), "fits", "money"))
    match problem.code:
        case ProblemCode.UNKNOWN_MARKET:
            yield from ({"market": name} for name in str(facts.get("suggestions", "")).replace(",", " ").split())
        case ProblemCode.LOSES if field == "out" and isinstance(least, Decimal):
            yield {field: plain(max(_USUAL_OUT, ceil_to(least, _OUT_STEP)))}
        case ProblemCode.LOSES | ProblemCode.SAME_TICK | ProblemCode.BELOW_ZERO:
            yield from _fewer(problem.code, wish, glance)
        case ProblemCode.TOO_SMALL | ProblemCode.ROUNDING | ProblemCode.NO_QUOTE_PRICE if isinstance(least, Decimal):
            if field != "maxpos":
                yield {field: plain(money_up(least, quote))}
        case ProblemCode.TOO_LARGE:
            yield from _less(talk, field, facts, wish)
        case ProblemCode.NO_MONEY if isinstance(fits, Decimal) and fits > 0:
            yield {field: plain(money_down(fits, quote))}
        case ProblemCode.NO_MONEY if "fits" not in facts and field in ("usdc", "total") and field in wish:
            yield from _affordable(problem.code, field, Decimal(wish[field]), quote, glance)
        case ProblemCode.EXPOSURE:
            for name in {"usdc", "total"} & wish.keys():
                yield from _affordable(problem.code, name, Decimal(wish[name]), quote, glance)
        case ProblemCode.OUTSIDE:
            yield {"wait": "yes"}
            yield from _around(talk, facts, wish)
        case ProblemCode.BAD_RANGE if "lower" in wish and "upper" in wish:
            yield {"lower": wish["upper"], "upper": wish["lower"]}
        case ProblemCode.TOO_MANY_LEVELS if "maximum" in facts:
            yield {field: str(facts["maximum"])}
        case ProblemCode.POSITION if isinstance(money, Decimal):
            yield {field: plain(money_up(money, quote))}
        case ProblemCode.BAD_LIMIT if field in _REACHED:
            yield from _beyond(talk, field, facts, wish)
        case ProblemCode.BAD_LIMIT:
            yield from _limit(talk, field, facts, wish)
        case ProblemCode.AGAIN_TOO_SOON if "least" in facts:
            yield {field: str(facts["least"])}
        case ProblemCode.NO_TRAIL_START:
            yield {"trail": OFF}
        case ProblemCode.NO_HISTORY if field == "widthin":
            yield {"width": OFF}
        case _ if problem.code in _LEFT_OUT:
            yield {field: OFF}
        case _:
            return


def _fewer(code: ProblemCode, wish: Mapping[str, str], glance: Glancing) -> Iterator[Changes]:
    """The most levels with which it is not refused for this."""

    def is_refused(grids: int) -> bool:
        found = glance({"grids": str(grids)})
        return isinstance(found, Problem) and found.code is code

    most = int(wish.get("grids", MAX_LEVELS))
    if fits := bisect_left(range(1, most), x=True, key=is_refused):
        yield {"grids": str(fits)}


def _affordable(code: ProblemCode, field: str, wished: Decimal, quote: Asset, glance: Glancing) -> Iterator[Changes]:
    """The most money for which it is not refused for this, in hundredths of what was wished for."""

    def is_refused(part: int) -> bool:
        found = glance({field: plain(money_down(wished * part / 100, quote))})
        return isinstance(found, Problem) and found.code is code

    if fits := bisect_left(range(1, 100), x=True, key=is_refused):
        yield {field: plain(money_down(wished * fits / 100, quote))}


def _beyond(talk: Conversation, field: str, facts: Facts, wish: Mapping[str, str]) -> Iterator[Changes]:
    """A limit that is reached already: as far from where things stand as makes sense, or none."""
    word, now, value = _REACHED[field], facts.get("price"), facts.get("value")
    market = talk.trader.market(wish.get("market", ""))
    if word == "stop" and market is not None and isinstance(now, Decimal):
        yield {word: plain(market.price_down(now * _STOP_AT))}
    if word in _OF_MONEY and isinstance(now, Decimal) and isinstance(value, Decimal) and value and word in wish:
        more = ceil_to(
            Decimal(wish[word]) * (1 + abs(now / value)), _PERCENT
        )  # what is lost, and as much again as was left
        if more <= 1:
            yield {word: plain(more)}
    yield {word: OFF}


def _less(talk: Conversation, field: str, facts: Facts, wish: Mapping[str, str]) -> Iterator[Changes]:
    """Half the money, and half of that if need be: how much of it is one order depends on the ladder."""
    market, maximum = talk.trader.market(wish.get("market", "")), facts.get("maximum")
    if field == "coins" and isinstance(maximum, Decimal):
        yield {field: plain(maximum)}
    elif field in ("usdc", "total") and field in wish and market is not None:
        yield {field: plain(money_down(Decimal(wish[field]) / 2, market.quote))}


def _around(talk: Conversation, facts: Facts, wish: Mapping[str, str]) -> Iterator[Changes]:
    """The same range around the price of now."""
    market, middle = talk.trader.market(wish.get("market", "")), facts.get("price")
    if market is not None and isinstance(middle, Decimal) and "lower" in wish and "upper" in wish:
        yield range_around(market, Decimal(wish["lower"]), Decimal(wish["upper"]), middle)


def range_around(market: Market, lower: Decimal, upper: Decimal, middle: Decimal) -> dict[str, str]:
    """As wide as it was, in parts of the price, with this in its middle."""
    here = middle / ((lower + upper) / 2)
    return {"lower": plain(market.price_down(lower * here)), "upper": plain(market.price_up(upper * here))}


def _limit(talk: Conversation, field: str, facts: Facts, wish: Mapping[str, str]) -> Iterator[Changes]:
    """A stop loss stays one, below the price; what only takes a profit can be left out."""
    market, now = talk.trader.market(wish.get("market", "")), facts.get("price")
    if field == "stop" and market is not None and isinstance(now, Decimal):
        yield {field: plain(market.price_down(now * _STOP_AT))}
    elif field in ("take", "trailfrom", "shiftlow", "shifthigh"):
        yield {field: OFF}
    elif field == "widthleast" and isinstance(now, Decimal):
        yield {field: plain(now)}


def _that_do(talk: Conversation, wish: Mapping[str, str], changed: Changes, grid: Grid | None = None) -> Changes | None:
    """These changes and whatever else it then takes to be accepted; None where no button could lead there.

    Another market is only named: what was wished for on the one that was mistyped may be refused there with a reason.
    """
    if "market" in changed:
        return changed
    for _ in range(_MOST_STEPS):
        wished = mended(wish, changed)
        found = _glance(talk, wished, grid)
        if not isinstance(found, Problem):
            return changed
        whole = wished if grid is None else mended(wish_of(grid.spec), wished)
        more = next(_fixes(talk, found, whole, _glancer(talk, wished, grid)), None)
        if more is None or "market" in more:
            return None
        changed = mended(changed, more)
    return None


def _glance(talk: Conversation, wish: Mapping[str, str], grid: Grid | None) -> object:
    if grid is not None:
        return talk.trader.tuning(grid.id, from_words(_settings(wish)))
    return talk.trader.glance(Symbol(wish["market"]), from_words(_settings(wish)))


def _settings(wish: Mapping[str, str]) -> dict[str, str]:
    return {name: word for name, word in wish.items() if name != "market"}


def mended(wish: Mapping[str, str], changed: Changes) -> dict[str, str]:
    """The wish with these changes, without what they take the place of."""
    after = {**wish, **changed}
    gone = {other for name in changed if name in BY_WORD for other in excluded(name, after)}
    return {key: old for key, old in wish.items() if key not in gone} | dict(changed)


def _label(talk: Conversation, changed: Changes) -> str:
    if list(changed) == ["wait"]:
        return talk.label("wait")
    if len(changed) == 1 and OFF not in changed.values():
        return talk.label("use").format(value=_value(talk, *next(iter(changed.items()))))
    values = (f"{shown(talk.lang, name)}={_value(talk, name, word)}" for name, word in changed.items())
    return talk.label("use").format(value=" ".join(values))


def _value(talk: Conversation, name: str, word: str) -> str:
    if name == "wait":
        return talk.text("word.yes")
    if word == OFF:
        return value_called(talk.lang, OFF)
    return word if name == "market" else talk.figure(name, Decimal(word))
