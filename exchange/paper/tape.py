"""A market's recent past: candles of a minute, and their sums over longer intervals. Pure; the market's own time."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain

from strategy.model.durations import DAY, MINUTE
from strategy.model.money import ZERO

MOST_BARS = 2 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A candle. `at` is its opening in milliseconds of market time."""

    at: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO
    quote_volume: Decimal = ZERO
    trades: int = 0


class Tape:
    """The candles so far, the running one last."""

    def __init__(self) -> None:
        self.bars: deque[Bar] = deque(maxlen=MOST_BARS)
        self.time = 0
        """The market's time at its last price, in milliseconds."""
        self.recorded: Sequence[Bar] = ()
        """Minutes that are known beside those that were played, oldest first: those before `bars` are shown."""

    def record(self, price: Decimal, at: int, volume: Decimal = ZERO) -> None:
        """A price at a time, with what traded there. Time never runs backwards."""
        self.time = max(at, self.time)
        start = self.time - self.time % MINUTE
        bar = self.bars[-1] if self.bars else None
        if bar is None or bar.at != start:
            self.bars.append(_one(start, price, volume))
        elif volume or not bar.low <= price <= bar.high or price != bar.close:
            self.bars[-1] = _joined(bar, _one(start, price, volume))

    def candles(self, interval: int, ends_at: int, since: int = 0) -> list[Bar]:
        """Candles of an interval in ms, oldest first, as if the last price had been at `ends_at` of another clock; from
        the one on that is open at `since`, by that clock too.

        The market may be a recorded one, played fast: whoever asks knows only the exchange's clock, so the running
        minute is always the current one there, and the minutes before it lie before it.
        """
        if not self.bars:
            return []
        shift = ends_at - ends_at % MINUTE - self.bars[-1].at
        first = since - since % interval - shift
        shown = (bar for bar in chain(self._before(first), self.bars) if bar.at >= first)
        return merged((replace(bar, at=bar.at + shift) for bar in shown), interval)

    def _before(self, first: int) -> Iterator[Bar]:
        """What was recorded from a time on, up to where `bars` begin.

        A recording that is played lap after lap had ended before them: it then lies before them once more, at prices
        that lead to their first one.
        """
        if not self.recorded:
            return
        begin, last = self.bars[0], self.recorded[-1]
        late = max(0, begin.at - MINUTE - last.at)
        rate = begin.open / last.close if late else None
        begins, ends = (bisect_left(self.recorded, at - late, key=lambda bar: bar.at) for at in (first, begin.at))
        for bar in self.recorded[begins:ends]:
            yield bar if rate is None else _moved(bar, late, rate)

    def day(self) -> Bar | None:
        """The last 24 hours as one candle, of what was played."""
        recent = [bar for bar in self.bars if bar.at > self.time - DAY]
        return _all(recent) if recent else None


def merged(bars: Iterable[Bar], interval: int) -> list[Bar]:
    """Candles of a longer interval."""
    result: list[Bar] = []
    for bar in bars:
        start = bar.at - bar.at % interval
        if result and result[-1].at == start:
            result[-1] = _joined(result[-1], bar)
        else:
            result.append(replace(bar, at=start))
    return result


def _moved(bar: Bar, late: int, rate: Decimal) -> Bar:
    """To another time and other prices, of as many decimals."""
    prices = (bar.open, bar.high, bar.low, bar.close)
    opened, high, low, close = ((price * rate).quantize(price) for price in prices)
    return replace(
        bar, at=bar.at + late, open=opened, high=high, low=low, close=close, quote_volume=bar.quote_volume * rate
    )


def _all(bars: list[Bar]) -> Bar:
    whole = bars[0]
    for bar in bars[1:]:
        whole = _joined(whole, bar)
    return whole


def _one(at: int, price: Decimal, volume: Decimal) -> Bar:
    return Bar(
        at=at,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=volume,
        quote_volume=volume * price,
        trades=1 if volume else 0,
    )


def _joined(first: Bar, then: Bar) -> Bar:
    return Bar(
        at=first.at,
        open=first.open,
        high=max(first.high, then.high),
        low=min(first.low, then.low),
        close=then.close,
        volume=first.volume + then.volume,
        quote_volume=first.quote_volume + then.quote_volume,
        trades=first.trades + then.trades,
    )
