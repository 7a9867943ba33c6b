"""Rows that can't be read and may be ours: nothing is concluded from them, they are told once, and caught up with."""

from dataclasses import replace
from decimal import Decimal

from exchange.paper.faults import FaultMode
from strategy.messages.by_hand import Listing, RowsUnread
from strategy.messages.notices import FillTold, MarketRestricted, StrangersTold, Trouble
from strategy.model.market import Asset, Symbol
from strategy.reconcile.recovery import as_known, in_limbo
from tests.builders import ETH_USDC
from tests.integration.running import World, a_trading_world, a_while, assert_books, assert_whole
from tests.integration.test_reader import a_foreign_buy, order_at


def told(world: World) -> list[tuple[Listing, bool]]:
    """Which lists the owner was told of, and whether as over."""
    return [(one.listing, one.over) for one in world.told(RowsUnread)]


async def test_an_open_order_that_can_not_be_read_has_not_vanished() -> None:
    world = await a_trading_world(stream=False)
    order = order_at(world, 1900)
    assert order.order_id is not None
    world.road.unreadable.add(order.order_id)
    await world.tick(30)

    assert order_at(world, 1900) == order
    assert told(world) == [(Listing.ORDERS, False)]
    world.road.unreadable.clear()
    await world.tick(65)
    assert told(world) == [(Listing.ORDERS, False), (Listing.ORDERS, True)]
    assert_whole(world)


async def test_a_fill_that_can_not_be_read_is_booked_once_it_can_however_late() -> None:
    world = await a_trading_world(stream=False)
    order = order_at(world, 1980)
    assert order.order_id is not None
    world.road.unreadable.add(order.order_id)
    await world.walk(1970)
    await world.tick(400)

    before = len(world.told(FillTold))
    assert (Listing.FILLS, False) in told(world)
    world.road.unreadable.clear()
    await world.tick(8)
    assert [fill.quantity for fill in world.told(FillTold)[before:]] == [order.quantity]
    assert_books(world)
    assert_whole(world)


async def test_an_order_in_limbo_is_not_given_up_while_a_row_may_be_its() -> None:
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.LOSE_ANSWER, "POST")
    world.venue.cancel("owner", ETH_USDC, client_id=order_at(world, 1900).client_id)
    await world.tick(1)
    (lost,) = in_limbo(world.account)
    arrived = next(one for one in world.held.open.values() if one.client_id == lost.client_id)
    world.road.unreadable.add(str(arrived.id))
    await world.tick(30)
    assert in_limbo(world.account) == (lost,)

    world.road.unreadable.clear()
    await world.tick(2)
    assert order_at(world, 1900).client_id == lost.client_id
    assert_whole(world)


async def test_an_unreadable_order_of_somebody_else_is_nothing_to_tell() -> None:
    world = await a_trading_world(stream=False)
    block = world.account.block * 2**20
    world.road.unreadable.add(str(a_foreign_buy(world, client_id=(block + 2**21) % 2**32 or 1)))
    await world.tick(3)

    assert told(world) == []
    assert not world.told(Trouble)
    assert not world.told(StrangersTold)


async def test_an_unreadable_balance_of_a_grid_is_neither_zero_nor_a_reason_to_stop() -> None:
    world = await a_trading_world(stream=False)
    before = world.account.balances
    world.road.unknown.add(Asset("ETH"))
    await world.app.reader.reconcile()
    await a_while()

    assert world.account.balances == before
    assert told(world) == [(Listing.BALANCES, False)]


async def test_a_balance_that_was_never_read_is_as_the_books_have_it() -> None:
    world = await a_trading_world(stream=False)
    points, usdc = Asset("POINTS"), Asset("USDC")
    account = replace(world.account, expected={**world.account.expected, points: Decimal(3)})
    known = as_known(account, {}, [points, usdc, Asset("NEW")])

    assert known[usdc] == account.balances[usdc]
    assert known[points].total == Decimal(3)
    assert Asset("NEW") not in known


async def test_a_ledger_begins_without_an_asset_that_can_not_be_read_but_never_without_what_is_paid_with() -> None:
    world = World()
    world.road.unknown = {Asset("POINTS"), Asset("USDC")}
    await world.begin()
    assert not world.account.expected

    world.road.unknown.remove(Asset("USDC"))
    await a_while()
    assert Asset("USDC") in world.account.expected


async def test_a_market_that_can_not_be_read_is_told_and_not_taken_for_closed() -> None:
    world = await a_trading_world(stream=False)
    known = world.account.markets[ETH_USDC]
    world.road.unread_markets = {ETH_USDC: "market.filters: missing"}
    await world.app.reader.reconcile()
    await a_while()

    assert world.account.markets[ETH_USDC] == known
    assert world.told(MarketRestricted) == []
    assert told(world) == [(Listing.MARKETS, False)]
    assert_whole(world)


async def test_a_market_that_nobody_uses_and_that_can_not_be_read_is_not_told() -> None:
    world = await a_trading_world(stream=False)
    world.road.unread_markets = {Symbol("SOL_USDC"): "market.filters: missing"}
    await world.app.reader.reconcile()
    await a_while()

    assert told(world) == []
