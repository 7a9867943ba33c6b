"""The points week and the volume goal: bounds to the millisecond, each message once, nothing traded for any of it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.draft import Step
from strategy.messages.points import (
    BudgetSpent,
    GoalReached,
    PointsWeekOver,
    SetVolumeGoal,
    VolumeCounted,
    WeekEnded,
)
from strategy.model.account import Account
from strategy.model.durations import DAY, WEEK
from strategy.model.limits import Limits
from strategy.model.turnover import Turnover
from strategy.model.weeks import GIVEN_OUT_AFTER, VolumeGoal, day_of, week_of
from strategy.step import step
from tests.builders import NOW, USDC, an_account
from tests.world import the_brief_world

D = Decimal
GOAL = VolumeGoal(volume=D(50_000), budget=D(12))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


THURSDAY = at("2026-12-03T00:00")


@pytest.mark.parametrize(
    ("moment", "begins"),
    [(THURSDAY - 1, THURSDAY - WEEK), (THURSDAY, THURSDAY), (THURSDAY + 1, THURSDAY), (NOW, week_of(NOW).begins)],
)
def test_a_points_week_begins_on_thursday_at_midnight_utc_and_not_a_millisecond_later(moment: int, begins: int) -> None:
    assert week_of(moment) == (begins, begins + WEEK)
    assert datetime.fromtimestamp(begins / 1000, UTC).strftime("%A %H:%M") == "Thursday 00:00"
    given_out = datetime.fromtimestamp((begins + WEEK + GIVEN_OUT_AFTER) / 1000, UTC)
    assert given_out.strftime("%A %H:%M") == "Friday 02:00"


def test_a_daily_goals_span_is_the_day_of_utc() -> None:
    daily = VolumeGoal(volume=D(1), daily=True)

    assert daily.span(THURSDAY - 1) == day_of(THURSDAY - 1) == (THURSDAY - DAY, THURSDAY)
    assert daily.span(THURSDAY).begins == THURSDAY
    assert GOAL.span(THURSDAY).ends == THURSDAY + WEEK


def with_goal(goal: VolumeGoal | None = GOAL) -> Account:
    return step(an_account(), SetVolumeGoal(at=NOW, goal=goal)).account


def counted(account: Account, volume: int, cost: int, now: int = NOW, begins: int | None = None) -> Step:
    there = week_of(now).begins if begins is None else begins
    return step(account, VolumeCounted(at=now, begins=there, volume=D(volume), cost=D(cost)))


def test_a_goal_and_its_budget_are_told_once_in_each_week() -> None:
    first = counted(with_goal(), 49_999, 11)
    both = counted(first.account, 50_000, 12)
    again = counted(both.account, 60_000, 15)
    later = counted(again.account, 60_000, 15, now=NOW + WEEK)

    assert first.notices == ()
    assert [type(one) for one in both.notices] == [BudgetSpent, GoalReached]
    assert again.notices == ()
    assert [type(one) for one in later.notices] == [BudgetSpent, GoalReached]


def test_another_goal_is_told_of_anew_and_none_is_told_of_nothing() -> None:
    told = counted(with_goal(), 60_000, 0).account
    anew = step(told, SetVolumeGoal(at=NOW, goal=GOAL)).account

    assert len(counted(anew, 60_000, 0).notices) == 1
    assert counted(with_goal(None), 60_000, 99).notices == ()
    assert counted(with_goal(VolumeGoal(volume=D(99))), 1, 10_000).notices == ()


def test_a_count_of_another_span_says_nothing_of_this_one() -> None:
    assert counted(with_goal(), 60_000, 99, begins=week_of(NOW).begins - WEEK).notices == ()


def test_a_week_that_ended_is_told_once_and_only_where_something_was_traded() -> None:
    ended = WeekEnded(at=NOW, ends=week_of(NOW).begins, week={USDC: Turnover(fills=3, volume=D(900))})
    first = step(an_account(), ended)
    empty = step(an_account(), WeekEnded(at=NOW, ends=ended.ends, week={}))

    assert [type(one) for one in first.notices] == [PointsWeekOver]
    assert step(first.account, ended).notices == ()
    assert (empty.notices, empty.account.limits.week_told) == ((), ended.ends)


@given(
    st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 30), st.booleans()), max_size=6),
    st.sampled_from([GOAL, VolumeGoal(volume=D(1), budget=D(1), daily=True), VolumeGoal(volume=D(1))]),
)
def test_whatever_is_counted_nothing_is_traded_for_it(counts: list[tuple[int, int, bool]], goal: VolumeGoal) -> None:
    world = the_brief_world()
    orders, account = world.account.grids, world.account
    account = step(account, SetVolumeGoal(at=world.now, goal=goal)).account
    for volume, cost, is_week in counts:
        begins = goal.span(world.now).begins if is_week else 0
        done = step(account, VolumeCounted(at=world.now, begins=begins, volume=D(volume), cost=D(cost)))
        account = done.account

        assert (done.actions, done.entries) == ((), ())
    assert account.grids == orders


def test_an_account_without_a_goal_on_disk_has_none() -> None:
    assert Limits().goal is None
