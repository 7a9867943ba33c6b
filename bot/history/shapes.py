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
_SIX: Mapping[str, int] = dict(zip(CANDLE, range(6), strict=True))
_BARE: Mapping[tuple[int, int], Mapping[str, int]] = {
    (6, 0): _SIX,
    (7, 0): _SIX,
    (12, 0): _SIX,
    (6, 1): {PRICE: 1, VOLUME: 2, TIME: 4},
    (7, 1): {PRICE: 1, VOLUME: 2, TIME: 5},
    (7, 2): {PRICE: 1, VOLUME: 2, TIME: 4},
    (8, 2): {PRICE: 1, VOLUME: 2, TIME: 5},
}
"""Without a head, by the number of columns and how many of the last ones say true or false: candles of six columns, of
Kraken's archives and of Binance's; trades and aggregated trades of Binance's archives, futures and spot. The number
alone does not tell them apart: the id of a futures trade is as large as a time in seconds.
"""
_FLAGS = frozenset({"true", "false"})
_SEPARATORS = ";\t,"
"""What may stand between two columns. Where commas are decimals it is a semicolon, so that counts first."""

_UNITS = ((10**9, 10**10, 1000, 1), (10**12, 10**13, 1, 1), (10**15, 10**16, 1, 10**3), (10**18, 10**19, 1, 10**6))
"""Times from 2001 to 2286 in seconds, milliseconds, microseconds and nanoseconds: from, to, times, by."""
_UNIT_NAMES = "seconds, milliseconds, microseconds"


_HEADS = "time, open, high, low, close and volume, or for trades time, price and qty"
MOST_SHOWN = 80
"""Letters of a first row that are told."""


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
        flags = len(cells) - next((at for at, one in enumerate(cells) if one in _FLAGS), len(cells))
        found = _BARE.get((len(cells), flags))
        if found is None or not _FLAGS.issuperset(cells[len(cells) - flags :]):
            msg = f"{len(cells)} columns without a head: 6, 7 or 12 are candles; 6, 7 or 8 of which the last say "
            msg += f"true or false are Binance's trades. Give it a first row with names: {_HEADS}"
            raise Bad(msg)
        return Shape(columns=found, has_head=False)
    named = {one: at for one, names in _NAMES.items() if (at := _place(cells, names)) is not None}
    wanted = TRADE if PRICE in named and OPEN not in named else CANDLE
    missing = [one for one in wanted if one not in named]
    if missing:
        msg = f"no column is called {', '.join(missing)}, by its first row: {_shown(first)}. That row needs {_HEADS}"
        raise Bad(msg)
    return Shape(columns={one: named[one] for one in wanted}, has_head=True)


def separator_of(line: str) -> str:
    """What stands between the columns of a file, by its first line."""
    return next((one for one in _SEPARATORS if one in line), ",")


def _shown(cells: Sequence[str]) -> str:
    return _cut(", ".join(cells))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _place(cells: Sequence[str], names: Sequence[str]) -> int | None:
    return next((cells.index(name) for name in names if name in cells), None)


def milliseconds(text: str) -> int:
    """A time in seconds, milliseconds, microseconds or nanoseconds since 1970 UTC, told apart by its size."""
    whole, _, rest = text.partition(".")  # as a table writes it that takes a column of whole numbers for others
    if len(text) > MOST_SHOWN or not (whole.isascii() and whole.isdigit()) or rest.strip("0"):
        msg = f"{_cut(text)!r} is no time: a whole number of {_UNIT_NAMES} or nanoseconds since 1970"
        raise Bad(msg)
    number = int(whole)
    for least, most, times, by in _UNITS:
        if least <= number < most:
            return number * times // by
    msg = f"{text} is a time in none of {_UNIT_NAMES} and nanoseconds since 1970"
    raise Bad(msg)


@lru_cache(maxsize=4096)
def digits(text: str) -> tuple[int, int]:
    """A number in plain notation as a whole number, and how many decimals of it that takes."""
    whole, point, part = text.partition(".")
    is_short = len(text) <= MOST_SHOWN  # Python refuses to read ten thousand digits, and would take its time
    if not (is_short and (whole + part).isdigit() and text.isascii() and whole and (part or not point)):
        msg = f"{_cut(text)!r} is no plain number"
        msg += ": a point for decimals, and nothing between thousands" if "," in text else ""
        raise Bad(msg)
    part = part.rstrip("0")
    return int(whole + part), len(part)
