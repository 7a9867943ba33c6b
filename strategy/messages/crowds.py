"""What can happen to many orders at once. The event alone: what follows from it is in `step` and `order_events`."""

from dataclasses import dataclass

from strategy.model.orders import EndedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersEnded:
    """What one call for a whole market has ended: folded in order by order, planned once."""

    at: int
    orders: tuple[EndedOrder, ...]
    """Those whose end was asked for, under our client ids."""
    others: tuple[EndedOrder, ...] = ()
    """Those that it took along: ours whose arrival was not heard of yet, or somebody's."""
