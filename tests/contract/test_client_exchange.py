"""The client and the stream against the local Backpack: signed, in process and over a socket."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import httpx
import pytest
import uvicorn

from bot.demo.backpack.server import LocalBackpack, build
from exchange.backpack.client import BackpackClient
from exchange.backpack.errors import NotFound
from exchange.backpack.fields import items
from exchange.backpack.rest import Call
from exchange.backpack.signing import Param, Signer
from exchange.backpack.stream import BackpackStream
from exchange.news import BalanceSeen, Connected, FillSeen, OrderSeen, StreamEvent, TouchSeen
from exchange.paper import upkeep
from exchange.paper.exchange import PaperExchange
from exchange.port import Accepted, Ended, OutcomeUnknown, Refused, Unavailable
from strategy.model.ledger import MovementKind
from strategy.model.market import Asset, Side, Symbol
from strategy.model.orders import ClientId, EndedOrder, Execution, Order, OrderStatus, Refusal
from tests.captures import an_order
from tests.contract.scripted import API_KEY, SECRET

ETH, USDC = Symbol("ETH_USDC"), Asset("USDC")
HOST = "https://127.0.0.1:8090"


class World:
    """The local Backpack at ETH 2000, an account with 10,000 USDC and 1 ETH, and its client. Time is told."""

    def __init__(self) -> None:
        self.now = 1_790_000_000_000
        self.local: LocalBackpack = build("manual", clock=lambda: self.now, speed_bump=0)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.local.app()), base_url=HOST)
        self.client = self.client_of(Signer(API_KEY, SECRET))
        self._last_id = 0

    def client_of(self, signer: Signer | None, *, ahead: int = 0) -> BackpackClient:
        return BackpackClient(HOST, signer, http=self.http, clock=lambda: self.now + ahead)

    def paper(self) -> PaperExchange:
        """The same account without the wire."""
        return PaperExchange(self.local.venue, API_KEY)

    async def sim(self, command: str, **body: object) -> None:
        """The control side."""
        answer = await self.http.post(f"/sim/{command}", json=body)
        assert answer.status_code == 200, answer.text

    async def price(self, price: str) -> None:
        self.now += 1000
        await self.sim("price", symbol=ETH, price=price)

    async def fault(self, match: str, mode: str, status: int = 503) -> None:
        await self.sim("fault", match=match, mode=mode, status=status)

    def order(self, side: Side, price: str, quantity: str = "0.1", **changes: object) -> Order:
        self._last_id += 1
        numbers = {"price": Decimal(price), "quantity": Decimal(quantity), "intended_at": self.now}
        return an_order(client_id=ClientId(self._last_id), side=side, **numbers, **changes)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    balances = {"USDC": "10000", "ETH": "1"}
    await made.sim("account", api_key=API_KEY, balances=balances, maker_bps="8", taker_bps="10")
    yield made
    await made.http.aclose()


async def test_orders_rest_fill_and_are_cancelled(world: World) -> None:
    orders = [world.order(Side.BUY, "1990"), world.order(Side.BUY, "1980"), world.order(Side.SELL, "2010")]

    placed = await world.client.place(orders)
    assert all(isinstance(one, Accepted) for one in placed)
    resting = await world.client.open_orders()
    assert {(order.client_id, order.price) for order in resting} == {(o.client_id, o.price) for o in orders}

    await world.price("1985")
    (fill,) = await world.client.fills(0)
    assert (fill.client_id, fill.price, fill.quantity) == (orders[0].client_id, Decimal(1990), Decimal("0.1"))
    assert (fill.fee, fill.fee_asset, fill.is_maker) == (Decimal("0.00008"), "ETH", True)
    filled = await world.client.ended_order(ETH, fill.order_id)
    assert isinstance(filled, EndedOrder)
    assert filled.status is OrderStatus.FILLED

    cancelled = await world.client.cancel(ETH, order_id=None, client_id=orders[1].client_id)
    assert cancelled is not None
    assert cancelled.status is OrderStatus.CANCELLED
    with pytest.raises(NotFound):
        await world.client.cancel(ETH, order_id=cancelled.order_id, client_id=None)
    assert [order.client_id for order in await world.client.open_orders()] == [orders[2].client_id]


@pytest.mark.parametrize("kind", [None, "SPOT", "PERP"])
async def test_the_history_of_fills_shows_one_kind_of_market_or_all(world: World, kind: str | None) -> None:
    await world.client.place([world.order(Side.SELL, "1999", "0.05", execution=Execution.IMMEDIATE)])
    for _ in range(3):
        world.now += 5
        upkeep.trade_perpetual(world.local.venue, API_KEY, Symbol("SOL_USDC_PERP"), Decimal(150), Decimal(1))
    filters: dict[str, Param] = {} if kind is None else {"marketType": kind}

    rest = world.client._rest  # noqa: SLF001 - what is asked for here the client never asks
    call = Call(
        method="GET",
        path="/wapi/v1/history/fills",
        params={**filters, "sortDirection": "Asc"},
        instruction="fillHistoryQueryAll",
    )
    rows = items((await rest.send(call)).value(), "fills")

    shown = [row["symbol"] for row in rows]  # type: ignore[index]
    assert shown.count("ETH_USDC") == (0 if kind == "PERP" else 1)
    assert shown.count("SOL_USDC_PERP") == (0 if kind == "SPOT" else 3)
    assert [fill.symbol for fill in await world.client.fills(0)] == [ETH]


async def test_the_wire_changes_nothing(world: World) -> None:
    """What the client reads off the wire equals what paper mode reads from the venue itself, to the last digit."""
    await world.client.place([world.order(Side.BUY, "1990.01", "0.1234"), world.order(Side.SELL, "2010.37")])
    await world.client.place([world.order(Side.SELL, "1999", "0.05", execution=Execution.IMMEDIATE)])
    await world.client.place([world.order(Side.BUY, "1900"), world.order(Side.BUY, "1800")])
    await world.price("1985")
    await world.sim("deposit", api_key=API_KEY, asset="USDC", amount="12.345678901")
    await world.client.cancel(ETH, order_id=None, client_id=5)
    wire, paper = world.client, world.paper()

    assert await wire.balances() == await paper.balances()
    assert await wire.open_orders() == await paper.open_orders()
    assert await wire.fills(0) == await paper.fills(0)
    assert len(await wire.fills(0)) == 2
    assert await wire.orders_since(ETH, 0) == await paper.orders_since(ETH, 0)
    assert await wire.movements(0) == await paper.movements(0)
    assert await wire.fills(0, world.now) == await paper.fills(0, world.now)
    assert await wire.touch(ETH) == await paper.touch(ETH)
    assert await wire.bids(ETH) == await paper.bids(ETH)
    assert [offer.price for offer in await wire.bids(ETH)] == [Decimal("1984.99"), Decimal(1900)]
    assert await wire.days() == await paper.days() != {}
    assert await wire.markets() == await paper.markets()
    assert await wire.market(ETH) == await paper.market(ETH)
    assert (await wire.account()).fees == (await paper.account()).fees
    minute = (world.now - 60_000, world.now + 60_000)
    assert await wire.candles(ETH, "1m", *minute) == await paper.candles(ETH, "1m", *minute)


async def test_dust_and_interest_are_movements(world: World) -> None:
    await world.sim("interest", api_key=API_KEY, asset="USDC", amount="0.0123")
    await world.client.place([world.order(Side.SELL, "1999", "1.99995", execution=Execution.IMMEDIATE)])
    upkeep.convert_dust(world.local.venue, API_KEY)

    moved = await world.client.other_movements(0)

    assert moved == await world.paper().other_movements(0)
    assert {one.kind for one in moved} >= {MovementKind.INTEREST}
    assert await world.client.other_movements(world.now + 1) == []


async def test_what_perpetuals_settle_is_read_off_the_wire_as_it_happened(world: World) -> None:
    for amount, source in (("0.75", "RealizePnl"), ("-0.01", "TradingFees"), ("-0.2", "FundingPayment")):
        await world.sim("settle", api_key=API_KEY, amount=amount, source=source)

    hours = await world.client.settlements(0)

    assert hours == await world.paper().settlements(0)
    assert [hour.amount for hour in hours] == [Decimal("0.54")]
    assert await world.client.settlements(world.now + 1) == []


async def test_a_batch_is_answered_item_by_item(world: World) -> None:
    good, crossing, dear = (
        world.order(Side.BUY, "1990"),
        world.order(Side.BUY, "2100"),
        world.order(Side.BUY, "1980", "100"),
    )

    placed = await world.client.place([good, crossing, dear])

    assert isinstance(placed[0], Accepted)
    reasons = [one.reason for one in placed[1:] if isinstance(one, Refused)]
    assert reasons == [Refusal.POST_ONLY, Refusal.FUNDS]


@pytest.mark.parametrize(
    ("price", "quantity", "reason"),
    [
        ("2100", "0.1", Refusal.POST_ONLY),
        ("1990", "100", Refusal.FUNDS),
        ("100", "0.1", Refusal.PRICE_BAND),
        ("1990.001", "0.1", Refusal.PRICE),
        ("1990", "0.10001", Refusal.QUANTITY),
        ("1990", "0.00001", Refusal.QUANTITY),
    ],
)
async def test_a_refused_order_says_why(world: World, price: str, quantity: str, reason: Refusal) -> None:
    (placed,) = await world.client.place([world.order(Side.BUY, price, quantity)])

    assert isinstance(placed, Refused)
    assert placed.reason is reason


async def test_an_immediate_order_has_ended_when_it_is_answered(world: World) -> None:
    (placed,) = await world.client.place([world.order(Side.SELL, "1990", execution=Execution.IMMEDIATE)])

    assert isinstance(placed, Ended)
    assert (placed.ended.status, placed.ended.executed) == (OrderStatus.FILLED, Decimal("0.1"))


async def test_many_fills_are_read_page_by_page(world: World) -> None:
    await world.sim("deposit", api_key=API_KEY, asset="USDC", amount="100000")
    for start in range(0, 1100, 20):
        prices = [str(Decimal(1999) - Decimal("0.01") * number) for number in range(start, start + 20)]
        await world.client.place([world.order(Side.BUY, price, "0.001") for price in prices])
    await world.price("1900")

    fills = await world.client.fills(0)

    assert len(fills) == len({fill.key for fill in fills}) == 1100


@pytest.mark.parametrize("ahead", [-60_000, 60_000])
async def test_a_clock_that_is_off_is_corrected(world: World, ahead: int) -> None:
    client = world.client_of(Signer(API_KEY, SECRET), ahead=ahead)

    await client.account()

    assert client.offset == -ahead


async def test_a_key_that_the_exchange_does_not_know_is_told(world: World) -> None:
    stranger = Signer("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")

    with pytest.raises(Refused) as refused:
        await world.client_of(stranger).account()

    assert refused.value.reason is Refusal.KEY


async def test_an_order_without_an_answer_is_unknown_and_there(world: World) -> None:
    await world.client.account()
    await world.fault("POST /api/v1/order", "lose_answer")
    order = world.order(Side.BUY, "1990")

    (placed,) = await world.client.place([order])

    assert isinstance(placed, OutcomeUnknown)
    assert [resting.client_id for resting in await world.client.open_orders()] == [order.client_id]


async def test_a_lost_order_is_unknown_and_not_there(world: World) -> None:
    await world.fault("POST /api/v1/order", "lose_request")

    (placed,) = await world.client.place([world.order(Side.BUY, "1990")])

    assert isinstance(placed, OutcomeUnknown)
    assert await world.client.open_orders() == []


async def test_a_read_survives_one_dropped_connection(world: World) -> None:
    await world.fault("GET /api/v1/account", "lose_request")

    assert (await world.client.account()).fees.taker == Decimal("0.001")


async def test_a_status_is_sorted(world: World) -> None:
    await world.fault("GET /api/v1/account", "status", 503)
    await world.fault("POST /api/v1/order", "status", 429)

    with pytest.raises(Unavailable):
        await world.client.account()
    (placed,) = await world.client.place([world.order(Side.BUY, "1990")])

    assert isinstance(placed, Unavailable)
    assert placed.cause == "rate_limit"


async def test_auto_lend_hides_balances_and_the_client_finds_them(world: World) -> None:
    await world.client.set_auto_lend(on=True)
    assert (await world.client.account()).auto_lend
    lent = (await world.client.balances())[USDC]
    await world.client.set_auto_lend(on=False)
    back = (await world.client.balances())[USDC]

    assert (lent.available, lent.lent) == (Decimal(0), Decimal(10_000))
    assert (back.available, back.lent) == (Decimal(10_000), Decimal(0))


async def test_a_closed_market_has_no_touch(world: World) -> None:
    await world.sim("market", symbol=ETH, state="Closed")

    assert await world.client.touch(ETH) is None


@asynccontextmanager
async def streamed(world: World) -> AsyncIterator[asyncio.Queue[StreamEvent]]:
    """The account's stream over a real socket, connected."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(world.local.app(), log_level="warning", lifespan="off"))
    serving = asyncio.create_task(running.serve(sockets=[listener]))
    port = listener.getsockname()[1]
    events: asyncio.Queue[StreamEvent] = asyncio.Queue()
    signer = Signer(API_KEY, SECRET)
    stream = BackpackStream(f"ws://127.0.0.1:{port}/ws", signer, [ETH], events.put_nowait, clock=lambda: world.now)
    reading = asyncio.create_task(stream.run())
    try:
        yield events
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        running.should_exit = True
        await serving


async def told_until(events: asyncio.Queue[StreamEvent], last: Callable[[StreamEvent], bool]) -> list[StreamEvent]:
    """What the stream tells, up to the event that is waited for."""
    told = [await events.get()]
    while not last(told[-1]):
        told.append(await events.get())
    return told


async def prices_arrive(world: World, events: asyncio.Queue[StreamEvent]) -> None:
    """Subscribing is not acknowledged: the market moves until it is heard."""
    for number in itertools.count(2001):
        await world.price(str(number))
        await asyncio.sleep(0)
        while not events.empty():
            if isinstance(events.get_nowait(), TouchSeen):
                return


async def test_the_stream_tells_what_the_history_will_show(world: World) -> None:
    async with streamed(world) as events:
        assert await events.get() == Connected()
        await prices_arrive(world, events)
        await world.client.place([world.order(Side.BUY, "1990")])
        await world.price("1985")
        told = await told_until(events, lambda event: isinstance(event, BalanceSeen) and event.asset == "ETH")

        fills = [event.fill for event in told if isinstance(event, FillSeen)]
        assert fills == await world.client.fills(0)
        ends = [event.ended for event in told if isinstance(event, OrderSeen)]
        assert ends == [None, *await world.client.orders_since(ETH, 0)]
        assert isinstance(told[-1], BalanceSeen)
        assert told[-1].balance == (await world.client.balances())[Asset("ETH")]
