"""Compounding after a stop that has sold at a loss: what the sale has eaten of the profit makes no buy larger."""

from decimal import Decimal
from typing import Any

from strategy.messages.commands import ResumeGrid, SetLimits, StopGrid
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.limits import Bounds
from strategy.model.money import ZERO
from strategy.model.stops import Way
from tests.promises.core import assert_promises
from tests.world import World, a_world

D = Decimal


def profit_and_loss(**limits: Any) -> World:
    """Its buys have grown by all that it has earned when its stop sells everything."""
    world = a_world(10, 1000, 2000, price=1500, **(_GROWING | limits))
    world.ask(SetLimits, bounds=Bounds())
    for _ in range(20):
        world.trade(1650)
        world.trade(1450)
    return world


_GROWING: dict[str, Any] = {"compound": D(1), "max_loss": None, "sell_on_limit": True, "again": 24}
_GROWING |= {"quote_per_order": None, "total": D(1000)}


def open_again_at(world: World, price: int) -> None:
    world.trade(price)
    world.now += 24 * HOUR
    world.read_balances()
    world.tick(6)
    assert world.phase().trades


def test_what_a_stop_has_lost_of_its_profit_makes_no_buy_larger_when_it_opens_again() -> None:
    world = profit_and_loss(stop_loss=D(900))
    profit, money = world.grid.books.grid_profit, world.grid.money
    world.trade(890)
    world.tick(4)
    left = money + world.grid.books.realised
    assert -world.grid.books.stop_sales > profit > 100
    open_again_at(world, 1500)
    assert world.grid.adapted.uncounted > profit - 1
    assert world.grid.to_compound < 1
    before = world.grid.books.realised
    world.restart()
    for price in (1450, 1400, 1300, 1200, 1100, 1001):
        world.trade(price)
    world.tick(3)
    assert world.grid.cost + world.grid.derived.bidding <= left + world.grid.books.realised - before
    for _ in range(10):
        world.trade(1650)
        world.trade(1450)

    assert world.grid.to_compound == world.grid.books.grid_profit - world.grid.adapted.uncounted > 20


def test_what_is_left_of_its_profit_beside_its_ladders_money_goes_on_making_buys_larger() -> None:
    world = profit_and_loss(stop_loss=D(1350))
    world.trade(1340)
    world.tick(4)
    books = world.grid.books
    assert ZERO < -books.stop_sales < books.grid_profit
    open_again_at(world, 1500)

    assert world.grid.to_compound == books.grid_profit + books.stop_sales


def test_a_profit_that_a_take_profit_has_brought_is_compounded_as_before() -> None:
    world = profit_and_loss(stop_loss=D(900), take_profit=D(2100))
    world.trade(2110)
    world.tick(4)
    profit = world.grid.books.grid_profit
    open_again_at(world, 1500)

    assert (world.grid.adapted.uncounted, world.grid.to_compound) == (ZERO, profit)


def test_twice_stopped_it_grows_by_what_it_has_earned_since_and_not_lost_again() -> None:
    world = profit_and_loss(stop_loss=D(900))
    world.trade(890)
    world.tick(4)
    open_again_at(world, 1500)
    first = world.grid.books.grid_profit
    for _ in range(20):
        world.trade(1650)
        world.trade(1450)
    assert world.tune(stop_loss=D(1350)) is None
    before = world.grid.books.stop_sales
    world.trade(1340)
    world.tick(4)
    books = world.grid.books
    assert before > books.stop_sales
    open_again_at(world, 1500)

    assert world.grid.to_compound == max(ZERO, books.grid_profit - first + books.stop_sales - before) > ZERO
    assert_promises(world)


def test_what_a_part_of_a_sale_has_lost_makes_no_buy_larger_where_its_owner_trades_on_with_the_rest() -> None:
    world = profit_and_loss(stop_loss=None)
    world.trade(1300)
    profit = world.grid.books.grid_profit
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.SLOWLY)
    world.tick(2)
    world.fill_in_parts(D("0.05"))
    world.walk(1302)
    assert world.phase() is Phase.STOPPING
    world.ask(StopGrid, grid_id=world.grid.id, sell=False)
    world.fill_in_parts(None)
    world.tick(4)
    lost = -world.grid.books.stop_sales
    assert lost > 0
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None

    assert world.grid.to_compound == max(ZERO, profit - lost) < profit
