"""The hours of a market, made of its candles as they come to lie behind. No I/O."""

from strategy.model.durations import HOUR
from strategy.model.past import MOST_HOURS, Hour
from strategy.research.candles import Candles


class Hours:
    """The last hours before a candle, the oldest first; the last one may go on."""

    def __init__(self, candles: Candles) -> None:
        self._candles = candles
        self._next = 0
        self._hours: list[Hour] = []

    def before(self, end: int) -> list[Hour]:
        """Up to the candle of this number, which is not in them. Never asked for less than the last time."""
        candles = self._candles
        while self._next < end:
            begins = candles.at[self._next] // HOUR * HOUR
            last = self._next
            while last < end and candles.at[last] < begins + HOUR:
                last += 1
            self._add(begins, self._next, last)
            self._next = last
        return self._hours

    def _add(self, begins: int, first: int, end: int) -> None:
        candles = self._candles
        high, low = max(candles.high[first:end]), min(candles.low[first:end])
        if self._hours and self._hours[-1].at == begins:
            before = self._hours.pop()
            high = max(high, int(before.high / candles.unit))
            low = min(low, int(before.low / candles.unit))
        close = candles.price(candles.close[end - 1])
        self._hours.append(Hour(at=begins, high=candles.price(high), low=candles.price(low), close=close))
        del self._hours[:-MOST_HOURS]
