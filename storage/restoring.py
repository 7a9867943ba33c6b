"""Putting a backup in the place of a database: looked at first, and what is replaced is kept. Opens no store."""

import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from storage import files
from storage.columns import utc_text
from storage.errors import DatabaseCorrupt, StorageError, StorageUnavailable
from storage.lock import FileLock


def verify(backup: Path) -> None:
    """`StorageError` where this is no whole database of Packgrid's, or a newer one's. It is only read."""
    if not backup.is_file():
        msg = f"There is no backup {backup}."
        raise StorageError(msg)
    try:
        revision = files.revision_of(backup)
    except sqlite3.Error as error:
        msg = f"The backup {backup} can't be read: {error}"
        raise StorageUnavailable(msg) from error
    if revision is None:
        msg = f"{backup} is empty: that is no backup. Nothing was touched."
        raise DatabaseCorrupt(msg)
    files.refuse_unknown(files.MIGRATIONS, revision, str(backup))


def restore(database: Path, backup: Path, *, at: int) -> Path | None:
    """Put a copy of the backup in the database's place; where the replaced one is now, None if there was none.

    `DatabaseInUse` while a Packgrid runs on it. Whenever this is cut short the old database is there, or the new one.
    """
    verify(backup)
    if database.exists() and database.samefile(backup):
        msg = f"{backup} is the database itself: name a backup."
        raise StorageError(msg)
    try:
        return _restore(database, backup, at)
    except (sqlite3.Error, OSError) as error:
        msg = f"The backup could not be put in place: {error}"
        raise StorageUnavailable(msg) from error


def _restore(database: Path, backup: Path, at: int) -> Path | None:
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(database, since=utc_text(at))
    try:
        new = database.with_name(f"{database.name}.new")
        files.copy(backup, new)
        verify(new)
        kept = _keep(database, database.with_name(f"{database.stem}-replaced-{files.stamp(at)}{database.suffix}"))
        new.replace(database)
        return kept
    finally:
        lock.release()


def _keep(database: Path, aside: Path) -> Path | None:
    """The old database under another name too. Its write-ahead log may not stay: it would be read into the new one."""
    if not database.exists():
        return None
    with suppress(sqlite3.Error):  # damaged: then it is kept as it is, with its log beside it
        files.checkpoint(database)
    for end in files.BESIDE:
        beside = database.with_name(f"{database.name}{end}")
        if beside.exists():
            beside.replace(aside.with_name(f"{aside.name}{end}"))
    aside.unlink(missing_ok=True)
    try:
        os.link(database, aside)
    except OSError:  # a file system without links
        shutil.copy2(database, aside)
    files.keep_private(aside)
    return aside
