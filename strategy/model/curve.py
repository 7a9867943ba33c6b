"""Curves: an hour of a total as one value, the drawdown that is folded of such hours, prices to come. Values only."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of a curve, in quote. Two that follow each other are one: whatever is asked of both is known of each."""

    at: int
    """When its first point was taken."""
    high: Decimal
    low: Decimal
    last: Decimal
    fall: Decimal
    """The most that it has fallen from a peak within it."""
    peak: Decimal
    """Where that fall began; the highest point where there was none."""

    @property
    def below(self) -> Decimal:
        """How far its end is below its highest point."""
        return self.high - self.last

    def then(self, later: "Leg") -> "Leg":
        """Both together."""
        high = max(self.high, later.high)
        falls = [(self.fall, self.peak), (self.high - later.low, self.high), (later.fall, later.peak)]
        fall, peak = max(falls, key=lambda one: one[0])
        return Leg(
            at=self.at,
            high=high,
            low=min(self.low, later.low),
            last=later.last,
            fall=fall,
            peak=peak if fall else high,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRange:
    """Where the price is at a moment to come: eight markets in ten are between `low` and `high`."""

    at: int
    low: Decimal
    middle: Decimal
    high: Decimal


def point(at: int, total: Decimal) -> Leg:
    """One moment of a curve."""
    return Leg(at=at, high=total, low=total, last=total, fall=total - total, peak=total)


def joined(legs: Iterable[Leg]) -> Leg | None:
    """The whole curve, or None where nothing is known of it. The legs come in the order of time."""
    whole: Leg | None = None
    for leg in legs:
        whole = leg if whole is None else whole.then(leg)
    return whole
