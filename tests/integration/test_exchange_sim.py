"""The control side of the local Backpack: faults, the market that plays by itself, and restarts."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from exchange.backpack.client import BackpackClient
from exchange.backpack.signing import Signer
from exchange.paper.exchange import PaperExchange
from exchange.paper.faults import CallFault, FaultMode, Faults
from exchange.port import Accepted, Ended, Exchange, OutcomeUnknown, Refused
from strategy.model.market import Asset, Side, Symbol
from strategy.model.money import amount
from strategy.model.orders import ClientId, Execution, GridId, Order, OrderStatus, Purpose, Refusal
from tests.integration.exchange_world import API_KEY, NOW, SECRET, SYMBOL, World

CANDLES = """timestamp_ms,open,high,low,close,volume
1770314400000,100,110,90,105,7
1770314460000,105,112,95,100.5,3
"""


def an_order(number: int, side: Side, price: str, execution: Execution = Execution.POST_ONLY) -> Order:
    return Order(
        client_id=ClientId(number),
        grid_id=GridId(1),
        symbol=Symbol(SYMBOL),
        purpose=Purpose.LEVEL,
        side=side,
        price=amount(price),
        quantity=amount("0.1"),
        execution=execution,
        intended_at=NOW,
        changed_at=NOW,
    )


async def test_a_lost_request_never_arrived_and_a_lost_answer_did() -> None:
    world = World()
    await world.open()
    for mode in ("lose_request", "lose_answer"):
        await world.sim("fault", match="POST /api/v1/order", mode=mode)

    with pytest.raises(httpx.TransportError):
        await world.place("Bid", "1900", "0.1", clientId=1)
    with pytest.raises(httpx.TransportError):
        await world.place("Bid", "1900", "0.1", clientId=2)

    assert [order["clientId"] for order in (await world.state())["orders"]] == [2]


async def test_a_status_is_answered_as_often_as_it_was_asked_for() -> None:
    world = World()
    await world.open()
    await world.sim("fault", match="POST /api/v1/order", mode="status", status=503, times=2)

    statuses = [(await world.place("Bid", "1900", "0.1")).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]
    assert len((await world.state())["orders"]) == 1


async def test_a_cancel_that_is_only_accepted_is_carried_out_later() -> None:
    world = World()
    await world.open()
    order = (await world.place("Bid", "1900", "0.1")).json()
    await world.sim("fault", match="DELETE /api/v1/order", mode="status", status=202, seconds=2)

    answer = await world.call("DELETE", "/api/v1/order", "orderCancel", {"symbol": SYMBOL, "orderId": order["id"]})

    assert (answer.status_code, answer.content) == (202, b"")
    assert (world.slept, (await world.state())["orders"]) == ([2], [])


async def test_a_late_answer_was_carried_out_before_the_wait() -> None:
    world = World()
    await world.open()
    await world.sim("fault", match="POST /api/v1/order", mode="delay", seconds=30)

    assert (await world.place("Bid", "1900", "0.1")).status_code == 200
    assert world.slept == [30]


async def test_faults_can_be_taken_back() -> None:
    world = World()
    await world.sim("fault", match="GET /api/v1/time", mode="status", status=500, times=99)

    await world.http.delete("/sim/fault")

    assert (await world.http.get("/api/v1/time")).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("price", {"symbol": SYMBOL}),
        ("price", {"symbol": "X", "price": "1"}),
        ("price", {"symbol": SYMBOL, "price": "NaN"}),
        ("price", {"symbol": SYMBOL, "price": "2000.005"}),
        ("price", {"symbol": SYMBOL, "price": "0"}),
        ("deposit", {"api_key": "x", "asset": "USDC", "amount": "1"}),
        ("account", {"api_key": "x", "balances": {"USDC": "-1"}}),
        ("fault", {"match": "GET /", "mode": "explode"}),
        ("stream", {"mode": "loud"}),
        ("speed", {"speed": "2"}),
    ],
)
async def test_a_wrong_command_is_refused_with_a_reason(path: str, body: dict[str, object]) -> None:
    answer = await World().http.post(f"/sim/{path}", json=body)

    assert answer.status_code in (400, 404)
    assert answer.json()["message"]


async def test_a_key_in_an_address_may_have_lost_its_plus_signs() -> None:
    world = World()
    key = "AB+C/D=="
    await world.sim("account", api_key=key, balances={"USDC": "1"})

    assert (await world.http.get(f"/sim/state?api_key={key}")).json()["balances"]["USDC"]["available"] == "1"


async def test_a_candle_is_played_as_four_prices_and_the_end_continues_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    file.write_text(CANDLES)
    player = World(f"candles:{file}").local.player
    assert player is not None

    steps = [player.step() for _ in range(9)]

    # The first price was played when the exchange opened.
    assert [str(step.price) for step in steps[:7]] == ["90", "110", "105", "105", "112", "95", "100.5"]
    assert [str(step.price) for step in steps[7:]] == ["100.50", "90.45"]
    assert [step.at for step in steps] == sorted(step.at for step in steps)


async def test_the_market_panel_shows_candles_in_market_time_and_everybodys_orders(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    file.write_text(CANDLES)
    world = World(f"candles:{file}")
    await world.open()
    await world.place("Bid", "90", "0.1")

    panel = (await world.http.get("/sim/market")).json()

    assert (panel["symbol"], panel["price"], panel["time"]) == (SYMBOL, "100", 1770314400000)
    assert panel["candles"] == [[1770314400000, "100", "100", "100", "100"]]
    assert panel["orders"] == [{"side": "Bid", "price": "90", "quantity": "0.1"}]


async def test_a_synthetic_market_is_the_same_for_the_same_seed() -> None:
    first, second = World("synthetic").local.player, World("synthetic").local.player
    assert first is not None
    assert second is not None

    assert [first.step() for _ in range(50)] == [second.step() for _ in range(50)]


async def test_a_restart_loses_nothing_and_the_market_goes_on_where_it_was(tmp_path: Path) -> None:
    state = tmp_path / "exchange.json"
    world = World("synthetic", state_file=state)
    await world.open()
    await world.place("Bid", "1990", "0.1")
    await world.place("Ask", "2010", "0.1")
    assert world.local.player is not None
    while len((await world.state())["orders"]) == 2:
        world.local.player.step()
    world.local.save()
    shown, coming = await world.state(), world.local.player.step()

    again = World("synthetic", state_file=state)

    assert again.local.player is not None
    assert await again.state() == shown
    assert again.local.player.step() == coming


async def test_an_order_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    state = tmp_path / "exchange.json"
    world = World(state_file=state)
    await world.open()

    order = (await world.place("Bid", "1990", "0.1")).json()

    assert [row["id"] for row in (await World(state_file=state).state())["orders"]] == [order["id"]]


async def both(world: World, faults: Faults | None = None) -> list[Exchange]:
    """The client over the wire and paper in process, on one account."""
    client = BackpackClient("http://127.0.0.1:8090", Signer(API_KEY, SECRET), http=world.http, clock=lambda: world.now)
    return [client, PaperExchange(world.local.venue, API_KEY, faults=faults)]


async def test_paper_reads_exactly_what_the_client_reads_off_the_wire() -> None:
    world = World()
    await world.open()
    client, paper = await both(world)
    await world.sim("deposit", api_key=API_KEY, asset="USDC", amount="5")
    await client.place([an_order(1, Side.BUY, "1990"), an_order(2, Side.SELL, "2010"), an_order(3, Side.BUY, "1900")])
    await paper.place([an_order(4, Side.SELL, "1990", Execution.IMMEDIATE)])
    await world.sim("price", symbol=SYMBOL, price="1980")
    await client.cancel(Symbol(SYMBOL), order_id=None, client_id=3)
    symbol, order_id = Symbol(SYMBOL), (await paper.fills(0))[0].order_id

    reads: list[Callable[[Exchange], Awaitable[object]]] = [
        lambda it: it.server_time(),
        lambda it: it.markets(),
        lambda it: it.touch(symbol),
        lambda it: it.candles(symbol, "1m", NOW - 3_600_000, NOW + 60_000),
        lambda it: it.account(),
        lambda it: it.balances(),
        lambda it: it.open_orders(),
        lambda it: it.fills(0),
        lambda it: it.ended_order(symbol, order_id),
        lambda it: it.orders_since(symbol, 0),
        lambda it: it.movements(0),
    ]
    for read in reads:
        assert await read(client) == await read(paper)
    assert [fill.client_id for fill in await paper.fills(0)] == [4, 1]
    assert (await paper.balances())[Asset("USDC")].locked == 0


async def test_paper_and_the_client_give_the_same_outcomes() -> None:
    outcomes = []
    for which in (0, 1):
        world = World()
        await world.open()
        exchange = (await both(world))[which]
        symbol = Symbol(SYMBOL)
        rested, crossed, taken, dead = [
            (await exchange.place([order]))[0]
            for order in (
                an_order(1, Side.BUY, "1990"),
                an_order(2, Side.BUY, "2000"),
                an_order(3, Side.BUY, "2000", Execution.IMMEDIATE),
                an_order(4, Side.BUY, "1950", Execution.IMMEDIATE),
            )
        ]
        cancelled = await exchange.cancel(symbol, order_id=None, client_id=1)
        with pytest.raises(Refused) as gone:
            await exchange.cancel(symbol, order_id=None, client_id=1)
        assert isinstance(rested, Accepted)
        assert isinstance(crossed, Refused)
        assert crossed.reason is Refusal.POST_ONLY
        assert isinstance(taken, Ended)
        assert isinstance(dead, Ended)
        assert (taken.ended.status, dead.ended.status) == (OrderStatus.FILLED, OrderStatus.EXPIRED)
        outcomes.append((rested, taken, dead, cancelled, type(gone.value)))

    assert outcomes[0][3] == outcomes[1][3]
    assert outcomes[0][4] is outcomes[1][4]


async def test_paper_loses_requests_and_answers_as_a_network_would() -> None:
    world = World()
    await world.open()
    faults = Faults()
    paper = PaperExchange(world.local.venue, API_KEY, faults=faults)
    faults.add(CallFault(match="POST /api/v1/order", mode=FaultMode.LOSE_REQUEST))
    faults.add(CallFault(match="POST /api/v1/order", mode=FaultMode.LOSE_ANSWER))

    outcomes = [(await paper.place([an_order(number, Side.BUY, "1900")]))[0] for number in (1, 2, 3)]

    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown, Accepted]
    assert [order.client_id for order in await paper.open_orders()] == [2, 3]
