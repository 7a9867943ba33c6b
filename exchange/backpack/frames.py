"""Websocket frames: what is subscribed, and Backpack's one-letter JSON as stream events. Pure."""

import json
from collections.abc import Iterable

from exchange.backpack.errors import expiry
from exchange.backpack.fields import EARLIEST, LATEST, Fields, fail, parsed, shown
from exchange.backpack.wire import client_id_of, fee_of, final_status, keyed_fill, on_spot, side_of
from exchange.news import BalanceSeen, FillSeen, OrderSeen, StreamEvent, TouchSeen
from exchange.port import BadAnswer
from strategy.model.market import Asset, Balance, Symbol, Touch
from strategy.model.orders import EndedOrder, Fill, OrderStatus

ACCOUNT_STREAMS = ("account.orderUpdate", "account.balanceUpdate")

_ENDINGS = {"orderCancelled", "orderExpired", "triggerFailed"}
_ASIDE = {
    "orderModified",
    "triggerPlaced",
    "depth",
    "trade",
    "ticker",
    "kline",
    "markPrice",
    "openInterest",
    "liquidation",
}
"""Events of the reference's that tell nothing here. Ours are never modified, and wait for no trigger."""

# The stream and the fill history call the system's own orders by different names: one word inside.
_SYSTEM = {
    "USER": None,
    "LIQUIDATION_AUTOCLOSE": "LiquidatePositionOnBook",
    "ADL_AUTOCLOSE": "LiquidatePositionOnAdl",
    "BACKSTOP_LIQUIDITY_PROVIDER": "LiquidatePositionOnBackstop",
    "COLLATERAL_CONVERSION": "CollateralConversion",
    "SETTLEMENT_AUTOCLOSE": "FutureExpiry",
}


class StreamRefused(BadAnswer):
    """An error frame: something that was subscribed is not, and which is not said."""


def touch_stream(symbol: Symbol) -> str:
    """The name of a market's stream of best prices."""
    return f"bookTicker.{symbol}"


def request(method: str, streams: Iterable[str], signature: list[str] | None = None) -> str:
    """A SUBSCRIBE or UNSUBSCRIBE frame; account streams need the signature."""
    frame: dict[str, object] = {"method": method, "params": list(streams)}
    if signature is not None:
        frame["signature"] = signature
    return json.dumps(frame, separators=(",", ":"))


def events_of(text: str) -> tuple[StreamEvent, ...]:
    """What a frame tells; nothing for events that don't matter here.

    `BadAnswer` for a frame that can't be read, for one of an unheard-of type, and for one that tells of an error.
    """
    frame = Fields(parsed(text, "frame"), "frame")
    if frame.has("error") or not frame.has("data"):
        raise StreamRefused(f"stream: error {_error(frame)}")
    data = frame.fields("data")
    match data.text_or_none("e"):
        case "bookTicker":
            return _touch(data)
        case "balanceUpdate":
            return (_balance(data),)
        case "orderAccepted" | "orderFill" | "orderCancelled" | "orderExpired" | "triggerFailed" as event:
            return _order(data, event) if on_spot(data, "s") else ()
        case None:
            return ()
        case name if name in _ASIDE:
            return ()
        case name:
            return fail(f"event {name[:40]}", "not known")


def _error(frame: Fields) -> str:
    """What an error frame says, whatever its form: of one that refuses a signature no example is known, and one that is
    not taken for that would leave the account without its stream.
    """
    error = frame.any("error")
    if not isinstance(error, dict):
        return shown(error if error is not None else frame.any("message") or "without a reason")
    return f"{shown(error.get('code'))}: {shown(error.get('message'))}"


def _touch(data: Fields) -> tuple[StreamEvent, ...]:
    if not (data.has("a") and data.has("b")):
        return ()
    touch = Touch(
        symbol=Symbol(data.text("s")),
        bid=data.positive("b"),
        ask=data.positive("a"),
        at=_milliseconds(data),
    )
    return (TouchSeen(touch=touch),)


def _balance(data: Fields) -> BalanceSeen:
    balance = Balance(available=data.decimal("A"), locked=data.decimal("L"))
    return BalanceSeen(asset=Asset(data.word("a")), balance=balance, at=_milliseconds(data))


def _order(data: Fields, event: str) -> tuple[StreamEvent, ...]:
    status = final_status(data, "X")
    fills = (FillSeen(fill=_fill(data)),) if event == "orderFill" and _is_keyed(data) else ()
    if event in _ENDINGS and status is None:
        data.wrong("X", "an order that is over and rests")
    if status is None and event == "orderFill":
        return fills
    seen = OrderSeen(
        symbol=Symbol(data.text("s")),
        order_id=data.text("i"),
        client_id=client_id_of(data, "c"),
        ended=_ended(data, status) if status else None,
    )
    return (*fills, seen)


def _ended(data: Fields, status: OrderStatus) -> EndedOrder:
    return EndedOrder(
        order_id=data.text("i"),
        client_id=client_id_of(data, "c"),
        symbol=Symbol(data.text("s")),
        side=side_of(data, "S"),
        status=status,
        executed=data.decimal("z"),
        price=data.decimal_or_none("p"),
        reason=data.text_or_none("R"),
        refused=expiry(data.text_or_none("R")),
        is_conditional=data.has("P"),
    )


def _is_keyed(data: Fields) -> bool:
    """Whether a fill has the key that the history gives it. A trade of the user's without its number is left to that:
    by its content it would be another one there, and booked twice.
    """
    return data.has("t") or _SYSTEM.get(_origin(data), "") is not None


def _origin(data: Fields) -> str:
    return data.text_or_none("O") or "USER"


def _fill(data: Fields) -> Fill:
    origin, symbol, side = _origin(data), Symbol(data.text("s")), side_of(data, "S")
    trade_id = data.whole("t") if data.has("t") else None
    fee, fee_asset = fee_of(data, "n", "N", symbol, side, trade_id)
    return keyed_fill(
        Fill(
            key="",
            symbol=symbol,
            order_id=data.text("i"),
            client_id=client_id_of(data, "c"),
            trade_id=trade_id,
            side=side,
            price=data.positive("L"),
            quantity=data.positive("l"),
            fee=fee,
            fee_asset=fee_asset,
            is_maker=data.flag("m"),
            at=_milliseconds(data),
            system=_SYSTEM.get(origin, origin),
        )
    )


def _milliseconds(data: Fields) -> int:
    at = data.whole("T") // 1000
    return at if EARLIEST <= at < LATEST else data.wrong("T", "not a time of today in microseconds")
