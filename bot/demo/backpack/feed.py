"""Where a market's prices come from: recorded candles and trades, or a seeded walk. Pure; playing is in `player.py`.

A recording that has ended plays on from its start, scaled so that it continues at the price it had reached.
"""

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Protocol

from exchange.paper.tape import Bar
from strategy.model.durations import MINUTE
from strategy.model.money import ONE, ZERO, nearest_to, plain

SCALE_STEP = Decimal("1e-12")
WALK_STEP = Decimal("0.0005")
"""How far a synthetic market moves at most in one step, as a fraction of its price."""
WALK_PACE = 5_000
"""Milliseconds of market time between its steps."""

Position = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The market is at a price, at a time of its own in ms, and this much has traded."""

    at: int
    price: Decimal
    volume: Decimal = ZERO


class Feed(Protocol):
    """Steps without end. A position is data for JSON from which the same steps follow."""

    def next(self) -> Step:
        """The next step."""

    def position(self) -> Position:
        """Where it stands."""

    def seek(self, position: Position) -> None:
        """Go to where it stood."""


class Recording(Protocol):
    """What was recorded, by rows; a row is one or more steps."""

    def __len__(self) -> int:
        """The number of rows."""

    def steps(self, row: int) -> Sequence[Step]:
        """A row's steps, at least one, oldest first."""


class Candles:
    """Candles as four prices each: open, low, high, close if it closed up, else open, high, low, close."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of opening time in ms, open, high, low, close, volume."""
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def steps(self, row: int) -> Sequence[Step]:
        at, opened, high, low, close, volume = self._rows[row][:6]
        opening, end = Decimal(opened), Decimal(close)
        extremes = (low, high) if end > opening else (high, low)
        start, quarter = int(at), MINUTE // 4
        return (
            Step(at=start, price=opening),
            Step(at=start + quarter, price=Decimal(extremes[0])),
            Step(at=start + 2 * quarter, price=Decimal(extremes[1])),
            Step(at=start + 3 * quarter, price=end, volume=Decimal(volume)),
        )


def bars_of(rows: Sequence[Sequence[str]]) -> list[Bar]:
    """Rows of candles as a market's tape has them."""
    bars = []
    for at, *prices, volume in (row[:6] for row in rows):
        opened, high, low, close = map(Decimal, prices)
        traded = Decimal(volume)
        bars.append(
            Bar(
                at=int(at),
                open=opened,
                high=high,
                low=low,
                close=close,
                volume=traded,
                quote_volume=traded * close,
                trades=1 if traded else 0,
            )
        )
    return bars


class Trades:
    """Every trade a step."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows of time in ms, trade id, price, quantity."""
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def steps(self, row: int) -> Sequence[Step]:
        at, _, price, quantity = self._rows[row][:4]
        return (Step(at=int(at), price=Decimal(price), volume=Decimal(quantity)),)


class RecordedFeed:
    """Plays a recording, lap after lap."""

    def __init__(self, recording: Recording, tick_size: Decimal) -> None:
        assert len(recording) > 0, "the recording is empty"
        self._recording = recording
        self._tick = tick_size
        self._row = self._leg = 0
        self._scale = ONE
        self._late = 0
        """Milliseconds by which this lap's market time is later than the recorded one."""

    @property
    def first_price(self) -> Decimal:
        """What the recording starts at."""
        return self._recording.steps(0)[0].price

    def next(self) -> Step:
        """The next price on the tick."""
        steps = self._recording.steps(self._row)
        step = steps[self._leg]
        played = Step(
            at=step.at + self._late, price=nearest_to(step.price * self._scale, self._tick), volume=step.volume
        )
        self._leg += 1
        if self._leg == len(steps):
            self._leg, self._row = 0, self._row + 1
        if self._row == len(self._recording):
            self._start_over(step)
        return played

    def position(self) -> Position:
        """Row, leg and lap."""
        return {"row": self._row, "leg": self._leg, "scale": plain(self._scale), "late": self._late}

    def seek(self, position: Position) -> None:
        """Go on from there."""
        self._row, self._leg = position["row"], position["leg"]
        self._scale, self._late = Decimal(position["scale"]), position["late"]

    def _start_over(self, last: Step) -> None:
        first = self._recording.steps(0)[0]
        self._row = 0
        self._scale = (self._scale * last.price / first.price).quantize(SCALE_STEP)
        self._late += last.at - first.at + MINUTE // 4


class SyntheticFeed:
    """A seeded random walk: the same seed gives the same market."""

    def __init__(self, *, seed: int, price: Decimal, tick_size: Decimal, at: int) -> None:
        self._seed = seed
        self._price = price
        self._tick = tick_size
        self._at = at
        self._count = 0

    def next(self) -> Step:
        """A few ticks up or down, with a little volume."""
        random = Random(f"{self._seed}:{self._count}")
        reach = max(int(self._price * WALK_STEP / self._tick), 1)
        self._count += 1
        self._at += WALK_PACE
        self._price = max(self._price + random.randint(-reach, reach) * self._tick, 2 * self._tick)
        return Step(at=self._at, price=self._price, volume=Decimal(random.randint(1, 5000)) / 1000)

    def position(self) -> Position:
        """How many steps it took, and where they led."""
        return {"count": self._count, "price": plain(self._price), "at": self._at}

    def seek(self, position: Position) -> None:
        """Go on from there."""
        self._count, self._price, self._at = position["count"], Decimal(position["price"]), position["at"]


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file, gzipped or not, without its header."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    rows = list(csv.reader(io.StringIO(text)))
    return [row for row in rows[1:] if row]
