"""The venue's records in the domain's words, as Backpack's client would have read them off the wire. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from exchange.backpack.errors import expiry
from exchange.backpack.wire import keyed_fill, trade_key
from exchange.news import BalanceSeen, FillSeen, OrderSeen, StreamEvent, TouchSeen
from exchange.paper.announcements import Announcement, BalanceChanged, BookChanged, Change, OrderChanged, Traded
from exchange.paper.matching import TimeInForce
from exchange.paper.records import Dust, Interest, NewOrder, Status, Transfer, VenueFill, VenueOrder
from exchange.paper.venue import Venue
from strategy.model.ledger import FEE_KEY, Movement, MovementKind
from strategy.model.market import Asset, Balance, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, EndedOrder, Execution, Fill, OpenOrder, Order, OrderStatus

_OVER = {
    Status.FILLED: OrderStatus.FILLED,
    Status.CANCELLED: OrderStatus.CANCELLED,
    Status.EXPIRED: OrderStatus.EXPIRED,
    Status.TRIGGER_FAILED: OrderStatus.EXPIRED,
}


def new_order(order: Order) -> NewOrder:
    """Our order as the venue is asked for it."""
    match order.execution:
        case Execution.POST_ONLY:
            time_in_force, post_only = TimeInForce.GTC, True
        case Execution.IMMEDIATE:
            time_in_force, post_only = TimeInForce.IOC, False
        case _:
            assert_never(order.execution)
    return NewOrder(
        symbol=order.symbol,
        side=order.side,
        price=order.price,
        quantity=order.quantity,
        time_in_force=time_in_force,
        post_only=post_only,
        client_id=order.client_id,
        redeem=order.redeem,
    )


def order_of(order: VenueOrder) -> OpenOrder | EndedOrder:
    """An order that rests or is over."""
    return open_order(order) if order.status.is_open else ended_order(order)


def open_order(order: VenueOrder) -> OpenOrder:
    """An order that rests, or waits for its trigger."""
    return OpenOrder(
        order_id=str(order.id),
        client_id=_client_id(order.client_id),
        symbol=order.symbol,
        side=order.side,
        price=order.price,
        quantity=order.quantity or ZERO,
        executed=order.executed,
        created_at=order.created_at,
        is_conditional=order.trigger is not None,
    )


def ended_order(order: VenueOrder) -> EndedOrder:
    """An order that is over."""
    return EndedOrder(
        order_id=str(order.id),
        client_id=_client_id(order.client_id),
        symbol=order.symbol,
        side=order.side,
        status=_OVER[order.status],
        executed=order.executed,
        price=order.price,
        reason=order.expiry,
        refused=expiry(order.expiry),
        is_conditional=order.trigger is not None,
    )


def fill_of(fill: VenueFill) -> Fill:
    """A fill under its key."""
    shown = Fill(
        key="" if fill.trade_id is None else trade_key(fill.symbol, fill.trade_id),
        symbol=fill.symbol,
        order_id=str(fill.order_id),
        client_id=_client_id(fill.client_id),
        trade_id=fill.trade_id,
        side=fill.side,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        is_maker=fill.is_maker,
        at=fill.at,
        system=fill.system,
    )
    return shown if shown.key else keyed_fill(shown)


def movements(transfer: Transfer) -> list[Movement]:
    """A deposit or a withdrawal, and its fee, which may have come on top."""
    kind = MovementKind.DEPOSIT if transfer.amount > 0 else MovementKind.WITHDRAWAL
    moved = Movement(
        at=transfer.at, key=f"{kind}:{transfer.id}", kind=kind, asset=transfer.asset, amount=transfer.amount
    )
    if not transfer.fee:
        return [moved]
    return [moved, replace(moved, key=f"{FEE_KEY}{transfer.id}", amount=-transfer.fee)]


def dust_moves(dust: Dust) -> list[Movement]:
    """A conversion of dust: the coins go, USDC comes."""
    moves = {dust.asset: -dust.quantity, Asset("USDC"): dust.received}
    return [
        Movement(at=dust.at, key=f"dust:{dust.id}:{asset}", kind=MovementKind.DUST, asset=asset, amount=amount)
        for asset, amount in moves.items()
    ]


def interest(paid: Interest) -> Movement:
    """Interest on what is lent."""
    key = f"interest:{paid.asset}:{paid.asset}:{paid.at}:Lend"
    return Movement(at=paid.at, key=key, kind=MovementKind.INTEREST, asset=paid.asset, amount=paid.amount)


def stream_of(venue: Venue, key: str, callback: Callable[[StreamEvent], None]) -> Callable[[Announcement], None]:
    """A listener that tells one account, and all touches, as the stream would."""
    touches: dict[Symbol, tuple[object, object]] = {}

    def hear(news: Announcement) -> None:
        match news:
            case OrderChanged(order=order) if order.account == key:
                for event in order_events(news):
                    callback(event)
            case BalanceChanged(account=account) if account == key:
                callback(_balance(news))
            case BookChanged():
                touch = venue.touch(news.symbol)
                if touches.get(news.symbol) != (touch.bid, touch.ask):
                    touches[news.symbol] = (touch.bid, touch.ask)
                    callback(TouchSeen(touch=touch))
            case OrderChanged() | BalanceChanged() | Traded():
                pass
            case _:
                assert_never(news)

    return hear


def order_events(news: OrderChanged) -> list[StreamEvent]:
    """A fill, an end, or both. That an order waits for its trigger tells nothing."""
    order = news.order
    if news.change is Change.TRIGGER_PLACED:
        return []
    events: list[StreamEvent] = []
    if news.fill is not None:
        events.append(FillSeen(fill=fill_of(news.fill)))
    if news.change is not Change.FILL or not order.status.is_open:
        events.append(
            OrderSeen(
                symbol=order.symbol,
                order_id=str(order.id),
                client_id=_client_id(order.client_id),
                ended=None if order.status.is_open else ended_order(order),
            )
        )
    return events


def _balance(news: BalanceChanged) -> BalanceSeen:
    shown = Balance(available=news.balance.available, locked=news.balance.locked)
    return BalanceSeen(asset=news.asset, balance=shown, at=news.at)


def _client_id(client_id: int | None) -> ClientId | None:
    return None if client_id is None else ClientId(client_id)
