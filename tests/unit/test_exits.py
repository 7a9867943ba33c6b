"""Exits of a grid: each limit keeps or sells for itself, and a stop that rises with each sold level."""

from decimal import Decimal

import pytest

from strategy.messages.exits import StopRose
from strategy.messages.notices import GridEnded, LimitReached
from strategy.model.grid import Phase
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason
from strategy.model.values import replace
from tests.builders import a_market, a_range
from tests.world import World, a_world

D = Decimal


@pytest.mark.parametrize("general", [True, False])
@pytest.mark.parametrize("own", [True, False, None])
def test_each_limit_says_for_itself_whether_it_sells_and_else_as_all_do(general: bool, own: bool | None) -> None:
    spec: GridSpec = a_range(100, 200, 10, sell_on_limit=general, stop_sells=own)

    assert spec.sells_at(StopReason.STOP_LOSS) is (general if own is None else own)
    assert spec.sells_at(StopReason.TAKE_PROFIT) is general


@pytest.mark.parametrize(("price", "sold"), [(90, True), (220, False)])
def test_a_stop_that_sells_and_a_take_that_keeps(price: int, sold: bool) -> None:
    world = a_world(
        10, 100, 200, stop_loss=D(95), take_profit=D(215), stop_sells=True, max_loss=None, quote_per_order=D(20)
    )
    world.trade(price)
    world.tick(5)

    assert world.phase() is Phase.STOPPED
    assert [told.sold for told in world.notices_of(GridEnded)] == [sold]
    assert [told.sell for told in world.notices_of(LimitReached)] == [sold]


def a_rising_world(**wishes: bool) -> World:
    return a_world(10, 100, 200, stop_loss=D(95), max_loss=None, **{"stop_rises": True, **wishes})


def test_a_stop_rises_with_each_sold_level_and_never_falls() -> None:
    world = a_rising_world()
    seen = [world.grid.stop_price]
    for price in (161, 149, 171, 155, 181, 171):
        world.trade(price)
        world.tick(2)
        seen.append(world.grid.stop_price)

    stops = [stop for stop in seen if stop is not None]
    assert stops == sorted(stops)
    assert stops[0] == D(95)
    assert stops[-1] == D(125), "the start was at 149.995"
    told = world.notices_of(StopRose)
    assert told[-1].stop == stops[-1]
    assert [one.stop for one in told] == sorted({one.stop for one in told})
    world.restart()
    assert world.grid.stop_price == stops[-1]


def test_the_risen_stop_stops_the_grid_on_two_looks() -> None:
    world = a_rising_world()
    world.trade(181)
    world.tick(2)
    stop = world.grid.stop_price
    assert stop is not None
    assert stop > D(100)
    world.trade(stop - 1)
    world.tick(4)

    [told] = world.notices_of(LimitReached)
    assert (told.reason, told.threshold) == (StopReason.STOP_LOSS, stop)
    assert world.phase() is Phase.STOPPED


def test_a_stop_that_does_not_rise_stays_whatever_is_sold() -> None:
    world = a_rising_world(stop_rises=False)
    world.trade(181)
    world.tick(2)

    assert world.grid.stop_price == D(95)
    assert not world.notices_of(StopRose)


def test_the_owners_word_goes_before_what_had_risen() -> None:
    world = a_rising_world()
    world.trade(181)
    world.tick(2)
    assert world.tune(stop_loss=D(90)) is None
    assert world.grid.stop_price == D(90)


def test_a_stop_never_rises_above_what_the_sold_level_buys_at() -> None:
    world = a_rising_world()
    world.trade(171)
    world.tick(2)
    assert world.tune(stop_loss=D(165)) is None
    world.trade(181)
    world.tick(2)

    assert world.grid.stop_price == D(170)
    assert world.phase() is Phase.RUNNING


def test_a_stop_that_its_owner_moves_keeps_the_distance_that_it_has_then() -> None:
    """Measured from the start price, the next sale would take it to a step below the price."""
    world = a_rising_world()
    for price in (161, 171, 181):
        world.trade(price)
        world.tick(2)
    assert world.tune(stop_loss=D(152)) is None
    apart = world.venue.touch(world.symbol).middle - D(152)
    world.trade(191)
    world.tick(2)

    assert world.grid.stop_price == world.grid.market.price_down(D(190) - apart)
    world.restart()
    world.trade(175)
    world.trade(202)
    world.tick(2)
    assert world.grid.stop_price == world.grid.market.price_down(D(200) - apart)


def test_a_stop_that_comes_with_another_ladder_goes_before_what_had_risen_too() -> None:
    world = a_rising_world()
    world.trade(181)
    world.tick(2)
    assert world.tune(stop_loss=D(90), upper=D(220), grids=12) is None
    world.tick(4)

    assert (world.grid.stop_price, world.grid.adapted.apart) == (D(90), world.venue.touch(world.symbol).middle - 90)
    assert world.tune(stop_loss=None) is None
    assert world.grid.adapted.apart is None


def test_while_no_price_is_seen_the_distance_is_that_of_the_last_one_known() -> None:
    world = a_rising_world()
    world.account = replace(world.account, touches={}, marks={world.symbol: D(140)})
    assert world.tune(stop_loss=D(90)) is None
    assert world.grid.adapted.apart == D(50)


def test_a_stop_that_is_moved_while_the_grid_waits_is_measured_where_it_begins() -> None:
    world = World({a_market(): D(250)})
    world.start(a_range(100, 200, 10, stop_loss=D(95), max_loss=None, stop_rises=True, wait_for_range=True))
    assert world.tune(stop_loss=D(90)) is None
    assert world.grid.adapted.apart is None
    for price in (150, 161, 171):
        world.trade(price)
        world.tick(3)

    assert world.grid.stop_price == world.grid.market.price_down(D(170) - (world.grid.start_price - 90))
