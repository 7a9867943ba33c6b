"""What the interval of a grid is by the market's last hours: a measure, so many times, between bounds. Moves nothing.

It is a part of the average close of these hours, which a single bad print hardly changes, rounded up to the tick; and
never below the smallest step that the fee guard allows at the price of now.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from strategy.grid.sizing import paid
from strategy.grid.trips import least_step
from strategy.messages.widths import Chase, WidthBound
from strategy.model.account import Account
from strategy.model.chasing import with_own
from strategy.model.market import Fees, Market, Touch
from strategy.model.money import ZERO
from strategy.model.past import Measure, Past
from strategy.model.spec import GridSpec, Spacing
from strategy.model.values import replace

MOVES_BY = Decimal("0.25")
"""The part of the interval by which another one has to differ before levels are moved for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """An interval, in quote, and what it follows from."""

    interval: Decimal
    measure: Decimal = ZERO
    """Of the market's past, as a fraction of the price."""
    bound: WidthBound | None = None
    """What keeps it from being what is measured."""
    chase: Chase | None = None
    """The look at the volume goal, where it follows that."""


def follows(spec: GridSpec) -> bool:
    """Whether its interval follows anything."""
    return spec.width is not None and spec.spacing is Spacing.INTERVAL


def measures(spec: GridSpec) -> bool:
    """Whether that is the market's past."""
    return follows(spec) and spec.width is not Measure.VOLUME


def measured(spec: GridSpec, past: Past, at: int) -> Decimal | None:
    """The measure that it follows; None where the past does not reach so far."""
    assert spec.width is not None, "it follows one"
    assert spec.width is not Measure.VOLUME, "and one of the past"
    match spec.width:
        case Measure.ATR:
            return past.true_range(spec.width_hours, at)
        case Measure.DEVIATION:
            return past.deviation(spec.width_hours, at)
        case _:
            assert_never(spec.width)


def width_of(account: Account, spec: GridSpec, market: Market, touch: Touch, at: int) -> Width | None:
    """What it comes to now; None where it follows nothing, or what it follows is not known."""
    past = account.past_of(spec.symbol, at) if measures(spec) else None
    if past is None:
        return None
    measure, price = measured(spec, past, at), past.average(spec.width_hours, at)
    if measure is None or price is None:
        return None
    wished, least = measure * spec.width_times, least_interval(spec, account.fees, market, touch)
    interval = market.price_up(max(spec.width_least, min(spec.width_most, wished)) * price)
    if least > interval:
        return Width(measure=measure, interval=least, bound=WidthBound.FEES)
    return Width(measure=measure, interval=interval, bound=_bound_of(spec, wished))


def _bound_of(spec: GridSpec, wished: Decimal) -> WidthBound | None:
    """Which bound of its owner's what is wished lies beyond."""
    if wished > spec.width_most:
        return WidthBound.MOST
    return WidthBound.LEAST if wished < spec.width_least else None


def least_interval(spec: GridSpec, fees: Fees, market: Market, touch: Touch) -> Decimal:
    """Below it no interval goes, whatever is measured: the fee guard's smallest step."""
    return market.price_up(least_step(paid(spec, fees), spec.fee_buffer, market, touch.bid) * touch.ask)


def spaced(account: Account, spec: GridSpec, market: Market, touch: Touch, at: int) -> GridSpec:
    """The wish with the interval that is measured now; with its own where none is. The volume goal moves none yet."""
    spec = with_own(spec)
    found = width_of(account, spec, market, touch, at)
    return spec if found is None else replace(spec, interval=found.interval)
