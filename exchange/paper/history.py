"""What an account's history shows: it may run behind, and then shows things as they were. Pure."""

from dataclasses import replace

from exchange.paper.accounts import Account
from exchange.paper.records import Status, VenueFill, VenueOrder
from strategy.model.money import ZERO


def fills_at(account: Account, horizon: int) -> list[VenueFill]:
    """The fills up to a time in ms, oldest first."""
    return [fill for fill in account.fills if fill.at <= horizon]


def all_fills_at(account: Account, horizon: int, kind: str | None = None) -> list[VenueFill]:
    """Those of perpetuals, too, or of one kind of market alone."""
    spot = fills_at(account, horizon) if kind in (None, "SPOT") else []
    perpetual = [fill for fill in account.perpetual_fills if fill.at <= horizon] if kind in (None, "PERP") else []
    return sorted([*spot, *perpetual], key=lambda fill: fill.at)


def orders_at(account: Account, horizon: int) -> list[VenueOrder]:
    """The orders made up to a time in ms, oldest first, each as it stood then."""
    shown = []
    for order in account.orders.values():
        if order.changed_at <= horizon:
            shown.append(order)
        elif order.created_at <= horizon:
            shown.append(_as_it_was(account, order, horizon))
    return shown


def _as_it_was(account: Account, order: VenueOrder, horizon: int) -> VenueOrder:
    fills = [fill for fill in fills_at(account, horizon) if fill.order_id == order.id]
    if order.trigger is not None and (order.triggered_at is None or order.triggered_at > horizon):
        return replace(
            order, status=Status.TRIGGER_PENDING, quantity=None, executed=ZERO, executed_quote=ZERO, expiry=None
        )
    return replace(
        order,
        status=Status.PARTIALLY_FILLED if fills else Status.NEW,
        executed=sum((fill.quantity for fill in fills), ZERO),
        executed_quote=sum((fill.quantity * fill.price for fill in fills), ZERO),
        expiry=None,
    )
