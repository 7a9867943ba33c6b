"""A ladder that follows the price: by whole steps, what stays as it was, at a cost that is told before."""

from dataclasses import replace
from typing import Any

import pytest

from strategy.adapt.shifting import MOST_STEPS
from strategy.messages.commands import PauseGrid, TuneGrid
from strategy.messages.notices import FillTold
from strategy.messages.shifts import ShiftBegun, ShiftDone
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.money import ZERO
from strategy.model.spec import Shift
from tests.builders import a_market, a_spec
from tests.following import FREELY, GEOMETRIC, D, a_following_world, gone, holdings, later, settled
from tests.world import World


def test_the_ladder_follows_the_price_up_and_what_stays_keeps_its_order_and_id() -> None:
    world = a_following_world()
    world.trade(2055)
    before = world.grid
    gone(world, 2065)
    settled(world)

    after, (told,), (done,) = world.grid, world.notices_of(ShiftBegun), world.notices_of(ShiftDone)
    assert [after.lowest, after.highest] == [1980, 2080]
    assert [after.spec.lower, after.spec.upper, after.spec.version] == [1980, 2080, 2]
    assert sorted(after.levels) == list(range(4, 14))
    both = before.levels.keys() & after.levels.keys()
    assert all(after.levels[one].order == before.levels[one].order for one in both)
    assert [told.up, told.steps, told.orders, told.lower, told.upper] == [True, 3, 3, 1980, 2080]
    assert told.coins > 0
    assert ZERO < done.cost <= done.told_cost == told.fees + told.slippage
    assert done.paid <= told.spent
    assert done.coins > 0
    assert not [one for one in world.notices_of(FillTold) if one.seeds and one.at >= told.at], "told when it is done"
    assert after.adapted.shifting is None
    assert len(after.adapted.shifts) == 1


def test_the_ladder_follows_the_price_down_and_no_coin_is_sold_for_less() -> None:
    world = a_following_world()
    world.trade(1945)
    sells, held = world.sell_prices, holdings(world.grid)
    gone(world, 1935)
    settled(world)

    (told,) = world.notices_of(ShiftBegun)
    assert [told.up, told.steps, told.lower, told.upper] == [False, 3, 1920, 2020]
    assert [told.held, told.loss] == [3, 0]
    assert told.more > 0
    assert set(sells) <= set(world.sell_prices)
    assert held[0] < holdings(world.grid)[0]
    assert len(world.grid.levels) == 13
    assert world.buy_prices == [1920, 1930]


def test_levels_above_the_ladder_go_once_they_have_sold() -> None:
    world = a_following_world()
    gone(world, 1935)
    settled(world)
    money = world.grid.money

    world.trade(2035)
    settled(world)
    assert len(world.grid.levels) == 12
    assert max(level.rank for level in world.grid.levels.values()) == 12
    world.trade("2050.5")
    settled(world)

    assert sorted(level.rank for level in world.grid.levels.values()) == list(range(1, 11))
    assert world.grid.highest == 2020
    assert world.grid.money < money
    assert max(world.buy_prices) == 2010
    assert world.grid.adapted.last_level == 13


def test_levels_that_stayed_above_are_the_ladders_own_again_when_it_goes_up() -> None:
    world = a_following_world(shift_rest=1)
    gone(world, 1935)
    settled(world)
    later(world, 2)
    world.trade(2025)
    before = world.grid.levels
    gone(world, 2035)
    settled(world)

    assert [world.grid.lowest, world.grid.highest] == [1950, 2050]
    both = before.keys() & world.grid.levels.keys()
    assert {9, 10} <= both, "those that stayed above"
    assert all(world.grid.levels[one].price == before[one].price for one in both)


def test_with_a_limit_of_loss_coins_are_sold_lower_and_lose_no_more_than_told() -> None:
    world = a_following_world(shift_loss=D("0.05"))
    held = holdings(world.grid)
    gone(world, 1935)
    settled(world)

    (told,), (done,) = world.notices_of(ShiftBegun), world.notices_of(ShiftDone)
    assert [told.held, len(world.grid.levels)] == [0, 10]
    assert ZERO < done.loss <= told.loss <= D("0.05") * 1000
    assert holdings(world.grid)[0] > held[0]
    for price in range(1945, 2035, 10):
        world.trade(price)
    assert -world.grid.books.grid_profit <= told.loss


def test_a_loss_beyond_its_limit_is_not_taken_the_coins_stay() -> None:
    world = a_following_world(shift_loss=D("0.0001"))
    gone(world, 1935)

    (told,) = world.notices_of(ShiftBegun)
    assert [told.held, told.loss] == [3, 0]


def test_a_loss_that_has_grown_since_it_was_told_is_not_taken_either() -> None:
    """A level that goes buys before its cancel arrives."""
    world = a_following_world(shift_loss=D("0.05"))
    with world.holding(sends=False):
        gone(world, 1935)
        told = world.grid.adapted.ladder
        assert told is not None
        ladder = replace(told, loss=ZERO)
        world.account = replace(
            world.account,
            grids={
                world.grid.id: replace(world.grid, adapted=replace(world.grid.adapted, ladder=ladder)),
            },
        )
    settled(world)

    assert len(world.grid.levels) == 13
    (done,) = world.notices_of(ShiftDone)
    assert done.loss == 0


@pytest.mark.parametrize(
    "wishes",
    [
        GEOMETRIC,
        {"taper": D("0.05")},
        {"compound": D(1), "quote_per_order": None, "total": D(1000)},
        {"taker": True},
    ],
)
@pytest.mark.parametrize("price", [1935, 2065])
def test_every_kind_of_ladder_of_a_range_follows(wishes: dict[str, Any], price: int) -> None:
    world = a_following_world(**wishes)
    lines = {line for level in world.grid.levels.values() for line in (level.buy_price, level.sell_price)}
    gone(world, price)
    settled(world)

    assert len(world.notices_of(ShiftDone)) == 1
    now = {line for level in world.grid.levels.values() for line in (level.buy_price, level.sell_price)}
    assert len(lines & now) >= 3, "the lines that overlap are the same"
    assert world.grid.lowest <= price <= world.grid.highest


@pytest.mark.parametrize(("price", "floors"), [(2110, [2060, 2100, 2140]), (1890, [1820, 1860, 1900])])
def test_an_interval_grid_follows_by_its_interval(price: int, floors: list[int]) -> None:
    world = World({a_market(): D(2000)})
    world.lived(48)
    world.start(a_spec(**FREELY, shift_after=1, fall=D("0.2")))
    world.tick(3)
    gone(world, price)
    settled(world)

    own = [level for level in world.grid.levels.values() if level.rank <= 3]
    assert sorted(level.buy_price for level in own) == floors
    assert world.grid.spec.lower is None


def test_a_shift_goes_on_after_a_crash_and_is_counted_once() -> None:
    world = a_following_world()
    world.sends = False
    gone(world, 2065)
    assert world.grid.adapted.ladder is not None
    world.sends = True
    world.restart()
    world.tick(20)
    settled(world)

    assert world.grid.highest == 2080
    assert len(world.notices_of(ShiftBegun)) == len(world.notices_of(ShiftDone)) == 1
    assert len(world.grid.adapted.shifts) == 1


def test_what_is_bought_for_a_shift_costs_no_more_than_told_wherever_the_price_goes_meanwhile() -> None:
    world = a_following_world()
    with world.holding(sends=False):
        gone(world, 2065)
        world.walk(2072)
        world.tick()
    world.tick(5)

    (told,), (done,) = world.notices_of(ShiftBegun), world.notices_of(ShiftDone)
    assert done.cost <= told.fees + told.slippage
    assert not done.coins, "they have become too dear"
    settled(world)


def test_a_tuning_takes_the_place_of_a_shift_that_is_under_way() -> None:
    world = a_following_world()
    world.sends = False
    gone(world, 2065)
    assert world.grid.adapted.shifting is not None
    assert world.tune(lower=D(2000), upper=D(2100), grids=5) is None
    world.release()
    settled(world)

    assert [world.grid.lowest, world.grid.highest, len(world.grid.levels)] == [2000, 2100, 5]
    assert not world.notices_of(ShiftDone)
    assert world.grid.adapted.shifting is None


def test_what_was_tuned_before_a_shift_is_put_back_where_the_ladder_is_by_now() -> None:
    world = a_following_world()
    assert world.tune(quote_per_order=D(80)) is None
    gone(world, 2065)
    settled(world)

    before = world.grid.before
    assert before is not None
    assert [before.quote_per_order, before.lower, before.upper] == [100, 1980, 2080]
    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=before) is None
    settled(world)
    assert [world.grid.lowest, world.grid.spec.version] == [1980, 4]


def test_a_tuning_of_the_ladder_before_a_shift_is_put_back_whole() -> None:
    world = a_following_world()
    assert world.tune(grids=5) is None
    settled(world)
    gone(world, 2095)
    settled(world)

    assert world.grid.before is not None
    assert [world.grid.before.grids, world.grid.before.lower] == [10, 1950]


def test_infinity_goes_up_step_by_step_without_an_end_and_buys_nothing_at_once() -> None:
    world = a_following_world(**GEOMETRIC, shift=None, endless=True, shift_most=1)
    version = world.grid.spec.version
    for price in range(2055, 2300, 15):
        gone(world, price)
        world.tick(2)
    settled(world)

    begun = world.notices_of(ShiftBegun)
    assert len(begun) == world.grid.spec.version - version > 5
    assert all(told.endless and not told.coins for told in begun)
    assert not world.notices_of(ShiftDone)
    assert world.grid.lowest <= 2295 <= world.grid.highest
    assert not [order for order in world.journal.values() if order.side is Side.BUY and order.price > world.price]


def test_an_infinite_ladder_follows_down_only_where_it_may_shift_down() -> None:
    world = a_following_world(**GEOMETRIC, endless=True, shift=Shift.DOWN)
    gone(world, 1935)
    settled(world)

    (done,) = world.notices_of(ShiftDone)
    assert not done.up


def test_a_ladder_left_far_behind_follows_as_far_as_it_can() -> None:
    world = a_following_world(1990, 2010, 2, **GEOMETRIC, quote_per_order=D(4000))
    gone(world, 400_000)
    settled(world)

    (told,) = world.notices_of(ShiftBegun)
    assert told.steps == MOST_STEPS


def test_a_grid_that_is_stopped_while_it_shifts_ends() -> None:
    world = a_following_world(stop_loss=D(1900), shift=Shift.UP)
    world.sends = False
    gone(world, 2065)
    assert world.phase() is Phase.RUNNING
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.release()
    world.tick(3)
    assert world.phase() is Phase.PAUSED
    assert not world.grid.live
