"""Asking the exchange for an order, or for the end of one: written down first, sent afterwards. Decides nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.bounds import order_placed
from strategy.messages.events import Cancel, Place
from strategy.model.grid import Grid
from strategy.model.levels import Level
from strategy.model.market import Side
from strategy.model.orders import Execution, Order, OrderStatus, Purpose
from strategy.model.values import replace

RECANCEL_AFTER = 5_000
"""Milliseconds after which a cancel without effect is sent again. A cancel may be repeated; an order never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order that should be there."""

    purpose: Purpose
    side: Side
    price: Decimal
    quantity: Decimal
    execution: Execution = Execution.POST_ONLY


def intend(draft: Draft, grid: Grid, wanted: Wanted, level: Level | None = None) -> Grid:
    """Write down an order under a new id, and ask for it to be sent."""
    order = Order(
        client_id=draft.next_id(),
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        purpose=wanted.purpose,
        level=level.id if level else None,
        side=wanted.side,
        price=wanted.price,
        quantity=wanted.quantity,
        execution=wanted.execution,
        intended_at=draft.at,
        changed_at=draft.at,
        redeem=draft.account.limits.uses_lent,
    )
    draft.actions.append(Place(order=order))
    order_placed(draft)
    grid = draft.put_order(grid, order)
    return draft.put_level(grid, replace(level, order=order.client_id)) if level else grid


def clear(draft: Draft, grid: Grid, but: Collection[Order] = ()) -> Grid:
    """Cancel every order that may rest, again where a cancel showed no effect. A sale that takes ends by itself."""
    for order in grid.live:
        if order in but or (order.purpose is Purpose.STOP and order.execution is Execution.IMMEDIATE):
            continue
        if order.status is OrderStatus.OPEN or _is_due(draft, order):
            grid = cancel(draft, grid, order)
    return grid


def recancel(draft: Draft, grid: Grid) -> Grid:
    """Send again the cancels that showed no effect."""
    for client_id in sorted(grid.derived.cancelling):
        if _is_due(draft, grid.orders[client_id]):
            grid = cancel(draft, grid, grid.orders[client_id])
    return grid


def _is_due(draft: Draft, order: Order) -> bool:
    return order.cancelled_at is None or draft.at - order.cancelled_at >= RECANCEL_AFTER


def cancel(draft: Draft, grid: Grid, order: Order) -> Grid:
    """Ask for the end of an order. An intended one stays intended: whether it ever arrived is still to be learnt.

    What we know of it is as old as before (`changed_at`): an order that is asked for again and again would otherwise
    never be older than the facts in which it is missing.
    """
    draft.actions.append(Cancel(symbol=order.symbol, client_id=order.client_id, order_id=order.order_id))
    known = order.status is not OrderStatus.INTENDED
    status = OrderStatus.CANCELLING if known else OrderStatus.INTENDED
    return draft.put_order(grid, replace(order, status=status, cancelled_at=draft.at))
