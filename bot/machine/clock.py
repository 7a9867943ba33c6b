"""The process's one clock. It never jumps, whatever is done to this machine's; nothing here waits or asks anybody.

Three times, all in milliseconds: `steady` is for what waits, ages or repeats; `now` is for what is dated and signed;
`wall` is what this machine shows, which is only ever compared.
"""

import time
from collections.abc import Callable

# On Linux it counts a suspended machine's sleep; elsewhere the plain one does.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def wall_milliseconds() -> int:
    """This machine's clock, since 1970 UTC: a person, a virtual machine or NTP may set it at any time."""
    return time.time_ns() // 1_000_000


def steady_milliseconds() -> int:
    """Time since this machine was started: nobody can set it."""
    return time.clock_gettime_ns(_STEADY) // 1_000_000


class Clock:
    """Taken from this machine's clock once; from there it goes by itself, and by the exchange's where that is known."""

    def __init__(
        self,
        *,
        wall: Callable[[], int] = wall_milliseconds,
        steady: Callable[[], int] = steady_milliseconds,
    ) -> None:
        self.wall = wall
        self._steady = steady
        self._begun = wall() - steady()
        self._offset: Callable[[], int] = lambda: 0

    def steady(self) -> int:
        """Since 1970 as this machine had it at the start: never set, never corrected. For whatever waits."""
        return self._steady() + self._begun

    def now(self) -> int:
        """Since 1970 UTC, by the exchange's clock as far as it is known. For whatever is dated or signed."""
        return self.steady() + self._offset()

    def go_by(self, offset: Callable[[], int]) -> None:
        """From now on `now` is `steady` and this: the exchange's clock less ours, as last measured."""
        self._offset = offset
