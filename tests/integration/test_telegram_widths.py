"""An interval that follows a measure, in the chat: shown before it starts, tuned, ended by an interval of one's own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.telegram.typed.wishes import line_of
from strategy.model.orders import GridId
from strategy.model.past import Measure
from tests.integration.chat_world import World

D = Decimal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_it_is_asked_for_shown_and_tuned(world: World) -> None:
    said = await world.says("/grid ETH_USDC width=atr widthin=2d widthtimes=1.5 widthmost=4% grids=3 usdc=50")
    assert "1.5 times the volatility (mean range of an hour, over 48 h), from 0.5 % to 4 %" in said[0]
    assert "no more than a fixed interval" in said[0]
    await world.clicks("Start")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.width, spec.width_hours, spec.width_times) == (Measure.ATR, 48, D("1.5"))

    sheet = (await world.says("/tune 1"))[0]
    assert "Interval follows: atr" in sheet or "width: atr" in sheet
    done = await world.says("/tune 1 width=deviation widthrest=2d")
    assert "atr \u2192 deviation" in done[0]
    assert world.trader.account().grids[GridId(1)].spec.width_rest == 48


async def test_an_interval_of_ones_own_ends_it(world: World) -> None:
    await world.says("/grid ETH_USDC width=\u6807\u51c6\u5dee grids=3 usdc=50")
    await world.clicks("Start")
    await world.says("/tune 1 interval=60")
    await world.clicks("Apply")

    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.width, spec.interval) == (None, D(60))


async def test_an_interval_that_follows_the_volume_goal_stands_beside_one_of_its_own(world: World) -> None:
    refused = await world.says("/grid ETH_USDC interval=60 width=volume grids=3 usdc=50")
    assert "/points goal=50000 budget=12" in refused[0]
    await world.says("/points goal=50000")
    assert "no volume goal with a budget" in (await world.says("/grid ETH_USDC width=volume grids=3 usdc=50"))[0]
    await world.says("/points budget=12")

    said = await world.says("/grid ETH_USDC interval=60 width=volume widthleast=0.4% grids=3 usdc=50")
    assert "The interval follows the volume goal" in said[0]
    assert "down to 0.4 % of the price" in said[0]
    assert "up to its own 60.00 USDC" in said[0]
    await world.clicks("Start")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.width, spec.interval, spec.width_own) == (Measure.VOLUME, D(60), None)
    assert "Grid 1 follows it: 60.00 USDC apart now." in (await world.says("/points"))[-1]
    assert line_of(spec).endswith("width=volume widthleast=0.4%")

    grids = world.trader.account().grids
    moved = replace(grids[GridId(1)], spec=replace(spec, interval=D(40), width_own=D(60)))
    world.trader.set(grids={**grids, GridId(1): moved})
    assert "40.00 USDC apart now, its own: 60.00." in (await world.says("/points"))[-1]
    assert "interval=60" in line_of(moved.spec)

    sheet = (await world.says("/tune 1"))[0]
    assert "widthleast" in sheet
    assert not [name for name in ("widthin", "widthtimes", "widthmost") if name in sheet], "they say nothing of a goal"

    await world.says("/tune 1 width=off")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.width, spec.interval, spec.width_own) == (None, D(40), None)  # it stays as it stands
    await world.says("/tune 1 width=volume")
    await world.says("/tune 1 interval=80")
    await world.clicks("Apply")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.width, spec.interval, spec.width_own) == (Measure.VOLUME, D(80), None)


async def test_a_preview_whose_interval_shall_follow_the_goal_keeps_its_own(world: World) -> None:
    await world.says("/points goal=50000 budget=12")
    await world.says("/grid ETH_USDC interval=60 grids=3 usdc=50")

    followed = (await world.says("width=volume"))[-1]
    assert "up to its own 60.00 USDC" in followed
    assert "after 24 h at the soonest, with a daily goal after 3." in followed
    assert "after 2 h at the soonest. Narrower" in (await world.says("widthrest=2h"))[-1]
    assert "up to its own 70.00 USDC" in (await world.says("interval=70"))[-1]
    assert "times the volatility" in (await world.says("width=atr"))[-1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/grid ETH_USDC width=atr interval=40", "width"),
        ("/grid ETH_USDC width=range", "<code>atr</code>, <code>deviation</code> or <code>volume</code>"),
        ("/grid ETH_USDC width=atr spacing=geometric", "width"),
        ("/grid ETH_USDC width=atr widthtimes=0", "widthtimes"),
    ],
)
async def test_what_can_not_be_is_refused_by_its_name(world: World, line: str, said: str) -> None:
    assert said.replace("<code>", "").replace("</code>", "") in (await world.says(line))[0]
    assert not world.trader.account().grids
