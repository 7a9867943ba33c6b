"""The store: all that outlives the process, one method a connection. Synchronous and short; never a network call.

What the methods do is in `changes` and `rows` (the account), `ledger` (entries, journal) and `desk` (the chat's side).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection

from storage import curves, desk, files, ledger
from storage.aging import Aging
from storage.changes import changes_between, write
from storage.curves import ALL, Curve
from storage.database import Database
from storage.desk import Button, CommandTaken, OutboxRow, Snapshot
from storage.errors import (
    AlreadyBooked,
    CommitUnknown,
    DatabaseCorrupt,
    DatabaseInUse,
    DatabaseTaken,
    DatabaseTooNew,
    StateRefused,
    StorageError,
    StorageUnavailable,
)
from storage.ledger import Trips
from storage.looking import LookedAt
from storage.recorded import Given, Records
from storage.rows import read_account
from storage.tables import Plain
from strategy.draft import Step
from strategy.model.account import Account
from strategy.model.curve import Leg
from strategy.model.ledger import Closing, Entry, FillEntry, Movement
from strategy.model.orders import ClientId, Fill, GridId, Order
from strategy.reconcile.recovery import LAG

__all__ = [
    "ALL",
    "AlreadyBooked",
    "Button",
    "CommandTaken",
    "CommitUnknown",
    "DatabaseCorrupt",
    "DatabaseInUse",
    "DatabaseTaken",
    "DatabaseTooNew",
    "OutboxRow",
    "Plain",
    "Snapshot",
    "StateRefused",
    "StorageError",
    "StorageUnavailable",
    "Store",
    "Trips",
]


Recalled = Callable[[str], str | None]
"""What was set under a key, or None."""


class Store:
    """One database. All its methods raise `StorageError` and leave nothing half done.

    Those that write raise `CommitUnknown` where the commit's answer was lost, `DatabaseTaken` where another one writes.
    """

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._reading, self._writing = database.reading, database.writing
        self._now = now
        self.records, self.aging = Records(database), Aging(database)

    @classmethod
    def open(cls, url: str, *, now: Callable[[], int], admit: Callable[[Recalled], object] | None = None) -> "Store":
        """Open, check, lock and migrate; `sqlite://` is a database in memory. `now` tells milliseconds since 1970.

        `admit` is asked before a database that is not new is changed, with what is set in it: it raises to refuse it.
        """

        def look(connection: Connection) -> None:
            if admit is not None:
                admit(lambda key: desk.setting(connection, key))

        return cls(Database(url, now=now, admit=look), now=now)

    @classmethod
    def look(cls, url: str, *, now: Callable[[], int]) -> "Store":
        """Open only to read, also while another process writes: everything is seen as it is now."""
        return cls(LookedAt(url), now=now)

    def close(self) -> None:
        """Let go of the database and its lock."""
        self._database.close()

    def backup(self, path: Path) -> None:
        """Write a consistent copy of the file. Fit for a thread."""
        self._database.backup(path)

    def checkpoint(self) -> None:
        """Let the database's file alone hold everything: whoever copies it then has it all. Fit for a thread."""
        self._database.checkpoint()

    @property
    def file(self) -> Path | None:
        """The database's file, if it is one."""
        return self._database.file

    # The account

    def load(self, name: str) -> Account | None:
        """The account as it was last saved, with every grid it has not let go; None if it was never saved.

        Orders that are over are in it for as long as the exchange may not have shown all of their fills.
        """
        with self._reading() as connection:
            return read_account(connection, name, ended_since=max(0, self._now() - LAG))

    def save(self, before: Account | None, steps: Sequence[Step], *, events: Given = ()) -> bool:
        """Write what the steps changed and what they told and booked, as a whole; False where nothing had to be.

        `before` is the account as it was last saved or loaded, None if it never was. `events`, one a step, are
        recorded. `AlreadyBooked` and every other error leave the database as it was.
        """
        changes = changes_between(before, [step.account for step in steps])
        entries = [entry for step in steps for entry in step.entries]
        notices = [notice for step in steps for notice in step.notices]
        taken = self.records.take(before, events, steps)
        if not (changes or entries or notices or (taken is not None and taken.is_due)):
            self.records.keep(taken)
            return False
        with self.records.saving(taken), self._writing() as connection:
            write(connection, changes)
            if entries:
                ledger.book(connection, steps[-1].account.name, entries)
            if notices:
                desk.put_notices(connection, steps[-1].account.name, notices)
            self.records.write(connection, steps[-1].account.name, taken)
        return True

    def is_committed(self, ticket: int) -> bool:
        """Whether what ended with `CommitUnknown` was written. To be asked once; raises until it is known."""
        return self.records.settled(ticket, committed=self._database.is_committed(ticket))

    # The ledger and the journal

    def known_fills(self, account: str, keys: Iterable[str]) -> dict[str, Fill]:
        """By their keys, those of the fills that are booked."""
        if not (wanted := list(keys)):
            return {}
        with self._reading() as connection:
            return ledger.known_fills(connection, account, wanted)

    def movements(self, account: str) -> list[Movement]:
        """Opening balances, deposits and withdrawals, in the order of booking."""
        with self._reading() as connection:
            return ledger.movements(connection, account)

    def journal(self, account: str, client_ids: Iterable[int]) -> dict[ClientId, Order]:
        """The orders that were ever intended under these ids."""
        if not (wanted := list(client_ids)):
            return {}
        with self._reading() as connection:
            return ledger.journal(connection, account, wanted)

    def orders_after(self, account: str, after: int, limit: int) -> list[Order]:
        """The journal piece by piece: orders whose client ids are above `after`."""
        with self._reading() as connection:
            return ledger.orders_after(connection, account, after, limit)

    def newest_taken(self, account: str, limit: int) -> list[Order]:
        """The orders that the exchange has given an id, the last changed first."""
        with self._reading() as connection:
            return ledger.newest_taken(connection, account, limit)

    def any_id_in_block(self, account: str, block: int) -> bool:
        """Whether the journal or a booked fill shows a client id of this block."""
        with self._reading() as connection:
            return ledger.any_id_in_block(connection, account, block)

    def entries(
        self,
        account: str,
        *,
        grid_id: GridId | None = None,
        since: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Entry]:
        """The ledger in the order of booking; with `grid_id` the fills and closings of that grid only."""
        with self._reading() as connection:
            return ledger.entries(
                connection, account, grid_id=grid_id, since=since, limit=limit, newest_first=newest_first
            )

    def last_entry(self, account: str) -> int:
        """The number of the newest entry; 0 where there is none."""
        with self._reading() as connection:
            return ledger.last_entry(connection, account)

    def entries_after(self, account: str, after: int, *, until: int, limit: int) -> tuple[list[Entry], int]:
        """The ledger piece by piece: entries numbered above `after`, up to `until`; and the number of the last."""
        with self._reading() as connection:
            return ledger.entries_after(connection, account, after, until, limit)

    def newest_fill_at(self, account: str) -> int:
        """When the fill that was booked last was traded, by the exchange's clock; 0 where there is none."""
        with self._reading() as connection:
            return ledger.newest_fill_at(connection, account)

    def fill_count(self, account: str, *, grid_id: GridId | None = None) -> int:
        """How many fills of ours there are, in one grid or in all."""
        with self._reading() as connection:
            return ledger.fill_count(connection, account, grid_id)

    def fills_page(
        self, account: str, *, grid_id: GridId | None = None, limit: int, offset: int = 0
    ) -> list[FillEntry]:
        """Fills of ours, the newest first."""
        with self._reading() as connection:
            return ledger.fills_page(connection, account, grid_id=grid_id, limit=limit, offset=offset)

    def trip_profit(self, account: str, closing: FillEntry) -> Decimal:
        """What the whole round trip brought, after fees, that this fill completed."""
        with self._reading() as connection:
            return ledger.trip_profit(connection, account, closing)

    def trips_between(self, account: str, grid_id: GridId | None, start: int, end: int) -> Trips:
        """Fills, round trips and realised profit of what was traded from `start` up to, not including, `end`."""
        with self._reading() as connection:
            return ledger.trips_between(connection, account, grid_id, start, end)

    def traded_after(
        self, account: str, grid_id: GridId | None, since: int, *, after: int, until: int, limit: int
    ) -> tuple[list[FillEntry], int]:
        """As `happened_since`, its fills alone, piece by piece: numbered above `after`, up to `until`; the last one."""
        with self._reading() as connection:
            return ledger.traded_after(connection, account, grid_id, since, after, until, limit)

    def closed_since(self, account: str, grid_id: GridId, since: int) -> list[Closing]:
        """As `happened_since`, its closings alone."""
        with self._reading() as connection:
            return ledger.closed_since(connection, account, grid_id, since)

    def happened_since(self, account: str, grid_id: GridId | None, since: int) -> list[FillEntry | Closing]:
        """A grid's fills traded at or after this, then its closings since, in order; None: what was traded by hand."""
        with self._reading() as connection:
            return ledger.happened_since(connection, account, grid_id, since)

    # The chat's side

    def unsent(self, limit: int) -> list[OutboxRow]:
        """Notices to send: danger first, and in each lane the oldest first."""
        with self._reading() as connection:
            return desk.unsent(connection, limit)

    def gather(self, ids: Sequence[int], number: int) -> None:
        """These notices are counted in the digest of this number: `unsent` does not name them any more."""
        with self._writing() as connection:
            desk.gather(connection, ids, number)

    def digests(self) -> list[int]:
        """The numbers of the digests in which something is not sent."""
        with self._reading() as connection:
            return desk.digests(connection)

    def gathered(self, until: int) -> list[OutboxRow]:
        """What is not sent in the digests up to this number, the oldest first."""
        with self._reading() as connection:
            return desk.gathered(connection, until)

    def was_reported(self, account: str, first: str, last: str) -> bool:
        """Whether a report of these days, both included, was ever written down to be told."""
        with self._reading() as connection:
            return desk.was_reported(connection, account, first, last)

    def mark_sent(self, ids: Sequence[int], message_id: int | None) -> None:
        """These notices are told, in that message."""
        with self._writing() as connection:
            desk.mark_sent(connection, ids, message_id, self._now())

    def mark_failed(self, notice_id: int) -> None:
        """One more attempt to send it was in vain."""
        with self._writing() as connection:
            desk.mark_failed(connection, notice_id)

    def setting(self, key: str) -> str | None:
        """What was set, or None."""
        with self._reading() as connection:
            return desk.setting(connection, key)

    def set_setting(self, key: str, value: str | None) -> None:
        """Remember it; None forgets it."""
        with self._writing() as connection:
            desk.set_setting(connection, key, value)

    def first_time(self, key: str) -> bool:
        """Whether this (an update is `update:` with its number) was never seen before; from now on it was."""
        with self._writing() as connection:
            return desk.first_time(connection, key, self._now())

    def add_button(
        self, *, action: str, args: Plain, user_id: int, chat_id: int, expires_at: int, card: str = ""
    ) -> str:
        """A nonce that works once. Buttons of one `card` are used up together."""
        row = {"action": action, "args": args, "user_id": user_id, "chat_id": chat_id}
        with self._writing() as connection:
            return desk.add_button(connection, {**row, "expires_at": expires_at, "card": card})

    def place_buttons(self, labels: Mapping[str, str], message_id: int) -> None:
        """The message under which these buttons (by their nonces) stand now, and what each says."""
        with self._writing() as connection:
            desk.place_buttons(connection, labels, message_id)

    def use_button(self, nonce: str, user_id: int, now: int, *, late: bool = False) -> Button | None:
        """The button, once; None if it is not this user's, is used up or too old. `late`: if it is too old alone."""
        with self._writing() as connection:
            return desk.use_button(connection, nonce, user_id, now, late=late)

    def buttons_of(self, action: str, user_id: int, chat_id: int, now: int) -> list[desk.Asking]:
        """The buttons of this action that are not too old, used or not, the newest first."""
        with self._reading() as connection:
            return desk.buttons_of(connection, action, user_id, chat_id, now)

    def draft(self, user_id: int) -> Plain | None:
        """What this user has answered so far, unless it is too old."""
        with self._reading() as connection:
            return desk.draft(connection, user_id, self._now())

    def put_draft(self, user_id: int, data: Plain, expires_at: int) -> None:
        """Keep the answers so far."""
        with self._writing() as connection:
            desk.put_draft(connection, user_id, data, expires_at)

    def delete_draft(self, user_id: int) -> None:
        """Forget them."""
        with self._writing() as connection:
            desk.delete_draft(connection, user_id)

    def add_snapshots(self, account: str, taken: Sequence[Snapshot], legs: Mapping[Curve, Leg] | None = None) -> None:
        """Add points to the charts, and to curves what they did since they were last written down."""
        with self._writing() as connection:
            desk.add_snapshots(connection, account, taken)
            curves.add(connection, account, legs or {})

    def legs(self, account: str, curve: Curve, since: int, limit: int = 2**62) -> list[Leg]:
        """The hours of a curve of totals that begin at this moment or later, in the order of time."""
        with self._reading() as connection:
            return curves.legs(connection, account, curve, since, limit)

    def snapshots(self, account: str, grid_id: GridId, since: int) -> list[Snapshot]:
        """A grid's points from `since` on, in the order of time."""
        with self._reading() as connection:
            return desk.snapshots(connection, account, grid_id, since)

    def price_at(self, account: str, grid_id: GridId, at: int) -> Decimal | None:
        """The last price recorded for a grid at or before this moment; None where there is none."""
        with self._reading() as connection:
            return desk.price_at(connection, account, grid_id, at)

    def log_command(self, user_id: int, what: str) -> None:
        """Who asked for what, now."""
        with self._writing() as connection:
            desk.log_command(connection, user_id, what, self._now())

    def commands(self, limit: int, *, before: int | None = None) -> list[CommandTaken]:
        """The last things that were asked for, the newest first; those before a number, where one is given."""
        with self._reading() as connection:
            return desk.commands(connection, limit, before)

    def counts(self) -> Mapping[str, int]:
        """How many rows each table has."""
        with self._reading() as connection:
            return desk.counts(connection)

    @property
    def revision(self) -> str | None:
        """Of the tables: the newest one that we know, as opening brings every database up to it."""
        return files.newest(files.MIGRATIONS)

    def forget(self, before: int) -> None:
        """Drop seen updates, buttons and drafts that are older than this."""
        with self._writing() as connection:
            desk.forget(connection, before)
