"""Counts what reaches the database, at SQLAlchemy's own events. Counts nothing else."""

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

    def executed(self, _: Connection, __: Any, statement: str, *___: Any) -> None:
        """SQLAlchemy is about to execute this."""
        self.writes += statement.startswith(WRITING)
        self.reads += statement.startswith("SELECT")

    def committed(self, connection: Connection) -> None:
        """SQLAlchemy is about to commit."""
        self.commits += not connection.get_execution_options().get("readonly", False)


@contextmanager
def counted() -> Iterator[Statements]:
    """Count while the block runs, over all databases of this process."""
    statements = Statements()
    hooks = (("before_cursor_execute", statements.executed), ("commit", statements.committed))
    for name, hook in hooks:
        event.listen(Engine, name, hook)
    try:
        yield statements
    finally:
        for name, hook in hooks:
            event.remove(Engine, name, hook)
