"""/points in the chat: the week by the ledger, a goal with its budget, what is told of it, and what is never said."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from strategy.model.durations import DAY, HOUR, WEEK
from strategy.model.ledger import FillEntry, Movement, MovementKind
from strategy.model.market import Asset, Balance
from strategy.model.weeks import VolumeGoal, week_of
from tests.integration.chat_world import World, a_grid
from tests.integration.test_telegram_fees import book, traded

D = Decimal


def _at(entry: FillEntry, at: int) -> FillEntry:
    return replace(entry, at=at, fill=replace(entry.fill, at=at))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_the_week_has_its_volume_its_cost_and_its_countdown(world: World) -> None:
    now = world.time.now()
    passed = (now - week_of(now).begins) // DAY
    number = await a_grid(world)
    book(world, traded(world, "1", grid=number, days_ago=0), traded(world, "2", days_ago=0, quantity="3"))
    book(world, traded(world, "3", grid=number, days_ago=passed + 1, quantity="2"))
    world.trader.set(balances={**world.trader.account().balances, Asset("POINTS"): Balance(available=D(2))})

    [said] = await world.says("/points")

    ends = datetime.fromtimestamp(week_of(now).ends / 1000, UTC)
    assert f"Points week until Thursday {ends:%Y-%m-%d} 00:00 UTC" in said
    assert "10,000.00 USDC of volume, 2 fills, 8.00 USDC in fees (7,500.00 traded by hand)" in said
    assert "Cost for 10,000 of volume: 8.00 USDC." in said
    assert f"to {datetime.fromtimestamp(week_of(now).begins / 1000, UTC):%Y-%m-%d}: 5,000.00 USDC, 4.00 in fees" in said
    assert "No volume goal is set" in said
    assert "Points at Backpack: 2" in said
    assert "no formula" in said
    assert "leave trades made by API out" in said


async def test_a_goal_is_set_changed_and_removed_and_trades_nothing(world: World) -> None:
    await a_grid(world)
    grids = world.trader.account().grids
    book(world, traded(world, "1", days_ago=0))

    said = await world.says("/points goal=50000 budget=12 per=weekly")
    assert "Nothing is traded for it" in said[0]
    assert "Goal this points week: 2,500.00 of 50,000.00 USDC (5.00 %)" in said[1]
    assert "It has cost 2.00 of 12.00 USDC" in said[1]
    assert "8.00 USDC for 10,000 of volume" in said[1]
    assert "At this pace it ends at" in said[1]

    await world.says("/points per=daily")
    assert world.trader.account().limits.goal == VolumeGoal(volume=D(50_000), budget=D(12), daily=True)
    spent = (await world.says("/points budget=1"))[1]
    assert "The budget is spent" in spent
    assert "/pause all" in spent
    await world.says("/points budget=off")
    assert world.trader.account().limits.goal == VolumeGoal(volume=D(50_000), daily=True)
    assert "no volume goal any more" in (await world.says("/points goal=off"))[0]
    assert world.trader.account().limits.goal is None
    assert world.trader.account().grids == grids


async def test_a_pace_is_of_the_time_that_is_in_the_books(world: World) -> None:
    """A bot that was installed an hour ago has not been idle since Thursday."""
    now = world.time.now()
    began = now - 2 * HOUR
    opening = Movement(at=began, key="opening:USDC", kind=MovementKind.OPENING, asset=Asset("USDC"), amount=D(1_000))
    await a_grid(world)
    book(world, opening, traded(world, "1", days_ago=0))

    said = (await world.says("/points goal=50000 budget=12 per=weekly"))[1]

    left = D(week_of(now).ends - now) / (2 * HOUR)
    paid = 2 * (1 + left)
    assert paid > 12
    assert f"At this pace it ends at {D(2_500) * (1 + left):,.2f} USDC, for {paid:,.2f} USDC, " in said
    assert f"{paid - 12:,.2f} beyond the budget: wider steps cost less" in said
    said = (await world.says("/points goal=50000 budget=100000 per=weekly"))[1]
    assert f"for {paid:,.2f} USDC." in said


@pytest.mark.parametrize("line", ["/points budget=12", "/points per=daily", "/points goal=-5", "/points per=month"])
async def test_what_makes_no_goal_is_refused_with_an_example(world: World, line: str) -> None:
    assert "/points goal=50000 budget=12 per=weekly" in (await world.says(line))[0]
    assert world.trader.account().limits.goal is None


async def test_a_count_is_the_goals_span_to_the_millisecond_and_depends_on_the_ledger_alone(world: World) -> None:
    world.telegram.clock.seconds = (week_of(world.time.now()).ends + 5_000) / 1000
    begins = week_of(world.time.now()).begins
    first, last = traded(world, "1", days_ago=0), traded(world, "2", days_ago=0)
    for entry, at in ((first, begins - 1), (last, begins)):
        book(world, _at(entry, at))
    goal = VolumeGoal(volume=D(1))
    await world.trader.volumes.set_goal(goal)

    volumes = world.trader.volumes
    due = await volumes.counted(None)
    assert due is not None
    assert due == await volumes.counted(due)
    found = volumes.told(due)
    assert (found.begins, found.volume, found.cost) == (begins, D(2500), D(2))
    book(world, _at(traded(world, "3"), begins + 1), _at(traded(world, "4"), begins - 1))
    on = await volumes.counted(due)
    assert on == await volumes.counted(None) != due


async def test_a_week_is_over_once_its_fills_are_booked_and_none_from_before_the_ledger(world: World) -> None:
    ends = week_of(world.time.now()).ends
    book(world, _at(traded(world, "1"), ends - 1), _at(traded(world, "2"), ends))
    world.telegram.clock.seconds = (ends + 119_999) / 1000
    before = await world.trader.volumes.week_over(ends - WEEK)
    world.telegram.clock.seconds = (ends + 120_000) / 1000
    over = await world.trader.volumes.week_over(ends - WEEK)

    assert before is None
    assert over is not None
    assert (over.ends, sum(one.fills for one in over.week.values())) == (ends, 1)
    assert await world.trader.volumes.week_over(0) is None
    assert await world.trader.volumes.week_over(ends) is None
