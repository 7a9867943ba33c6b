"""What a replay of the recorded events comes to, and what is kept of the last night's. Nothing is replayed here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from bot.owner.notebook import Notebook
from strategy.messages.machine import Shadowed, Unshadowed, Where
from strategy.model.durations import DAY

__all__ = [
    "MOST_DAYS",
    "Difference",
    "NotReplayed",
    "Progress",
    "ReplayDays",
    "Shadow",
    "Where",
    "keep_night",
    "last_night",
]

_NIGHT = "shadow.night"
"""Under which the last one is kept, with when it was."""
_FRESH = DAY
"""Milliseconds after which it is no longer the last night's."""
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


_KEPT = TypeAdapter(tuple[int, Shadowed])


def keep_night(notebook: Notebook, found: Shadow | NotReplayed, at: int) -> None:
    """Keep what the night's replay came to, for the daily report."""
    if isinstance(found, NotReplayed):
        told = Shadowed(why_not=Unshadowed(found.value))
    else:
        differs = found.difference
        told = Shadowed(
            events=found.events,
            where=None if differs is None else differs.where,
            found_at=None if differs is None else differs.at,
        )
    notebook.set_setting(_NIGHT, _KEPT.dump_json((at, told)).decode())


def last_night(notebook: Notebook, now: int) -> Shadowed:
    """What the last night's came to; that there was none, where there was none."""
    kept = notebook.setting(_NIGHT)
    at, told = (0, Shadowed()) if kept is None else _KEPT.validate_json(kept)
    return told if 0 <= now - at < _FRESH else Shadowed(why_not=Unshadowed.MISSED)
