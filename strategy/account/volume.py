"""The volume goal and the points week: what is told of them, each once. Nothing is traded for them.

A grid that was told to follow the goal changes its interval with it: see `widths`.
"""

from strategy.account.widths import look_anew
from strategy.draft import Draft
from strategy.messages.points import (
    BudgetSpent,
    GoalReached,
    PointsWeekOver,
    SetVolumeGoal,
    VolumeCounted,
    WeekEnded,
)
from strategy.model.chasing import chases
from strategy.model.limits import Limits
from strategy.model.values import replace
from strategy.model.weeks import Counted


def set_volume_goal(draft: Draft, event: SetVolumeGoal) -> None:
    """Another goal, which is told of and counted anew."""
    _set(draft, replace(draft.account.limits, goal=event.goal, counted=None, goal_told=0, budget_told=0))
    look_anew(draft)


def volume_counted(draft: Draft, event: VolumeCounted) -> None:
    """Keep the count; tell that the goal is reached, or its budget spent: once in a span each."""
    limits = draft.account.limits
    goal = limits.goal
    if goal is None or goal.span(event.at).begins != event.begins:
        return
    counted = Counted(begins=event.begins, volume=event.volume, cost=event.cost)
    limits = replace(limits, counted=counted)
    follow = tuple(grid.id for grid in draft.account.grids.values() if chases(grid.spec) and grid.phase.trades)
    told = len(draft.notices)
    if goal.budget is not None and event.cost >= goal.budget and limits.budget_told != event.begins:
        limits = replace(limits, budget_told=event.begins)
        draft.notices.append(
            BudgetSpent(at=event.at, goal=goal, volume=event.volume, cost=event.cost, following=follow)
        )
    if event.volume >= goal.volume and limits.goal_told != event.begins:
        limits = replace(limits, goal_told=event.begins)
        draft.notices.append(
            GoalReached(at=event.at, goal=goal, volume=event.volume, cost=event.cost, following=follow)
        )
    _set(draft, limits)
    if len(draft.notices) > told:
        look_anew(draft)


def week_ended(draft: Draft, event: WeekEnded) -> None:
    """The week's figures, once."""
    limits = draft.account.limits
    if limits.week_told >= event.ends:
        return
    _set(draft, replace(limits, week_told=event.ends))
    if any(one.fills for one in event.week.values()):
        draft.notices.append(PointsWeekOver(at=event.at, ends=event.ends, week=event.week))


def _set(draft: Draft, limits: Limits) -> None:
    draft.set(limits=limits)
