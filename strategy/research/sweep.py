"""Many variants beside each other: their figures, their neighbours, and how far the best of them may be luck. No I/O.

Money is exact in what the kernel returns; what is compared and ranked here are floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import e, sqrt
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from strategy.model.durations import DAY
from strategy.research import loop
from strategy.research.candles import Candles
from strategy.research.figures import DAYS_A_YEAR, FEWEST_DAYS
from strategy.research.kernel import Results

Floats: TypeAlias = npt.NDArray[np.float64]
NEIGHBOURS = 8
"""That a variant is compared with."""
EULER = 0.5772156649015329
_NORMAL = NormalDist()


class By(StrEnum):
    """What variants are ranked by; the best is the highest, of drawdowns the smallest."""

    TOTAL = "total"
    PART = "part"
    """The total as a part of the money."""
    DRAWDOWN = "drawdown"
    CALMAR = "calmar"
    SHARPE = "sharpe"
    TRIPS = "trips"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The figures of many variants, an entry each. NaN: there is none."""

    total: Floats
    """In quote."""
    part: Floats
    """Of the money."""
    drawdown: Floats
    """As a part of the equity at its highest."""
    calmar: Floats
    sharpe: Floats
    """Of the days, a year."""
    trips: Floats
    days: Floats
    """Changes of the equity: a row each, a column a day."""

    def score(self, by: By) -> Floats:
        """The higher the better; what has no figure is last."""
        found: Floats = getattr(self, by.value)
        return np.nan_to_num(-found if by is By.DRAWDOWN else found, nan=-np.inf)


def day_ends(candles: Candles, first: int, end: int) -> tuple[int, ...]:
    """The candle of the start, and the last one of each day, UTC."""
    at = np.frombuffer(candles.at, np.int64)[first:end] // DAY
    lasts = np.flatnonzero(np.diff(at)) + first
    return tuple(int(one) for one in dict.fromkeys((first, *lasts, end - 1)))


def judged(results: Results, days: float) -> Judged:
    """The figures of what was played in so many days."""
    scale, states = results.scale, results.states.astype(np.float64)
    part = float(scale.worth) / scale.parts
    money = np.array([ladder.money for ladder in results.ladders]) * float(scale.worth)
    total = (states[:, loop.CASH] + states[:, loop.COINS] * results.last) * part
    falls = states[:, loop.DRAWDOWN] * part / (money + states[:, loop.TOP] * part)
    equity = money[:, None] + results.totals * part
    changes = equity[:, 1:] / equity[:, :-1] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        a_year = total / money / days * DAYS_A_YEAR if days >= FEWEST_DAYS else np.full(len(money), np.nan)
        sharpe = changes.mean(axis=1) / changes.std(axis=1) * sqrt(DAYS_A_YEAR) if changes.shape[1] else a_year * np.nan
        calmar = np.where(falls > 0, a_year / falls, np.nan)
    enough = changes.shape[1] >= FEWEST_DAYS
    return Judged(
        total=total,
        part=total / money,
        drawdown=falls,
        calmar=calmar,
        sharpe=np.where(np.isfinite(sharpe) & enough, sharpe, np.nan),
        trips=states[:, loop.SOLD],
        days=changes,
    )


def among(places: Floats, one: int) -> Sequence[int]:
    """The variants nearest to one: `places` has a row each, every parameter from 0 to 1 over what was tried."""
    apart = np.abs(places - places[one]).sum(axis=1)
    apart[one] = np.inf
    return [int(other) for other in np.argsort(apart, kind="stable")[:NEIGHBOURS] if np.isfinite(apart[other])]


def is_lonely(scores: Floats, one: int, near: Sequence[int]) -> bool:
    """Whether at most one of its neighbours is nearly as good, within as much as variants differ at all: luck."""
    known = scores[np.isfinite(scores)]
    return bool((scores[list(near)] >= scores[one] - known.std()).sum() <= 1)


def luck(found: Judged, one: int) -> float | None:
    """The chance that the best of so many tries without any advantage has a Sharpe ratio as high as this one.

    Deflated as Bailey and Lopez de Prado do it (2014): what the best of N tries has by chance alone is
    `sqrt(V) ((1 - g) z(1 - 1/N) + g z(1 - 1/(N e)))`, with V the variance of all ratios, g Euler's constant and z the
    quantile of the normal distribution. The ratio's own error allows for skewness and fat tails. All variants count as
    tries of their own, which is careful: many are alike. None where there are too few days, or nothing differs.
    """
    ratios = (found.sharpe / sqrt(DAYS_A_YEAR))[np.isfinite(found.sharpe)]
    changes = found.days[one]
    if len(ratios) < 2 or not np.isfinite(found.sharpe[one]) or not ratios.std():
        return None
    ratio, tries, spread = found.sharpe[one] / sqrt(DAYS_A_YEAR), len(ratios), float(ratios.std(ddof=1))
    by_chance = (1 - EULER) * _NORMAL.inv_cdf(1 - 1 / tries) + EULER * _NORMAL.inv_cdf(1 - 1 / (tries * e))
    normed = (changes - changes.mean()) / changes.std()
    skewness, tails = float((normed**3).mean()), float((normed**4).mean())
    error = max(1 - skewness * ratio + (tails - 1) / 4 * ratio**2, 1e-12)
    return 1 - _NORMAL.cdf(float((ratio - spread * by_chance) * sqrt(len(changes) - 1) / sqrt(error)))
