"""A file of candles or trades, whatever its shape: CSV (also .gz or .zip) and Parquet, as columns. Only reads."""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TextIO

from bot.history.columns import Columns
from bot.history.extra import extra
from bot.history.kept import END, Kept, Reading, lengths_of, read_file
from bot.history.shapes import Bad, shape_of
from strategy.model.market import Symbol
from strategy.model.money import plain

if TYPE_CHECKING:
    import pyarrow

MOST_NAMED = 10
"""Bad rows that are named; of the others the number is told."""
_OWN = ["at", "open", "high", "low", "close", "volume"], ["at", "close", "volume"]


class WrongHistory(Exception):
    """A file, or what is kept, that can't be used: in words, with the lines that are wrong."""


def read(  # what is read, and how
    name: str | None, symbol: Symbol, folder: Path, since: int = 0, until: int = END, reading: Reading = map
) -> Columns:
    """The candles or trades of a file, or of a market that is kept. `WrongHistory` where a row is bad, or none there.

    `name` is a file, or a kept market as ETH_USDC or ETH_USDC/1m; without one it is the market itself.
    """
    if name is not None and Path(name).is_file():
        found = read_any(Path(name))
        if found.bad:
            msg = f"{name} is not used, as rows of it are wrong:\n{named(found)}\n"
            msg += "`packgrid candles import` keeps the others, and says what is missing then."
            raise WrongHistory(msg)
        found = found.of(since, until)
    else:
        found = _kept(name or symbol, folder).read(since, until, reading)
    if len(found) < 2:
        msg = f"{name or symbol} has {len(found)} rows of that time: at least two are needed."
        raise WrongHistory(msg)
    return found


def _kept(name: str, folder: Path) -> Kept:
    symbol, _, length = name.partition("/")
    there = lengths_of(folder, symbol)
    if not there or (length and length not in there):
        kept = sorted(f"{path.parent.name}/{path.name}" for path in folder.glob("*/*") if path.is_dir())
        msg = f"There is no file {name}, and no candles of {name} are kept in {folder} "
        msg += f"(kept: {', '.join(kept) or 'none'}). `packgrid candles {symbol}` fetches them."
        raise WrongHistory(msg)
    return Kept(folder=folder, symbol=Symbol(symbol), length=length or there[0])


def named(found: Columns) -> str:
    """The bad rows, a line each."""
    lines = [f"  line {one.line}: {one.why}" for one in found.bad[:MOST_NAMED]]
    more = len(found.bad) - MOST_NAMED
    return "\n".join([*lines, f"  and {more:,} more"] if more > 0 else lines)


def read_any(path: Path) -> Columns:
    """Every good row of a file; the bad ones are with it. `WrongHistory` where it is no such file at all."""
    try:
        found = _parquet(path) if path.suffix == ".parquet" else _text(path)
        found.settle()
    except (Bad, csv.Error, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as wrong:
        msg = f"{path} can't be read: {wrong}"
        raise WrongHistory(msg) from None
    return found


def _text(path: Path) -> Columns:
    with _opened(path) as file:
        rows = csv.reader(file, skipinitialspace=True)
        first = next(rows, None)
        if first is None:
            msg = "it is empty"
            raise Bad(msg)
        shape = shape_of(first)
        found = Columns(is_trades=shape.is_trades)
        found.read(rows if shape.has_head else chain([first], rows), shape, first=1 + shape.has_head)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) != 1:
                msg = f"an archive of {len(names)} files: one is needed"
                raise Bad(msg)
            with archive.open(names[0]) as inner, io.TextIOWrapper(inner, encoding="utf-8-sig", newline="") as file:
                yield file
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file


def _parquet(path: Path) -> Columns:
    """One of ours as it stands; another's by the names of its columns, each cell as it would be written."""
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    try:
        names = parquet.read_schema(path).names
        if names in _OWN:
            return read_file(path)
        table = parquet.read_table(path)
    except arrow.ArrowException as wrong:
        raise Bad(str(wrong)) from None
    shape = shape_of(names)
    cells = [_cells(arrow, column) for column in table.columns]
    found = Columns(is_trades=shape.is_trades)
    found.read(zip(*cells, strict=True), shape, first=1)
    return found


def _cells(arrow: ModuleType, column: "pyarrow.ChunkedArray") -> Sequence[str]:
    if arrow.types.is_timestamp(column.type):
        column = column.cast(arrow.timestamp("us")).cast(arrow.int64())
    return [plain(Decimal(repr(one))) if isinstance(one, float) else str(one) for one in column.to_pylist()]
