"""Notices of the machine that we run on: its clock, its sleep, its disk."""

from dataclasses import dataclass
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
