"""Ways of stopping that last: a sale that rests, slowly or at break-even, and buying that is paused."""

from decimal import Decimal
from typing import Any

import pytest

from strategy.messages.commands import Panic, PauseGrid, ResumeGrid, StopGrid
from strategy.messages.exits import BuyingPaused, SaleRests
from strategy.messages.notices import GridEnded, LimitReached
from strategy.messages.problems import ProblemCode
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.orders import Execution, Order, Purpose
from strategy.model.stops import StopReason, Way
from tests.builders import a_market, a_range
from tests.world import World, a_world

D = Decimal


def a_full_world(**wishes: Any) -> World:
    """Ten levels from 100 to 200, five of them with coins bought at 150."""
    return a_world(10, 100, 200, quote_per_order=D(100), max_loss=None, **wishes)


def sale(world: World) -> Order:
    [order] = world.grid.live
    return order


def test_a_slow_sale_rests_beside_the_ask_and_ends_flat() -> None:
    world = a_full_world()
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.SLOWLY)
    world.tick()

    order = sale(world)
    assert (order.purpose, order.execution) == (Purpose.STOP, Execution.POST_ONLY)
    assert order.price > world.bid() or order.price == D(150)
    assert world.phase() is Phase.STOPPING
    world.trade(160)
    world.tick(3)
    assert world.phase() is Phase.STOPPED
    assert not world.grid.market.fitting(world.grid.coins)
    [told] = world.notices_of(SaleRests)
    assert told.way is Way.SLOWLY
    assert [one.sold for one in world.notices_of(GridEnded)] == [True]


def test_a_slow_sale_follows_the_ask_down_and_never_takes() -> None:
    world = a_full_world()
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.SLOWLY)
    world.tick()
    first = sale(world).price
    world.trade(140)
    world.tick(10)

    assert sale(world).price < first
    assert all(order.execution is Execution.POST_ONLY for order in world.placed_for(Purpose.STOP))


def test_a_sale_at_break_even_waits_and_realises_no_loss() -> None:
    world = a_full_world()
    world.trade(125)
    world.tick(2)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick(2)
    price, before = sale(world).price, world.grid.books.stop_sales
    assert price * world.grid.coins * (1 - world.account.fees.taker) >= world.grid.cost

    world.trade(price - 1)
    world.tick(20)
    assert sale(world).price == price
    world.trade(price + 1)
    world.tick(3)

    assert world.phase() is Phase.STOPPED
    assert world.grid.books.stop_sales > before


def test_parts_of_a_break_even_sale_never_bring_less_than_they_cost() -> None:
    world = a_full_world()
    world.trade(125)
    world.tick(2)
    world.fill_in_parts(D("0.1"))
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick(2)
    price = sale(world).price
    world.trade(price + 1)

    for _ in range(60):
        world.tick()
        stop = world.grid.stop
        assert stop is not None
        if world.phase() is Phase.STOPPING and stop.before is not None:
            assert world.grid.books.stop_sales >= stop.before


def test_a_worse_fee_raises_break_even() -> None:
    world = a_full_world()
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick()
    first = sale(world).price
    world.charge(maker="0.004", taker="0.006")
    world.tick(3)

    assert sale(world).price > first


@pytest.mark.parametrize("way", [Way.SLOWLY, Way.BREAK_EVEN])
def test_a_sale_that_rests_survives_a_restart_and_can_be_kept_after_all(way: Way) -> None:
    world = a_full_world()
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=way)
    world.tick()
    order = sale(world)
    world.restart()
    world.tick(2)
    assert sale(world).order_id == order.order_id
    assert len(world.notices_of(SaleRests)) == 1

    world.ask(StopGrid, grid_id=world.grid.id, sell=False)
    world.tick(2)
    assert world.phase() is Phase.STOPPED
    assert not world.grid.live
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
    world.tick(2)
    assert world.phase() is Phase.RUNNING


def test_asked_again_the_same_way_the_order_stays_and_another_way_takes_its_place() -> None:
    world = a_full_world()
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick()
    order = sale(world)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick()
    assert sale(world).client_id == order.client_id

    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.SLOWLY)
    world.tick(2)
    assert sale(world).client_id != order.client_id
    assert [told.way for told in world.notices_of(SaleRests)] == [Way.BREAK_EVEN, Way.SLOWLY]
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(2)
    assert world.phase() is Phase.STOPPED


def test_a_panic_takes_a_resting_sale_off_the_book() -> None:
    world = a_full_world()
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick()
    world.ask(Panic)
    world.tick(2)

    assert not world.held.open
    assert world.grid.coins


def test_a_limit_that_sells_ends_the_waiting_although_the_price_comes_back() -> None:
    world = a_full_world(stop_loss=D(90), sell_on_limit=True)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick()
    world.trade(85)
    world.tick(4)

    assert [told.reason for told in world.notices_of(LimitReached)] == [StopReason.STOP_LOSS]
    assert world.phase() is Phase.STOPPED
    assert not world.grid.market.fitting(world.grid.coins)


def test_a_limit_that_keeps_coins_leaves_the_waiting_alone() -> None:
    world = a_full_world(stop_loss=D(90))
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick()
    world.trade(85)
    world.tick(4)

    assert world.phase() is Phase.STOPPING
    assert not world.notices_of(LimitReached)


def test_while_buying_is_paused_no_buy_rests_and_sales_go_on() -> None:
    world = a_full_world()
    sells = len(world.sell_prices)
    assert world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True) is None
    world.tick(2)
    assert (world.buy_prices, len(world.sell_prices)) == ([], sells)
    assert [told.over for told in world.notices_of(BuyingPaused)] == [False]

    world.trade(165)
    world.tick(3)
    assert world.grid.books.round_trips
    assert not world.buy_prices
    world.restart()
    world.tick(2)
    assert not world.buy_prices
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
    world.tick(2)
    assert world.buy_prices
    assert [told.over for told in world.notices_of(BuyingPaused)] == [False, True]


def test_first_coins_wait_while_buying_is_paused() -> None:
    world = World({a_market(): D(150)})
    with world.holding(sends=True):
        world.start(a_range(100, 200, 10, max_loss=None))
        world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True)
    world.release()
    world.tick(20)
    assert not [order for order in world.grid.live if order.side is Side.BUY]
    assert len(world.placed_for(Purpose.SEED)) == 1, "what was under way was its only one"

    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick(20)
    assert world.phase() is Phase.RUNNING


def test_buying_is_paused_once_and_only_where_a_grid_trades() -> None:
    world = a_full_world()
    world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True)
    again = world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True)
    assert again is not None
    assert again.code is ProblemCode.WRONG_PHASE
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.tick(2)
    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick(2)
    assert world.buy_prices, "resuming a pause of everything buys, too"
