"""Every refusal of a grid that there is comes with the button that mends it, or with the way to where it is mended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.model.grid import Phase
from strategy.model.orders import GridId
from tests.integration.chat_world import World, a_grid

ONE = GridId(1)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        await a_grid(running)
        yield running


MENDED = {
    "/tune 1 stop=2600": ("reached already", "Use 2,259.09", "stop: none → 2,259.09"),
    "/tune 1 stop=2600 usdc=40": ("reached already", "Use 2,259.09", "usdc: 50 → 40"),
    "/tune 1 take=2400": ("reached already", "Use take=off", "Nothing changes"),
    "/tune 1 usdc=5000": ("That needs", "Use 300", "usdc: 50 → 300"),
    "/tune 1 usdc=1": ("too small", "Use 2.79", "usdc: 50 → 2.79"),
    "/tune 1 out=0.01%": ("lose", "Use 0.40 %", "Nothing changes"),
    "/tune 1 trail=3%": ("needs a price", "Use trail=off", "Nothing changes"),
    "/tune 1 grids=500": ("does not fit", "Use grids=200", "The lowest level"),
    "/tune 1 usd=60": ("I don't know the setting", "Use usdc=60", "usdc: 50 → 60"),
    "/tune 1 stop=1,000": ("has a comma", "Use stop=1000", "stop: none → 1,000"),
    "/tune 1 again=4h": ("from 24 to", "Use again=24h", "again: none → 24 h"),
    "/tune 1 fall=0.4": ("in two ways", "Use fall=0.4%", "fall: none → 0.40 %"),
    "/risk orders=9999": ("does not fit", "Use orders=1000", "/risk daily=200"),
    "/grid ETH_USDC interval=40 gridz=3": ("Did you mean grids", "Use grids=3", "ETH_USDC, 3 levels"),
}


@pytest.mark.parametrize("typed", MENDED)
async def test_a_refusal_is_mended_with_a_tap(world: World, typed: str) -> None:
    why, label, done = MENDED[typed]

    said = await world.says(typed)
    assert why in said[0]
    assert label in await world.labels()

    said = await world.clicks(label)
    assert done in said[-1]


LEADS = {
    "/tune 7": ("Grid 1 · ETH_USDC", "Grid 1 (ETH_USDC) now, version 1:"),
    "/tune 1 back": ("Tune", "Grid 1 (ETH_USDC) now, version 1:"),
    "/orders 7": ("Grid 1 · ETH_USDC", "Grid 1"),
    "/fills 7": ("Grid 1 · ETH_USDC", "fill"),
    "/pnl 7": ("Grid 1 · ETH_USDC", "Grid 1"),
    "/status 7": ("Grid 1 · ETH_USDC", "Grid 1"),
    "/stop 7": ("Grid 1 · ETH_USDC", "Stop grid 1"),
    "/pause 7": ("Grid 1 · ETH_USDC", "Grid 1"),
    "/resume 1": ("Status", "Grid 1"),
}


@pytest.mark.parametrize("typed", LEADS)
async def test_what_no_figure_mends_leads_to_where_it_can_be(world: World, typed: str) -> None:
    label, shown = LEADS[typed]

    await world.says(typed)
    assert label in await world.labels()
    await world.clicks(label)

    assert shown in (await world.written())[-1]


@pytest.mark.parametrize(
    ("limit", "label"),
    [
        ({"stop_loss": Decimal(2600)}, "Use 2,259.09"),
        ({"take_profit": Decimal(2400)}, "Use take=off"),
        ({"trail": Decimal("0.03"), "trail_from": Decimal(2400)}, "Use trail=off"),
    ],
)
async def test_a_grid_that_may_not_trade_on_is_mended_and_trades_on(
    world: World, limit: dict[str, Decimal], label: str
) -> None:
    grid = world.trader.account().grids[ONE]
    peak = replace(grid.adapted, peak=Decimal(9000)) if "trail" in limit else grid.adapted
    spec = replace(grid.spec, **limit)  # type: ignore[arg-type]  # each field gets what it takes
    stopped = replace(grid, phase=Phase.PAUSED, orders={}, spec=spec, adapted=peak)
    world.trader.set(grids={ONE: stopped})

    await world.says("/resume 1")
    assert "reached already" in (await world.written())[-1]
    await world.clicks(label)
    if "Apply" in await world.labels():
        await world.clicks("Apply")
    assert await world.labels() == ["Put back", "Resume"]
    await world.clicks("Resume")

    assert world.trader.asked[-1] == "resume 1"


async def test_a_maximum_loss_that_is_reached_is_raised_by_what_was_left_of_it(world: World) -> None:
    grid = world.trader.account().grids[ONE]
    lost = replace(grid.books, grid_profit=-grid.money * Decimal("0.062"))
    world.trader.set(grids={ONE: replace(grid, phase=Phase.PAUSED, orders={}, books=lost)})

    await world.says("/resume 1")

    assert "The maximum loss" in (await world.written())[-1]
    assert await world.labels() == ["Use 12.00 %", "Use maxloss=off"]
