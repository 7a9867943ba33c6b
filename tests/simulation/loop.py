"""An event loop in virtual time: where nothing is ready, the clock jumps to the next timer. Opens no socket."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

MOST_TURNS = 400_000
"""Turns of the loop in one world: more are a loop without end."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs as any other, only that `time()` stands still while there is work and nothing is ever waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._turns = 0
        self._selector = self  # the base class asks it what is ready, and how long to wait

    def time(self) -> float:
        """Seconds since the loop was made, in its own time."""
        return self._seconds

    def select(self, timeout: float | None) -> list[Any]:
        """Nothing ever comes from outside: the time until the next timer is over at once."""
        self._turns += 1
        assert timeout is not None, "everything waits, and nothing will ever happen"
        assert self._turns < MOST_TURNS, "the world goes round in circles"
        self._seconds += max(timeout, 0.0)
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        assert not event_list

    def _write_to_self(self) -> None:
        """Wakes a loop that waits; this one never does."""


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end in a loop of its own. What it leaves behind is cancelled."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
