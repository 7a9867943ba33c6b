"""Where each parameter of /grid stands on the pages of "Change a figure", and which values its buttons offer.

Values are written as they would be typed. No sentences, no Telegram.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.parameters import BY_WORD, rests_on
from bot.telegram.typed.wishes import OFF
from strategy.model.market import Market
from strategy.model.money import ONE, plain
from strategy.model.spec import GridSpec, Spacing

PAGES: Mapping[str, tuple[str, ...]] = {
    "range": (
        "spacing",
        "interval",
        *("width", "widthin", "widthtimes", "widthleast", "widthmost", "widthrest"),
        *("lower", "upper", "below", "above", "infinity", "grids", "step"),
    ),
    "money": ("usdc", "total", "coins", "pct", "share", "rest", "taper"),
    "profit": ("out", "compound", "ceiling", "incoin"),
    "adapting": (
        *("shift", "shiftafter", "shiftlow", "shifthigh", "shifts", "shiftrest", "shiftspike", "shiftcost"),
        "shiftloss",
    ),
    "gates": ("wait", "trigger", "gate", "hours", "fall", "fallin", "fallfor"),
    "exits": ("stop", "rise", "take", "trail", "trailfrom", "until", "untilsell", "again"),
    "limits": ("maxloss", "maxdrawdown", "maxpos", "sell", "stopsell", "takesell", "losssell"),
    "execution": ("taker",),
}
"""Every parameter of /grid, by what it is about."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "below": ("5%", "10%", "20%", "30%"),
    "above": ("3%", "6%", "10%", "20%"),
    "grids": ("3", "5", "10", "20"),
    "step": ("0.5%", "1%", "2%", "3%"),
    "out": ("0.4%", "0.6%", "1%", "2%"),
    "pct": ("25%", "50%", "100%"),
    "share": ("25%", "50%", "100%"),
    "taper": ("2%", "5%", "10%"),
    "compound": ("25%", "50%", "100%"),
    "trail": ("2%", "3%", "5%"),
    "maxloss": ("5%", "8%", "15%"),
    "maxdrawdown": ("8%", "12%", "15%"),
    "again": ("24h", "72h", "168h"),
    "gate": ("24h", "72h", "168h"),
    "hours": ("09:00-17:00", "07:00-23:00", "22:00-06:00"),
    "until": ("7d", "30d", "90d"),
    "fall": ("3%", "5%", "10%"),
    "fallin": ("6h", "24h", "72h"),
    "fallfor": ("24h", "48h", "96h"),
    "shiftafter": ("1", "2", "3"),
    "shifts": ("1", "2", "4"),
    "shiftrest": ("3h", "6h", "24h"),
    "shiftspike": ("3", "5", "10"),
    "shiftcost": ("0.2%", "0.5%", "1%"),
    "shiftloss": ("0.5%", "1%", "2%"),
    "widthin": ("12h", "24h", "72h"),
    "widthtimes": ("1", "2", "3"),
    "widthleast": ("0.3%", "0.5%", "1%"),
    "widthmost": ("3%", "5%", "8%"),
    "widthrest": ("12h", "24h", "72h"),
}
"""What does not depend on the market."""
OF_PRICE: Mapping[str, tuple[str, ...]] = {
    "lower": ("-0.05", "-0.1", "-0.2"),
    "upper": ("0.05", "0.1", "0.2"),
    "stop": ("-0.1", "-0.2", "-0.3"),
    "take": ("0.1", "0.2", "0.3"),
    "trailfrom": ("0.05", "0.1", "0.2"),
    "trigger": ("-0.05", "-0.02", "0.02", "0.05"),
    "shiftlow": ("-0.2", "-0.4"),
    "shifthigh": ("0.2", "0.4"),
}
"""Prices, by how far they are from that of now, as parts of it."""
INTERVALS = ("0.01", "0.02", "0.03")
"""Distances, as parts of the price."""
TIMES: Mapping[str, tuple[str, ...]] = {
    "usdc": ("0.5", "1", "2"),
    "total": ("0.5", "1", "2"),
    "coins": ("0.5", "1", "2"),
    "ceiling": ("1.5", "2", "3"),
    "maxpos": ("1", "1.5", "2"),
}
"""Money, as multiples of what there is of it in the grid now."""
_DIGITS = 3
"""Of a price or an amount that a person would have typed."""


def page_names(page: str, spec: GridSpec) -> tuple[str, ...]:
    """What stands on a page for this grid: what is of its kind, and says something of what is set."""
    return tuple(name for name in PAGES[page] if _says_something(name, spec))


def _says_something(name: str, spec: GridSpec) -> bool:
    one = BY_WORD[name]
    if spec.spacing not in one.only:
        return False
    if name in ("lower", "upper", "infinity", "below", "above"):
        return (spec.below is None) is (name not in ("below", "above"))
    parents = [getattr(spec, BY_WORD[other].field) for other in rests_on(one)]
    return not parents or any(value and value != (one.idle or None) for value in parents)


def meaning_something(wish: Mapping[str, str]) -> dict[str, str]:
    """A wish without what only says more of something that is off: what that would be is proposed once it is on."""
    return {name: word for name, word in wish.items() if name not in BY_WORD or _is_on(name, wish)}


def _is_on(name: str, wish: Mapping[str, str]) -> bool:
    others = rests_on(BY_WORD[name])
    return not others or any(wish.get(other, OFF) not in (OFF, BY_WORD[name].idle) for other in others)


def offered(name: str, spec: GridSpec, market: Market, price: Decimal | None) -> Iterator[tuple[str, Decimal | None]]:
    """Values as they are typed; of a price how far it is from that of now, as a part of it."""
    if name in CHOICES:
        yield from ((one, None) for one in CHOICES[name])
    elif BY_WORD[name].kind is Kind.YES_NO:
        yield from (("yes", None), ("no", None))
    elif BY_WORD[name].kind in _WORDS:
        yield from ((one, None) for one in _WORDS[BY_WORD[name].kind])
    elif price is not None and name == "interval":
        yield from ((_typed(price * Decimal(one), market.tick_size), Decimal(one)) for one in INTERVALS)
    elif price is not None and name in OF_PRICE:
        yield from ((_typed(price * (ONE + Decimal(one)), market.tick_size), Decimal(one)) for one in OF_PRICE[name])
    elif name in TIMES and (now := _money(name, spec, price)):
        step = market.step_size if name == "coins" else market.tick_size
        yield from ((_typed(now * Decimal(one), step), None) for one in TIMES[name])


_WORDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.SPACING: tuple(map(str, Spacing)),
    Kind.SHIFT: ("up", "down", "both"),
    Kind.MEASURE: ("atr", "deviation", "volume"),
}


def _money(name: str, spec: GridSpec, price: Decimal | None) -> Decimal | None:
    """What there is of it in the grid, whichever way that was said; None where it follows from the account."""
    order = spec.quote_per_order
    if order is None and spec.total is not None:
        order = spec.total / spec.grids
    if order is None and spec.base_per_order is not None and price is not None:
        order = spec.base_per_order * price
    if order is None or (name == "coins" and price is None):
        return None
    if name == "coins":
        return order / (price or ONE)
    return order * spec.grids if name in ("total", "maxpos") else order


def _typed(value: Decimal, least: Decimal) -> str:
    """With as few digits as a person would type, and no finer than the market knows."""
    step = max(Decimal(1).scaleb(value.adjusted() - _DIGITS + 1), least)
    return plain((value / step).to_integral_value(ROUND_HALF_EVEN) * step)
