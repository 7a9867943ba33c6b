"""How long the database may hold the process up: everything waits while a transaction runs, /panic and leaving too.

Three limits: the server's own on each statement, ours on a server that says nothing at all, and a rest after a failure
that took long, so that a store which stalls takes a small part of the time and not all of it.
"""

import contextlib
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.exc import OperationalError

from storage.errors import StorageUnavailable

BUSY = 1_000
"""Milliseconds for which SQLite waits for somebody else's lock."""
STATEMENT, LOCK = 3_000, 2_000
"""Milliseconds after which PostgreSQL gives a statement, or its waiting for a lock, up."""
SILENCE = 4.0
"""Seconds after which a connection on which the server says nothing is cut."""
_LOOK = 0.2
_CONNECT = 3
_IDLE_IN_TRANSACTION = 15_000
_NOTICEABLE = 0.5
_REST = 3
"""A failure that took noticeably long is followed by a rest that is so many times as long."""


def of_server(address: URL, name: str) -> dict[str, Any]:
    """How to connect to PostgreSQL: under this name, and within the limits."""
    own = address.query.get("options", "")
    limits = {
        "statement_timeout": STATEMENT,
        "lock_timeout": LOCK,
        "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION,
    }
    return {
        "application_name": name,
        "client_encoding": "utf8",  # else what the database or this machine says; of SQL_ASCII the driver makes bytes
        "connect_timeout": _CONNECT,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": round(SILENCE * 1000),
        "options": " ".join([str(own), *(f"-c {key}={value}" for key, value in limits.items())]).strip(),
    }


class Watchman:
    """Cuts a connection on which the server says nothing for too long: what waits there fails as if it had gone.

    The driver waits for an answer for ever, and the server's own limits help only where the server still runs.
    """

    def __init__(self) -> None:
        self._watched: tuple[float, int] | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._look, name="watchman", daemon=True).start()

    def watch(self, engine: Engine, is_ours: Callable[[Connection], bool]) -> None:
        """Be over every statement of a connection that is ours, as it says; a migration may take as long as it does."""
        for name in ("do_execute", "do_executemany"):
            event.listen(engine, name, partial(self._carry_out, getattr(engine.dialect, name), is_ours))

    def _carry_out(
        self,
        word: Callable[..., None],
        is_ours: Callable[[Connection], bool],
        cursor: Any,
        statement: str,
        values: Any,
        context: ExecutionContext,
    ) -> bool:
        if not is_ours(context.root_connection):
            return False
        with self.over(cursor.connection):
            word(cursor, statement, values, context)
        return True

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    @contextmanager
    def over(self, connection: Any) -> Iterator[None]:
        """What is done meanwhile with the driver's connection is not waited for longer than `SILENCE`."""
        self._watched = time.monotonic() + SILENCE, connection.fileno()
        try:
            yield
        finally:
            self._watched = None

    def _look(self) -> None:
        while not self._ended.wait(_LOOK):
            watched = self._watched
            if watched is not None and time.monotonic() > watched[0]:
                _cut(watched[1])


def _cut(descriptor: int) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)


class Patience:
    """Lets a store that fails slowly rest: until then every call fails at once. Its time is in seconds."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._until = 0.0

    @contextmanager
    def over(self) -> Iterator[None]:
        """The database is asked meanwhile. `StorageUnavailable` at once while it rests."""
        began = self._steady()
        if began < self._until:
            msg = "The database can't be used now: it did not answer in time"
            raise StorageUnavailable(msg)
        try:
            yield
        except (OperationalError, sqlite3.OperationalError, StorageUnavailable):
            failed = self._steady()
            if failed - began > _NOTICEABLE:
                self._until = failed + _REST * (failed - began)
            raise
