"""A ladder that follows the price, wherever that goes: what it keeps, what it costs, how far and how often it goes."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.adapt.shifting import Rails, move
from strategy.grid.opening import levels_of
from strategy.messages.notices import FillTold
from strategy.messages.problems import Problem
from strategy.messages.shifts import ShiftBegun, ShiftDone
from strategy.model.grid import Grid
from strategy.model.money import ZERO
from strategy.model.spec import Shift, Spacing
from tests.builders import a_touch
from tests.following import a_following_world
from tests.promises.core import assert_complete, assert_promises
from tests.world import World

PRICES = st.lists(st.integers(1850, 2150), min_size=2, max_size=6)
WISHES = st.fixed_dictionaries(
    {
        "spacing": st.sampled_from([Spacing.ARITHMETIC, Spacing.GEOMETRIC]),
        "shift": st.sampled_from(list(Shift)),
        "shift_after": st.integers(1, 3),
        "shift_most": st.integers(1, 3),
        "shift_rest": st.just(0),
        "shift_low": st.sampled_from([None, Decimal(1900)]),
        "shift_high": st.sampled_from([None, Decimal(2100)]),
        "shift_loss": st.sampled_from([None, Decimal("0.01"), Decimal("0.2")]),
        "shift_cost": st.sampled_from([Decimal("0.001"), Decimal("0.02")]),
        "fall": st.sampled_from([None, Decimal("0.5")]),
        "taper": st.sampled_from([None, Decimal("0.04")]),
        "endless": st.booleans(),
    }
)


@settings(max_examples=25, deadline=None)
@given(wishes=WISHES, prices=PRICES)
def test_wherever_the_price_goes_a_ladder_keeps_what_it_has_and_what_was_told(
    wishes: dict[str, Any], prices: list[int]
) -> None:
    endless = wishes["endless"] and wishes["spacing"] is Spacing.GEOMETRIC
    world = a_following_world(1960, 2040, 8, **(wishes | {"endless": endless, "quote_per_order": Decimal(60)}))
    for price in prices:
        before, notices = world.grid, len(world.notices)
        world.trade(price)
        world.tick(3)
        assert_promises(world)
        _kept(before, world, notices)
    assert_complete(world)
    _within(world)


def _kept(before: Grid, world: World, notices: int) -> None:
    """Ids and orders of what stays; coins and their cost, where nothing was traded."""
    after = world.grid
    for one in before.levels.keys() & after.levels.keys():
        assert before.levels[one].buy_price == after.levels[one].buy_price
    new = after.levels.keys() - before.levels.keys()
    assert all(one > max(before.levels) for one in new), "no id is used again"
    if not any(isinstance(told, FillTold) for told in world.notices[notices:]):
        assert (after.coins, after.cost) == (before.coins, before.cost)


def _within(world: World) -> None:
    spec = world.grid.spec
    for told in world.notices_of(ShiftBegun):
        assert told.up or (told.lower >= (spec.shift_low or ZERO) and spec.follows_down)
        assert not told.up or spec.endless or spec.shift_high is None or told.upper <= spec.shift_high
        assert told.held == 0 or told.loss == 0
    for done in world.notices_of(ShiftDone):
        assert done.cost <= done.told_cost
        assert done.loss <= done.told_loss


@given(
    lower=st.integers(500, 1500),
    wide=st.integers(50, 1500),
    count=st.integers(1, 12),
    spacing=st.sampled_from([Spacing.ARITHMETIC, Spacing.GEOMETRIC]),
    after=st.integers(1, 4),
    price=st.integers(100, 6000),
)
@settings(max_examples=60, deadline=None)
def test_a_moved_ladder_has_its_own_lines_and_the_price_in_it(
    lower: int, wide: int, count: int, spacing: Spacing, after: int, price: int
) -> None:
    world = a_following_world(1900, 2100, 2)
    grid = _ladder(world.grid, lower, lower + wide, count, spacing, after)
    rails, touch, up = Rails(grid), a_touch(price), price > lower + wide
    found = move(grid, touch, up=up)
    if found is None or lower <= price <= lower + wide:
        return
    lines = {line for level in grid.levels.values() for line in (level.buy_price, level.sell_price)}
    assert len(found.places) == count
    assert all(low < high for low, high in found.places)
    shared = {line for place in found.places for line in place} & lines
    assert len(shared) == max(0, count + 1 - found.steps)
    low, high = found.places[0][0], found.places[-1][1]
    assert not up or low == rails.line(found.steps)
    assert up or high == rails.line(count - found.steps)
    if found.steps < count and low > rails.line(1 - found.steps):
        assert low <= price <= high


def _ladder(grid: Grid, lower: int, upper: int, count: int, spacing: Spacing, after: int) -> Grid:
    """The grid with these lines, whatever they would earn."""
    wished = replace(grid.spec, spacing=spacing, grids=count, lower=Decimal(lower), upper=Decimal(upper))
    levels = levels_of(replace(wished, shift_after=after), grid.market, a_touch(lower))
    assert not isinstance(levels, Problem)
    spec = replace(wished, shift_after=after)
    return replace(grid, spec=spec, levels={level.id: level for level in levels})
