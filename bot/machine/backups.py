"""Nightly copies of the database: where they lie, what they are called, how many are kept."""

from datetime import UTC, datetime
from pathlib import Path

from storage import restoring
from storage.store import Store

FOLDER = "backups"
NIGHTS = 7
"""Nightly copies that are kept. Those made by hand stay."""


def nightly(store: Store, at: int) -> Path | None:
    """Bring everything into the database's file, and copy that; None where there is no file. Fit for a thread."""
    if store.file is None:
        return None
    store.checkpoint()
    day = datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
    made = folder_of(store.file) / f"{store.file.stem}-{day}{store.file.suffix}"
    store.backup(made)
    restoring.verify(made)
    nights = f"{store.file.stem}-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]{store.file.suffix}"
    for old in sorted(made.parent.glob(nights))[:-NIGHTS]:
        old.unlink()
    return made


def folder_of(database: Path) -> Path:
    """Beside the database, so that whoever moves or copies its folder has them too."""
    folder = database.parent / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
