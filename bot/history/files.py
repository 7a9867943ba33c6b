"""A file of candles or trades, whatever its shape: CSV (also .gz or .zip) and Parquet, as columns. Only reads."""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from itertools import chain, islice, pairwise
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, TextIO, cast

from bot.history.columns import Columns
from bot.history.extra import extra
from bot.history.kept import END, Kept, Reading, is_ours, kept_as, lengths_of, one_line, read_file
from bot.history.kinds import MOST_MAGIC, Kind, kind_of, refuse
from bot.history.shapes import TIME, Bad, Shape, milliseconds, separator_of, shape_of
from bot.history.words import counted, minute_of
from strategy.model.market import Symbol
from strategy.model.money import plain

if TYPE_CHECKING:
    import pyarrow

MOST_NAMED = 10
"""Bad rows that are named; of the others the number is told."""
LONGEST_LINE = 65_536
LOOKED_AT = 1_000
"""Rows by which it is told whether the oldest comes first."""


class WrongHistory(Exception):
    """A file, or what is kept, that can't be used: in words, with the lines that are wrong."""


def read(  # what is read, and how
    name: str | None, symbol: Symbol, folder: Path, since: int = 0, until: int = END, reading: Reading = map
) -> Columns:
    """The candles or trades of a file, or of a market that is kept. `WrongHistory` where a row is bad, or none there.

    `name` is a file, or a kept market as ETH_USDC or ETH_USDC/1m; without one it is the market itself.
    """
    if name is not None and Path(name).is_file():
        whole = read_any(Path(name))
        if whole.bad:
            msg = f"{name} is not used, as rows of it are wrong:\n{named(whole)}\n"
            msg += "`packgrid candles import` keeps the others, and says what is missing then."
            raise WrongHistory(msg)
        found, there = whole.of(since, until), (whole.at[0], whole.at[-1]) if len(whole) else None
    else:
        kept = _kept(name or symbol, folder)
        try:
            found = kept.read(since, until, reading)
            there = kept.bounds() if len(found) < 2 else None
        except Bad as wrong:
            raise WrongHistory(str(wrong)) from None
    if len(found) < 2:
        msg = f"{name or symbol} has {counted(len(found), 'row')} of that time: at least two are needed."
        msg += f" It has {minute_of(there[0])} to {minute_of(there[1])} UTC." if there else ""
        raise WrongHistory(msg)
    return found


def _kept(name: str, folder: Path) -> Kept:
    said, _, length = name.partition("/")
    symbol = kept_as(said, folder)
    there = lengths_of(folder, symbol)
    if not there or (length and length not in there):
        kept = sorted(f"{path.parent.name}/{path.name}" for path in folder.glob("*/*") if path.is_dir())
        msg = f"There is no file {name}, and no candles of {name} are kept in {folder} "
        msg += f"(kept: {', '.join(kept) or 'none'})."
        msg += f" `packgrid candles {symbol}` fetches them." if "." not in name else ""
        raise WrongHistory(msg)
    return Kept(folder=folder, symbol=symbol, length=length or there[0])


def named(found: Columns) -> str:
    """The bad rows, a line each."""
    lines = [f"  line {one.line}: {one.why}" for one in found.bad[:MOST_NAMED]]
    more = len(found.bad) - MOST_NAMED
    return "\n".join([*lines, f"  and {more:,} more"] if more > 0 else lines)


def read_any(path: Path) -> Columns:
    """Every good row of a file; the bad ones are with it. `WrongHistory` where it is no such file at all."""
    try:
        found = _parquet(path) if _begins(path) is Kind.PARQUET else _text(path)
        found.settle()
    except UnicodeDecodeError as wrong:
        msg = f"{path} can't be read: at byte {wrong.start:,} it is no text. Save it as CSV, in UTF-8."
        raise WrongHistory(msg) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as wrong:
        msg = f"{path} can't be read: it is damaged, or not whole ({wrong}). Download it once more."
        raise WrongHistory(msg) from None
    except (Bad, csv.Error, NotImplementedError) as wrong:
        msg = f"{path} can't be read: {wrong}"
        raise WrongHistory(msg) from None
    return found


def _begins(path: Path) -> "Kind | None":
    with path.open("rb") as file:
        return kind_of(file.read(MOST_MAGIC))


def _text(path: Path) -> Columns:
    with _opened(path) as text:
        file = _lines(text)
        blank, head = next(((at, one) for at, one in enumerate(file) if one.strip()), (0, None))
        if head is None:
            msg = "it is empty"
            raise Bad(msg)
        between = separator_of(head)
        first = next(csv.reader([head], delimiter=between, skipinitialspace=True))
        shape = shape_of(first)
        found = Columns(is_trades=shape.is_trades)
        rows = csv.reader(file, delimiter=between, skipinitialspace=True)
        _read(found, rows if shape.has_head else chain([first], rows), shape, 1 + blank + shape.has_head)
    return found


def _lines(file: TextIO) -> Iterator[str]:
    """Line by line, as a file is anyhow, but for one that does not end: unpacked, it would take the memory."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            msg = f"line {number:,} has more than {LONGEST_LINE:,} letters: these are no candles or trades"
            raise Bad(msg)
        yield line


def _read(found: Columns, rows: Iterator[Sequence[str]], shape: Shape, first: int) -> None:
    """The oldest first, also where a file begins with the newest, as the archives of some exchanges do."""
    ahead = [*islice(rows, LOOKED_AT)]
    if not _falls(ahead, shape):
        found.read(chain(ahead, rows), shape, first)
        return
    ahead += rows
    found.read(reversed(ahead), shape, first + len(ahead) - 1, -1)


def _falls(rows: Sequence[Sequence[str]], shape: Shape) -> bool:
    """Whether each of these is older than the one before it, or as old."""
    place, times = shape.columns[TIME], []
    for row in rows:
        with suppress(Bad, IndexError):
            times.append(milliseconds(row[place]))
    return len(times) > 1 and times[0] > times[-1] and all(later <= before for before, later in pairwise(times))


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The text of a file, unpacked. By what it holds: a browser may have unpacked it, and left its name."""
    kind = _begins(path)
    if kind is Kind.GZIP:
        with gzip.open(path, "rb") as packed, _as_text(packed) as file:
            yield file
    elif kind is Kind.ZIP:
        with zipfile.ZipFile(path) as archive, archive.open(_inside(archive)) as inner, _as_text(inner) as file:
            yield file
    else:
        with path.open("rb") as plain_file, _as_text(plain_file) as file:
            yield file


@contextmanager
def _as_text(inner: IO[bytes] | io.BufferedIOBase) -> Iterator[TextIO]:
    with io.BufferedReader(cast("io.RawIOBase", inner)) as whole:
        refuse(kind_of(whole.peek(MOST_MAGIC)[:MOST_MAGIC]))
        with io.TextIOWrapper(whole, encoding="utf-8-sig", newline="") as file:
            yield file


def _inside(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file of an archive, but for folders and what a Mac puts beside it."""
    files = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    if any(one.filename == "[Content_Types].xml" for one in files):
        refuse(Kind.EXCEL)
    if len(files) != 1:
        names = ", ".join(one.filename for one in files[:MOST_NAMED])
        msg = (
            f"an archive of {len(files)} files{': ' if names else ''}{names}. One is needed: unpack it, and take each "
        )
        msg += "by itself"
        raise Bad(msg)
    if files[0].flag_bits & 1:
        msg = "the archive is locked with a password: unpack it first"
        raise Bad(msg)
    return files[0]


def _parquet(path: Path) -> Columns:
    """One of ours as it stands; another's by the names of its columns, each cell as it would be written."""
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    try:
        if is_ours(parquet.read_schema(path)):
            return read_file(path)
        table = parquet.read_table(path)
        cells = [_cells(arrow, column) for column in table.columns]
    except (arrow.ArrowException, OSError, ArithmeticError) as wrong:
        msg = f"it is damaged, or no Parquet ({one_line(wrong)})"
        raise Bad(msg) from None
    shape = shape_of(table.column_names)
    found = Columns(is_trades=shape.is_trades)
    _read(found, zip(*cells, strict=True), shape, 1)
    return found


def _cells(arrow: ModuleType, column: "pyarrow.ChunkedArray") -> Sequence[str]:
    if arrow.types.is_timestamp(column.type):  # finer than a microsecond is nothing that is played
        column = column.cast(arrow.timestamp("us"), safe=False).cast(arrow.int64())
    return [_cell(one) for one in column.to_pylist()]


def _cell(one: object) -> str:
    if one is None:
        return ""
    return plain(Decimal(repr(one))) if isinstance(one, float) else str(one)
