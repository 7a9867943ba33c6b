"""Counts what reaches the database, where the store hands it to the driver. Counts nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event

WRITING = ("INSERT", "UPDATE", "DELETE")


@dataclass(slots=True)
class Statements:
    """Statements that write, statements that read, and commits of writers."""

    writes: int = 0
    reads: int = 0
    commits: int = 0

    def seen(self, _connection: Connection, _cursor: Any, words: str, *_: Any) -> None:
        """The store is about to send this."""
        self.writes += words.startswith(WRITING)
        self.reads += words.startswith("SELECT")
        self.commits += words.startswith("UPDATE writer")


@contextmanager
def counted() -> Iterator[Statements]:
    """Count while the block runs, over all databases of this process."""
    statements = Statements()
    event.listen(Engine, "before_cursor_execute", statements.seen)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", statements.seen)
