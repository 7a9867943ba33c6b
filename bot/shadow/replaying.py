"""The recorded events through the engine once more, each compared with what came of it then. It only reads.

Nothing is asked of a clock, a market or an exchange: what the engine was given is all there. Whatever it decides
otherwise than it did was decided by another engine, or what is recorded is not what happened.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from bot.owner.shadows import Difference, Shadow, Where
from bot.shadow.differing import first_difference, shown
from storage.recorded import Happened, Reading, Stood, came_of
from storage.rows import as_stored
from storage.store import Store
from storage.tables import RecordedRow
from strategy.draft import Step
from strategy.messages.events import Event, Filled
from strategy.model.account import Account
from strategy.step import step

PIECE = 100
"""Rows that are read at a time."""

Told = Callable[[int, int], None]
"""How many rows are replayed, and of how many."""


class Watcher(Protocol):
    """Whoever wants to see what happened along the way."""

    def stood(self, account: Account, at: int, *, is_start: bool) -> None:
        """A recorded state."""

    def seen(self, before: Account, event: Event, done: Step) -> None:
        """An event, and what came of it."""


def replayed(  # by name, what is replayed and who hears of it
    store: Store,
    name: str,
    since: int,
    until: int | None,
    version: str,
    told: Told,
    watcher: Watcher | None = None,
) -> Shadow | None:
    """What was recorded from the last state before `since` to `until`; None where nothing was.

    Ends at the first difference. Without `until` the last state is compared with what is on disk.
    """
    found = store.records.begins(name, since)
    if found is None:
        return None
    first, whole = found
    replay = Replay(version=version, watcher=watcher)
    for done, row in enumerate(_rows(store, name, first)):
        if until is not None and row.at > until:
            return replay.result()
        if not replay.take(row):
            return replay.result()
        told(done + 1, whole)
    if until is None:
        replay.compare(store.load(name))
    return replay.result()


def _rows(store: Store, name: str, first: int) -> Iterator[RecordedRow]:
    after = first - 1
    while rows := store.records.after(name, after, PIECE):
        yield from rows
        after = rows[-1].id


@dataclass(slots=True, kw_only=True)
class Replay:
    """A replay under way."""

    version: str
    watcher: Watcher | None = None
    account: Account | None = None
    recorded_by: str = ""
    begins: int = 0
    at: int = 0
    events: int = 0
    actions: int = 0
    entries: int = 0
    fills: int = 0
    starts: int = 0
    states: int = 0
    difference: Difference | None = None
    _reading: Reading = field(default_factory=Reading)

    def take(self, row: RecordedRow) -> bool:
        """One more row; False where it differs."""
        try:
            for one in self._reading.read(row):
                if isinstance(one, Stood):
                    self._stood(one)
                else:
                    self._happened(one)
                if self.difference is not None:
                    return False
        except ValueError as wrong:
            self._differs(Where.UNREAD, "", shown(wrong), "")
        return self.difference is None

    def compare(self, stored: Account | None) -> None:
        """The last state with the one that is on disk."""
        if self.account is not None and stored is not None and self.difference is None:
            self._same(as_stored(stored), as_stored(self.account))

    def result(self) -> Shadow:
        """What it came to."""
        return Shadow(
            begins=self.begins,
            ends=self.at,
            events=self.events,
            actions=self.actions,
            entries=self.entries,
            fills=self.fills,
            starts=self.starts,
            states=self.states,
            version=self.version,
            difference=self.difference,
        )

    def _stood(self, found: Stood) -> None:
        """A state that was recorded: what the events before it have to lead to."""
        if self.account is None:
            self.begins = found.at
        elif found.is_start:
            self._same(as_stored(found.account), as_stored(self.account))
        else:
            self._same(found.account, self.account)
        self.starts += found.is_start
        self.account, self.recorded_by, self.at = found.account, found.version, found.at
        if self.watcher is not None and self.difference is None:
            self.watcher.stood(found.account, found.at, is_start=found.is_start)

    def _happened(self, found: Happened) -> None:
        assert self.account is not None, "it begins with a state"
        self.at = found.event.at
        try:
            done = step(self.account, found.event)
        except Exception as failure:  # noqa: BLE001 - whatever the engine does, it is told
            self._differs(Where.FAILED, type(found.event).__name__, "", f"{type(failure).__name__}: {failure}")
            return
        now = came_of(done)
        if now != found.came and self._has_decided(found, now):
            return
        if self.watcher is not None:
            self.watcher.seen(self.account, found.event, done)
        self.account = done.account
        self.events += 1
        self.actions += len(done.actions)
        self.entries += len(done.entries)
        self.fills += isinstance(found.event, Filled)

    def _has_decided(self, found: Happened, now: dict[str, object]) -> bool:
        """Whether something else came of it, which is then the difference."""
        for where in (Where.PROBLEM, Where.ACTIONS, Where.ENTRIES, Where.NOTICES):
            differs = first_difference(found.came.get(where, []), now.get(where, []), where.value)
            if differs is not None:
                path, recorded, mine = differs
                self._differs(where, type(found.event).__name__, f"{path} = {recorded}", f"{path} = {mine}")
                return True
        return False

    def _same(self, recorded: Account, now: Account) -> None:
        self.states += 1
        differs = first_difference(recorded, now)
        if differs is not None:
            path, then, mine = differs
            self._differs(Where.STATE, "", f"{path} = {then}", f"{path} = {mine}")

    def _differs(self, where: Where, event: str, recorded: str, now: str) -> None:
        self.difference = Difference(
            where=where,
            at=self.at,
            number=self.events,
            event=event,
            recorded=recorded,
            now=now,
            version=self.recorded_by,
        )
