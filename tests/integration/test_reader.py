"""Facts become events once, by whatever road they come; what nobody can explain is waited for and never sent again."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.paper import upkeep
from exchange.paper.faults import FaultMode
from exchange.paper.records import NewOrder
from strategy.messages.notices import FillTold, MovementSeen
from strategy.model.levels import Level, Wait
from strategy.model.market import Asset, Side
from strategy.model.orders import Order
from strategy.reconcile.recovery import LAG, in_limbo
from tests.builders import ETH_USDC, NOW
from tests.integration.running import KEY, World, a_trading_world, a_while, assert_books, assert_whole


def order_at(world: World, price: int) -> Order:
    """The live order of the grid at this price."""
    return next(order for order in world.grid.live if order.price == price)


def level_at(world: World, buy_price: int) -> Level:
    """The level that buys at this price."""
    return next(level for level in world.grid.levels.values() if level.buy_price == buy_price)


def a_foreign_buy(world: World, *, price: int = 1950, client_id: int | None = None, quantity: str = "0.1") -> int:
    """An order that the owner made by hand; its id at the venue."""
    new = NewOrder(
        symbol=ETH_USDC, side=Side.BUY, price=Decimal(price), quantity=Decimal(quantity), client_id=client_id
    )
    return world.venue.place(KEY, new).id


# What became of orders


async def test_a_vanished_order_is_explained_by_its_fills() -> None:
    world = await a_trading_world(stream=False)
    world.venue.walk(ETH_USDC, Decimal(1970))
    assert level_at(world, 1980).side is Side.BUY
    await world.tick()

    assert level_at(world, 1980).side is Side.SELL
    await world.tick()
    assert_whole(world)


async def test_a_vanished_order_that_was_cancelled_by_hand_is_explained_by_the_history_and_replaced() -> None:
    world = await a_trading_world(stream=False)
    gone = order_at(world, 1900)
    world.venue.cancel(KEY, ETH_USDC, client_id=gone.client_id)
    await world.tick(2)

    assert order_at(world, 1900).client_id != gone.client_id
    assert_whole(world)


async def test_with_a_history_that_lags_a_vanished_order_is_waited_for_and_not_replaced() -> None:
    world = await a_trading_world(stream=False)
    sent = len(world.road.sent)
    world.venue.choices.history_lag = 60_000
    world.venue.walk(ETH_USDC, Decimal(1970))
    await world.tick(3)
    assert level_at(world, 1980).wait is Wait.LIMBO
    assert len(world.road.sent) == sent

    await world.tick(25)
    assert level_at(world, 1980).side is Side.SELL
    assert_whole(world)


async def test_a_cancelled_order_whose_fills_are_not_shown_yet_keeps_its_level_waiting_for_them() -> None:
    world = await a_trading_world(stream=False)
    order = order_at(world, 1980)
    world.venue.listing(ETH_USDC).book.part = lambda remaining: (remaining / 2).quantize(Decimal("0.0001"))
    world.venue.walk(ETH_USDC, Decimal(1970))
    world.venue.walk(ETH_USDC, Decimal(1990))
    world.venue.choices.history_lag = 60_000
    world.venue.cancel(KEY, ETH_USDC, client_id=order.client_id)
    sent = len(world.road.sent)
    await world.tick(2)
    assert level_at(world, 1980).wait in (Wait.FILLS, Wait.LIMBO)
    assert len(world.road.sent) == sent

    await world.tick(25)
    assert order_at(world, 1980).quantity == order.quantity - level_at(world, 1980).done
    assert_whole(world)


@pytest.mark.parametrize(
    ("mode", "more", "arrived"),
    [
        (FaultMode.LOSE_ANSWER, {}, True),
        (FaultMode.LOSE_REQUEST, {}, False),
        (FaultMode.STATUS, {"status": 503, "processed": True}, True),
        (FaultMode.STATUS, {"status": 500}, False),
        (FaultMode.STATUS, {"status": 504}, False),
        (FaultMode.STATUS, {"status": 202}, True),
    ],
)
async def test_an_unknown_outcome_freezes_its_level_alone_until_the_exchange_or_the_witnesses_know(
    mode: FaultMode, more: dict[str, Any], arrived: bool
) -> None:
    world = await a_trading_world(stream=False)
    sent = len(world.road.sent)
    world.road.go_wrong(mode, "POST", **more)
    await world.trade(1970)
    assert len(world.road.sent) == sent + 1
    assert level_at(world, 1980).wait is Wait.LIMBO

    await world.tick(4)
    assert bool(in_limbo(world.account)) is not arrived
    (lost,) = [order.client_id for order in world.road.sent[sent]]
    assert len([1 for orders in world.road.sent for order in orders if order.client_id == lost]) == 1
    assert len(world.road.sent) == sent + 1

    await world.tick(16)
    assert not in_limbo(world.account)
    assert_whole(world)


async def test_a_level_in_limbo_holds_up_no_other_level() -> None:
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(1970)
    limbo = level_at(world, 1980)
    await world.trade(1930)
    assert (limbo.wait, level_at(world, 1980).wait) == (Wait.LIMBO, Wait.LIMBO)
    assert level_at(world, 1940).side is Side.SELL
    assert order_at(world, 1980).client_id == level_at(world, 1940).order


async def test_an_order_that_arrives_after_it_was_given_up_is_cancelled() -> None:
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(2070)
    (lost,) = in_limbo(world.account)
    await world.tick(40)
    assert lost.client_id not in world.grid.orders, "given up and forgotten"

    await world.road.arrive([lost])
    await world.tick()
    assert world.road.cancelled == [lost.client_id]
    await world.tick()
    assert world.account.halt is None
    assert_books(world)


# Fills


async def test_a_fill_that_the_stream_brought_is_booked_before_any_tick_and_confirmed_by_the_next() -> None:
    world = await a_trading_world()
    await world.walk(1970)
    assert level_at(world, 1980).side is Side.SELL
    assert len(world.told(FillTold)) == len(world.held.fills)

    await world.tick(5)
    assert len(world.told(FillTold)) == len(world.held.fills)
    assert_whole(world)


async def test_with_the_stream_dead_everything_works_at_the_speed_of_the_ticks() -> None:
    world = await a_trading_world(stream=False)
    for price in (1970, 1930, 2030, 2070, 1990):
        await world.trade(price)
        await world.tick()
    assert_whole(world)
    assert len(world.told(FillTold)) == len(world.held.fills)


async def test_a_fill_of_an_order_that_memory_has_forgotten_is_ours_by_the_journal() -> None:
    world = await a_trading_world(stream=False)
    order = order_at(world, 1980)
    world.venue.choices.history_lag = LAG
    world.venue.walk(ETH_USDC, Decimal(1970))
    await world.kill()
    account = world.store.load("main")
    assert account is not None
    world.now += LAG + 1
    await world.begin_again()
    await world.tick()
    told = [one for one in world.told(FillTold) if one.price == order.price]
    assert [one.level for one in told] == [order.level]
    assert_books(world)


async def test_fills_are_read_from_a_while_before_the_newest_and_not_from_the_beginning() -> None:
    world = await a_trading_world(stream=False)
    await world.trade(1970)
    await world.kill()
    world.now += 3 * LAG
    await world.begin_again()
    world.venue.walk(ETH_USDC, Decimal(2030))
    await world.tick()
    newest = max(fill.at for fill in world.held.fills)
    world.now += 60_000
    await world.tick(4)
    assert world.road.asked_since[-1] == newest - LAG > NOW


async def test_a_quiet_tick_costs_the_same_calls_however_many_orders_there_are() -> None:
    world = await a_trading_world(stream=False)
    calls: list[str] = []
    take = world.road.faults.take
    world.road.faults.take = lambda call: [calls.append(call), take(call)][1]  # type: ignore[method-assign,func-returns-value]
    await world.tick()
    assert sorted(calls) == ["GET /api/v1/depth", "GET /api/v1/orders"]


# What changes seldom


async def test_deposits_and_withdrawals_are_booked_and_told_once() -> None:
    world = await a_trading_world()
    world.now += 1000
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal("250.25"))
    upkeep.transfer(world.venue, KEY, Asset("SOL"), Decimal(3))
    for _ in range(3):
        world.now += 60_000
        await world.app.reader.reconcile()

    assert [(one.asset, one.amount) for one in world.told(MovementSeen)] == [("USDC", Decimal("250.25")), ("SOL", 3)]
    assert_whole(world)


async def test_other_fees_are_seen_within_the_minute() -> None:
    world = await a_trading_world()
    upkeep.set_fees(world.venue, KEY, maker_bps=Decimal(3), taker_bps=Decimal(5))
    await world.app.reader.reconcile()
    assert world.account.fees.maker == Decimal("0.0003")


async def test_what_a_trade_has_just_taken_is_no_withdrawals_fee_though_it_is_the_very_same_sum() -> None:
    """No history tells of the trade yet. It has moved the coins, too; where they never agree, the sum tells at last."""
    world = await a_trading_world()
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(-20), fee=Decimal("1.5"))
    world.held.change(Asset("USDC"), Decimal("-1.5"))
    world.held.change(Asset("ETH"), Decimal("0.0007"))
    for _ in range(3):
        await world.app.reader.reconcile()
        await world.tick(15)
    assert [str(one.amount) for one in world.told(MovementSeen)] == ["-20"]

    for _ in range(3):
        await world.app.reader.reconcile()
        await world.tick(25)
    assert [str(one.amount) for one in world.told(MovementSeen)] == ["-20", "-1.5"]


@pytest.mark.parametrize(("on_top", "told"), [(True, ["-20", "-1.5"]), (False, ["-20"])])
async def test_a_withdrawals_fee_is_told_as_one_where_it_came_on_top(*, on_top: bool, told: list[str]) -> None:
    world = await a_trading_world()
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(-20), fee=Decimal("1.5"), on_top=on_top)
    for _ in range(2):
        await world.app.reader.reconcile()
        await world.tick(25)

    seen = world.told(MovementSeen)
    assert [str(one.amount) for one in seen] == told
    assert [one.fee for one in seen] == [False, True][: len(told)]
    assert_books(world)


async def test_balances_are_fresh_with_the_stream_and_what_is_lent_stays() -> None:
    world = await a_trading_world()
    upkeep.lend(world.venue, KEY, Asset("USDC"), Decimal(1000))
    await world.app.reader.reconcile()
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(7))
    await a_while()
    held = world.account.balances[Asset("USDC")]
    assert held.lent == 1000
    assert held.available == world.held.balances[Asset("USDC")].available


@pytest.mark.parametrize("later", [2 * LAG, 50 * 86_400_000])
async def test_a_fill_that_could_not_be_read_when_it_was_new_is_found_by_what_the_balances_lack(later: int) -> None:
    world = await a_trading_world(stream=False)
    by_hand = str(a_foreign_buy(world, price=2010, client_id=7))
    world.road.unreadable.add(by_hand)
    await world.tick(25)
    world.now += later
    a_foreign_buy(world, price=2010, client_id=8)
    await world.tick(5)
    world.road.unreadable.clear()
    await world.tick(5)
    assert world.account.expected[Asset("ETH")] != world.venue.accounts[KEY].balance(Asset("ETH")).total

    for _ in range(5):
        await world.app.reader.reconcile()
        await world.tick(25)
    assert world.account.expected[Asset("ETH")] == world.venue.accounts[KEY].balance(Asset("ETH")).total
