"""Balances come by two roads, and are asked for by several: what counts is the newest, not what is answered last."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from exchange.news import BalanceSeen
from exchange.paper.faults import FaultMode
from strategy.model.market import Asset, Balance
from strategy.reconcile.recovery import in_limbo
from tests.builders import ETH
from tests.integration.running import World, a_while, assert_whole
from tests.integration.test_lists_alone import a_picky_world

USDC = Asset("USDC")


def shown(world: World) -> dict[Asset, Balance]:
    """What the program knows of the two that it trades."""
    return {asset: replace(world.account.balances[asset], lent=Decimal(0)) for asset in (USDC, ETH)}


def there(world: World) -> dict[Asset, Balance]:
    """What the venue has of them."""
    held = world.held.balances
    return {asset: Balance(available=held[asset].available, locked=held[asset].locked) for asset in (USDC, ETH)}


async def test_an_answer_from_before_a_fill_does_not_take_back_what_the_stream_told_of_it() -> None:
    """It was asked for before the fill, and answered after: the balances of before it stood until the next minute."""
    world, road = await a_picky_world(stream=True)
    road.balances_come.clear()
    reading = asyncio.create_task(world.app.reader.read_balances())
    await a_while()
    before = there(world)
    await world.walk(1970)
    assert there(world) != before
    road.balances_come.set()
    await reading

    assert shown(world) == there(world)
    assert_whole(world)


async def test_what_was_told_before_they_were_asked_for_is_in_the_answer() -> None:
    world, _ = await a_picky_world(stream=True)
    await world.walk(1970)
    world.held.balances[USDC] = replace(world.held.balances[USDC], available=Decimal(5_000))
    await world.app.reader.read_balances()

    assert shown(world) == there(world)


async def test_an_asset_that_the_answer_does_not_have_yet_is_as_it_was_told() -> None:
    world, road = await a_picky_world(stream=True)
    road.balances_come.clear()
    reading = asyncio.create_task(world.app.reader.read_balances())
    await a_while()
    world.app.reader.hear(BalanceSeen(asset=Asset("SOL"), balance=Balance(available=Decimal(3)), at=world.now))
    road.balances_come.set()
    await reading

    assert world.account.balances[Asset("SOL")].total == 3


async def test_news_that_come_after_newer_ones_bring_no_old_balance_back() -> None:
    world, _ = await a_picky_world(stream=True)
    now = there(world)[USDC]
    world.now += 500
    world.app.reader.hear(BalanceSeen(asset=USDC, balance=now, at=world.now - 100))
    world.app.reader.hear(BalanceSeen(asset=USDC, balance=Balance(available=Decimal(1)), at=world.now - 200))
    await world.app.runner.settled()

    assert shown(world) == there(world)


async def test_a_balance_from_the_future_does_not_silence_those_that_follow() -> None:
    """The exchange's clock was ahead for a moment: until it was that late nothing would have been news."""
    world, _ = await a_picky_world(stream=True)
    world.app.reader.hear(BalanceSeen(asset=USDC, balance=Balance(available=Decimal(1)), at=world.now + 3_600_000))
    world.app.reader.hear(BalanceSeen(asset=USDC, balance=there(world)[USDC], at=world.now))
    await world.app.runner.settled()

    assert shown(world) == there(world)


async def test_what_the_witnesses_of_an_order_in_doubt_asked_for_before_counts_no_more() -> None:
    world, road = await a_picky_world()
    road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(1970)
    assert in_limbo(world.account)
    road.balances_come.clear()
    ticks = asyncio.create_task(world.tick(13))
    while not road.waiting:
        await a_while()
    late, road.balances_come = road.balances_come, asyncio.Event()
    road.balances_come.set()
    world.held.change(USDC, Decimal(7))
    world.venue.clearing.commit(world.held)
    await world.app.reader.read_balances()
    late.set()
    await ticks
    await a_while()

    assert world.account.balances[USDC].total == there(world)[USDC].total
