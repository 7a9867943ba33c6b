"""A database that is only read, also while another process writes it: no lock, no migration, no change."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection

from storage import files
from storage.database import Database, engine_to_read, errors_told, revision_of
from storage.errors import StorageError
from storage.files import MIGRATIONS


class LookedAt(Database):
    """Its one transaction sees one state for as long as it is open, whatever is written meanwhile."""

    def __init__(self, url: str) -> None:
        """Raises `StorageError` where there is no database, or one of another version."""
        self._undo = ExitStack()
        with errors_told():
            engine, self.file = engine_to_read(url)
            self._undo.callback(engine.dispose)
            if self.file is not None and not self.file.exists():
                msg = f"There is no database {self.file} yet: nothing to read."
                raise StorageError(msg)
            if revision_of(engine, MIGRATIONS) != files.newest(MIGRATIONS):
                msg = "The database is of another version: start Packgrid once, it is brought up to date then."
                raise StorageError(msg)
            self._seen = self._undo.enter_context(engine.connect())
            if self.file is None:
                self._seen.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            else:
                self._seen.exec_driver_sql("PRAGMA query_only=ON")
                self._seen.exec_driver_sql("BEGIN")
            self._seen.exec_driver_sql("SELECT 1 FROM account").all()  # what is seen is settled by the first look

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Of the state that was there at the first look."""
        with errors_told():
            yield self._seen

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Never."""
        with self.reading():
            msg = "This database is only looked at."
            raise StorageError(msg)
        yield  # type: ignore[unreachable]  # a generator all the same
