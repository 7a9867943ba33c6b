"""Notices of the machine that we run on: its clock, its sleep, its disk."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOff:
    """This machine's clock was set while we ran (`jumped`), or differs from the exchange's since the start."""

    at: int
    by: int
    """Milliseconds; with a minus, it was set back, or is behind."""
    jumped: bool
    kind: Literal["clock_off"] = "clock_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slept:
    """The process stood still for a while: a suspended machine, a paused one, a stopped process."""

    at: int
    lasted: int
    """Milliseconds."""
    kind: Literal["slept"] = "slept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """No tick has come for a while, so no limit is judged; or one has come again (`over`)."""

    at: int
    over: bool
    lasted: int
    """Milliseconds since the last one."""
    kind: Literal["unwatched"] = "unwatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFailed:
    """The nightly copy of the database could not be made."""

    at: int
    text: str
    kind: Literal["backup_failed"] = "backup_failed"


class Where(StrEnum):
    """In what a replay differs from what was recorded."""

    ACTIONS = "actions"
    """Orders to be placed or cancelled."""
    NOTICES = "notices"
    """What the owner was told."""
    ENTRIES = "entries"
    """What was booked."""
    PROBLEM = "problem"
    """Why a command was refused."""
    STATE = "state"
    """Grids, levels, coins, orders, limits."""
    FAILED = "failed"
    """The engine stopped with a fault."""
    UNREAD = "unread"
    """What was recorded can't be read."""


class Unshadowed(StrEnum):
    """Why a night has nothing to say of the day before it."""

    EMPTY = "empty"
    """Nothing is recorded of it."""
    SLOW = "slow"
    FAILED = "failed"
    MISSED = "missed"
    """The program was not running then, or has not come to it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowed:
    """What the last night's replay came to."""

    events: int = 0
    """That came out as they did then: all of them, or those before the first difference."""
    where: Where | None = None
    """In what the first difference is; None where there is none."""
    found_at: int | None = None
    """When that was."""
    why_not: Unshadowed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDiffers:
    """What was recorded comes to something else today: the first place at which it does."""

    at: int
    found_at: int
    """When that was."""
    where: Where
    event: str
    recorded: str
    now: str
    recorded_by: str
    """The version of the program; likewise `version`, of this one."""
    version: str
    kind: Literal["shadow_differs"] = "shadow_differs"
