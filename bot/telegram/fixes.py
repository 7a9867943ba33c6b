"""Buttons that mend a wish the trader refused: each applies one figure, and the last one asks for it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from telegram import InlineKeyboardButton

from bot.telegram.parsing import GRID_KEYS
from bot.telegram.talk import Talk
from strategy.money import ceil_to, floor_to, plain
from strategy.problems import Problem, ProblemCode

Facts = Mapping[str, str | int | Decimal]

_OUT_STEP = Decimal("0.0005")
_USUAL_OUT = Decimal("0.004")
_CENT = Decimal("0.01")
_ASKABLE = tuple(name for name in GRID_KEYS if name not in ("sell", "wait"))
_LEAST: Mapping[str, str] = {ProblemCode.LOSES: "least", ProblemCode.TOO_SMALL: "least_money"}
_EXCLUDED: Mapping[str, str] = {"usdc": "total", "total": "usdc"}


async def fix_buttons(talk: Talk, problem: Problem, wish: Mapping[str, str]) -> list[InlineKeyboardButton]:
    """What would mend it, as single-use buttons that carry the mended wish."""
    facts = dict(problem.facts)
    group = f"fix {talk.desk.clock()}"
    buttons = [
        talk.once(_label(talk, name, word), "fix", _mended(wish, name, word), group=group)
        for name, word in _fixes(problem, facts)
    ]
    if problem.code is ProblemCode.LOSES and problem.field == "interval":
        buttons += await _wider(talk, facts, wish, group)
    if problem.field in _ASKABLE and wish.get("market"):
        args = {**wish, "ask": str(problem.field)}
        buttons.append(talk.once(talk.label("change_it"), "change", args, group=group))
    return buttons


def _fixes(problem: Problem, facts: Facts) -> Iterator[tuple[str, str]]:
    """Parameter and value, each of which would do by itself."""
    field = problem.field or ""
    least, fits, money = (facts.get(name) for name in (_LEAST.get(problem.code, ""), "fits", "money"))
    match problem.code:
        case ProblemCode.UNKNOWN_MARKET:
            yield from (("market", name) for name in str(facts.get("suggestions", "")).replace(",", " ").split())
        case ProblemCode.LOSES if field == "out" and isinstance(least, Decimal):
            yield "out", plain(max(_USUAL_OUT, ceil_to(least, _OUT_STEP)))
        case ProblemCode.TOO_SMALL if isinstance(least, Decimal):
            yield field, plain(ceil_to(least, _CENT))
        case ProblemCode.NO_MONEY if isinstance(fits, Decimal) and fits >= _CENT:
            yield field, plain(floor_to(fits, _CENT))
        case ProblemCode.OUTSIDE:
            yield "wait", "yes"
        case ProblemCode.TOO_MANY_LEVELS if "maximum" in facts:
            yield "grids", str(facts["maximum"])
        case ProblemCode.POSITION if isinstance(money, Decimal):
            yield "maxpos", plain(ceil_to(money, _CENT))
        case _:
            return


async def _wider(talk: Talk, facts: Facts, wish: Mapping[str, str], group: str) -> list[InlineKeyboardButton]:
    """The interval that would just do, at the price of now."""
    market, least = talk.trader.market(wish.get("market", "")), facts.get("least")
    touch = await talk.trader.price(market.symbol) if market else None
    if market is None or touch is None or not isinstance(least, Decimal):
        return []
    word = plain(market.price_up(touch.ask * least))
    return [talk.once(_label(talk, "interval", word), "fix", _mended(wish, "interval", word), group=group)]


def _mended(wish: Mapping[str, str], name: str, word: str) -> dict[str, str]:
    return {key: old for key, old in wish.items() if key != _EXCLUDED.get(name)} | {name: word}


def _label(talk: Talk, name: str, word: str) -> str:
    if name == "wait":
        return talk.label("wait")
    value = word if name == "market" else talk.figure(name, Decimal(word))
    return talk.label("use").format(value=value)
