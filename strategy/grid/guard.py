"""The fee guard: what the fees leave of a grid's round trips, and the smallest step that still earns."""

from strategy.grid.sizing import paid
from strategy.grid.trips import earning_step, least_step, trip
from strategy.messages.fees import Judged
from strategy.model.grid import Grid
from strategy.model.market import Fees
from strategy.model.money import ONE
from strategy.model.spec import Spacing


def judged(grid: Grid, fees: Fees) -> Judged:
    """A grid by these fees, as its own way of trading pays them."""
    levels, market, buffer = tuple(grid.levels.values()), grid.market, grid.spec.fee_buffer
    fees = paid(grid.spec, fees)
    trips = [trip(level, market, fees) for level in levels]
    step = min(level.sell_price / level.buy_price - ONE for level in levels)
    least = least_step(fees, buffer, market, min(level.buy_price for level in levels))
    if step < least:  # else it is not the step that has to be another
        least = earning_step(grid.spec, market, fees, levels)
    return Judged(
        grid_id=grid.id,
        symbol=market.symbol,
        quote=market.quote,
        least=min(one.profit for one in trips),
        most=max(one.profit for one in trips),
        rate=min(one.rate for one in trips),
        share=max(one.fee_share if one.profit > 0 else ONE for one in trips),
        step=step,
        least_step=least,
        buffer=buffer,
        has_out=grid.spec.spacing is Spacing.INTERVAL,
    )
