"""Buttons that mend a wish the trader refused: each applies one figure, and the last one asks for it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from telegram import InlineKeyboardButton

from bot.telegram.answers.conversation import Conversation
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.names import shown
from bot.telegram.typed.parameters import INSTEAD, OF_GRID
from bot.telegram.typed.wishes import from_words
from strategy.grid.sizing import money_down, money_up
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import USDC, Asset, Symbol
from strategy.model.money import ceil_to, plain

Facts = Mapping[str, str | int | Decimal]

_OUT_STEP = Decimal("0.0005")
_USUAL_OUT = Decimal("0.004")
_ASKABLE = tuple(one.word for one in OF_GRID if one.kind is not Kind.YES_NO)
_LEAST: Mapping[str, str] = {
    ProblemCode.LOSES: "least",
    ProblemCode.TOO_SMALL: "least_money",
    ProblemCode.ROUNDING: "least_money",
}
_MOST_STEPS = 5
"""Figures that one button may change."""


async def fix_buttons(talk: Conversation, problem: Problem, wish: Mapping[str, str]) -> list[InlineKeyboardButton]:
    """What would mend it, as single-use buttons that carry the mended wish."""
    facts = dict(problem.facts)
    group = f"fix {talk.desk.clock()}"
    buttons = [
        talk.once(_label(talk, changed), "fix", mended, group=group)
        for name, word in _fixes(problem, facts)
        if (changed := _that_do(talk, wish, {name: word})) is not None
        for mended in [_mended(wish, changed)]
    ]
    if problem.code is ProblemCode.LOSES and problem.field == "interval":
        buttons += await _wider(talk, facts, wish, group)
    if problem.field in _ASKABLE and wish.get("market"):
        args = {**wish, "ask": str(problem.field)}
        buttons.append(talk.once(talk.label("change_it"), "change", args, group=group))
    return buttons


def _fixes(problem: Problem, facts: Facts) -> Iterator[tuple[str, str]]:
    """Parameter and value, each of which would do by itself."""
    field, quote = problem.field or "", Asset(str(facts.get("quote", USDC)))
    least, fits, money = (facts.get(name) for name in (_LEAST.get(problem.code, ""), "fits", "money"))
    match problem.code:
        case ProblemCode.UNKNOWN_MARKET:
            yield from (("market", name) for name in str(facts.get("suggestions", "")).replace(",", " ").split())
        case ProblemCode.LOSES if field == "out" and isinstance(least, Decimal):
            yield field, plain(max(_USUAL_OUT, ceil_to(least, _OUT_STEP)))
        case ProblemCode.TOO_SMALL | ProblemCode.ROUNDING if isinstance(least, Decimal):
            yield field, plain(money_up(least, quote))
        case ProblemCode.NO_MONEY if isinstance(fits, Decimal) and fits > 0:
            yield field, plain(money_down(fits, quote))
        case ProblemCode.OUTSIDE:
            yield "wait", "yes"
        case ProblemCode.TOO_MANY_LEVELS if "maximum" in facts:
            yield field, str(facts["maximum"])
        case ProblemCode.POSITION if isinstance(money, Decimal):
            yield field, plain(money_up(money, quote))
        case _:
            return


async def _wider(talk: Conversation, facts: Facts, wish: Mapping[str, str], group: str) -> list[InlineKeyboardButton]:
    """The interval that would just do, at the price of now."""
    market, least = talk.trader.market(wish.get("market", "")), facts.get("least")
    touch = await talk.trader.price(market.symbol) if market else None
    if market is None or touch is None or not isinstance(least, Decimal):
        return []
    changed = _that_do(talk, wish, {"interval": plain(market.price_up(touch.ask * least))})
    return [talk.once(_label(talk, changed), "fix", _mended(wish, changed), group=group)] if changed else []


def _that_do(talk: Conversation, wish: Mapping[str, str], changed: Mapping[str, str]) -> Mapping[str, str] | None:
    """These changes and whatever else it then takes to be accepted; None where no button could lead there.

    Another market is only named: what was wished for on the one that was mistyped may be refused there with a reason.
    """
    if "market" in changed:
        return changed
    for _ in range(_MOST_STEPS):
        mended = _mended(wish, changed)
        found = talk.trader.glance(Symbol(mended["market"]), from_words(_settings(mended)))
        if not isinstance(found, Problem):
            return changed
        more = next(_fixes(found, dict(found.facts)), None)
        if more is None or more[0] == "market":
            return None
        changed = _mended(changed, dict([more]))
    return None


def _settings(wish: Mapping[str, str]) -> dict[str, str]:
    return {name: word for name, word in wish.items() if name != "market"}


def _mended(wish: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    excluded = {other for name in changed for other in INSTEAD.get(name, ())}
    return {key: old for key, old in wish.items() if key not in excluded} | dict(changed)


def _label(talk: Conversation, changed: Mapping[str, str]) -> str:
    if list(changed) == ["wait"]:
        return talk.label("wait")
    if len(changed) == 1:
        return talk.label("use").format(value=_value(talk, *next(iter(changed.items()))))
    values = (f"{shown(talk.lang, name)}={_value(talk, name, word)}" for name, word in changed.items())
    return talk.label("use").format(value=" ".join(values))


def _value(talk: Conversation, name: str, word: str) -> str:
    if name == "wait":
        return talk.text("word.yes")
    return word if name == "market" else talk.figure(name, Decimal(word))
