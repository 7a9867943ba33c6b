"""The whole program from start to leaving: its jobs, its days, and what it leaves behind at the exchange."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent

from bot.schedule import BACKUPS, Jobs
from bot.startup import check_day
from exchange.simulated.faults import FaultMode
from storage.store import Store
from strategy.account import Day, Halt
from strategy.grid import Phase
from strategy.market import Side
from strategy.notices import CameBack, LimitReached, Report
from strategy.orders import OrderStatus
from tests.builders import ETH_USDC, a_range
from tests.integration.running import World, a_trading_world, a_while, assert_books, assert_whole

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


def jobs_of(world: World, *, zone: ZoneInfo = SHANGHAI, backups: Path | None = None) -> Jobs:
    """The jobs of an app, not scheduled."""
    return Jobs(
        reader=world.app.reader,
        trader=world.app.trader,
        store=world.store,
        zone=zone,
        tick_seconds=3,
        report_time=world.settings.report_time,
        backups=backups,
    )


def at(text: str) -> int:
    """Milliseconds of a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def day_of(world: World) -> Day:
    """The day that the account is in."""
    assert world.account.day is not None
    return world.account.day


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


# Days and reports


async def test_the_owners_day_begins_at_his_own_midnight() -> None:
    world = await a_trading_world()
    world.now = at("2026-11-23T15:59:59")
    check_day(world.app.reader, SHANGHAI)
    await a_while()
    assert day_of(world).date == "2026-11-23"
    world.now = at("2026-11-23T16:00:00")
    await jobs_of(world).tick()
    assert day_of(world).date == "2026-11-24"
    assert day_of(world).start == {world.grid.id: world.app.trader.report().grids[0].standing.total}


async def test_at_the_daily_limit_everything_stops_until_the_owner_resumes_and_then_counts_anew() -> None:
    world = await a_trading_world(daily_loss_limit="10")
    for price in (1950, 1860, 1850):
        await world.trade(price)
    await world.tick()
    halted = world.account.halt
    assert halted is Halt.DAILY_LOSS
    assert not world.held.open
    (told,) = world.told(LimitReached)
    assert (told.threshold, told.grids) == (10, 1)
    assert told.value <= -10
    assert await world.app.trader.start(a_range(1800, 1900, 5)) is not None

    assert await world.app.trader.resume(None) is None
    await world.tick(5)
    assert world.account.halt is None
    assert world.grid.phase is Phase.RUNNING
    assert len(world.told(LimitReached)) == 1, "the loss of before the resume is not counted again"
    assert_whole(world)


async def test_the_report_of_a_day_counts_the_fills_of_that_local_day() -> None:
    world = await a_trading_world()
    world.now = at("2026-11-23T15:59:00")
    await world.trade(1970)
    world.now = at("2026-11-23T16:01:00")
    jobs = jobs_of(world)
    world.app.trader.zone = SHANGHAI
    await jobs.tick()
    await world.trade(2030)
    await jobs.report()
    await a_while()

    (report,) = world.told(Report)
    assert (report.day, report.leaving) == ("2026-11-24", False)
    (line,) = report.grids
    assert (line.fills_today, line.trips_today) == (1, 1)
    assert world.app.trader.report(day="2026-11-23").grids[0].fills_today == 1


async def test_the_jobs_run_by_the_owners_clock_and_never_overlap_themselves(tmp_path: Path) -> None:
    world = World()
    scheduler = jobs_of(world, backups=tmp_path).schedule()
    scheduler.start(paused=True)
    try:
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert set(jobs) == {"tick", "reconcile", "snapshot", "report", "upkeep"}
        assert all(job.max_instances == 1 and job.coalesce for job in jobs.values())
        due = jobs["report"].next_run_time.astimezone(SHANGHAI)
        assert (due.hour, due.minute) == (9, 0)
    finally:
        scheduler.shutdown(wait=False)


async def test_a_job_that_fails_is_logged_and_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    world = await a_trading_world()
    scheduler = jobs_of(world).schedule()
    scheduler.start(paused=True)
    failed = JobExecutionEvent(EVENT_JOB_ERROR, "tick", "default", datetime.now(UTC), exception=OSError("a disk"))
    scheduler._dispatch_event(failed)  # noqa: SLF001 - what the scheduler does itself when a job has failed
    scheduler.shutdown(wait=False)
    assert "job=tick event=failed text='a disk'" in caplog.text


async def test_points_of_the_curve_are_kept_for_each_grid() -> None:
    world = await a_trading_world()
    await jobs_of(world).snapshot()
    (point,) = world.store.snapshots("main", world.grid.id, 0)
    standing = world.app.trader.report().grids[0].standing
    assert (point.total, point.price) == (standing.total, standing.price)


async def test_every_night_the_database_is_copied_and_the_oldest_copies_go(tmp_path: Path) -> None:
    clock = [at("2026-11-20T20:17:00")]
    store = Store.open(f"sqlite:///{tmp_path / 'paper.db'}", now=lambda: clock[0])
    world = World(store=store)
    jobs = jobs_of(world, backups=tmp_path / "backups")
    for day in range(BACKUPS + 2):
        world.now = at("2026-11-20T20:17:00") + day * 86_400_000
        await jobs.upkeep()
    store.close()
    kept = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert len(kept) == BACKUPS
    assert kept[-1] == "paper-2026-11-28.db"
    copy = Store.open(f"sqlite:///{tmp_path / 'backups' / kept[-1]}", now=lambda: clock[0])
    assert copy.load("main") is not None
    copy.close()


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
