"""Who else uses the account: foreign orders are never touched, and ids that nobody wrote down stop all trading."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from bot.account import blocks
from bot.account.startup import LEFT_OUT
from exchange.paper.records import NewOrder, Status, Trigger
from strategy.messages.notices import StrangersTold
from strategy.model.account import Halt
from strategy.model.market import Side
from strategy.model.orders import BLOCK_SIZE, OrderStatus
from tests.builders import ETH_USDC, a_range
from tests.integration.running import KEY, World, a_trading_world, assert_books, ours


def a_foreign_buy(world: World, *, price: int = 1950, client_id: int | None = None, quantity: str = "0.1") -> int:
    """An order that the owner made by hand; its id at the venue."""
    new = NewOrder(
        symbol=ETH_USDC, side=Side.BUY, price=Decimal(price), quantity=Decimal(quantity), client_id=client_id
    )
    return world.venue.place(KEY, new).id


async def test_a_foreign_order_is_shown_and_counted_and_never_touched() -> None:
    world = await a_trading_world()
    foreign = a_foreign_buy(world)
    near = a_foreign_buy(world, client_id=17)
    await world.tick()
    orders = world.app.trader.orders()
    assert {order.order_id for order in orders.foreign} == {str(foreign), str(near)}
    assert world.app.trader.summary().foreign_orders == 2

    await world.app.trader.panic()
    await world.tick(3)
    assert set(world.held.open) == {foreign, near}
    await world.trade(1940)
    assert world.account.halt is None
    assert {fill.fill.price for fill in world.store.entries("main", newest_first=True, limit=2)} == {Decimal(1950)}  # type: ignore[union-attr]
    assert_books(world)


async def test_money_in_a_foreign_order_is_not_free() -> None:
    world = await a_trading_world()
    free = next(line.free for line in world.app.trader.summary().balances if line.asset == "USDC")
    a_foreign_buy(world, price=1800, quantity="1")
    await world.tick()
    await world.app.reader.reconcile()
    assert next(line.free for line in world.app.trader.summary().balances if line.asset == "USDC") == free - 1800


@pytest.mark.parametrize("price", [1700, 1980])
async def test_an_order_under_one_of_our_old_ids_that_is_not_the_one_we_wrote_down_is_a_stranger(price: int) -> None:
    """By its price, or by the exchange's own id, which we know."""
    world = await a_trading_world(stream=False)
    await world.trade(1970)
    old = next(order for order in world.grid.orders.values() if order.price == 1980 and order.side is Side.BUY)
    await world.tick(30)
    assert old.client_id not in world.grid.orders, "over, and forgotten"
    await world.trade(1990)
    before = len(world.road.cancelled)
    stranger = a_foreign_buy(world, price=price, client_id=old.client_id, quantity=str(old.quantity))
    await world.tick(2)

    assert world.account.halt is Halt.STRANGERS
    assert stranger in world.held.open
    assert len(world.road.cancelled) == before


async def test_a_fill_under_an_id_of_our_block_that_nobody_wrote_down_stops_trading() -> None:
    world = await a_trading_world()
    a_foreign_buy(world, price=1990, client_id=world.grid.live[0].client_id + 1000)
    world.venue.walk(ETH_USDC, Decimal(1985))
    await world.tick(4)
    assert world.account.halt is Halt.STRANGERS
    assert [one.fills for one in world.told(StrangersTold)] in ([1], [0])
    assert_books(world)


async def test_an_id_outside_our_block_is_somebody_elses_and_stops_nothing() -> None:
    world = await a_trading_world()
    a_foreign_buy(world, price=1990, client_id=(world.account.block ^ 2) << 20)
    world.venue.walk(ETH_USDC, Decimal(1985))
    await world.tick(4)
    assert world.account.halt is None
    assert_books(world)


# Orders of the owner's own that wait for a price


def a_foreign_trigger(world: World, **changes: Any) -> int:
    """A stop that the owner has set by hand: it sells when the price has fallen; its id at the venue."""
    trigger = Trigger(price=Decimal(1500), quantity=Decimal("0.1"))
    new = NewOrder(symbol=ETH_USDC, side=Side.SELL, trigger=trigger)
    return world.venue.place(KEY, replace(new, **changes)).id


@pytest.mark.parametrize("limit", [None, Decimal(1490)])
@pytest.mark.parametrize("crowd", [1, 100])
async def test_a_foreign_trigger_order_survives_a_panic_and_a_stop(limit: Decimal | None, crowd: int) -> None:
    world = await a_trading_world()
    world.app.runner.dispatcher.crowd = crowd
    foreign = a_foreign_trigger(world, price=limit)
    await world.tick(2)
    assert [order.order_id for order in world.app.trader.orders().foreign] == [str(foreign)]
    await world.app.trader.panic()
    await world.tick(3)
    assert set(world.held.open) == {foreign}

    stopped = await world.start(a_range(lower=1700, upper=2100))
    await world.tick(2)
    assert len(world.held.open) > 1
    await world.app.trader.stop(stopped, sell=False)
    await world.tick(3)
    assert set(world.held.open) == {foreign}
    assert world.account.halt is None
    assert_books(world)


async def test_what_a_foreign_trigger_has_sold_is_booked_as_somebody_elses() -> None:
    world = await a_trading_world()
    a_foreign_trigger(world, trigger=Trigger(price=Decimal(1990), quantity=Decimal("0.05")))
    failed = a_foreign_trigger(world, trigger=Trigger(price=Decimal(1990), quantity=Decimal(900)))
    await world.tick()
    await world.trade(1985)
    await world.tick(4)

    assert world.held.orders[failed].status is Status.TRIGGER_FAILED
    assert world.account.halt is None
    assert_books(world)


@pytest.mark.parametrize("crowd", [1, 100])
async def test_a_foreign_trigger_order_like_an_old_order_of_ours_is_not_cancelled(crowd: int) -> None:
    world = await a_trading_world(stream=False)
    world.app.runner.dispatcher.crowd = crowd
    await world.trade(1970)
    old = next(order for order in world.grid.orders.values() if order.price == 1980 and order.side is Side.BUY)
    await world.tick(30)
    assert old.client_id not in world.grid.orders, "over, and forgotten"
    alike = {"client_id": old.client_id, "price": old.price, "side": old.side}
    foreign = a_foreign_trigger(world, **alike)
    await world.tick(2)
    await world.app.trader.panic()
    await world.tick(3)

    assert set(world.held.open) == {foreign}


# Ids that an older database, or a second installation, has used


async def test_ids_of_our_block_that_the_journal_does_not_know_stop_all_trading_until_the_owner_has_chosen() -> None:
    world = await a_trading_world()
    await world.kill()
    known = world.grid.live[0]
    strange = replace(known, client_id=type(known.client_id)(known.client_id + 500), price=Decimal(1700))
    await world.road.arrive([strange])
    world.venue.walk(known.symbol, Decimal(1970))
    sent = len(world.road.sent)

    await world.begin_again()
    assert world.account.halt is Halt.STRANGERS
    assert [(one.orders, one.fills) for one in world.told(StrangersTold)] == [(1, 0)]
    await world.tick(2)
    assert len(world.road.sent) == sent, "nothing is traded"


@pytest.mark.parametrize("cancel", [True, False])
async def test_strangers_are_left_alone_or_cancelled_and_trading_goes_on_under_a_new_block(cancel: bool) -> None:
    world = await a_trading_world()
    known, block = world.grid.live[0], world.account.block
    strange = replace(known, client_id=type(known.client_id)(known.client_id + 500), price=Decimal(1700))
    await world.kill()
    await world.road.arrive([strange])
    await world.begin_again()
    await world.kill()
    await world.begin_again()
    assert len(world.told(StrangersTold)) == 1, "told once"

    assert await world.app.trader.settle_strangers(cancel=cancel) is None
    await world.trade(1970)
    await world.tick()

    assert world.account.block != block
    assert world.account.halt is None
    resting = {order.client_id for order in world.held.open.values()}
    assert (strange.client_id in resting) is not cancel
    assert len([order for order in world.held.open.values() if world.account.is_ours(order.client_id)]) == 1  # type: ignore[arg-type]
    assert {order.status for order in world.grid.live} == {OrderStatus.OPEN}
    assert len(world.grid.live) == 5
    assert_books(world)


async def test_a_second_database_on_the_same_account_takes_another_block_and_touches_nothing() -> None:
    first = await a_trading_world()
    second = World()
    second.venue, second.held, second.road = first.venue, first.held, type(first.road)(first.venue)
    second.now = first.now
    second.app = second.build()
    await second.begin()
    await second.tick(2)

    assert second.account.block != first.account.block
    assert second.account.halt is None
    assert len(second.account.foreign) == 5
    assert len(ours(first)) == 5
    assert not second.road.cancelled


async def test_an_id_that_a_lost_database_gave_out_on_another_market_is_not_given_out_again() -> None:
    """The old database has no grid there, and the order ended without a fill: the order history alone shows its id."""
    world = World()
    await world.begin()
    block = world.account.block
    await world.kill()
    lost = a_foreign_buy(world, client_id=block * BLOCK_SIZE + world.account.next_id)
    world.venue.cancel(KEY, ETH_USDC, order_id=lost)
    await world.begin_again()

    assert world.account.halt is None
    assert world.account.block != block


@pytest.mark.parametrize(("rests", "unnamed"), [(True, True), (True, False), (False, True), (False, False)])
async def test_ids_that_a_row_which_can_not_be_read_may_have_are_not_given_out_again(
    *, rests: bool, unnamed: bool
) -> None:
    """The old database doesn't know them. They stay in its block: once they can be read they are strangers."""
    world = World()
    await world.begin()
    block, first = world.account.block, world.account.next_id
    await world.kill()
    lost = a_foreign_buy(world, client_id=block * BLOCK_SIZE + first)
    if not rests:
        world.venue.cancel(KEY, ETH_USDC, order_id=lost)
    world.road.unreadable.add(str(lost))
    world.road.unnamed = unnamed
    await world.begin_again()

    assert (world.account.halt, world.account.block) == (None, block)
    assert world.account.next_id >= first + LEFT_OUT
    world.road.unreadable.clear()
    await world.tick(30)
    assert world.account.halt is (Halt.STRANGERS if rests else None)


async def test_a_new_database_takes_no_block_that_the_order_history_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "secrets", SimpleNamespace(randbelow=lambda _: 7))
    world = World()
    old = a_foreign_buy(world, client_id=7 * BLOCK_SIZE + 1)
    world.venue.cancel(KEY, ETH_USDC, order_id=old)
    world.now += 7 * 86_400_000
    await world.begin()

    assert world.account.block == 9  # the one between may be where the older one has gone on
