"""The limits of one grid: which of them a price reaches. What follows from it is decided elsewhere."""

from dataclasses import dataclass
from decimal import Decimal

from strategy.model.grid import Grid
from strategy.model.stops import StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A limit that is reached, with the figures that caused it."""

    reason: StopReason
    value: Decimal
    threshold: Decimal


def triggered(grid: Grid, bid: Decimal) -> Trigger | None:
    """Which limit of the grid this bid would reach. The bid is what its coins would fetch."""
    spec = grid.spec
    if (stop := grid.stop_price) is not None and bid <= stop:
        return Trigger(reason=StopReason.STOP_LOSS, value=bid, threshold=stop)
    if spec.take_profit is not None and bid >= spec.take_profit:
        return Trigger(reason=StopReason.TAKE_PROFIT, value=bid, threshold=spec.take_profit)
    if (most := grid.most_loss) is not None:
        made = grid.total(bid) - grid.adapted.since
        if made <= -most:
            return Trigger(reason=StopReason.MAX_LOSS, value=made, threshold=most)
    return None
