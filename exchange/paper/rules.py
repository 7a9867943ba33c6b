"""What the venue refuses before matching, in the order in which it looks, with the wire's codes and texts."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.paper.matching import Book
from exchange.paper.records import NewOrder, Trigger, VenueRefusal
from strategy.model.market import Asset, BookState, Market, Side, Symbol
from strategy.model.money import is_multiple


class FeeIn(StrEnum):
    """Which asset a fee is taken from. Backpack takes it from the one that is received."""

    RECEIVED = "received"
    BASE = "base"
    QUOTE = "quote"
    NONE = "none"


@dataclass(slots=True, kw_only=True)
class Choices:
    """What is not known of the real exchange, or differs between accounts: each can be switched."""

    fee_in: FeeIn = FeeIn.RECEIVED
    post_only_expires: bool = False
    """A post-only order that would cross is answered by an expired order instead of a refusal."""
    cancel_missing_is_404: bool = False
    unique_client_ids: bool = False
    """A client id that an open order has already is refused."""
    max_orders: int | None = None
    """Open orders an account may have."""
    secret_rule: Callable[[Symbol, Decimal], bool] = lambda _symbol, _price: False
    """Prices that are refused for a reason that no list of markets tells."""
    history_lag: int = 0
    """Milliseconds by which the order and fill history run behind."""


def check(market: Market, new: NewOrder, last: Decimal, book: Book) -> None:
    """Refuse an order that breaks a rule of its market. Funds come after this.

    What depends on where the market stands is looked at when an order is sent: for one with a trigger, then.
    """
    if new.trigger is not None:
        _check_trigger(market, new, new.trigger)
        return
    _check_state(market.state, new)
    _check_size(market, new, book)
    if new.price is not None and not market.in_band(new.price, last):
        raise VenueRefusal("INVALID_PRICE", "Price is too far from the last active price")


def fee_asset(fee_in: FeeIn, market: Market, side: Side) -> Asset:
    """The asset that a fee is charged in."""
    if fee_in is FeeIn.BASE:
        return market.base
    if fee_in is FeeIn.QUOTE:
        return market.quote
    return market.base if side is Side.BUY else market.quote


def _check_state(state: BookState, new: NewOrder) -> None:
    if state in (BookState.CLOSED, BookState.CANCEL_ONLY):
        raise VenueRefusal("TRADING_PAUSED", "Trading is paused")
    if state is BookState.LIMIT_ONLY and new.price is None:
        raise VenueRefusal("INVALID_ORDER", "Market only accepts limit orders")
    if state is BookState.POST_ONLY and not new.post_only:
        raise VenueRefusal("INVALID_ORDER", "Market only accepts post only orders")


def _check_trigger(market: Market, new: NewOrder, trigger: Trigger) -> None:
    if market.state in (BookState.CLOSED, BookState.CANCEL_ONLY):
        raise VenueRefusal("TRADING_PAUSED", "Trading is paused")
    _check_price(market, trigger.price)
    if new.price is not None:
        _check_price(market, new.price)
    if trigger.quantity is not None:
        _check_quantity(market, trigger.quantity)


def _check_size(market: Market, new: NewOrder, book: Book) -> None:
    if new.price is not None:
        _check_price(market, new.price)
    quantity = new.quantity
    if quantity is None:
        touch = book.ask if new.side is Side.BUY else book.bid
        quantity = market.quantity_down((new.budget or Decimal(0)) / touch)
    _check_quantity(market, quantity)


def _check_price(market: Market, price: Decimal) -> None:
    if price <= 0 or not is_multiple(price, market.tick_size):
        raise _bad("Price decimal too long" if price > 0 else "Price must be positive")
    if not _within(price, market.min_price, market.max_price):
        raise VenueRefusal("INVALID_PRICE", "Price is outside the allowed range")


def _check_quantity(market: Market, quantity: Decimal) -> None:
    if not is_multiple(quantity, market.step_size):
        raise _bad("Quantity decimal too long")
    if quantity < market.min_quantity:
        raise _bad("Quantity is below the minimum allowed value")
    if market.max_quantity is not None and quantity > market.max_quantity:
        raise _bad("Quantity is above the maximum allowed value")


def _within(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _bad(message: str) -> VenueRefusal:
    return VenueRefusal("INVALID_CLIENT_REQUEST", message)
