"""Recorded events: what the engine was given, what came of it, and the whole state now and then. Decides nothing.

A row holds what one commit made true, or the state from which the rows after it lead on. Events that changed nothing
on disk wait in memory for the next commit that does: a crash loses them, and with them nothing that anybody has seen.
In a row each event is what has changed since the one of its kind before it (see `patches`), from the last state on.
"""

import json
import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, BindParameter, Connection, Integer, bindparam, func, select

from storage.columns import UtcDateTime
from storage.database import Database
from storage.errors import CommitUnknown
from storage.patches import Json, patch, patched
from storage.rows import Row, of_account, table_of
from storage.tables import RecordedRow, Recording
from strategy.draft import Step
from strategy.messages.events import Event
from strategy.model.account import Account
from strategy.model.durations import DAY

log = logging.getLogger(__name__)

Given = Sequence[Event]
"""What the engine was given, one event a step."""

MOST_WAITING = 2_000
"""Events that wait for a commit; beyond that they get one of their own."""

_ROWS = table_of(RecordedRow)
_KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(Event)}
_ID, _AT = bindparam("id", type_=BigInteger()), bindparam("at", type_=UtcDateTime())
_OF: BindParameter[Any] = bindparam("account")
_LIMIT = bindparam("limit", type_=Integer())
_NEW = _ROWS.insert().inline()
_STATES = (_ROWS.c.account == _OF, _ROWS.c.what.in_([one for one in Recording if one is not Recording.EVENTS]))
_FIRST = select(func.min(_ROWS.c.id)).where(*_STATES)
_LAST_BEFORE = select(func.max(_ROWS.c.id)).where(*_STATES, _ROWS.c.at <= _AT)
_COUNT = select(func.count()).where(_ROWS.c.account == _OF, _ROWS.c.id >= _ID)
_PIECE = select(_ROWS).where(of_account(_ROWS.c.account), _ROWS.c.id > _ID).order_by(_ROWS.c.id).limit(_LIMIT)
_OLD = select(_ROWS.c.id).where(of_account(_ROWS.c.account), _ROWS.c.id < _ID).order_by(_ROWS.c.id).limit(_LIMIT)
_ALL = 2**62
_DROP = _ROWS.delete().where(_ROWS.c.id == _ID)
_FORGET = _ROWS.delete().where(*_STATES)
_NOT_STATE = {"grids": {"__all__": {"known"}}}
"""What is derived from a grid is no part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event, and what came of it: actions, notices, entries and the problem, each as its kind and its JSON."""

    event: Event
    came: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """The whole state at a moment, and by which version of the program it goes on from there."""

    account: Account
    at: int
    is_start: bool
    """Whether a process began with it: it was loaded, and what is not stored is as it was found then."""
    version: str


def came_of(step: Step) -> Json:
    """What came of an event, without the state: empty where nothing did."""
    told = {
        "actions": [_named(one) for one in step.actions],
        "notices": [_named(one) for one in step.notices],
        "entries": [_named(one) for one in step.entries],
        "problem": [_named(step.problem)] if step.problem is not None else [],
    }
    return {name: found for name, found in told.items() if found}


def _named(value: Any) -> Json:
    kind: Any = type(value)
    return [kind.__name__, _adapter(kind).dump_python(value, mode="json", warnings=False)]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@cache
def _readers(kind: Any) -> Mapping[str, TypeAdapter[Any]]:
    """What reads each field."""
    return {name: TypeAdapter(hint) for name, hint in get_type_hints(kind).items()}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


@dataclass(slots=True)
class Chain:
    """The newest event of each kind: what the next one is a change of."""

    events: dict[str, Event] = field(default_factory=dict)
    told: dict[str, dict[str, Json]] = field(default_factory=dict)

    def copy(self) -> "Chain":
        """Another one, to go on from here without changing this."""
        return Chain(dict(self.events), dict(self.told))

    def change(self, event: Event) -> Json:
        """What the event changes of the one before; it is the newest now."""
        kind: Any = type(event)
        before, told = self.events.get(kind.__name__), self.told.get(kind.__name__, {})
        names = _names(kind)
        new = {one for one in names if before is None or not _is(getattr(before, one), getattr(event, one))}
        dumped = _adapter(kind).dump_python(event, mode="json", include=new, warnings=False)
        now = {one: dumped[one] if one in new else told[one] for one in names}
        self.events[kind.__name__], self.told[kind.__name__] = event, now
        return [kind.__name__, patch(told, now)]

    def event(self, name: str, change: Json) -> Event:
        """The event that was changed to; it is the newest now."""
        kind, before = _KINDS[name], self.events.get(name)
        now = patched(self.told.get(name, {}), change)
        if before is None:
            event: Event = _adapter(kind).validate_python(now)
        else:
            readers = _readers(kind)
            event = replace(before, **{one: readers[one].validate_python(now[one]) for one in change})
        self.events[name], self.told[name] = event, now
        return event


def _is(old: object, new: object) -> bool:
    """The same to the letter, seen quickly: equal amounts may be written differently."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        return len(old) == len(new) and all(map(_are_one, old, new))
    return old is new


def _are_one(old: object, new: object) -> bool:
    return old is new


@dataclass(slots=True, kw_only=True)
class Taken:
    """Events that were stepped and are to be saved: they count as recorded only once that is committed."""

    account: Account
    """To which they lead."""
    origin: Account | None
    """The state from which they do, where nothing recorded leads to it."""
    waiting: list[tuple[Event, Json]]
    """Events and what came of them, those that were kept before included."""
    chain: Chain
    day: int
    sends: bool = False

    @property
    def is_due(self) -> bool:
        """Whether they have to be written although nothing else has: something is to be sent, or many wait."""
        return self.sends or len(self.waiting) > MOST_WAITING


class Records:
    """What is recorded in a database; and what this process has recorded, as far as the next row depends on it."""

    def __init__(self, database: Database) -> None:
        self._reading, self._writing = database.reading, database.writing
        self.version: str | None = None
        """Of the program; while it is None nothing is recorded."""
        self._now: Taken | None = None
        self._is_broken_off = False
        """Whether something was committed that is not recorded."""
        self._doubts: dict[int, Taken | None] = {}

    # What is there

    def begins(self, account: str, since: int) -> tuple[int, int] | None:
        """The number of the last state recorded by then, or of the first one, and how many rows are from it on."""
        with self._reading() as connection:
            first = connection.execute(_LAST_BEFORE, {"account": account, "at": since}).scalar_one()
            if first is None:
                first = connection.execute(_FIRST, {"account": account}).scalar_one()
            if first is None:
                return None
            return first, connection.execute(_COUNT, {"account": account, "id": first}).scalar_one()

    def after(self, account: str, after: int, limit: int) -> list[RecordedRow]:
        """Rows numbered above this, as they are stored: for a `Reading`."""
        with self._reading() as connection:
            found = connection.execute(_PIECE, {"account": account, "id": after, "limit": limit}).mappings()
            return [RecordedRow(**row) for row in found]

    def drop(self, account: str, before: int | None, limit: int) -> None:
        """Drop so many rows, the oldest first, that no replay from this moment on needs; None: that no replay does."""
        known = {"account": account, "at": before}
        with self._reading() as connection:
            first = _ALL if before is None else connection.execute(_LAST_BEFORE, known).scalar()
            old = list(connection.execute(_OLD, {"account": account, "id": first or 0, "limit": limit}).scalars())
        if old:
            with self._writing() as connection:
                connection.execute(_DROP, [{"id": one} for one in old])

    # What is being saved

    def take(self, before: Account | None, events: Sequence[Event], steps: Sequence[Step]) -> Taken | None:
        """These too. Nothing is changed by asking."""
        if self.version is None or before is None or not events:
            return None
        known = self._now
        happened = [(event, came_of(step)) for event, step in zip(events, steps, strict=True)]
        after, sends = steps[-1].account, any(step.actions for step in steps)
        if known is None or known.account is not before:
            return Taken(account=after, origin=before, waiting=happened, chain=Chain(), day=0, sends=sends)
        waiting = [*known.waiting, *happened]
        return replace(known, account=after, waiting=waiting, sends=sends)

    def write(self, connection: Connection, account: str, taken: Taken | None) -> None:
        """Write what waits; and the state, where a process or a day begins with it. In `saving`.

        What is recorded leads nowhere any more once something is not: no replay may begin with a state before that.
        """
        if self.version is None and not self._is_broken_off:
            connection.execute(_FORGET, {"account": account})
        if taken is None:
            return
        try:
            rows = self._rows(taken)
        except Exception:  # a fault of the record's own: no fill goes unbooked for it, and a replay will tell
            log.exception("recorded event=failed")
            taken.origin, taken.waiting = taken.account, []
            return
        connection.execute(_NEW, rows)
        taken.origin, taken.waiting = None, []

    def _rows(self, taken: Taken) -> list[Row]:
        at, last = taken.waiting[0][0].at, taken.waiting[-1][0].at
        rows, chain = [], taken.chain.copy()
        if taken.origin is not None:
            chain, taken.day = Chain(), at // DAY
            rows.append(self._state(Recording.START, taken.origin, at))
        events = [[*chain.change(event), *([came] if came else [])] for event, came in taken.waiting]
        rows.append(_row(taken.account, at, Recording.EVENTS, None, _json(events)))
        if last // DAY > taken.day:
            chain, taken.day = Chain(), last // DAY
            rows.append(self._state(Recording.DAY, taken.account, last))
        taken.chain = chain
        return rows

    def keep(self, taken: Taken | None) -> None:
        """That was committed; or, where nothing of it had to be, it waits for the next commit."""
        self._now = taken or self._now

    @contextmanager
    def saving(self, taken: Taken | None) -> Iterator[None]:
        """They are committed in here: then they are recorded, or, where the answer is lost, that is not known yet."""
        try:
            yield
        except CommitUnknown as unknown:
            self._doubts[unknown.ticket] = taken
            raise
        self.keep(taken)
        self._is_broken_off = self.version is None

    def settled(self, ticket: int, *, committed: bool) -> bool:
        """What became of it: whether it was committed, which is said again."""
        taken = self._doubts.pop(ticket, None)
        if committed:
            self.keep(taken)
        return committed

    def _state(self, what: Recording, account: Account, at: int) -> Row:
        text = _adapter(Account).dump_json(account, exclude=_NOT_STATE, warnings=False)
        return _row(account, at, what, self.version, text)


def _row(account: Account, at: int, what: Recording, version: str | None, text: bytes) -> Row:
    return {"account": account.name, "at": at, "what": what, "version": version, "data": _packed(text)}


def _packed(text: bytes) -> bytes:
    return zlib.compress(text)


def _json(values: Json) -> bytes:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()


class Reading:
    """Rows back to values, one after the other, from a state on."""

    def __init__(self) -> None:
        self._chain = Chain()

    def read(self, row: RecordedRow) -> Iterator[Stood | Happened]:
        """What a row says; `ValueError` where it can't be read: it was written by another version, or is damaged."""
        try:
            text = zlib.decompress(row.data)
            if row.what is not Recording.EVENTS:
                self._chain = Chain()
                account = _adapter(Account).validate_json(text)
                is_start = row.what is Recording.START
                yield Stood(account=account, at=row.at, is_start=is_start, version=row.version or "")
                return
            for kind, change, *came in json.loads(text):
                yield Happened(event=self._chain.event(kind, change), came=came[0] if came else {})
        except (zlib.error, LookupError, TypeError) as wrong:
            raise ValueError(str(wrong)) from wrong
