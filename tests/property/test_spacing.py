"""Whatever holds coins stays where it is, and an empty level comes no nearer to any other than the interval."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.grid.spreading import is_empty, spread
from strategy.model.levels import Lot
from strategy.model.market import Side
from strategy.model.orders import LevelId
from strategy.model.past import Measure
from tests.builders import a_grid, a_level, a_market, a_spec, a_touch
from tests.promises.core import assert_complete, assert_promises
from tests.unit.test_chasing import a_chasing_world, look
from tests.unit.test_spacing import a_following_world, floors, later, stays

D = Decimal
PLACES = st.lists(st.integers(1, 80), min_size=1, max_size=12, unique=True)


@given(PLACES, st.sets(st.integers(0, 11)), st.integers(10, 900), st.integers(900, 2000))
def test_the_empty_levels_stand_an_interval_apart_and_the_others_stay(
    places: Sequence[int], full: set[int], interval: int, ask: int
) -> None:
    levels = [
        a_level(number, buy_price=D(1000 + 10 * place), sell_price=D(1006 + 10 * place), rank=number)
        for number, place in enumerate(sorted(places), start=1)
    ]
    lots = {level.id: Lot(quantity=D(1), cost=D(9)) for place, level in enumerate(levels) if place in full}
    spec = a_spec(grids=len(levels), interval=D(interval))
    grid = a_grid(*levels, spec=spec, lots=lots)

    shapes = spread(grid, a_touch(ask))

    moving = {one.buy_price for one in levels if one.buy_price < ask and is_empty(grid, one, frozenset())}
    staying = {one.buy_price for one in levels} - moving
    if shapes is None:
        assert interval * len(moving) > 1000 - 2 * interval * len(staying)
        return
    bought_at = [shape.buy_price for shape in shapes]
    moved = [floor for floor in bought_at if floor not in staying]
    assert staying <= set(bought_at)
    assert all(0 < floor < ask for floor in moved)
    assert all(abs(one - other) >= interval for one in moved for other in bought_at if one != other)
    assert bought_at == sorted(set(bought_at))
    assert [shape.rank for shape in shapes] == list(range(1, len(levels) + 1))
    assert all(shape.initial is Side.BUY for shape in shapes if shape.buy_price in moved)


STEPS = st.lists(st.tuples(st.integers(1800, 2200), st.integers(1, 60)), min_size=1, max_size=6)


@settings(max_examples=15)
@given(STEPS, st.sampled_from([Measure.ATR, Measure.DEVIATION]))
def test_levels_with_coins_never_move_for_a_measure(steps: Sequence[tuple[int, int]], measure: Measure) -> None:
    world = a_following_world(width=measure, width_rest=1)
    for price, wide in steps:
        world.trade(price)
        held: dict[LevelId, D] = {one: level.buy_price for one, level in stays(world).items()}
        version = world.grid.spec.version
        later(world, str(D(wide) / 1000), by=1)

        assert {one: world.grid.levels[one].buy_price for one in held} == held
        assert len(floors(world.grid)) == len(set(floors(world.grid))) == 6
        assert world.grid.spec.version - version in (0, 1)
        assert a_market().tick_size < (world.grid.spec.interval or 0) <= D("0.05") * 2000
        assert_promises(world)
    assert_complete(world)


COUNTS = st.lists(st.tuples(st.integers(1800, 2200), st.integers(0, 400)), min_size=1, max_size=6)


@settings(max_examples=15)
@given(COUNTS)
def test_levels_with_coins_never_move_for_the_volume_goal(counts: Sequence[tuple[int, int]]) -> None:
    world, volume = a_chasing_world(), 0
    for price, traded in counts:
        world.trade(price)
        held: dict[LevelId, D] = {one: level.buy_price for one, level in stays(world).items()}
        version, volume = world.grid.spec.version, volume + traded
        look(world, volume, 0)

        assert {one: world.grid.levels[one].buy_price for one in held} == held
        assert len(floors(world.grid)) == len(set(floors(world.grid))) == 6
        assert world.grid.spec.version - version in (0, 1)
        assert_promises(world)
    assert_complete(world)
