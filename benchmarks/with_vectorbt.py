"""The same year and grid with vectorbt, where that is installed: the smallest honest program that its API suits."""

import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from benchmarks.figures import median

FEE = 0.00085
CASH = 20_000.0
RUNS = 5


def timed(
    prices: Sequence[tuple[int, int, int, int]], lines: Sequence[int], quantities: Sequence[int]
) -> tuple[float, int, float]:
    """Seconds (the median, after a run for the compiler), fills and total. Prices in ticks, quantities in steps."""
    np, vbt, orders = import_module("numpy"), import_module("vectorbt"), _compiled()
    ohlc = np.array(prices, dtype=np.float64) / 100
    up = ohlc[:, 3] >= ohlc[:, 0]
    path = np.where(up[:, None], ohlc[:, [0, 2, 1, 3]], ohlc)
    at, sizes = np.array(lines) / 100, np.array(quantities) / 10_000
    first = sum(line < prices[0][3] for line in lines[:-1])
    settings = {"flexible": True, "init_cash": CASH, "max_orders": len(prices)}

    def run() -> tuple[float, int, float]:
        state = np.array([first, 0, 0])
        begun = time.perf_counter()
        done = vbt.Portfolio.from_order_func(ohlc[:, 3], orders, path, at, sizes, state, **settings)
        total = float(done.total_profit())
        return time.perf_counter() - begun, int(state[2]), total

    run()
    runs = [run() for _ in range(RUNS)]
    return median(run[0] for run in runs), runs[0][1], runs[0][2]


def _compiled() -> Any:
    """What vectorbt asks at each candle until there is no order any more: the levels below `state[0]` wait to buy."""
    compiled = import_module("vectorbt.portfolio.nb")
    order, nothing = compiled.order_nb, compiled.order_nothing_nb

    def orders(c: Any, path: Any, at: Any, sizes: Any, state: Any) -> Any:
        if c.i == 0:  # the first coins, at the close of the first minute
            if c.call_idx > 0:
                return -1, nothing()
            return 0, order(sizes[state[0] :].sum(), path[0, 3], fees=FEE)
        if c.call_idx == 0:
            state[1] = 0
        while state[1] < 4:  # the four prices of a candle
            price, level = path[c.i, state[1]], state[0]
            if level > 0 and price <= at[level - 1]:
                state[0], state[2] = level - 1, state[2] + 1
                return 0, order(sizes[level - 1], at[level - 1], fees=FEE)
            if level < len(sizes) and price >= at[level + 1]:
                state[0], state[2] = level + 1, state[2] + 1
                return 0, order(-sizes[level], at[level + 1], fees=FEE)
            state[1] += 1
        return -1, nothing()

    return import_module("numba").njit(orders)
