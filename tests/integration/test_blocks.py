"""A block of client ids comes to its end: another one is taken in time, and what rests under the old one stays ours."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.account import blocks
from bot.account.blocks import ALMOST_FULL, free_block
from exchange.paper.faults import FaultMode
from exchange.paper.records import NewOrder
from strategy.draft import Step
from strategy.messages.notices import GridParked
from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.orders import BLOCK_SIZE, BLOCKS, following
from tests.builders import ETH_USDC, a_range
from tests.integration.running import KEY, World, a_trading_world, a_while, assert_books, assert_whole, ours

WAY = (1960, 1930, 2000, 1950, 2010, 1940, 2000, 1930, 2050, 2000)


async def almost_full(world: World, left: int = 1) -> int:
    """Its block has so many ids left before another one is to be taken; which block that is."""
    app = world.app
    app.runner.account = replace(app.runner.account, next_id=ALMOST_FULL - left)
    return world.account.block


def a_buy(world: World, client_id: int, price: int = 1955) -> int:
    new = NewOrder(symbol=ETH_USDC, side=Side.BUY, price=Decimal(price), quantity=Decimal("0.1"), client_id=client_id)
    return world.venue.place(KEY, new).id


@pytest.mark.parametrize("left", [2, 10, BLOCK_SIZE - ALMOST_FULL])
async def test_a_start_over_a_block_that_is_used_up_takes_another_although_its_orders_rest(left: int) -> None:
    world = await a_trading_world()
    block, resting = world.account.block, set(world.held.open)
    await world.kill()
    account = world.store.load("main")
    assert account is not None
    world.store.save(account, [Step(account=replace(account, next_id=BLOCK_SIZE - left))])
    await world.begin_again()

    assert (world.account.block, world.account.next_id, world.account.earlier) == (following(block), 1, (block,))
    assert set(world.held.open) == resting
    for price in WAY:
        await world.trade(price)
    await world.tick(2)
    assert not world.told(GridParked)
    assert {order.client_id // BLOCK_SIZE for order in world.grid.live} == {block, following(block)}
    assert world.account.halt is None
    assert not world.account.foreign
    assert_whole(world)


async def test_while_it_runs_another_block_is_taken_before_the_old_one_is_full_and_written_before_it_is_used() -> None:
    world = await a_trading_world()
    block = await almost_full(world)
    sent = len(world.road.sent)
    for price in WAY:
        await world.trade(price)
    stored = world.store.load("main")

    assert stored is not None
    assert (stored.block, stored.earlier) == (following(block), (block,))
    fresh = [one for orders in world.road.sent[sent:] for one in orders]
    assert {one.client_id // BLOCK_SIZE for one in fresh[2:]} == {following(block)}
    assert len(ours(world)) == len(world.held.open)
    assert_whole(world)
    await world.kill()
    await world.begin_again()
    for price in WAY:
        await world.trade(price)
    assert world.account.halt is None
    assert_whole(world)


async def test_coins_are_sold_at_the_stop_whatever_is_left_of_the_block() -> None:
    world = World()
    await world.begin()
    await world.start(a_range(1900, 2100, 5, stop_loss=Decimal(1800), stop_sells=True))
    await world.tick(2)
    await world.kill()
    account = world.store.load("main")
    assert account is not None
    world.store.save(account, [Step(account=replace(account, next_id=BLOCK_SIZE - 1))])
    await world.begin_again()
    await world.trade(1790)
    await world.tick(4)

    assert world.grid.phase is Phase.STOPPED
    assert not world.grid.coins


@pytest.mark.parametrize("mode", [FaultMode.LOSE_REQUEST, FaultMode.LOSE_ANSWER])
async def test_an_answer_that_was_lost_under_the_old_block_is_found_out_under_the_new_one(mode: FaultMode) -> None:
    world = await a_trading_world(stream=False)
    block = await almost_full(world, left=1)
    world.road.go_wrong(mode, "POST")
    await world.walk(1970)
    await world.tick()
    [lost] = [order for order in world.grid.live if order.is_in_limbo]
    await world.tick()
    assert (lost.client_id // BLOCK_SIZE, world.account.block) == (block, following(block))
    await world.tick(30)

    assert not world.grid.derived.unclear
    assert world.account.halt is None
    assert_whole(world)


async def test_an_answer_that_was_lost_before_a_restart_took_another_block_is_found_out_as_well() -> None:
    world = await a_trading_world(stream=False)
    block = world.account.block
    world.road.back.clear()
    await world.trade(1970)
    await world.kill()
    account = world.store.load("main")
    assert account is not None
    world.store.save(account, [Step(account=replace(account, next_id=BLOCK_SIZE - 1))])
    await world.begin_again()
    await world.tick(30)

    assert (world.account.block, world.account.halt) == (following(block), None)
    assert_whole(world)


async def test_an_id_of_the_old_block_that_nobody_wrote_down_is_still_a_strangers() -> None:
    world = await a_trading_world()
    block = await almost_full(world)
    for price in WAY:
        await world.trade(price)
    stranger = a_buy(world, block * BLOCK_SIZE + 600_000)
    await world.tick(2)
    assert world.account.halt is Halt.STRANGERS
    world.app.runner.account = replace(world.account, next_id=ALMOST_FULL + 1)
    await world.tick()
    assert world.account.block == following(block), "the owner has to find them until he has chosen"
    await world.app.trader.settle_strangers(cancel=False)
    await a_while()
    await world.tick(3)

    assert stranger in world.held.open
    settled = world.account
    assert (settled.halt, settled.earlier) == (None, ())


async def test_a_block_that_follows_and_is_somebody_elses_is_not_taken() -> None:
    world = await a_trading_world()
    block = await almost_full(world, left=0)
    world.app.runner.account = replace(world.account, earlier=(following(block),))
    await world.tick()

    assert world.account.block not in (block, following(block))
    assert_books(world)


def test_a_new_block_is_not_next_to_one_that_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    found = set()
    for first in range(BLOCKS):
        monkeypatch.setattr(blocks, "secrets", _Chance(first))
        found.add(free_block(world.store, "main", [7 * BLOCK_SIZE + 1, (BLOCKS - 1) * BLOCK_SIZE]))

    assert found == set(range(1, BLOCKS)) - {6, 7, 8, BLOCKS - 2, BLOCKS - 1, 1}


class _Chance:
    def __init__(self, number: int) -> None:
        self._number = number

    def randbelow(self, _: int) -> int:
        return self._number
