"""Rows of a file as columns of whole numbers, each row checked. A bad one is named by its line and left out."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count, pairwise
from operator import itemgetter

from bot.history.shapes import CLOSE, HIGH, LOW, OPEN, Bad, Shape, digits, milliseconds
from exchange.port import INTERVALS
from strategy.research.candles import Candles, Whole

MOST_PLACES = 12
MOST_UNITS = 2**62
MOST_BAD = 500_000
"""Wrong rows that are remembered: a file with more of them is none of candles or trades, and would take the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that can't be used."""

    line: int
    why: str


@dataclass(slots=True, kw_only=True)
class Columns:
    """What was read so far: prices and volumes as whole numbers with so many decimals. Trades have a close alone."""

    is_trades: bool
    at: Whole = field(default_factory=lambda: array("q"))
    prices: dict[str, Whole] = field(init=False)
    volume: Whole = field(default_factory=lambda: array("q"))
    """Of each row; or none at all, where the prices alone were read."""
    places: int = 0
    volume_places: int = 0
    lines: Whole = field(default_factory=lambda: array("q"))
    """Where each row stood in a file of text."""
    bad: list[BadRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = (CLOSE,) if self.is_trades else (OPEN, HIGH, LOW, CLOSE)
        self.prices = {name: array("q") for name in names}

    def __len__(self) -> int:
        return len(self.at)

    def read(self, rows: Iterable[Sequence[str]], shape: Shape, first: int, step: int = 1) -> None:
        """Rows of this shape, of which the first stands on that line, and each next one `step` lines on."""
        cells = itemgetter(*(shape.columns[name] for name in shape.names))
        for line, row in zip(count(first, step), rows, strict=False):
            if row:
                try:
                    self._add(line, cells(row))
                except IndexError:
                    self._leave_out(line, f"{len(row)} columns, {shape.width} are needed")
                except Bad as wrong:
                    self._leave_out(line, str(wrong))

    def _leave_out(self, line: int, why: str) -> None:
        if len(self.bad) >= MOST_BAD:
            first = self.bad[0]
            msg = f"more than {MOST_BAD:,} rows are wrong, the first of them in line {first.line}: {first.why}"
            raise Bad(msg)
        self.bad.append(BadRow(line=line, why=why))

    def _add(self, line: int, cells: Sequence[str]) -> None:
        at, numbers, volume = milliseconds(cells[0]), [digits(one) for one in cells[1:-1]], digits(cells[-1])
        self._finer(max([places for _, places in numbers]), volume[1])
        whole = self.places
        prices = [number if places == whole else number * 10 ** (whole - places) for number, places in numbers]
        if self.at and at <= self.at[-1] and not (self.is_trades and at == self.at[-1]):
            msg = f"time {cells[0]} is not after that of the row before"
            raise Bad(msg)
        amount = volume[0] * 10 ** (self.volume_places - volume[1])
        if min(prices) <= 0 or max(*prices, amount) >= MOST_UNITS:
            msg = f"a price of {min(cells[1:-1], key=Decimal)}, a volume of {cells[-1]}"
            raise Bad(msg)
        if not self.is_trades and not prices[2] <= min(prices[0], prices[3]) <= max(prices[0], prices[3]) <= prices[1]:
            msg = f"open {cells[1]}, high {cells[2]}, low {cells[3]}, close {cells[4]} are no candle"
            raise Bad(msg)
        self.at.append(at)
        self.lines.append(line)
        self.volume.append(amount)
        for column, price in zip(self.prices.values(), prices, strict=True):
            column.append(price)

    def _finer(self, places: int, volume_places: int) -> None:
        """Make room for so many decimals. `Bad` where there is none."""
        if places <= self.places and volume_places <= self.volume_places:
            return
        places, volume_places = max(places, self.places), max(volume_places, self.volume_places)
        if max(places, volume_places) > MOST_PLACES:
            msg = f"more than {MOST_PLACES} decimals, which is the most of a price or a volume"
            raise Bad(msg)
        try:
            prices = {name: _times(column, 10 ** (places - self.places)) for name, column in self.prices.items()}
            self.volume = _times(self.volume, 10 ** (volume_places - self.volume_places))
        except OverflowError:
            msg = "more decimals than numbers so large have room for"
            raise Bad(msg) from None
        self.prices, self.places, self.volume_places = prices, places, volume_places

    @property
    def interval(self) -> int:
        """Milliseconds of a candle: what most rows are apart. A trade lasts one."""
        if self.is_trades or len(self.at) < 2:
            return 1 if self.is_trades else INTERVALS["1m"]
        first, second = self.at[:2]
        if self.at == array("q", range(first, self.at[-1] + 1, second - first)):  # as nearly always: nothing is missing
            return second - first
        return Counter(after - before for before, after in pairwise(self.at)).most_common(1)[0][0]

    def settle(self) -> None:
        """Leave out the candles that do not open where candles of this length do, and name them."""
        interval = self.interval
        self.bad.sort(key=lambda one: one.line)
        if self.is_trades:
            return
        if interval not in INTERVALS.values():
            msg = f"candles of {interval / 1000:g} s; possible: {', '.join(INTERVALS)}"
            raise Bad(msg)
        begins, alone = min(interval, INTERVALS["1d"]), len(self) == 1
        for at, line in zip(self.at, self.lines or count(1), strict=False):
            if alone:
                self.bad.append(BadRow(line=line, why="one candle alone does not tell how long it lasts"))
            elif at % begins:
                self.bad.append(
                    BadRow(line=line, why=f"opened at {at}, where no candle of {interval // 1000} s begins")
                )
        good = self.take([one for one, at in enumerate(self.at) if not (alone or at % begins)])
        self.at, self.prices, self.volume = good.at, good.prices, good.volume
        self.bad.sort(key=lambda one: one.line)

    def take(self, ones: Sequence[int]) -> "Columns":
        """These rows alone."""
        taken = Columns(is_trades=self.is_trades, places=self.places, volume_places=self.volume_places)
        taken.at, taken.volume = (array("q", (column[one] for one in ones)) for column in (self.at, self.volume))
        taken.prices = {name: array("q", (column[one] for one in ones)) for name, column in self.prices.items()}
        return taken

    def of(self, since: int, until: int) -> "Columns":
        """The rows of a time. They are in its order."""
        first, end = bisect_left(self.at, since), bisect_left(self.at, until)
        if end - first == len(self):
            return self
        part = Columns(is_trades=self.is_trades, places=self.places, volume_places=self.volume_places)
        part.at, part.volume = self.at[first:end], self.volume[first:end]
        part.prices = {name: column[first:end] for name, column in self.prices.items()}
        return part

    def extend(self, more: "Columns") -> None:
        """With rows that come after these."""
        places, volume_places = max(self.places, more.places), max(self.volume_places, more.volume_places)
        self._finer(places, volume_places)
        by, volume_by = 10 ** (places - more.places), 10 ** (volume_places - more.volume_places)
        self.at.extend(more.at)
        self.volume.extend(_times(more.volume, volume_by))
        for name, column in self.prices.items():
            column.extend(_times(more.prices[name], by))

    def candles(self, tick: Decimal) -> Candles:
        """As they are played on a market with this tick. `Bad` where that is too fine for them."""
        places = max(self.places, -int(tick.normalize().as_tuple().exponent), 0)
        by = 10 ** (places - self.places)
        try:
            prices = {name: _times(column, by) for name, column in self.prices.items()}
        except OverflowError:
            msg = f"A tick of {tick:f} is finer than numbers as large as these prices have room for."
            raise Bad(msg) from None
        close = prices[CLOSE]
        return Candles(
            unit=Decimal(1).scaleb(-places),
            interval=self.interval,
            at=self.at,
            open=prices.get(OPEN, close),
            high=prices.get(HIGH, close),
            low=prices.get(LOW, close),
            close=close,
        )


def _times(column: Whole, by: int) -> Whole:
    return column if by == 1 else array("q", (one * by for one in column))


def gaps(at: Sequence[int], interval: int) -> list[tuple[int, int]]:
    """Where candles are missing: the time after which, and for how long, ms. No two are nearer than an interval."""
    if at[-1] - at[0] == (len(at) - 1) * interval:
        return []
    return [(before, after - before - interval) for before, after in pairwise(at) if after - before > interval]
