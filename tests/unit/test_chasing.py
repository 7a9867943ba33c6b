"""An interval that follows the volume goal: between its bounds, within the budget, its own when nothing is chased."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.account.commands import preview_of
from strategy.adapt.chasing import narrowest
from strategy.draft import Draft
from strategy.grid.opening import Preview
from strategy.messages.commands import StopGrid
from strategy.messages.points import BudgetSpent, GoalReached, SetVolumeGoal, VolumeCounted
from strategy.messages.problems import ProblemCode
from strategy.messages.widths import Pace, WidthChanged
from strategy.model.chasing import own_interval, with_own
from strategy.model.durations import DAY, HOUR
from strategy.model.grid import Phase
from strategy.model.past import Measure
from strategy.model.spec import GridSpec, Spacing
from strategy.model.weeks import VolumeGoal, day_of
from strategy.research.goals import wants_goal, without_goal
from tests.builders import a_market, a_range, a_spec
from tests.promises.core import assert_complete, assert_promises
from tests.promises.volume import chased_within_its_budget
from tests.unit.test_spacing import floors, gaps
from tests.world import World

D = Decimal
DAILY = VolumeGoal(volume=D(2400), budget=D(24), daily=True)
CHASES = {"grids": 6, "interval": D(40), "out_want": D("0.006"), "width": Measure.VOLUME, "width_rest": 1}


def a_chasing_world(goal: VolumeGoal | None = DAILY, **wishes: object) -> World:
    """At the beginning of a day of UTC, with nothing traded yet."""
    world = World({a_market(): D(2000)})
    world.now = day_of(world.now).begins + DAY
    world.ask(SetVolumeGoal, goal=DAILY)
    world.start(a_spec(**(CHASES | wishes)))
    world.tick(2)
    if goal != DAILY:
        world.ask(SetVolumeGoal, goal=goal)
    return world


def count(world: World, volume: object, cost: object) -> None:
    goal = world.account.limits.goal
    assert goal is not None
    begins = goal.span(world.now).begins
    world.tell(VolumeCounted(at=world.now, begins=begins, volume=D(str(volume)), cost=D(str(cost))))


def look(world: World, volume: object, cost: object, *, by: int = HOUR) -> Decimal:
    """So much later, and so much traded by then: the interval after the look."""
    world.now += by
    count(world, volume, cost)
    world.tick(4)
    return world.grid.spec.interval or D(0)


def paces(world: World) -> list[Pace]:
    return [one.chase.pace for one in world.notices_of(WidthChanged) if one.chase is not None]


def test_behind_its_goal_it_goes_a_notch_narrower_and_ahead_of_it_a_notch_wider() -> None:
    world = a_chasing_world()
    fills, lots = world.grid.books.fills, world.grid.lots

    assert look(world, 50, 0) == D("26.67")  # 100 by now would be on pace
    assert look(world, 100, 0) == D("17.78")
    assert look(world, 900, 0) == D("26.67")
    assert look(world, 1000, 0) == D(40)
    assert look(world, 2000, 0) == D(40)

    assert paces(world) == [Pace.BEHIND, Pace.BEHIND, Pace.AHEAD, Pace.AHEAD]
    assert [one.own for one in world.notices_of(WidthChanged)] == [D(40), D(40), D(40), None]
    assert world.grid.spec.width_own is None
    assert (world.grid.spec.version, world.grid.books.fills, world.grid.lots) == (5, fills, lots)
    assert gaps(world.grid) == {D(40)}
    assert not list(chased_within_its_budget(world.notices))
    assert_promises(world)
    assert_complete(world)


def test_where_the_tick_has_grown_beyond_its_own_no_price_step_makes_it_wider() -> None:
    world = a_chasing_world()
    assert look(world, 0, 0) == D("26.67")
    world.rule(tick_size="50")

    assert look(world, 0, 0) <= D(40)
    assert_promises(world)


def test_cost_ahead_of_the_budgets_pace_makes_it_wider_although_volume_is_behind() -> None:
    world = a_chasing_world()
    look(world, 0, 0)
    look(world, 0, 0)

    assert look(world, 50, 4) == D("26.67")  # 3 by now would be on pace
    assert paces(world)[-1] is Pace.COSTLY


@pytest.mark.parametrize(
    ("volume", "spent", "pace", "told"),
    [(700, 24, Pace.SPENT, BudgetSpent), (2400, 1, Pace.REACHED, GoalReached)],
)
def test_at_the_limit_it_stops_chasing_at_once_and_until_the_span_ends(
    volume: int, spent: int, pace: Pace, told: type[BudgetSpent] | type[GoalReached]
) -> None:
    world = a_chasing_world(width_rest=24)
    look(world, 0, 0, by=4 * HOUR)
    assert world.grid.spec.interval == D("26.67")

    assert look(world, volume, spent, by=60_000) == D(40)  # within the hour, whatever its rest
    assert paces(world)[-1] is pace
    (notice,) = world.notices_of(told)
    assert notice.following == (world.grid.id,)
    assert look(world, 10, 1, by=4 * HOUR) == D(40)  # what a later sale brings back changes nothing
    assert len(world.notices_of(told)) == 1

    assert look(world, 0, 0, by=16 * HOUR) == D("26.67")  # another day
    assert paces(world)[-1] is Pace.BEHIND


def test_each_span_begins_with_its_own_interval() -> None:
    world = a_chasing_world()
    look(world, 0, 0, by=23 * HOUR)
    assert world.grid.spec.interval == D("26.67")

    assert look(world, 0, 0) == D(40)
    assert paces(world) == [Pace.BEHIND, Pace.ANEW]


@pytest.mark.parametrize("goal", [None, replace(DAILY, budget=None)])
def test_without_a_goal_or_without_a_budget_it_goes_back_to_its_own(goal: VolumeGoal | None) -> None:
    world = a_chasing_world(width_rest=48)
    look(world, 0, 0, by=4 * HOUR)

    world.ask(SetVolumeGoal, goal=goal)
    world.tick(4)

    assert world.grid.spec.interval == D(40)
    assert paces(world) == [Pace.BEHIND, Pace.NO_GOAL]
    assert gaps(world.grid) == {D(40)}


def test_it_changes_once_in_its_rest_and_in_a_seventh_of_the_span_at_the_latest() -> None:
    world = a_chasing_world(width_rest=24)
    look(world, 0, 0, by=4 * HOUR)
    assert look(world, 0, 0) == D("26.67")
    assert look(world, 0, 0) == D("26.67")
    assert look(world, 0, 0, by=2 * HOUR) == D("17.78")


def test_nothing_is_decided_while_nothing_was_counted_of_this_span() -> None:
    world = a_chasing_world()
    look(world, 0, 0, by=22 * HOUR)
    world.now += 4 * HOUR  # into the next day
    world.tick(4)

    assert world.grid.spec.interval == D("26.67")
    assert len(world.notices_of(WidthChanged)) == 1

    count(world, 2000, 1)  # of a day; a week may begin with it
    world.ask(SetVolumeGoal, goal=replace(DAILY, daily=False))
    world.tick(4)
    assert world.grid.spec.interval == D("26.67")
    assert world.account.limits.counted is None


def test_it_is_looked_at_once_an_hour_and_not_with_each_tick() -> None:
    world = a_chasing_world()
    look(world, 200, 0)
    assert world.grid.spec.interval == D(40)
    before = world.grid
    count(world, 0, 0)
    world.tick(20)

    assert world.grid.spec is before.spec
    assert world.grid.adapted is before.adapted


def test_its_least_and_the_fee_guard_are_never_passed() -> None:
    wide = a_chasing_world(width_least=D("0.012"))
    assert look(wide, 0, 0) == D("26.67")
    assert look(wide, 0, 0) == D("26.67")  # 24 would be its least, and no other interval by a quarter

    guarded = a_chasing_world(width_least=D("0.0001"), interval=D(20))
    for _ in range(6):
        look(guarded, 0, 0)
    touch = guarded.account.touches[guarded.symbol]
    least = narrowest(guarded.grid.spec, guarded.account.fees, guarded.grid.market, touch)
    assert least <= (guarded.grid.spec.interval or 0) <= least * D("1.25")

    own = a_chasing_world(interval=D(3))  # narrower than either by itself
    assert look(own, 0, 0) == D(3)


def test_levels_with_coins_stay_and_come_along_later() -> None:
    world = a_chasing_world()
    world.trade(1950)
    held = {one: level.buy_price for one, level in world.grid.levels.items() if one in world.grid.lots}
    look(world, 0, 0)

    assert {one: world.grid.levels[one].buy_price for one in held} == held
    assert len(floors(world.grid)) == 6
    world.trade(2150)
    look(world, 2000, 0, by=2 * HOUR)
    assert_complete(world)


def test_without_a_goal_and_a_budget_it_is_refused() -> None:
    world = World({a_market(): D(2000)})
    world.read_balances()
    spec = a_spec(**CHASES)
    for goal in (None, replace(DAILY, budget=None)):
        world.ask(SetVolumeGoal, goal=goal)
        found = preview_of(Draft(account=world.account, at=world.now), spec)
        assert not isinstance(found, Preview)
        assert (found.code, found.field) == (ProblemCode.NO_GOAL, "width")

    world.start(a_spec(grids=6, interval=D(40), out_want=D("0.006")))
    world.tick(2)
    refused = world.tune(width=Measure.VOLUME)
    assert refused is not None
    assert refused.code is ProblemCode.NO_GOAL
    world.ask(SetVolumeGoal, goal=DAILY)
    assert world.tune(width=Measure.VOLUME) is None
    world.ask(SetVolumeGoal, goal=None)
    assert world.tune(width_rest=2) is None  # one that follows it already is not asked again


def test_a_grid_that_opens_again_begins_with_its_own() -> None:
    world = a_chasing_world(max_loss=D("0.001"), sell_on_limit=True, again=24)
    look(world, 0, 0)
    assert world.grid.spec.interval == D("26.67")
    world.trade(1900)
    world.tick(10)
    assert world.phase() is Phase.STOPPED
    world.ask(SetVolumeGoal, goal=None)
    world.trade(2000)
    world.now += 25 * HOUR
    world.tick(6)

    assert world.phase().trades
    assert (world.grid.spec.interval, world.grid.spec.width_own) == (D(40), None)
    assert world.ask(StopGrid, grid_id=world.grid.id, sell=True) is None


def test_a_replay_has_no_goal_and_says_so() -> None:
    spec = a_spec(**CHASES)
    refused = wants_goal(spec)
    assert refused is not None
    assert (refused.code, refused.field) == (ProblemCode.NOT_PLAYED, "width")
    moved = replace(spec, interval=D(20), width_own=D(40))
    assert without_goal(moved) == replace(moved, width=None)
    assert without_goal(a_spec()) == a_spec()
    assert with_own(moved) == spec
    assert (own_interval(moved), own_interval(spec)) == (D(40), D(40))
    assert wants_goal(a_range(1800, 2200, 4, width=Measure.VOLUME)) is None
    assert GridSpec(symbol=spec.symbol, grids=1, spacing=Spacing.INTERVAL, width=Measure.VOLUME).hours_back == 0


LOOKS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 3000), st.integers(0, 30), st.booleans()), min_size=1, max_size=8
)


def course(looks: Sequence[tuple[int, int, int, bool]], *, restarts: bool) -> list[Decimal]:
    """The intervals after each look; at some of them the process begins anew, before and after it."""
    world, found, volume, spent = a_chasing_world(width_least=D("0.003")), list[Decimal](), 0, 0
    day = day_of(world.now)
    for hours, traded, paid, again in looks:
        world.now += hours * HOUR
        if day != (day := day_of(world.now)):
            volume, spent = 0, 0
        volume, spent = volume + traded, spent + paid
        now = world.now
        if restarts and again:
            world.restart(away=0)
        world.now = now
        count(world, volume, spent)
        world.tick(4)
        if restarts and again:
            world.restart(away=0)
            world.tick(4)
        spec, account = world.grid.spec, world.account
        interval, touch = spec.interval or D(0), world.account.touches[world.symbol]
        goal = account.limits.goal
        assert goal is not None
        assert goal.budget is not None
        assert narrowest(spec, account.fees, world.grid.market, touch) <= interval <= D(40)
        if spent >= goal.budget or volume >= goal.volume:
            assert interval == D(40)
        assert_promises(world)
        found.append(interval)
    assert not list(chased_within_its_budget(world.notices))
    return found


@settings(max_examples=25, deadline=None)
@given(LOOKS)
def test_the_same_looks_come_to_the_same_steps_whatever_restarts_between_them(
    looks: Sequence[tuple[int, int, int, bool]],
) -> None:
    assert course(looks, restarts=True) == course(looks, restarts=False)
