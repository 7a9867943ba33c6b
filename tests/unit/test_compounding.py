"""Compounding: what a grid has earned makes its next buys larger, and never anything else."""

from decimal import Decimal
from typing import Any

import pytest

from strategy.account.risk import free, reserved
from strategy.grid.sizing import compounded, own_sizes
from strategy.messages.commands import PauseGrid
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.money import ZERO
from tests.builders import USDC, a_market, a_range
from tests.promises.core import assert_promises, assert_reservations_are_covered
from tests.world import World, a_world

D = Decimal


def a_compounding_world(**wishes: Any) -> World:
    """Ten levels of 100, far apart: a round trip earns some five."""
    return a_world(10, 1000, 2000, price=1500, **{"compound": D(1), **wishes})


def earn(world: World, trips: int = 1) -> None:
    """Round trips of the levels around 1,500."""
    for _ in range(trips):
        world.trade(1650)
        world.trade(1450)


def extra(world: World) -> Decimal:
    return compounded(world.grid)


def test_what_was_earned_makes_the_next_buys_larger() -> None:
    world = a_compounding_world()
    earn(world, 4)

    earned = world.grid.books.grid_profit
    assert earned > 20
    assert 0 < extra(world) <= earned
    assert_promises(world)
    assert_reservations_are_covered(world)


def test_a_level_grows_only_where_neither_an_order_nor_coins_are() -> None:
    world = a_compounding_world()
    before = {level.id: level.quantity for level in world.grid.levels.values()}
    resting = {level.id: level.order for level in world.grid.levels.values()}
    earn(world, 4)

    for level in world.grid.levels.values():
        if level.order == resting[level.id]:
            assert level.quantity == before[level.id]
    grown = [level for level in world.grid.levels.values() if level.quantity > before[level.id]]
    assert grown
    assert all((level.quantity - before[level.id]) % world.grid.market.step_size == 0 for level in grown)


@pytest.mark.parametrize(("trips", "grows"), [(0, False), (1, False), (12, True)])
def test_a_step_larger_than_the_wish_makes_a_level_larger_only_once_so_much_was_earned(trips: int, grows: bool) -> None:
    """The market trades by the tenth from now on, and a level of 100 at 1,500 was to buy 0.067: some 50 are missing."""
    world = a_compounding_world()
    earn(world, trips)
    wishes = {one: D(100) / level.buy_price for one, level in world.grid.levels.items()}
    before = {one: level.quantity for one, level in world.grid.levels.items()}
    world.rule(step_size="0.1", max_quantity="5")
    world.trade(1650)
    world.tick(3)

    larger = [level for one, level in world.grid.levels.items() if level.quantity >= D("0.1") > wishes[one]]
    assert bool(larger) is grows
    assert grows or all(level.quantity <= before[one] for one, level in world.grid.levels.items())
    assert sum((level.quantity - wishes[level.id]) * level.buy_price for level in larger) <= world.grid.to_compound
    assert_promises(world)


def test_nothing_grows_where_nothing_is_wished() -> None:
    world = a_compounding_world(compound=None)
    earn(world, 4)

    assert extra(world) == ZERO
    assert {one.quantity for one in world.grid.levels.values()} == set(own_sizes(world.grid).values())


@pytest.mark.parametrize(("share", "ceiling"), [("0.5", None), ("1", "3"), ("0.1", "1")])
def test_a_share_and_a_ceiling_bind(share: str, ceiling: str | None) -> None:
    world = a_compounding_world(compound=D(share), compound_most=D(ceiling) if ceiling else None)
    earn(world, 6)

    assert 0 < extra(world) <= world.grid.books.grid_profit * D(share)
    assert extra(world) <= D(ceiling or 1000)
    assert_promises(world)


def test_money_that_is_not_free_makes_nothing_larger() -> None:
    """Another grid has been given what this one had earned."""
    world = a_compounding_world()
    world.trade(1650)
    world.read_balances()
    left = free(world.account, USDC)
    world.start(a_range(1640, 1700, 1, quote_per_order=left - 1))
    first = min(world.account.grids)
    world.trade(1450)
    world.trade(1650)

    assert world.account.grids[first].books.grid_profit > 5
    assert compounded(world.account.grids[first]) <= world.account.grids[first].books.grid_profit
    assert_reservations_are_covered(world)


def test_no_growth_without_free_money() -> None:
    world = a_compounding_world()
    world.trade(1650)
    world.deposit(-free(world.account, USDC))
    world.read_balances()
    grown = extra(world)
    world.trade(1450)

    assert world.grid.books.grid_profit > 0
    assert extra(world) == grown
    assert free(world.account, USDC) >= 0


def test_tuning_it_off_takes_it_back_and_other_tuning_does_not() -> None:
    world = a_compounding_world()
    earn(world, 4)
    grown = extra(world)

    assert world.tune(stop_loss=D(500)) is None
    assert extra(world) == grown > 0
    assert world.tune(compound=None) is None
    world.tick()
    assert {one.quantity for one in world.grid.levels.values()} == set(own_sizes(world.grid).values())
    assert_promises(world)


def test_a_smaller_share_is_in_force_at_once() -> None:
    world = a_compounding_world()
    earn(world, 4)

    assert world.tune(compound=D("0.1")) is None
    world.tick(2)
    assert extra(world) <= world.grid.books.grid_profit / 10


def test_a_position_that_was_set_is_not_grown_beyond() -> None:
    world = a_compounding_world(max_position=D(1010))
    earn(world, 6)

    own = sum(level.buy_price * level.quantity for level in world.grid.levels.values())
    assert own <= 1010
    world.trade(1001)
    world.tick()
    assert all(level.side is Side.SELL or level.order for level in world.grid.levels.values())


def test_a_position_that_follows_from_the_money_grows_along() -> None:
    world = a_world(10, 1000, 2000, price=1500, compound=D(1), quote_per_order=D(200))
    before = world.grid.max_position
    earn(world, 3)

    assert world.grid.max_position == before + world.grid.to_compound > before


def test_the_largest_order_of_the_market_bounds_it() -> None:
    world = World({a_market(max_quantity=D("0.1")): D(1500)})
    world.start(a_range(1000, 2000, 10, quote_per_order=D(100), compound=D(1)))
    world.tick()
    earn(world, 4)

    assert max(level.quantity for level in world.grid.levels.values()) <= D("0.1")


def test_a_paused_grid_grows_when_it_trades_again() -> None:
    world = a_compounding_world()
    earn(world, 2)
    grown = extra(world)
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.tick(2)

    assert world.phase() is Phase.PAUSED
    assert extra(world) == grown
    assert reserved(world.grid, world.account.fees) > 0


@pytest.mark.parametrize("ceiling", [None, D(40)])
def test_in_all_it_is_never_more_than_was_earned(ceiling: Decimal | None) -> None:
    """The whole range up and down: every level comes to be bare, and takes its part."""
    world = a_compounding_world(compound_most=ceiling)
    for _ in range(4):
        world.trade(2001)
        assert_promises(world)
        world.trade(999)
        assert_promises(world)

    bound = ceiling or world.grid.books.grid_profit
    assert bound * D("0.6") < extra(world) <= bound
    assert_reservations_are_covered(world)


@pytest.mark.parametrize("wish", [{"grids": 5}, {"grids": 5, "quote_per_order": D(70)}])
def test_while_another_ladder_is_on_its_way_nothing_grows_and_what_grew_is_measured_by_the_wish_before(
    wish: dict[str, Any],
) -> None:
    world = a_compounding_world()
    earn(world, 4)
    grown = extra(world)
    assert grown > 0

    with world.holding(hears=True):
        assert world.tune(**wish) is None
        quantities = {level.id: level.quantity for level in world.grid.levels.values()}
        assert world.grid.adapted.ladder is not None
        assert extra(world) == grown
        world.tick()
        assert {level.id: level.quantity for level in world.grid.levels.values()} == quantities
    world.tick(4)
    assert_promises(world)


def test_what_a_level_had_bought_before_it_was_tuned_smaller_is_nothing_that_was_earned() -> None:
    world = a_compounding_world()
    earn(world, 4)
    world.fill_in_parts(D("0.9"))
    world.trade(1350)
    [partly] = [level for level in world.grid.levels.values() if level.done and level.side is Side.BUY]
    assert world.tune(quote_per_order=D(20), total=None) is None

    world.fill_in_parts(None)
    world.tick(3)
    assert world.grid.levels[partly.id].side is Side.SELL
    assert world.grid.levels[partly.id].quantity == own_sizes(world.grid)[partly.id] > 4 * D(20) / 1400
    earn(world, 2)
    assert 0 < extra(world) <= world.grid.to_compound
    world.trade(1990)
    world.tick(3)
    assert not world.grid.adapted.outsized
    assert_promises(world)


@pytest.mark.parametrize("trips", [0, 4])
def test_a_step_that_has_grown_makes_nothing_of_a_ladder_that_is_changed(trips: int) -> None:
    """Levels that stay were sized in finer steps: what the coarse one leaves out of the wish was taken for earned."""
    world = a_world(10, 1000, 2000, price=1500, compound=D(1), quote_per_order=D("33.3"))
    earn(world, trips)
    before = extra(world)
    with world.holding(hears=True):
        assert world.tune(lower=D(1100), upper=D(2100)) is None
        waits = world.grid.adapted.ladder is not None
        assert waits, "orders of the levels that go are on their way"
        world.ask(PauseGrid, grid_id=world.grid.id)
        world.rule(step_size="0.001")
    world.tick(4)

    assert world.grid.adapted.ladder is None
    larger = {level.id: level.quantity - D("33.3") / level.buy_price for level in world.grid.levels.values()}
    assert sum(max(D(0), more) * world.grid.levels[one].buy_price for one, more in larger.items()) <= before
    assert_promises(world)
