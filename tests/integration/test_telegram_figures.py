"""Figures in the chat that are not simply read off: what stands there where there is no price, or no wish."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.integration.chat_world import World, a_grid, hold_coins


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_without_a_price_a_sale_promises_no_sum_and_status_shows_no_bid(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    world.trader.priced = False

    [asked] = await world.says(f"/stop {number} sell")
    assert "the market has no price now" in asked
    assert "every sale waits for a price" in asked
    assert "about" not in asked
    assert await world.labels() == ["Stop and sell", "Back"]

    [status] = await world.says("/status")
    assert "ETH_USDC has no price now" in status
    assert "bid" not in status


async def test_a_limit_that_was_not_given_is_shown_rounded_as_the_preview_shows_it(world: World) -> None:
    number = await a_grid(world)
    grid = world.trader.account().grids[number]
    world.trader.set(grids={number: replace(grid, money=Decimal("1052.211458"))})

    [sheet] = await world.says(f"/tune {number}")
    [tuned] = await world.says(f"/tune {number} maxpos=1060.5")

    assert "maxpos: 1,052.22" in sheet.splitlines()
    assert "maxpos: 1,052.22 → 1,060.5" in tuned
