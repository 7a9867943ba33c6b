"""The periods that the owner asks about: today, this week, this month, since the start, since a date. Bounds only."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.account.days import begin_of, day_at


class Span(StrEnum):
    """How a period is named."""

    TODAY = "today"
    WEEK = "week"
    """From its Monday on."""
    MONTH = "month"
    START = "start"
    DATE = "date"
    """From a day on that was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From its first moment, in ms, until now."""

    span: Span
    day: date | None = None
    """Its first day at the owner's; None since the start."""
    begins: int = 0

    @classmethod
    def of(cls, span: Span, zone: ZoneInfo, now: int) -> "Period":
        """One that is named by a word."""
        today = day_at(zone, now)
        match span:
            case Span.TODAY:
                return cls.since(today, zone, span=span)
            case Span.WEEK:
                return cls.since(today - timedelta(days=today.weekday()), zone, span=span)
            case Span.MONTH:
                return cls.since(today.replace(day=1), zone, span=span)
            case _:
                return cls(span=Span.START)

    @classmethod
    def since(cls, day: date, zone: ZoneInfo, *, span: Span = Span.DATE) -> "Period":
        """From a local day's first moment on."""
        return cls(span=span, day=day, begins=begin_of(zone, day))
