"""The shapes in which candles and trades come as text: which column is what, and how a cell is read. Never guessed.

A shape is known by the names of its head, or, where it has none, by the number of its columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, PRICE = "time", "open", "high", "low", "close", "volume", "price"
CANDLE = (TIME, OPEN, HIGH, LOW, CLOSE, VOLUME)
TRADE = (TIME, PRICE, VOLUME)

_NAMES: Mapping[str, tuple[str, ...]] = {
    TIME: ("timestamp_ms", "open_time", "opentime", "open time", "timestamp", "time", "start", "date", "transact_time"),
    OPEN: ("open", "o"),
    HIGH: ("high", "h"),
    LOW: ("low", "l"),
    CLOSE: ("close", "c"),
    VOLUME: ("volume", "vol", "v", "qty", "quantity", "amount"),
    PRICE: ("price", "p"),
}
_BARE: Mapping[int, Mapping[str, int]] = {
    6: dict(zip(CANDLE, range(6), strict=True)),
    7: {PRICE: 1, VOLUME: 2, TIME: 4},
    8: {PRICE: 1, VOLUME: 2, TIME: 5},
    12: dict(zip(CANDLE, range(6), strict=True)),
}
"""Without a head: candles of six columns; the trades, the aggregated trades and the candles of Binance's archives."""

_UNITS = ((10**9, 10**10, 1000, 1), (10**12, 10**13, 1, 1), (10**15, 10**16, 1, 1000))
"""Times from 2001 to 2286 in seconds, milliseconds and microseconds: from, to, times, by."""


class Bad(Exception):
    """What is wrong with a cell or a row, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which column is what."""

    columns: Mapping[str, int]
    has_head: bool

    @property
    def is_trades(self) -> bool:
        """Single trades instead of candles."""
        return PRICE in self.columns

    @property
    def names(self) -> tuple[str, ...]:
        """What a row has, in our order."""
        return TRADE if self.is_trades else CANDLE

    @property
    def width(self) -> int:
        """The columns that a row needs."""
        return max(self.columns.values()) + 1


def shape_of(first: Sequence[str]) -> Shape:
    """The shape of a file, by its first row. `Bad` says why there is none."""
    cells = [cell.strip().lower() for cell in first]
    if cells and cells[0].replace(".", "", 1).isdigit():
        found = _BARE.get(len(cells))
        if found is None:
            msg = f"{len(cells)} columns without a head: 6 or 12 are candles, 7 or 8 trades"
            raise Bad(msg)
        return Shape(columns=found, has_head=False)
    named = {one: at for one, names in _NAMES.items() if (at := _place(cells, names)) is not None}
    wanted = TRADE if PRICE in named and OPEN not in named else CANDLE
    missing = [one for one in wanted if one not in named]
    if missing:
        msg = f"no column is called {', '.join(missing)}"
        raise Bad(msg)
    return Shape(columns={one: named[one] for one in wanted}, has_head=True)


def _place(cells: Sequence[str], names: Sequence[str]) -> int | None:
    return next((cells.index(name) for name in names if name in cells), None)


def milliseconds(text: str) -> int:
    """A time in seconds, milliseconds or microseconds since 1970 UTC, told apart by its size."""
    if not (text.isascii() and text.isdigit()):
        msg = f"{text!r} is no time: a whole number of seconds, milliseconds or microseconds since 1970"
        raise Bad(msg)
    number = int(text)
    for least, most, times, by in _UNITS:
        if least <= number < most:
            return number * times // by
    msg = f"{text} is a time in none of seconds, milliseconds and microseconds since 1970"
    raise Bad(msg)


@lru_cache(maxsize=4096)
def digits(text: str) -> tuple[int, int]:
    """A number in plain notation as a whole number, and how many decimals of it that takes."""
    whole, point, part = text.partition(".")
    if not (whole + part).isdigit() or not text.isascii() or not whole or (point and not part):
        msg = f"{text!r} is no plain number"
        raise Bad(msg)
    part = part.rstrip("0")
    return int(whole + part), len(part)
