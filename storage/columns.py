"""Column types that keep values exact: decimals, times, words, JSON. Migrations import them: never rename one.

Each type accepts one kind of value and refuses everything else: a table of SQLModel checks nothing by itself.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Dialect, Enum, Numeric, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

from strategy.model.durations import DAY, SECOND
from strategy.model.money import plain

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LONGEST_WORD = 24
_REMEMBERED = 8
"""Values whose JSON a column remembers."""


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal: text on SQLite (its NUMERIC is a float), NUMERIC on PostgreSQL.

    Text neither sums nor sorts as a number: sum and sort in Python. Raises `TypeError` for anything but a `Decimal` and
    `ValueError` for one that is not finite.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the column really is."""
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """To the database: plain notation, so that equal decimals are equal texts."""
        if value is None:
            return None
        if not isinstance(value, Decimal):
            msg = f"money is a Decimal, not {type(value).__name__}"
            raise TypeError(msg)
        if not value.is_finite():
            msg = f"not a finite amount: {value}"
            raise ValueError(msg)
        return value if dialect.name == "postgresql" else plain(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy's
        """From the database."""
        return None if value is None else Decimal(value)


class UtcDateTime(TypeDecorator[int]):
    """A moment: milliseconds since 1970 UTC in our code, a UTC time with milliseconds in the database.

    A moment is an `int` wherever we have it, so a naive or local time can't get in: anything else raises `TypeError`.
    On SQLite it is text of fixed length (2026-11-22T08:16:45.123Z), which sorts as time does.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the column really is."""
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(TIMESTAMP(timezone=True, precision=3) if postgres else String(24))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """To the database."""
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            msg = f"a moment is an int of milliseconds since 1970 UTC, not {type(value).__name__}"
            raise TypeError(msg)
        if value < 0:
            msg = f"a moment before 1970: {value}"
            raise ValueError(msg)
        return _EPOCH + value * _MILLISECOND if dialect.name == "postgresql" else utc_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """From the database."""
        if value is None:
            return None
        moment = value if dialect.name == "postgresql" else datetime.fromisoformat(value)
        since = moment - _EPOCH
        return since.days * DAY + since.seconds * SECOND + since.microseconds // 1000


class Json(TypeDecorator[Any]):
    """A value of ours as JSON text, decimals as strings. What is read equals what was written.

    Fields of the text that the value's type does not know are ignored; missing ones take the type's default.
    """

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._written: deque[tuple[Any, str]] = deque(maxlen=_REMEMBERED)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database; `ValueError` for a value that would not come back (a float as money, a NaN).

        Values are frozen, and most are written many times: what is still the same object has the same text.
        """
        if value is None:
            return None
        for known, text in self._written:
            if known is value:
                return text
        text = to_json(self.kind, value)
        self._written.append((value, text))
        return text

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's
        """From the database."""
        return None if value is None else from_json(self.kind, value)


@lru_cache(maxsize=64)
def utc_text(at: int) -> str:
    """A moment as 2026-11-22T08:16:45.123Z. Rows of one commit share a few."""
    return (_EPOCH + at * _MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(kind: Any, value: Any) -> str:
    """JSON of a value. It is read back at once: what is on disk can always be loaded. `ValueError` where it can't."""
    text: bytes = _adapter(kind).dump_json(value, warnings="error")
    _adapter(kind).validate_json(text)
    return text.decode()


def from_json(kind: Any, text: str) -> Any:
    """The value; `ValueError` names what is missing or wrong."""
    return _adapter(kind).validate_json(text)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def word(kind: type[StrEnum]) -> Enum:
    """An enum as its own words, with a CHECK that admits no others."""
    return Enum(
        kind,
        name=None,  # the convention of names in tables.py makes it from the column's
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=_LONGEST_WORD,
    )
