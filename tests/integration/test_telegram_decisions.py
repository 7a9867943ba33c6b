"""Decisions where they arise: what a pushed message offers, and what each of its buttons comes to."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.messages.notices import Notice
from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.orders import GridId
from strategy.model.stops import Stop, StopReason
from tests.integration.chat_world import World, a_grid, hold_coins
from tests.unit.telling import STANDING, USDC, a_limit, a_range, an_end


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as made:
        yield made


async def tell(world: World, notice: Notice, part: str) -> None:
    world.time.pass_by(10)
    world.trader.tell(notice)
    for _ in range(3):  # what may have company waits for it
        await world.telegram.server.world.bell.heard(0.01)
        world.time.pass_by(2)
    await world.until_written(part)


async def test_a_range_that_was_left_offers_a_new_grid_to_wait_and_to_stop(world: World) -> None:
    grid = await a_grid(world)
    await tell(world, replace(a_range("2610"), grid_id=grid, upper=Decimal(2600)), "rose out of the range")
    assert await world.labels() == ["New grid around 2,610.00", "Wait", "Stop"]

    await world.clicks("New grid around 2,610.00")
    assert "3 levels" in await world.until_written("Nothing is sent before you press Start")
    assert "Start" in await world.labels()
    assert world.trader.asked.count("StartGrid") <= 1, "a preview, and nothing more"


async def test_to_wait_changes_nothing_and_to_stop_asks_first(world: World) -> None:
    grid = await a_grid(world)
    left = replace(a_range("2610"), grid_id=grid, upper=Decimal(2600))
    await tell(world, left, "rose out of the range")
    asked = list(world.trader.asked)

    await world.clicks("Stop")
    await world.until_written("Grid 1")
    await world.clicks("Back")
    assert world.trader.asked == asked
    [said] = await world.clicks("Wait")
    assert "Grid 1 waits for the price to come back" in said
    assert world.trader.asked == asked


async def test_a_grid_that_ended_with_coins_offers_to_sell_to_keep_and_to_trade_on(world: World) -> None:
    grid = await a_grid(world)
    stopped(world, grid)
    end = replace(an_end(StopReason.STOP_LOSS, sold=False, coins=Decimal("0.0756")), grid_id=grid)
    await tell(world, end, "has stopped: total")
    assert await world.labels() == ["Sell 0.0756 ETH ≈ 189.76 USDC", "Keep", "Resume"]

    await world.clicks("Resume")
    await world.until_written("trades on")
    assert await world.labels() == ["Resume", "Back"], "it is asked, by a button that grows old"
    await world.clicks("Resume")
    assert world.trader.account().grids[grid].phase.trades


@pytest.mark.parametrize(
    ("reason", "sale"),
    [(StopReason.STOP_LOSS, "Sell 0.0594 ETH ≈ 106.89 USDC"), (StopReason.MAX_LOSS, "Sell 0.0594 ETH")],
)
async def test_a_limit_that_keeps_the_coins_offers_at_once_what_may_become_of_them(
    world: World, reason: StopReason, sale: str
) -> None:
    grid = await a_grid(world)
    await hold_coins(world, grid)
    await tell(world, replace(a_limit(reason), grid_id=grid), "0.0594 ETH")
    assert await world.labels() == [sale, "Keep", "Resume"]

    asked = list(world.trader.asked)
    await world.clicks(sale)
    assert world.trader.asked == asked, "it is shown first what it comes to"
    assert await world.labels() == ["Stop and sell", "Back"]


@pytest.mark.parametrize("reason", [StopReason.MAX_LOSS, StopReason.MAX_DRAWDOWN])
async def test_a_loss_that_keeps_the_coins_says_what_their_sale_would_bring(world: World, reason: StopReason) -> None:
    grid = await a_grid(world)
    await hold_coins(world, grid)
    standings = ((USDC, replace(STANDING, price=Decimal("1799.5"))),)
    await tell(world, replace(a_limit(reason), grid_id=grid, standings=standings), "0.0594 ETH")

    assert (await world.labels())[0] == "Sell 0.0594 ETH ≈ 106.89 USDC"


@pytest.mark.parametrize("changes", [{"sell": True}, {"again": 4}, {"coins": Decimal(0)}, {"coins": Decimal("0.0009")}])
async def test_a_limit_that_sells_or_opens_again_by_itself_or_has_nothing_to_sell_asks_nothing(
    world: World, changes: dict[str, Any]
) -> None:
    grid = await a_grid(world)
    await tell(world, replace(a_limit(StopReason.STOP_LOSS), grid_id=grid, **changes), "stop loss")

    assert await world.labels() == ["Status"]


async def test_a_grid_that_ended_without_coins_can_be_opened_again_as_it_was(world: World) -> None:
    grid = await a_grid(world)
    end = replace(an_end(StopReason.TAKE_PROFIT, sold=True, coins=Decimal(0)), grid_id=grid)
    await tell(world, end, "has stopped: total")
    assert await world.labels() == ["Open again"]

    await world.clicks("Open again")

    assert "3 levels" in await world.until_written("Nothing is sent before you press Start")


async def test_a_panic_offers_afterwards_to_resume_what_ran(world: World) -> None:
    grid = await a_grid(world)

    await world.says("/panic")
    said = await world.until_written("Ran before the panic: grid 1.")
    assert "until you resume" in said
    assert await world.labels() == ["Resume grid 1", "Back"]
    assert world.trader.account().grids[grid].phase is not Phase.RUNNING

    stopped(world, grid)
    await world.says("/panic")
    assert sum("Ran before the panic" in text for text in await world.written()) == 1, (
        "the second found nothing that ran"
    )
    await world.telegram.sim("click", label="Resume grid 1")
    await world.until(lambda: world.trader.account().grids[grid].phase.trades)


def stopped(world: World, number: GridId) -> None:
    """Its orders are cancelled: nobody does that here."""
    grid = world.trader.account().grids[number]
    levels = {id_: replace(level, order=None) for id_, level in grid.levels.items()}
    world.trader.set(grids={number: replace(grid, phase=Phase.STOPPED, stop=None, levels=levels, orders={})})


async def test_what_does_not_trade_on_when_the_halt_is_lifted_is_named_with_its_reason(world: World) -> None:
    """Only the reason was told, as if nothing had been done."""
    numbers = [await a_grid(world), await a_grid(world)]
    stop = Stop(reason=StopReason.DAILY_LOSS, sell=False, at=0)
    grids = {one: replace(grid, phase=Phase.STOPPED, stop=stop) for one, grid in world.trader.account().grids.items()}
    world.trader.set(halt=Halt.DAILY_LOSS, touches={}, grids=grids)

    [said] = await world.says("/resume")

    assert said.startswith(f"Trading goes on. 2 grids are not resumed yet (number {numbers[0]}, {numbers[1]}):")
    assert "ETH_USDC" in said
    assert world.trader.account().halt is None


async def test_that_grids_may_open_again_is_said_although_one_stays_stopped(world: World) -> None:
    number = await a_grid(world)
    stop = Stop(reason=StopReason.DAILY_LOSS, sell=False, at=0)
    account = world.trader.account()
    limits = replace(account.limits, paused_until=10**15)
    grid = replace(account.grids[number], phase=Phase.STOPPED, stop=stop)
    world.trader.set(limits=limits, touches={}, grids={number: grid})

    [said] = await world.says("/resume")

    assert said.startswith("Grids may open again: the pause after several stops is lifted.")
    assert "ETH_USDC" in said
    assert not world.trader.account().limits.paused_until
