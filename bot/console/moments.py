"""Days, moments and spans as the terminal's research commands show and take them: UTC."""

from datetime import UTC, date, datetime

from strategy.model.durations import DAY, HOUR


def begin_of(day: date) -> int:
    """Its first moment, ms."""
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) * 1000


def day(at: int) -> str:
    """2026-10-01."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d}"


def moment(at: int) -> str:
    """2026-10-01 09:30."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"


def span(milliseconds: int) -> str:
    """3 days, 5 h, 12 min or 8 s: never less than half of what is told."""
    for length, name in ((DAY, "days"), (HOUR, "h"), (60_000, "min")):
        if milliseconds >= 2 * length:
            return f"{milliseconds / length:.0f} {name}"
    return f"{milliseconds / 1000:.0f} s"
