"""The compiled kernel over a year of ETH minutes: one grid of 20 and of 200 lines, and 1,000 variants of each.

The grid is that of `bench_replay`, to the last digit. Making the ladders of the variants is in their time; loading the
market and compiling, which is kept on disk, are not. Where vectorbt is installed it is timed beside, in the same run.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from importlib.util import find_spec
from os import cpu_count

from benchmarks.bench_replay import EXPECTED, MARKET, RULES, TICK, YEAR, begun, for_vectorbt, wish
from benchmarks.figures import show
from benchmarks.with_vectorbt import timed
from bot.console.spread import play
from bot.history.files import read_any
from strategy.research import loop
from strategy.research.candles import Candles
from strategy.research.kernel import Course, Track
from strategy.research.ladders import Ladder
from strategy.research.scale import Scale

RUNS, SOME = 30, 5
VARIANTS = 1_000
APART = Decimal("0.25")
"""By how much each variant's range is narrower than the one before, on both sides."""


def main() -> None:
    """Print the table, or say what is missing."""
    if not YEAR.exists():
        print(f"bench_kernel: skipped, {YEAR.name} is not here (see benchmarks/README.md).")
        return
    year = read_any(YEAR).candles(TICK)
    course = Course(track=Track.of(year), scale=Scale(market=MARKET, rules=RULES, unit=TICK), span=(0, len(year)))
    rows = [row for lines in EXPECTED for row in _rows(year, course, lines)]
    head = ("lines", "program", "variants", "fills", "total, USDC", "s", "processor s")
    show(f"A year of ETH minutes ({len(year):,} candles), compiled; the best of several runs", head, rows)


def _rows(year: Candles, course: Course, lines: int) -> list[list[str]]:
    ladder = as_replayed(course, lines)
    alone = course.play([ladder]).outcome(0)
    assert (alone.fills, alone.total) == EXPECTED[lines], f"{lines} lines: {alone.fills} and {alone.total} USDC"
    one, many = _best(lambda: course.play([ladder]), RUNS), _best(lambda: _variants(course, lines), SOME)
    fills = int(_variants(course, lines)[:, [loop.BOUGHT, loop.SOLD]].sum())
    rows = [
        _row(lines, "kernel", 1, alone.fills, f"{alone.total:.11f}", *one),
        _row(lines, f"kernel, {cpu_count()} cores", VARIANTS, fills, "", *many),
    ]
    if find_spec("vectorbt") is not None:
        took, done, result = timed(*for_vectorbt(year, begun(year, lines).grid))
        rows.append(_row(lines, "vectorbt", 1, done, f"{result:.6f}", took, took))
    return rows


def _row(lines: int, program: str, variants: int, fills: int, total: str, took: float, busy: float) -> list[str]:
    return [str(lines), program, f"{variants:,}", f"{fills:,}", total, f"{took:.4f}", f"{busy:.4f}"]


def as_replayed(course: Course, lines: int) -> Ladder:
    """The grid of `bench_replay`, whose first coins were bought a tick below the ask, as maker."""
    ladder, scale = course.ladder(replace(wish(lines), seed_patience=0)), course.scale
    assert isinstance(ladder, Ladder), f"refused: {ladder}"
    terms, saved = ladder.terms.copy(), ladder.seeds * (ladder.seed_price - int(course.price))
    terms[loop.FIRST_CASH] += saved * (scale.parts + scale.taker)
    terms[loop.FIRST_TAKEN] -= saved
    return replace(ladder, terms=terms)


def _variants(course: Course, lines: int) -> loop.Whole:
    """Grids whose ranges are a little apart, from their wishes on."""
    return play(course, (_narrower(course, lines, APART * one) for one in range(VARIANTS))).states


def _narrower(course: Course, lines: int, by: Decimal) -> Ladder:
    spec = wish(lines)
    lower, upper = (spec.lower or 0) + by, (spec.upper or 0) - by
    ladder = course.ladder(replace(spec, lower=lower, upper=upper, seed_patience=0))
    assert isinstance(ladder, Ladder), f"refused: {ladder}"
    return ladder


def _best(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Seconds of the fastest run, and the processor's of all cores: what is between them other programs did."""
    taken = []
    for _ in range(runs):
        since, busy = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - since, time.process_time() - busy))
    return min(one for one, _ in taken), min(one for _, one in taken)


if __name__ == "__main__":
    main()
