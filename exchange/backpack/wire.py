"""Orders and fills: Backpack's JSON from and to our values. Pure; markets, prices and balances are in `facts`."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from exchange.backpack.errors import expiry, item_failure
from exchange.backpack.fields import Fields, fail, items
from exchange.backpack.signing import Param
from exchange.port import Accepted, Ended, OutcomeUnknown, Placement
from strategy.model.market import Asset, Side, Symbol, assets_of
from strategy.model.money import ZERO, plain
from strategy.model.orders import MAX_CLIENT_ID, ClientId, EndedOrder, Execution, Fill, OpenOrder, Order, OrderStatus

NOT_ANSWERED = "The answer to the batch does not tell what became of this order."

_SIDES = {"Bid": Side.BUY, "Ask": Side.SELL}
TRIGGER_FIELDS = ("triggerPrice", "triggerQuantity", "triggerBy")
"""What only an order with a trigger has."""
_WAITS_FOR_TRIGGER = "TriggerPending"
_RESTING = {"New", "PartiallyFilled", "TriggerPending", "Triggered"}
_OVER = {
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELLED,
    "Expired": OrderStatus.EXPIRED,
    "TriggerFailed": OrderStatus.EXPIRED,
}
_EXPIRED_AT_ONCE = {Execution.POST_ONLY: "PostOnlyTaker", Execution.IMMEDIATE: "ImmediateOrCancel"}


def order_body(order: Order) -> dict[str, Param]:
    """The request for an order. Borrowing and lending are refused by name: the account's own settings don't count.

    Lent funds are taken back only where the owner lets the grids use them.
    """
    body: dict[str, Param] = {
        "symbol": order.symbol,
        "side": "Bid" if order.side is Side.BUY else "Ask",
        "orderType": "Limit",
        "price": plain(order.price),
        "quantity": plain(order.quantity),
        "clientId": int(order.client_id),
        "selfTradePrevention": "RejectTaker",
        "autoBorrow": False,
        "autoBorrowRepay": False,
        "autoLend": False,
        "autoLendRedeem": order.redeem,
    }
    match order.execution:
        case Execution.POST_ONLY:
            body |= {"postOnly": True, "timeInForce": "GTC"}
        case Execution.IMMEDIATE:
            body |= {"postOnly": False, "timeInForce": "IOC"}
        case _:
            assert_never(order.execution)
    return body


def on_spot(row: Fields, name: str) -> bool:
    """Whether a symbol is a spot market's: BASE_QUOTE. Every other kind has a suffix (_PERP, _RFQ, a date)."""
    if is_other_kind(row.text(name)):  # whatever it is called: these have names of any length
        return False
    return "_" in row.word(name) or row.wrong(name, "not a market")


def is_other_kind(symbol: str) -> bool:
    """Whether a symbol is one of a market of another kind, all of which have a suffix."""
    return symbol.count("_") > 1


def side_of(order: Fields, name: str) -> Side:
    """Bid or Ask, as our side."""
    side = _SIDES.get(order.text(name))
    return side if side is not None else order.wrong(name, "neither Bid nor Ask")


def client_id_of(order: Fields, name: str) -> ClientId | None:
    """The client id, a number or its text; None where the order has none that could be ours (zero is one of those)."""
    number = order.whole(name) if order.has(name) else 0
    return ClientId(number) if 0 < number <= MAX_CLIENT_ID else None


def final_status(order: Fields, name: str) -> OrderStatus | None:
    """What became of an order that is over; None while it rests."""
    status = order.text(name)
    if status in _RESTING:
        return None
    return _OVER[status] if status in _OVER else order.wrong(name, "an unknown status")


def order_of(value: object) -> OpenOrder | EndedOrder:
    """An order from a placement, a cancel, the open orders or the order history."""
    order = Fields(value, "order")
    status = final_status(order, "status")
    conditional = order.text("status").startswith("Trigger") or any(map(order.has, TRIGGER_FIELDS))
    if status is None:
        waits = order.text("status") == _WAITS_FOR_TRIGGER  # its quantity is decided when it is triggered
        return OpenOrder(
            order_id=order.text("id"),
            client_id=client_id_of(order, "clientId"),
            symbol=Symbol(order.text("symbol")),
            side=side_of(order, "side"),
            price=_limit(order),
            quantity=ZERO if waits and not order.has("quantity") else order.not_negative("quantity"),
            executed=ZERO if waits and not order.has("executedQuantity") else order.not_negative("executedQuantity"),
            created_at=order.time("createdAt"),
            is_conditional=conditional,
        )
    return EndedOrder(
        order_id=order.text("id"),
        client_id=client_id_of(order, "clientId"),
        symbol=Symbol(order.text("symbol")),
        side=side_of(order, "side"),
        status=status,
        executed=order.not_negative("executedQuantity"),
        price=order.decimal_or_none("price"),
        reason=order.text_or_none("expiryReason"),
        refused=expiry(order.text_or_none("expiryReason")),
        is_conditional=conditional,
    )


def _limit(order: Fields) -> Decimal | None:
    """A resting order's price. Only a market order that waits for its trigger has none."""
    if order.has("price") or (order.has("orderType") and order.text("orderType") == "Limit"):
        return order.positive("price")
    return None


def created_at(value: object) -> int:
    """When an order of the history was made, ms."""
    return Fields(value, "order").time("createdAt")


def fill_of(value: object) -> Fill:
    """A fill from the fill history."""
    fill = Fields(value, "fill")
    symbol, side = Symbol(fill.text("symbol")), side_of(fill, "side")
    trade_id = fill.whole("tradeId") if fill.has("tradeId") else None
    fee, fee_asset = fee_of(fill, "fee", "feeSymbol", symbol, side, trade_id)
    return keyed_fill(
        Fill(
            key="",
            symbol=symbol,
            order_id=fill.text("orderId"),
            client_id=client_id_of(fill, "clientId"),
            trade_id=trade_id,
            side=side,
            price=fill.positive("price"),
            quantity=fill.positive("quantity"),
            fee=fee,
            fee_asset=fee_asset,
            is_maker=fill.flag("isMaker"),
            at=fill.moment("timestamp"),
            system=fill.text_or_none("systemOrderType"),
        )
    )


def fee_of(
    fill: Fields, amount: str, asset: str, symbol: Symbol, side: Side, trade_id: int | None
) -> tuple[Decimal, Asset]:
    """What was charged, and in which asset. Where that is nothing, its asset may be left out: then it is what came, as
    ever. A fill that nobody can read for want of it would never be booked. Without a trade's number the asset is part
    of what the fill is known by, and has to be said: told again with another one it would be booked twice.
    """
    fee = fill.decimal(amount)
    if fee or trade_id is None or (fill.has(asset) and fill.value(asset) != ""):
        return fee, Asset(fill.word(asset))
    base, quote = assets_of(symbol)
    return fee, base if side is Side.BUY else quote


def keyed_fill(fill: Fill) -> Fill:
    """The fill under its key: by trade id, or by its content where it has none. Its time is no part of the key."""
    if fill.trade_id is not None:
        return replace(fill, key=trade_key(fill.symbol, fill.trade_id))
    numbers = [plain(number) for number in (fill.price, fill.quantity, fill.fee)]
    content = "|".join([fill.order_id, fill.side, *numbers, fill.fee_asset, str(fill.is_maker)])
    return replace(fill, key=f"{fill.symbol}:x{hashlib.sha256(content.encode()).hexdigest()[:16]}")


def trade_key(symbol: Symbol, trade_id: int) -> str:
    """The key of a fill with a trade id."""
    return f"{symbol}:{trade_id}"


def placement(answer: object, order: Order) -> Accepted | Ended:
    """The outcome of one order that the exchange took."""
    taken = order_of(answer)
    if taken.client_id not in (None, order.client_id):
        fail("order.clientId", "another order's")
    if isinstance(taken, EndedOrder):
        return Ended(ended=ended_at_once(taken, order))
    return Accepted(order_id=taken.order_id)


def ended_at_once(taken: EndedOrder, order: Order) -> EndedOrder:
    """An order that was over when it was answered. By the document that answer names no reason: the order tells it."""
    reason = taken.reason
    if reason is None and taken.status is OrderStatus.EXPIRED:
        reason = _EXPIRED_AT_ONCE[order.execution]
    return replace(taken, client_id=order.client_id, reason=reason, refused=expiry(reason))


def placements(answer: object, orders: Sequence[Order]) -> list[Placement]:
    """The outcomes of a batch, one an order.

    An item with a client id belongs to that order. Refusals have none: they go to the orders that are left, in the
    order of the request, if the numbers agree. Whatever can't be told is unknown, never refused.
    """
    found: dict[ClientId, Placement] = {}
    nameless: list[Fields] = []
    for number, value in enumerate(items(answer, "orders")):
        item = Fields(value, f"orders[{number}]")
        mine = client_id_of(item, "clientId")
        if mine is None:
            nameless.append(item)
        else:
            found[mine] = _outcome(item, value, next((order for order in orders if order.client_id == mine), None))
    left = [order.client_id for order in orders if order.client_id not in found]
    if len(left) == len(nameless) and all(_is_error(item) for item in nameless):
        found |= zip(left, map(item_failure, nameless), strict=True)
    return [found.get(order.client_id) or OutcomeUnknown(NOT_ANSWERED) for order in orders]


def _outcome(item: Fields, value: object, order: Order | None) -> Placement:
    try:
        if _is_error(item):
            return item_failure(item)
        return placement(value, order) if order else OutcomeUnknown(NOT_ANSWERED)
    except OutcomeUnknown as unreadable:
        return unreadable


def _is_error(item: Fields) -> bool:
    return item.text("operation") == "Err"
