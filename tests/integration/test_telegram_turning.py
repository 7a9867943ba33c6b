"""Lists that are longer than a message: /orders and /fills, page by page."""

from collections.abc import AsyncIterator

import pytest

from strategy.draft import Step
from tests.integration.chat_world import World, a_grid
from tests.integration.stored import a_fill


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_orders_show_the_nearest_and_lead_to_the_others(world: World) -> None:
    await world.says("/grid ETH_USDC lower=2300 upper=2700 grids=20 total=900")
    await world.clicks("Start")
    (grid,) = world.trader.account().grids.values()
    assert len(grid.live) > 8

    short = (await world.says("/orders"))[0]
    assert short.count(" at ") == 5
    await world.clicks("All of grid 1")

    assert (await world.written())[-1].count(" at ") == len(grid.live)


@pytest.mark.parametrize(
    ("typed", "said"), [("/fills 1 0", "plain number"), ("/fills 1 2 3", "plain number"), ("/fills x", "plain number")]
)
async def test_a_page_of_fills_that_is_none_is_refused(world: World, typed: str, said: str) -> None:
    await a_grid(world)

    assert said in (await world.says(typed))[0]


async def test_fills_are_turned_page_by_page(world: World) -> None:
    number = await a_grid(world)
    account = world.trader.account()
    fills = tuple(a_fill(one, grid=number) for one in range(25))
    world.store.save(account, [Step(account=account, entries=fills)])
    first = (await world.says("/fills"))[0]
    assert first.startswith("The last 10 of 25 fills")
    await world.clicks("Older")
    await world.clicks("Older")

    assert (await world.written())[-1].startswith("Fills 21 to 25 of 25, newest first")
    labels = await world.labels()
    assert "Newer" in labels
    assert "Older" not in labels
    await world.clicks("Newer")
    assert (await world.written())[-1].startswith("Fills 11 to 20 of 25")
