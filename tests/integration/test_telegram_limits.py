"""/risk in the chat: tightening is done at once, loosening is asked about, and what was shown is what is set."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tests.integration.chat_world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_tightening_is_done_at_once_and_shown_before_and_after(world: World) -> None:
    typed = "/risk daily=100 drawdown=10% exposure=3000 exposure.eth=1500 orders=60 trips=20"
    said = "\n".join(await world.says(typed))

    assert "daily: 200 → 100" in said
    assert "drawdown: none → 10.00 %" in said
    assert "exposure.ETH: none → 1,500" in said
    assert "Drawdown limit 10.00 %" in said
    bounds = world.trader.together().bounds
    assert (bounds.drawdown, bounds.exposure, bounds.orders, bounds.trips) == (Decimal("0.1"), Decimal(3000), 60, 20)


async def test_loosening_asks_first_and_is_done_by_a_button(world: World) -> None:
    [asked] = await world.says("/risk daily=off")
    assert "lets more happen" in asked
    assert "daily: 200 → none" in asked
    assert world.trader.account().daily_loss == 200

    await world.clicks("Apply")

    assert world.trader.account().daily_loss is None


async def test_a_coin_that_nobody_trades_is_named(world: World) -> None:
    [said] = await world.says("/risk exposure.XYZ=100")

    assert "XYZ" in said
    assert "no market" in said


@pytest.mark.parametrize("typed", ["maxloss=5%", "stop=1800", "最大亏损=5%"])
async def test_a_limit_of_one_grid_is_sent_to_where_it_is_set(world: World, typed: str) -> None:
    """It was answered with 'I don't know the setting maxloss', which /tune does."""
    [said] = await world.says(f"/risk {typed}")

    assert "set for each grid by itself, with /tune" in said
    assert "Example: /tune 1 " in said
    assert "know the setting daly" in (await world.says("/risk daly=100"))[0]


async def test_for_how_long_stops_are_counted_is_refused_where_none_are(world: World) -> None:
    [said] = await world.says("/risk stopsin=12h")

    assert said.startswith("stopsin says more of stops, which is not set")
    assert said.endswith("/risk stops=3 stopsin=24h")
    assert (await world.says("/risk stops=3 stopsin=12h"))[0].startswith("The limits of all grids together:")
    assert (await world.says("/risk stopsin=24h"))[0].startswith("The limits of all grids together:")
