"""Why a ladder stays although the price has left it: bounds, hours, falls, cost and money. Each is told once."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.paper.tape import Tape
from strategy.adapt.shifting import Rails, at_its_end, edges
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, SetLimits
from strategy.messages.notices import RangeLeft
from strategy.messages.shifts import End, Kept, ShiftBegun, ShiftDone, ShiftKept
from strategy.model.durations import HOUR
from strategy.model.limits import Bounds
from strategy.model.spec import Shift
from tests.builders import a_grid, a_market, a_range, a_touch
from tests.following import FREELY, GEOMETRIC, D, a_following_world, gone, kept, later, settled
from tests.world import World


def test_without_a_wish_no_ladder_moves() -> None:
    world = a_following_world(shift=None)
    gone(world, 2065)
    world.tick(3)

    assert edges(world.grid) == (None, None)
    assert not world.notices_of(ShiftBegun)
    assert not world.grid.adapted.held


@pytest.mark.parametrize(("shift", "price"), [(Shift.UP, 1935), (Shift.DOWN, 2065)])
def test_a_ladder_follows_only_the_way_it_may(shift: Shift, price: int) -> None:
    world = a_following_world(shift=shift)
    gone(world, price)
    world.tick(3)

    assert not world.notices_of(ShiftBegun)
    assert not kept(world)


def test_one_look_and_the_same_price_looked_at_twice_shift_nothing() -> None:
    world = a_following_world(fall=D("0.5"))
    for price, is_beyond in ((2065, True), (2045, False)):
        world.trade(price)
        assert (world.grid.beyond is not None) is is_beyond

    world.walk(2065)
    touch = a_touch(2065, at=world.now + 5)
    for _ in range(3):
        world.tell(ev.Tick(at=touch.at, touches={touch.symbol: touch}))
    world.trade(1935)
    assert not world.notices_of(ShiftBegun)
    world.tick()
    assert [told.up for told in world.notices_of(ShiftBegun)] == [False]


def test_after_a_shift_it_rests_and_shifts_no_more_often_a_day_than_it_may() -> None:
    world = a_following_world(shift_rest=2, shift_most=2, shift_low=D(1000), quote_per_order=D(30))
    gone(world, 2065)
    settled(world)
    gone(world, 2105)
    world.tick(3)
    assert kept(world) == [Kept.REST]
    later(world, 2)
    settled(world)
    assert len(world.notices_of(ShiftDone)) == 2

    gone(world, 2145)
    later(world, 5)
    assert kept(world) == [Kept.REST, Kept.MOST]
    assert world.notices_of(ShiftKept)[-1].until == world.grid.adapted.shifts[0] + 24 * HOUR
    later(world, 20)
    settled(world)

    assert len(world.notices_of(ShiftDone)) == 3
    assert world.grid.adapted.held == ()
    assert len(world.grid.adapted.shifts) == 1, "the others are more than a day ago"


def test_a_spike_is_no_reason_to_follow_and_is_told_once() -> None:
    world = a_following_world(shift_spike=5)
    gone(world, 2065)
    world.tick(3)

    assert kept(world) == [Kept.SPIKE]
    assert world.notices_of(ShiftKept)[0].up
    gone(world, 2040)
    assert world.grid.adapted.held == ()
    gone(world, 2065)
    assert kept(world) == [Kept.SPIKE, Kept.SPIKE]


def test_a_price_that_is_not_far_from_its_average_is_no_spike() -> None:
    world = World({a_market(): D(2000)})
    tape, past = world.venue.listing(world.symbol).tape, Tape()
    for hour in range(30, 0, -1):
        for price in (1990, 2030):
            past.record(D(price), world.now - hour * HOUR + price)
    past.record(world.price, world.now)
    tape.bars, tape.time = past.bars, past.time
    world.start(a_range(1950, 2050, 10, **FREELY | {"shift_spike": 5}))
    world.tick(3)
    gone(world, 2065)
    settled(world)

    assert len(world.notices_of(ShiftDone)) == 1


@pytest.mark.parametrize(("price", "spike"), [(2065, 5), (1935, None)])
def test_without_the_last_hours_no_ladder_moves(price: int, spike: int | None) -> None:
    world = a_following_world(shift_spike=spike)
    world.candles = False
    world.now += 2 * HOUR
    gone(world, price)
    world.tick(3)

    assert kept(world) == [Kept.PAST]


def test_up_without_the_filter_needs_no_past() -> None:
    world = a_following_world()
    world.candles = False
    world.now += 2 * HOUR
    gone(world, 2065)
    settled(world)

    assert len(world.notices_of(ShiftDone)) == 1


@pytest.mark.parametrize(
    ("wishes", "price"), [({}, 1890), ({"fall": D("0.02"), "fall_hours": 12}, 1935), ({"fall": D("0.5")}, 1890)]
)
def test_no_ladder_goes_down_while_the_price_falls_fast(wishes: dict[str, Any], price: int) -> None:
    world = a_following_world(**wishes)
    gone(world, price)
    world.tick(3)

    falls = wishes.get("fall") != D("0.5")
    assert bool(world.notices_of(ShiftBegun)) is not falls
    assert kept(world) == ([Kept.FALLING] if falls and "fall" not in wishes else [])


@pytest.mark.parametrize(
    ("wishes", "price"),
    [
        ({"shift_high": D(2050)}, 2065),
        ({"shift_low": D(1945)}, 1935),
        ({"take_profit": D(2075), "shift_high": None}, 2065),
        ({"stop_loss": D(1930)}, 1935),
    ],
)
def test_no_ladder_shifts_beyond_its_bounds(wishes: dict[str, Any], price: int) -> None:
    world = a_following_world(**wishes)
    gone(world, price)
    world.tick(3)

    if "take_profit" in wishes:
        assert world.grid.highest == 2070
    elif "stop_loss" in wishes:
        assert world.grid.lowest == 1940
    else:
        assert [world.grid.lowest, world.grid.highest] == [1950, 2050]
        assert kept(world) == [Kept.BOUNDS]
        [told] = world.notices_of(ShiftKept)
        assert told.threshold == next(iter(wishes.values())), "the bound is named with its price"


@pytest.mark.parametrize(
    ("wishes", "up", "end", "price"),
    [
        ({}, True, End.HIGH, 2100),
        ({"take_profit": D(2090)}, True, End.TAKE, 2090),
        ({"take_profit": D(2190)}, True, End.HIGH, 2100),
        ({"take_profit": D(2190), "endless": True}, True, End.TAKE, 2190),
        ({}, False, End.LOW, 1900),
        ({"stop_loss": D(1910)}, False, End.STOP, 1910),
        ({"stop_loss": D(1890)}, False, End.LOW, 1900),
        ({"shift_low": None}, False, None, 0),
    ],
)
def test_of_its_bounds_the_nearest_lets_a_ladder_go_no_farther(
    wishes: dict[str, Any], end: End | None, price: int, *, up: bool
) -> None:
    bounds: dict[str, Any] = {"shift_low": D(1900), "shift_high": D(2100)}

    found = at_its_end(a_grid(spec=a_range(1950, 2050, shift=Shift.BOTH, **bounds | wishes)), up=up)

    assert (found.reason, found.end) == (Kept.BOUNDS, end)
    assert found.threshold == price


def test_a_ladder_never_goes_below_zero() -> None:
    world = World({a_market(): D(30)})
    world.lived(48)
    world.start(a_range(20, 40, 2, **FREELY, fall=D("0.9"), shift_after=3))
    world.tick(3)

    assert edges(world.grid)[0] is None
    assert edges(replace(world.grid, spec=replace(world.grid.spec, shift_after=1)))[0] == 10
    near = replace(world.grid, spec=replace(world.grid.spec, shift_after=1))
    assert Rails(near).line(-2) == 0


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"shift_cost": D("0.0001")}, Kept.COST),
        ({"max_position": D(1100)}, Kept.POSITION),
    ],
)
def test_a_shift_that_would_take_too_much_is_left_alone(wishes: dict[str, Any], reason: Kept) -> None:
    world = a_following_world(**wishes)
    gone(world, 1935)
    world.tick(3)

    assert kept(world) == [reason]
    assert not world.notices_of(ShiftBegun)
    assert world.grid.spec.version == 1


def test_a_ladder_of_too_many_levels_is_not_put_up() -> None:
    world = a_following_world(1700, 2300, 101, quote_per_order=D(3), fall=D("0.9"), window=200, **GEOMETRIC)
    gone(world, 1150)
    world.tick(3)

    assert kept(world) == [Kept.LADDER]


def test_a_ladder_whose_steps_would_not_pay_their_fees_is_not_put_up() -> None:
    world = a_following_world(1990, 2010, 2)
    gone(world, 15000)
    world.tick(3)

    assert kept(world) == [Kept.LADDER]


def test_a_shift_for_which_no_money_is_free_is_left_alone() -> None:
    world = World({a_market(): D(2000)}, money=1100)
    world.lived(48)
    world.start(a_range(1950, 2050, 10, **FREELY))
    world.tick(3)
    gone(world, 1935)
    world.tick(3)

    assert kept(world) == [Kept.MONEY]
    (told,) = world.notices_of(ShiftKept)
    assert told.value > told.threshold


def test_a_grid_with_a_share_takes_no_more_than_that_for_a_shift() -> None:
    world = World({a_market(): D(2000)})
    world.lived(48)
    world.start(a_range(1950, 2050, 10, **FREELY, quote_per_order=None, envelope=D("0.1")))
    world.tick(3)
    gone(world, 1935)
    world.tick(3)

    assert kept(world) == [Kept.MONEY]


def test_money_is_divided_anew_once_a_shift_is_done() -> None:
    world = World({a_market(): D(2000)})
    world.lived(48)
    world.start(a_range(1950, 2050, 10, **FREELY, quote_per_order=None, envelope=D("0.1")))
    world.tick(3)
    money = world.grid.money
    with world.holding(sends=False):
        gone(world, 2065)
        world.deposit(5000)
        assert world.grid.adapted.shifting is not None
        assert world.grid.spec.version == 2
    settled(world)
    world.read_balances()
    settled(world)

    assert len(world.notices_of(ShiftDone)) == 1
    assert world.grid.money > money * D("1.3")


def test_a_shift_that_the_limits_of_the_account_have_no_room_for_is_left_alone() -> None:
    world = a_following_world()
    world.ask(SetLimits, bounds=Bounds(exposure=D(1010)))
    gone(world, 1935)
    world.tick(3)

    assert kept(world) == [Kept.POSITION]


@pytest.mark.parametrize(("shift", "held"), [(Shift.DOWN, (Kept.FALLING,)), (Shift.UP, ())])
def test_that_the_range_is_left_goes_with_why_the_ladder_stays_where_that_was_told(
    shift: Shift, held: tuple[Kept, ...]
) -> None:
    world = a_following_world(shift=shift, max_loss=None)
    gone(world, 1850)
    world.tick(45)

    (told,) = world.notices_of(RangeLeft)
    assert (kept(world), told.held, told.follows) == ([*held], held, bool(held))


def test_the_price_that_a_shift_is_told_with_is_one_of_the_market() -> None:
    """The middle between two neighbouring ticks was shown with a digit more than any price there has."""
    world = a_following_world()
    gone(world, 2065)
    settled(world)

    (told,) = world.notices_of(ShiftBegun)
    assert told.price == world.grid.market.price_near(told.price)
    shifted = world.account.touches[world.symbol].middle
    assert shifted != world.grid.market.price_near(shifted), "it lies between two"


def test_no_ladder_moves_while_buying_is_paused_or_nothing_may_be_placed() -> None:
    world = a_following_world()
    world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True)
    gone(world, 2065)
    world.tick(3)
    assert not world.notices_of(ShiftBegun)
    assert not kept(world)


def test_a_shift_makes_the_maximum_loss_no_larger() -> None:
    world = a_following_world(max_loss=D("0.2"))
    most = world.grid.most_loss
    gone(world, 1935)
    settled(world)

    assert world.grid.money > 1200
    assert world.grid.most_loss == most
    assert world.tune(max_loss=D("0.3")) is None
    assert world.grid.most_loss == D("0.3") * world.grid.money
