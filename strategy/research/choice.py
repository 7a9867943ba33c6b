"""Three grids out of a thousand for a market: calm, normal, busy. Chosen on markets that might have been. No I/O.

A grid that did best on the days that were may have had luck with where the price went. So all are played on the same
days, sewn together anew without the drift they had, several times; a grid counts by the middle of what came of it, and
by that of its neighbours. Money is exact in what the kernel returns; what is compared here are floats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import exp, log, sqrt
from typing import TypeAlias
from warnings import catch_warnings, simplefilter

import numpy as np
import numpy.typing as npt

from strategy.model.spec import GridSpec
from strategy.model.values import replace
from strategy.research import loop
from strategy.research.bootstrap import driftless
from strategy.research.candles import Candles
from strategy.research.kernel import Course, Track
from strategy.research.ladders import Ladder, unbound
from strategy.research.scale import Scale
from strategy.research.styles import Style

Floats: TypeAlias = npt.NDArray[np.float64]
DAYS = 30
"""For which a grid is chosen."""
BELOW = (0.5, 0.6, 0.75, 0.9, 1.1, 1.35, 1.6, 1.9, 2.3, 2.7, 3.2)
"""How far ranges reach below the price, as multiples of what its logarithm moves in that time, a standard deviation."""
ABOVE = (0.25, 0.33, 0.42, 0.54, 0.68, 0.85, 1.06, 1.3, 1.6, 2.0, 2.5)
STEPS = 14
"""Counts of levels that are tried for each range, from the smallest step to the largest, as far as they differ."""
STEP = (0.15, 1.3)
"""The smallest and the largest step, as multiples of what the price moves in a day."""
FEES = 6
"""A step is no smaller than so many maker fees: then they take a third of what a round trip makes."""
MOST_LEVELS = 50
FINEST = 9_000
"""Candles that are chosen by, at most: finer ones are put together."""
PATHS = 12
"""Markets that are sewn to choose by."""
FEWEST_TRIPS = 4
"""Round trips in them without which a grid is none."""
CALM, BUSY = 4, 2
"""The middle of a calm grid is at least a fourth of the best one's, that of a busy one half."""
PLACES = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A range as parts of the price, and its levels."""

    below: Decimal
    above: Decimal
    grids: int

    def of(self, spec: GridSpec) -> GridSpec:
        """A wish with this shape."""
        return replace(spec, below=self.below, above=self.above, grids=self.grids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """The shapes that are tried, each in its place among its neighbours; and the ladders of those that open."""

    shapes: Sequence[Shape]
    ladders: Mapping[int, Ladder]
    """By the number of the shape. Of shapes that come to the same the first is opened."""

    @property
    def size(self) -> tuple[int, int, int]:
        """Of the lattice."""
        return len(BELOW), len(ABOVE), STEPS


def shapes(move: float, least: float, most_levels: int) -> list[Shape]:
    """Those of a market that moves so much a day. No step is smaller than `least`, none has more levels than that."""
    month, smallest = move * sqrt(DAYS), max(least, move * STEP[0])
    largest, most = max(move * STEP[1], smallest * 4), max(2, min(most_levels, MOST_LEVELS))
    found = []
    for down, up in product(BELOW, ABOVE):
        below, above = _rounded(1 - exp(-max(month * down, smallest))), _rounded(exp(max(month * up, smallest)) - 1)
        wide = log((1 + float(above)) / (1 - float(below)))
        finest, widest = (min(most, max(2, int(wide / log(1 + step)))) for step in (smallest, largest))
        counts = np.rint(np.geomspace(finest, widest, STEPS))
        found += [Shape(below=below, above=above, grids=int(count)) for count in counts]
    return found


def opened(tried: Sequence[Shape], spec: GridSpec, course: Course) -> Lattice:
    """The ladders of all shapes that can be opened where the course begins."""
    free, ladders, seen = unbound(spec), dict[int, Ladder](), set[Shape]()
    for number, shape in enumerate(tried):
        if shape not in seen:
            seen.add(shape)
            ladder = course.ladder(shape.of(free))
            if isinstance(ladder, Ladder):
                ladders[number] = ladder
    return Lattice(shapes=tried, ladders=ladders)


def chosen(lattice: Lattice, candles: Candles, scale: Scale, seed: int) -> Mapping[Style, Shape]:
    """The three; none where no grid's middle is above nothing. The ladders begin at the first price of the candles."""
    ladders, spots = list(lattice.ladders.values()), list(lattice.ladders)
    if not ladders:
        return {}
    coarse = coarsened(candles)
    paths = [_played(driftless(coarse, scale.market.tick_size, seed + one), scale, ladders) for one in range(PATHS)]
    middle, fall, trips = (np.full(len(lattice.shapes), np.nan) for _ in range(3))
    middle[spots] = np.median([path[0] for path in paths], axis=0)
    fall[spots] = np.mean([path[1] for path in paths], axis=0)
    trips[spots] = np.median([path[2] for path in paths], axis=0)
    beside = [with_neighbours(figure, lattice.size) for figure in (middle, fall, trips)]
    return {style: lattice.shapes[one] for style, one in _three(middle, *beside).items()}


def coarsened(candles: Candles) -> Candles:
    """So few that they are quickly played."""
    return candles.coarser(-(-len(candles) // FINEST))


def _played(path: Candles, scale: Scale, ladders: Sequence[Ladder]) -> tuple[Floats, Floats, Floats]:
    """What each came to on one path: its total and its deepest fall as parts of its money, and its round trips."""
    results = course_of(path, scale).play(ladders)
    states, part = results.states.astype(np.float64), 1 / scale.parts
    money = np.array([ladder.money for ladder in ladders], dtype=np.float64)
    totals = (states[:, loop.CASH] + states[:, loop.COINS] * results.last) * part / money
    return totals, states[:, loop.DRAWDOWN] * part / money, states[:, loop.SOLD]


def with_neighbours(figure: Floats, size: tuple[int, int, int]) -> Floats:
    """Of each the middle of itself and those around it in the lattice; NaN where it can't be opened."""
    down, up, steps = size
    padded = np.pad(figure.reshape(size), 1, constant_values=np.nan)
    around = [
        padded[one : one + down, two : two + up, three : three + steps]
        for one, two, three in product(range(3), range(3), range(3))
    ]
    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)  # a place with nothing around it
        found = np.nanmedian(np.array(around), axis=0).ravel()
    return np.where(np.isnan(figure), np.nan, found)


def _three(middle: Floats, beside: Floats, fall: Floats, trips: Floats) -> Mapping[Style, int]:
    """By number. `middle` is a grid's own, all else that of its neighbours, too."""
    good = (middle > 0) & (beside > 0) & (trips >= FEWEST_TRIPS)
    if not good.any():
        return {}
    most = beside[good].max()
    calm = _best(-fall, good & (beside >= most / CALM))
    busy = _best(trips, good & (beside >= most / BUSY))
    halfway = (fall[calm] + max(fall[busy], fall[calm])) / 2
    between = good & (fall >= fall[calm]) & (fall <= halfway) & (trips <= trips[busy])
    between[[calm, busy]] = False
    normal = _best(beside, between if between.any() else good)
    return {Style.CALM: calm, Style.NORMAL: normal, Style.BUSY: busy}


def _best(score: Floats, among: npt.NDArray[np.bool_]) -> int:
    return int(np.argmax(np.where(among, score, -np.inf)))


def _rounded(part: float) -> Decimal:
    return Decimal(repr(part)).quantize(PLACES)


def course_of(candles: Candles, scale: Scale) -> Course:
    """All of a market, as the kernel plays it."""
    return Course(track=Track.of(candles), scale=scale, span=(0, len(candles)))
