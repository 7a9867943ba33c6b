"""A SQLite database as a file: whether it is ours and whole, its copies, who may read it. Runs no statement of ours."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from errno import ENOSPC
from glob import escape
from pathlib import Path
from shutil import disk_usage

from alembic.script import ScriptDirectory
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from storage.columns import utc_text
from storage.errors import DatabaseCorrupt, DatabaseTooNew, StorageError, StorageUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR
MEGABYTE = 1024 * 1024
KEPT = 2
"""Copies made before a migration that stay: years of them fill a small drive."""
_REVISION, _STAMP = "[0-9][0-9][0-9][0-9]_*", f"{'[0-9]' * 8}T{'[0-9]' * 6}"
BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database in use. They get the rights of the database itself."""


def file_of(address: URL) -> Path | None:
    """Where the database is, if it is a file."""
    in_file = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    return Path(_from_home(address.database or "")).resolve() if in_file else None


def at_home(address: URL) -> URL:
    """With `~` written out: a shell does it, a driver does not, and then two of us would mean two files by one name."""
    is_short = address.get_backend_name() == "sqlite" and (address.database or "").startswith("~")
    return address.set(database=_from_home(address.database or "")) if is_short else address


def _from_home(path: str) -> str:
    try:
        return str(Path(path).expanduser())
    except RuntimeError:  # no HOME, or nobody of that name
        msg = f"The address of the database can't be used: {path} lies in a home folder that is not known here"
        raise StorageError(msg) from None


def prepare(file: Path) -> None:
    """The folder, if there is none, and the file: for nobody's eyes but the owner's."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
    for one in (file, *(file.with_name(f"{file.name}{end}") for end in BESIDE)):
        keep_private(one)


def keep_private(file: Path) -> None:
    """Take from group and others what they may do with a file of ours, where it can be taken: FAT keeps no rights."""
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        with suppress(PermissionError):  # nor is another user's file, which we may write, ours to close
            file.chmod(OWNER_ONLY)


class Place:
    """The file that was opened. SQLite itself goes on for ever with one that was deleted, and all of it is lost."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._identity = _identity(file)

    def check(self) -> None:
        """`StorageUnavailable` where the file is gone, or is another one."""
        if _identity(self.file) != self._identity:
            msg = (
                f"The database {self.file} was deleted or replaced while Packgrid runs. Put it back if you moved it;"
                " otherwise stop Packgrid, put a backup in its place (packgrid restore), and start again"
            )
            raise StorageUnavailable(msg)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def check_file(file: Path, migrations: Path) -> None:
    """Refuse what is damaged, foreign or too new without writing a byte."""
    if not file.exists() or not file.stat().st_size:
        return
    revision = revision_of(file)
    if revision is not None:
        refuse_unknown(migrations, revision, str(file))


def keep_old(file: Path, revision: str, *, at: int) -> None:
    """Copy what is about to be migrated; of such copies the last are kept, and of one that was cut short nothing.

    Whoever opens the database alone may do so: it looks after what every start that was killed has left.
    """
    clear_parts(file.parent, f"{escape(file.stem)}-{_REVISION}-*{file.suffix}")
    copy(file, file.with_name(f"{file.stem}-{revision}-{stamp(at)}{file.suffix}"))
    copies = file.parent.glob(f"{escape(file.stem)}-{_REVISION}-{_STAMP}{file.suffix}")
    for old in sorted(copies, key=lambda path: path.stem.rpartition("-")[2])[:-KEPT]:
        old.unlink()


@contextmanager
def room_told(file: Path | None) -> Iterator[None]:
    """Where the drive is too small for a database to be brought up to date, what that needs, and what to do."""
    try:
        yield
    except (sqlite3.Error, DBAPIError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        codes = getattr(cause, "sqlite_errorcode", None), getattr(cause, "errno", None)
        if file is None or codes not in ((sqlite3.SQLITE_FULL, None), (None, ENOSPC)):
            raise
        size, free = file.stat().st_size, disk_usage(file.parent).free
        msg = (
            f"There is no room to bring the database {file} up to date. It is as it was. A copy of it is made first,"
            f" and what changes is written beside it: that takes up to {size * 3 // 2 // MEGABYTE + 1} MB, and"
            f" {free // MEGABYTE} MB are free. Make room on its drive (older copies: {file.parent / 'backups'}), and"
            " start again"
        )
        raise StorageUnavailable(msg) from error


def clear_parts(folder: Path, copies: str) -> None:
    """Remove what was begun of copies by these names by somebody who was killed: each may be as large as they are."""
    for part in folder.glob(f"{copies}.part*"):
        part.unlink(missing_ok=True)


def newest(migrations: Path) -> str | None:
    """The revision to which these migrations lead."""
    return ScriptDirectory(str(migrations)).get_current_head()


def stamp(at: int) -> str:
    """A moment as part of a file's name: to the second, by UTC."""
    return utc_text(at)[:19].replace(":", "").replace("-", "")


def revision_of(file: Path) -> str | None:
    """The schema's revision, or None where there is no table yet. `DatabaseCorrupt` where it is damaged or foreign."""
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
        f" Put a backup in its place: packgrid restore {file.parent / 'backups'}/…; the damaged one is kept."
    )


def copy(source: Path, target: Path) -> None:
    """VACUUM INTO: one consistent state, with what is still in the write-ahead log. Complete or not there at all."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY))  # an empty file is vacuumed into
    try:
        with closing(_read_only(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb+") as copied:
            os.fsync(copied.fileno())
        part.replace(target)
    finally:
        clear_parts(target.parent, escape(target.name))


def checkpoint(file: Path) -> None:
    """Bring what is in the write-ahead log into the file, so that a copy of the file alone is a copy of the books.

    Fit for a thread: it has its own connection. Where somebody reads at this moment a part stays for the next time.
    """
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _looked_into(file: Path) -> sqlite3.Connection:
    """A connection that makes no file beside the database, unless a write-ahead log of a crash is there to be read."""
    log = file.with_name(f"{file.name}-wal")
    untouched = "" if log.exists() and log.stat().st_size else "&immutable=1"
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro{untouched}", uri=True)


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def refuse_unknown(migrations: Path, revision: str, database: str) -> None:
    """`DatabaseTooNew` for a schema that this version does not know."""
    if revision not in {script.revision for script in ScriptDirectory(str(migrations)).walk_revisions()}:
        msg = (
            f"The database {database} was written by a newer Packgrid (schema {revision})."
            " It was not touched; update the program."
        )
        raise DatabaseTooNew(msg)
