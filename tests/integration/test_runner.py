"""The one writer: nothing is sent that is not committed, and neither a full disk nor a bad event ends it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from storage.errors import StateRefused, StorageUnavailable
from strategy.draft import Step
from strategy.messages.commands import PauseGrid, SetLimits
from strategy.messages.events import Filled, Noted, Tick
from strategy.messages.notices import FillTold
from strategy.messages.problems import ProblemCode
from strategy.model.grid import Phase
from strategy.model.limits import Bounds
from strategy.model.orders import GridId, OrderStatus
from tests.builders import ETH_USDC, a_fill, a_touch, an_order
from tests.integration.running import World, a_trading_world, a_while, assert_whole
from tests.integration.stored import pragma

FULL_DISK = "query_only=ON"
"""SQLite refuses every write under this, as it does where the disk is full: nothing of the transaction is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An event, or a command, that no step knows what to do with."""

    at: int = 0


async def test_what_is_sent_was_committed_before() -> None:
    world = World()
    await world.begin()
    on_disk: list[set[int]] = []
    place = world.road.place

    async def looked(orders: Sequence[object]) -> object:
        account = world.store.load("main")
        assert account is not None
        on_disk.append({order.client_id for grid in account.grids.values() for order in grid.live})
        return await place(orders)  # type: ignore[arg-type]

    world.road.place = looked  # type: ignore[method-assign,assignment]
    await world.start()
    await world.trade(1970)

    sent = [{order.client_id for order in orders} for orders in world.road.sent]
    assert len(sent) > 2
    assert all(ids <= known for ids, known in zip(sent, on_disk, strict=True))


async def test_a_store_that_cannot_be_written_stops_all_sending_and_then_goes_on() -> None:
    world = await a_trading_world()
    sent, told = len(world.road.sent), len(world.told(FillTold))
    with pragma(FULL_DISK):
        await world.walk(1970)
        assert len(world.road.sent) == sent, "the sell of the filled level is not written down yet"
        assert world.slept, "it is tried again after a while"
        assert len(world.told(FillTold)) == told
    with pragma("query_only=OFF"):
        await world.walk(1970)
    await world.tick()

    assert len(world.road.sent) == sent + 1
    assert len(world.told(FillTold)) == len(world.held.fills)
    assert_whole(world)


async def test_a_command_given_while_the_store_is_full_says_so_and_is_not_done_later() -> None:
    world = await a_trading_world()
    with pragma(FULL_DISK):
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                await world.app.trader.pause(world.grid.id)
    with pragma("query_only=OFF"):
        await a_while()
    await world.tick()
    assert world.grid.phase is Phase.RUNNING
    assert_whole(world)


async def test_an_event_that_breaks_the_step_is_dropped_and_logged_and_the_others_are_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = await a_trading_world()
    runner = world.app.runner
    with caplog.at_level(logging.ERROR):
        runner.post(SetLimits(at=0, bounds=Bounds(daily_loss=Decimal(5))), Broken(), Noted(at=world.now + 7))  # type: ignore[arg-type]
        async with asyncio.timeout(5):
            await runner.settled()

    assert (world.account.daily_loss, world.account.seen_at) == (Decimal(5), world.now + 7)
    assert "event=dropped kind=Broken" in caplog.text


async def test_whoever_waits_for_quiet_goes_on_when_the_last_event_was_a_bad_one() -> None:
    world = await a_trading_world()
    world.app.runner.post(Broken())  # type: ignore[arg-type]
    async with asyncio.timeout(5):
        await world.app.runner.settled()
    await world.tick()


async def test_a_command_that_breaks_the_step_fails_for_the_asker_alone() -> None:
    world = await a_trading_world()
    with pytest.raises(AssertionError):
        await world.app.runner.ask(Broken())  # type: ignore[arg-type]
    assert await world.app.trader.pause(world.grid.id) is None


async def test_an_asker_who_has_gone_away_disturbs_nobody() -> None:
    world = await a_trading_world()
    asked = asyncio.create_task(world.app.runner.ask(Broken()))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    asked.cancel()
    await a_while()
    assert await world.app.trader.pause(world.grid.id) is None


async def test_a_listener_that_fails_costs_no_event(caplog: pytest.LogCaptureFixture) -> None:
    world = await a_trading_world()

    def fail(_: Sequence[Step]) -> None:
        raise ValueError("a listener of a test")

    world.app.runner.after_drain.append(fail)
    await world.trade(1970)
    await world.tick()

    assert "event=listener_failed" in caplog.text
    assert_whole(world)


async def test_a_fill_that_came_by_two_roads_is_booked_once() -> None:
    world = await a_trading_world()
    await world.walk(1970)
    fill = (await world.road.fills(0))[-1]
    for _ in range(3):
        world.app.runner.post(Filled(at=world.now, fill=fill))
    await world.app.runner.settled()
    await world.app.reader.read_fills()
    assert_whole(world)


async def test_a_foreign_fill_that_came_twice_before_the_commit_is_booked_once() -> None:
    world = await a_trading_world()
    foreign = replace(a_fill(an_order(1)), client_id=None, key="ETH_USDC:foreign", at=world.now)
    world.app.runner.post(Filled(at=world.now, fill=foreign), Filled(at=world.now, fill=foreign))
    async with asyncio.timeout(5):
        await world.app.runner.settled()
    assert world.store.known_fills("main", [foreign.key]) == {foreign.key: foreign}
    await world.tick()
    assert len(world.grid.live) == 5


async def test_of_the_ticks_that_wait_only_the_newest_is_stepped() -> None:
    world = await a_trading_world()
    seen: list[object] = []
    world.app.runner.after_drain.append(seen.append)
    for price in (2001, 2002, 2003):
        world.app.runner.post(Tick(at=world.now, touches={ETH_USDC: a_touch(price, at=world.now)}))
    await world.app.runner.settled()
    assert world.account.touches[ETH_USDC].ask == 2003
    assert len(seen) == 1


async def test_a_price_from_the_stream_wakes_nobody_and_is_used_by_the_next_drain() -> None:
    world = await a_trading_world()
    world.now += 1
    world.app.runner.quote(a_touch(1995, at=world.now))
    await a_while()
    assert world.account.touches[ETH_USDC].ask != 1995
    assert world.app.runner.latest[ETH_USDC].ask == 1995
    world.app.runner.quote(a_touch(1994, at=world.now - 1_000_000))
    world.app.runner.post(Noted(at=world.now))
    await world.app.runner.settled()
    assert world.account.touches[ETH_USDC].ask != 1994, "an old price changes nothing"


async def test_a_refused_command_is_answered_with_its_reason() -> None:
    world = await a_trading_world()
    problem = await world.app.runner.ask(PauseGrid(at=world.now, grid_id=GridId(99)))
    assert problem is not None
    assert problem.code is ProblemCode.UNKNOWN_GRID


async def test_a_state_that_contradicts_the_disk_is_not_kept_in_memory_either() -> None:
    world = await a_trading_world()
    order = replace(world.grid.live[0], price=Decimal(1), status=OrderStatus.OPEN)
    wrong = replace(
        world.account, grids={world.grid.id: replace(world.grid, orders={**world.grid.orders, order.client_id: order})}
    )
    with pytest.raises(StateRefused):
        world.store.save(world.account, [Step(account=wrong)])
    await world.tick()
    assert_whole(world)
