"""Markets that might have been: a recorded one cut into blocks and sewn together anew, without the drift it had."""

from array import array
from decimal import Decimal
from math import log

import numpy as np

from strategy.research.candles import Candles, Whole

BLOCK = 2 * 24 * 60 * 60_000
"""Milliseconds that stay together: what belongs to a day, such as a calm night, stays in it."""


def driftless(candles: Candles, tick: Decimal, seed: int) -> Candles:
    """As many candles, from the same first price on, in blocks drawn at random. The same seed gives the same market."""
    count, block = len(candles), max(1, BLOCK // candles.interval)
    prices = [np.asarray(column, dtype=np.float64) for column in (candles.open, candles.high, candles.low)]
    closes = np.asarray(candles.close, dtype=np.float64)
    dice, steps = np.random.default_rng(seed), count - 1
    begins = dice.integers(0, max(1, steps - block + 1), size=-(-steps // block))
    drawn = (begins[:, None] + np.arange(min(block, steps))[None, :]).ravel()[:steps]
    slope = np.exp(-log(closes[-1] / closes[0]) / steps)
    path = np.concatenate(([closes[0]], closes[0] * np.cumprod(closes[drawn + 1] / closes[drawn] * slope)))
    to_tick = int(tick / candles.unit)

    def column(values: "np.typing.NDArray[np.float64]") -> Whole:
        whole = np.maximum(1, np.rint(values / to_tick)).astype(np.int64) * to_tick
        return array("q", whole.tobytes())

    opened, high, low = (
        column(np.concatenate((one[:1], path[:-1] * (one[drawn + 1] / closes[drawn] * slope)))) for one in prices
    )
    return Candles(
        unit=candles.unit,
        interval=candles.interval,
        at=candles.at,
        open=opened,
        high=high,
        low=low,
        close=column(path),
    )
