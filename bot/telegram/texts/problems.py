"""Why a command is refused, with the setting that would mend it. A fact that is missing is left out of the sentence."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from bot.languages import catalogue
from bot.telegram.texts.catalogue import Html, Value, listed, say
from bot.telegram.texts.manual import about_problem, more
from bot.telegram.texts.numbers import cost, exact, fee_percent, gain, percent, price, worth
from bot.telegram.texts.phrases import beside, duration, lines
from bot.telegram.typed import names
from bot.telegram.typed.kinds import RANGES
from bot.telegram.typed.parameters import OF_GRID
from strategy.grid.sizing import money_down, money_up
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import USDC, Asset
from strategy.model.money import plain

_PRICES = ("price", "lower", "upper", "lowest", "tick")
_COSTS = ("needed", "money", "most")
_WORTHS = ("free", "reserved", "lent")
_LISTS = ("grids", "suggestions")
_EXAMPLE = "/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%"
"""Of a line with a market in it, where the command that was given is not known."""
_HUNDREDTH_PERCENT = Decimal("0.0001")
_WORDS = ("phase", "halt", "cause", "state")
"""Facts that are one of our own words; their texts stand under the same name."""


def problem(lang: str, found: Problem) -> Html:
    """What is wrong, in figures, and what would be right; where the pages say more, if it is a trouble."""
    return lines(_sentence(lang, found), more(lang, about_problem(found.code)))


def _sentence(lang: str, found: Problem) -> Html:
    facts = dict(found.facts)
    if found.field and "field" not in facts:
        facts["field"] = found.field
    quote = Asset(str(facts.get("quote", USDC)))
    shown = {name: _shown(lang, name, value, quote) for name, value in facts.items()}
    match found.code:
        case ProblemCode.UNKNOWN_MARKET:
            # Coins have no point in their names; tokenised stocks are listed as `NVDA.US`.
            key = "problem.unknown_market.tokenised" if "." in str(facts.get("name", "")) else "problem.unknown_market"
            example = names.called(lang, str(facts.get("example", _EXAMPLE)))
            return beside(lang, say(lang, key, **shown), say(lang, "problem.example", example=example))
        case ProblemCode.LOSES:
            return _loses(lang, facts)
        case ProblemCode.TOO_SMALL | ProblemCode.ROUNDING | ProblemCode.NO_QUOTE_PRICE:
            least = _typed(facts.get("least_money"), quote, money_up)
            return say(lang, f"problem.{found.code}", **{**shown, "least": least})
        case ProblemCode.NO_MONEY:
            return _no_money(lang, facts, shown, quote)
        case ProblemCode.NO_TARGET:
            tunable = (one.word for one in OF_GRID if one.tunable and set(RANGES) <= set(one.only))
            others = listed(lang, (f"<code>{names.shown(lang, word, quote)}</code>" for word in tunable))
            return say(lang, "problem.no_target", others=Html(others))
        case ProblemCode.BAD_LIMIT:
            return _bad_limit(lang, facts, shown, quote)
        case _:
            return say(lang, f"problem.{found.code}", **shown)


def _shown(lang: str, name: str, value: Value, quote: Asset) -> Value:
    """A fact as it reads: prices with two decimals, costs rounded up, our own words in the owner's language."""
    if name == "field":
        return names.shown(lang, str(value), quote)
    if name == "left" and isinstance(value, int):
        return duration(lang, value)
    if isinstance(value, Decimal):
        if name in _COSTS or name in _WORTHS:
            return cost(value, quote) if name in _COSTS else worth(value, quote)
        return price(value) if name in _PRICES else exact(value)
    if name in _WORDS and (key := f"{name}.{value}") in catalogue(lang):
        return say(lang, key)
    return listed(lang, value.split(", ")) if name in _LISTS and isinstance(value, str) and value else value or None


def _no_money(lang: str, facts: Mapping[str, Value], shown: Mapping[str, Value], quote: Asset) -> Html:
    """Other grids are named, and stopping one is advised, only where they hold something. Where what is lent would do,
    that it may be used comes before a deposit.
    """
    held, lent = facts.get("reserved") or None, _lent_is_enough(facts)
    fix = "lent" if lent else "stop" if held else "deposit"
    instead = say(lang, f"problem.no_money.fix.{fix}", quote=quote)
    fits = _fitting(facts, quote)
    reserved = shown["reserved"] if held else None
    said = say(lang, "problem.no_money", **{**shown, "reserved": reserved, "fits": fits, "instead": instead})
    return beside(lang, said, instead) if lent and fits else said


def _lent_is_enough(facts: Mapping[str, Value]) -> bool:
    needed, free, lent = (facts.get(name) for name in ("needed", "free", "lent"))
    if not (isinstance(needed, Decimal) and isinstance(free, Decimal) and isinstance(lent, Decimal)):
        return False
    return free + lent >= needed


def _loses(lang: str, facts: Mapping[str, Value]) -> Html:
    step, fees = _fraction(facts, "step"), _fraction(facts, "fees")
    buffered = step is not None and fees is not None and step > fees
    shown = {
        **against_fees(facts),
        "least": _percent_up(_fraction(facts, "least")),
        "buffer": fee_percent(buffer) if (buffer := _fraction(facts, "buffer")) is not None else None,
    }
    head = say(lang, "problem.loses.buffer" if buffered else "problem.loses", **shown)
    fix = f"problem.loses.fix.{facts.get('field')}"
    return lines(head, say(lang, fix, **shown) if fix in catalogue(lang) else None)


def against_fees(facts: Mapping[str, Value]) -> dict[str, str | None]:
    """A step, and the fees of a round trip, in per cent."""
    step, fees = _fraction(facts, "step"), _fraction(facts, "fees")
    return {
        "step": percent(step) if step is not None else None,
        # The owner knows it as twice his fee; it explains and decides nothing, so it is not rounded up to 0.17.
        "fees": percent(fees.quantize(_HUNDREDTH_PERCENT)) if fees is not None else None,
    }


def _bad_limit(lang: str, facts: Mapping[str, Value], shown: Mapping[str, Value], quote: Asset) -> Html:
    named = f"problem.bad_limit.{facts.get('field')}"
    value, now = facts.get("value"), facts.get("price")
    if facts.get("field") in ("max_loss", "max_drawdown") and isinstance(value, Decimal) and isinstance(now, Decimal):
        shown = {**shown, "value": f"{cost(abs(value), quote)} {quote}", "price": f"{gain(now, quote)} {quote}"}
    if facts.get("field") == "widthleast" and isinstance(value, Decimal) and isinstance(now, Decimal):
        shown = {**shown, "value": exact(value * 100), "price": exact(now * 100)}
    return say(lang, named if named in catalogue(lang) else "problem.bad_limit", **shown)


def _fraction(facts: Mapping[str, Value], name: str) -> Decimal | None:
    value = facts.get(name)
    return value if isinstance(value, Decimal) else None


def _percent_up(value: Decimal | None) -> str | None:
    return None if value is None else percent(value, up=True)


def _fitting(facts: Mapping[str, Value], quote: Asset) -> str | None:
    """The largest value of the setting that would fit; nothing is offered where nothing fits."""
    fits = facts.get("fits")
    return _typed(fits, quote, money_down) if isinstance(fits, Decimal | int) and fits > 0 else None


def _typed(value: Value, quote: Asset, rounded: Callable[[Decimal, Asset], Decimal]) -> str | None:
    """An amount as the owner would type it: no thousands, cents of a dollar or a few digits of anything else."""
    return plain(rounded(Decimal(value), quote)) if isinstance(value, Decimal | int) else None
