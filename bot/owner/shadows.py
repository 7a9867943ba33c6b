"""What a replay of the recorded events comes to: values only. Nothing is replayed here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from strategy.messages.machine import Where

__all__ = ["MOST_DAYS", "Difference", "NotReplayed", "Progress", "ReplayDays", "Shadow", "Where"]

MOST_DAYS = 60
"""For so long at most what happened is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first place at which it does not come to what was recorded."""

    where: Where
    at: int
    number: int
    """How many events had been replayed before."""
    event: str
    """The kind of the event; empty where two states were compared."""
    recorded: str
    now: str
    version: str
    """Of the program that recorded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """What was replayed, and whether all of it came to the same. Times in ms."""

    begins: int
    ends: int
    events: int
    actions: int
    entries: int
    fills: int
    starts: int
    """How often the program began in this time."""
    states: int
    """How often the whole state was compared."""
    version: str
    """Of this program."""
    difference: Difference | None = None


class NotReplayed(StrEnum):
    """Why nothing was replayed."""

    EMPTY = "empty"
    """Nothing is recorded of that time."""
    SLOW = "slow"
    FAILED = "failed"


Progress = Callable[[int, int], Awaitable[None]]
"""Told of how much is replayed, and of how much."""
ReplayDays = Callable[[int, Progress], Awaitable[Shadow | NotReplayed]]
"""Has the last days replayed, in a process of its own."""
