"""The ways of stopping a grid: what each is offered with, what is done by its button, and by which book it goes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.port import Offer
from strategy.model.grid import Phase
from tests.integration.chat_world import World, a_grid, hold_coins

D = Decimal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_every_way_of_stopping_is_offered_with_its_result_and_done_by_its_button(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    labels = ["Stop", "Stop and sell", "Sell slowly", "Wait for break-even", "Pause buying only", "Back"]

    [said] = await world.says("/stop")
    assert await world.labels() == labels
    assert all(
        said.count(label) == 1
        for label in ("Stop and sell", "Sell slowly", "break-even of these coins, ", "Pause buying")
    )
    [done] = await world.clicks("Pause buying only")
    assert "stops buying" in done
    assert world.trader.asked[-1] == f"pause {number} buying"
    assert "Buying is paused" in (await world.says(f"/status {number}"))[0]

    await world.says(f"/stop {number} slowly")
    await world.clicks("Sell slowly")
    assert world.trader.asked[-1] == f"stop {number} sell slowly"
    assert "sold slowly" in (await world.says(f"/status {number}"))[0]
    await world.says(f"/stop {number} breakeven")
    await world.clicks("Wait for break-even")
    assert world.trader.asked[-1] == f"stop {number} sell break_even"
    assert "wait for break-even" in (await world.says(f"/status {number}"))[0]


@pytest.mark.parametrize(("way", "label"), [("sell", "Sell at once"), ("breakeven", "Wait for break-even")])
async def test_a_grid_that_has_stopped_is_not_said_to_be_stopping_when_its_coins_are_sold(
    world: World, way: str, label: str
) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    world.trader.set(grids={number: replace(world.trader.account().grids[number], phase=Phase.STOPPED)})
    await world.says(f"/stop {number} {way}")

    said = await world.clicks(label)
    assert any("has stopped already" in one for one in said)
    assert not any("orders are being cancelled" in one for one in said)


async def test_buying_is_paused_by_typing_it_and_resumed_like_any_pause(world: World) -> None:
    number = await a_grid(world)

    await world.says(f"/pause {number} buying")
    assert world.trader.asked[-1] == f"pause {number} buying"
    await world.says("/resume")
    assert world.trader.asked[-1] == f"resume {number}"
    await world.says("/pause buying")
    assert world.trader.asked[-1] == f"pause {number} buying"


BOOK = {
    "en": ("order book shows buyers for only 0.04 of 0.09969 ETH", "no buyers of ETH", "could not be read"),
    "zh": ("订单簿只够卖 0.04 ETH，共 0.09969 ETH", "没有人买 ETH", "读不到订单簿"),
}


@pytest.mark.parametrize("language", BOOK)
async def test_what_a_sale_brings_goes_by_the_book_of_this_moment(world: World, language: str) -> None:
    thin, empty, unread = BOOK[language]
    await hold_coins(world, await a_grid(world))
    await world.says(f"/language {language}")
    assert unread in (await world.says("/stop"))[0]

    world.trader.bids = [Offer(price=D(2510), quantity=D("0.04")), Offer(price=D(2500), quantity=D(9))]
    deep = (await world.says("/stop"))[0]
    assert "249.15" in deep, "0.04 at 2,510 and 0.0596 at 2,500, less 0.1 %: the rest is less than a step"
    assert "2,504.01" in deep
    assert unread not in deep

    world.trader.bids = world.trader.bids[:1]
    assert thin in (await world.says("/stop"))[0]
    world.trader.bids = []
    assert empty in (await world.says("/stop"))[0]
