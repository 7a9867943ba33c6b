"""A log line that may come thousands of times: said at once, then once a minute with how many were left out."""

import logging
import time
from collections.abc import Callable

EVERY = 60.0
"""Seconds for which the same cause is quiet."""
MOST_CAUSES = 50
"""Beyond that the causes are not told apart: they come from outside."""


class Repeats:
    """Counts what is said too often. A cause is the field that is wrong: the text up to its first colon."""

    def __init__(self, log: logging.Logger, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._monotonic = monotonic
        self._said_at: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def warning(self, cause: str, line: str, *args: object) -> None:
        """Say it, or count it."""
        name = cause.partition(":")[0]
        name = name if name in self._said_at or len(self._said_at) < MOST_CAUSES else ""
        now = self._monotonic()
        if now - self._said_at.get(name, -EVERY) < EVERY:
            self._left_out[name] = self._left_out.get(name, 0) + 1
            return
        self._said_at[name] = now
        self._log.warning(line, *args)
        self._tell_count(name)

    def close(self) -> None:
        """Say how many were left out, where it has ended."""
        for name in list(self._left_out):
            self._tell_count(name)

    def _tell_count(self, name: str) -> None:
        count = self._left_out.pop(name, 0)
        if count:
            self._log.warning("%d more like it were left out (%s)", count, name or "several causes")
