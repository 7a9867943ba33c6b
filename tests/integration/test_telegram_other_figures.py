"""What a preview shows can be shown with other figures: typed as they would be in /grid, or asked for by a button."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from strategy.model.grid import Spacing
from strategy.model.orders import GridId
from tests.integration.chat_world import LINE, World

RANGE = "/grid ETH_USDC lower=2000 upper=3000 grids=10 total=1000"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


@pytest.mark.parametrize("typed", ["usdc=60 out=0.5%", "usdc: 60, out: 0.5 %", "每格金额=60 利润=0.5%"])
async def test_figures_that_are_typed_after_a_preview_are_shown_in_it(world: World, typed: str) -> None:
    await world.says(LINE)
    world.time.pass_by(1)

    (shown,) = await world.says(typed)
    assert "Each buy 60.00 USDC at most" in shown
    assert "Each level sells 0.5 % above" in shown
    assert world.trader.asked == []

    await world.says("/grid yes")
    await world.until_written("is open on")
    (grid,) = world.trader.account().grids.values()
    assert grid.spec.quote_per_order == 60
    assert grid.spec.interval == 40, "what was not typed stays"


async def test_one_way_to_name_the_money_takes_the_place_of_another(world: World) -> None:
    await world.says(RANGE)

    (shown,) = await world.says("usdc=50 maxloss=off")
    assert "Each buy 50.00 USDC at most" in shown
    assert "maximum loss" not in shown


async def test_figures_of_another_kind_of_grid_make_one_of_it(world: World) -> None:
    await world.says(LINE)
    world.time.pass_by(1)

    (shown,) = await world.says("lower=2000 upper=3000")
    assert "Buys from 2,000.00, sells up to 3,000.00" in shown
    assert "Each level sells" not in shown, "a profit above its buy is no parameter of a range"

    world.time.pass_by(1)
    await world.says("/grid yes")
    await world.until_written("is open on")
    (grid,) = world.trader.account().grids.values()
    assert grid.spec.spacing is Spacing.ARITHMETIC


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("looks good", "figures for the preview above, such as grids=10"),
        ("grids=x", "grids: x is not a plain number"),
        ("usdc=60 total=500", "usdc"),
        ("lowr=1900", "lower"),
    ],
)
async def test_what_can_not_be_read_there_says_what_can(world: World, typed: str, said: str) -> None:
    await world.says(LINE)

    (answer,) = await world.says(typed)
    assert said in answer
    assert "USDC set aside" not in answer


async def test_a_preview_that_is_over_is_changed_by_no_word(world: World) -> None:
    await world.says(LINE)
    await world.clicks("Cancel")
    assert "only understand commands" in (await world.says("usdc=60"))[0]

    world.time.pass_by(1)
    await world.says(LINE)
    await world.clicks("Start")
    assert "only understand commands" in (await world.says("usdc=60"))[-1]


async def test_a_figure_is_changed_by_three_taps(world: World) -> None:
    await world.says(LINE)
    world.time.pass_by(1)

    (asked,) = await world.clicks("Change a figure")
    assert asked.startswith("Which figure?")
    assert await world.labels() == [
        "Interval: 40",
        "Levels: 3",
        "Profit aimed at: 0.40 %",
        "Money an order: 50",
        "Stop loss: none",
        "Maximum loss: 5.00 %",
    ]
    await world.clicks("Levels: 3")
    world.time.pass_by(1)
    (shown,) = await world.says("5")
    assert "ETH_USDC, 5 levels" in shown
    assert "Each buy 50.00 USDC at most" in shown


async def test_what_was_changed_before_stays_when_another_figure_is(world: World) -> None:
    await world.says(LINE)
    await world.says("usdc=60 out=0.7% maxloss=9%")
    for pressed, answer in (("Levels: 3", "4"), ("Stop loss: none", "1900"), ("Interval: 40", "35")):
        world.time.pass_by(1)
        await world.clicks("Change a figure")
        await world.clicks(pressed)
        await world.says(answer)

    await world.clicks("Start")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.quote_per_order, spec.interval, spec.stop_loss) == (Decimal(60), Decimal(35), Decimal(1900))
    assert (spec.grids, spec.out_want, spec.max_loss) == (4, Decimal("0.007"), Decimal("0.09"))


async def test_a_limit_can_be_set_there_and_the_money_in_all_where_that_was_said(world: World) -> None:
    await world.says(RANGE)
    await world.clicks("Change a figure")
    assert "Money in all: 1,000" in await world.labels()

    await world.clicks("Stop loss: none")
    (shown,) = await world.says("1900")
    assert "at the stop loss 1,900.00" in shown
