"""When a grid opens and when it ends, by its owner's clocks: a part of the day, a last day, and clocks that change."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.account.days import begin_of, offsets_from
from bot.telegram.typed.moments import clock_of, clock_read, clock_said, date_of
from strategy.adapt.gate import awaits_of
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, StartGrid
from strategy.messages.exits import EndDate
from strategy.messages.gates import Until
from strategy.messages.notices import GridEnded
from strategy.messages.problems import ProblemCode
from strategy.model.account import Day, Offset
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.orders import GridId
from strategy.model.stops import StopReason
from strategy.step import step
from tests.builders import a_fill, a_market, a_range
from tests.world import World

D = Decimal
BERLIN = ZoneInfo("Europe/Berlin")


def moment(text: str) -> int:
    """Milliseconds of a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def day_of(text: str) -> Day:
    """A local day in Berlin."""
    begins = begin_of(BERLIN, datetime.fromisoformat(text).date())
    return Day(date=text, begins=begins, offsets=offsets_from(BERLIN, begins))


def a_world_at(clock: str, day: str = "2026-12-01") -> World:
    """A market at 150, and an owner in Berlin whose clocks show this."""
    world = World({a_market(): D(150)})
    begin(world, day)
    hour, minute = map(int, clock.split(":"))
    world.now = day_of(day).begins + hour * HOUR + minute * 60_000
    world.tick()
    return world


def begin(world: World, day: str) -> None:
    """The owner's day is this one."""
    one = day_of(day)
    world.tell(ev.DayStarted(at=world.now, day=day, begins=one.begins, start={}, offsets=one.offsets))


@pytest.mark.parametrize(
    ("day", "at", "shows"),
    [
        ("2026-12-01", "2026-11-30T23:00", "00:00"),
        ("2026-12-01", "2026-12-01T08:30", "09:30"),
        ("2026-03-29", "2026-03-29T00:59", "01:59"),
        ("2026-03-29", "2026-03-29T01:00", "03:00"),  # there is no 02:30 on this day
        ("2026-10-25", "2026-10-25T00:30", "02:30"),
        ("2026-10-25", "2026-10-25T01:30", "02:30"),  # and twice one on this
        ("2026-10-25", "2026-10-25T02:00", "03:00"),
        ("2026-10-24", "2026-10-25T12:00", "13:00"),  # the machine has slept through midnight
    ],
)
def test_the_owners_clocks_are_known_also_on_days_on_which_they_change(day: str, at: str, shows: str) -> None:
    minute = day_of(day).minute(moment(at))
    assert minute is not None
    assert f"{minute // 60:02d}:{minute % 60:02d}" == shows


def test_what_they_show_is_not_known_before_the_first_day_is() -> None:
    assert Day(date="2026-12-01").minute(moment("2026-12-01T12:00")) is None
    assert Day(date="2026-12-01", offsets=(Offset(at=10**15, ahead=0),)).minute(1) is None


@pytest.mark.parametrize(
    ("clock", "hours", "opens"),
    [
        ("08:59", (540, 1020), False),
        ("09:00", (540, 1020), True),
        ("16:59", (540, 1020), True),
        ("17:00", (540, 1020), False),
        ("23:00", (1320, 360), True),
        ("05:59", (1320, 360), True),
        ("06:00", (1320, 360), False),
    ],
)
def test_a_grid_opens_only_within_its_hours(clock: str, hours: tuple[int, int], *, opens: bool) -> None:
    world = a_world_at(clock)
    world.start(a_range(100, 200, open_hours=hours))
    assert world.phase().trades is opens
    if not opens:
        [one] = awaits_of(world.account, world.grid, world.now)
        assert (one.until, one.between) == (Until.HOURS, hours)


def test_it_waits_for_its_hours_and_goes_on_after_them() -> None:
    world = a_world_at("08:00")
    world.start(a_range(100, 200, open_hours=(540, 1020)))
    world.tick(2)
    assert world.phase() is Phase.WAITING
    assert not world.held.open
    world.now += HOUR
    world.tick(3)
    assert world.phase().trades
    world.now += 12 * HOUR
    world.trade(161)
    world.tick(2)

    assert world.phase() is Phase.RUNNING
    assert world.held.open


def test_on_the_night_without_that_hour_it_does_not_open() -> None:
    world = a_world_at("01:00", "2026-03-29")
    world.start(a_range(100, 200, open_hours=(120, 180)))
    for _ in range(12):
        world.now += HOUR // 4
        world.tick()
    assert world.phase() is Phase.WAITING
    begin(world, "2026-03-30")
    world.now = day_of("2026-03-30").begins + 2 * HOUR
    world.tick()
    assert world.phase().trades


def test_where_the_clocks_are_not_known_it_waits() -> None:
    world = World({a_market(): D(150)})
    world.start(a_range(100, 200, open_hours=(0, 1439)))
    assert world.phase() is Phase.WAITING


def test_it_ends_with_its_day_and_is_told_the_day_before() -> None:
    world = a_world_at("12:00")
    world.start(a_range(100, 200, ends="2026-12-03"))
    world.tick(2)
    assert not world.notices_of(EndDate)
    begin(world, "2026-12-02")
    world.tick(3)
    [told] = world.notices_of(EndDate)
    assert (told.day, told.over, told.sell) == ("2026-12-03", False, False)
    begin(world, "2026-12-03")
    before = len(world.placed())
    world.trade(139)
    assert len(world.placed()) == before
    world.tick(3)

    assert world.phase() is Phase.STOPPED
    assert [one.over for one in world.notices_of(EndDate)] == [False, True]
    [ended] = world.notices_of(GridEnded)
    assert (ended.reason, ended.sold) == (StopReason.END_DATE, False)
    assert world.grid.coins > 0
    problem = world.ask(ResumeGrid, grid_id=GridId(1))
    assert problem is not None
    assert problem.code is ProblemCode.END_PAST


def test_nothing_is_bought_after_midnight_although_nobody_has_told_the_new_day() -> None:
    world = a_world_at("23:58", "2026-12-02")
    world.start(a_range(100, 200, ends="2026-12-03"))
    world.tick(3)
    sale = min((order for order in world.grid.live if order.side is Side.SELL), key=lambda order: order.price)
    moments = (world.now, world.now + 180_000)

    before, after = (step(world.account, ev.Filled(at=at, fill=a_fill(sale, at=at))) for at in moments)
    assert [one.order.side for one in before.actions if isinstance(one, ev.Place)] == [Side.BUY]
    assert not after.actions
    ticked = step(after.account, ev.Tick(at=world.now + 181_000, touches={}))
    assert ticked.account.grids[GridId(1)].phase is Phase.STOPPING


@pytest.mark.parametrize(
    ("day", "at", "date"),
    [
        ("2026-12-01", "2026-11-30T22:59", "2026-12-01"),  # the clock was put back
        ("2026-12-01", "2026-12-01T22:59", "2026-12-01"),
        ("2026-12-01", "2026-12-01T23:00", "2026-12-02"),
        ("2026-03-29", "2026-03-29T21:59", "2026-03-29"),  # this day has 23 hours
        ("2026-03-29", "2026-03-29T22:00", "2026-03-30"),
        ("2026-10-25", "2026-10-25T22:59", "2026-10-25"),  # and this one 25
        ("2026-10-25", "2026-10-25T23:00", "2026-10-26"),
        ("2026-12-30", "2027-01-02T12:00", "2027-01-02"),
    ],
)
def test_which_day_it_is_follows_from_the_last_one_that_was_told(day: str, at: str, date: str) -> None:
    assert day_of(day).on(moment(at)) == date


def test_a_day_whose_beginning_or_clocks_are_not_known_never_ends_by_itself() -> None:
    known = day_of("2026-12-01")
    for day in (replace(known, begins=0), replace(known, offsets=())):
        assert day.on(moment("2026-12-09T12:00")) == "2026-12-01"


@pytest.mark.parametrize(("general", "own", "sold"), [(True, None, True), (False, True, True), (True, False, False)])
def test_it_sells_then_where_it_was_told_to(general: bool, own: bool | None, *, sold: bool) -> None:
    world = a_world_at("12:00")
    world.start(a_range(100, 200, ends="2026-12-03", sell_on_limit=general, end_sells=own))
    world.tick(2)
    begin(world, "2026-12-05")  # nobody was there on the day itself
    world.tick(4)

    assert world.phase() is Phase.STOPPED
    assert (world.grid.coins == 0) is sold


def test_a_grid_that_waits_is_paused_or_would_come_back_ends_too() -> None:
    world = a_world_at("12:00")
    small: dict[str, Any] = {"quote_per_order": D(10), "ends": "2026-12-03"}
    world.start(a_range(200, 300, wait_for_range=True, **small))
    world.start(a_range(100, 200, **small))
    world.tick(2)
    world.ask(PauseGrid, grid_id=GridId(2))
    world.start(a_range(100, 200, stop_loss=D(95), sell_on_limit=True, again=24, **small))
    world.tick(2)
    world.trade(94)
    world.tick(3)
    assert world.grid.again_at is not None
    begin(world, "2026-12-03")
    world.tick(3)

    assert [grid.phase for grid in world.account.grids.values()] == [Phase.STOPPED] * 3
    assert world.grid.is_over
    assert len(world.notices_of(EndDate)) == 2


def test_an_end_in_the_past_is_refused_and_days_are_counted_from_today() -> None:
    world = a_world_at("12:00")
    for day in ("2026-12-01", "2026-11-30"):
        problem = world.ask(StartGrid, spec=a_range(100, 200, ends=day))
        assert problem is not None
        assert (problem.code, problem.field) == (ProblemCode.END_PAST, "until")
    world.start(a_range(100, 200, ends="30d"))
    assert world.grid.spec.ends == "2026-12-31"
    refused = world.tune(ends="2026-12-01")
    assert refused is not None
    assert refused.code is ProblemCode.END_PAST
    assert world.tune(ends="2d") is None
    assert world.grid.spec.ends == "2026-12-03"
    assert world.tune(ends=None) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [("9-17", "09:00-17:00"), ("22:30-6:00", "22:30-06:00"), ("9-9", None), ("25-3", None), ("noon", None)],
)
def test_hours_are_read_as_people_write_them(typed: str, said: str | None) -> None:
    assert clock_of(typed) == said
    if said is not None:
        assert clock_said(clock_read(said)) == said


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2026-12-31", "2026-12-31"), ("30d", "30d"), ("07天", "7d"), ("0d", None), ("2026-02-30", None), ("soon", None)],
)
def test_a_day_is_a_date_or_a_number_of_days(typed: str, said: str | None) -> None:
    assert date_of(typed) == said
