"""Recorded markets as they are kept: a folder a market, in it one for each length of candle, a Parquet file a month.

Prices and volumes are whole numbers, with how many of their digits are decimals: exact, small and quick to read.
"""

import fcntl
import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot.history.columns import Columns
from bot.history.extra import extra
from bot.history.shapes import VOLUME, Bad
from exchange.port import INTERVALS
from strategy.model.market import Symbol
from strategy.research.candles import Whole

if TYPE_CHECKING:
    import pyarrow

FOLDER = Path("data") / "history"
TRADES = "trades"
_KIND = "packgrid"
END = 253_402_300_800_000
"""The year 10000, ms: later than anything."""

Reading: TypeAlias = Callable[[Callable[[Path], Columns], Sequence[Path]], Iterable[Columns]]
"""What reads one file after the other: `map`, or one that does so elsewhere."""


class Damaged(Bad):
    """A file of ours that can't be read any more, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The folder of one market's candles of one length, or of its trades."""

    folder: Path
    symbol: Symbol
    length: str
    """As the exchange calls it: 1m; or `trades`."""

    @property
    def path(self) -> Path:
        """Where its months are."""
        return self.folder / self.symbol / self.length

    @property
    def is_trades(self) -> bool:
        """Single trades instead of candles."""
        return self.length == TRADES

    @property
    def months(self) -> list[Path]:
        """Its files, the oldest first."""
        return sorted(self.path.glob("????-??.parquet"))

    def read(self, since: int = 0, until: int = END, reading: Reading = map) -> Columns:
        """The prices of a time, the oldest first. Without the volumes: nothing that is played goes by them."""
        found = Columns(is_trades=self.is_trades)
        first, last = month_of(since), month_of(until)
        for month in reading(read_prices, [one for one in self.months if first <= one.stem <= last]):
            found.extend(month)
        return found.of(since, until)

    def add(self, new: Columns) -> int:
        """Keep what is new; where a time is there already, the newer row counts. How many rows were new."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            return self._add(new)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes a month between its reading and its writing: what he had added would be lost."""
        folder = os.open(self.path, os.O_RDONLY)
        try:
            with suppress(OSError):  # a drive on which nothing can be locked: then as without
                fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _add(self, new: Columns) -> int:
        added, newest = 0, self.end()
        months = [(month, [*ones]) for month, ones in groupby(range(len(new)), key=lambda one: month_of(new.at[one]))]
        # What is older than something that is there, from that back: stopped between two months it leaves no hole.
        for month, ones in reversed(months) if newest is not None and new.at[0] < newest else months:
            path, part = self.path / f"{month}.parquet", new.take(ones)
            before = read_file(path) if path.exists() else Columns(is_trades=self.is_trades)
            whole = merged(before, part)
            added += len(whole) - len(before)
            write_file(path, whole)
        return added

    def begin(self) -> int | None:
        """The first time that is there."""
        months = self.months
        return read_file(months[0]).at[0] if months else None

    def end(self) -> int | None:
        """The last time that is there."""
        months = self.months
        return read_file(months[-1]).at[-1] if months else None

    def bounds(self) -> tuple[int, int] | None:
        """The first and the last time that is there."""
        begin, end = self.begin(), self.end()
        return None if begin is None or end is None else (begin, end)


def month_of(at: int) -> str:
    """The month of a time, UTC, as a file is called: 2025-07."""
    return datetime.fromtimestamp(max(0, min(at, END - 1)) // 1000, UTC).strftime("%Y-%m")


def kept_as(name: str, folder: Path) -> Symbol:
    """A market by the name of the folder in which it is kept already, whatever its capitals."""
    there = (path.name for path in sorted(folder.glob("*")) if path.is_dir())
    return Symbol(next((one for one in there if one.upper() == name.upper()), name))


def lengths_of(folder: Path, symbol: str) -> list[str]:
    """What is kept of a market: the lengths of its candles, the shortest first, and trades."""
    there = {path.name for path in (folder / symbol).glob("*") if path.is_dir()} if symbol else set()
    return [one for one in (*INTERVALS, TRADES) if one in there]


def merged(before: Columns, new: Columns) -> Columns:
    """Both in the order of their times: a candle of the newer for one of the same time, and trades of the newer alone
    for the time that these are of.
    """
    if not len(new):
        return before
    if new.is_trades:
        stays = [one for one, at in enumerate(before.at) if not new.at[0] <= at <= new.at[-1]]
    else:
        there = set(new.at)
        stays = [one for one, at in enumerate(before.at) if at not in there]
    whole = before.take(stays)
    whole.extend(new)
    return whole.take(sorted(range(len(whole)), key=whole.at.__getitem__))


def is_ours(schema: "pyarrow.Schema") -> bool:
    """Whether a file of such columns was written by us."""
    return _KIND.encode() in (schema.metadata or {})


def read_file(path: Path, *, volumes: bool = True) -> Columns:
    """One file of ours; `Damaged` where it is none. A column at a time: the whole would take as much memory again."""
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path, pre_buffer=False) as file:
            names = file.schema_arrow.names
            if not is_ours(file.schema_arrow):
                msg = "it was not written by Packgrid"
                raise ValueError(msg)
            known = json.loads(file.schema_arrow.metadata[_KIND.encode()])
            wanted = names if volumes else [name for name in names if name != VOLUME]
            read = {name: _column(file.read([name], use_threads=False).column(0)) for name in wanted}
    except (FileNotFoundError, PermissionError):
        raise
    except (arrow.ArrowException, OSError, KeyError, TypeError, ValueError) as wrong:
        msg = f"{path} is damaged ({one_line(wrong)}). Move it away: the rest is read without it, "
        msg += "and `packgrid candles` fetches that month again, with its first day as --from."
        raise Damaged(msg) from None
    found = Columns(is_trades="open" not in names)
    found.places, found.volume_places = int(known["places"]), int(known["volume_places"])
    found.at, found.volume = read.pop("at"), read.pop(VOLUME, found.volume)
    found.prices = read
    return found


def one_line(wrong: Exception) -> str:
    """What it says, without what it says below."""
    return next(iter(str(wrong).strip().splitlines()), type(wrong).__name__).rstrip(".")


def read_prices(path: Path) -> Columns:
    """One file of ours without its volumes."""
    return read_file(path, volumes=False)


def _column(chunked: "pyarrow.ChunkedArray") -> Whole:
    column = array("q")
    for chunk in chunked.chunks:
        whole = memoryview(chunk.buffers()[1]).cast("q")
        column.frombytes(whole[chunk.offset : chunk.offset + len(chunk)].tobytes())
    return column


def write_file(path: Path, columns: Columns) -> None:
    """The whole file anew, in one go: a reader sees the old one or the new one."""
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    names = {"at": columns.at, **columns.prices, VOLUME: columns.volume}
    kind = arrow.int64()
    arrays = {
        name: arrow.Array.from_buffers(kind, len(one), [None, arrow.py_buffer(one)]) for name, one in names.items()
    }
    known = json.dumps({"places": columns.places, "volume_places": columns.volume_places})
    table = arrow.table(arrays).replace_schema_metadata({_KIND: known})
    beside = path.with_suffix(".new")
    parquet.write_table(table, beside, compression="zstd", use_dictionary=False, column_encoding="DELTA_BINARY_PACKED")
    beside.replace(path)
