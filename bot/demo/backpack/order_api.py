"""The calls that place, find and cancel orders."""

import re
from collections.abc import Mapping
from decimal import Decimal

from bot.demo.backpack.answers import Answer
from bot.demo.backpack.call import Call, Endpoint, Endpoints
from bot.demo.backpack.rendering import Json, order_json
from bot.demo.backpack.schema import ALL_ORDERS, ONE_ORDER, ORDER, Kind, Schema, read_body
from exchange.paper.matching import SelfTrade, TimeInForce
from exchange.paper.records import NewOrder, Trigger, TriggerBy, VenueOrder, VenueRefusal, number_of
from strategy.model.market import Side, Symbol
from strategy.model.money import ZERO

MOST_IN_A_BATCH = 50
MOST_PERCENT = 100
_TRIGGER_QUANTITY = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)(%?)", re.ASCII)


def order_of(params: Mapping[str, object]) -> NewOrder:
    """The order that a body asks for."""
    _refuse_unsupported(params)
    market = params["orderType"] == "Market"
    price, quantity, budget = (_decimal(params, name) for name in ("price", "quantity", "quoteQuantity"))
    trigger = _trigger(params)
    if trigger is not None and (quantity is not None or budget is not None):
        raise _bad("Must specify either `quantity` or `triggerQuantity`")
    if trigger is None and market and (quantity is None) == (budget is None):
        raise _bad("Market orders must specify a positive `quantity`")
    if not market and (price is None or (trigger is None and quantity is None)):
        raise _bad(f"Limit orders must specify a positive `{'price' if price is None else 'quantity'}`")
    return NewOrder(
        symbol=Symbol(str(params["symbol"])),
        side=Side.BUY if params["side"] == "Bid" else Side.SELL,
        price=None if market else price,
        quantity=quantity,
        budget=budget if market else None,
        time_in_force=TimeInForce(str(params.get("timeInForce", "GTC"))),
        post_only=params.get("postOnly") is True,
        client_id=int(str(params["clientId"])) if "clientId" in params else None,
        self_trade=SelfTrade(str(params.get("selfTradePrevention", "RejectTaker"))),
        redeem=params.get("autoLendRedeem") is True,
        trigger=trigger,
    )


def _place(call: Call) -> Answer:
    return Answer(json=_json(call, call.venue.place(call.account.key, order_of(call.params))))


def _place_batch(call: Call) -> Answer:
    """All or nothing where a rule is broken; after that they are carried out one by one, each with its own fate."""
    if len(call.batch) > MOST_IN_A_BATCH:
        raise _bad("Too many orders")
    orders = [order_of(read_body(ORDER, item, call.venue.listings)) for item in call.batch]
    for order in orders:
        call.venue.validate(order)
    return Answer(json=[_placed(call, order) for order in orders])


def _placed(call: Call, new: NewOrder) -> Json:
    try:
        order = call.venue.place(call.account.key, new)
    except VenueRefusal as refusal:
        return {"code": refusal.code, "message": refusal.message, "operation": "Err"}
    return {**_json(call, order), "operation": "Ok"}


def _find(call: Call) -> Answer:
    order = call.account.find(_symbol(call), *_ids(call))
    if order is None:
        raise VenueRefusal("RESOURCE_NOT_FOUND", "Not Found", 404)
    return Answer(json=_json(call, order))


def _cancel(call: Call) -> Answer:
    order_id, client_id = _ids(call)
    order = call.venue.cancel(call.account.key, _symbol(call), order_id=order_id, client_id=client_id)
    return Answer(json=_json(call, order))


def _list(call: Call) -> Answer:
    symbol, kind = call.text("symbol"), call.text("marketType")
    if kind not in (None, "SPOT"):
        return Answer(json=[])
    orders = call.account.open.values()
    return Answer(json=[_json(call, order) for order in orders if symbol in (None, order.symbol)])


def _cancel_all(call: Call) -> Answer:
    kind = call.text("orderType")
    waiting = None if kind is None else kind == "ConditionalOrder"
    cancelled = call.venue.cancel_all(call.account.key, _symbol(call), waiting=waiting)
    return Answer(json=[_json(call, order) for order in cancelled])


def _ids(call: Call) -> tuple[int | None, int | None]:
    """The venue's id wins where both are given; a text that is no id names no order."""
    order_id, client_id = call.text("orderId"), call.text("clientId")
    if order_id is None and client_id is None:
        raise _bad("Must specify either `orderId` or `clientId`")
    if order_id is None:
        return None, int(client_id or 0)
    return number_of(order_id), None


def _trigger(params: Mapping[str, object]) -> Trigger | None:
    """The trigger that a body asks for. Its quantity may be a percentage, `"80%"`."""
    price, text = _decimal(params, "triggerPrice"), str(params.get("triggerQuantity", ""))
    by = params.get("triggerBy")
    if (price is None) != (text == "") or (price is None and by is not None):
        raise _bad("Must specify both `triggerPrice` and `triggerQuantity` or neither")
    if price is None:
        return None
    found = _TRIGGER_QUANTITY.fullmatch(text)
    number, is_percent = (Decimal(found[1]), bool(found[2])) if found else (ZERO, False)
    if number <= 0 or (is_percent and number > MOST_PERCENT):
        raise _bad("Invalid `triggerQuantity`")
    return Trigger(
        price=price,
        quantity=None if is_percent else number,
        percent=number if is_percent else None,
        by=None if by is None else TriggerBy(str(by)),
    )


def _refuse_unsupported(params: Mapping[str, object]) -> None:
    if any(name.startswith(("stopLoss", "takeProfit")) for name in params):
        # By Backpack's support pages they close a position of a futures market: a spot market has none.
        raise VenueRefusal("INVALID_ORDER", "Stop loss and take profit are for futures only")
    if any(name.startswith("slippage") for name in params):
        raise VenueRefusal("INVALID_ORDER", "The local exchange knows no slippage tolerance")
    if params.get("postOnly") is True and (
        params["orderType"] == "Market" or params.get("timeInForce") in ("IOC", "FOK")
    ):
        raise VenueRefusal("INVALID_ORDER", "Invalid order")
    if params.get("autoBorrow") is True:
        raise VenueRefusal("BORROW_LIMIT", "The local exchange lends nothing")


def _decimal(params: Mapping[str, object], name: str) -> Decimal | None:
    value = params.get(name)
    return None if value is None else Decimal(str(value))


def _symbol(call: Call) -> Symbol:
    return Symbol(str(call.params["symbol"]))


def _json(call: Call, order: VenueOrder) -> Json:
    return order_json(order, call.venue.listing(order.symbol).market)


def _bad(message: str) -> VenueRefusal:
    return VenueRefusal("INVALID_CLIENT_REQUEST", message)


_ONE = Schema(fields={**ONE_ORDER.fields, "symbol": Kind.TEXT}, required=("symbol",))
_FILTER = Schema(fields={"symbol": Kind.TEXT, "marketType": Kind.MARKET_TYPE})

ORDERS: Endpoints = {
    ("POST", "/api/v1/order"): Endpoint(handler=_place, instruction="orderExecute", schema=ORDER),
    ("GET", "/api/v1/order"): Endpoint(handler=_find, instruction="orderQuery", schema=_ONE),
    ("DELETE", "/api/v1/order"): Endpoint(handler=_cancel, instruction="orderCancel", schema=ONE_ORDER),
    ("POST", "/api/v1/orders"): Endpoint(handler=_place_batch, instruction="orderExecute", schema=ORDER, is_batch=True),
    ("GET", "/api/v1/orders"): Endpoint(handler=_list, instruction="orderQueryAll", schema=_FILTER),
    ("DELETE", "/api/v1/orders"): Endpoint(handler=_cancel_all, instruction="orderCancelAll", schema=ALL_ORDERS),
}
