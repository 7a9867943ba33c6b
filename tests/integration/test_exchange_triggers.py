"""Trigger orders of the local Backpack, over HTTP and its websocket: waiting, triggered, cancelled, failed."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange.backpack.frames import events_of
from exchange.news import FillSeen, OrderSeen
from tests.integration.exchange_world import API_KEY, NOW, SYMBOL, World
from tests.integration.test_exchange_stream import a_socket, heard

BALANCES = {"USDC": {"available": "10000", "locked": "0"}, "ETH": {"available": "2", "locked": "0"}}


async def trigger(
    world: World, side: str, at: str, quantity: str = "0.1", *, limit: str | None = None, **more: object
) -> httpx.Response:
    """A trigger order: a market order, or with a limit a limit order."""
    order: dict[str, object] = {"orderType": "Market" if limit is None else "Limit", "postOnly": None}
    order |= {"triggerPrice": at, "triggerQuantity": quantity, **more}
    return await world.place(side, limit, None, **order)


async def past(world: World) -> Any:
    """The newest row of the order history."""
    return (await world.call("GET", "/wapi/v1/history/orders", "orderHistoryQueryAll")).json()[0]


async def walk(world: World, *prices: str) -> None:
    for price in prices:
        await world.sim("price", symbol=SYMBOL, price=price)


async def test_a_trigger_order_waits_outside_the_book_and_locks_nothing() -> None:
    world = World()
    await world.open()
    depth = (await world.http.get("/api/v1/depth", params={"symbol": SYMBOL})).json()

    placed = (await trigger(world, "Ask", "1900", limit="1890", clientId=7, triggerBy="LastPrice")).json()
    account = (await world.call("GET", "/api/v1/account", "accountQuery")).json()

    assert placed["status"] == "TriggerPending"
    assert (placed["quantity"], placed["triggerQuantity"], placed["triggerPrice"]) == ("0", "0.1", "1900")
    assert (placed["triggerBy"], placed["price"], placed["triggeredAt"]) == ("LastPrice", "1890", None)
    assert (await world.call("GET", "/api/v1/orders", "orderQueryAll")).json() == [placed]
    assert (await world.state())["balances"] == BALANCES
    assert (account["limitOrders"], account["triggerOrders"]) == (0, 1)
    after = (await world.http.get("/api/v1/depth", params={"symbol": SYMBOL})).json()
    assert (after["asks"], after["bids"]) == (depth["asks"], depth["bids"])


@pytest.mark.parametrize(
    ("side", "at", "before", "reached"),
    [
        ("Ask", "1900", ("1950", "2100", "1900.01"), "1900"),
        ("Bid", "1900", ("1950", "2100"), "1899"),
        ("Ask", "2100", ("1950", "2099.99"), "2100"),
        ("Bid", "2100", ("1950", "2099.99"), "2200"),
    ],
)
async def test_a_trigger_is_pulled_when_the_market_reaches_its_price_from_where_it_stood(
    side: str, at: str, before: tuple[str, ...], reached: str
) -> None:
    world = World()
    await world.open()
    placed = (await trigger(world, side, at)).json()

    await walk(world, *before)
    waits = await world.state()
    world.now += 1000
    await walk(world, reached)

    assert [order["id"] for order in waits["orders"]] == [placed["id"]]
    (fill,) = await world.fills()
    assert (fill["orderId"], fill["quantity"], fill["isMaker"]) == (placed["id"], "0.1", False)
    done = await past(world)
    assert (done["id"], done["status"], done["quantity"]) == (placed["id"], "Filled", "0.1")


async def test_a_price_that_the_market_stands_at_is_reached_at_once() -> None:
    world = World()
    await world.open()

    placed = (await trigger(world, "Ask", "2000")).json()

    assert (placed["status"], placed["executedQuantity"], placed["triggeredAt"]) == ("Filled", "0.1", NOW)


async def test_a_limit_order_that_was_triggered_rests_under_its_id_and_locks_its_money() -> None:
    world = World()
    await world.open()
    placed = (await trigger(world, "Bid", "1900", "1", limit="1850", clientId=3)).json()

    world.now += 5000
    await walk(world, "1890")
    (rests,) = (await world.call("GET", "/api/v1/orders", "orderQueryAll")).json()
    locked = (await world.state())["balances"]["USDC"]
    await walk(world, "1849")

    assert (rests["id"], rests["status"], rests["quantity"], rests["clientId"]) == (placed["id"], "New", "1", 3)
    assert (rests["triggeredAt"], rests["createdAt"], rests["triggerPrice"]) == (NOW + 5000, NOW, "1900")
    assert locked == {"available": "8150", "locked": "1850"}
    assert (await world.fills())[0]["isMaker"] is True


async def test_a_percentage_is_of_what_is_available_when_the_trigger_is_pulled() -> None:
    world = World()
    await world.open()
    waits = (await trigger(world, "Ask", "1900", "80%")).json()
    await trigger(world, "Bid", "2100", "50.5%", limit="2000")

    await world.place("Ask", "2400", "1")
    await walk(world, "1900", "2100")

    sold, bought = sorted(await world.fills(), key=lambda fill: fill["orderId"]), (await world.state())["orders"]
    assert waits["triggerQuantity"] == "80%"
    assert [fill["quantity"] for fill in sold] == ["0.8"]
    assert [order["quantity"] for order in bought if order["side"] == "Bid"] == ["2.9084"]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"side": "Ask", "quantity": "2.5"}, "InsufficientFunds"),
        ({"side": "Ask", "quantity": "0.001%"}, "InvalidQuantity"),
        ({"side": "Bid", "limit": "1950", "postOnly": True}, "PostOnlyTaker"),
        ({"side": "Bid", "limit": "1200"}, "PriceOutOfBounds"),
    ],
)
async def test_what_can_not_be_sent_when_its_trigger_is_pulled_has_failed_and_changed_nothing(
    order: dict[str, Any], reason: str
) -> None:
    world = World()
    await world.open()
    placed = await trigger(world, at="1900", **order)

    await walk(world, "1900")

    assert placed.json()["status"] == "TriggerPending"
    shown = await past(world)
    assert (shown["status"], shown["expiryReason"], shown["quantity"]) == ("TriggerFailed", reason, None)
    state = await world.state()
    assert (state["orders"], state["fills"], state["balances"]) == ([], [], BALANCES)


async def test_a_trigger_order_is_found_and_cancelled_by_either_id_and_the_history_shows_no_quantity() -> None:
    world = World()
    await world.open()
    first = (await trigger(world, "Ask", "1900", limit="1890", clientId=7)).json()
    second = (await trigger(world, "Bid", "1900")).json()

    found = await world.call("GET", "/api/v1/order", "orderQuery", {"symbol": SYMBOL, "clientId": 7})
    pending = await past(world)
    cancelled = await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "orderId": second["id"]})
    await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "clientId": 7})
    await walk(world, "1800")

    assert (found.json(), pending["status"]) == (first, "TriggerPending")
    assert (cancelled.json()["status"], cancelled.json()["triggerPrice"]) == ("Cancelled", "1900")
    shown = await past(world)
    assert (shown["status"], shown["quantity"], shown["quoteQuantity"]) == ("Cancelled", None, None)
    assert ((await world.state())["balances"], await world.fills()) == (BALANCES, [])


@pytest.mark.parametrize(("kind", "left"), [("RestingLimitOrder", ["1900"]), ("ConditionalOrder", [None]), (None, [])])
async def test_cancel_all_tells_resting_and_conditional_orders_apart(kind: str | None, left: list[str | None]) -> None:
    world = World()
    await world.open()
    await world.place("Bid", "1800", "0.1")
    await trigger(world, "Ask", "1900")

    body = {"symbol": SYMBOL} | ({"orderType": kind} if kind else {})
    await world.call("DELETE", "/api/v1/orders", "orderCancelAll", body)

    assert [order["triggerPrice"] for order in (await world.state())["orders"]] == left


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"triggerQuantity": None}, "Must specify both `triggerPrice` and `triggerQuantity` or neither"),
        ({"triggerPrice": None}, "Must specify both `triggerPrice` and `triggerQuantity` or neither"),
        ({"quantity": "0.1"}, "Must specify either `quantity` or `triggerQuantity`"),
        ({"triggerPrice": "1900.001"}, "Price decimal too long"),
        ({"triggerPrice": "0"}, "Price must be positive"),
        ({"triggerQuantity": "0.00001"}, "Quantity decimal too long"),
        ({"triggerQuantity": "0"}, "Invalid `triggerQuantity`"),
        ({"triggerQuantity": "101%"}, "Invalid `triggerQuantity`"),
        ({"triggerQuantity": "all"}, "Invalid `triggerQuantity`"),
        ({"orderType": "Limit"}, "Limit orders must specify a positive `price`"),
        ({"orderType": "Limit", "price": "1900.001"}, "Price decimal too long"),
        ({"stopLossTriggerPrice": "1800"}, "Stop loss and take profit are for futures only"),
        ({"triggerBy": "BestPrice"}, None),
        ({"triggerPrice": "much"}, None),
    ],
)
async def test_a_trigger_that_breaks_a_rule_spoils_its_whole_batch(order: dict[str, Any], message: str | None) -> None:
    world = World()
    await world.open()
    known = {"symbol": SYMBOL, "side": "Ask", "orderType": "Market", "triggerPrice": "1900", "triggerQuantity": "0.1"}
    good, bad = ({name: value for name, value in (known | one).items() if value is not None} for one in ({}, order))

    alone = await world.call("POST", "/api/v1/order", "orderExecute", bad)
    batch = await world.call("POST", "/api/v1/orders", "orderExecute", [good, bad])
    whole = await world.call("POST", "/api/v1/orders", "orderExecute", [good, good])

    assert (alone.status_code, batch.status_code, batch.text) == (400, 400, alone.text)
    assert message is None or alone.json()["message"] == message
    assert [item["status"] for item in whole.json()] == ["TriggerPending"] * 2
    assert len((await world.state())["orders"]) == 2


async def test_a_closed_market_pulls_no_trigger_until_it_opens_again() -> None:
    world = World()
    await world.open()
    await trigger(world, "Ask", "1900")

    await world.sim("market", symbol=SYMBOL, state="Closed")
    await walk(world, "1800")
    closed = await world.fills()
    await world.sim("market", symbol=SYMBOL, state="Open")

    assert (closed, len(await world.fills())) == ([], 1)


async def test_a_trigger_order_survives_a_restart_of_the_exchange(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    world = World(state_file=state)
    await world.open()
    placed = (await trigger(world, "Ask", "1900", "80%", limit="1850", triggerBy="MarkPrice")).json()
    world.local.save()

    again = World(state_file=state)
    kept = (await again.state())["orders"]
    await walk(again, "1900")

    assert kept == [placed]
    assert [fill["quantity"] for fill in await again.fills()] == ["1.6"]


async def test_a_history_that_lags_shows_a_trigger_that_was_pulled_as_waiting() -> None:
    world = World()
    await world.open()
    await trigger(world, "Ask", "1900")
    await world.sim("lag", seconds="3")
    world.now += 4000
    await walk(world, "1900")

    assert ((await past(world))["status"], (await past(world))["quantity"]) == ("TriggerPending", None)
    world.now += 3000
    assert (await past(world))["status"] == "Filled"


async def test_the_stream_tells_of_a_trigger_as_the_captures_show_it() -> None:
    world = World()
    await world.open()
    async with a_socket(world, "account.orderUpdate") as socket:
        await trigger(world, "Ask", "1900", "0.1", limit="1890")
        await trigger(world, "Ask", "1900", "80%", triggerBy="LastPrice")
        placed, other = [await heard(socket) for _ in range(2)]
        await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "orderId": other["data"]["i"]})
        cancelled = await heard(socket)
        await trigger(world, "Ask", "1900", "9", clientId=5)
        await heard(socket)
        await walk(world, "1900")
        accepted, filled, failed = [await heard(socket) for _ in range(3)]

    shown = {name: placed["data"][name] for name in "OPQSVXYZefopqrstz"}
    assert shown == {
        "O": "USER", "P": "1900.00", "Q": "0", "S": "Ask", "V": "RejectTaker", "X": "TriggerPending", "Y": "0.1000",
        "Z": "0", "e": "triggerPlaced", "f": "GTC", "o": "LIMIT", "p": "1890.00", "q": "0", "r": False, "s": SYMBOL,
        "t": None, "z": "0",
    }  # fmt: skip
    data = cancelled["data"]
    assert (data["e"], data["X"], data["o"], data["Y"], data["B"]) == (
        "orderCancelled", "Cancelled", "MARKET", "80%", "LastPrice",
    )  # fmt: skip
    assert not {"Q", "p", "t"} & data.keys()
    assert [frame["data"]["e"] for frame in (accepted, filled, failed)] == [
        "orderAccepted", "orderFill", "triggerFailed",
    ]  # fmt: skip
    assert (failed["data"]["c"], failed["data"]["X"]) == (5, "TriggerFailed")


async def test_packgrids_reader_takes_every_frame_of_a_trigger() -> None:
    world = World()
    await world.open()
    async with a_socket(world, "account.orderUpdate") as socket:
        await trigger(world, "Ask", "1900")
        await trigger(world, "Ask", "1900", "9")
        await walk(world, "1900")
        told = [events_of(str(await socket.recv())) for _ in range(5)]

    assert [[type(event) for event in events] for events in told] == [
        [], [], [OrderSeen], [FillSeen, OrderSeen], [OrderSeen],
    ]  # fmt: skip
    assert API_KEY in world.local.venue.accounts
