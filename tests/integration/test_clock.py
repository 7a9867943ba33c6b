"""Time that goes wrong: clocks that are set, machines that sleep, ticks that stay away. Nothing waits by the wall."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from decimal import Decimal
from functools import partial

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.account.watch import PATIENCE, Watch
from bot.machine.clock import Clock, steady_milliseconds, wall_milliseconds
from bot.schedule import run_all
from bot.telegram.connection.polling import Ear
from bot.telegram.connection.requests import request_of
from exchange.port import Unavailable
from strategy.messages.events import Interrupted, Noted, Tick
from strategy.messages.machine import ClockOff, Slept, Unwatched
from strategy.model.grid import Phase
from strategy.model.market import Touch
from tests.builders import ETH_USDC, NOW, a_range
from tests.integration.running import World, a_trading_world, a_while
from tests.integration.stored import answers_lost
from tests.integration.test_days import jobs_of
from tests.simulation.loop import run
from tests.simulation.scheduling import planned_by

MINUTE = 60_000


@dataclass(slots=True)
class Machine:
    """A computer's clocks, moved by the test. Nobody can set the steady one."""

    wall: int = NOW
    steady: int = 5_000_000
    offset: int = 0
    pushed: int = 0
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(wall=lambda: self.wall, steady=lambda: self.steady)
        self.clock.go_by(lambda: self.offset)

    def passes(self, milliseconds: int) -> None:
        """Time goes by for everybody."""
        self.wall += milliseconds
        self.steady += milliseconds


def a_watch(world: World, machine: Machine, *, tick_seconds: float = 3) -> Watch:
    def again() -> None:
        machine.pushed += 1

    return Watch(clock=machine.clock, reader=world.app.reader, tick_seconds=tick_seconds, again=again)


async def looks(watch: Watch, machine: Machine, times: int = 1) -> None:
    """The watch looks each second."""
    for _ in range(times):
        machine.passes(1_000)
        watch.look()
        await a_while()


def test_the_clock_goes_on_as_before_when_this_machines_is_set() -> None:
    machine = Machine()
    machine.passes(1_000)
    machine.wall -= 600_000
    assert machine.clock.now() == machine.clock.steady() == NOW + 1_000
    machine.wall += 4_200_000
    assert machine.clock.now() == NOW + 1_000
    machine.offset = 250
    assert (machine.clock.now(), machine.clock.steady()) == (NOW + 1_250, NOW + 1_000)


def test_the_real_clocks_agree_at_the_start() -> None:
    clock = Clock()
    assert abs(clock.now() - wall_milliseconds()) < MINUTE
    assert steady_milliseconds() > 0


@pytest.mark.parametrize("by", [-600_000, 3_600_000])
async def test_a_jump_of_the_clock_is_told_once_and_followed_by_a_look_at_everything(by: int) -> None:
    world, machine = await a_trading_world(), Machine()
    watch = a_watch(world, machine)
    await looks(watch, machine, 3)
    assert machine.pushed == 0
    machine.wall += by
    await looks(watch, machine, 5)
    assert [(told.by, told.jumped) for told in world.told(ClockOff)] == [(by, True)]
    assert machine.pushed == 1


async def test_a_machine_that_slept_says_so_once_and_looks_at_everything() -> None:
    world, machine = await a_trading_world(), Machine()
    watch = a_watch(world, machine)
    machine.passes(40 * MINUTE)
    await looks(watch, machine, 5)
    assert [told.lasted for told in world.told(Slept)] == [40 * MINUTE]
    assert not world.told(Unwatched), "one thing, one message"
    assert machine.pushed == 1


async def test_a_paused_virtual_machine_whose_clocks_stood_learns_it_from_the_exchange() -> None:
    world, machine = await a_trading_world(), Machine()
    watch = a_watch(world, machine)
    machine.offset += 12 * MINUTE  # as it is measured after the pause
    await looks(watch, machine, 5)
    assert [told.lasted for told in world.told(Slept)] == [12 * MINUTE]


@pytest.mark.parametrize("by", [-5 * MINUTE, 5 * MINUTE])
async def test_a_clock_that_is_wrong_from_the_start_is_told(by: int) -> None:
    world, machine = await a_trading_world(), Machine(wall=NOW + by, offset=-by)
    watch = a_watch(world, machine)
    running = asyncio.create_task(watch.run())
    await a_while()
    running.cancel()
    await a_while()
    assert [(told.by, told.jumped) for told in world.told(ClockOff)] == [(by, False)]
    assert machine.clock.now() == NOW


async def test_ticks_that_stay_away_are_told_once_and_their_end_once() -> None:
    world, machine = await a_trading_world(), Machine()
    watch = a_watch(world, machine)
    await looks(watch, machine, 100)
    assert [(told.over, told.lasted) for told in world.told(Unwatched)] == [(False, PATIENCE + 1_000)]
    assert machine.pushed > 1, "it is tried again and again"
    await world.tick()
    await looks(watch, machine, 20)
    assert [told.over for told in world.told(Unwatched)] == [False, True]


async def test_long_ticks_have_more_patience() -> None:
    world, machine = await a_trading_world(), Machine()
    watch = a_watch(world, machine, tick_seconds=60)
    await looks(watch, machine, 300)
    assert not world.told(Unwatched)
    await looks(watch, machine, 2)
    assert len(world.told(Unwatched)) == 1


async def test_what_is_told_of_the_exchange_is_not_told_again_as_missing_ticks() -> None:
    world, machine = await a_trading_world(), Machine()
    watch = a_watch(world, machine)
    world.app.runner.post(Interrupted(at=world.now, cause="unreachable", text="no answer"))
    await a_while()
    await looks(watch, machine, 100)
    assert not world.told(Unwatched)


async def test_a_tick_that_failed_is_no_tick() -> None:
    world = await a_trading_world()
    before = world.app.reader.ticks
    world.road.down = Unavailable("unreachable", "down")
    await world.tick()
    assert world.app.reader.ticks == before
    world.road.down = None
    await world.tick()
    assert world.app.reader.ticks == before + 1


async def test_a_price_stamped_by_a_clock_that_was_ahead_does_not_win_for_ever() -> None:
    world = await a_trading_world()
    stamped = Touch(symbol=ETH_USDC, bid=Decimal(2000), ask=Decimal(2001), at=world.now + 3_600_000)
    world.app.runner.quote(stamped)
    await world.tick()
    world.now += 1
    fresh = replace(stamped, bid=Decimal(1700), ask=Decimal(1701), at=world.now)
    world.app.runner.quote(fresh)
    assert world.app.runner.latest[ETH_USDC] == fresh


async def test_of_two_prices_that_a_coarse_clock_stamps_alike_the_later_one_counts() -> None:
    world = await a_trading_world()
    first = Touch(symbol=ETH_USDC, bid=Decimal(2001), ask=Decimal(2002), at=world.now)
    second = replace(first, bid=Decimal(2002), ask=Decimal(2003))
    for touch in (first, second):
        world.app.runner.quote(touch)
        world.app.runner.post(Noted(at=world.now))
        await world.app.runner.settled()
        assert world.account.touches[ETH_USDC] == touch


async def test_a_price_of_a_drain_that_was_not_written_is_given_to_the_next_one() -> None:
    world = await a_trading_world()
    first = Touch(symbol=ETH_USDC, bid=Decimal(2001), ask=Decimal(2002), at=world.now)
    second = replace(first, bid=Decimal(2002), ask=Decimal(2003))
    world.app.runner.quote(first)
    world.app.runner.post(Noted(at=world.now))
    await world.app.runner.settled()
    with answers_lost(written=False, times=1):
        world.app.runner.quote(second)
        world.app.runner.post(Noted(at=world.now + 1))
        await a_while()
    assert world.slept, "the first try has failed"
    assert world.account.touches[ETH_USDC] == second


async def test_a_price_that_was_used_is_not_newer_than_what_was_learnt_in_the_same_moment() -> None:
    world = await a_trading_world()
    told = Touch(symbol=ETH_USDC, bid=Decimal(2001), ask=Decimal(2002), at=world.now)
    read = replace(told, bid=Decimal(2002), ask=Decimal(2003))
    world.app.runner.quote(told)
    world.app.runner.post(Tick(at=world.now, touches={ETH_USDC: read}))
    await world.app.runner.settled()
    assert world.app.runner.latest[ETH_USDC] == read


async def test_a_stop_fires_after_the_clock_was_ahead_by_an_hour() -> None:
    world = World()
    await world.begin()
    await world.start(replace(a_range(1900, 2100, 5), stop_loss=Decimal(1800)))
    await world.tick()
    world.now += 3_600_000
    await world.tick()
    world.now -= 3_600_000
    await world.trade(1700)
    await world.tick(4)
    assert world.grid.phase is Phase.STOPPED


@pytest.mark.parametrize("by", [-600, 3_600, -86_400])
def test_jobs_run_on_as_before_when_the_clock_that_they_are_planned_by_is_set(by: int) -> None:
    jumps = [0.0]

    async def main() -> Counter[str]:
        ran: Counter[str] = Counter()
        seconds = asyncio.get_running_loop().time

        async def job() -> None:
            ran["before" if not jumps[0] else "after"] += 1

        def wall() -> int:
            return NOW + round((seconds() + jumps[0]) * 1000)

        def steady() -> int:
            return round(seconds() * 1000)

        with planned_by(wall):
            async with scheduled(job) as scheduler:
                clock = Clock(wall=wall, steady=steady)
                world = World()
                watch = Watch(clock=clock, reader=world.app.reader, tick_seconds=3, again=partial(run_all, scheduler))
                watching = asyncio.create_task(watch.run())
                await asyncio.sleep(30)
                jumps[0] = by
                await asyncio.sleep(30)
                watching.cancel()
        return ran

    ran = run(main())
    assert ran["before"] >= 9
    assert ran["after"] >= 9, ran


@asynccontextmanager
async def scheduled(job: object) -> AsyncIterator[AsyncIOScheduler]:
    """A job every three seconds."""
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None})
    scheduler.add_job(job, IntervalTrigger(seconds=3), id="tick")
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0)


def test_how_old_a_command_is_goes_by_telegrams_own_clock() -> None:
    ear = Ear(lambda: NOW + 20 * MINUTE)
    assert ear.their_time(otherwise=7) == 7
    ear.dated("no date")
    ear.dated(None)
    assert ear.their_time(otherwise=7) == 7
    ear.dated("Mon, 23 Nov 2026 12:00:00 GMT")
    assert ear.their_time(otherwise=7) == 1_795_435_200_000


async def test_every_answer_of_telegrams_tells_its_time() -> None:
    ear = Ear(lambda: NOW)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = b"Date: Mon, 23 Nov 2026 12:00:00 GMT"
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\n" + date + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, request_of(ear) as request:
        port = server.sockets[0].getsockname()[1]
        assert ear.their_time(otherwise=7) == 7
        await request.do_request(f"http://127.0.0.1:{port}/", "GET")
        assert ear.their_time(otherwise=7) == 1_795_435_200_000


def test_a_clock_that_is_off_by_any_amount_is_put_right_by_the_exchanges_at_once() -> None:
    machine = Machine(wall=NOW - 86_400_000, offset=86_400_000)
    machine.passes(5)
    assert machine.clock.now() == NOW + 5
    machine.clock.go_by(lambda: 86_400_001)
    assert (machine.clock.now(), machine.clock.steady()) == (NOW + 6, NOW - 86_400_000 + 5), (
        "what waits notices nothing"
    )


@pytest.mark.parametrize("by", [-600, 3_600])
def test_a_stop_fires_by_the_real_schedule_although_the_clock_was_set_just_before(by: int) -> None:
    jumps = [0.0]

    async def main() -> Phase:
        seconds = asyncio.get_running_loop().time

        def wall() -> int:
            return NOW + round((seconds() + jumps[0]) * 1000)

        clock = Clock(wall=wall, steady=lambda: round(seconds() * 1000))
        world = World(stream=False)
        world.clock = clock.now  # type: ignore[method-assign]
        world.venue.clock = clock.now
        world.app = world.build()
        await world.begin()
        await world.start(replace(a_range(1900, 2100, 5), stop_loss=Decimal(1800)))
        jobs = jobs_of(world)
        with planned_by(wall):
            scheduler = jobs.schedule()
            scheduler.start()
            watch = Watch(clock=clock, reader=world.app.reader, tick_seconds=3, again=partial(run_all, scheduler))
            watching = asyncio.create_task(watch.run())
            await asyncio.sleep(10)
            jumps[0] = by
            await asyncio.sleep(2)
            world.venue.walk(ETH_USDC, Decimal(1700))
            await asyncio.sleep(20)
            watching.cancel()
            scheduler.shutdown(wait=False)
            await asyncio.sleep(0)
        assert [told.by for told in world.told(ClockOff)] == [by * 1000]
        phase = world.grid.phase
        await world.kill()
        return phase

    assert run(main()) is Phase.STOPPED
