"""A market's last hours, for whatever follows an average or a volatility. Values and small questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import pairwise

from strategy.model.durations import HOUR
from strategy.model.money import ZERO, ratio

MOST_HOURS = 24 * 31
"""No measure may look back farther."""
KEPT_HOURS = MOST_HOURS + 2
"""As many are kept: the one that goes on, and the close before the first, belong to the longest measure too."""
GAP = 10 * 60_000
"""Milliseconds without a price after which what happened meanwhile has to be read from the exchange."""
NOTED_EVERY = 60_000
"""Milliseconds after which it is noted anew that no price was missed."""
_DIGITS = Decimal("1e-18")


class Measure(StrEnum):
    """What the interval of a grid may follow: a measure of the past, as a fraction of the price, or the volume goal."""

    ATR = "atr"
    """The mean true range of an hour."""
    DEVIATION = "deviation"
    """The standard deviation of the changes from hour to hour."""
    VOLUME = "volume"
    """The volume goal, within its budget: nothing of the market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of a market, prices in quote. The last one may go on."""

    at: int
    """Its first moment, ms."""
    high: Decimal
    low: Decimal
    close: Decimal

    def __post_init__(self) -> None:
        assert self.at % HOUR == 0, "an hour begins on the hour"
        assert 0 < self.low <= self.close <= self.high

    def beside(self, seen: "Hour", *, is_newer: bool) -> "Hour":
        """The same hour with what else was seen of it: where that is newer it has its last price, too."""
        close = seen.close if is_newer else self.close
        return Hour(at=self.at, high=max(self.high, seen.high), low=min(self.low, seen.low), close=close)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The hours that are known, the oldest first. One in which nothing was traded is missing: its price is the last."""

    hours: tuple[Hour, ...] = ()
    at: int = 0
    """Up to when no price was missed, ms; 0 where that is not known of any moment."""

    def __post_init__(self) -> None:
        assert all(one.at < other.at for one, other in pairwise(self.hours))

    def is_known(self, at: int) -> bool:
        """Whether nothing is missing up to now: else nothing may be decided from it."""
        return self.at > 0 and at <= self.at + GAP

    def after(self, price: Decimal, at: int) -> "Past":
        """With one more price. One from before the last hour changes nothing: the exchange has told more of that.

        A gap before it stays a gap, whatever comes after it, until the exchange has told of it.
        """
        noted = at if self.is_known(at) and at - self.at >= NOTED_EVERY else self.at
        begins = at - at % HOUR
        if not self.hours or begins > self.hours[-1].at:
            new = Hour(at=begins, high=price, low=price, close=price)
            return Past(hours=(*self.hours, new)[-KEPT_HOURS:], at=noted)
        last = self.hours[-1]
        if begins < last.at or (price == last.close and noted == self.at):
            return self
        new = Hour(at=begins, high=max(last.high, price), low=min(last.low, price), close=price)
        return Past(hours=(*self.hours[:-1], new), at=noted)

    def average(self, hours: int, at: int) -> Decimal | None:
        """The mean of the last `hours` closes before the hour of `at`; None where the past does not reach so far."""
        closes = [hour.close for hour in self._whole(hours, at)]
        return ratio(sum(closes, ZERO), Decimal(len(closes))) if len(closes) == hours else None

    def true_range(self, hours: int, at: int) -> Decimal | None:
        """The mean true range of the last `hours` hours before that of `at`, as a fraction of each hour's close.

        True range: from the lowest to the highest price of the hour and the close before it.
        """
        last = list(self._whole(hours + 1, at))
        if len(last) <= hours:
            return None
        ranges = [
            ratio(max(hour.high, before.close) - min(hour.low, before.close), hour.close)
            for before, hour in pairwise(last)
        ]
        return ratio(sum(ranges, ZERO), Decimal(hours))

    def deviation(self, hours: int, at: int) -> Decimal | None:
        """The standard deviation of the changes from close to close over the last `hours` hours before that of `at`.

        Each change is a fraction of the close before it; the sum of the squares is divided by their number, and the
        root is cut at 18 decimals.
        """
        last = list(self._whole(hours + 1, at))
        if len(last) <= hours:
            return None
        changes = [ratio(hour.close - before.close, before.close) for before, hour in pairwise(last)]
        mean = ratio(sum(changes, ZERO), Decimal(hours))
        spread = sum(((change - mean) ** 2 for change in changes), ZERO) / hours
        return spread.sqrt().quantize(_DIGITS, ROUND_FLOOR)

    def highest(self, hours: int, at: int) -> Decimal | None:
        """The highest price of the hour of `at` and the `hours` before it; None where none of them is known."""
        since = at - at % HOUR - hours * HOUR
        return max((hour.high for hour in self.hours if since <= hour.at <= at), default=None)

    def reach(self, at: int) -> int:
        """How many whole hours before that of `at` can be told of."""
        return (at - at % HOUR - self.hours[0].at) // HOUR if self.hours else 0

    def _whole(self, count: int, at: int) -> Iterator[Hour]:
        """The whole hours before that of `at`, the oldest first: none where the past begins later than them."""
        ends = at - at % HOUR
        begins = ends - count * HOUR
        within = {hour.at: hour for hour in self.hours if begins <= hour.at < ends}
        last = next((hour for hour in reversed(self.hours) if hour.at <= begins), None)
        if last is None:
            return
        for moment in range(begins, ends, HOUR):
            last = within.get(moment) or Hour(at=moment, high=last.close, low=last.close, close=last.close)
            yield last
