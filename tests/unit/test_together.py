"""The limits of all grids together: the fall from the peak, what they may hold, how often they may trade."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.telegram.typed.loosening import bounds_loosened
from strategy.account.limits import bounds_of
from strategy.account.risk import Fall, falls
from strategy.grid.bounds import exposure
from strategy.messages.commands import ResumeGrid, SetLimits, StartGrid, StopGrid
from strategy.messages.events import Tick
from strategy.messages.notices import LimitReached
from strategy.messages.problems import ProblemCode
from strategy.messages.risk import HeldBack
from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.ledger import Books
from strategy.model.levels import Wait
from strategy.model.limits import Bound, Bounds, Limits, Peak
from strategy.model.money import ZERO
from strategy.model.orders import GridId, Purpose
from strategy.model.stops import StopReason
from tests.builders import ETH, NOW, USDC, a_grid, a_market, a_range, an_account
from tests.world import World, a_world

D = Decimal
ENDED = ((1, Phase.RUNNING), (2, Phase.STOPPED))


def bounded(world: World, **bounds: Any) -> World:
    """The same world with these limits."""
    world.ask(SetLimits, bounds=replace(bounds_of(world.account), daily_loss=None, **bounds))
    return world


def a_fallen_world(**bounds: Any) -> World:
    """A grid of about 1,000 that has bought on the way from 150 to 130, and its peak is known."""
    world = bounded(a_world(), drawdown=D("0.05"), **bounds)
    world.tick()
    world.tick()
    return world


def waits(world: World) -> list[Wait | None]:
    return [level.wait for grid in world.account.grids.values() for level in grid.levels.values()]


# Drawdown


def test_a_fall_from_the_peak_stops_everything_and_keeps_the_coins() -> None:
    world = a_fallen_world()
    world.trade(130)

    world.tick()

    assert world.account.halt is Halt.DRAWDOWN
    [told] = world.notices_of(LimitReached)
    assert (told.reason, told.grid_id, told.sell) == (StopReason.DRAWDOWN, None, False)
    assert told.value <= -told.threshold < 0
    [hit] = world.account.limits.hits
    assert (hit.bound, hit.value, hit.threshold) == (Bound.DRAWDOWN, told.value, told.threshold)
    assert world.grid.coins > 0


def test_where_nothing_is_at_work_nothing_is_stopped_and_no_limit_is_told() -> None:
    """The coins that a stopped grid keeps go on falling: its owner has decided already."""
    world = a_fallen_world()
    world.ask(StopGrid, grid_id=world.grid.id, sell=False)
    world.tick(3)
    assert world.grid.coins > 0

    world.trade(110)
    world.tick(3)

    assert falls(world.account)[USDC].money > falls(world.account)[USDC].equity * D("0.05")
    assert world.account.halt is None
    assert not world.notices_of(LimitReached)


def test_the_peak_is_the_highest_since_and_outlives_a_restart() -> None:
    world = a_fallen_world()
    world.trade(165)
    world.tick()
    world.tick()
    before = world.account.limits.peaks

    world.restart()
    world.trade(140)
    world.tick()
    world.tick()

    assert before
    assert world.account.halt is Halt.DRAWDOWN, "it has fallen from what was gained, not from the start"


def test_one_bad_print_makes_no_peak() -> None:
    world = a_fallen_world()
    world.trade(130)
    before = world.account.limits.peaks

    touch = replace(world.account.touches[world.symbol], bid=D(190), ask=D(191))
    for later in (1_000, 1_000):  # the second time it is the same price, looked at again
        at = world.now + later
        world.tell(Tick(at=at, touches={world.symbol: replace(touch, at=at)}))
    world.tick(2)

    assert world.account.limits.peaks == before


def test_a_fall_is_a_part_of_the_grids_at_work_and_of_those_that_have_changed_since() -> None:
    """A grid that had ended by then has nothing to lose: its money would make the limit a wider one."""
    work, ended = (replace(a_grid(phase=phase), id=GridId(number)) for number, phase in ENDED)
    peak = Peak(at=NOW, totals={work.id: D(30), ended.id: D(20)})
    limits = Limits(drawdown=D("0.05"), peaks={USDC: peak})

    before, since = (
        an_account(work, replace(ended, books=Books(grid_profit=D(made))), limits=limits) for made in (20, 10)
    )

    assert falls(before)[USDC] == Fall(money=D(30), equity=work.money + 30)
    assert falls(since)[USDC] == Fall(money=D(40), equity=work.money + 30 + ended.money + 20)


def test_what_was_resumed_is_counted_from_there() -> None:
    world = a_fallen_world()
    world.trade(130)
    world.tick()
    world.tick()

    world.ask(ResumeGrid, grid_id=None)
    world.tick()
    world.tick()
    world.tick()

    assert world.account.halt is None
    assert world.grid.phase is Phase.RUNNING


def test_a_loss_that_two_looks_did_not_both_see_waits_for_another() -> None:
    world = a_fallen_world()
    world.account = replace(
        world.account,
        loss_ticks=1,
        loss_bounds=frozenset({Bound.DAILY_LOSS}),
        loss_looks={symbol: touch.at - 1_000 for symbol, touch in world.account.touches.items()},
    )
    world.trade(130)
    world.tick(2)

    assert world.account.halt is Halt.DRAWDOWN
    assert [hit.bound for hit in world.account.limits.hits] == [Bound.DRAWDOWN]


# Exposure


@pytest.mark.parametrize("bounds", [{"exposure": D(700)}, {"exposure_of": {ETH: D(700)}}])
def test_no_set_of_grids_holds_more_than_it_may(bounds: dict[str, Any]) -> None:
    world = bounded(World({a_market(): D(150)}), **bounds)
    for _ in range(3):
        world.ask(StartGrid, spec=a_range(100, 200, 10, quote_per_order=D(50)))
        world.tick()
        assert (exposure(world.account) or ZERO) <= 700

    for price in (140, 120, 105, 160, 110):
        world.trade(price)
        world.tick()
        assert (exposure(world.account) or ZERO) <= 700

    told = world.notices_of(HeldBack)
    assert Wait.EXPOSURE in waits(world)
    assert [one.bound for one in told] == [Bound.EXPOSURE] * len(told)
    assert len(told) == 1, "told once"


@pytest.mark.parametrize("of_all", [True, False])
def test_what_waits_for_a_limit_is_not_told_again_because_another_one_was_changed(*, of_all: bool) -> None:
    """It was, after each /risk: what all grids may hold was as full as before, and said so already."""

    def limited(most: int) -> dict[str, Any]:
        return {"exposure": D(most)} if of_all else {"exposure_of": {ETH: D(most)}}

    world = bounded(World({a_market(): D(150)}), **limited(700))
    for _ in range(3):
        world.ask(StartGrid, spec=a_range(100, 200, 10, quote_per_order=D(50)))
        world.tick()
    [told] = world.notices_of(HeldBack)
    assert told.value < told.threshold, "the next buy would exceed it"

    bounded(world, orders=900)
    world.tick(2)
    assert len(world.notices_of(HeldBack)) == 1

    bounded(world, **limited(690))
    world.tick(2)
    assert [one.threshold for one in world.notices_of(HeldBack)] == [700, 690], "another limit is a new cause"


def test_a_limit_that_is_lowered_takes_the_farthest_buys_back() -> None:
    world = a_world()
    before = {order.price for order in world.grid.live if order.purpose is Purpose.LEVEL and order.side == "buy"}

    bounded(world, exposure=exposure(world.account, ETH) - 150)  # type: ignore[operator]
    world.tick()

    after = {order.price for order in world.grid.live if order.side == "buy"}
    assert after < before
    assert max(before) in after
    assert min(before) not in after
    assert exposure(world.account) <= world.account.limits.exposure  # type: ignore[operator]


def test_a_grid_whose_first_coins_have_no_room_is_refused() -> None:
    world = bounded(World({a_market(): D(150)}), exposure=D(100))

    problem = world.ask(StartGrid, spec=a_range(100, 200, 10))

    assert problem is not None
    assert problem.code is ProblemCode.EXPOSURE
    assert dict(problem.facts)["most"] == 100


# Pace


def test_no_more_orders_a_minute_than_may_be_and_the_rest_follow() -> None:
    world = bounded(World({a_market(): D(150)}), orders=3)
    world.start(a_range(100, 200, 10))
    world.tick()

    assert len(world.account.limits.placed) == 3
    assert Wait.PACE in waits(world)
    [told] = world.notices_of(HeldBack)
    assert (told.bound, told.value, told.threshold) == (Bound.ORDERS, D(3), D(3))

    for _ in range(5):
        world.now += 61_000
        world.tick()

    assert Wait.PACE not in waits(world)
    assert len(world.notices_of(HeldBack)) == 1, "told once"


def test_a_stop_is_never_held_back() -> None:
    world = bounded(a_world(), orders=1)
    world.now += 1_000
    world.ask(StopGrid, grid_id=GridId(1), sell=True)
    world.tick()
    world.tick()

    assert world.grid.phase is Phase.STOPPED
    assert not world.grid.coins


def test_after_as_many_round_trips_as_may_be_new_orders_wait() -> None:
    world = bounded(a_world(), trips=1)
    for price in (141, 139, 151):
        world.trade(price)
        world.tick()

    assert len(world.account.limits.closed) == 1
    assert Wait.PACE in waits(world)
    world.now += 61_000
    world.tick()
    assert Wait.PACE not in waits(world)


# Setting them


def test_limits_that_are_not_the_ones_shown_are_not_changed() -> None:
    world = a_world()
    shown = bounds_of(world.account)
    world.ask(SetLimits, bounds=replace(shown, exposure=D(5)))

    problem = world.ask(SetLimits, bounds=Bounds(), shown=shown)

    assert problem is not None
    assert problem.code is ProblemCode.PREVIEW_OVER
    assert world.account.limits.exposure == 5


@pytest.mark.parametrize(
    ("before", "after", "loosens"),
    [
        (Bounds(orders=10), Bounds(orders=20), True),
        (Bounds(orders=10), Bounds(), True),
        (Bounds(orders=10), Bounds(orders=5), False),
        (Bounds(), Bounds(drawdown=D("0.1")), False),
        (Bounds(exposure_of={ETH: D(5)}), Bounds(exposure=D(5)), True),
        (Bounds(exposure_of={ETH: D(5)}), Bounds(exposure_of={ETH: D(4)}), False),
    ],
)
def test_loosening_is_whatever_lets_more_happen(before: Bounds, after: Bounds, *, loosens: bool) -> None:
    assert bool(bounds_loosened(before, after)) is loosens
