"""An event loop in virtual time: where nothing is ready, the clock jumps to the next timer. Opens no socket."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from heapq import heappop, heappush
from typing import Any, TypeVar

Result = TypeVar("Result")
Work = Callable[..., object]

MOST_TURNS = 400_000
"""Turns of the loop in one world: more are a loop without end."""


class _Call:
    """Something to be called, unless it is cancelled before. Lighter than asyncio's own, of which worlds need many."""

    __slots__ = ("args", "context", "is_cancelled", "work")

    def __init__(self, work: Work, args: tuple[object, ...], context: Context | None) -> None:
        self.work = work
        self.args = args
        self.context = copy_context() if context is None else context
        self.is_cancelled = False

    def cancel(self) -> None:
        """Don't call it."""
        self.is_cancelled = True


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs as any other, only that `time()` stands still while there is work and nothing is ever waited for."""

    _stopping: bool  # set by the base class

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._calls: deque[_Call] = deque()
        self._timers: list[tuple[float, int, _Call]] = []
        self._timers_made = 0
        self.turn: Callable[[], float] | None = None
        """How many seconds a turn takes: on a busy machine news come in between a thing and what follows it."""

    def time(self) -> float:
        """Seconds since the loop was made, in its own time."""
        return self._seconds

    def get_debug(self) -> bool:
        """Never: it is asked at every task."""
        return False

    def call_soon(self, callback: Work, *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        """In the next turn, in the order of asking."""
        call = _Call(callback, args, context)
        self._calls.append(call)
        return call

    def call_soon_threadsafe(self, callback: Work, *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        """The same: there is one thread. The scheduler asks for it."""
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Work, *args: Any, context: Context | None = None
    ) -> Any:
        """After so many seconds."""
        return self.call_at(self._seconds + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Work, *args: Any, context: Context | None = None
    ) -> Any:
        """At this time; of several at the same time the one first that was asked for first."""
        call = _Call(callback, args, context)
        self._timers_made += 1
        heappush(self._timers, (when, self._timers_made, call))
        return call

    def _run_once(self) -> None:
        """Turn after turn until the loop is stopped. Where nothing is ready, the time until the next timer is over."""
        calls, timers = self._calls, self._timers
        for _ in range(MOST_TURNS):
            if not calls:
                assert timers, "everything waits, and nothing will ever happen"
                self._seconds = max(self._seconds, timers[0][0])
            while timers and timers[0][0] <= self._seconds:
                calls.append(heappop(timers)[2])
            for _ in range(len(calls)):
                call = calls.popleft()
                if not call.is_cancelled:
                    self._carry_out(call)
            if self.turn is not None:
                self._seconds += self.turn()
            if self._stopping:
                return
        msg = "the world goes round in circles"
        raise AssertionError(msg)

    def _carry_out(self, call: _Call) -> None:
        try:
            call.context.run(call.work, *call.args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as failure:  # noqa: BLE001 - as every event loop does
            self.call_exception_handler({"message": f"in {call.work}", "exception": failure})


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
