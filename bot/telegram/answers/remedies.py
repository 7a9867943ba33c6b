"""Buttons that mend a wish the trader refused: each applies one figure, and the last one asks for it."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from decimal import Decimal

from telegram import InlineKeyboardButton

from bot.telegram.answers.conversation import Conversation, nav
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.names import shown, value_called
from bot.telegram.typed.parameters import INSTEAD, OF_GRID
from bot.telegram.typed.wishes import OFF, from_words
from strategy.grid.opening import Preview
from strategy.grid.sizing import money_down, money_up
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import MAX_LEVELS
from strategy.model.market import USDC, Asset, Market, Symbol
from strategy.model.money import ceil_to, plain

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
_MOST_STEPS = 5
"""Figures that one button may change."""


async def fix_buttons(talk: Conversation, problem: Problem, wish: Mapping[str, str]) -> list[InlineKeyboardButton]:
    """What would mend it, as single-use buttons that carry the mended wish; else the way to where it can be mended."""
    group = f"fix {talk.desk.clock()}"
    buttons = [
        talk.once(_label(talk, changed), "fix", _mended(wish, changed), group=group)
        for fix in _fixes(talk, problem, wish)
        if (changed := _that_do(talk, wish, fix)) is not None
    ]
    if problem.code in _PASSING and wish.get("market"):
        buttons.append(talk.once(talk.label("try_again"), "fix", wish, group=group))
    if not buttons and (screen := _ELSEWHERE.get(problem.code)) is not None:
        buttons.append(nav(talk.label("decide" if screen == "halt" else screen), "w", screen))
    if problem.field in _ASKABLE and wish.get("market"):
        args = {**wish, "ask": str(problem.field)}
        buttons.append(talk.once(talk.label("change_it"), "change", args, group=group))
    return buttons


def _fixes(talk: Conversation, problem: Problem, wish: Mapping[str, str]) -> Iterator[Changes]:  # noqa: C901, PLR0912
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
            yield from _fewer(talk, problem.code, wish)
        case ProblemCode.TOO_SMALL | ProblemCode.ROUNDING | ProblemCode.NO_QUOTE_PRICE if isinstance(least, Decimal):
            if field != "maxpos":
                yield {field: plain(money_up(least, quote))}
        case ProblemCode.TOO_LARGE:
            yield from _less(talk, field, facts, wish)
        case ProblemCode.NO_MONEY if isinstance(fits, Decimal) and fits > 0:
            yield {field: plain(money_down(fits, quote))}
        case ProblemCode.OUTSIDE:
            yield {"wait": "yes"}
            yield from _around(talk, facts, wish)
        case ProblemCode.BAD_RANGE if "lower" in wish and "upper" in wish:
            yield {"lower": wish["upper"], "upper": wish["lower"]}
        case ProblemCode.TOO_MANY_LEVELS if "maximum" in facts:
            yield {field: str(facts["maximum"])}
        case ProblemCode.POSITION if isinstance(money, Decimal):
            yield {field: plain(money_up(money, quote))}
        case ProblemCode.BAD_LIMIT:
            yield from _limit(talk, field, facts, wish)
        case ProblemCode.AGAIN_TOO_SOON if "least" in facts:
            yield {field: str(facts["least"])}
        case ProblemCode.NO_TRAIL_START:
            yield {"trail": OFF}
        case ProblemCode.NO_HISTORY if field == "widthin":
            yield {"width": OFF}
        case ProblemCode.END_PAST | ProblemCode.TRIGGER_OUTSIDE | ProblemCode.COUNTED_TWICE | ProblemCode.NO_HISTORY:
            yield {field: OFF}
        case _:
            return


def _fewer(talk: Conversation, code: ProblemCode, wish: Mapping[str, str]) -> Iterator[Changes]:
    """The most levels with which it is not refused for this."""

    def is_refused(grids: int) -> bool:
        found = _glance(talk, _mended(wish, {"grids": str(grids)}))
        return isinstance(found, Problem) and found.code is code

    most = int(wish.get("grids", MAX_LEVELS))
    if fits := bisect_left(range(1, most), x=True, key=is_refused):
        yield {"grids": str(fits)}


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
    elif field in ("take", "trailfrom"):
        yield {field: OFF}


def _that_do(talk: Conversation, wish: Mapping[str, str], changed: Changes) -> Changes | None:
    """These changes and whatever else it then takes to be accepted; None where no button could lead there.

    Another market is only named: what was wished for on the one that was mistyped may be refused there with a reason.
    """
    if "market" in changed:
        return changed
    for _ in range(_MOST_STEPS):
        mended = _mended(wish, changed)
        found = _glance(talk, mended)
        if not isinstance(found, Problem):
            return changed
        more = next(_fixes(talk, found, mended), None)
        if more is None or "market" in more:
            return None
        changed = _mended(changed, more)
    return None


def _glance(talk: Conversation, wish: Mapping[str, str]) -> Preview | Problem:
    return talk.trader.glance(Symbol(wish["market"]), from_words(_settings(wish)))


def _settings(wish: Mapping[str, str]) -> dict[str, str]:
    return {name: word for name, word in wish.items() if name != "market"}


def _mended(wish: Mapping[str, str], changed: Changes) -> dict[str, str]:
    excluded = {other for name in changed for other in INSTEAD.get(name, ())}
    return {key: old for key, old in wish.items() if key not in excluded} | dict(changed)


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
