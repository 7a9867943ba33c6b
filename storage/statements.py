"""Statements that are made once and run for ever, on the driver's own cursor. None is made here.

SQLAlchemy knows the tables, the types and the dialects, and makes the words. What it does anew at each execution costs
ten times what SQLite needs, and the same statements are run at every tick and fill.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Dialect

Row = dict[str, Any]
Watcher = Callable[[Any, str, Sequence[Any]], None]
COMMIT = "COMMIT"
"""What watchers are called with, and no rows, before a transaction is committed."""
_Conversion = tuple[int, Callable[[Any], Any]]
"""The place of a value, and what is made of it there."""

watchers: list[Watcher] = []
"""Called with cursor, words and rows before a statement is carried out: to count them, or to fail as a disk does."""


class Transaction:
    """A transaction that has begun; `Database` ends it."""

    def __init__(
        self,
        cursor: Any,
        dialect: Dialect,
        *,
        failed: Callable[[float], None],
        within: Callable[[Any], AbstractContextManager[None]] | None = None,
    ) -> None:
        """`failed` is told how many seconds it took until a word with the database failed.

        `within`, if there is one, is around each of them, and gets the driver's connection.
        """
        self._cursor = cursor
        self._within = within
        self._failed = failed
        self.dialect = dialect
        self.driver: Any = dialect.loaded_dbapi
        """The driver's module, with its errors."""

    def execute(self, words: str, rows: Sequence[Any] = ((),)) -> Any:
        """Carry a statement out with each of the rows; the driver's cursor after it."""
        for watch in watchers:
            watch(self._cursor, words, rows)
        if len(rows) == 1:
            self._talk(self._cursor.execute, words, rows[0])
        else:
            self._talk(self._cursor.executemany, words, rows)
        return self._cursor

    def commit(self) -> None:
        """Write it all down."""
        for watch in watchers:
            watch(self._cursor, COMMIT, ())
        self._talk(self._cursor.connection.commit)

    def _talk(self, word: Callable[..., Any], *what: Any) -> None:
        began = time.monotonic()
        try:
            if self._within is None:
                word(*what)
            else:
                with self._within(self._cursor.connection):
                    word(*what)
        except self.driver.OperationalError:
            self._failed(time.monotonic() - began)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """A statement in the words of one dialect."""

    words: str
    is_positional: bool
    names: Sequence[str]
    """Of its parameters, in their order."""
    fixed: Row
    """Values that are part of the statement itself."""
    conversions: Sequence[_Conversion]
    """How values are put into the database."""

    def parameters(self, row: Row) -> Any:
        """The row's values as the driver takes them. `KeyError` where one is missing."""
        row = self.fixed | row if self.fixed else row
        values = _converted([row[name] for name in self.names], self.conversions)
        return values if self.is_positional else dict(zip(self.names, values, strict=True))


class Statement:
    """A statement with named parameters; values are converted by their columns' types, both ways."""

    def __init__(self, clause: Any, *, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that a bare INSERT fills; None: all."""
        self._clause: ClauseElement = clause
        self._columns = list(columns) if columns is not None else None
        self._compiled: dict[str, _Compiled] = {}
        self._read: dict[str, Sequence[_Conversion]] = {}
        found = clause.selected_columns if clause.is_select else ()
        self._names = [column.name for column in found]
        self._types = [column.type for column in found]

    def run(self, transaction: Transaction, rows: Sequence[Row]) -> int:
        """Write with the values of each row; how many rows of the table were met."""
        compiled = self._for(transaction.dialect)
        done = transaction.execute(compiled.words, [compiled.parameters(row) for row in rows])
        return int(done.rowcount)

    def tuples(self, transaction: Transaction, **values: object) -> list[Sequence[Any]]:
        """What it finds, each row in the order of its columns. Values that it has no parameter for are let be."""
        compiled = self._for(transaction.dialect)
        done = transaction.execute(compiled.words, [compiled.parameters(values)])
        found = done.fetchall()
        conversions = self._conversions(transaction.dialect, done.description)
        return [_converted(row, conversions) for row in found]

    def rows(self, transaction: Transaction, **values: object) -> list[Row]:
        """What it finds, by the names of its columns."""
        return [dict(zip(self._names, row, strict=True)) for row in self.tuples(transaction, **values)]

    def scalars(self, transaction: Transaction, **values: object) -> list[Any]:
        """The first value of each row that it finds."""
        return [row[0] for row in self.tuples(transaction, **values)]

    def _for(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _compile(self._clause, dialect, self._columns)
        return self._compiled[dialect.name]

    def _conversions(self, dialect: Dialect, description: Any) -> Sequence[_Conversion]:
        """How each column comes out of the database. PostgreSQL tells with the first answer what its columns are."""
        if dialect.name not in self._read:
            kinds = [kind.dialect_impl(dialect) for kind in self._types]
            self._read[dialect.name] = _those_needed(
                kind.result_processor(dialect, told[1]) for kind, told in zip(kinds, description, strict=True)
            )
        return self._read[dialect.name]


def _compile(clause: ClauseElement, dialect: Dialect, columns: list[str] | None) -> _Compiled:
    compiled: Any = clause.compile(dialect=dialect, column_keys=columns)
    names = compiled.positiontup if compiled.positional else list(compiled.bind_names.values())
    binds = [compiled.binds[name] for name in names]
    return _Compiled(
        words=compiled.string,
        is_positional=compiled.positional,
        names=names,
        fixed={name: bind.value for name, bind in zip(names, binds, strict=True) if not bind.required},
        conversions=_those_needed(bind.type.dialect_impl(dialect).bind_processor(dialect) for bind in binds),
    )


def _those_needed(conversions: Iterable[Callable[[Any], Any] | None]) -> Sequence[_Conversion]:
    return [(place, convert) for place, convert in enumerate(conversions) if convert is not None]


def _converted(values: Sequence[Any], conversions: Sequence[_Conversion]) -> Sequence[Any]:
    """NULL stays NULL in every type."""
    made = list(values)
    for place, convert in conversions:
        if made[place] is not None:
            made[place] = convert(made[place])
    return made
