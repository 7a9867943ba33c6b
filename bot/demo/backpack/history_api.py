"""The paged calls: past orders, fills, deposits, withdrawals, dust; and the histories that are empty on spot."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.demo.backpack.answers import Answer, PlainRefusal
from bot.demo.backpack.call import Call, Endpoint, Endpoints
from bot.demo.backpack.rendering import (
    Json,
    deposit_json,
    dust_json,
    fill_json,
    interest_json,
    past_order_json,
    settlement_json,
    withdrawal_json,
)
from bot.demo.backpack.schema import PAGE, Kind, Schema
from exchange.paper.history import all_fills_at, orders_at
from exchange.paper.records import VenueFill

Row = TypeVar("Row")
LIMIT = 100
MOST = 1000


def _orders(call: Call) -> Answer:
    symbol, order_id = call.text("symbol"), call.text("orderId")
    orders = [
        order
        for order in orders_at(call.account, _horizon(call))
        if symbol in (None, order.symbol) and order_id in (None, str(order.id)) and _is_spot(call)
    ]
    return _page(call, orders, lambda order: past_order_json(order, call.venue.listing(order.symbol).market))


def _fills(call: Call) -> Answer:
    shown = all_fills_at(call.account, _horizon(call), call.text("marketType"))
    fills = [fill for fill in shown if _is_wanted(call, fill)]
    # Within one moment the lower trade id comes first, also in a list that is newest first.
    newest_first = call.text("sortDirection") != "Asc"
    fills.sort(key=lambda fill: (-fill.at if newest_first else fill.at, fill.trade_id or 0))
    return _page(call, fills, fill_json, is_sorted=True)


def _is_wanted(call: Call, fill: VenueFill) -> bool:
    kind = call.text("fillType")
    return (
        call.text("symbol") in (None, fill.symbol)
        and call.text("orderId") in (None, str(fill.order_id))
        and _is_within(call, fill.at)
        and (kind is None or kind == ("User" if fill.system is None else fill.system))
    )


def _deposits(call: Call) -> Answer:
    wanted = [t for t in call.account.transfers if t.amount > 0 and _is_within(call, t.at)]
    return _page(call, wanted, deposit_json)


def _withdrawals(call: Call) -> Answer:
    wanted = [t for t in call.account.transfers if t.amount < 0 and _is_within(call, t.at)]
    return _page(call, wanted, withdrawal_json)


def _dust(call: Call) -> Answer:
    return _page(call, call.account.dust, dust_json)


def _interest(call: Call) -> Answer:
    return _page(call, call.account.interest, interest_json)


def _settlements(call: Call) -> Answer:
    source = call.text("source")
    wanted = [one for one in call.account.settlements if source in (None, one.source) and one.at <= _horizon(call)]
    return _page(call, wanted, settlement_json)


def _nothing(call: Call) -> Answer:
    return _page(call, [], lambda _: {})


def _page(call: Call, rows: Sequence[Row], shown: Callable[[Row], Json], *, is_sorted: bool = False) -> Answer:
    """One page of rows that come oldest first, newest first unless asked otherwise."""
    limit, offset = call.whole("limit", LIMIT), call.whole("offset", 0)
    if not 0 < limit <= MOST:
        raise PlainRefusal(f"failed to parse parameter `limit`: the value must be between 1 and {MOST}")
    ordered = list(rows) if is_sorted or call.text("sortDirection") == "Asc" else list(reversed(rows))
    headers = {
        "X-PAGE-COUNT": str(-(-len(rows) // limit)),
        "X-CURRENT-PAGE": str(offset // limit),
        "X-PAGE-SIZE": str(limit),
        "X-TOTAL": str(len(rows)),
        "ACCESS-CONTROL-EXPOSE-HEADERS": "X-PAGE-COUNT, X-CURRENT-PAGE, X-PAGE-SIZE, X-TOTAL",
        "CACHE-CONTROL": "no-store",
    }
    return Answer(json=[shown(row) for row in ordered[offset : offset + limit]], headers=headers)


def _horizon(call: Call) -> int:
    return call.now - call.venue.choices.history_lag


def _is_within(call: Call, at: int) -> bool:
    """From is inclusive, to exclusive."""
    return call.whole("from", 0) <= at < call.whole("to", at + 1)


def _is_spot(call: Call) -> bool:
    return call.text("marketType") in (None, "SPOT")


_SPAN = {"from": Kind.WHOLE, "to": Kind.WHOLE}
_ORDERS = Schema(
    fields={
        **PAGE,
        "orderId": Kind.TEXT,
        "strategyId": Kind.TEXT,
        "symbol": Kind.TEXT,
        "marketType": Kind.MARKET_TYPE,
    }
)
_FILLS = Schema(fields={**_ORDERS.fields, **_SPAN, "fillType": Kind.TEXT, "assetClass": Kind.TEXT})
_MOVES = Schema(fields={**PAGE, **_SPAN, "id": Kind.TEXT, "clientId": Kind.TEXT, "excludePlatform": Kind.FLAG})
_ANY = Schema(fields={**_FILLS.fields, "id": Kind.TEXT, "state": Kind.TEXT, "source": Kind.TEXT, "type": Kind.TEXT})
_INTEREST = Schema(
    fields={
        **PAGE,
        **dict.fromkeys(("asset", "symbol", "positionId", "source"), Kind.TEXT),
    }
)
_EMPTY = {
    "borrowLend": "borrowHistoryQueryAll",
    "borrowLend/positions": "borrowPositionHistoryQueryAll",
    "funding": "fundingHistoryQueryAll",
    "position": "positionHistoryQueryAll",
    "strategies": "strategyHistoryQueryAll",
}

HISTORY: Endpoints = {
    ("GET", "/wapi/v1/history/orders"): Endpoint(handler=_orders, instruction="orderHistoryQueryAll", schema=_ORDERS),
    ("GET", "/wapi/v1/history/fills"): Endpoint(handler=_fills, instruction="fillHistoryQueryAll", schema=_FILLS),
    ("GET", "/wapi/v1/history/dust"): Endpoint(handler=_dust, instruction="dustHistoryQueryAll", schema=_ANY),
    ("GET", "/wapi/v1/history/interest"): Endpoint(
        handler=_interest, instruction="interestHistoryQueryAll", schema=_INTEREST
    ),
    ("GET", "/wapi/v1/history/settlement"): Endpoint(
        handler=_settlements, instruction="settlementHistoryQueryAll", schema=_ANY
    ),
    ("GET", "/wapi/v1/capital/deposits"): Endpoint(handler=_deposits, instruction="depositQueryAll", schema=_MOVES),
    ("GET", "/wapi/v1/capital/withdrawals"): Endpoint(
        handler=_withdrawals, instruction="withdrawalQueryAll", schema=_MOVES
    ),
    **{
        ("GET", f"/wapi/v1/history/{name}"): Endpoint(handler=_nothing, instruction=instruction, schema=_ANY)
        for name, instruction in _EMPTY.items()
    },
}
