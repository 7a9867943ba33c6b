"""`packgrid backup` and `packgrid restore`: the configured database into a file, and a file into its place."""

import sqlite3
from pathlib import Path

from sqlalchemy import make_url

from bot.live import print_line
from bot.machine.backups import folder_of
from bot.machine.clock import wall_milliseconds
from bot.settings import read_settings
from storage import files, restoring
from storage.errors import StorageError


async def backup(target: str | None) -> None:
    """Copy the configured database, also while Packgrid runs on it."""
    database = _database()
    if not database.exists():
        msg = f"There is no database {database} yet: nothing to copy."
        raise StorageError(msg)
    made = Path(target) if target else folder_of(database) / _by_hand(database)
    if made.is_dir():
        made /= _by_hand(database)
    if made.exists():
        msg = f"{made} is there already: name another file."
        raise StorageError(msg)
    restoring.verify(database)
    try:
        files.copy(database, made.resolve())
    except sqlite3.Error as error:
        msg = f"The copy could not be made: {error}"
        raise StorageError(msg) from error
    restoring.verify(made)
    print_line(f"Copied {database} to {made}. packgrid restore {made} puts it back.")


async def restore(source: str) -> None:
    """Put a backup in the place of the configured database."""
    database = _database()
    kept = restoring.restore(database, Path(source), at=wall_milliseconds())
    print_line(f"{database} is now what {source} holds.")
    if kept is not None:
        print_line(f"What was there before is kept as {kept}.")
    print_line(
        "Start Packgrid: it reads from the exchange what the backup does not know, and asks you in the chat"
        " about orders that it has no record of. /audit compares the books then."
    )


def _database() -> Path:
    file = files.file_of(make_url(read_settings().database))
    if file is None:
        msg = "The database is not a file: for PostgreSQL use pg_dump, and pg_restore while Packgrid is stopped."
        raise StorageError(msg)
    return file


def _by_hand(database: Path) -> str:
    return f"{database.stem}-{files.stamp(wall_milliseconds())}{database.suffix}"
