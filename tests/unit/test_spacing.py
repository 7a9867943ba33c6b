"""An interval that follows a measure: what moves, what stays, how often, and that nothing is bought or sold for it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from strategy.account.commands import preview_of
from strategy.account.risk import free
from strategy.account.widths import watch_width
from strategy.adapt.gate import awaits_of
from strategy.adapt.spacing import least_interval, width_of
from strategy.draft import Draft
from strategy.grid.opening import Preview
from strategy.grid.sizing import compounded, wished
from strategy.grid.spreading import bought_by_orders, is_empty, spread
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, StartGrid
from strategy.messages.gates import Awaited, Until
from strategy.messages.problems import Problem, ProblemCode
from strategy.messages.widths import WidthBound, WidthChanged
from strategy.model.adapted import Adapted
from strategy.model.durations import HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level
from strategy.model.market import Side, Touch
from strategy.model.orders import LevelId
from strategy.model.past import GAP, Hour, Measure, Past
from strategy.model.shown import Shown
from tests.builders import USDC, a_market, a_spec
from tests.promises.core import assert_complete, assert_promises
from tests.world import World

D = Decimal
FOLLOWS = {"grids": 6, "width": Measure.ATR, "width_hours": 4, "width_times": D(2), "out_want": D("0.006")}


def hours(world: World, width: str, count: int = 60) -> tuple[Hour, ...]:
    """So many hours around the price, each of this width as a fraction of it, up to the one that goes on."""
    begins, price = world.now - world.now % HOUR, D(2000)
    half = price * D(width) / 2
    return tuple(
        Hour(at=begins - back * HOUR, high=price + half, low=price - half, close=price) for back in range(count, -1, -1)
    )


def know(world: World, width: str, count: int = 60) -> None:
    world.tell(ev.CandlesRead(at=world.now, symbol=world.symbol, hours=hours(world, width, count)))


def later(world: World, width: str, by: int = 24) -> None:
    """So many hours later the market is as wide as this."""
    world.now += by * HOUR
    know(world, width)
    world.tick(4)


def a_following_world(wide: str = "0.01", **wishes: object) -> World:
    world = World({a_market(): D(2000)})
    know(world, wide)
    world.start(a_spec(**(FOLLOWS | wishes)))
    world.tick(2)
    return world


def stays(world: World) -> dict[LevelId, Level]:
    """The levels on which something hangs."""
    busy = bought_by_orders(world.grid)
    return {one.id: one for one in world.grid.levels.values() if not is_empty(world.grid, one, busy)}


def adapted(world: World) -> Adapted:
    return world.grid.adapted


def floors(grid: Grid) -> Sequence[Decimal]:
    return sorted(level.buy_price for level in grid.levels.values())


def gaps(grid: Grid) -> set[Decimal]:
    found = floors(grid)
    return {above - below for below, above in pairwise(found)}


def test_a_deviation_is_that_of_the_changes_from_close_to_close() -> None:
    closes = ("100", "110", "99", "99")
    past = Past(hours=tuple(Hour(at=n * HOUR, high=D(c), low=D(c), close=D(c)) for n, c in enumerate(closes)))

    assert past.deviation(2, 3 * HOUR) == D("0.1")  # + 10 % and - 10 %: none on average
    assert past.deviation(3, 4 * HOUR) == D("0.081649658092772603")
    assert past.deviation(1, 3 * HOUR) == 0
    assert past.deviation(4, 4 * HOUR) is None


def test_it_opens_with_the_interval_that_is_measured() -> None:
    world = a_following_world("0.01")

    assert world.grid.spec.interval == D("40.00")  # twice 1 % of 2,000
    assert gaps(world.grid) == {D(40)}
    assert world.grid.spec.version == 1


@pytest.mark.parametrize(("width", "interval"), [("0.0001", "10.00"), ("0.2", "100.00")])
def test_it_stays_between_its_bounds(width: str, interval: str) -> None:
    assert a_following_world(width).grid.spec.interval == D(interval)


def test_it_never_falls_below_what_the_fees_ask_for() -> None:
    world = a_following_world("0.0001", width_least=D("0.0001"))
    touch = world.account.touches[world.symbol]

    assert world.grid.spec.interval == least_interval(world.grid.spec, world.account.fees, world.grid.market, touch)
    assert world.grid.spec.interval > 2000 * 2 * world.account.fees.maker


def test_it_is_waited_for_as_no_interval_is_guessed() -> None:
    world = World({a_market(): D(2000)})
    spec = a_spec(**FOLLOWS)
    world.read_balances()
    found = preview_of(Draft(account=world.account, at=world.now), spec)
    assert isinstance(found, Preview)
    assert found.awaits == (Awaited(until=Until.MEASURE, hours=4),)
    world.start(spec)
    world.tick(2)
    assert world.phase() is Phase.WAITING

    know(world, "0.02")
    assert not awaits_of(world.account, world.grid, world.now)
    world.tick(2)
    assert world.phase().trades
    assert gaps(world.grid) == {D(80)}
    assert world.grid.adapted.widened_at


def test_a_market_that_is_too_young_for_its_measure_is_refused() -> None:
    world = World({a_market(): D(2000)})
    know(world, "0.01", count=3)
    world.read_balances()
    found = preview_of(Draft(account=world.account, at=world.now), a_spec(**FOLLOWS))

    assert isinstance(found, Problem)
    assert (found.code, found.field) == (ProblemCode.NO_HISTORY, "widthin")


def test_a_preview_with_another_interval_than_is_measured_starts_nothing() -> None:
    world = World({a_market(): D(2000)})
    know(world, "0.01")
    world.read_balances()
    found = preview_of(Draft(account=world.account, at=world.now), a_spec(**FOLLOWS))
    assert isinstance(found, Preview)
    shown = Shown(at=world.now, price=found.touch.middle, money=found.money, seed_cost=found.seed_cost)
    know(world, "0.02")

    problem = world.ask(StartGrid, spec=found.spec, shown=shown)

    assert problem is not None
    assert problem.code is ProblemCode.PREVIEW_OVER


def test_only_empty_levels_move_and_nothing_is_bought_or_sold_for_it() -> None:
    world = a_following_world()
    before, held = world.grid, stays(world)
    assert held
    fills = before.books.fills

    later(world, "0.02")

    after = world.grid
    assert (after.spec.interval, after.spec.version, after.before) == (D("80.00"), 2, before.spec)
    assert {one: after.levels[one].buy_price for one in held} == {one: level.buy_price for one, level in held.items()}
    assert all(after.levels[one].order == level.order for one, level in held.items())
    assert (after.lots, after.books.fills, after.seeding) == (before.lots, fills, None)
    assert floors(after) == [D(one) for one in (1760, 1840, 1920, 2000, 2040, 2080)]
    (told,) = world.notices_of(WidthChanged)
    assert (told.before, told.after, told.moved, told.stayed) == (D(40), D(80), 2, 4)  # one would be where it is
    assert told.measure == D("0.02")
    assert_promises(world)
    assert_complete(world)


@pytest.mark.parametrize(
    ("wide", "wishes", "bound", "at"),
    [
        ("0.02", {"width_most": D("0.03")}, WidthBound.MOST, D("0.03")),
        ("0.004", {"width_least": D("0.012")}, WidthBound.LEAST, D("0.012")),
        ("0.0001", {"width_least": D("0.0001")}, WidthBound.FEES, None),
        ("0.02", {}, None, None),
    ],
)
def test_the_bound_that_an_interval_has_come_to_is_told(
    wide: str, wishes: dict[str, Any], bound: WidthBound | None, at: Decimal | None
) -> None:
    world = a_following_world(**wishes)
    later(world, wide)

    (told,) = world.notices_of(WidthChanged)
    assert (told.bound, told.bound_at) == (bound, at)


def test_it_moves_for_a_quarter_at_least_and_once_in_its_hours() -> None:
    world = a_following_world()
    later(world, "0.0125")
    assert not world.notices_of(WidthChanged)
    later(world, "0.02")
    later(world, "0.01", by=23)
    assert len(world.notices_of(WidthChanged)) == 1
    later(world, "0.01", by=2)
    assert len(world.notices_of(WidthChanged)) == 2


def test_levels_that_held_coins_come_along_once_they_are_empty() -> None:
    world = a_following_world()
    later(world, "0.02")
    assert adapted(world).left_behind
    world.trade(2150)
    assert not stays(world)

    later(world, "0.02")

    assert not adapted(world).left_behind
    assert gaps(world.grid) == {D(80)}
    last = world.notices_of(WidthChanged)[-1]
    assert last.before == last.after == D(80)
    later(world, "0.02")
    assert len(world.notices_of(WidthChanged)) == 2
    assert_complete(world)


def test_a_level_that_buys_while_it_is_withdrawn_stays_where_it_is() -> None:
    world = a_following_world()
    later(world, "0.0100", by=23)
    with world.holding(hears=True):
        world.now += HOUR
        know(world, "0.02")
        world.tick()
        assert adapted(world).ladder is not None
        highest = max(
            (one for one in world.grid.levels.values() if one.side is Side.BUY), key=lambda one: one.buy_price
        )
        world.walk(highest.buy_price - 1)
    world.tick(6)

    assert adapted(world).ladder is None
    assert world.grid.levels[highest.id].buy_price == highest.buy_price
    assert world.grid.lots[highest.id].quantity
    assert_promises(world)
    assert_complete(world)


def test_while_a_ladder_is_on_its_way_no_other_is_laid() -> None:
    world = a_following_world()
    later(world, "0.0100", by=23)
    told = len(world.notices_of(WidthChanged))
    with world.holding(hears=True):
        for measure in ("0.02", "0.04"):
            world.now += 24 * HOUR
            know(world, measure)
            world.tick()
        assert adapted(world).ladder is not None
        assert len(world.notices_of(WidthChanged)) == told + 1
    world.tick(6)
    assert_promises(world)


def test_the_empty_levels_begin_below_the_price_also_where_it_has_left_the_others_behind() -> None:
    world = a_following_world()
    prices = sorted(floors(world.grid))
    touch = Touch(symbol=world.symbol, bid=prices[1] + 1, ask=prices[1] + 2, at=world.now)
    grid = replace(world.grid, spec=replace(world.grid.spec, interval=D(2)))

    shapes = spread(grid, touch)

    assert shapes is not None
    moved = {shape.buy_price for shape in shapes} - set(prices)
    assert moved
    assert all(price < touch.ask for price in moved)
    assert spread(replace(grid, spec=replace(grid.spec, interval=D(9000))), touch) is None, "nothing is below zero"


def test_where_nothing_is_empty_it_stays() -> None:
    world = a_following_world()
    world.trade(1850)
    later(world, "0.02")

    assert world.grid.spec.interval == D(40)
    assert not world.notices_of(WidthChanged)


def test_it_moves_nothing_below_zero_nor_into_orders_that_are_too_small() -> None:
    world = a_following_world(width_most=D("0.9"))
    later(world, "0.45")
    assert world.grid.spec.interval == D(40)
    world.rule(min_quantity="1")
    later(world, "0.02", by=1)
    assert world.grid.spec.interval == D(40)


def test_it_takes_no_more_money_than_is_free() -> None:
    """Levels that come nearer buy dearer, where each buys as many coins."""
    world = a_following_world(quote_per_order=None, base_per_order=D("0.05"))
    world.deposit(-free(world.account, USDC))
    later(world, "0.005")
    assert world.grid.spec.interval == D(40)

    world.deposit(100)
    later(world, "0.005", by=1)
    assert world.grid.spec.interval == D(20)
    assert_promises(world)


def test_while_nothing_is_bought_nothing_moves() -> None:
    world = a_following_world()
    world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True)
    later(world, "0.02")
    assert world.grid.spec.interval == D(40)

    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick()
    assert world.grid.spec.interval == D(80)


def test_what_it_follows_is_not_known_after_a_gap() -> None:
    world = a_following_world()
    touch = world.account.touches[world.symbol]

    assert width_of(world.account, world.grid.spec, world.grid.market, touch, world.now + GAP + 60_001) is None
    world.now += 30 * HOUR
    draft = Draft(account=world.account, at=world.now)
    assert watch_width(draft, world.grid, touch) is world.grid
    world.account = replace(world.account, past={world.symbol: Past(at=world.now)})
    assert width_of(world.account, world.grid.spec, world.grid.market, touch, world.now) is None


def test_it_can_be_switched_on_for_a_grid_that_trades_and_off_again() -> None:
    world = World({a_market(): D(2000)})
    know(world, "0.02")
    world.start(a_spec(grids=6))
    world.tick(2)
    assert world.tune(width=Measure.DEVIATION, width_hours=4, width_least=D("0.01")) is None
    know(world, "0.02")
    world.tick(4)
    assert world.grid.spec.interval == D(20)  # closes that do not move deviate by nothing: its least

    assert world.tune(width=None) is None
    later(world, "0.02")
    assert len(world.notices_of(WidthChanged)) == 1


def test_no_level_comes_nearer_to_another_than_the_interval() -> None:
    """Also where one with coins stands between the empty ones."""
    world = a_following_world()
    world.trade(1850)
    world.trade(1946)  # the lowest three have sold
    grid = replace(world.grid, spec=replace(world.grid.spec, interval=D(70)))
    held = [level.buy_price for level in stays(world).values()]
    shapes = spread(grid, world.account.touches[world.symbol])
    assert shapes is not None
    moved = [shape.buy_price for shape in shapes if shape.buy_price not in held]
    others = [shape.buy_price for shape in shapes]
    assert all(abs(one - other) >= 70 for one in moved for other in others if one != other)
    assert [shape.rank for shape in shapes] == list(range(1, 7))


def test_a_level_that_gets_another_place_in_a_tapered_ladder_has_earned_nothing_by_it() -> None:
    """It keeps its order, and with it its size; in its new place it would buy less."""
    world = a_following_world("0.02", taper=D("0.04"), compound=D(1), grids=12)
    before = {one.buy_price: one for one in world.grid.levels.values()}
    later(world, "0.01")
    stayed = [
        one for one in world.grid.levels.values() if one == replace(before.get(one.buy_price, one), shape=one.shape)
    ]
    larger = [one for one in stayed if one.quantity > wished(world.grid.spec, one.rank, one.buy_price)]

    assert larger, "it tells nothing else"
    assert compounded(world.grid) == 0
    assert_promises(world)
