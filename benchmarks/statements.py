"""Counts what reaches the database, where the store hands it to the driver. Counts nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from storage.statements import watchers

WRITING = ("INSERT", "UPDATE", "DELETE")


@dataclass(slots=True)
class Statements:
    """Statements that write, statements that read, and commits of writers."""

    writes: int = 0
    reads: int = 0
    commits: int = 0

    def seen(self, _cursor: Any, words: str, _rows: Sequence[Any]) -> None:
        """The store is about to send this."""
        self.writes += words.startswith(WRITING)
        self.reads += words.startswith("SELECT")
        self.commits += words == "BEGIN IMMEDIATE"


@contextmanager
def counted() -> Iterator[Statements]:
    """Count while the block runs, over all databases of this process."""
    statements = Statements()
    watchers.append(statements.seen)
    try:
        yield statements
    finally:
        watchers.remove(statements.seen)
