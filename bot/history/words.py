"""Numbers and days of recorded markets, in words. UTC."""

from datetime import UTC, datetime


def counted(number: int, name: str) -> str:
    """1 row, 2,000 rows."""
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def minute_of(at: int) -> str:
    """2026-10-01 09:30."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"
