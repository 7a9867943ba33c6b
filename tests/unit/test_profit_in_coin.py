"""Profit that is kept in coins: a sale sells less by what it earned, and the rest is the grid's."""

from decimal import Decimal
from typing import Any

from strategy.messages.commands import StopGrid
from strategy.messages.notices import FillTold
from strategy.model.grid import Phase
from strategy.model.levels import KEPT, RESIDUE
from strategy.model.market import Side
from strategy.model.money import ZERO
from tests.builders import USDC, a_market, a_range
from tests.promises.core import assert_promises, assert_reservations_are_covered
from tests.venue import KEY
from tests.world import World, a_world

D = Decimal


def a_keeping_world(**wishes: Any) -> World:
    """Ten levels of 100, far apart: a round trip earns some five."""
    return a_world(10, 1000, 2000, price=1500, **{"profit_in_coin": True, **wishes})


def test_a_sale_brings_back_the_next_buy_and_the_rest_is_kept() -> None:
    world = a_keeping_world()
    world.trade(1399)
    before = world.totals[USDC]
    level = world.level(5)
    lot, residue = world.grid.lots[level.id], world.grid.lots.get(RESIDUE)
    world.trade(1501)

    cash, cost = world.totals[USDC] - before, level.buy_price * level.quantity
    assert cost <= cash < cost + D("0.2")
    kept = world.grid.lots[KEPT]
    assert kept.quantity == lot.quantity - cash_coins(world)
    assert D("5") < kept.quantity * 1500 < D(8)
    assert world.grid.kept == kept
    assert world.grid.lots.get(RESIDUE) == residue
    assert_promises(world)
    assert_reservations_are_covered(world)


def cash_coins(world: World) -> Decimal:
    return next(one.quantity for one in reversed(world.notices_of(FillTold)) if one.side is Side.SELL)


def test_the_round_trip_tells_what_it_kept() -> None:
    world = a_keeping_world()
    world.trade(1399)
    world.trade(1501)

    told = world.notices_of(FillTold)[-1]
    assert told.kept == world.grid.kept.quantity > 0
    assert told.trip_profit is not None
    assert told.trip_profit > 0


def test_both_ways_have_the_same_total_to_a_fee() -> None:
    """The coins that were not sold are worth what they would have brought, less the fee of their sale."""
    worlds = [a_world(10, 1000, 2000, price=1500, profit_in_coin=one) for one in (False, True)]
    for world in worlds:
        for price in (1399, 1501, 1399, 1501):
            world.trade(price)

    in_quote, in_coin = (world.grid.total(D(1500)) for world in worlds)
    assert abs(in_quote - in_coin) < D("0.05")
    assert worlds[1].grid.books.coins > worlds[0].grid.books.coins


def test_kept_coins_are_sold_by_no_level_and_take_no_room() -> None:
    world = a_keeping_world()
    for _ in range(30):
        world.trade(1350)
        world.trade(1650)
    kept = world.grid.kept

    assert kept.cost > 100
    world.trade(999)
    world.tick()
    assert all(level.side is Side.SELL for level in world.grid.levels.values())
    assert world.grid.kept == kept
    assert_promises(world)


def test_a_stop_that_sells_sells_them_last_and_all() -> None:
    world = a_keeping_world()
    world.trade(1399)
    world.trade(1501)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(6)

    assert world.phase() is Phase.STOPPED
    assert world.grid.kept.quantity == ZERO
    assert not world.grid.market.fitting(world.grid.coins)
    assert_promises(world)


def test_what_a_cancelled_sale_leaves_unsold_is_residue_and_not_profit() -> None:
    rough = a_market(least="0.05", step="0.001")
    world = World({rough: D(2000)}, money=20_000)
    world.start(a_range(1800, 2200, 4, quote_per_order=D(300), profit_in_coin=True))
    world.tick(2)
    world.fill_in_parts(D("0.7"))
    world.walk(2110)
    for order in list(world.held.open.values()):
        if order.side is Side.SELL and order.executed:
            world.venue.cancel(KEY, world.symbol, order_id=order.id)
    world.pump()

    assert world.grid.lots[RESIDUE].quantity > D("0.03")
    assert 0 < world.grid.kept.quantity < D("0.015")
    assert_promises(world)


def test_a_sale_is_never_smaller_than_the_market_takes() -> None:
    """A level of hardly more than the smallest order: it sells that much, and keeps what is left."""
    world = World({a_market(least="0.055", step="0.001"): D(2000)}, money=20_000)
    world.start(a_range(1800, 2200, 4, quote_per_order=D(118), profit_in_coin=True))
    world.tick(2)
    world.trade(2201)

    assert world.grid.books.round_trips == 2
    sales = [one for one in world.notices_of(FillTold) if one.side is Side.SELL]
    assert min(one.quantity for one in sales) == D("0.055")
    assert_promises(world)


def test_tuned_off_it_keeps_what_it_has_and_no_more() -> None:
    world = a_keeping_world()
    world.trade(1399)
    world.trade(1501)
    kept = world.grid.kept
    assert world.tune(profit_in_coin=False) is None
    world.trade(1399)
    world.trade(1501)

    assert world.grid.kept == kept


def test_profit_in_coins_is_not_compounded_too() -> None:
    world = a_keeping_world(compound=D(1))
    for _ in range(4):
        world.trade(1399)
        world.trade(1650)

    assert world.grid.to_compound < world.grid.books.grid_profit / 5
    assert_promises(world)
