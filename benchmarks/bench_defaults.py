"""What the proposed defaults have done, beside the brief's, 10 % each side, and holding: each 30 days, per 1,000.

The windows are of `shared/data`: ETH from January to June 2026, one every three days, and March 2020. The measurements
that the proposal comes from used these months, and its gate was chosen after it had been played on them: they show what
was, and prove nothing about what will be. Beside them 200 paths without a drift, sewn from random blocks of two days.

The engine that trades plays all of them: fees come out of what is received, first coins and exits pay the taker's with
five basis points of slippage, and an order that rests fills when the price has gone through it.
"""

import csv
import gzip
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path
from random import Random

from rich.progress import track

from benchmarks.figures import median, percentile, show
from bot.owner.careful import CAREFUL, LOSS
from strategy.messages import events as ev
from strategy.messages.commands import StartGrid
from strategy.model.account import Account
from strategy.model.grid import Grid, GridSpec, Spacing
from strategy.model.market import Asset, Balance, Fees, Market, Side, Symbol, Touch
from strategy.model.money import ONE
from strategy.model.orders import ClientId, EndedOrder, Execution, Fill, Order, OrderStatus
from strategy.model.past import HOUR, Hour
from strategy.step import Run

DATA = Path(__file__).parents[2] / "shared" / "data"
YEAR, CRASH = DATA / "ETHUSDT-1m-2025-07_2026-06.csv.gz", DATA / "ETHUSDT-1m-2020-03-crash.csv.gz"
SYMBOL, BASE, QUOTE = Symbol("ETH_USDC"), Asset("ETH"), Asset("USDC")
TICK, STEP = Decimal("0.01"), Decimal("0.0001")
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))
SLIPPAGE = Decimal("0.0005")
MONEY = Decimal(1000)
MINUTE, DAYS, WARM_UP = 60_000, 30, 7
"""Days of a window, and of the past that is known when it begins."""
APART = 3
"""Days between two windows."""
SINCE = 1_767_225_600_000
"""2026-01-01."""
PATHS, BLOCK = 200, 2 * 24 * 60
"""Driftless paths, and the minutes of the blocks that they are sewn from."""

Candle = tuple[int, int, int, int, int]
"""Its first moment, then open, high, low and close in ticks."""

_EACH = {"spacing": Spacing.GEOMETRIC, "grids": 20, "below": Decimal("0.1"), "above": Decimal("0.1")}
_BRIEF = {"interval": Decimal(40), "out_want": Decimal("0.004"), "grids": 3}
RULES: dict[str, dict[str, object]] = {
    "proposed": dict(CAREFUL),
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


@dataclass(slots=True)
class Play:
    """One account with one grid on one window."""

    run: Run
    fills: int = 0
    price: int = 0
    """Where the market is, in ticks."""
    at: int = 0
    resting: dict[ClientId, Order] = field(default_factory=dict)

    def do(self, event: ev.Event) -> None:
        """One event, and what follows from it, at once."""
        done = self.run.take(event)
        assert done.problem is None, done.problem
        for action in tuple(done.actions):
            if isinstance(action, ev.Cancel):
                self._cancel(action)
            elif action.order.execution is Execution.IMMEDIATE:
                self._take(action.order)
            else:
                self._rest(action.order)

    def quote(self, ticks: int, at: int) -> None:
        """A tick at this price."""
        self.price, self.at = ticks, at
        price = ticks * TICK
        touch = Touch(symbol=SYMBOL, bid=price, ask=price + TICK, at=at)
        self.do(ev.Tick(at=at, touches={SYMBOL: touch}))

    def meet(self, ticks: int, at: int) -> None:
        """The market comes to a price: what it has gone through is filled."""
        self.price, self.at = ticks, at
        while (order := self._passed(ticks * TICK)) is not None:
            self._fill(self.resting.pop(order.client_id), order.price, FEES.maker)

    def reach(self) -> tuple[int, int]:
        """Below which price, and above which, something happens; in ticks."""
        buys = [order.price for order in self.resting.values() if order.side is Side.BUY]
        sells = [order.price for order in self.resting.values() if order.side is Side.SELL]
        low = max([*buys, *self._watched()], default=Decimal(0))
        return int(low / TICK), int(min(sells, default=Decimal("1e9")) / TICK)

    def _watched(self) -> list[Decimal]:
        """Prices at which a limit, or the pause after a fall, would act."""
        grid, found = self.grid, []
        if grid.spec.max_loss is not None and grid.coins and grid.phase.trades:
            found.append((grid.cost - grid.books.realised - grid.spec.max_loss * grid.money) / grid.coins)
        past = self.run.account.past.get(SYMBOL)
        high, fall = past.highest(grid.spec.fall_hours, self.at) if past else None, grid.spec.fall
        if high is not None and fall is not None and any(one.side is Side.BUY for one in self.resting.values()):
            found.append(high * (ONE - fall))
        return [price for price in found if price < self.price * TICK]

    @property
    def grid(self) -> Grid:
        """The grid."""
        (grid,) = self.run.account.grids.values()
        return grid

    def _passed(self, price: Decimal) -> Order | None:
        gone = [one for one in self.resting.values() if (one.price > price) is (one.side is Side.BUY)]
        return min((one for one in gone if one.price != price), key=lambda one: abs(one.price - price), default=None)

    def _rest(self, order: Order) -> None:
        self.resting[order.client_id] = order
        self.do(ev.OrderAccepted(at=self.at, client_id=order.client_id, order_id=str(order.client_id)))

    def _cancel(self, action: ev.Cancel) -> None:
        order = self.resting.pop(action.client_id, None) if action.client_id is not None else None
        if order is None:
            return
        ended = EndedOrder(
            order_id=str(order.client_id),
            client_id=order.client_id,
            symbol=SYMBOL,
            side=order.side,
            status=OrderStatus.CANCELLED,
            executed=Decimal(0),
        )
        self.do(ev.OrderEnded(at=self.at, client_id=order.client_id, ended=ended))

    def _take(self, order: Order) -> None:
        """As taker, a little worse than the market."""
        now = self.price * TICK
        paid = min(order.price, now * (ONE + SLIPPAGE)) if order.side is Side.BUY else now * (ONE - SLIPPAGE)
        self._fill(order, paid, FEES.taker)

    def _fill(self, order: Order, price: Decimal, rate: Decimal) -> None:
        self.fills += 1
        buys = order.side is Side.BUY
        fill = Fill(
            key=f"{SYMBOL}:{self.fills}",
            symbol=SYMBOL,
            order_id=str(order.client_id),
            client_id=order.client_id,
            trade_id=self.fills,
            side=order.side,
            price=price,
            quantity=order.quantity,
            fee=order.quantity * rate * (ONE if buys else price),
            fee_asset=BASE if buys else QUOTE,
            is_maker=rate == FEES.maker,
            at=self.at,
        )
        self.do(ev.Filled(at=self.at, fill=fill))


def play(rule: str, before: Sequence[Hour], candles: Sequence[Candle]) -> Outcome:
    """A window of minutes under a rule, with the hours before it."""
    if rule == "holding":
        return _held(candles)
    run = Play(Run(Account(name="defaults", block=1, daily_loss=None, fees=FEES)))
    _open(run, rule, before, candles[0])
    money, hours, curve = run.grid.money, list(before), [MONEY]
    for first in range(0, len(candles), 60):
        hour = candles[first : first + 60]
        _play_hour(run, hours, hour)
        curve.append(MONEY + run.grid.total(hour[-1][4] * TICK) * MONEY / money)
        hours.append(_hour(hour))
    books, per = run.grid.books, float(MONEY / money)
    fees, made = float(books.fees_value) * per, float(books.grid_profit) * per
    return Outcome(float(curve[-1] - MONEY), _drawdown(curve), fees, made + fees)


def _open(run: Play, rule: str, before: Sequence[Hour], first: Candle) -> None:
    market = Market(symbol=SYMBOL, base=BASE, quote=QUOTE, tick_size=TICK, step_size=STEP, min_quantity=STEP)
    at = run.at = first[0]
    run.do(ev.MarketsRead(at=at, markets={SYMBOL: market}))
    run.do(ev.BalancesRead(at=at, asked_at=at, balances={QUOTE: Balance(available=MONEY * 3)}))
    run.do(ev.Restarted(at=at, away=0))
    run.do(ev.CandlesRead(at=at, symbol=SYMBOL, hours=tuple(before)))
    run.quote(first[1], at)
    spec = GridSpec(symbol=SYMBOL, total=MONEY, seed_patience=0, **RULES[rule])  # type: ignore[arg-type]
    run.do(StartGrid(at=at, spec=spec))
    run.quote(first[1], at + 1)


def _play_hour(run: Play, hours: Sequence[Hour], candles: Sequence[Candle]) -> None:
    begins = candles[0][0]
    if run.grid.spec.hours_back:
        run.do(ev.CandlesRead(at=begins, symbol=SYMBOL, hours=tuple(hours[-(run.grid.spec.hours_back + 2) :])))
    run.quote(candles[0][1], begins)
    run.quote(candles[0][1], begins + 1_000)  # a gate opens at the second of two looks
    below, above = run.reach()
    for at, opens, high, low, close in candles:
        if low > below and high < above:
            continue
        path = (opens, low, high, close) if close >= opens else (opens, high, low, close)
        for moment, ticks in enumerate(path):
            _walk(run, ticks, at + moment * 10_000)
        run.quote(close, at + 50_000)
        below, above = run.reach()


def _walk(run: Play, ticks: int, at: int) -> None:
    """To a price; on the way down it is looked at where a limit is reached, twice, as the engine asks for."""
    limits = sorted((int(price / TICK) for price in run._watched()), reverse=True)  # noqa: SLF001 - its own play
    for stop in limits:
        if ticks <= stop < run.price:
            run.meet(stop, at)
            run.quote(stop, at)
            run.quote(stop, at + 1_000)
    run.meet(ticks, at + 2_000)


def _held(candles: Sequence[Candle]) -> Outcome:
    coins = MONEY / (candles[0][1] * TICK * (ONE + SLIPPAGE)) * (ONE - FEES.taker)
    curve = [MONEY, *(coins * candles[at][4] * TICK for at in range(59, len(candles), 60))]
    return Outcome(float(curve[-1] - MONEY), _drawdown(curve), float(MONEY * FEES.taker), 0.0)


def _drawdown(curve: Sequence[Decimal]) -> float:
    peak, worst = curve[0], Decimal(0)
    for value in curve:
        peak = max(peak, value)
        worst = max(worst, (peak - value) / peak)
    return float(worst)


def _hour(candles: Sequence[Candle]) -> Hour:
    return Hour(
        at=candles[0][0] - candles[0][0] % HOUR,
        high=max(one[2] for one in candles) * TICK,
        low=min(one[3] for one in candles) * TICK,
        close=candles[-1][4] * TICK,
    )


@cache
def read(path: Path) -> Sequence[Candle]:
    """Every minute of a file. One that is missing is filled with the close before it."""
    found: list[Candle] = []
    with gzip.open(path, "rt", encoding="ascii") as file:
        rows = csv.reader(file)
        next(rows)
        for at, *prices in (row[:5] for row in rows):
            while found and found[-1][0] + MINUTE < int(at):
                close = found[-1][4]
                found.append((found[-1][0] + MINUTE, close, close, close, close))
            opens, high, low, close = (int(Decimal(price) / TICK) for price in prices)
            found.append((int(at), opens, high, low, close))
    return found


def driftless(number: int) -> Sequence[Candle]:
    """Random blocks of two days of the year, one after the other, without the drift that they have together."""
    dice, year, steps = Random(f"driftless {number}"), read(YEAR), list[tuple[float, float, float, float]]()
    while len(steps) < (DAYS + WARM_UP) * 24 * 60:
        first = dice.randrange(1, len(year) - BLOCK)
        block = year[first - 1 : first + BLOCK]
        steps += [(b[1] / a[4], b[2] / a[4], b[3] / a[4], b[4] / a[4]) for a, b in pairwise(block)]
    steps = steps[: (DAYS + WARM_UP) * 24 * 60]
    drift = math.exp(-math.log(year[-1][4] / year[0][4]) / len(year))
    close, path = 250_000.0, list[Candle]()
    for minute, step in enumerate(steps):
        opens, high, low, close = (close * part * drift for part in step)
        path.append((SINCE + minute * MINUTE, round(opens), round(high), round(low), round(close)))
    return path


def windows() -> list[tuple[str, int]]:
    """Where each of the recorded ones begins: the file, and the number of its first candle."""
    found = []
    for path, since in ((YEAR, SINCE), (CRASH, 0)):
        days = len(read(path)) // (24 * 60)
        begins = (day * 24 * 60 for day in range(WARM_UP, days - (DAYS if path is YEAR else 23) + 1, APART))
        found += [(path.name, first) for first in begins if read(path)[first][0] >= since]
    return found


def _one(task: tuple[str, str, int]) -> tuple[str, str, Outcome]:
    """One window of a file, or the driftless path of a number, under one rule."""
    rule, name, first = task
    candles = driftless(first) if name == "driftless" else read(DATA / name)
    begins = WARM_UP * 24 * 60 if name == "driftless" else first
    before = candles[begins - WARM_UP * 24 * 60 : begins]
    hours = [_hour(before[at : at + 60]) for at in range(0, len(before), 60)]
    kind = "driftless" if name == "driftless" else "recorded"
    return rule, kind, play(rule, hours, candles[begins : begins + DAYS * 24 * 60])


def _row(rule: str, kind: str, found: Sequence[Outcome]) -> list[str]:
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
    if not (YEAR.exists() and CRASH.exists()):
        print(f"bench_defaults: skipped, {YEAR.name} or {CRASH.name} is not here (see benchmarks/README.md).")
        return
    places = [*windows(), *(("driftless", number) for number in range(paths))]
    tasks = [(rule, *place) for place in places for rule in (*RULES, "holding")]
    with Pool(2) as pool:
        played = list(track(pool.imap(_one, tasks, chunksize=4), "playing", total=len(tasks)))
    rows = [
        _row(rule, kind, [one for name, where, one in played if (name, where) == (rule, kind)])
        for kind in ("recorded", "driftless")
        for rule in (*RULES, "holding")
    ]
    head = ("windows", "rule", "n", "worst of 9 in 10", "worst drawdown", "fees", "median", "best tenth", "positive")
    show(f"{DAYS} days, per 1,000 of money, after fees", head, rows)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
