"""How often what came was in the band that /suggest shows: forecast by the days before, played on those after.

The band was settled on windows of July to December 2025. There the blocks alone, without a drift, already covered 80 %;
on January to June 2026, which were then looked at for the first time, they covered 57 %, as the market fell by half.
That each market to come has a drift of its own was added after that, from the theory of forecasts and with no number
fitted. That each moves as much as some stretch of the last year did was chosen on 2025 alone, by how well the
volatility that came was foretold, and then played on 2026; benchmarks/README.md has it all. Windows overlap: a year has
twelve of 30 days that know nothing of each other, and half of one has six.

Beside it how long one /suggest takes, and for how long the loop of a process that has it found is held up.
"""

import asyncio
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from rich.progress import track

from benchmarks.bench_replay import MARKET, TICK
from benchmarks.figures import percentile, show
from bot.backtest.frames import Place
from bot.backtest.player import Player
from bot.backtest.prices import Prices
from bot.backtest.suggesting import proposed
from bot.history.columns import Columns
from bot.history.files import read_any
from bot.history.kept import Kept
from bot.owner.backtests import Source
from bot.owner.proposal import propose
from bot.owner.suggestions import Asked, Suggested
from bot.owner.wish import Wish
from bot.settings import Defaults
from strategy.model.market import Fees, Touch
from strategy.model.spec import GridSpec, Spacing
from strategy.research import choice
from strategy.research.bootstrap import moves
from strategy.research.candles import Candles
from strategy.research.forecast import foreseen
from strategy.research.kernel import Course, Track
from strategy.research.ladders import Ladder, unbound
from strategy.research.replay import Rules
from strategy.research.scale import Scale
from strategy.research.styles import CHOSEN, Style

DATA = Path(__file__).parents[2] / "shared" / "data"
YEAR = DATA / "ETHUSDT-1m-2025-07_2026-06.csv.gz"
CRASH, OUTAGE = DATA / "ETHUSDT-1m-2020-03-crash.csv.gz", DATA / "ETHUSDT-1m-2018-02-with-outage.csv.gz"
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))
SCALE = Scale(market=MARKET, rules=Rules(fees=FEES), unit=TICK)
MONEY, SEED = Decimal(1000), 1
DAY = 24 * 60 * 60_000
NEW_YEAR = 1_767_225_600_000
"""2026-01-01."""
SPANS = {"30": (30, 30, 5), "10": (10, 10, 2)}
"""Days of a past, days to come, days between two windows."""
A_TICK = 0.001
"""Seconds between two looks at the clock of the loop."""
RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What one grid came to, against its band."""

    style: Style
    low: float
    high: float
    total: float


def main() -> None:
    """Print the tables, or say what is missing."""
    if not YEAR.exists():
        print(f"bench_forecast: skipped, {YEAR.name} is not here (see benchmarks/README.md).")
        return
    year = read_any(YEAR).candles(TICK)
    new_year = next(one for one, at in enumerate(year.at) if at >= NEW_YEAR)
    rows = list[list[str]]()
    for span in SPANS:
        rows += _rows("July to December 2025", year.part(0, new_year), span)
        rows += _rows("January to June 2026", year, span, new_year - SPANS[span][0] * 1440)
    for name, path in (("March 2020", CRASH), ("February 2018", OUTAGE)):
        rows += _rows(name, read_any(path).candles(TICK), "10") if path.exists() else []
    head = ("windows", "days before and after", "n", "style", "in the band", "below", "above")
    show("Eight times in ten?", head, rows)
    asyncio.run(_timed(year.part(len(year) - 31 * 1440, len(year))))


def _rows(name: str, candles: Candles, span: str, first: int = 0) -> Iterator[list[str]]:
    """Of the windows from a candle on; those before it are known as the past."""
    past, ahead, apart = (days * 1440 for days in SPANS[span])
    starts = range(first + past, len(candles) - ahead + 1, apart)
    found = [
        came
        for at in track(starts, name, disable=not sys.stderr.isatty())
        for came in _window(candles, at, past, ahead)
    ]
    for style in (*CHOSEN, None):
        some = [one for one in found if style in (None, one.style)]
        below = sum(one.total < one.low for one in some) / max(1, len(some))
        above = sum(one.total > one.high for one in some) / max(1, len(some))
        parts = [f"{part:.0%}" for part in (1 - below - above, below, above)]
        yield [name, span, str(len(some)), style or "all", *parts]


def _window(candles: Candles, at: int, past: int, ahead: int) -> Iterator[Came]:
    """The three that would have been proposed then, each with its band and what it came to."""
    before = candles.part(at - past, at)
    spec = _wish(before)
    lattice = choice.opened(
        choice.shapes(moves(before), choice.FEES * float(FEES.maker), 50), spec, choice.course_of(before, SCALE)
    )
    chosen = choice.chosen(lattice, before, SCALE, SEED)
    after = Course(track=Track.of(candles), scale=SCALE, span=(at - 1, at + ahead))
    ladders = {style: after.ladder(unbound(shape.of(spec))) for style, shape in chosen.items()}
    open_ones = {style: one for style, one in ladders.items() if isinstance(one, Ladder)}
    if not open_ones:
        return
    coarse, days = choice.coarsened(before), candles.part(max(0, at - 365 * 1440), at)
    days = days.part(len(days) % 1440, len(days)).coarser(1440)
    each = foreseen(list(open_ones.values()), coarse, SCALE, SEED, days=ahead // 1440, year=days).bands
    for (style, ladder), band in zip(open_ones.items(), each, strict=True):
        total = after.play([ladder]).outcome(0).total
        yield Came(style=style, low=float(band.low), high=float(band.high), total=float(total))


def _wish(before: Candles) -> GridSpec:
    bid = before.price(before.close[-1])
    touch = Touch(symbol=MARKET.symbol, bid=bid, ask=bid + TICK, at=0)
    shape: Wish = {"spacing": Spacing.GEOMETRIC, "below": Decimal("0.1"), "above": Decimal("0.1"), "grids": 2}
    found = propose({**shape, "total": MONEY}, MARKET, touch, FEES, Defaults())
    assert isinstance(found, GridSpec), found
    return found


async def _timed(month: Candles) -> None:
    """One /suggest of 30 days of minutes, as the chat asks for it."""
    now = month.at[-1] + month.interval
    asked = Asked(markets=(MARKET,), fees=FEES, now=now, money=MONEY)
    with tempfile.TemporaryDirectory() as folder:
        Kept(folder=Path(folder), symbol=MARKET.symbol, length="1m").add(_columns(month))
        place = Place(address="http://127.0.0.1:9", folder=Path(folder), known=None, defaults=Defaults())
        player = Player(place, playing=120)
        taken, answers = list[float](), list[Suggested]()
        idle, held = list[float](), list[float]()
        watching = asyncio.create_task(_held_up(idle))
        await asyncio.sleep(RUNS)
        watching.cancel()
        for _ in range(RUNS + 1):
            watching = asyncio.create_task(_held_up(held))
            since = time.perf_counter()
            answer = await player.suggest(asked, _nothing)
            taken.append(time.perf_counter() - since)
            watching.cancel()
            assert isinstance(answer, Suggested), answer
            answers.append(answer)
        await player.close()
    (found,) = answers[0].markets
    prices = Prices(candles=month.part(len(month) - 30 * 1440, len(month)), first=0, source=Source.KEPT)
    proposed(asked, MARKET, prices, Defaults())
    busy = time.process_time()
    proposed(asked, MARKET, prices, Defaults())
    busy = time.process_time() - busy
    rows = [
        ["the first, its process started", f"{taken[0]:.2f}"],
        [f"the fastest of {RUNS} after it", f"{min(taken[1:]):.2f}"],
        [f"the slowest of {RUNS}", f"{max(taken[1:]):.2f}"],
        ["of the processor's, for one, in this process", f"{busy:.2f}"],
        [f"the loop was held up for at most, of {len(held):,} looks", f"{max(held):.4f}"],
        ["and in 99 of 100", f"{percentile(held, 0.99):.4f}"],
        [f"with nothing asked, for at most, of {len(idle):,} looks", f"{max(idle):.4f}"],
        ["and in 99 of 100", f"{percentile(idle, 0.99):.4f}"],
    ]
    show(f"One /suggest: {found.variants:,} grids on {found.candles:,} minutes", ("", "s"), rows)


async def _held_up(held: list[float]) -> None:
    """For how much longer than it was asked to each little rest has lasted."""
    while True:
        since = time.perf_counter()
        await asyncio.sleep(A_TICK)
        held.append(time.perf_counter() - since - A_TICK)


async def _nothing(_candles: int) -> None:
    """Nobody is told."""


def _columns(candles: Candles) -> Columns:
    columns = Columns(is_trades=False)
    columns.at, columns.volume = candles.at, array("q", [1] * len(candles))
    columns.prices = {"open": candles.open, "high": candles.high, "low": candles.low, "close": candles.close}
    columns.places = -int(candles.unit.as_tuple().exponent)
    return columns


if __name__ == "__main__":
    main()
