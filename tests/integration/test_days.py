"""The jobs and the owner's days: midnight, the daily limit, reports, points of the curve, copies of the database."""

import asyncio
import logging
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzlocal.unix
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent

from bot.account.days import check_day
from bot.machine.backups import NIGHTS
from bot.owner.shadows import NotReplayed, Progress
from bot.schedule import Jobs
from bot.telegram.texts.reports import report
from storage.store import Store
from strategy.messages.notices import LimitReached
from strategy.model.account import Day, Halt
from strategy.model.grid import Phase
from tests.builders import a_range
from tests.integration.running import World, a_trading_world, a_while, assert_whole

SHANGHAI = ZoneInfo("Asia/Shanghai")


def jobs_of(world: World, *, zone: ZoneInfo = SHANGHAI) -> Jobs:
    """The jobs of an app, not scheduled."""
    return Jobs(
        reader=world.app.reader,
        trader=world.app.trader,
        store=world.store,
        zone=zone,
        tick_seconds=3,
        report_time=world.settings.report_time,
        record_days=world.settings.record_days,
    )


def at(text: str) -> int:
    """Milliseconds of a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def day_of(world: World) -> Day:
    """The day that the account is in."""
    assert world.account.day is not None
    return world.account.day


async def test_the_owners_day_begins_at_his_own_midnight() -> None:
    world = await a_trading_world()
    world.now = at("2026-11-23T15:59:59")
    check_day(world.app.reader, SHANGHAI)
    await a_while()
    assert day_of(world).date == "2026-11-23"
    world.now = at("2026-11-23T16:00:00")
    await jobs_of(world).tick()
    assert day_of(world).date == "2026-11-24"
    assert day_of(world).start == {world.grid.id: (await world.app.trader.report()).grids[0].standing.total}


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


async def test_the_jobs_run_by_the_owners_clock_and_never_overlap_themselves() -> None:
    world = World()
    scheduler = jobs_of(world).schedule()
    scheduler.start(paused=True)
    try:
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert set(jobs) == {"tick", "reconcile", "snapshot", "report", "upkeep", "follow", "drop"}
        assert all(job.max_instances == 1 and job.coalesce for job in jobs.values())
        began = datetime.now(UTC)
        assert jobs["upkeep"].next_run_time <= began, "at the start, and each hour from there"
        again = [jobs["upkeep"].trigger.get_next_fire_time(None, began + timedelta(hours=hour)) for hour in range(24)]
        assert {one.minute for one in again} == {17}
        assert {one.hour for one in again} == set(range(24))
        assert jobs["upkeep"].misfire_grace_time is None, "however late"
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


async def test_a_job_that_the_end_of_the_program_cuts_off_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()

    async def replay(_days: int, _tell: Progress) -> NotReplayed:
        begun.set()
        return await asyncio.Future[NotReplayed]()

    jobs = replace(jobs_of(World()), replay=replay)
    scheduler, before = jobs.schedule(), asyncio.all_tasks()
    for job in scheduler.get_jobs():
        if job.id != "shadow":
            scheduler.remove_job(job.id)
    scheduler.start()
    scheduler.modify_job("shadow", next_run_time=datetime.now(UTC))
    await begun.wait()
    started = asyncio.all_tasks() - before
    scheduler.shutdown(wait=False)
    await asyncio.gather(*started, return_exceptions=True)

    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_points_of_the_curve_are_kept_for_each_grid() -> None:
    world = await a_trading_world()
    await jobs_of(world).snapshot()
    (point,) = world.store.snapshots("main", world.grid.id, 0)
    standing = (await world.app.trader.report()).grids[0].standing
    assert (point.total, point.price) == (standing.total, standing.price)


async def test_every_night_the_database_is_copied_and_the_oldest_copies_go(tmp_path: Path) -> None:
    clock = [at("2026-11-20T20:17:00")]
    store = Store.open(f"sqlite:///{tmp_path / 'paper.db'}", now=lambda: clock[0])
    world = World(store=store)
    jobs = jobs_of(world)
    for day in range(NIGHTS + 2):
        world.now = at("2026-11-20T20:17:00") + day * 86_400_000
        await jobs.upkeep()
    store.close()
    kept = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert len(kept) == NIGHTS
    assert kept[-1] == "paper-2026-11-28.db"
    copy = Store.open(f"sqlite:///{tmp_path / 'backups' / kept[-1]}", now=lambda: clock[0])
    assert copy.load("main") is not None
    copy.close()


async def test_a_machine_that_is_off_or_asleep_at_night_has_its_copy_made_after_it(tmp_path: Path) -> None:
    """Looked at each hour, as it is: 04:17 of the owner is 20:17 of the day before, UTC."""
    looked: dict[Path, int] = {}

    async def made(jobs: Jobs, world: World, *moments: str) -> list[str]:
        """Those of these looks at which one was made."""
        found = []
        for moment in moments:
            world.now = at(moment)
            await jobs.upkeep()
            there = {path: path.stat().st_ino for path in (tmp_path / "backups").iterdir()}
            found += [moment] if there != looked else []
            looked.clear()
            looked.update(there)
        return found

    with closing(a_file(tmp_path)) as store:
        world = World(store=store)
        jobs = jobs_of(world)
        first = await made(jobs, world, "2026-11-20T02:00:00", "2026-11-20T02:17:00", "2026-11-20T19:17:00")
        assert first == ["2026-11-20T02:00:00"], "at the very first start, and not again"
        on = await made(jobs, world, "2026-11-20T20:17:00", "2026-11-20T21:17:00", "2026-11-21T20:16:59")
        assert on == ["2026-11-20T20:17:00"], "where it is on at night, then"
        off = await made(jobs, world, "2026-11-23T06:30:00", "2026-11-23T07:17:00")
        assert off == ["2026-11-23T06:30:00"], "after two nights off, at the start"
        asleep = await made(jobs_of(world), world, "2026-11-23T09:00:00", "2026-11-24T01:17:00")
        assert asleep == ["2026-11-24T01:17:00"], "a new process finds what is there; asleep at night, at the next look"


def a_file(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder / 'paper.db'}", now=lambda: at("2026-11-20T00:00:00"))


async def test_a_copy_of_a_time_to_come_is_none_of_this_night(tmp_path: Path) -> None:
    with closing(a_file(tmp_path)) as store:
        world = World(store=store)
        for moment in (
            "2026-12-20T20:17:00",
            "2026-11-20T20:17:00",
        ):  # a clock that was a month ahead, and is right now
            world.now = at(moment)
            await jobs_of(world).upkeep()
    made = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert made == ["paper-2026-11-20.db", "paper-2026-12-20.db"]


async def test_a_report_says_pausing_while_orders_rest() -> None:
    world = await a_trading_world()
    world.road.cancel_out.clear()
    assert await world.app.trader.pause(world.grid.id) is None
    assert "pausing" in report("en", (await world.app.trader.report()), "paper")

    world.road.cancel_out.set()
    await world.tick(2)
    assert not world.grid.live
    assert "paused" in report("en", (await world.app.trader.report()), "paper")


async def test_a_machine_whose_zone_nobody_knows_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Nowhere/Atall")
    monkeypatch.setattr(tzlocal.unix, "_cache_tz", None)
    world = await a_trading_world()
    zones = {job.id: str(job.trigger.timezone) for job in jobs_of(world).schedule().get_jobs()}
    assert zones.pop("upkeep") == "Asia/Shanghai"
    assert set(zones.values()) == {"UTC"}
