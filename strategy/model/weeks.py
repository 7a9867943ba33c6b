"""The spans that volume is counted in: Backpack's points week and the UTC day, whatever the owner's zone is.

What is fixed here is as Backpack's pages say. All times are milliseconds since 1970 UTC.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from strategy.model.durations import DAY, HOUR, WEEK

GIVEN_OUT_AFTER = DAY + 2 * HOUR
"""From a week's end on Thursday at 00:00 UTC to Friday at 02:00 UTC."""


class Stretch(NamedTuple):
    """From `begins` up to, not including, `ends`."""

    begins: int
    ends: int


def week_of(at: int) -> Stretch:
    """The points week of a moment: 1970-01-01 was a Thursday."""
    return Stretch(at - at % WEEK, at - at % WEEK + WEEK)


def day_of(at: int) -> Stretch:
    """The UTC day of a moment."""
    return Stretch(at - at % DAY, at - at % DAY + DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeGoal:
    """Volume that the owner wants in each span, and what it may cost. In USDC."""

    volume: Decimal
    budget: Decimal | None = None
    """For fees, and what sales lost beyond them."""
    daily: bool = False
    """For each UTC day; else for each points week."""

    @property
    def length(self) -> int:
        """Of each span, ms."""
        return DAY if self.daily else WEEK

    def span(self, at: int) -> Stretch:
        """The one that a moment belongs to."""
        return day_of(at) if self.daily else week_of(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was last counted of a goal's span, in USDC."""

    begins: int
    """Of the span."""
    volume: Decimal
    cost: Decimal
