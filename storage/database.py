"""The database itself: opened safely, locked, migrated, copied; transactions and what their errors mean. No tables.

Connections are synchronous and transactions short; nothing may be awaited or sent inside one.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError

from storage.columns import utc_text
from storage.errors import (
    DatabaseCorrupt,
    DatabaseTooNew,
    StateRefused,
    StorageError,
    StorageUnavailable,
)
from storage.lock import FileLock, ServerLock
from storage.statements import Transaction

MIGRATIONS = Path(__file__).parent / "migrations"
# WAL with full sync: a commit that has returned survives a power cut. Foreign keys are off unless asked for.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")
# A writer takes its lock at once: one that began as a reader fails when somebody else wrote in between.
_BEGIN_WRITING = "BEGIN IMMEDIATE"


class Database:
    """An open database of the newest schema that no other process uses."""

    def __init__(self, url: str, *, now: Callable[[], int], migrations: Path = MIGRATIONS) -> None:
        """Lock, check and migrate it. Raises one of `storage.errors`; what can't be used is left as it is."""
        with ExitStack() as undo, _errors_told():
            address = make_url(url)
            self.file = _file_of(address)
            if self.file is not None:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                undo.callback(FileLock(self.file, since=utc_text(now())).release)
                _check_file(self.file, migrations, at=now())
            self._engine = _engine(address)
            undo.callback(self._engine.dispose)
            if address.get_backend_name() == "postgresql":
                undo.callback(ServerLock(self._engine).release)
            _migrate(self._engine, migrations)
            self._connection: PoolProxiedConnection | None = None
            undo.callback(self._let_go)
            self._undo = undo.pop_all()

    def close(self) -> None:
        """Let go of everything."""
        self._undo.close()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads: it sees one state and holds up no writer."""
        with self._transaction("BEGIN") as transaction:
            try:
                yield transaction
            except (ValueError, LookupError, ArithmeticError, AssertionError) as error:
                msg = f"What the database holds can't be read: {error}"
                raise DatabaseCorrupt(msg) from error

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that is committed as a whole, or rolled back as a whole with an error."""
        with self._transaction(_BEGIN_WRITING) as transaction:
            try:
                yield transaction
            except (ValueError, TypeError) as error:
                msg = f"The state can't be written: {error}"
                raise StateRefused(msg) from error

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        """On the one connection there is, held for good: taking it out of a pool costs more than most transactions."""
        dialect = self._engine.dialect
        with _errors_told(dialect.loaded_dbapi):
            connection = self._connection = self._connection or self._engine.raw_connection()
            transaction = Transaction(connection.cursor(), dialect)
            try:
                if dialect.name == "sqlite":
                    transaction.execute(begin)
                yield transaction
                connection.commit()
            except BaseException as error:
                self._roll_back(connection, error)
                raise

    def _roll_back(self, connection: PoolProxiedConnection, error: BaseException) -> None:
        """A connection that the server has closed is made anew by the next transaction."""
        dialect = self._engine.dialect
        if isinstance(error, dialect.loaded_dbapi.Error) and dialect.is_disconnect(error, connection, None):
            self._connection = None
            connection.invalidate()
        else:
            connection.rollback()

    def backup(self, path: Path) -> None:
        """Write a consistent copy. Fit for a thread: it has its own connection and holds up no writer."""
        if self.file is None:
            msg = "Only a database file can be copied from here; for PostgreSQL use pg_dump."
            raise StorageError(msg)
        with _errors_told():
            _copy(self.file, path)


def _file_of(address: URL) -> Path | None:
    in_file = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    return Path(address.database or "").expanduser().resolve() if in_file else None


def _check_file(file: Path, migrations: Path, *, at: int) -> None:
    """Refuse what is damaged, foreign or too new without writing a byte; copy what is about to be migrated."""
    if not file.exists() or not file.stat().st_size:
        return
    revision = _revision_of(file)
    if revision is None or revision == ScriptDirectory(str(migrations)).get_current_head():
        return
    _refuse_unknown(migrations, revision, str(file))
    day = utc_text(at)[:19].replace(":", "").replace("-", "")
    _copy(file, file.with_name(f"{file.stem}-{revision}-{day}{file.suffix}"))


def _revision_of(file: Path) -> str | None:
    """The schema's revision, or None where there is no table yet."""
    try:
        with closing(_looked_into(file)) as connection:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            known = "alembic_version" in tables
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall() if known else []
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise DatabaseCorrupt(_damaged(file, str(error))) from error
    if answer != "ok":
        raise DatabaseCorrupt(_damaged(file, answer))
    if tables and not rows:
        msg = f"{file} is a database, but not one of Packgrid's. It was not touched."
        raise DatabaseCorrupt(msg)
    return rows[0][0] if rows else None


def _damaged(file: Path, why: str) -> str:
    return (
        f"The database {file} is damaged ({why}). It was not touched."
        f" Move it away, with {file.name}-wal if there is one, and put a backup in its place."
    )


def _copy(source: Path, target: Path) -> None:
    """VACUUM INTO: one consistent state, with what is still in the write-ahead log. Complete or not there at all."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with closing(_read_only(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))
    with part.open("rb+") as copied:
        os.fsync(copied.fileno())
    part.replace(target)


def _looked_into(file: Path) -> sqlite3.Connection:
    """A connection that makes no file beside the database, unless a write-ahead log of a crash is there to be read."""
    log = file.with_name(f"{file.name}-wal")
    untouched = "" if log.exists() and log.stat().st_size else "&immutable=1"
    return sqlite3.connect(f"{file.as_uri()}?mode=ro{untouched}", uri=True)


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)


def _engine(address: URL) -> Engine:
    """An engine whose transactions are what they seem. The driver's own begin writers late, and readers not at all."""
    if address.get_backend_name() != "sqlite":
        return create_engine(address, hide_parameters=True)
    in_memory = _file_of(address) is None
    more: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(address, hide_parameters=True, connect_args={"check_same_thread": False}, **more)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(_BEGIN_WRITING)


def _migrate(engine: Engine, migrations: Path) -> None:
    """Bring the schema to the newest revision, in one transaction."""
    with engine.connect() as connection:
        with connection.begin():
            revision = MigrationContext.configure(connection).get_current_revision()
        if revision == ScriptDirectory(str(migrations)).get_current_head():
            return
        if revision is not None:
            _refuse_unknown(migrations, revision, engine.url.render_as_string())
        _foreign_keys(connection, on=False)
        with connection.begin():
            config = Config()
            config.set_main_option("script_location", str(migrations).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    """SQLite changes a table by dropping it, which foreign keys would forbid; inside a transaction it can't be set."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _refuse_unknown(migrations: Path, revision: str, database: str) -> None:
    if revision not in {script.revision for script in ScriptDirectory(str(migrations)).walk_revisions()}:
        msg = (
            f"The database {database} was written by a newer Packgrid (schema {revision})."
            " It was not touched; update the program."
        )
        raise DatabaseTooNew(msg)


@contextmanager
def _errors_told(driver: Any = sqlite3) -> Iterator[None]:
    """The driver's errors as ours, whether SQLAlchemy has wrapped them or not."""
    try:
        yield
    except (IntegrityError, DataError, driver.IntegrityError, driver.DataError) as error:
        msg = f"The state contradicts the database: {getattr(error, 'orig', None) or error}"
        raise StateRefused(msg) from error
    except (DBAPIError, driver.Error, OSError) as error:
        msg = f"The database can't be used now: {getattr(error, 'orig', None) or error}"
        raise StorageUnavailable(msg) from error
    except (ArgumentError, ImportError) as error:
        msg = f"The address of the database can't be used: {error}"
        raise StorageError(msg) from error
