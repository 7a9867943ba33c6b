"""The whole program from start to leaving: its jobs, its days, and what it leaves behind at the exchange."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from exchange.paper.faults import FaultMode
from strategy.messages.reports import CameBack, Report
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.orders import OrderStatus
from tests.builders import ETH_USDC
from tests.integration.running import World, a_while, assert_books, assert_whole

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Face:
    """A chat that says nothing, and remembers when it was told to leave."""

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure
        self.has_stopped = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled, or until it fails."""
        if self._failure is not None:
            raise self._failure
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """Leave."""
        self.has_stopped.set()


@asynccontextmanager
async def running(world: World, face: Face | None = None) -> AsyncIterator[asyncio.Event]:
    """The app runs in the block; what is given stops it before the block's end, or the block's end does."""
    stop, face = asyncio.Event(), face or Face()
    unsubscribe = world.road.subscribe(world.app.reader.hear) if world.stream else _nothing
    task = asyncio.create_task(world.app.run(face, stop))
    async with asyncio.timeout(20):
        await world.app.trader.started.wait()
        try:
            yield stop
        finally:
            stop.set()
            await task
            unsubscribe()
    assert face.has_stopped.is_set()


def _nothing() -> None:
    """There is no stream to leave."""


# Leaving


async def test_leaving_keeps_the_orders_unless_told_otherwise_and_reports() -> None:
    world = World()
    async with running(world):
        await world.start()
        await world.tick()
    report = world.told(Report)[-1]
    assert (report.leaving, report.orders_kept, len(report.grids)) == (True, 5, 1)
    assert len(world.held.open) == 5
    assert_whole(world)

    world.now += 1000
    world.app = world.build()
    async with running(world):
        await world.tick()
    assert world.told(CameBack)[-1].placed == 0
    assert_whole(world)


async def test_leaving_cancels_the_orders_where_that_is_set_and_the_next_start_places_them_anew() -> None:
    world = World(cancel_on_exit=True)
    async with running(world):
        await world.start()
        await world.trade(1970)
    assert not world.held.open
    assert not world.grid.live
    assert world.grid.phase is Phase.RUNNING
    assert_books(world)

    world.now += 60_000
    world.app = world.build()
    async with running(world):
        await world.tick()
        assert world.told(CameBack)[-1].placed == 5
        assert_whole(world)


async def test_an_order_that_is_on_its_way_while_leaving_is_cancelled_too() -> None:
    world = World(cancel_on_exit=True)
    async with running(world) as stop:
        await world.start()
        await world.tick()
        world.road.out.clear()
        await world.walk(1970)
        assert [order.status for order in world.grid.live].count(OrderStatus.INTENDED) == 1
        stop.set()
        await a_while()
        world.road.out.set()
    assert not world.held.open
    assert_books(world)


async def test_an_order_whose_answer_was_lost_is_looked_for_on_leaving_and_cancelled_too() -> None:
    world = World(cancel_on_exit=True, stream=False)
    async with running(world):
        await world.start()
        await world.tick()
        world.road.go_wrong(FaultMode.LOSE_ANSWER, "POST")
        world.venue.walk(ETH_USDC, Decimal(1970))
        await world.app.reader.tick()
        await a_while()
        assert [order.order_id for order in world.grid.live].count(None) == 1
    assert not world.held.open
    assert_books(world)


async def test_what_was_executed_of_an_order_cancelled_on_leaving_is_booked() -> None:
    world = World(cancel_on_exit=True, stream=False)
    async with running(world):
        await world.start()
        await world.tick()
        fills = len(world.held.fills)
        world.venue.listing(ETH_USDC).book.part = lambda remaining: (remaining / 2).quantize(Decimal("0.0001"))
        world.venue.walk(ETH_USDC, Decimal(1970))
    assert len(world.held.fills) == fills + 1
    assert not world.held.open
    assert_books(world)


async def test_no_order_is_placed_after_leaving_has_begun() -> None:
    world = World()
    async with running(world) as stop:
        await world.start()
        await world.tick()
        sent = len(world.road.sent)
        world.venue.walk(ETH_USDC, Decimal(1970))
        stop.set()
    assert len(world.road.sent) <= sent + 1
    world.app = world.build()
    async with running(world):
        await world.tick()
        assert_whole(world)


async def test_stopped_before_the_exchange_ever_answered_it_leaves_all_the_same() -> None:
    world = World()
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "GET", times=1000)
    face, stop = Face(), asyncio.Event()
    task = asyncio.create_task(world.app.run(face, stop))
    await a_while()
    stop.set()
    async with asyncio.timeout(10):
        await task
    assert face.has_stopped.is_set()
    assert not world.store.movements("main"), "a ledger is opened by nobody but a start that got through"


async def test_a_chat_that_fails_stops_no_trading_and_no_leaving(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    async with running(world, Face(RuntimeError("a chat of a test"))):
        await world.start()
        await world.trade(1970)
        await world.tick()
        assert_whole(world)
    assert "task=chat event=failed" in caplog.text


async def test_the_stream_follows_the_markets_in_use() -> None:
    world = World()
    stream = Prices()
    world.app.stream = stream
    async with running(world):
        assert stream.watched == []
        await world.start()
    assert stream.watched == [ETH_USDC]


class Prices:
    """A stream that only remembers what it is to follow."""

    def __init__(self) -> None:
        self.watched: list[str] = []

    def watch(self, symbols: object) -> None:
        """Remember."""
        self.watched = list(symbols)  # type: ignore[call-overload]

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.Event().wait()


async def test_fills_on_both_sides_of_a_restart_are_in_the_same_books() -> None:
    world = World()
    async with running(world):
        await world.start()
        await world.trade(1970)
    world.app = world.build()
    async with running(world):
        await world.trade(2030)
        await world.tick()
        assert world.grid.books.round_trips == 1
        assert {order.side for order in world.grid.live} == {Side.BUY, Side.SELL}
        assert_whole(world)
