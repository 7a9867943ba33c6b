"""Orders, fills and histories of the local Backpack over HTTP, as the reference describes them."""

import pytest

from exchange.paper.rules import Choices
from tests.integration.exchange_world import API_KEY, NOW, SYMBOL, World


async def test_a_resting_order_is_shown_cancelled_once_and_then_gone() -> None:
    world = World()
    await world.open()

    placed = (await world.place("Bid", "1900", "0.1", clientId=7)).json()
    shown = (await world.call("GET", "/api/v1/orders", "orderQueryAll")).json()
    found = await world.call("GET", "/api/v1/order", "orderQuery", {"symbol": SYMBOL, "clientId": 7})
    cancelled = await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "orderId": placed["id"]})
    again = await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "clientId": 7})
    gone = await world.call("GET", "/api/v1/order", "orderQuery", {"symbol": SYMBOL, "orderId": placed["id"]})

    assert shown == [placed] == [found.json()]
    assert (placed["status"], placed["clientId"], placed["createdAt"]) == ("New", 7, NOW)
    assert (cancelled.json()["status"], cancelled.json()["executedQuantity"]) == ("Cancelled", "0")
    assert (again.status_code, again.json()["message"]) == (400, "Order not found")
    assert (gone.status_code, gone.json()) == (404, {"code": "RESOURCE_NOT_FOUND", "message": "Not Found"})
    assert list(placed) == sorted(placed)


@pytest.mark.parametrize(
    ("order", "code", "message"),
    [
        (("Bid", "2000", "0.1"), "INVALID_ORDER", "Order would immediately match and take"),
        (("Bid", "1900.001", "0.1"), "INVALID_CLIENT_REQUEST", "Price decimal too long"),
        (("Bid", "1900.001", "0.00001"), "INVALID_CLIENT_REQUEST", "Price decimal too long"),
        (("Bid", "1900", "0.00015"), "INVALID_CLIENT_REQUEST", "Quantity decimal too long"),
        (("Bid", "1900", "0"), "INVALID_CLIENT_REQUEST", "Quantity is below the minimum allowed value"),
        (("Bid", "1499.99", "0.1"), "INVALID_PRICE", "Price is too far from the last active price"),
        (("Ask", "2500.01", "9"), "INVALID_PRICE", "Price is too far from the last active price"),
        (("Bid", "1900", "6"), "INSUFFICIENT_FUNDS", "Insufficient funds"),
        (("Ask", "2100", "2.0001"), "INSUFFICIENT_FUNDS", "Insufficient funds"),
    ],
)
async def test_an_order_that_breaks_a_rule_is_refused_and_leaves_nothing(
    order: tuple[str, str, str], code: str, message: str
) -> None:
    world = World()
    await world.open()
    before = await world.state()

    answer = await world.place(*order)

    assert (answer.status_code, answer.json()) == (400, {"code": code, "message": message})
    assert await world.state() == before


@pytest.mark.parametrize(
    ("state", "order", "allowed"),
    [
        ("Closed", {}, False),
        ("CancelOnly", {}, False),
        ("LimitOnly", {}, True),
        ("LimitOnly", {"orderType": "Market", "postOnly": None}, False),
        ("PostOnly", {}, True),
        ("PostOnly", {"postOnly": None}, False),
        ("Open", {"orderType": "Market", "postOnly": None}, True),
    ],
)
async def test_a_market_takes_what_its_state_allows(state: str, order: dict[str, object], allowed: bool) -> None:
    world = World()
    await world.open()
    await world.sim("market", symbol=SYMBOL, state=state)

    price = None if "orderType" in order else "1900"
    assert (await world.place("Bid", price, "0.1", **order)).is_success is allowed


async def test_the_market_walking_through_an_order_fills_it_with_the_fee_out_of_what_is_received() -> None:
    world = World()
    await world.open()
    await world.place("Bid", "1990", "0.1", clientId=3)

    await world.sim("price", symbol=SYMBOL, price="1990")
    untouched = await world.fills()
    await world.sim("price", symbol=SYMBOL, price="1989.99")

    assert untouched == []
    (fill,) = await world.fills()
    assert fill == {
        "clientId": "3",
        "fee": "0.00008",
        "feeSymbol": "ETH",
        "isMaker": True,
        "orderId": fill["orderId"],
        "price": "1990",
        "quantity": "0.1",
        "side": "Bid",
        "symbol": SYMBOL,
        "systemOrderType": None,
        "timestamp": "2025-06-24T19:23:41.519",
        "tradeId": fill["tradeId"],
    }
    state = await world.state()
    assert state["balances"] == {
        "USDC": {"available": "9801", "locked": "0"},
        "ETH": {"available": "2.09992", "locked": "0"},
    }
    assert (state["orders"], state["fills"]) == ([], [fill])


async def test_a_taker_pays_the_takers_fee_and_its_order_is_over_in_the_answer() -> None:
    world = World()
    await world.open()

    sold = (await world.place("Ask", "1900", "1", postOnly=None, timeInForce="IOC")).json()
    killed = (await world.place("Bid", "1900", "1", postOnly=None, timeInForce="FOK")).json()

    assert (sold["status"], sold["executedQuantity"], sold["executedQuoteQuantity"]) == ("Filled", "1", "1999.99")
    assert (killed["status"], killed["executedQuantity"]) == ("Expired", "0")
    (fill,) = await world.fills()
    assert (fill["fee"], fill["feeSymbol"], fill["isMaker"]) == ("1.99999", "USDC", False)
    assert world.slept == [0.1, 0.1]


async def test_a_market_order_spends_a_budget() -> None:
    world = World()
    await world.open()

    bought = await world.place("Bid", None, None, orderType="Market", postOnly=None, quoteQuantity="25.05")

    shown = bought.json()
    assert (shown["status"], shown["executedQuantity"], shown["executedQuoteQuantity"]) == ("Filled", "0.0125", "25")
    assert "price" not in shown
    assert "postOnly" not in shown


async def test_a_batch_answers_item_by_item_in_the_order_of_the_request() -> None:
    world = World()
    await world.open()
    order = {"symbol": SYMBOL, "orderType": "Limit", "quantity": "0.1", "postOnly": True, "side": "Bid"}
    orders = [order | {"price": price, "clientId": number} for number, price in enumerate(["1900", "2000", "1950"], 1)]

    answer = await world.call("POST", "/api/v1/orders", "orderExecute", orders)

    assert answer.status_code == 200
    assert [item["operation"] for item in answer.json()] == ["Ok", "Err", "Ok"]
    assert answer.json()[1] == {
        "code": "INVALID_ORDER",
        "message": "Order would immediately match and take",
        "operation": "Err",
    }


async def test_cancel_all_cancels_one_market_only() -> None:
    world = World()
    await world.open()
    await world.place("Bid", "1900", "0.1")
    await world.place("Bid", "140", "1", symbol="SOL_USDC")

    cancelled = await world.call("DELETE", "/api/v1/orders", "orderCancelAll", {"symbol": SYMBOL})

    assert [order["status"] for order in cancelled.json()] == ["Cancelled"]
    assert [order["symbol"] for order in (await world.state())["orders"]] == ["SOL_USDC"]


async def test_histories_come_in_pages_newest_first() -> None:
    world = World()
    await world.open()
    for number in range(5):
        world.now += 1000
        await world.place("Bid", f"{1990 - number}", "0.1")
    world.now += 1000
    await world.sim("price", symbol=SYMBOL, price="1900")

    page = await world.call(
        "GET", "/wapi/v1/history/orders", "orderHistoryQueryAll", {"limit": 2, "offset": 2, "symbol": SYMBOL}
    )
    ascending = await world.fills(sortDirection="Asc", limit=3)

    assert [order["price"] for order in page.json()] == ["1988", "1989"]
    headers = {name: page.headers[f"x-{name}"] for name in ("page-count", "current-page", "page-size", "total")}
    assert headers == {"page-count": "3", "current-page": "1", "page-size": "2", "total": "5"}
    assert [fill["price"] for fill in ascending] == ["1990", "1989", "1988"]
    assert await world.fills(**{"from": world.now}) != []
    assert await world.fills(to=world.now) == []


async def test_a_history_that_lags_shows_things_as_they_were() -> None:
    world = World()
    await world.open()
    await world.sim("lag", seconds="3")
    await world.place("Bid", "1990", "0.1")
    world.now += 4000
    await world.sim("price", symbol=SYMBOL, price="1900")

    async def statuses() -> list[str]:
        orders = await world.call("GET", "/wapi/v1/history/orders", "orderHistoryQueryAll", {"symbol": SYMBOL})
        return [order["status"] for order in orders.json()]

    assert (await statuses(), await world.fills()) == (["New"], [])
    world.now += 3000
    assert (await statuses(), len(await world.fills())) == (["Filled"], 1)


async def test_what_is_lent_is_hidden_and_comes_back() -> None:
    world = World()
    await world.open(USDC="1000")

    await world.call("PATCH", "/api/v1/account", "accountUpdate", {"autoLend": True})
    hidden = (await world.call("GET", "/api/v1/capital", "balanceQuery")).json()
    lent = (await world.call("GET", "/api/v1/borrowLend/positions", "borrowLendPositionQuery")).json()
    without, redeeming = (
        await world.place("Bid", "1900", "0.1"),
        await world.place("Bid", "1900", "0.1", autoLendRedeem=True),
    )
    await world.call("PATCH", "/api/v1/account", "accountUpdate", {"autoLend": False})

    assert hidden["USDC"]["available"] == "0"
    assert [(row["symbol"], row["netQuantity"]) for row in lent] == [("USDC", "1000")]
    assert (without.json()["code"], redeeming.status_code) == ("INSUFFICIENT_FUNDS", 200)
    assert (await world.state())["balances"]["USDC"] == {"available": "810", "locked": "190"}


async def test_deposits_withdrawals_and_dust_are_told() -> None:
    world = World()
    await world.open(USDC="100", ETH="0.00005")
    await world.sim("deposit", api_key=API_KEY, asset="USDC", amount="50.5")
    await world.sim("deposit", api_key=API_KEY, asset="USDC", amount="-20")
    await world.call("POST", "/api/v1/account/convertDust", "convertDust", {"symbol": "ETH"})

    deposits = (await world.call("GET", "/wapi/v1/capital/deposits", "depositQueryAll")).json()
    withdrawals = (await world.call("GET", "/wapi/v1/capital/withdrawals", "withdrawalQueryAll")).json()

    assert [(row["symbol"], row["quantity"], row["status"]) for row in deposits] == [("USDC", "50.5", "confirmed")]
    assert [row["quantity"] for row in withdrawals] == ["20"]
    assert (await world.state())["balances"]["USDC"]["available"] == "130.5999995"


async def test_choices_switch_what_is_not_known_of_the_real_exchange() -> None:
    world = World(choices=Choices(post_only_expires=True, cancel_missing_is_404=True, unique_client_ids=True))
    await world.open()

    crossed = await world.place("Bid", "2000", "0.1")
    missing = await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "orderId": "1"})
    first, second = [await world.place("Bid", "1900", "0.1", clientId=1) for _ in range(2)]

    assert (crossed.status_code, crossed.json()["status"]) == (200, "Expired")
    assert (missing.status_code, missing.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert (first.status_code, second.status_code) == (200, 400)


@pytest.mark.parametrize(("verb", "instruction"), [("GET", "orderQuery"), ("DELETE", "orderCancel")])
async def test_an_order_under_client_id_zero_is_found_and_cancelled_by_it(verb: str, instruction: str) -> None:
    world = World()
    await world.open()
    await world.place("Bid", "1900", "0.1")
    placed = (await world.place("Bid", "1901", "0.1", clientId=0)).json()

    found = await world.call(verb, "/api/v1/order", instruction, {"symbol": SYMBOL, "clientId": 0})

    assert placed["clientId"] == 0
    assert (found.status_code, found.json()["id"], found.json()["clientId"]) == (200, placed["id"], 0)
