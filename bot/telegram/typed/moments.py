"""Times of the day and dates, as they are typed and as they are said again. Reads no clock, says no sentence."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from bot.telegram.typed.names import DAY, TODAY, YESTERDAY

_TIME = r"([01]?[0-9]|2[0-3])(?:[:点时]([0-5][0-9])?)?分?"
_CLOCK = re.compile(rf"{_TIME}\s*[-~到至]\s*{_TIME}")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_MONTH = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})月?")
MOST_DAYS = 3_650


def clock_of(text: str) -> str | None:
    """`9-17`, `9:00~17:30` or `9点-17点` as `09:00-17:30`; None where it is no part of a day."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    begins, ends = (60 * int(hour) + int(minute or 0) for hour, minute in (found.group(1, 2), found.group(3, 4)))
    return None if begins == ends else clock_said((begins, ends))


def clock_said(between: tuple[int, int]) -> str:
    """Minutes of a day as they are typed."""
    return "-".join(minute_said(minute) for minute in between)


def minute_said(minute: int) -> str:
    """A minute of the day as a clock shows it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def clock_read(said: str) -> tuple[int, int]:
    """What `clock_said` has said."""
    begins, ends = ((int(one[:2]) * 60 + int(one[3:])) for one in said.split("-"))
    return begins, ends


def days_of(text: str) -> int | None:
    """`30`, `30d` and `30天` as a number of days; None where it is none."""
    found = re.fullmatch(rf"([0-9]{{1,3}})(?:{_days()})?", text.lower())
    return int(found[1]) if found and int(found[1]) else None


def _days() -> str:
    return "|".join(sorted(map(re.escape, DAY), key=len, reverse=True))


def date_of(text: str) -> str | None:
    """`2026-12-31` as it is, `2026/12/31` and `2026年12月31日` as that; `30d`, in any language, as `30d`; else None."""
    days = re.fullmatch(rf"([0-9]{{1,4}})\s*(?:{_days()})", text.lower())
    if days is not None:
        return f"{int(days[1])}d" if 0 < int(days[1]) <= MOST_DAYS else None
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None


def dated(said: str, today: date) -> str:
    """What `date_of` has read, as the date that it is, seen from today."""
    return (today + timedelta(days=int(said[:-1]))).isoformat() if re.fullmatch(r"[0-9]+d", said) else said


def with_days(words: Iterable[str], today: date) -> list[str]:
    """The words of a line, where a day that was named by a word, or written another way, is named by its date."""
    named = {**dict.fromkeys(TODAY, today), **dict.fromkeys(YESTERDAY, today - timedelta(days=1))}
    return [
        named[one.lower()].isoformat()
        if one.lower() in named
        else (date_of(one) if _DATE.fullmatch(one) else None) or one
        for one in words
    ]


def with_months(words: Iterable[str], today: date) -> list[str]:
    """As `with_days`, and `2026-11` or `2026年11月` as its first and its last day, as far as it has come."""
    return [day for one in with_days(words, today) for day in _days_of(one, today)]


def _days_of(word: str, today: date) -> list[str]:
    found = _MONTH.fullmatch(word)
    try:
        first = date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    if first is None:
        return [word]
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return [first.isoformat(), (today if first <= today < last else last).isoformat()]
