"""A recorded market as whole numbers: candles in units of a price, and where they next come to a price. No I/O."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Whole: TypeAlias = "array[int]"
"""A column of whole numbers, eight bytes each."""
BLOCK = 64
"""Candles that are skipped together, where none of them comes to a price that matters."""


class Inner(StrEnum):
    """Which end of a candle came first. A candle does not say: one of these is assumed."""

    LIKELY = "likely"
    """The low where it closed up, the high where it closed down: never more turns than the candle proves."""
    LOW_FIRST = "low_first"
    HIGH_FIRST = "high_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candles:
    """A market's candles, the oldest first. Prices are whole numbers of `unit`."""

    unit: Decimal
    """In quote. A power of ten, of which the market's tick is a multiple."""
    interval: int
    """Milliseconds that one lasts."""
    at: Whole
    """When each opened, ms."""
    open: Whole
    high: Whole
    low: Whole
    close: Whole
    lows: list[int] = field(init=False, repr=False, compare=False, default_factory=list)
    """The lowest of each block, once it was asked for: see `blocks`."""
    highs: list[int] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        assert len(self.at) == len(self.open) == len(self.high) == len(self.low) == len(self.close)

    def __len__(self) -> int:
        return len(self.at)

    @property
    def blocks(self) -> tuple[Sequence[int], Sequence[int]]:
        """The lowest and the highest of each block: counted once, and only for whoever skips any."""
        if not self.lows:
            begins = range(0, len(self.at), BLOCK)
            self.lows.extend([min(self.low[at : at + BLOCK]) for at in begins])
            self.highs.extend([max(self.high[at : at + BLOCK]) for at in begins])
        return self.lows, self.highs

    def part(self, first: int, end: int) -> "Candles":
        """Those from one to before another."""
        cut = slice(first, end)
        return Candles(
            unit=self.unit,
            interval=self.interval,
            at=self.at[cut],
            open=self.open[cut],
            high=self.high[cut],
            low=self.low[cut],
            close=self.close[cut],
        )

    def coarser(self, many: int) -> "Candles":
        """Each of so many of these, and no rest."""
        begins = range(0, len(self.at) // many * many, many)
        return Candles(
            unit=self.unit,
            interval=self.interval * many,
            at=array("q", (self.at[one] for one in begins)),
            open=array("q", (self.open[one] for one in begins)),
            high=array("q", (max(self.high[one : one + many]) for one in begins)),
            low=array("q", (min(self.low[one : one + many]) for one in begins)),
            close=array("q", (self.close[one + many - 1] for one in begins)),
        )

    def price(self, units: int) -> Decimal:
        """A price in quote."""
        return units * self.unit

    def path(self, one: int, inner: Inner) -> tuple[tuple[int, int], ...]:
        """The four prices of a candle in the order in which they are taken to have come, each with its time."""
        opened, close = self.open[one], self.close[one]
        low_first = close >= opened if inner is Inner.LIKELY else inner is Inner.LOW_FIRST
        first, second = (self.low[one], self.high[one]) if low_first else (self.high[one], self.low[one])
        at, quarter = self.at[one], self.interval // 4
        return (at, opened), (at + quarter, first), (at + 2 * quarter, second), (at + 3 * quarter, close)

    def reaching(self, first: int, below: int, above: int, until: int | None = None) -> int:
        """The first candle from `first` on that comes down to one price or up to the other, or that lasts to `until`;
        the number of candles where none does.
        """
        end = len(self.at) if until is None else bisect_left(self.at, until - self.interval + 1, lo=first)
        (lows, highs), one = self.blocks, first
        while one < end:
            block = one // BLOCK
            part = slice(one, (block + 1) * BLOCK)
            low, high = self.low[part], self.high[part]
            if min(low) <= below or max(high) >= above:
                one += next(
                    at for at, ends in enumerate(zip(low, high, strict=True)) if ends[0] <= below or ends[1] >= above
                )
                break
            block += 1
            while block < len(lows) and lows[block] > below and highs[block] < above:
                block += 1
            one = block * BLOCK
        return min(one, end)
