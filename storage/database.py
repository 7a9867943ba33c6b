"""The database itself: opened safely, locked, migrated, copied; transactions and what their errors mean. No tables.

Connections are synchronous and transactions short; nothing may be awaited or sent inside one.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    RootTransaction,
    StaticPool,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, StatementError

from storage import files, limits
from storage.columns import utc_text
from storage.epoch import Epoch
from storage.errors import (
    CommitUnknown,
    DatabaseCorrupt,
    StateRefused,
    StorageError,
    StorageUnavailable,
)
from storage.files import MIGRATIONS
from storage.lock import FileLock, ServerLock

# WAL with full sync: a commit that has returned survives a power cut. Foreign keys are off unless asked for.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={limits.BUSY}")
# A writer takes its lock at once: one that began as a reader fails when somebody else wrote in between.
_BEGIN_READING, _BEGIN_WRITING = "BEGIN", "BEGIN IMMEDIATE"
_DAMAGED, _PRIMARY = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB), 0xFF
"""How SQLite numbers what is damaged, and the part of its numbers that says so."""
_HOW_DAMAGED = (
    ". What lies on the drive is damaged, and that does not pass by itself: stop Packgrid, put a backup in its place"
    " (packgrid restore), and start again"
)
_ALLOWED = "sqlite:///FILE or postgresql+psycopg://user:password@host/name is"
_HOW_INSTALLED = "in Packgrid's folder, .venv/bin/pip install -e '.[postgres]' brings the one of postgresql+psycopg://"
_READ_ONLY = "25006"
"""What PostgreSQL says where nothing may be written: it follows another server now, and will as long as we stay."""


class Database:
    """An open database of the newest schema that no other process uses."""

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], int],
        migrations: Path = MIGRATIONS,
        admit: Callable[[Connection], None] | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Lock, check, migrate and take over. Raises one of `storage.errors`; what can't be used is left as it is.

        `admit` looks into a database that is not new before anything in it is changed, and raises to refuse it.
        `steady` is the time by which an answer is slow.
        """
        self._connection: Connection | None = None
        self._place: files.Place | None = None
        self._lock: ServerLock | None = None
        self._watchman: limits.Watchman | None = None
        self._epoch = Epoch()
        self._patience = limits.Patience(steady)
        with ExitStack() as undo, errors_told():
            address = _address(url)
            self.file = files.file_of(address)
            if self.file is not None:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                undo.callback(FileLock(self.file, since=utc_text(now())).release)
                files.check_file(self.file, migrations)
                files.prepare(self.file)
                self._place = files.Place(self.file)
            if address.get_backend_name() == "postgresql":
                self._lock, self._watchman = ServerLock(), limits.Watchman()
                undo.callback(self._watchman.end)
            self._engine = _engine(address, self._lock)
            undo.callback(self._engine.dispose)
            undo.callback(self._let_go)
            if self._watchman is not None:
                self._watchman.watch(self._engine, lambda one: one is self._connection)
                self._connected()
            revision = revision_of(self._engine, migrations)
            if revision is not None and admit is not None:
                with self._transaction(_BEGIN_READING) as connection:
                    admit(connection)
            if revision != files.newest(migrations):
                with files.room_told(self.file):
                    if self.file is not None and revision is not None:
                        files.keep_old(self.file, revision, at=now())
                    _migrate(self._engine, migrations)
            self.take_over()
            self._undo = undo.pop_all()

    def close(self) -> None:
        """Let go of everything."""
        self._undo.close()

    def take_over(self) -> None:
        """Become the one that writes. Another process that did has written its last."""
        self._epoch = Epoch()
        with self._transaction(_BEGIN_WRITING) as connection:
            number = self._epoch.take(connection)
        self._epoch.taken(number)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads: it sees one state and holds up no writer."""
        self._settle()
        with self._transaction(_BEGIN_READING) as connection:
            try:
                yield connection
            except (ValueError, LookupError, ArithmeticError, AssertionError) as error:
                msg = f"What the database holds can't be read: {error}"
                raise DatabaseCorrupt(msg) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed as a whole, or rolled back as a whole with an error.

        `CommitUnknown` where neither can be known yet. `DatabaseTaken` where another process writes now.
        """
        self._settle()
        number = self._epoch.attempt()
        try:
            with self._transaction(_BEGIN_WRITING, number) as connection:
                self._epoch.advance(connection, number)
                try:
                    yield connection
                except (ValueError, TypeError) as error:
                    msg = f"The state can't be written: {error}"
                    raise StateRefused(msg) from error
        except StorageUnavailable as failure:
            if self._epoch.doubt != number:
                raise
            if not self._was_committed(number, failure):
                raise
        else:
            self._epoch.written(number)

    def is_committed(self, ticket: int) -> bool:
        """Whether what ended with `CommitUnknown` was written. To be asked once; raises until it is known."""
        self._settle()
        return self._epoch.is_committed(ticket)

    def _was_committed(self, number: int, failure: StorageUnavailable) -> bool:
        """What became of a commit whose answer was lost, read back at once if that can be."""
        try:
            return self.is_committed(number)
        except StorageUnavailable:
            raise CommitUnknown(str(failure), ticket=number) from failure

    def _settle(self) -> None:
        """Before anything else is done: know what became of a commit that is in doubt."""
        if self._epoch.doubt is not None:
            with self._transaction(_BEGIN_WRITING) as connection:
                self._epoch.settle(connection)

    @contextmanager
    def _transaction(self, begin: str, number: int | None = None) -> Iterator[Connection]:
        """On the one connection there is, held for good: taking it out of a pool costs more than most transactions.

        `number` is what a writer's transaction is known by, should the answer to its commit be lost.
        """
        with errors_told(), self._patience.over():
            connection = self._connected()
            transaction = connection.begin()
            try:
                if self._lock is None:
                    # Told the driver itself: through SQLAlchemy it costs more than most transactions.
                    connection.connection.cursor().execute(begin)
                yield connection
                self._commit(transaction, number)
            except BaseException as failure:
                self._roll_back(transaction)
                if _is_read_only(failure):  # the address may lead to another server by now
                    connection.invalidate()
                raise

    def _commit(self, transaction: RootTransaction, number: int | None) -> None:
        try:
            with (
                self._watchman.over(transaction.connection.connection) if self._watchman is not None else nullcontext()
            ):
                transaction.commit()
        except (IntegrityError, DataError):
            raise
        except (DBAPIError, OSError):
            self._epoch.doubt = number
            raise

    def _roll_back(self, transaction: RootTransaction) -> None:
        """A connection that is lost, or whose commit is in doubt, is made anew by the next transaction."""
        connection = transaction.connection
        try:
            transaction.rollback()
            if not connection.invalidated:
                connection.connection.rollback()  # after a commit that failed, SQLAlchemy itself sends none
        except (DBAPIError, self._engine.dialect.loaded_dbapi.Error):
            connection.invalidate()
        if self._epoch.doubt is not None and not _in_memory(self._engine.url):
            connection.invalidate()

    def _connected(self) -> Connection:
        """The connection; a new one, under the lock, where the last one was lost."""
        if self._place is not None:
            self._place.check()
        if self._connection is None or self._connection.invalidated:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        connection = self._engine.connect()
        if self._lock is None or self._watchman is None:
            return connection
        try:
            with self._watchman.over(connection.connection), connection.begin():
                self._lock.take(connection, _named(self._engine.url))
        except BaseException:
            connection.invalidate()
            raise
        return connection

    def backup(self, path: Path) -> None:
        """Write a consistent copy. Fit for a thread: it has its own connection and holds up no writer."""
        with errors_told():
            files.copy(self._in_file(), path)

    def checkpoint(self) -> None:
        """Let the file alone hold everything. Fit for a thread."""
        with errors_told():
            files.checkpoint(self._in_file())

    def _in_file(self) -> Path:
        if self.file is None:
            msg = "Only a database file can be copied from here; for PostgreSQL use pg_dump."
            raise StorageError(msg)
        if self._place is not None:
            self._place.check()
        return self.file


def _is_read_only(failure: BaseException) -> bool:
    return isinstance(failure, DBAPIError) and getattr(failure.orig, "sqlstate", None) == _READ_ONLY


def _address(url: str) -> URL:
    """PostgreSQL means the driver that is installed with Packgrid, unless another one is named."""
    try:
        address = make_url(url)
    except ArgumentError:
        msg = f"it is none: {_ALLOWED}"
        raise ArgumentError(msg) from None
    except ValueError:  # which repeats a part of the address, and that can be one of its password
        msg = "its port is no number, or a mark in its password is not written in per cents"
        raise ArgumentError(msg) from None
    if address.drivername in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    return files.at_home(address)


def _named(address: URL) -> str:
    """The address for a person: without its password, wherever in it that stands."""
    return address.set(query={}).render_as_string()


def _in_memory(address: URL) -> bool:
    return address.get_backend_name() == "sqlite" and files.file_of(address) is None


def _engine(address: URL, lock: ServerLock | None) -> Engine:
    """An engine whose transactions are what they seem. The driver's own begin writers late, and readers not at all."""
    if lock is not None:
        how = limits.of_server(address, lock.name)
        return create_engine(address, hide_parameters=True, connect_args=how, poolclass=NullPool)
    if address.get_backend_name() != "sqlite":
        msg = f"{address.get_backend_name()} is not supported: {_ALLOWED}"
        raise ArgumentError(msg)
    more: dict[str, Any] = {"poolclass": StaticPool} if _in_memory(address) else {}
    engine = create_engine(address, hide_parameters=True, connect_args={"check_same_thread": False}, **more)
    event.listen(engine, "connect", _on_connect)
    return engine


def engine_to_read(url: str) -> tuple[Engine, Path | None]:
    """An engine that takes no lock, and the file it reads if it is one."""
    address = _address(url)
    file = files.file_of(address)
    how = limits.of_server(address, "packgrid export") if file is None and not _in_memory(address) else {}
    engine = create_engine(address, hide_parameters=True, connect_args=how, poolclass=NullPool)
    if file is not None:
        event.listen(engine, "connect", lambda one, _: setattr(one, "isolation_level", None))
    return engine, file


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def revision_of(engine: Engine, migrations: Path) -> str | None:
    """The schema's revision, None where there is no table yet. `DatabaseTooNew` where it is not one that we know."""
    with engine.connect() as connection, connection.begin():
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None:
        files.refuse_unknown(migrations, revision, _named(engine.url))
    return revision


def _migrate(engine: Engine, migrations: Path) -> None:
    """Bring the schema to the newest revision, in one transaction, however long it takes."""
    with engine.connect() as connection:
        _foreign_keys(connection, on=False)
        with connection.begin():
            is_server = connection.dialect.name == "postgresql"
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0" if is_server else _BEGIN_WRITING)
            config = Config()
            config.set_main_option("script_location", str(migrations).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    """SQLite changes a table by dropping it, which foreign keys would forbid; inside a transaction it can't be set."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _is_damaged(cause: BaseException) -> bool:
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & _PRIMARY in _DAMAGED


@contextmanager
def errors_told() -> Iterator[None]:
    """The errors of SQLAlchemy, and of the driver of files, as ours."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        msg = f"The state contradicts the database: {error.orig}"
        raise StateRefused(msg) from error
    except (DBAPIError, sqlite3.Error, OSError) as error:
        cause = getattr(error, "orig", None) or error
        msg = f"The database can't be used now: {cause}{_HOW_DAMAGED if _is_damaged(cause) else ''}"
        raise StorageUnavailable(msg) from error
    except StatementError as error:  # a column's type refused a value
        msg = f"The state can't be written: {error.orig}"
        raise StateRefused(msg) from error
    except ArgumentError as error:
        msg = f"The address of the database can't be used: {error}"
        raise StorageError(msg) from error
    except ImportError as error:
        msg = f"The driver of the database is not installed ({error}): {_HOW_INSTALLED}"
        raise StorageError(msg) from error
