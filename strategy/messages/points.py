"""What is asked, counted and told of volume: the points week, and the owner's own goal."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.model.orders import GridId
from strategy.model.turnover import Turnovers
from strategy.model.weeks import VolumeGoal


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVolumeGoal:
    """Command: another volume goal; None is none. It trades nothing: a grid that follows it changes its interval."""

    at: int
    goal: VolumeGoal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeCounted:
    """What the ledger says was traded in the goal's span up to now, in USDC."""

    at: int
    begins: int
    """Of the span."""
    volume: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekEnded:
    """A points week is over and its fills are booked: told once, and only where something was traded in it."""

    at: int
    ends: int
    week: Turnovers


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsWeekOver:
    """What the account traded in the points week that has ended."""

    at: int
    ends: int
    week: Turnovers
    kind: Literal["points_week"] = "points_week"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalReached:
    """The volume goal is reached."""

    at: int
    goal: VolumeGoal
    volume: Decimal
    cost: Decimal
    following: tuple[GridId, ...] = ()
    """The grids whose interval follows it: they trade with their own until the span ends."""
    kind: Literal["goal_reached"] = "goal_reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSpent:
    """The volume has cost what it may. The grids trade on as they are, those that follow it with their own interval."""

    at: int
    goal: VolumeGoal
    volume: Decimal
    cost: Decimal
    following: tuple[GridId, ...] = ()
    kind: Literal["budget_spent"] = "budget_spent"
