"""APScheduler in virtual time: it plans by a wall clock, and here that clock is the world's. Plans nothing itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo

from apscheduler.schedulers import base
from apscheduler.triggers import interval

from bot import schedule
from tests.simulation.surroundings import swapped


@contextmanager
def planned_by(wall: Callable[[], int]) -> Iterator[None]:
    """While this lasts, what the scheduler takes for this machine's clock is `wall`, in milliseconds since 1970."""

    class Shown(datetime):
        """The clock on the wall."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            """What it shows."""
            return datetime.fromtimestamp(wall() / 1000, tz or UTC)

    with swapped(base, "datetime", Shown), swapped(interval, "datetime", Shown), swapped(schedule, "datetime", Shown):
        yield
