"""What can go wrong with the database, split by what the caller must do. Every text is fit for the owner's eyes.

StorageError
├── DatabaseInUse       another process has it: leave it alone, nothing was touched
├── DatabaseTaken       another process has taken it over from us: write nothing, send nothing, leave
├── DatabaseCorrupt     damaged, or not ours: nothing was touched; restore a backup
├── WrongDatabase       another mode's, account's or exchange's: nothing was touched; the text says what to do
├── DatabaseTooNew      written by a newer Packgrid: nothing was touched; update the program
├── StorageUnavailable  disk full, locked, I/O: nothing of this transaction was written; try again later
│   └── CommitUnknown   the answer to a commit was lost: ask `is_committed` before anything is built upon it
└── StateRefused        the state itself is wrong: a bug, nothing of it was written
    └── AlreadyBooked   a fill or movement with this key is in the ledger
"""


class StorageError(Exception):
    """Something is wrong with the database, or with what was to be written."""


class DatabaseInUse(StorageError):
    """Another process holds the database; the text names it."""


class DatabaseTaken(StorageError):
    """Somebody else writes the database now, or another copy of it lies in its place. Nothing of ours was written."""


class DatabaseCorrupt(StorageError):
    """The database can't be read, or it is another program's."""


class WrongDatabase(StorageError):
    """The database belongs to another mode, exchange account or address than the settings name."""


class DatabaseTooNew(StorageError):
    """The schema is one that this version does not know."""


class StorageUnavailable(StorageError):
    """The write or read could not be done now. The transaction is rolled back as a whole."""


class CommitUnknown(StorageUnavailable):
    """The transaction was written as a whole or not at all, and which of the two can't be known yet."""

    def __init__(self, text: str, *, ticket: int) -> None:
        """`ticket` is what to ask `is_committed` about."""
        super().__init__(text)
        self.ticket = ticket


class StateRefused(StorageError):
    """What was to be written contradicts itself or what is on disk."""


class AlreadyBooked(StateRefused):
    """The ledger has an entry with this key: booking it twice would count it twice."""
