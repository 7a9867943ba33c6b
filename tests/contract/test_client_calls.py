"""The client against the reference's own answers: what it sends, what it reads, how it pages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from exchange.backpack.client import BackpackClient
from exchange.port import Accepted, BadAnswer, Candle, Ended, Exchange, OutcomeUnknown, Refused, Unavailable
from strategy.model.market import Asset, BookState, Symbol
from strategy.model.orders import ClientId, EndedOrder, OpenOrder, OrderStatus, Refusal
from tests.captures import (
    ACCOUNT,
    CANCELLED,
    CAPITAL,
    DEPTH,
    FILL,
    KLINE,
    MARKET,
    RESTING,
    SOL_FILL,
    an_order,
    read,
)
from tests.contract.scripted import AHEAD, NOW, Scripted, assert_signed, client_of

ETH = Symbol("ETH_USDC")
ONE, TWO = (an_order(client_id=ClientId(number)) for number in (1, 2))


def test_the_client_is_an_exchange(client: BackpackClient) -> None:
    as_port: Exchange = client

    assert as_port is client
    assert repr(client) == "BackpackClient('https://exchange.test')"


async def test_signed_calls_carry_the_exchanges_time(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/account", ACCOUNT)

    info = await client.account()
    await client.account()

    assert info.fees.maker == Decimal("0.0008")
    assert client.offset == AHEAD
    assert len(exchange.asked("GET /api/v1/time")) == 1
    (request, _) = exchange.asked("GET /api/v1/account")
    assert request.headers["X-Timestamp"] == str(NOW + AHEAD)
    assert request.headers["X-Window"] == "5000"
    assert_signed(request, "accountQuery")


async def test_public_calls_are_not_signed(exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/depth", DEPTH)
    client = client_of(exchange)

    touch = await client.touch(Symbol("BTC_USDC"))

    assert touch is not None
    assert touch.bid == Decimal("86781.4")
    (request,) = exchange.requests
    assert "X-API-Key" not in request.headers
    assert dict(request.url.params) == {"symbol": "BTC_USDC", "limit": "5"}


async def test_the_buyers_of_a_book_are_read_best_first_and_deep(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/depth", DEPTH)

    bids = await client.bids(Symbol("BTC_USDC"))

    assert [offer.price for offer in bids] == sorted((offer.price for offer in bids), reverse=True)
    assert bids[0].price == Decimal("86781.4")
    assert exchange.asked("GET /api/v1/depth")[0].url.params["limit"] == "1000"


@pytest.mark.parametrize("row", [["2000"], ["2000", "0"], ["2000", "-1"], ["2000", None], "2000", ["0", "1"]])
async def test_a_book_with_a_broken_row_is_no_book(client: BackpackClient, exchange: Scripted, row: object) -> None:
    exchange.reply("GET /api/v1/depth", {"bids": [row], "asks": [], "lastUpdateId": "1", "timestamp": 1})

    with pytest.raises(BadAnswer):
        await client.bids(ETH)


async def test_without_a_key_private_calls_are_refused_here(exchange: Scripted) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(exchange.handle))
    client = BackpackClient("https://exchange.test", None, http=http)

    with pytest.raises(Refused) as refused:
        await client.account()

    assert refused.value.reason is Refusal.KEY
    assert exchange.asked("GET /api/v1/account") == []


async def test_the_book_of_a_closed_market_has_no_touch(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/depth", {"code": "RESOURCE_NOT_FOUND", "message": "Not Found"}, status=404)

    assert await client.touch(ETH) is None


async def test_spot_markets_are_read_and_a_broken_one_is_left_out(client: BackpackClient, exchange: Scripted) -> None:
    perpetual = read(MARKET, symbol="SOL_USDC_PERP", marketType="PERP")
    broken = read(MARKET, symbol="NEW_USDC", orderBookState=None)
    exchange.reply("GET /api/v1/markets", [read(MARKET), perpetual, broken])

    assert list(await client.markets()) == ["SOL_USDC"]


async def test_a_market_is_asked_about_by_itself(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/market", read(MARKET, orderBookState="PostOnly"), read(MARKET, symbol="ETH_USDC"))

    assert (await client.market(Symbol("SOL_USDC"))).state is BookState.POST_ONLY
    assert exchange.requests[-1].url.params["symbol"] == "SOL_USDC"
    with pytest.raises(BadAnswer, match="another market's"):
        await client.market(Symbol("SOL_USDC"))


async def test_candles_are_fetched_on_from_where_an_answer_stops(client: BackpackClient, exchange: Scripted) -> None:
    start = 1757604780000

    def answer(request: httpx.Request) -> httpx.Response:
        first = int(request.url.params["startTime"]) * 1000
        limit = [first, first + 60_000, first + 120_000]
        return httpx.Response(200, json=[read(KLINE, start=at) for at in limit if at < start + 5 * 60_000])

    exchange.reply("GET /api/v1/klines", answer)

    candles = await client.candles(ETH, "1m", start - 10, start + 4 * 60_000)

    assert [candle.at for candle in candles] == [start, start + 60_000, start + 120_000, start + 180_000]
    assert isinstance(candles[0], Candle)
    assert exchange.requests[0].url.params["startTime"] == "1757604780"


async def test_an_unknown_candle_length_is_refused(client: BackpackClient) -> None:
    with pytest.raises(Refused, match="no candles of 7m"):
        await client.candles(ETH, "7m", 0, 1)


async def test_lent_funds_are_added(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/capital", CAPITAL)
    exchange.reply("GET /api/v1/borrowLend/positions", [{"symbol": "USDC", "netQuantity": "7.5"}])

    balances = await client.balances()

    assert balances[Asset("USDC")].lent == Decimal("7.5")
    assert_signed(exchange.asked("GET /api/v1/borrowLend/positions")[0], "borrowLendPositionQuery")


@pytest.mark.parametrize("auto_lend", [False, True])
async def test_unknown_lent_funds_are_zero_only_if_nothing_is_lent_by_itself(
    client: BackpackClient, exchange: Scripted, auto_lend: bool
) -> None:
    exchange.reply("GET /api/v1/capital", CAPITAL)
    exchange.reply("GET /api/v1/account", read(ACCOUNT, autoLend=auto_lend))

    if auto_lend:
        with pytest.raises(Refused):
            await client.balances()
    else:
        assert (await client.balances())[Asset("USDC")].lent == 0


async def test_open_orders_that_are_told_in_the_same_words_are_not_read_anew(
    client: BackpackClient, exchange: Scripted
) -> None:
    exchange.reply("GET /api/v1/orders", f"[{RESTING}]", f"[{RESTING}]", f"[{RESTING}, {RESTING}]", "[]")

    first, again, more, none = [await client.open_orders() for _ in range(4)]

    assert again is first
    assert [len(first), len(more), len(none)] == [1, 2, 0]


async def test_open_orders_are_those_of_spot_markets(client: BackpackClient, exchange: Scripted) -> None:
    strange = read(RESTING, id="2", clientId=None, quantity=None)
    exchange.reply("GET /api/v1/orders", [read(RESTING), read(RESTING, id="3", symbol="ETH_USDC_PERP"), strange])

    assert [order.order_id for order in await client.open_orders()] == ["8284661092"]


def paged(rows: list[Any]) -> Callable[[httpx.Request], httpx.Response]:
    """A history that shows what its parameters ask for; one more row appears at its head with every call."""

    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        page = rows[offset : offset + limit]
        rows.insert(0, {**rows[0], "tradeId": 10**6 + len(rows), "id": f"new{len(rows)}"})
        return httpx.Response(200, json=page)

    return answer


async def test_fills_are_read_to_the_last_page_and_kept_once(client: BackpackClient, exchange: Scripted) -> None:
    rows = [read(FILL, tradeId=number) for number in range(2500)]
    exchange.reply("GET /wapi/v1/history/fills", paged([*rows, read(SOL_FILL, symbol="SOL_USDC_PERP")]))

    fills = await client.fills(77)

    assert {fill.trade_id for fill in fills} >= set(range(2500))
    assert len({fill.key for fill in fills}) == len(fills)
    assert [fill.at for fill in fills] == sorted(fill.at for fill in fills)
    requests = exchange.asked("GET /wapi/v1/history/fills")
    assert [request.url.params["offset"] for request in requests] == ["0", "1000", "2000", "2503"]
    assert {request.url.params["from"] for request in requests} == {"77"}
    assert_signed(requests[0], "fillHistoryQueryAll")


async def test_orders_are_read_back_to_a_time(client: BackpackClient, exchange: Scripted) -> None:
    rows = [read(CANCELLED, id=str(number), createdAt=10_000 - number) for number in range(3000)]
    rows[1] = read(RESTING, id="1", createdAt=9_999)
    exchange.reply("GET /wapi/v1/history/orders", paged(rows))

    orders = await client.orders_since(ETH, 9_500)

    assert {request.url.params["symbol"] for request in exchange.asked("GET /wapi/v1/history/orders")} == {"ETH_USDC"}
    assert {order.order_id for order in orders} >= {str(number) for number in range(501)}
    assert "501" not in {order.order_id for order in orders}
    assert isinstance(next(order for order in orders if order.order_id == "1"), OpenOrder)
    requests = exchange.asked("GET /wapi/v1/history/orders")
    assert [request.url.params["limit"] for request in requests] == ["100", "1000"]
    assert_signed(requests[0], "orderHistoryQueryAll")


async def test_orders_of_all_spot_markets_are_read_without_a_symbol(client: BackpackClient, exchange: Scripted) -> None:
    symbols = ["ETH_USDC", "SOL_USDC", "BTC_USDC_PERP"]
    rows = [read(CANCELLED, id=str(number), symbol=symbol) for number, symbol in enumerate(symbols)]
    exchange.reply("GET /wapi/v1/history/orders", paged(rows))

    orders = await client.orders_since(None, 0)

    assert [order.symbol for order in orders] == ["ETH_USDC", "SOL_USDC"]
    [request] = exchange.asked("GET /wapi/v1/history/orders")
    assert "symbol" not in request.url.params
    assert_signed(request, "orderHistoryQueryAll")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ([read(CANCELLED)], OrderStatus.CANCELLED),
        ([read(CANCELLED, id="9"), read(CANCELLED)], OrderStatus.CANCELLED),
        ([read(RESTING)], None),
        ([], None),
    ],
)
async def test_an_ended_order_is_looked_up(
    client: BackpackClient, exchange: Scripted, answer: list[Any], status: OrderStatus | None
) -> None:
    exchange.reply("GET /wapi/v1/history/orders", answer)

    ended = await client.ended_order(ETH, "8284661092")

    assert (ended.status if isinstance(ended, EndedOrder) else None) is status


async def test_one_order_is_placed_alone(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("POST /api/v1/order", read(RESTING, clientId=1, id="42"))

    assert await client.place([ONE]) == [Accepted(order_id="42")]

    (request,) = exchange.asked("POST /api/v1/order")
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert exchange.sent("POST /api/v1/order")[0]["clientId"] == 1
    assert_signed(request, "orderExecute")


async def test_several_orders_are_placed_in_one_call(client: BackpackClient, exchange: Scripted) -> None:
    full = read(RESTING, clientId=2, id="43", status="Filled", executedQuantity="0.001", operation="Ok")
    exchange.reply("POST /api/v1/orders", [read(RESTING, clientId=1, id="42", operation="Ok"), full])

    one, two = await client.place([ONE, TWO])

    assert one == Accepted(order_id="42")
    assert isinstance(two, Ended)
    assert two.ended.executed == Decimal("0.001")
    assert_signed(exchange.asked("POST /api/v1/orders")[0], "orderExecute")


async def test_nothing_to_place_is_no_call(client: BackpackClient, exchange: Scripted) -> None:
    assert await client.place([]) == []
    assert exchange.requests == []


async def test_a_cancelled_order_is_told(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("DELETE /api/v1/order", read(RESTING, status="Cancelled", executedQuantity="0.0004"))

    ended = await client.cancel(ETH, order_id="8284661092", client_id=5)

    assert isinstance(ended, EndedOrder)
    assert (ended.status, ended.executed) == (OrderStatus.CANCELLED, Decimal("0.0004"))
    assert exchange.sent("DELETE /api/v1/order") == [{"symbol": "ETH_USDC", "orderId": "8284661092"}]
    assert_signed(exchange.asked("DELETE /api/v1/order")[0], "orderCancel")


async def test_a_cancel_that_is_only_taken_is_not_yet_carried_out(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("DELETE /api/v1/order", "", status=202)

    assert await client.cancel(ETH, order_id=None, client_id=5) is None
    assert exchange.sent("DELETE /api/v1/order") == [{"symbol": "ETH_USDC", "clientId": 5}]


async def test_a_placement_that_is_only_taken_is_unknown(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("POST /api/v1/order", "", status=202)

    (placed,) = await client.place([ONE])

    assert isinstance(placed, OutcomeUnknown)


async def test_auto_lend_is_switched(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("PATCH /api/v1/account", "")

    await client.set_auto_lend(on=False)

    assert exchange.sent("PATCH /api/v1/account") == [{"autoLend": False}]
    assert_signed(exchange.asked("PATCH /api/v1/account")[0], "accountUpdate")


async def test_maintenance_is_told_with_its_message(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/status", {"message": None, "status": "Ok"})
    exchange.reply("GET /api/v1/status", {"message": "Back at noon", "status": "Maintenance"})

    await client.check_status()
    with pytest.raises(Unavailable, match="Back at noon") as unavailable:
        await client.check_status()

    assert unavailable.value.cause == "maintenance"
