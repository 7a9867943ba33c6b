"""Orders that wait for a price: which are due, and what is sent then. Pure: sending and ending them is the venue's.

The reference tells their shape and little of their life. Where it is silent, this is what is done here:

- The price is reached from the side on which the market stood when the order was placed; a price that it stands at
  already is reached at once.
- The order that is sent keeps the id of the one that waited, with `triggeredAt`: no status says "triggered".
- While it waits nothing is locked and no band is looked at. What can't be sent when its time has come is over.
- A percentage is of what is available then of the asset that the order pays with.
- Mark and index are the last price: no spot market here has others.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from exchange.paper.accounts import Account
from exchange.paper.listing import Listing
from exchange.paper.matching import Expiry
from exchange.paper.records import NewOrder, Status, Trigger, VenueOrder, VenueRefusal
from strategy.model.market import Side, Symbol
from strategy.model.money import ONE

PERCENT = Decimal("0.01")
_REASONS = {
    "INSUFFICIENT_FUNDS": "InsufficientFunds",
    "INVALID_CLIENT_REQUEST": "InvalidQuantity",
    "INVALID_PRICE": "PriceOutOfBounds",
}


class Triggers:
    """The orders of all markets that wait."""

    def __init__(self) -> None:
        self._waiting: dict[Symbol, dict[int, VenueOrder]] = {}

    def add(self, order: VenueOrder) -> None:
        """From now on it waits."""
        self._waiting.setdefault(order.symbol, {})[order.id] = order

    def drop(self, order: VenueOrder) -> None:
        """It waits no more."""
        del self._waiting[order.symbol][order.id]

    def take_due(self, listing: Listing) -> Sequence[VenueOrder]:
        """Those whose price a market has reached, oldest first; they wait no more."""
        waiting = self._waiting.get(listing.market.symbol)
        if not waiting:
            return ()
        due = [order for order in waiting.values() if _is_due(order, listing.price)]
        for order in due:
            self.drop(order)
        return due


def waiting(order: VenueOrder, trigger: Trigger, price: Decimal) -> VenueOrder:
    """An order that was placed with a trigger while the market stood at a price."""
    return replace(order, status=Status.TRIGGER_PENDING, trigger=trigger, rises=trigger.price >= price)


def sent(order: VenueOrder, account: Account, listing: Listing) -> NewOrder:
    """The order that is sent for one that waited."""
    return NewOrder(
        symbol=order.symbol,
        side=order.side,
        price=order.price,
        quantity=_quantity(order, account, listing),
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        client_id=order.client_id,
        self_trade=order.self_trade,
        redeem=order.redeem,
    )


def pulled(order: VenueOrder, new: NewOrder, reserve: Decimal, at: int) -> VenueOrder:
    """An order whose trigger was reached, as it enters the book."""
    return replace(order, quantity=new.quantity, status=Status.NEW, reserve=reserve, triggered_at=at, changed_at=at)


def reason(refusal: VenueRefusal, new: NewOrder) -> str:
    """Why an order could not be sent, in the words of the history."""
    if refusal.code == "INVALID_ORDER" and new.post_only:
        return Expiry.POST_ONLY
    return _REASONS.get(refusal.code, "Unknown")


def _is_due(order: VenueOrder, price: Decimal) -> bool:
    assert order.trigger is not None
    return price >= order.trigger.price if order.rises else price <= order.trigger.price


def _quantity(order: VenueOrder, account: Account, listing: Listing) -> Decimal:
    assert order.trigger is not None
    if order.trigger.percent is None:
        assert order.trigger.quantity is not None
        return order.trigger.quantity
    share = account.balance(listing.paid_asset(order.side)).available * order.trigger.percent * PERCENT
    price = order.price or listing.book.house(Side.SELL)
    return listing.market.quantity_down(share / (price if order.side is Side.BUY else ONE))
