"""A market and its rules as whole numbers, for the kernel, and what the kernel does not play, by name. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property

from strategy.grid.sizing import least_order
from strategy.model.market import BookState, Fees, Market, MarketKind
from strategy.model.money import ONE, ZERO
from strategy.model.spec import GridSpec
from strategy.model.values import replace
from strategy.research.replay import Rules

MOST_PARTS = 10**8
BANDS = 10**4
"""The band is so many parts of the price."""
SLIPS = 10**6
"""Slippage is so many parts of the price."""


class Unsupported(Exception):
    """What the kernel does not play: the names of the fields are its arguments."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What the whole numbers count: ticks are `tick` units, and a unit times a step has `parts` parts."""

    market: Market
    rules: Rules
    unit: Decimal
    """Of the candles' prices."""

    @cached_property
    def tick(self) -> int:
        """In units."""
        return _whole(self.market.tick_size / self.unit)

    @cached_property
    def parts(self) -> int:
        """Of a step: so many that fees are whole."""
        fees = self.rules.fees
        digits = (-int(rate.normalize().as_tuple().exponent) for rate in (fees.maker, fees.taker))
        return int(10 ** max(0, *digits))

    @cached_property
    def maker(self) -> int:
        """In parts."""
        return _whole(self.rules.fees.maker * self.parts)

    @cached_property
    def taker(self) -> int:
        """In parts."""
        return _whole(self.rules.fees.taker * self.parts)

    @cached_property
    def band(self) -> int:
        """How far above the price an order may be, in parts of it; 0 where there is no end."""
        return _whole((self.market.band_high or ZERO) * BANDS)

    @cached_property
    def wrong(self) -> tuple[str, ...]:
        """What of them is not played."""
        return wrong_rules(self.market, self.rules)

    @cached_property
    def told(self) -> Fees:
        """What the grid knows of the fees."""
        return self.rules.told or self.rules.fees

    @cached_property
    def least(self) -> int:
        """The smallest order, in steps."""
        return self.steps(self.market.least_quantity)

    @cached_property
    def least_buy(self) -> int:
        """The smallest buy of a level, in steps."""
        return self.steps(least_order(self.market, self.told))

    @cached_property
    def worth(self) -> Decimal:
        """A unit times a step, in quote."""
        return self.unit * self.market.step_size

    def steps(self, quantity: Decimal) -> int:
        """As many as are in a quantity."""
        return int(quantity // self.market.step_size)

    def units(self, price: Decimal) -> int:
        """As many as are in a price."""
        return int(price // self.unit)

    def ticks(self, price: Decimal) -> int:
        """As many as are in a price that stands on the tick."""
        return int(price // self.market.tick_size)

    def value(self, money: Decimal) -> int:
        """As many units times steps as are in an amount of quote."""
        return int(money // self.worth)

    def money(self, parts: int) -> Decimal:
        """Parts of a unit times a step, in quote."""
        return parts * self.worth / self.parts

    def coins(self, parts: int) -> Decimal:
        """Parts of a step, in base."""
        return parts * self.market.step_size / self.parts


def unbanded(market: Market) -> Market:
    """A market without what the exchange lays down of one order: its highest price, its largest quantity, the band."""
    return replace(market, band_low=None, band_high=None, min_price=None, max_price=None, max_quantity=None)


def unsupported(spec: GridSpec, market: Market, rules: Rules) -> tuple[str, ...]:
    """The fields for which the kernel can't play this. One that nobody has thought of may only have its default."""
    return (*wrong_wish(spec), *wrong_rules(market, rules))


def unplayed(spec: GridSpec, market: Market, rules: Rules) -> tuple[str, ...]:
    """The same for a grid that the engine begins: what means nothing any more once it stands is no matter."""
    return tuple(one for one in unsupported(spec, market, rules) if one not in _STARTING)


_STARTING = frozenset({"seed_patience", "gate_hours", "trigger", "wait_for_range"})


def wrong_wish(spec: GridSpec) -> tuple[str, ...]:
    """Those of a wish."""
    return tuple(_wrong(spec, _SPEC))


def wrong_rules(market: Market, rules: Rules) -> tuple[str, ...]:
    """Those of a market and its rules, which are the same for many wishes."""
    told = () if rules.told is None or (rules.fees_in_quote and rules.told == _NONE) else ("told",)
    lowest = () if market.min_price is None or market.min_price <= market.tick_size else ("min_price",)
    return (*_wrong(market, _MARKET), *lowest, *_wrong(rules, _RULES), *told)


_NONE = Fees(maker=ZERO, taker=ZERO)


def _wrong(value: GridSpec | Market | Rules, known: Mapping[str, Callable[[object], bool] | None]) -> list[str]:
    wrong = []
    for field in fields(value):
        given = getattr(value, field.name)
        if field.name not in known:
            is_right = given == field.default
        else:
            allowed = known[field.name]
            is_right = allowed is None or allowed(given)
        if not is_right:
            wrong.append(field.name)
    return wrong


def _are_whole(fees: object) -> bool:
    """Not negative, and whole numbers of some part of a step."""
    rates = (fees.maker, fees.taker) if isinstance(fees, Fees) else ()
    return all(ZERO <= rate < ONE and rate * MOST_PARTS == int(rate * MOST_PARTS) for rate in rates)


_SPEC: Mapping[str, Callable[[object], bool] | None] = {
    **dict.fromkeys(("symbol", "spacing", "grids", "interval", "out_want", "lower", "upper", "below", "above")),
    **dict.fromkeys(("quote_per_order", "total", "base_per_order", "taper", "quote_price")),
    **dict.fromkeys(("stop_loss", "take_profit", "max_loss", "max_position", "fee_buffer")),
    **dict.fromkeys(("sell_on_limit", "stop_sells", "take_sells", "loss_sells")),
    **dict.fromkeys(("window", "version")),
    **dict.fromkeys(("fall_hours", "fall_pause", "compound_most")),  # nothing without `fall` and `compound`
    "seed_patience": lambda given: given == 0,
}
"""What is played of a wish: at any value, or where a function says so. What is not here is refused where it is set."""
_MARKET: Mapping[str, Callable[[object], bool] | None] = {
    **dict.fromkeys(("symbol", "base", "quote", "tick_size", "step_size", "min_quantity", "min_price")),
    "kind": lambda given: given is MarketKind.SPOT,
    "state": lambda given: given is BookState.OPEN,
    "band_low": lambda given: given is None or (isinstance(given, Decimal) and given < 1),
    "band_high": lambda given: (
        given is None or (isinstance(given, Decimal) and given > 1 and given * BANDS == int(given * BANDS))
    ),
}
_RULES: Mapping[str, Callable[[object], bool] | None] = {
    **dict.fromkeys(("told", "fees_in_quote", "inner", "touch", "money", "every")),
    "fees": _are_whole,
    "slippage": lambda given: isinstance(given, Decimal) and 0 <= given < 1 and given * SLIPS == int(given * SLIPS),
}


def _whole(value: Decimal) -> int:
    assert value == int(value), "not whole"
    return int(value)
