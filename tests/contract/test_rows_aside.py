"""Rows that can't be read: those that can't be ours stop nothing, those that may be are set aside and named."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.backpack.client import BackpackClient
from exchange.port import BadAnswer, Day
from strategy.model.market import Asset, BookState, Symbol
from strategy.model.orders import Unread
from tests.captures import CANCELLED, CAPITAL, DEPOSIT, FILL, MARKET, RESTING, read
from tests.contract.scripted import Scripted

ETH = Symbol("ETH_USDC")


async def test_an_open_order_that_may_be_ours_is_set_aside_and_named(
    client: BackpackClient, exchange: Scripted
) -> None:
    exchange.reply("GET /api/v1/orders", [read(RESTING), read(RESTING, id="2", clientId=5, quantity=None)])

    listed = await client.open_orders()

    assert [order.order_id for order in listed] == ["8284661092"]
    assert [(row.order_id, row.client_id, row.text) for row in listed.unread] == [("2", 5, "order.quantity: null")]


async def test_the_last_day_of_each_market_is_read_by_its_prices_alone(
    client: BackpackClient, exchange: Scripted
) -> None:
    day = {"firstPrice": "2000", "lastPrice": "1990", "quoteVolume": "5000", "symbol": "ETH_USDC"}
    rows = [{**day, "priceChangePercent": "N/A"}, {**day, "symbol": "A_USDC", "lastPrice": None}]
    exchange.reply("GET /api/v1/tickers", [*rows, {**day, "symbol": "B_USDC", "firstPrice": "0"}])

    days = await client.days()

    assert days == {ETH: Day(price=Decimal(1990), change=Decimal("-0.005"), turnover=Decimal(5000))}


@pytest.mark.parametrize("symbol", ["", "NaN", "ETH", None, {}])
async def test_a_row_whose_market_can_not_be_read_may_be_ours(
    client: BackpackClient, exchange: Scripted, symbol: Any
) -> None:
    exchange.reply("GET /api/v1/orders", [read(RESTING), read(RESTING, id="2", clientId=5, symbol=symbol)])

    listed = await client.open_orders()

    assert [order.order_id for order in listed] == ["8284661092"]
    assert [(row.order_id, row.client_id) for row in listed.unread] == [("2", 5)]


TRIGGER: Any = {
    "clientId": 7,
    "status": "TriggerPending",
    "triggerPrice": "1900",
    "triggerQuantity": "80%",
    "quantity": None,
    "executedQuantity": None,
    "price": None,
    "orderType": "Market",
    "systemOrderType": None,
}


@pytest.mark.parametrize(
    "foreign",
    [
        {"clientId": None, "quantity": None},
        {"clientId": 0, "executedQuantity": None},
        {"clientId": 2**32, "side": "Both"},
        {"clientId": None, "status": "Unheard"},
        {**TRIGGER, "side": None},
        {"clientId": 5, "symbol": "ETH_USDC_PERP", "quantity": None},
        {"clientId": 5, "orderType": "Market", "quantity": None},
        {"clientId": None, "price": "-1"},
    ],
)
async def test_a_row_that_can_not_be_ours_never_stops_the_reading_of_ours(
    client: BackpackClient, exchange: Scripted, foreign: dict[str, Any]
) -> None:
    exchange.reply("GET /api/v1/orders", [read(RESTING, id="2", **foreign), read(RESTING)])

    listed = await client.open_orders()

    assert ([order.order_id for order in listed], listed.unread) == (["8284661092"], ())


async def test_an_order_that_waits_for_its_trigger_is_read(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/orders", [read(RESTING, id="2", **TRIGGER)])

    (waiting,) = await client.open_orders()

    assert waiting.quantity == waiting.executed == 0
    assert waiting.price is None


@pytest.mark.parametrize("row", [None, 7, [], {}, {"symbol": "ETH_USDC", "clientId": []}])
async def test_a_row_that_says_nothing_may_be_anybodys(client: BackpackClient, exchange: Scripted, row: object) -> None:
    exchange.reply("GET /wapi/v1/history/fills", [row, read(FILL)])

    fills = await client.fills(0)

    foreign = row == {}
    assert ([fill.trade_id for fill in fills], len(fills.unread)) == ([2959284], 0 if foreign else 1)


async def test_an_end_that_can_not_be_read_is_no_end_and_is_named(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /wapi/v1/history/orders", [read(CANCELLED, clientId=5, executedQuantity=None)])

    ended = await client.ended_order(ETH, "8284661092")

    assert isinstance(ended, Unread)
    assert ended.text == "order.executedQuantity: null"


async def test_client_id_zero_is_read_as_nobodys(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /api/v1/orders", [read(RESTING, clientId=0)])
    exchange.reply("GET /wapi/v1/history/fills", [read(FILL, clientId="0")])

    (resting,), (fill,) = await client.open_orders(), await client.fills(0)

    assert (resting.client_id, fill.client_id) == (None, None)


async def test_a_balance_that_can_not_be_read_is_unknown_and_not_zero(
    client: BackpackClient, exchange: Scripted
) -> None:
    exchange.reply("GET /api/v1/capital", read(CAPITAL, POINTS={"available": None}, SOL={"available": "1"}))
    exchange.reply("GET /api/v1/borrowLend/positions", [{"symbol": "ETH", "netQuantity": None}])

    balances = await client.balances()

    assert set(balances) == {Asset("USDC")}
    assert set(balances.unread) == {Asset("POINTS"), Asset("SOL"), Asset("ETH")}


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "Internal error"},
        {"code": "MAINTENANCE", "message": "later"},
        {"USDC": None},
        {"USDC": {"amount": "1"}},
    ],
)
async def test_an_error_that_comes_as_a_success_is_no_list_of_balances(
    client: BackpackClient, exchange: Scripted, answer: dict[str, object]
) -> None:
    """Its members were taken for assets, and all others for nothing: a ledger could be opened with that."""
    exchange.reply("GET /api/v1/capital", answer)
    exchange.reply("GET /api/v1/borrowLend/positions", [])

    with pytest.raises(BadAnswer, match="capital"):
        await client.balances()


async def test_a_market_in_a_state_that_nobody_knows_is_closed(client: BackpackClient, exchange: Scripted) -> None:
    broken = read(MARKET, symbol="BTC_USDC", filters=None)
    exchange.reply("GET /api/v1/markets", [read(MARKET, orderBookState="Auction"), broken, None])

    markets = await client.markets()

    assert [market.state for market in markets.values()] == [BookState.CLOSED]
    assert list(markets.unread) == ["BTC_USDC"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc_USDC",
        "/etc/A_USDC",
        "A|B_USDC",
        "A\\B_USDC",
        "..",
        "A<b>_USDC",
        "\U0001f4a3" * 11,
        "网" * 14,
        "A" * 33,
    ],
)
async def test_a_market_is_called_by_a_name_that_buttons_and_folders_can_bear(
    client: BackpackClient, exchange: Scripted, name: str
) -> None:
    """Its candles are kept in a folder of that name, and a list of markets with one that no button takes never came."""
    exchange.reply("GET /api/v1/markets", [read(MARKET, symbol=name), read(MARKET), read(MARKET, symbol="龙币_USDC")])

    markets = await client.markets()

    assert list(markets) == [read(MARKET)["symbol"], "龙币_USDC"]
    assert "symbol" in markets.unread[Symbol(name)]


async def test_a_withdrawals_fee_is_told_apart_for_it_may_come_on_top(
    client: BackpackClient, exchange: Scripted
) -> None:
    exchange.reply("GET /wapi/v1/capital/deposits", [])
    exchange.reply("GET /wapi/v1/capital/withdrawals", [read(DEPOSIT, fee="3"), read(DEPOSIT, id=8, fee="0")])

    movements = await client.movements(0)

    assert [(one.key, one.may_be_included) for one in movements] == [
        ("withdrawal:7", False),
        ("withdrawal-fee:7", True),
        ("withdrawal:8", False),
    ]


async def test_a_tokenised_stock_is_no_market_for_a_grid(client: BackpackClient, exchange: Scripted) -> None:
    stock = read(MARKET, symbol="NVDA.US_USDC", baseSymbol="NVDA.US")
    exchange.reply("GET /api/v1/markets", [stock, read(MARKET)])

    assert all("." not in symbol for symbol in await client.markets())
    assert len(await client.markets()) == 1


async def test_a_deposit_of_an_unheard_status_is_named(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /wapi/v1/capital/deposits", [read(DEPOSIT, status="teleported"), read(DEPOSIT)])
    exchange.reply("GET /wapi/v1/capital/withdrawals", [])

    movements = await client.movements(0)

    assert [movement.key for movement in movements] == ["deposit:7"]
    assert "unknown word" in movements.unread[0].text
