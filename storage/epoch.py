"""Who writes a database, and how often it has: one row that every writing transaction compares and sets. No locks.

Locks can be lost: a server restarts, a lock file is removed. The row can't: of two writers the one that comes second
finds its owner gone, and nothing of its transaction is written. The same row tells what became of a commit whose answer
was lost: the number that it would have set is there, or it is not.
"""

import secrets

from sqlalchemy import BigInteger, Connection, Text, bindparam, text

from storage.errors import DatabaseTaken

_OWNER = bindparam("owner", type_=Text())
_OLD, _NEW = (bindparam(name, type_=BigInteger()) for name in ("old", "new"))
_TAKE = text("UPDATE writer SET owner = :owner, number = number + 1").bindparams(_OWNER)
_ADVANCE = text("UPDATE writer SET number = :new WHERE owner = :owner AND number = :old").bindparams(_OWNER, _OLD, _NEW)
_READ = "SELECT owner, number FROM writer"
_READ_AND_HOLD = f"{_READ} FOR UPDATE"
_TAKEN = (
    "This database is written by another Packgrid now, or an older copy was put in its place."
    " This one stops: it writes and sends nothing more."
)


class Epoch:
    """What this process knows of the row."""

    def __init__(self) -> None:
        self.owner = secrets.token_hex(8)
        self.doubt: int | None = None
        """The number of a transaction whose commit was not answered."""
        self._number = 0
        """What the row holds as far as we know."""
        self._highest = 0
        """No attempt has had a number above this: each has its own, so that a number tells which one was written."""
        self._is_taken = False
        self._outcomes: dict[int, bool] = {}

    def take(self, connection: Connection) -> int:
        """Become the writer. Whoever was it before loses with his next connection. The number that is set by this."""
        connection.execute(_TAKE, {"owner": self.owner})
        _, number = _row(connection)
        return number

    def taken(self, number: int) -> None:
        """That was committed."""
        self._number = self._highest = number

    def attempt(self) -> int:
        """A number for the next connection. `DatabaseTaken` where somebody else is known to write."""
        if self._is_taken:
            raise DatabaseTaken(_TAKEN)
        self._highest += 1
        return self._highest

    def advance(self, connection: Connection, number: int) -> None:
        """Compare and set, first of all in a transaction: until its end nobody else can."""
        numbers = {"owner": self.owner, "old": self._number, "new": number}
        if connection.execute(_ADVANCE, numbers).rowcount != 1:
            self._is_taken = True
            raise DatabaseTaken(_TAKEN)

    def written(self, number: int) -> None:
        """That was committed, as we were told."""
        self._number = number

    def settle(self, connection: Connection) -> None:
        """See what became of the commit that is in doubt. Waits for it where it is still under way."""
        assert self.doubt is not None
        owner, number = _row(connection, for_update=connection.dialect.name == "postgresql")
        if owner != self.owner or number not in (self._number, self.doubt):
            self._is_taken = True
            raise DatabaseTaken(_TAKEN)
        self._outcomes[self.doubt] = number == self.doubt
        self._number, self.doubt = number, None

    def is_committed(self, ticket: int) -> bool:
        """What became of a commit that was in doubt once and is settled."""
        return self._outcomes.pop(ticket)


def _row(connection: Connection, *, for_update: bool = False) -> tuple[str, int]:
    found = connection.exec_driver_sql(_READ_AND_HOLD if for_update else _READ).all()
    if len(found) != 1:
        raise DatabaseTaken(_TAKEN)
    return str(found[0][0]), int(found[0][1])
