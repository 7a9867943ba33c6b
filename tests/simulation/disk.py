"""The disk of a world: a real database, and what goes wrong with it. Knows nothing of accounts.

A statement can fail as on a full disk, or be the last thing that the process did; a commit can lose its answer; all of
it can be away for minutes; another process can become the one that writes. A dead process writes nothing more.
"""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import OperationalError

from storage.store import Store
from tests.simulation.places import BEGIN, COMMIT, place

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Killed(BaseException):
    """The process ended here. Not an `Exception`: nothing inside it can go on."""


class Disk:
    """What outlives a process. `now` is the clock of the process that uses it."""

    def __init__(self, now: Callable[[], int]) -> None:
        mount = _mount()
        mount.disk, self._place = self, mount.place
        self._now = now
        self.is_full = False
        self.is_cut_off = False
        """The process that wrote here is dead; the next one gets a store of its own."""
        self.dies_in: int | None = None
        """Statements until the process dies, which happens before one is carried out."""
        self.dies_writing = False
        """Whether only those that write count."""
        self.dies_after: str | None = None
        """A table: the process dies with the statement that follows the next row of it."""
        self.died: Callable[[], None] = lambda: None
        self.refused = 0
        """Writes that found the disk full."""
        self.is_away = False
        """Nothing can be read or written."""
        self.cuts: list[bool] = []
        """Of each of the next commits whether it is written before its answer is lost."""
        self.then_away: Callable[[], None] = lambda: None
        """Called when an answer is lost: nobody may be there to ask what became of it."""
        self.known_to_loser: set[int] | None = None
        """While another process is the one that writes: the client ids that were in the journal when it came."""
        self._has_written = False
        self.restore(self._place.empty)

    def store(self) -> Store:
        """A store over what is on the disk now, for a new process."""
        self.is_cut_off = False
        self._place.database.take_over()
        self.known_to_loser = None
        return Store(self._place.database, now=self._now)

    def copy(self) -> Any:
        """Everything on it."""
        return self._place.copy()

    def nothing(self) -> Any:
        """A new, empty database."""
        return self._place.empty

    def restore(self, content: Any) -> None:
        """Put a copy back."""
        self._place.restore(content)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What is committed, for the world's own eyes."""
        return self._place.rows(statement, *values)

    def rival(self) -> None:
        """Another process takes the database over, whatever lock there was."""
        self.known_to_loser = {client_id for (client_id,) in self.rows("SELECT client_id FROM order_")}
        self._place.run("UPDATE writer SET owner = 'rival', number = number + 1")

    def before(self, driver: Any, statement: str) -> None:
        """Called before each statement of the process, and before each of its commits."""
        if self.is_cut_off:
            raise Killed
        if self.is_away:
            raise _failure("the connection was closed")
        if statement == COMMIT:
            self._cut(driver)
        writes = statement.startswith(_WRITES)
        self._has_written = (self._has_written or writes) and statement not in (BEGIN, COMMIT)
        if self.dies_after is not None and statement.startswith(f"INSERT INTO {self.dies_after} "):
            self.dies_after, self.dies_in = None, 1
        if self.dies_in is not None and (writes or not self.dies_writing):
            self.dies_in -= 1
            if self.dies_in < 0:
                self.dies_in = None
                self.died()
                raise Killed
        if self.is_full and writes:
            self.refused += 1
            raise _failure("database or disk is full")

    def _cut(self, driver: Any) -> None:
        if not (self.cuts and self._has_written):
            return
        self._has_written = False
        self._place.lose_answer(driver, written=self.cuts.pop())
        self.then_away()
        raise _failure("the connection was closed before the answer")


def _failure(text: str) -> OperationalError:
    """As SQLAlchemy tells what the driver could not do."""
    return OperationalError(None, None, Exception(text))


class _Mount:
    """The one database of this Python process, and the disk that is mounted on it."""

    def __init__(self) -> None:
        self.disk: Disk | None = None
        self.place = place(self._before)

    def _before(self, driver: Any, statement: str) -> None:
        if self.disk is not None:
            self.disk.before(driver, statement)


_mounts: list[_Mount] = []


def _mount() -> _Mount:
    if not _mounts:
        _mounts.append(_Mount())
    return _mounts[0]


def bound_key(disk: Disk) -> str | None:
    """The key that the database names."""
    found = disk.rows("SELECT value FROM setting WHERE key = 'identity'")
    return str(json.loads(found[0][0])["key"]) if found else None
