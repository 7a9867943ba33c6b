"""Markets that might have been, and that might come: a recorded one cut into blocks and sewn together anew, without
the drift it had.
"""

from array import array
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import exp, log, sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from strategy.model.durations import DAY, HOUR
from strategy.research.candles import Candles, Whole

Floats: TypeAlias = npt.NDArray[np.float64]
Steps: TypeAlias = Callable[[Whole], Floats]
"""A column of the recorded market as one of the candles that were sewn, without the first."""
BLOCK = 2 * DAY
"""Milliseconds that stay together: what belongs to a day, such as a calm night, stays in it."""
FEWEST_BLOCKS = 8
"""Of a market shorter than so many blocks they are shorter: else one path would hardly differ from another."""


def driftless(candles: Candles, tick: Decimal, seed: int) -> Candles:
    """As many candles, from the same first price on, in blocks drawn at random. The same seed gives the same market."""
    firsts = candles.open[0], candles.high[0], candles.low[0]
    steps, path = _sewn(candles, len(candles) - 1, seed, candles.close[0])
    return _market(candles, candles.at, tick, firsts, steps, path)


def ahead(candles: Candles, tick: Decimal, seed: int, count: int, stretch: float = 1.0) -> Candles:
    """So many candles that might come after the last one, drawn likewise; the first of them is its close alone. Every
    move, and so the drift, is `stretch` times as large as it was.

    What drift will come nobody knows: each market has one of its own, as large as chance alone would make it in that
    time (normal, with the standard deviation of the change of the price). So the change as a whole spreads by the root
    of two more than the blocks alone say, as a forecast does whose mean is an estimate.
    """
    last = candles.close[-1]
    alone = stretch * moves(candles) * sqrt((count - 1) * candles.interval / DAY)
    drift = float(np.random.default_rng((seed, 1)).normal()) * alone / (count - 1)
    steps, path = _sewn(candles, count - 1, seed, last, drift, stretch)
    at = array("q", range(candles.at[-1], candles.at[-1] + count * candles.interval, candles.interval))
    return _market(candles, at, tick, (last, last, last), steps, path)


def moves(candles: Candles) -> float:
    """What the price moves in a day, as a standard deviation of its logarithm: by the hour, times the root of 24."""
    hourly = np.asarray(candles.close[:: max(1, HOUR // candles.interval)], dtype=np.float64)
    changes = np.diff(np.log(hourly))
    return float(np.sqrt((changes**2).mean() * DAY / max(HOUR, candles.interval)))


def _sewn(  # what is drawn from, what is drawn, and how it is changed
    candles: Candles, count: int, seed: int, price: float, drift: float = 0.0, stretch: float = 1.0
) -> tuple[Steps, Floats]:
    """So many candles from a price on: what makes each other column of them, and the closes with that price before
    them. The drift is that of a candle, of the price's logarithm; moves are `stretch` times as large.
    """
    closes, steps = np.asarray(candles.close, dtype=np.float64), len(candles) - 1
    block = min(max(1, BLOCK // candles.interval), max(1, steps // FEWEST_BLOCKS))
    dice = np.random.default_rng(seed)
    begins = dice.integers(0, max(1, steps - block + 1), size=-(-count // block))
    drawn = (begins[:, None] + np.arange(block)[None, :]).ravel()[:count]
    slope, drifted = exp(-log(closes[-1] / closes[0]) / steps), exp(drift)
    before = closes[drawn]
    drawn += 1

    def moved(values: Floats) -> Floats:
        return np.asarray((values / before * slope) ** stretch * drifted)

    path = np.concatenate(([price], price * np.cumprod(moved(closes[drawn]))))

    def steps_of(column: Whole) -> Floats:
        return path[:-1] * moved(np.asarray(column, dtype=np.float64)[drawn])

    return steps_of, path


def _market(  # each column on its own: all at once take several times the room
    candles: Candles, at: Whole, tick: Decimal, firsts: Sequence[int], steps: Steps, path: Floats
) -> Candles:
    to_tick = int(tick / candles.unit)

    def whole(values: Floats) -> Whole:
        units, column = np.maximum(1, np.rint(values / to_tick)).astype(np.int64) * to_tick, array("q")
        column.frombytes(units.data.cast("B"))
        return column

    columns = zip(firsts, (candles.open, candles.high, candles.low), strict=True)
    opened, high, low = (whole(np.concatenate(([first], steps(column)))) for first, column in columns)
    return Candles(
        unit=candles.unit, interval=candles.interval, at=at, open=opened, high=high, low=low, close=whole(path)
    )
