"""Nightly copies of the database: where they lie, what they are called, how many are kept."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from glob import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from storage import files, restoring
from storage.store import Store

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
FOLDER = "backups"
NIGHTS = 7
"""Nightly copies that are kept. Those made by hand stay."""
AT = time(4, 17)
"""When the night's is made, by the owner's clock."""


def night_of(at: int, zone: ZoneInfo) -> int:
    """When the last one was to be made, ms."""
    now = datetime.fromtimestamp(at / 1000, zone)
    today = datetime.combine(now, AT, zone)
    return round((today if today <= now else today - timedelta(days=1)).timestamp() * 1000)


def is_due(store: Store, at: int, zone: ZoneInfo) -> bool:
    """Whether none was made since the last one was to be: the machine may have been off then, or asleep."""
    if store.file is None:
        return False
    made = [path.stat().st_mtime_ns // 1_000_000 for path in _nights(store.file)]
    return not any(night_of(at, zone) <= one <= at for one in made)


def nightly(store: Store, at: int) -> Path | None:
    """Bring everything into the database's file, and copy that; None where there is no file. Fit for a thread."""
    if store.file is None:
        return None
    store.checkpoint()
    day = datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
    files.clear_parts(folder_of(store.file), f"{escape(store.file.stem)}-{_DAY}{store.file.suffix}")
    made = folder_of(store.file) / f"{store.file.stem}-{day}{store.file.suffix}"
    store.backup(made)
    restoring.verify(made)
    os.utime(made, ns=(at * 1_000_000, at * 1_000_000))  # its age goes by the clock that asks for it
    for old in _nights(store.file)[:-NIGHTS]:
        old.unlink()
    return made


def _nights(database: Path) -> Sequence[Path]:
    """The nightly copies that are there, the oldest first."""
    return sorted(folder_of(database).glob(f"{escape(database.stem)}-{_DAY}{database.suffix}"))


def folder_of(database: Path) -> Path:
    """Beside the database, so that whoever moves or copies its folder has them too."""
    folder = database.parent / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
