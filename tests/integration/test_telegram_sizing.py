"""Ranges, sizes, profit and execution in the chat: what they come to is shown before Start, and can be tuned."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from strategy.account.risk import free
from strategy.model.market import USDC
from strategy.model.orders import GridId
from tests.integration.chat_world import World

D = Decimal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_a_range_in_parts_of_the_price_is_shown_in_prices(world: World) -> None:
    [said] = await world.says("/grid ETH_USDC spacing=geometric below=20% above=8% step=4% usdc=100")

    assert "ETH_USDC, 7 levels" in said
    assert "Each buy 100.00 USDC at most" in said
    assert "The range reaches 20 % below the price at which it begins." in said
    assert "It reaches 8 % above it." in said
    assert "Buys from 2,008" in said
    await world.clicks("Start")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.below, spec.above, spec.grids) == (D("0.2"), D("0.08"), 7)
    assert spec.lower is not None


async def test_the_briefs_share_of_the_money_is_shown_as_money(world: World) -> None:
    has = free(world.trader.account(), USDC)
    [said] = await world.says("/grid ETH_USDC below=10% above=10% grids=5 trade_pct=50% taper=10%")

    assert "Each level gets 10 % less than the one above it." in said
    assert "set aside" in said
    await world.clicks("Start")
    grid = world.trader.account().grids[GridId(1)]
    assert grid.spec.total is not None
    assert D("0.45") * has < grid.money <= D("0.5") * has


async def test_coins_an_order_are_given_shown_and_tuned(world: World) -> None:
    [said] = await world.says("/grid ETH_USDC lower=2000 upper=3000 grids=4 coins=0.02")

    assert "Each level buys 0.02 ETH, whatever they cost there." in said
    await world.clicks("Start")
    said = (await world.says("/tune 1 coins=0.01"))[0]
    assert "coins: 0.02 → 0.01" in said
    assert {one.quantity for one in world.trader.account().grids[GridId(1)].levels.values()} == {D("0.01")}


async def test_compounding_coins_and_taker_are_said_before_start_and_switched_by_tune(world: World) -> None:
    [said] = await world.says(
        "/grid ETH_USDC lower=2000 upper=3000 grids=4 usdc=100 compound=50% ceiling=200 incoin=yes taker=yes"
    )

    assert "compound does nothing here: profit that is kept in ETH is not compounded." in said
    assert "Its profit is kept in ETH" in said
    assert "No order rests" in said
    await world.clicks("Start")
    said = (await world.says("/tune 1 compound=off incoin=no"))[0]
    assert "compound: 50.00 % → none" in said
    assert "incoin: yes → no" in said
    assert (await world.says("/tune 1 taker=no"))[0]
    assert world.trader.account().grids[GridId(1)].spec.taker


async def test_compounding_is_said_with_its_ceiling(world: World) -> None:
    [said] = await world.says("/grid ETH_USDC lower=2000 upper=3000 grids=4 usdc=100 compound=50% ceiling=200")

    assert "50 % of what it has earned makes its next buys larger, level by level." in said
    assert "By 200 USDC in all at most." in said


async def test_two_amounts_are_not_taken_for_one(world: World) -> None:
    said = await world.says("/grid ETH_USDC lower=2000 upper=3000 coins=0.02 pct=50%")

    assert "pct" in said[0]
    assert world.trader.asked == []


async def test_the_same_words_in_chinese_make_the_same_grid(world: World) -> None:
    await world.says(
        "/grid ETH_USDC 类型=等比 下方=20% 上方=8% 步长=4% 币数=0.02 递减=5% 复利=50% 复利上限=20 利润留币=是 吃单=是"
    )
    await world.clicks("Start")

    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.below, spec.taper, spec.base_per_order) == (D("0.2"), D("0.05"), D("0.02"))
    assert (spec.compound, spec.compound_most, spec.profit_in_coin, spec.taker) == (D("0.5"), D(20), True, True)
