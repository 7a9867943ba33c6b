"""What a grid may come to in the days ahead: played on many markets like the one that was. No I/O.

How much a market moves in a month is not what it moved in the last one: calm months end, wild ones too. So each market
to come moves as much as some month of the last year did, drawn at random; how a day goes it has from the last days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from strategy.model.curve import PriceRange
from strategy.model.durations import DAY, HOUR
from strategy.research.bootstrap import ahead
from strategy.research.candles import Candles
from strategy.research.choice import DAYS, course_of
from strategy.research.ladders import Ladder
from strategy.research.scale import Scale

FUTURES = 200
"""Markets that might come."""
OUTSIDE = Decimal("0.1")
"""The part of them that is left out below the band, and above it."""
FEWEST = 3
"""Stretches, one after the other, that have to be known: fewer tell nothing of how they spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """In quote. Eight in ten are between `low` and `high`."""

    low: Decimal
    middle: Decimal
    high: Decimal
    worst: Decimal
    """Of them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What the markets to come bring."""

    bands: tuple[Band, ...]
    """Of each ladder."""
    prices: tuple[PriceRange, ...]
    """At the end of each day, after the last close."""


def foreseen(  # what is played, on what, and how
    ladders: Sequence[Ladder],
    candles: Candles,
    scale: Scale,
    seed: int,
    days: int = DAYS,
    year: Candles | None = None,
) -> Foreseen:
    """Of ladders that begin at the last close, each over the same markets. `year` are the days before it, as far as
    they are known: without them each market moves as much as the candles did.
    """
    count, totals = days * 24 * HOUR // candles.interval + 1, list[list[int]]()
    ends = range(0, count, max(1, DAY // candles.interval))
    prices = list[list[int]]()
    known = [1.0] if year is None else stretches(year, len(candles) * candles.interval // DAY, days)
    for one in range(FUTURES):
        stretch = known[int(np.random.default_rng((seed + one, 2)).integers(len(known)))]
        path = ahead(candles, scale.market.tick_size, seed + one, count, stretch)
        results = course_of(path, scale).play(ladders)
        totals.append([results.total(each) for each in range(len(ladders))])
        prices.append([path.close[end] for end in ends])
    spreads = (_outer(sorted(column)) for column in zip(*prices, strict=True))
    return Foreseen(
        bands=tuple(_band(sorted(column), scale) for column in zip(*totals, strict=True)),
        prices=tuple(
            PriceRange(
                at=candles.at[-1] + candles.interval * (1 + end),
                low=candles.price(low),
                middle=candles.price(middle),
                high=candles.price(high),
            )
            for end, (low, middle, high) in zip(ends, spreads, strict=True)
        ),
    )


def stretches(year: Candles, lately: int, ahead_for: int) -> list[float]:
    """How many times as much as in the last `lately` days the market moved in each stretch of `ahead_for` days: by the
    ranges of the days, whose squares tell a variance several times as well as their closes do (Parkinson, 1980).
    """
    ranges = np.log(np.asarray(year.high, dtype=np.float64) / np.asarray(year.low, dtype=np.float64)) ** 2
    now = float(ranges[-max(1, lately) :].mean())
    if len(ranges) < FEWEST * ahead_for or now <= 0:
        return [1.0]
    months = np.convolve(ranges, np.ones(ahead_for) / ahead_for, "valid")
    return [float(one) for one in np.sqrt(months / now)]


def _outer(ordered: Sequence[int]) -> tuple[int, int, int]:
    """The ends of the band, and what is in its middle."""
    left = int(len(ordered) * OUTSIDE)
    return ordered[left], ordered[len(ordered) // 2], ordered[-left - 1]


def _band(totals: Sequence[int], scale: Scale) -> Band:
    low, middle, high = map(scale.money, _outer(totals))
    return Band(low=low, middle=middle, high=high, worst=scale.money(totals[0]))
