"""A pause after several stops: at so many by a loss nothing opens for a while, nor again, until the owner resumes."""

from decimal import Decimal
from typing import Any

import pytest

from bot.telegram.texts.limits import opening_paused
from bot.telegram.typed.loosening import bounds_loosened
from strategy.account.limits import bounds_of
from strategy.account.risk import totals
from strategy.messages import events as ev
from strategy.messages.commands import ResumeGrid, SetLimits, StartGrid, StopGrid
from strategy.messages.notices import GridEnded
from strategy.messages.problems import ProblemCode
from strategy.messages.risk import OpeningPaused
from strategy.model.account import Halt
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.limits import Bound, Bounds
from strategy.model.orders import GridId
from strategy.model.values import replace
from tests.builders import a_market, a_range
from tests.world import World

D = Decimal
LOSING: dict[str, Any] = {"stop_loss": D(105), "sell_on_limit": True, "quote_per_order": D(20)}


def limit(world: World, **bounds: Any) -> None:
    world.ask(SetLimits, bounds=replace(bounds_of(world.account), daily_loss=None, **bounds))


def a_limited_world(stops: int = 2, hours: int = 24) -> World:
    world = World({a_market(): D(150)})
    limit(world, stops=stops, stops_hours=hours)
    return world


def lose(world: World, **wishes: int) -> None:
    """Open a grid, let its stop loss stop it, and let the price come back."""
    world.trade(150)
    world.start(a_range(110, 190, 4, **LOSING, **wishes))
    world.tick(3)
    world.trade(104)
    world.tick(4)
    assert world.phase() is Phase.STOPPED
    world.trade(150)
    world.read_balances()


def test_at_so_many_stops_nothing_opens_and_it_is_told_and_recorded_once() -> None:
    world = a_limited_world()
    lose(world)
    assert not world.notices_of(OpeningPaused)
    lose(world)

    [told] = world.notices_of(OpeningPaused)
    assert (told.stops, told.hours, told.until) == (2, 24, told.at + 24 * HOUR)
    hits = [hit for hit in world.account.limits.hits if hit.bound is Bound.STOPS]
    assert [(hit.value, hit.threshold) for hit in hits] == [(D(2), D(2))]
    problem = world.ask(StartGrid, spec=a_range(110, 190, 4))
    assert problem is not None
    assert problem.code is ProblemCode.OPENING_PAUSED
    world.restart()
    world.now += 24 * HOUR
    world.tick()
    assert world.ask(StartGrid, spec=a_range(110, 190, 4)) is None


def test_two_losses_of_one_moment_pause_once() -> None:
    """The maximum loss of two grids at one price: told twice, recorded twice, as '1 grids'."""
    world = a_limited_world(stops=1)
    for _ in range(2):
        world.start(a_range(110, 190, 4, **LOSING))
    world.tick(3)
    world.trade(104)
    world.tick(4)

    assert [grid.phase for grid in world.account.grids.values()] == [Phase.STOPPED, Phase.STOPPED]
    [told] = world.notices_of(OpeningPaused)
    assert len([hit for hit in world.account.limits.hits if hit.bound is Bound.STOPS]) == 1
    assert opening_paused("en", told).startswith("<b>1 grid stopped by a loss")


def test_grids_that_wait_and_those_that_come_back_wait_for_it_too() -> None:
    world = a_limited_world(hours=48)
    lose(world, again=24)
    world.start(a_range(200, 300, 4, wait_for_range=True))
    waiting = world.grid.id
    lose(world)
    [told] = world.notices_of(OpeningPaused)
    assert told.waiting == 2
    world.trade(250)
    world.now += 25 * HOUR
    world.tick(4)
    assert world.account.grids[waiting].phase is Phase.WAITING
    assert world.account.grids[GridId(1)].phase is Phase.STOPPED

    assert world.ask(ResumeGrid, grid_id=None) is None
    world.tick(3)
    assert world.account.grids[waiting].phase.trades
    assert world.account.grids[GridId(1)].phase is Phase.WAITING


def test_stops_that_are_too_far_apart_do_not_count_together() -> None:
    world = a_limited_world(hours=3)
    lose(world)
    world.now += 4 * HOUR
    lose(world)

    assert not world.notices_of(OpeningPaused)
    assert len(world.account.limits.stopped) == 1


def test_what_the_owner_stops_does_not_count_nor_what_has_earned() -> None:
    world = a_limited_world(stops=1)
    world.start(a_range(110, 190, 4, take_profit=D(195)))
    world.tick(3)
    world.trade(196)
    world.tick(4)
    world.trade(150)
    world.start(a_range(110, 190, 4))
    world.ask(StopGrid, grid_id=world.grid.id)
    world.tick(2)

    assert len(world.notices_of(GridEnded)) == 2
    assert not world.notices_of(OpeningPaused)


def test_without_the_limit_nothing_is_counted_and_turned_off_it_ends() -> None:
    world = a_limited_world(stops=1)
    lose(world)
    assert world.account.limits.paused_until > world.now
    limit(world, stops=None)
    lose(world)

    assert not world.account.limits.stopped
    assert not world.account.limits.paused_until


def test_that_nothing_opens_is_lifted_alone_and_what_the_day_has_lost_stays_lost() -> None:
    """Only a loss that has reached its limit begins anew: else each such word would allow it once more."""
    world = a_limited_world(stops=1)
    world.start(a_range(100, 200, 10, max_loss=None))
    world.tick(3)
    world.tell(ev.DayStarted(at=world.now, day="2026-11-23", start=totals(world.account), begins=world.now, offsets=()))
    world.ask(SetLimits, bounds=replace(bounds_of(world.account), daily_loss=D(400), drawdown=D("0.5")))
    lose(world)
    day, high, peaks = world.account.day, world.account.high, world.account.limits.peaks
    assert world.account.limits.paused_until
    assert peaks
    assert world.ask(ResumeGrid, grid_id=None) is None

    assert not world.account.limits.paused_until
    assert (world.account.day, world.account.high, world.account.limits.peaks) == (day, high, peaks)
    world.trade(60)
    world.tick(4)
    assert world.account.halt is Halt.DAILY_LOSS


@pytest.mark.parametrize(
    ("before", "after", "loosens"),
    [
        (Bounds(stops=3), Bounds(stops=4), True),
        (Bounds(stops=3), Bounds(), True),
        (Bounds(stops=3), Bounds(stops=3, stops_hours=12), True),
        (Bounds(stops=3), Bounds(stops=2, stops_hours=48), False),
        (Bounds(), Bounds(stops_hours=12), False),
    ],
)
def test_a_shorter_time_and_more_stops_let_more_happen(before: Bounds, after: Bounds, *, loosens: bool) -> None:
    assert bool(bounds_loosened(before, after)) is loosens
