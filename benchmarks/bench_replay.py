"""A year of ETH minutes through the engine that trades: 20 and 200 lines, every fill and the result to the last digit.

The market is `ETHUSDT-1m-2025-07_2026-06.csv.gz` where it is at hand; it is not shipped with the project. It is played
by what `packgrid backtest` plays with. Where vectorbt is installed, the same work is timed with it in the same run.
"""

import time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figures import median, show
from benchmarks.with_vectorbt import timed
from bot.history.files import read_any
from strategy.model.grid import Grid
from strategy.model.market import Asset, Fees, Market, Symbol
from strategy.model.spec import GridSpec, Spacing
from strategy.research.candles import Candles
from strategy.research.figures import figures_of
from strategy.research.replay import Replay, Rules

YEAR = Path(__file__).parents[2] / "shared" / "data" / "ETHUSDT-1m-2025-07_2026-06.csv.gz"
TICK, STEP = Decimal("0.01"), Decimal("0.0001")
MARKET = Market(
    symbol=Symbol("ETH_USDC"),
    base=Asset("ETH"),
    quote=Asset("USDC"),
    tick_size=TICK,
    step_size=STEP,
    min_quantity=STEP,
)
FEES = Fees(maker=Decimal("0.00085"), taker=Decimal("0.00085"))
RULES = Rules(fees=FEES, told=Fees(maker=Decimal(0), taker=Decimal(0)), fees_in_quote=True, touch=True)
"""Fees come off in quote, so that coins are whole, and the engine is told of none; an order is filled at its price."""
MONEY = Decimal(9_500)
RUNS = 3
EXPECTED = {20: (174, Decimal("-564.43937960160")), 200: (17_104, Decimal("-1345.06490077820"))}
"""By lines: fills and total, on which independent programs agree. Prices in USDC."""


def main() -> None:
    """Print the table, or say what is missing."""
    if not YEAR.exists():
        print(f"bench_replay: skipped, {YEAR.name} is not here (see benchmarks/README.md).")
        return
    year = read_any(YEAR).candles(TICK)
    rows = []
    for lines in EXPECTED:
        runs = [_timed(year, lines) for _ in range(RUNS)]
        fills, seconds = runs[0][1], median(run[0] for run in runs)
        rows.append(_row(lines, "Packgrid", seconds, fills, f"{runs[0][2]:.11f}"))
        if find_spec("vectorbt") is not None:
            seconds, fills, result = timed(*for_vectorbt(year, begun(year, lines).grid))
            assert fills == EXPECTED[lines][0], f"vectorbt: {fills} fills"
            rows.append(_row(lines, "vectorbt", seconds, fills, f"{result:.6f}"))
    head = ("lines", "program", "fills", "total, USDC", "s", "µs a fill")
    show(f"A year of ETH minutes ({len(year):,} candles)", head, rows)


def _row(lines: int, program: str, seconds: float, fills: int, total: str) -> list[str]:
    return [str(lines), program, f"{fills:,}", total, f"{seconds:.3f}", f"{seconds / fills * 1e6:.0f}"]


def for_vectorbt(year: Candles, grid: Grid) -> tuple[list[tuple[int, int, int, int]], list[int], list[int]]:
    """Prices, lines and quantities as whole numbers of ticks and steps."""
    prices = list(zip(year.open, year.high, year.low, year.close, strict=True))
    levels = grid.levels.values()
    ticks = [int(level.buy_price / TICK) for level in levels]
    return prices, [*ticks, int(grid.highest / TICK)], [int(level.quantity / STEP) for level in levels]


def _timed(year: Candles, lines: int) -> tuple[float, int, Decimal]:
    """Seconds of the processor's for the replay alone, fills and total; fails where one is not what it must be."""
    since = time.process_time()
    replay = begun(year, lines)
    replay.play()
    seconds = time.process_time() - since
    figures = figures_of(replay, FEES)
    assert (figures.fills, figures.total) == EXPECTED[lines], f"{lines} lines: {figures.fills} and {figures.total} USDC"
    return seconds, figures.fills, figures.total


def begun(year: Candles, lines: int) -> Replay:
    """A grid whose first coins were bought at the close of the first minute."""
    replay = Replay(market=MARKET, candles=year, rules=RULES)
    assert replay.begin(wish(lines)) is None, "the grid was refused"
    return replay


def wish(lines: int) -> GridSpec:
    """The grid on which the figures agree."""
    return GridSpec(
        symbol=MARKET.symbol,
        spacing=Spacing.ARITHMETIC,
        grids=lines - 1,
        lower=Decimal("1704.85"),
        upper=Decimal(4504),
        total=MONEY,
        max_loss=None,
        max_position=MONEY * 10,
        window=lines,
        fee_buffer=Decimal(-1),
    )


if __name__ == "__main__":
    main()
