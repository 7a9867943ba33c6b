"""Where a world's database is: in memory, or on a PostgreSQL server. Migrated once for all worlds; knows no faults.

What is here happens below everything that can be made to fail, and sees only what is committed.
"""

import os
import sqlite3
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Connection, event, make_url

from storage.database import Database
from storage.tables import Table

POSTGRES = "PACKGRID_WORLDS_POSTGRES"
"""The environment's name for a database that the worlds may empty; one process at a time."""

_ALL, _BACK = 'SELECT * FROM "{}"', 'INSERT INTO "{}" VALUES ({})'

BEGIN, COMMIT = "BEGIN", "COMMIT"
"""What is said to a watch before a transaction begins, and before it is committed."""
Watch = Callable[[Any, str], None]
"""Called with the driver's connection before a statement."""


def at_once() -> float:
    """Every answer comes at once, however busy this machine is: a slow one would change what becomes of a world."""
    return 0.0


class Place(Protocol):
    """One database."""

    database: Database
    empty: Any
    """A copy of it, made when it was new."""

    def copy(self) -> Any:
        """Everything in it."""

    def restore(self, content: Any) -> None:
        """Put a copy back."""

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What is committed. SQLite's words."""

    def run(self, statement: str) -> None:
        """Somebody else's doing, committed at once."""

    def lose_answer(self, driver: Any, *, written: bool) -> None:
        """The commit that is due is made or not, and the connection is gone."""


class InMemory:
    """SQLite."""

    def __init__(self, watch: Watch) -> None:
        self.database = Database("sqlite://", now=lambda: 0, steady=at_once)
        with self.database.reading() as connection:
            self._driver: Any = connection.connection.driver_connection
            _listen(connection, watch)
        self.empty = self.copy()

    def copy(self) -> Any:
        """Everything in it."""
        return self._driver.serialize()

    def restore(self, content: Any) -> None:
        """Put a copy back."""
        source = sqlite3.connect(":memory:")
        source.deserialize(content)
        source.backup(self._driver)
        source.close()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What is committed: nobody looks while a transaction is open."""
        found: list[tuple[Any, ...]] = self._driver.execute(statement, values).fetchall()
        return found

    def run(self, statement: str) -> None:
        """Somebody else's doing, committed at once."""
        self._driver.execute(statement)

    def lose_answer(self, _driver: Any, *, written: bool) -> None:
        """A database in memory has but this connection: it stays."""
        if written:
            self._driver.commit()


class OnServer:
    """PostgreSQL, with a connection of the world's own for its eyes."""

    def __init__(self, address: str, watch: Watch) -> None:
        import psycopg  # noqa: PLC0415 - only these worlds need the driver

        self._driver = psycopg
        plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
        self._eyes: Any = psycopg.connect(plain, autocommit=True)
        self._eyes.execute("DROP SCHEMA public CASCADE")
        self._eyes.execute("CREATE SCHEMA public")
        self.database = Database(address, now=lambda: 0, steady=at_once)
        self._tables = [table.name for table in Table.metadata.sorted_tables]
        self.empty = self.copy()
        with self.database.reading() as connection:
            _listen(connection, watch)

    def copy(self) -> Any:
        """Everything in it."""
        return {name: self._eyes.execute(_ALL.format(name)).fetchall() for name in self._tables}

    def restore(self, content: Any) -> None:
        """Put a copy back."""
        with self._eyes.transaction(), self._eyes.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(self._tables)}")
            for name, rows in content.items():
                if rows:
                    places = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(_BACK.format(name, places), rows)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What is committed, in SQLite's words."""
        words = statement.replace("json_extract(data, '$.trade')", "data::json->>'trade'").replace("?", "%s")
        found: list[tuple[Any, ...]] = self._eyes.execute(words, values or None).fetchall()
        return found

    def run(self, statement: str) -> None:
        """Somebody else's doing, committed at once."""
        self._eyes.execute(statement)

    def lose_answer(self, driver: Any, *, written: bool) -> None:
        """The line is cut."""
        if written:
            driver.commit()
        driver.close()


def _listen(connection: Connection, watch: Watch) -> None:
    def statement(one: Connection, _cursor: Any, words: str, *_: Any) -> None:
        watch(one.connection.driver_connection, words)

    def begin(one: Connection) -> None:
        watch(one.connection.driver_connection, BEGIN)

    def commit(one: Connection) -> None:
        watch(one.connection.driver_connection, COMMIT)

    event.listen(connection.engine, "begin", begin)
    event.listen(connection.engine, "before_cursor_execute", statement)
    event.listen(connection.engine, "commit", commit)


def place(watch: Watch) -> Place:
    """The one database of this Python process. `watch` is called before each statement and commit of the program's."""
    address = os.environ.get(POSTGRES)
    return OnServer(address, watch) if address else InMemory(watch)
