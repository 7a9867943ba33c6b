"""A store that can't be written, answers that are lost, a second writer: what is done then, and what never."""

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.owner.views import Unwritable
from storage.errors import DatabaseTaken, StorageUnavailable
from storage.store import Store
from strategy.messages.events import FeesRead
from strategy.messages.notices import FillTold
from strategy.model.grid import Phase
from strategy.model.stops import StopReason
from tests.integration.running import World, a_trading_world, a_while, assert_books, assert_whole
from tests.integration.stored import answers_lost, gone, pragma
from tests.integration.test_app import Face, Prices, running

FULL_DISK = "query_only=ON"


def heard_of(world: World) -> list[Unwritable | None]:
    told: list[Unwritable | None] = []
    world.app.trader.on_store(told.append)
    return told


async def test_a_store_that_cannot_be_written_is_told_at_its_beginning_and_its_end_once() -> None:
    world = await a_trading_world()
    told = heard_of(world)
    with pragma(FULL_DISK):
        await world.walk(1970)
        await world.tick(5)
        assert world.app.trader.summary().unwritable == told[0]
    with pragma("query_only=OFF"):
        await a_while()
        await world.tick()

    assert [one is not None for one in told] == [True, False]
    assert "readonly" in str(told[0])
    assert world.app.trader.summary().unwritable is None
    assert_whole(world)


async def test_the_trouble_ends_although_what_waited_has_nothing_to_write_any_more() -> None:
    world = World()
    await world.begin()
    told, before = heard_of(world), world.account.fees
    with pragma(FULL_DISK):
        world.app.runner.post(FeesRead(at=world.now, fees=replace(before, maker=before.maker * 2)))
        await a_while()
        world.app.runner.post(FeesRead(at=world.now, fees=before))  # in one save with the other: all is as it was
        await a_while()
    world.now += 1
    with pragma("query_only=OFF"):
        await a_while()

    assert [one is not None for one in told] == [True, False]


async def test_a_moment_in_which_it_is_locked_is_told_nobody() -> None:
    world = await a_trading_world()
    told = heard_of(world)
    with answers_lost(written=False, times=1):
        await world.walk(1970)
        await world.tick()
    assert told == []
    assert world.slept
    assert_whole(world)


@pytest.mark.parametrize("kind", ["full", "gone"])
async def test_a_panic_cancels_although_nothing_can_be_written_and_is_booked_afterwards(kind: str) -> None:
    world = await a_trading_world()
    with gone() if kind == "gone" else pragma(FULL_DISK):
        progress = await world.app.trader.panic()
        assert progress.unwritten
        await a_while()
        assert not world.held.open
        progress = world.app.trader.panic_progress()
        assert (progress.orders_left, progress.cancelled, progress.done) == (0, 5, False)
        await world.app.trader.panic()  # again: it does no harm
        await world.walk(1900)
    with pragma("query_only=OFF"):
        await a_while()
        await world.tick(3)

    progress = world.app.trader.panic_progress()
    assert (progress.cancelled, progress.others, progress.done) == (5, 0, True)
    assert world.grid.phase is Phase.STOPPED
    assert world.grid.stop is not None
    assert world.grid.stop.reason is StopReason.PANIC
    assert not world.held.open
    assert_books(world)


async def test_a_panic_that_cannot_be_written_counts_no_filled_order_as_cancelled() -> None:
    world = await a_trading_world()
    live = len(world.grid.live)
    with pragma(FULL_DISK):
        await world.walk(1970)
        await world.tick(5)
        await world.app.trader.panic()
        await a_while()
        progress = world.app.trader.panic_progress()
        assert (progress.unwritten, progress.orders_left) == (True, 0)
        assert (progress.cancelled, progress.others) == (live - 1, 1)
    with pragma("query_only=OFF"):
        await a_while()
        await world.tick(3)
    assert_books(world)


@pytest.mark.parametrize("written", [True, False])
async def test_a_commit_without_an_answer_is_neither_lost_nor_done_twice(*, written: bool) -> None:
    world = await a_trading_world()
    with answers_lost(written=written, times=2):
        await world.walk(1970)
        await world.tick(3)
    await world.tick(3)

    assert len(world.told(FillTold)) == len(world.held.fills)
    assert_whole(world)


@pytest.mark.parametrize("written", [True, False])
async def test_a_commit_whose_outcome_is_unknown_for_long_is_read_back_before_anything_else(*, written: bool) -> None:
    world = await a_trading_world()
    away = gone()
    sent = len(world.road.sent)
    with answers_lost(written=written, then=lambda _: away.__enter__()):
        await world.walk(1970)
        await world.tick(3)
        assert len(world.road.sent) == sent
    away.__exit__(None, None, None)
    await a_while()
    await world.tick(3)

    assert len(world.told(FillTold)) == len(world.held.fills)
    assert_whole(world)


async def test_news_that_meet_a_broken_store_are_read_again() -> None:
    world = await a_trading_world()
    with gone():
        await world.walk(1970)  # the stream tells the fill, and it can't be looked up
    await a_while()
    await world.tick()
    assert len(world.told(FillTold)) == len(world.held.fills)
    await world.tick()
    assert_whole(world)


async def test_of_two_that_write_one_database_the_loser_sends_nothing_more_and_ends(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'two.db'}"
    with closing(Store.open(address, now=lambda: 1)) as mine:
        world = World(store=mine)
        told = heard_of(world)
        face, stop = Face(), asyncio.Event()
        task = asyncio.create_task(world.app.run(face, stop))
        await world.app.trader.started.wait()
        await world.start()
        await world.tick()
        sent = len(world.road.sent)
        (tmp_path / "two.db.lock").unlink()
        with closing(Store.open(address, now=lambda: 1)):
            await world.walk(1970)
            with pytest.raises(DatabaseTaken):
                await asyncio.wait_for(task, 20)

        assert len(world.road.sent) == sent
        assert face.has_stopped.is_set()
        assert [one.is_taken for one in told if one is not None] == [True]
        with pytest.raises(DatabaseTaken):
            await world.app.trader.panic()


async def test_a_store_that_cannot_be_written_holds_up_no_leaving() -> None:
    world = World(cancel_on_exit=True)
    unsubscribe = world.road.subscribe(world.app.reader.hear)
    face, stop = Face(), asyncio.Event()
    task = asyncio.create_task(world.app.run(face, stop))
    await world.app.trader.started.wait()
    await world.start()
    await world.tick()
    with gone():
        await world.walk(1970)
        stop.set()
        await asyncio.wait_for(task, 10)
    unsubscribe()
    assert face.has_stopped.is_set()
    assert not world.held.open, "cancelling needs no store"


class Stumbling(Prices):
    """A stream that fails once."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0
        self.runs_again = asyncio.Event()

    async def run(self) -> None:
        """Fail, then run."""
        self.runs += 1
        if self.runs == 1:
            raise StorageUnavailable("a database of a test")
        self.runs_again.set()
        await asyncio.Event().wait()


async def test_a_stream_that_fails_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.STUMBLE_PAUSE", 0)
    world, stream = World(), Stumbling()
    world.app.stream = stream
    async with running(world), asyncio.timeout(10):
        await stream.runs_again.wait()
