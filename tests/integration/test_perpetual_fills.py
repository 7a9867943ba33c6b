"""Somebody trades perpetuals by the thousand in the account of a quiet grid: its own fills are found all the same."""

from decimal import Decimal

import pytest

from exchange.paper import upkeep
from exchange.port import Listed
from strategy.model.market import Symbol
from strategy.model.orders import Fill
from tests.integration.running import KEY, Road, World, a_while, assert_whole
from tests.simulation.pages import PAGE, PAGES, ROUNDS, Pages

DAY = 86_400_000
PERP = Symbol("SOL_USDC_PERP")


class PagedRoad(Road):
    """Fills come in short pages, with those of perpetuals between them."""

    heeds = False
    readings = 0

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """As the client reads them."""
        self.readings += 1
        return await Pages(self.venue, self.venue.accounts[KEY], heeds=self.heeds).fills(since, until)


async def a_quiet_world(*, heeds: bool, stream: bool, perpetuals: int) -> tuple[World, PagedRoad]:
    world = World(stream=stream)
    road = PagedRoad(world.venue)
    road.heeds, world.road = heeds, road
    world.app = world.build()
    await world.begin()
    await world.start()
    await world.tick()
    await world.trade(1930)
    await world.tick(3)
    for _ in range(perpetuals):
        world.now += 12 * DAY // perpetuals
        upkeep.trade_perpetual(world.venue, KEY, PERP, Decimal(150), Decimal(1))
    return world, road


@pytest.mark.parametrize("heeds", [True, False])
async def test_without_a_stream_a_fill_is_found_behind_all_of_theirs(*, heeds: bool) -> None:
    world, road = await a_quiet_world(heeds=heeds, stream=False, perpetuals=10 * PAGE * PAGES * ROUNDS)
    await world.trade(2010)
    await world.tick(15)

    assert len(world.store.fills_page("main", limit=999)) == len(world.held.fills)
    assert_whole(world)
    before = road.readings
    await world.tick(7)
    assert road.readings - before <= 3, "it has come to the end, and reads on from there"


@pytest.mark.parametrize("heeds", [True, False])
async def test_a_restart_is_not_held_for_fills_that_theirs_hide(*, heeds: bool) -> None:
    world, _ = await a_quiet_world(heeds=heeds, stream=True, perpetuals=10 * PAGE * PAGES * ROUNDS)
    await world.trade(2010)
    world.now += 3_600_000
    await world.tick(3)
    await world.kill()
    await world.begin_again()
    for _ in range(20):
        await a_while()

    assert world.account.ready
    assert not world.account.holds
    await world.tick(15)
    assert_whole(world)
