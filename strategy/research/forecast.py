"""What a grid may come to in the days ahead: played on many markets like the one that was. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from strategy.model.past import HOUR
from strategy.research.bootstrap import ahead
from strategy.research.candles import Candles
from strategy.research.choice import DAYS, course_of
from strategy.research.ladders import Ladder
from strategy.research.scale import Scale

FUTURES = 200
"""Markets that might come."""
OUTSIDE = Decimal("0.1")
"""The part of them that is left out below the band, and above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """In quote. Eight in ten are between `low` and `high`."""

    low: Decimal
    middle: Decimal
    high: Decimal
    worst: Decimal
    """Of them all."""


def bands(ladders: Sequence[Ladder], candles: Candles, scale: Scale, seed: int, days: int = DAYS) -> list[Band]:
    """Of ladders that begin at the last close, each over the same markets."""
    count, totals = days * 24 * HOUR // candles.interval + 1, list[list[int]]()
    for one in range(FUTURES):
        path = ahead(candles, scale.market.tick_size, seed + one, count)
        results = course_of(path, scale).play(ladders)
        totals.append([results.total(each) for each in range(len(ladders))])
    return [_band(sorted(column), scale) for column in zip(*totals, strict=True)]


def _band(totals: Sequence[int], scale: Scale) -> Band:
    left = int(len(totals) * OUTSIDE)
    return Band(
        low=scale.money(totals[left]),
        middle=scale.money(totals[len(totals) // 2]),
        high=scale.money(totals[-left - 1]),
        worst=scale.money(totals[0]),
    )
