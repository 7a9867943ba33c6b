"""What the proposed defaults have done, beside the brief's, 10 % each side, and holding: each 30 days, per 1,000.

The windows are of `shared/data`: ETH from January to June 2026, one every three days, and March 2020. The measurements
that the proposal comes from used these months, and its gate was chosen after it had been played on them: they show what
was, and prove nothing about what will be. Beside them 200 paths without a drift, sewn from random blocks of two days.
February 2018 no choice has seen. It is too short for windows: paths are sewn of it, as it fell and without its drift.

What /backtest plays plays all of them, the engine that trades: fees come out of what is received, first coins and exits
pay the taker's with five basis points of slippage, and an order that rests fills when the price has gone through it.
"""

import csv
import gzip
import math
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from multiprocessing import Pool
from pathlib import Path
from random import Random

from rich.progress import track

from benchmarks.figures import median, percentile, show
from bot.owner.careful import LOSS, careful_for, moves_of, wildness
from strategy.model.market import Asset, Fees, Market, Symbol
from strategy.model.money import ONE, ZERO
from strategy.model.past import Past
from strategy.model.spec import GridSpec, Spacing
from strategy.research.candles import Candles
from strategy.research.figures import Curve, figures_of
from strategy.research.hours import Hours
from strategy.research.marks import Mark
from strategy.research.replay import Replay, Rules

DATA = Path(__file__).parents[2] / "shared" / "data"
UNSEEN = DATA / "ETHUSDT-1m-2018-02-with-outage.csv.gz"
YEAR, CRASH = DATA / "ETHUSDT-1m-2025-07_2026-06.csv.gz", DATA / "ETHUSDT-1m-2020-03-crash.csv.gz"
SYMBOL, BASE, QUOTE = Symbol("ETH_USDC"), Asset("ETH"), Asset("USDC")
TICK, STEP = Decimal("0.01"), Decimal("0.0001")
MARKET = Market(symbol=SYMBOL, base=BASE, quote=QUOTE, tick_size=TICK, step_size=STEP, min_quantity=STEP)
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))
SLIPPAGE = Decimal("0.0005")
MONEY = Decimal(1000)
MINUTE, A_DAY = 60_000, 24 * 60
DAYS, WARM_UP = 30, 7
"""Days of a window, and of the past that is known when it begins."""
APART = 3
"""Days between two windows."""
SINCE = 1_767_225_600_000
"""2026-01-01."""
PATHS, BLOCK = 200, 2 * A_DAY
"""Driftless paths, and the minutes of the blocks that they are sewn from."""
NEVER = 1 << 62
SEWN = {
    "driftless": (YEAR, (0, NEVER), True),
    "2018, driftless": (UNSEEN, (0, NEVER), True),
    "2018, as it fell": (UNSEEN, (0, NEVER), False),
}
"""Of which candles each kind of path is sewn, by file and time, and whether their drift is taken out."""
HALVES = {"first": (YEAR, (0, SINCE), True), "second": (YEAR, (SINCE, NEVER), True)}
"""Likewise, for `choosing`."""
STILL = 60
"""Minutes without a trade in a block that is left out: in 2018 the exchange was away for a day and a half."""

HEAD = ("windows", "rule", "n", "worst of 9 in 10", "worst drawdown", "fees", "median", "best tenth", "positive")
TITLE = f"{DAYS} days, per 1,000 of money, after fees"

_EACH = {"spacing": Spacing.GEOMETRIC, "grids": 20, "below": Decimal("0.1"), "above": Decimal("0.1")}
_BRIEF = {"interval": Decimal(40), "out_want": Decimal("0.004"), "grids": 3}
PROPOSED = "proposed"
RULES: dict[str, dict[str, object]] = {
    PROPOSED: {},  # laid for what is known of the market when it begins
    "the brief's": {**_BRIEF, "max_loss": Decimal("0.05")},
    "the brief's, 8 % sold": {**_BRIEF, "max_loss": LOSS, "loss_sells": True},
    "10 % each side": {**_EACH, "max_loss": None},
    "10 % each side, 5 % kept": {**_EACH, "max_loss": Decimal("0.05")},
    "10 % each side, 8 % sold": {**_EACH, "max_loss": LOSS, "loss_sells": True},
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One window under one rule, per 1,000 of money."""

    result: float
    drawdown: float
    """The largest fall from a peak, as a fraction of what there was at it."""
    fees: float
    gross: float
    """What round trips have made before fees."""


def play(rule: str, candles: Candles, first: int) -> Outcome:
    """A window under a rule, from the close of its first minute on: what came before is known."""
    if rule == "holding":
        return _held(candles, first)
    times = times_of(candles, first) if rule == PROPOSED else ONE
    return laid(careful_for(times) if rule == PROPOSED else RULES[rule], times, candles, first)


def times_of(candles: Candles, first: int) -> Decimal:
    """How many times as far as usual the market moves, as is known at the close of a candle."""
    past, known = Past(hours=tuple(Hours(candles).before(first + 1))), candles.at[first] + MINUTE
    return wildness(moves_of(past, known))


def laid(fields: Mapping[str, object], times: Decimal, candles: Candles, first: int) -> Outcome:
    """What comes of a grid of so many times less money than was meant."""
    replay = Replay(market=MARKET, candles=candles, rules=Rules(fees=FEES, slippage=SLIPPAGE, money=MONEY * 3))
    spec = GridSpec(symbol=SYMBOL, total=MONEY / times, seed_patience=0, **fields)  # type: ignore[arg-type]
    refused = replay.begin(spec, first)
    assert refused is None, refused
    replay.play()
    found, whole = figures_of(replay, FEES), replay.money * times
    result, fees, made = (float(one * MONEY / whole) for one in (found.total, found.fees, found.grid_profit))
    fall = Curve(candles, replay.marks).drawdown(whole).share
    return Outcome(result, fall, fees, made + fees)


def _held(candles: Candles, first: int) -> Outcome:
    coins = MONEY / (candles.price(candles.close[first]) * (ONE + SLIPPAGE)) * (ONE - FEES.taker)
    curve = Curve(candles, [Mark(candle=first, coins=coins, cash=-MONEY, cost=MONEY, range=(ZERO, ZERO))])
    return Outcome(curve.floats[-1], curve.drawdown(MONEY).share, float(MONEY * FEES.taker), 0.0)


@cache
def read(path: Path) -> Candles:
    """Every minute of a file. One that is missing is filled with the close before it."""
    found: list[tuple[int, ...]] = []
    with gzip.open(path, "rt", encoding="ascii") as file:
        rows = csv.reader(file)
        next(rows)
        for at, *prices in (row[:5] for row in rows):
            while found and found[-1][0] + MINUTE < int(at):
                close = found[-1][4]
                found.append((found[-1][0] + MINUTE, close, close, close, close))
            found.append((int(at), *(int(Decimal(price) / TICK) for price in prices)))
    return _candles(found)


def _candles(rows: Sequence[tuple[int, ...]]) -> Candles:
    at, opened, high, low, close = (array("q", column) for column in zip(*rows, strict=True))
    return Candles(unit=TICK, interval=MINUTE, at=at, open=opened, high=high, low=low, close=close)


def _part(whole: Candles, first: int, end: int) -> Candles:
    at, opened, high, low, close = (
        column[first:end] for column in (whole.at, whole.open, whole.high, whole.low, whole.close)
    )
    return replace(whole, at=at, open=opened, high=high, low=low, close=close)


@lru_cache(maxsize=1)
def sewn(kind: str, number: int) -> Candles:
    """Random blocks of two days, one after the other, with or without the drift that they have together."""
    path, (since, until), levels = (SEWN | HALVES)[kind]
    whole = read(path)
    source = _part(whole, bisect_left(whole.at, since), bisect_left(whole.at, until))
    dice, steps = Random(f"{kind} {number}"), list[tuple[float, ...]]()
    while len(steps) < (DAYS + WARM_UP) * A_DAY:
        first = dice.randrange(1, len(source) - BLOCK)
        block = range(first, first + BLOCK)
        if sum(source.high[one] == source.low[one] == source.close[one - 1] for one in block) > STILL:
            continue
        for one in block:
            before = source.close[one - 1]
            steps.append(tuple(column[one] / before for column in (source.open, source.high, source.low, source.close)))
    drift = math.exp(-math.log(source.close[-1] / source.close[0]) / len(source)) if levels else 1.0
    close, made = 250_000.0, list[tuple[int, ...]]()
    for minute, step in enumerate(steps[: (DAYS + WARM_UP) * A_DAY]):
        opened, high, low, close = (close * part * drift for part in step)
        made.append((SINCE + minute * MINUTE, round(opened), round(high), round(low), round(close)))
    return _candles(made)


def windows() -> list[tuple[str, int]]:
    """Where each of the recorded ones begins: the file, and the number of its first candle."""
    found = []
    for path, since in ((YEAR, SINCE), (CRASH, 0)):
        days = len(read(path)) // A_DAY
        begins = (day * A_DAY for day in range(WARM_UP, days - (DAYS if path is YEAR else 23) + 1, APART))
        found += [(path.name, first) for first in begins if read(path).at[first] >= since]
    return found


def _one(task: tuple[str, str, int]) -> tuple[str, str, Outcome]:
    """One window of a file, or the sewn path of a number, under one rule."""
    rule, name, first = task
    return rule, name if name in SEWN else "recorded", play(rule, *window(name, first))


def window(name: str, first: int) -> tuple[Candles, int]:
    """The candles of a window of a file, or the sewn path of a number, with its past; and where it begins in them."""
    is_sewn = name in SEWN | HALVES
    candles = sewn(name, first) if is_sewn else read(DATA / name)
    begins = WARM_UP * A_DAY if is_sewn else first
    known = begins - WARM_UP * A_DAY
    return _part(candles, known, begins + DAYS * A_DAY), begins - known


def row_of(rule: str, kind: str, found: Sequence[Outcome]) -> list[str]:
    results = [one.result for one in found]
    gross = sum(one.gross for one in found)
    share = f"{sum(one.fees for one in found) / gross:.1%}" if gross else "-"
    return [
        kind,
        rule,
        str(len(found)),
        f"{percentile(results, 0.1):+.0f}",
        f"{max(one.drawdown for one in found):.1%}",
        share,
        f"{median(results):+.1f}",
        f"{percentile(results, 0.9):+.0f}",
        f"{sum(one > 0 for one in results) / len(results):.0%}",
    ]


def main(paths: int = PATHS) -> None:
    """Print the table, or say what is missing."""
    if missing := [path.name for path in (YEAR, CRASH, UNSEEN) if not path.exists()]:
        print(f"bench_defaults: skipped, {' and '.join(missing)} is not here (see benchmarks/README.md).")
        return
    places = [*windows(), *((kind, number) for kind in SEWN for number in range(paths))]
    tasks = [(rule, *place) for place in places for rule in (*RULES, "holding")]
    with Pool(2) as pool:
        played = list(track(pool.imap(_one, tasks, chunksize=len(RULES) + 1), "playing", total=len(tasks)))
    rows = [
        row_of(rule, kind, [one for name, where, one in played if (name, where) == (rule, kind)])
        for kind in ("recorded", *SEWN)
        for rule in (*RULES, "holding")
    ]
    show(TITLE, HEAD, rows)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
