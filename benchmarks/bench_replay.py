"""A year of ETH minutes through the engine that trades: 20 and 200 lines, every fill and the result to the last digit.

The market is `ETHUSDT-1m-2025-07_2026-06.csv.gz` where it is at hand; it is not shipped with the project. Candles that
touch no order are skipped, by blocks. Where vectorbt is installed, the same work is timed with it in the same run.
"""

import csv
import gzip
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heappop, heappush
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figures import median, show
from benchmarks.with_vectorbt import timed
from strategy.messages import events as ev
from strategy.messages.commands import StartGrid
from strategy.model.account import Account
from strategy.model.grid import Grid, GridSpec, Spacing
from strategy.model.market import Asset, Balance, Fees, Market, Side, Symbol, Touch
from strategy.model.orders import ClientId, Fill, Order
from strategy.step import Run

YEAR = Path(__file__).parents[2] / "shared" / "data" / "ETHUSDT-1m-2025-07_2026-06.csv.gz"
SYMBOL, BASE, QUOTE = Symbol("ETH_USDC"), Asset("ETH"), Asset("USDC")
TICK, STEP = Decimal("0.01"), Decimal("0.0001")
MAKER = Decimal("0.00085")
MONEY = Decimal(9_500)
LOWER, UPPER = Decimal("1704.85"), Decimal(4504)
RUNS = 3
BLOCK = 64
"""Candles that are skipped together, where none of them comes to an order."""
EXPECTED = {20: (174, Decimal("-564.43937960160")), 200: (17_104, Decimal("-1345.06490077820"))}
"""By lines: fills and total, on which independent programs agree. Prices in USDC, the fee taken in quote."""


@dataclass(frozen=True, slots=True)
class Candle:
    """A minute, its prices in ticks."""

    at: int
    open: int
    high: int
    low: int
    close: int

    @property
    def path(self) -> tuple[int, int, int, int]:
        """Never more turns than the candle proves."""
        inner = (self.low, self.high) if self.close >= self.open else (self.high, self.low)
        return (self.open, *inner, self.close)


@dataclass(slots=True)
class Year:
    """The candles, and how far they reach in blocks."""

    candles: Sequence[Candle]
    lows: list[int] = field(init=False)
    highs: list[int] = field(init=False)

    def __post_init__(self) -> None:
        blocks = [self.candles[at : at + BLOCK] for at in range(0, len(self.candles), BLOCK)]
        self.lows = [min(candle.low for candle in block) for block in blocks]
        self.highs = [max(candle.high for candle in block) for block in blocks]

    def reaching(self, first: int, below: int, above: int) -> int | None:
        """The first candle from `first` on that comes down to one price, or up to the other."""
        candles, lows, highs = self.candles, self.lows, self.highs
        at, end = first, len(candles)
        while at < end:
            if at % BLOCK == 0:
                block = at // BLOCK
                while block < len(lows) and lows[block] > below and highs[block] < above:
                    block += 1
                at = block * BLOCK
                if at >= end:
                    return None
            candle = candles[at]
            if candle.low <= below or candle.high >= above:
                return at
            at += 1
        return None


@dataclass(slots=True)
class Replay:
    """One account with one grid, and the orders that rest."""

    run: Run
    fills: int = 0
    buys: list[tuple[int, ClientId]] = field(default_factory=list)
    """By price in ticks, the highest first: heaps, whose cancelled orders are passed over."""
    sells: list[tuple[int, ClientId]] = field(default_factory=list)
    resting: dict[ClientId, Order] = field(default_factory=dict)

    def do(self, event: ev.Event) -> None:
        """One event, and what follows from it: an order that is asked for rests at once."""
        for action in tuple(self.run.take(event).actions):
            if isinstance(action, ev.Place):
                self._rest(action.order, event.at)
            elif action.client_id is not None:
                self.resting.pop(action.client_id, None)

    def meets(self, ticks: int, at: int) -> None:
        """The market comes to a price: what it reaches is filled, whatever follows from that included."""
        while (best := self.best(self.buys)) is not None and -best[0] >= ticks:
            self._fill(best[1], at)
        while (best := self.best(self.sells)) is not None and best[0] <= ticks:
            self._fill(best[1], at)

    def best(self, side: list[tuple[int, ClientId]]) -> tuple[int, ClientId] | None:
        """The nearest order of a side that still rests."""
        while side and side[0][1] not in self.resting:
            heappop(side)
        return side[0] if side else None

    def quoted(self, ticks: int, at: int) -> None:
        """A tick at this price."""
        price = ticks * TICK
        touch = Touch(symbol=SYMBOL, bid=price, ask=price + TICK, at=at)
        self.do(ev.Tick(at=at, touches={SYMBOL: touch}))

    def _rest(self, order: Order, at: int) -> None:
        self.resting[order.client_id] = order
        ticks = int(order.price / TICK)
        if order.side is Side.BUY:
            heappush(self.buys, (-ticks, order.client_id))
        else:
            heappush(self.sells, (ticks, order.client_id))
        self.do(ev.OrderAccepted(at=at, client_id=order.client_id, order_id=str(order.client_id)))

    def _fill(self, client_id: ClientId, at: int) -> None:
        order = self.resting.pop(client_id)
        self.fills += 1
        fill = Fill(
            key=f"{SYMBOL}:{self.fills}",
            symbol=SYMBOL,
            order_id=str(client_id),
            client_id=client_id,
            trade_id=self.fills,
            side=order.side,
            price=order.price,
            quantity=order.quantity,
            fee=order.price * order.quantity * MAKER,
            fee_asset=QUOTE,
            is_maker=True,
            at=at,
        )
        self.do(ev.Filled(at=at, fill=fill))


def main() -> None:
    """Print the table, or say what is missing."""
    if not YEAR.exists():
        print(f"bench_replay: skipped, {YEAR.name} is not here (see benchmarks/README.md).")
        return
    year = Year(_read(YEAR))
    rows = []
    for lines in EXPECTED:
        runs = [_timed(year, lines) for _ in range(RUNS)]
        fills, seconds = runs[0][1], median(run[0] for run in runs)
        rows.append(_row(lines, "Packgrid", seconds, fills, f"{runs[0][2]:.11f}"))
        if find_spec("vectorbt") is not None:
            seconds, fills, result = timed(*_for_vectorbt(year, lines))
            assert fills == EXPECTED[lines][0], f"vectorbt: {fills} fills"
            rows.append(_row(lines, "vectorbt", seconds, fills, f"{result:.6f}"))
    head = ("lines", "program", "fills", "total, USDC", "s", "µs a fill")
    show(f"A year of ETH minutes ({len(year.candles):,} candles)", head, rows)


def _row(lines: int, program: str, seconds: float, fills: int, total: str) -> list[str]:
    return [str(lines), program, f"{fills:,}", total, f"{seconds:.3f}", f"{seconds / fills * 1e6:.0f}"]


def _for_vectorbt(year: Year, lines: int) -> tuple[list[tuple[int, int, int, int]], list[int], list[int]]:
    """Prices, lines and quantities as whole numbers of ticks and steps."""
    prices = [(one.open, one.high, one.low, one.close) for one in year.candles]
    levels = _grid(_opened(year.candles[0], lines)).levels.values()
    ticks = [int(level.buy_price / TICK) for level in levels]
    top = max(level.sell_price for level in levels)
    return prices, [*ticks, int(top / TICK)], [int(level.quantity / STEP) for level in levels]


def _timed(year: Year, lines: int) -> tuple[float, int, Decimal]:
    """Seconds for the replay alone, fills and total; fails where one of these is not what it must be."""
    replay = _opened(year.candles[0], lines)
    begun = time.perf_counter()
    _play(replay, year)
    seconds = time.perf_counter() - begun
    total = _grid(replay).total(year.candles[-1].close * TICK)
    fills = replay.fills - 1  # the purchase of the first coins is none of the grid's own
    assert (fills, total) == EXPECTED[lines], f"{lines} lines: {fills} fills and {total} USDC"
    return seconds, fills, total


def _opened(first: Candle, lines: int) -> Replay:
    """A grid whose first coins were bought at the close of the first minute. Fees come off in quote, so that coins are
    whole: the engine is told of none, and each fill has its own."""
    market = Market(symbol=SYMBOL, base=BASE, quote=QUOTE, tick_size=TICK, step_size=STEP, min_quantity=STEP)
    replay = Replay(
        Run(Account(name="replay", block=1, daily_loss=None, fees=Fees(maker=Decimal(0), taker=Decimal(0))))
    )
    balances = {QUOTE: Balance(available=MONEY * 2)}
    at = first.at
    replay.do(ev.MarketsRead(at=at, markets={SYMBOL: market}))
    replay.do(ev.BalancesRead(at=at, asked_at=at, balances=balances))
    replay.do(ev.Restarted(at=at, away=0))
    replay.quoted(first.close, at)
    spec = GridSpec(
        symbol=SYMBOL,
        spacing=Spacing.ARITHMETIC,
        grids=lines - 1,
        lower=LOWER,
        upper=UPPER,
        total=MONEY,
        max_loss=None,
        max_position=MONEY * 10,
        window=lines,
        fee_buffer=Decimal(-1),
        seed_patience=60_000,
    )
    replay.do(StartGrid(at=at, spec=spec))
    (seed,) = (order for order in replay.resting.values() if order.level is None)
    replay._fill(seed.client_id, at)  # noqa: SLF001 - the first coins, at the price of the start
    return replay


def _play(replay: Replay, year: Year) -> None:
    at, candles = 1, year.candles
    while True:
        buy, sell = replay.best(replay.buys), replay.best(replay.sells)
        found = year.reaching(at, -buy[0] if buy else -1, sell[0] if sell else 1 << 62)
        if found is None:
            return
        candle = candles[found]
        for ticks in candle.path:
            replay.meets(ticks, candle.at)
        replay.quoted(candle.close, candle.at)
        at = found + 1


def _grid(replay: Replay) -> Grid:
    (grid,) = replay.run.account.grids.values()
    return grid


def _read(path: Path) -> list[Candle]:
    with gzip.open(path, "rt", encoding="ascii") as file:
        rows: Iterator[list[str]] = csv.reader(file)
        next(rows)
        return [Candle(int(at), *map(_ticks, prices)) for at, *prices in (row[:5] for row in rows)]


def _ticks(price: str) -> int:
    whole, _, part = price.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


if __name__ == "__main__":
    main()
