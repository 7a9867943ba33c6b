"""Trades whose numbers the exchange has given before, or gives to both sides: none is lost, none is booked twice."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.paper.listing import FIRST_TRADE_ID
from strategy.model.ledger import FillEntry
from strategy.model.market import Side
from strategy.model.orders import Fill
from tests.builders import ETH_USDC
from tests.integration.running import World, a_trading_world, assert_whole


def booked(world: World) -> Counter[tuple[str, str]]:
    """The fills of the ledger."""
    return Counter(entry.fill.mark for entry in world.store.entries("main") if isinstance(entry, FillEntry))


async def take(world: World, *fills: Fill) -> None:
    """The reader is shown these."""
    world.app.reader.take_fills(fills)
    await world.app.runner.settled()


async def a_fill_of_anothers(world: World) -> Fill:
    """A trade that the owner made by hand, booked."""
    await world.walk(1970)
    ours = (await world.road.fills(0))[-1]
    world.now += 60 * 60_000
    made = replace(ours, key=f"{ETH_USDC}:7", trade_id=7, order_id="70", client_id=None, at=world.now - 1)
    await take(world, made)
    return made


@pytest.mark.parametrize("stream", [True, False])
async def test_a_market_that_counts_its_trades_anew_loses_no_fill(*, stream: bool) -> None:
    """A fill under a number that the ledger knew was taken for the old one: its level waited for it for ever."""
    world = await a_trading_world(stream=stream)
    await world.walk(1970)
    await world.tick(2)
    assert_whole(world)

    for price in (2110, 1890, 2110):
        world.venue.listing(ETH_USDC).next_trade_id = FIRST_TRADE_ID
        await world.walk(price)
        await world.tick(5)
        assert_whole(world)

    numbers = Counter(fill.trade_id for fill in world.held.fills)
    assert max(numbers.values()) > 1
    assert sum(booked(world).values()) == len(world.held.fills)


async def test_two_orders_that_met_have_their_parts_under_one_number() -> None:
    world = await a_trading_world(stream=False)
    made = await a_fill_of_anothers(world)
    other = replace(made, order_id="71", side=Side.SELL if made.side is Side.BUY else Side.BUY)

    for _ in range(2):
        await take(world, made, other)
        await take(world, other)

    assert booked(world)[made.mark] == booked(world)[other.mark] == 1


async def test_an_order_that_is_called_otherwise_one_day_has_its_old_fills_booked_once() -> None:
    world = await a_trading_world(stream=False)
    made = await a_fill_of_anothers(world)
    before = sum(booked(world).values())

    await take(world, replace(made, order_id="7000000001"))
    assert sum(booked(world).values()) == before

    await take(world, replace(made, order_id="7000000001", price=made.price + Decimal(1)))
    assert sum(booked(world).values()) == before + 1
