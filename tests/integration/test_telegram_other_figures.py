"""What a preview shows can be shown with other figures: typed as they would be in /grid, or asked for by a button."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from strategy.model.orders import GridId
from strategy.model.spec import GridSpec, Shift, Spacing
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
        ("looks good", "type figures such as grids=10"),
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
        "Interval: 40 USDC",
        "Levels: 3",
        "Profit aimed at: 0.40 %",
        "Money an order: 50 USDC",
        "Stop loss: none",
        "Maximum loss: 5.00 %",
        *("Range", "Size and money", "Profit kept", "Adapting"),
        *("Waits and pauses", "Exits", "Limits", "Execution"),
    ]
    (asked,) = await world.clicks("Levels: 3")
    assert asked.endswith("Now: 3")
    assert (await world.labels())[0] == "Keep 3", "what it is, not what would be proposed"
    world.time.pass_by(1)
    (shown,) = await world.says("5")
    assert "ETH_USDC, 5 levels" in shown
    assert "Each buy 50.00 USDC at most" in shown


async def test_what_was_changed_before_stays_when_another_figure_is(world: World) -> None:
    await world.says(LINE)
    await world.says("usdc=60 out=0.7% maxloss=9%")
    for pressed, answer in (("Levels: 3", "4"), ("Stop loss: none", "1900"), ("Interval: 40 USDC", "35")):
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
    assert "Money in all: 1,000 USDC" in await world.labels()

    await world.clicks("Stop loss: none")
    (shown,) = await world.says("1900")
    assert "at the stop loss 1,900.00" in shown


BUSY = (
    "/grid ETH_USDC lower=2000 upper=3000 grids=10 total=1000 spacing=geometric compound=50% ceiling=200 shift=both "
    "stop=1500 take=3500 trail=3% again=3d fall=5% until=30d gate=24h"
)
OTHERS = "/grid ETH_USDC grids=3 usdc=50 taper=2% hours=09:00-17:00 taker=yes incoin=yes"
PARTS = "/grid ETH_USDC below=10% above=10% grids=10 coins=0.02"


@pytest.mark.parametrize("line", [BUSY, OTHERS, PARTS])
async def test_every_figure_on_every_page_says_what_it_is_and_leads_back_to_the_same_preview(
    world: World, line: str
) -> None:
    (shown,) = await world.says(line)
    for page in (await _pages(world))[1]:
        await world.clicks(page)
        figures = (await world.labels())[:-1]
        assert (await world.labels())[-1] == "Back"
        for figure in figures:
            value = figure.partition(": ")[2]
            (asked,) = await world.clicks(figure)
            assert asked.endswith(f"Now: {value}")
            labels = await world.labels()
            assert value in ("none", "as all limits") or labels[0] == f"Keep {value}"
            assert labels[-2:] == ["Back", "Cancel"]
            world.time.pass_by(1)
            assert (await world.clicks("Back"))[-1] == shown, figure
            await _pages(world)
            await world.clicks(page)
        world.time.pass_by(1)
        await world.clicks("Back")
    assert world.trader.asked == []


async def _pages(world: World) -> tuple[list[str], list[str]]:
    """The figures and the pages behind the button of the newest preview."""
    world.time.pass_by(1)
    await world.clicks("Change a figure")
    labels = await world.labels()
    first = labels.index("Range")
    return labels[:first], labels[first:]


@pytest.mark.parametrize(
    ("page", "figure", "pressed", "field", "value"),
    [
        ("Range", "Levels: 3", "10", "grids", 10),
        ("Size and money", "Money in all: none", "300 USDC", "total", Decimal(300)),
        ("Adapting", "Ladder shift: none", "both", "shift", Shift.BOTH),
        ("Waits and pauses", "Opening gate: none", "24 h", "gate_hours", 24),
        ("Waits and pauses", "Opening hours: none", "09:00-17:00", "open_hours", (540, 1020)),
        ("Exits", "Stop loss: none", "2,260 USDC (−10 %)", "stop_loss", Decimal(2260)),
        ("Limits", "Maximum loss: 5.00 %", "none", "max_loss", None),
        ("Limits", "Maximum loss sells: as all limits", "yes", "loss_sells", True),
        ("Execution", "Trades at once: no", "yes", "taker", True),
        ("Profit kept", "Profit in coin: no", "yes", "profit_in_coin", True),
    ],
)
async def test_a_value_is_chosen_by_a_press(
    world: World, page: str, figure: str, pressed: str, field: str, value: object
) -> None:
    await world.says(LINE)
    before = await _started(world, page, figure, pressed)

    assert getattr(before, field) == value
    assert before.symbol == "ETH_USDC"
    if field != "grids":
        assert before.grids == 3


async def _started(world: World, page: str, figure: str, pressed: str) -> GridSpec:
    await _pages(world)
    await world.clicks(page)
    await world.clicks(figure)
    world.time.pass_by(1)
    await world.clicks(pressed)
    await world.clicks("Start")
    return world.trader.account().grids[GridId(1)].spec


async def test_a_shift_that_is_chosen_there_goes_no_farther_than_one_that_is_typed(world: World) -> None:
    await world.says(LINE)
    spec = await _started(world, "Adapting", "Ladder shift: none", "up")

    assert spec.shift_high is not None


async def test_what_says_more_of_something_is_offered_once_that_is_on_and_ends_with_it(world: World) -> None:
    await world.says(LINE + " trail=3% trailfrom=2800")
    await _pages(world)
    await world.clicks("Exits")
    assert "Trailing from: 2,800 USDC" in await world.labels()

    await world.clicks("Trailing take-profit: 3.00 %")
    world.time.pass_by(1)
    await world.clicks("none")
    await _pages(world)
    await world.clicks("Exits")
    labels = await world.labels()
    assert "Trailing take-profit: none" in labels
    assert not any(label.startswith("Trailing from") for label in labels)


async def test_another_kind_of_grid_asks_for_what_it_needs(world: World) -> None:
    await world.says(LINE)
    await _pages(world)
    await world.clicks("Range")
    await world.clicks("Spacing: interval")
    (asked,) = (await world.clicks("geometric"))[-1:]
    assert "Lower end" in asked
    world.time.pass_by(1)
    await world.says("2000")
    world.time.pass_by(1)
    (shown,) = (await world.says("3000"))[-1:]

    assert "Buys from 2,000.00, sells up to 3,000.00" in shown


async def test_a_lever_without_what_it_acts_on_is_refused_under_a_preview_and_not_offered_there(world: World) -> None:
    """A sale at a take profit that nobody set stood in the preview's line, and did nothing."""
    await world.says("/grid ETH_USDC takesell=yes trail=3% trailfrom=2600")
    assert "Start" in await world.labels()

    [said] = await world.says("stopsell=yes")

    assert said.startswith("stopsell says more of stop, which is not set")
    assert (await world.says("/grid ETH_USDC takesell=yes"))[0].startswith("takesell does nothing alone")
    assert "Start" in (await world.says("stop=1700 stopsell=yes"), await world.labels())[1]
