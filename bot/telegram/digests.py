"""What is not pushed: gathered by the hour, told in one message. Which digest a notice is in is decided once; no texts.

It is written down as soon as it is gathered, and before a digest is sent it is written down that it is closed. So
whoever has to send it again after a death sends the same, and what comes meanwhile is in the next one: nothing is
counted twice, nothing is left out.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from bot.owner.trader import Notebook
from bot.owner.views import OutboxRow
from strategy.model.durations import HOUR

CLOSED = "digest"
"""The setting that holds the number of the last digest to which nothing is added any more."""


class Digest(NamedTuple):
    """What is told in one message: everything that was gathered from `begins` up to `ends`, in ms."""

    rows: Sequence[OutboxRow]
    begins: int
    ends: int


class Digests:
    """Numbered by the hour in which they were open. Its clock is the owner's."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._waiting: set[int] | None = None
        """The numbers of those that are not told; None while that has not been read."""

    def gather(self, ids: Sequence[int]) -> None:
        """These notices are in the digest that is open now."""
        number = max(self._notebook.clock() // HOUR, self._closed() + 1)
        self._notebook.gather(ids, number)
        self._known().add(number)

    def due(self, *, hold: bool, without: Collection[int]) -> Digest | None:
        """What was closed and is not told; else the hours that are over, unless they are to be held."""
        known = self._known()
        closed = self._closed()
        if not any(number <= closed for number in known):
            over = [number for number in known if number < self._notebook.clock() // HOUR]
            if hold or not over:
                return None
            closed = max(over)
            self._notebook.set_setting(CLOSED, str(closed))
        rows = [row for row in self._notebook.gathered(closed) if row.id not in without]
        first = min(number for number in known if number <= closed)
        if not rows:
            known -= {number for number in known if number <= closed}
            return None
        return Digest(rows, first * HOUR, (closed + 1) * HOUR)

    def told(self) -> None:
        """What was due is marked as told."""
        self._waiting = None

    def next_in(self) -> float | None:
        """Seconds until one is over; None where none waits."""
        known = self._known()
        return max((min(known) + 1) * HOUR - self._notebook.clock(), 0) / 1000 if known else None

    def _known(self) -> set[int]:
        if self._waiting is None:
            self._waiting = set(self._notebook.digests())
        return self._waiting

    def _closed(self) -> int:
        return int(self._notebook.setting(CLOSED) or 0)
