"""The column types: exact both ways, and closed to whatever is not exact. No table, no file."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Dialect, Numeric, Text
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import DecimalText, Json, UtcDateTime, utc_text
from strategy.model.adapted import Seeding
from strategy.model.market import Symbol
from strategy.model.orders import LevelId
from strategy.model.spec import GridSpec, Spacing

SQLITE: Dialect = sqlite.dialect()
POSTGRES: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
LAST_MOMENT = 253_402_300_799_999


def there_and_back(kind: Any, value: Any, dialect: Dialect) -> Any:
    return kind.process_result_value(kind.process_bind_param(value, dialect), dialect)


@given(st.integers(min_value=-(10**40), max_value=10**40), st.integers(min_value=0, max_value=40))
@example(99999999_12345678, 8)
@example(12345678901234567_12345678, 8)
@example(1, 1)
def test_a_decimal_comes_back_to_the_last_digit(digits: int, places: int) -> None:
    value = Decimal(digits).scaleb(-places)

    assert there_and_back(DecimalText(), value, SQLITE) == value
    assert there_and_back(DecimalText(), value, POSTGRES) == value


@pytest.mark.parametrize(
    ("value", "text"), [("1.50", "1.5"), ("1E+3", "1000"), ("1E-7", "0.0000001"), ("-0.0", "0"), ("0E-18", "0")]
)
def test_equal_decimals_are_equal_texts(value: str, text: str) -> None:
    assert DecimalText().process_bind_param(Decimal(value), SQLITE) == text


@pytest.mark.parametrize("value", [0.1, 1, "0.1", True])
@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES])
def test_money_that_is_no_decimal_is_refused(value: object, dialect: Dialect) -> None:
    with pytest.raises(TypeError, match="money is a Decimal"):
        DecimalText().process_bind_param(value, dialect)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_money_that_is_not_finite_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a finite amount"):
        DecimalText().process_bind_param(Decimal(value), SQLITE)


@given(st.integers(min_value=0, max_value=LAST_MOMENT))
@example(0)
@example(LAST_MOMENT)
def test_a_moment_comes_back_to_the_millisecond(at: int) -> None:
    assert there_and_back(UtcDateTime(), at, SQLITE) == at
    assert there_and_back(UtcDateTime(), at, POSTGRES) == at


@given(st.integers(min_value=0, max_value=LAST_MOMENT), st.integers(min_value=0, max_value=LAST_MOMENT))
def test_moments_sort_as_their_texts(one: int, other: int) -> None:
    assert (one < other) == (utc_text(one) < utc_text(other))


def test_a_moment_is_written_in_utc() -> None:
    moment = datetime(2026, 11, 22, 16, 16, 45, 123_000, tzinfo=timezone(timedelta(hours=8)))
    at = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    assert UtcDateTime().process_bind_param(at, SQLITE) == "2026-11-22T08:16:45.123Z"
    assert UtcDateTime().process_bind_param(at, POSTGRES) == moment


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 11, 22),  # noqa: DTZ001 - the naive time that must not get in
        datetime(2026, 11, 22, tzinfo=UTC),
        1_795_335_405.5,
        "2026-11-22",
        True,
    ],
)
def test_a_moment_that_is_no_count_of_milliseconds_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="a moment is an int"):
        UtcDateTime().process_bind_param(value, SQLITE)


def test_a_moment_before_1970_is_refused() -> None:
    with pytest.raises(ValueError, match="before 1970"):
        UtcDateTime().process_bind_param(-1, SQLITE)


def test_nothing_stays_nothing() -> None:
    for kind in (DecimalText(), UtcDateTime(), Json(GridSpec)):
        assert there_and_back(kind, None, SQLITE) is None


def test_json_keeps_decimals_as_text() -> None:
    seeding = Seeding(started_at=1, wanted={LevelId(3): Decimal("0.10000000000000000000000000001")})

    text = Json(Seeding).process_bind_param(seeding, SQLITE)

    assert text == (
        '{"started_at":1,"wanted":{"3":"0.10000000000000000000000000001"},"most":null,"price":null,"dearest":null,'
        '"bought":"0","paid":"0"}'
    )
    assert Json(Seeding).process_result_value(text, SQLITE) == seeding


def test_json_of_an_older_or_newer_version_is_read() -> None:
    text = '{"symbol": "ETH_USDC", "grids": 3, "a_field_of_tomorrow": {"x": 1}}'

    assert Json(GridSpec).process_result_value(text, SQLITE) == GridSpec(symbol=Symbol("ETH_USDC"), grids=3)


@pytest.mark.parametrize("value", [0.1, Decimal("NaN"), "0.1"])
def test_json_that_would_not_come_back_is_refused(value: Any) -> None:
    spec = GridSpec(symbol=Symbol("ETH_USDC"), spacing=Spacing.INTERVAL, grids=3, interval=value)

    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's words differ from case to case
        Json(GridSpec).process_bind_param(spec, SQLITE)


def test_the_numeric_of_sqlite_is_a_float_and_so_is_not_used() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        (kept,) = connection.execute("SELECT CAST('12345678901234567.12345678' AS NUMERIC)").fetchone()

    assert isinstance(kept, float)
    assert isinstance(DecimalText().load_dialect_impl(SQLITE), Text)
    assert isinstance(DecimalText().load_dialect_impl(POSTGRES), Numeric)
