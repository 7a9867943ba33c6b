"""What is exported: tables as CSV, row by row out of the ledger, in pieces. Every figure is exact; times stand twice.

Columns are told by `COLUMNS` and never change their names. Nothing is rounded, and no cell begins a formula.
"""

import asyncio
import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Protocol, TextIO
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from bot.account.days import begin_of, end_of
from bot.account.folds import hours
from storage.curves import ALL, Curve
from storage.store import Store
from strategy.audit.costs import Booked, Costs, Method, Piece, change_of
from strategy.model.account import Account
from strategy.model.curve import Leg
from strategy.model.durations import HOUR
from strategy.model.ledger import Closing, FillEntry, Movement, flow_of
from strategy.model.money import ZERO, plain, share_of
from strategy.model.orders import GridId, LevelId, Order

PIECE = 500
PLAIN = 10 * 1024 * 1024
"""Bytes of a file that is sent as it is."""
_TIMES = ("time_local", "time_utc")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "fills": (
        *_TIMES,
        *("grid", "level", "purpose", "market", "side", "price", "quantity", "value", "fee", "fee_asset"),
        *("fee_in_quote", "maker", "realised", "closes_round_trip", "trade", "order_id", "client_id"),
    ),
    "round_trips": (*_TIMES, "grid", "level", "profit", "trade"),
    "fifo": (
        *("sold_local", "sold_utc", "bought_local", "bought_utc", "grid", "base", "quantity", "proceeds", "cost"),
        *("gain", "quote", "sold_trade", "bought_trade"),
    ),
    "orders": (
        *_TIMES,
        *("grid", "level", "purpose", "market", "side", "price", "quantity", "filled", "status"),
        *("client_id", "order_id"),
    ),
    "equity": (*_TIMES, "grid", "quote", "high", "low", "last", "deepest_fall"),
}
"""By file, its columns from left to right. An empty `grid` in equity is all grids of the quote."""
Cell = str | int | bool | Decimal | None
Row = tuple[Cell, ...]
Tell = Callable[[int, int], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is exported: from a moment up to, not including, another, in ms; of one grid, or of all."""

    since: int = 0
    until: int = 2**62
    grid_id: GridId | None = None

    def has(self, at: int) -> bool:
        """Whether a moment is in it."""
        return self.since <= at < self.until


Write = Callable[[Iterable[Iterable[str]]], object]
"""Puts rows into a table."""


class Exporting(Protocol):
    """Whose books they are."""

    @property
    def store(self) -> Store:
        """The ledger."""

    @property
    def zone(self) -> ZoneInfo:
        """The owner's."""

    def account(self) -> Account:
        """As it was last saved."""


def entries_of(whose: Exporting) -> int:
    """How many entries are gone through for it."""
    return whose.store.last_entry(whose.account().name)


async def exported(
    whose: Exporting, first: date | None, last: date | None, grid_id: GridId | None
) -> AsyncIterator[tuple[str, bytes]]:
    """The files of the days from the first to the last, one after the other with its name, for the chat.

    Of years they are larger than a small machine's memory, and than what Telegram takes: they are written beside the
    database, where nobody sees them and nothing is left of them, and a large one is packed.
    """
    since = begin_of(whose.zone, first) if first else 0
    wanted = Wanted(since=since, until=end_of(whose.zone, last) if last else 2**62, grid_id=grid_id)
    beside = None if whose.store.file is None else whose.store.file.parent
    with ExitStack() as stack:
        files = {name: stack.enter_context(TemporaryFile(dir=beside)) for name in COLUMNS}
        to = {name: TextIOWrapper(file, "utf-8", newline="") for name, file in files.items()}
        await Export(store=whose.store, account=whose.account(), zone=whose.zone, wanted=wanted).write(to)
        for name, written in to.items():
            written.detach()  # which writes the rest
            file, size = files[name], files[name].tell()
            file.seek(0)
            if size <= PLAIN:
                yield f"{name}.csv", file.read()
            else:
                yield f"{name}.csv.zip", await asyncio.to_thread(_packed, f"{name}.csv", file, beside)


def _packed(name: str, file: IO[bytes], beside: Path | None) -> bytes:
    """A file in an archive. Fit for a thread."""
    with TemporaryFile(dir=beside) as packed:
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as to:
            copyfileobj(file, to)
        packed.seek(0)
        return packed.read()


@dataclass(slots=True, kw_only=True)
class Export:
    """One export under way. Lives for one reading of the ledger."""

    store: Store
    account: Account
    zone: ZoneInfo
    wanted: Wanted
    _earned: dict[tuple[GridId, LevelId], Decimal] = field(default_factory=dict)
    _queues: dict[tuple[str, str], Costs] = field(default_factory=dict)

    async def write(self, to: Mapping[str, TextIO], tell: Tell | None = None) -> None:
        """Write every table into its file. `tell` hears how many entries are done, of how many."""
        sheets = {name: csv.writer(to[name], lineterminator="\r\n") for name in COLUMNS}
        for name, columns in COLUMNS.items():
            sheets[name].writerow(columns)
        name, read = self.account.name, 0
        last = self.store.last_entry(name)
        while read < last:
            entries, read = self.store.entries_after(name, read, until=last, limit=PIECE)
            for entry in entries:
                if not isinstance(entry, Movement) and self._is_ours(entry.grid_id):
                    for table, row in self._rows(entry):
                        sheets[table].writerow(map(cell, row))
            if tell is not None:
                await tell(read, last)
            await asyncio.sleep(0)
        await self._write_orders(sheets["orders"].writerows)
        await self._write_equity(sheets["equity"].writerows)

    async def _write_equity(self, write: Write) -> None:
        since = self.wanted.since - self.wanted.since % HOUR  # in a zone of half hours a day begins within one
        for curve in self._curves():
            async for legs in hours(self.store, self.account, curve, since):
                write(map(cell, row) for row in self._equity(curve, legs))

    async def _write_orders(self, write: Write) -> None:
        after = 0
        while orders := self.store.orders_after(self.account.name, after, PIECE):
            after = orders[-1].client_id
            rows = (self._order(one) for one in orders if self._is_ours(one.grid_id))
            write(map(cell, row) for row in rows if row)
            await asyncio.sleep(0)

    def _is_ours(self, grid_id: GridId | None) -> bool:
        return grid_id is not None and self.wanted.grid_id in (None, grid_id)

    def _rows(self, entry: Booked) -> Iterator[tuple[str, Row]]:
        at = entry.fill.at if isinstance(entry, FillEntry) else entry.at
        is_in = self.wanted.has(at)
        if isinstance(entry, FillEntry) and is_in:
            yield "fills", self._fill(entry)
        if (trip := self._trip(entry, at)) and is_in:
            yield "round_trips", trip
        for row in self._sold(entry, at):
            if is_in:
                yield "fifo", row

    def _fill(self, entry: FillEntry) -> Row:
        fill = entry.fill
        third = fill.fee != 0 and fill.fee_asset not in (entry.base, entry.quote)
        flow = flow_of(fill, entry.base, entry.quote, entry.fee_value)
        worth = None if third and entry.fee_value is None else flow.fee_value  # of an asset without a price: not known
        return (
            *self._times(fill.at),
            *(entry.grid_id, entry.level, entry.purpose, fill.symbol, fill.side, fill.price, fill.quantity),
            *(fill.value, fill.fee, fill.fee_asset, worth, fill.is_maker, entry.realised, entry.closes),
            *(fill.key, fill.order_id, fill.client_id),
        )

    def _trip(self, entry: Booked, at: int) -> Row | None:
        """Where a level's round trip ends here: what all parts of its sale brought."""
        if entry.grid_id is None or entry.level is None:
            return None
        level = (entry.grid_id, entry.level)
        realised = entry.realised if isinstance(entry, FillEntry) else None
        self._earned[level] = self._earned.get(level, ZERO) + (realised or ZERO)
        if isinstance(entry, FillEntry) and not entry.closes:
            return None
        return (*self._times(at), entry.grid_id, entry.level, self._earned.pop(level), entry.key)

    def _sold(self, entry: Booked, at: int) -> Iterator[Row]:
        """The coins that went out, by the fills that had brought them. Whose proceeds they share is their quantity."""
        base, quote = self._pair(entry)
        pieces = self._queues.setdefault((base, quote), Costs(Method.FIFO)).take(entry)
        cash, left = change_of(entry).cash, sum((piece.coins for piece in pieces), ZERO)
        for piece in pieces:
            proceeds = share_of(cash, piece.coins, left)
            cash, left = cash - proceeds, left - piece.coins
            yield self._piece(entry, at, piece, proceeds, (base, quote))

    def _piece(self, entry: Booked, at: int, piece: Piece, proceeds: Decimal, pair: tuple[str, str]) -> Row:
        return (
            *self._times(at),
            *self._times(piece.bought_at),
            *(entry.grid_id, pair[0], piece.coins, proceeds, piece.cost, proceeds - piece.cost, pair[1]),
            *(entry.key, piece.key),
        )

    def _pair(self, entry: Booked) -> tuple[str, str]:
        if isinstance(entry, Closing):
            market = self.account.grids[entry.grid_id].market
            return market.base, market.quote
        return entry.base, entry.quote

    def _order(self, order: Order) -> Row | None:
        if not self.wanted.has(order.intended_at):
            return None
        return (
            *self._times(order.intended_at),
            *(order.grid_id, order.level, order.purpose, order.symbol, order.side, order.price, order.quantity),
            *(order.filled, order.status, order.client_id, order.order_id),
        )

    def _curves(self) -> Iterable[Curve]:
        grids = [grid for grid in self.account.grids.values() if self._is_ours(grid.id)]
        curves = dict.fromkeys((grid.market.quote, grid.id) for grid in grids)
        if self.wanted.grid_id is None:
            curves |= dict.fromkeys((grid.market.quote, ALL) for grid in grids)
        return curves

    def _equity(self, curve: Curve, legs: Iterable[Leg]) -> Iterator[Row]:
        quote, grid_id = curve
        for leg in legs:
            if self.wanted.has(leg.at):
                yield (*self._times(leg.at), grid_id or None, quote, leg.high, leg.low, leg.last, leg.fall)

    def _times(self, at: int) -> tuple[str, str]:
        return _iso(at, self.zone), _iso(at, UTC)


def _iso(at: int, zone: tzinfo) -> str:
    whole, rest = divmod(at, 1000)
    moment = datetime.fromtimestamp(whole, zone)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest:03d}{moment:%z}"


def cell(value: Cell) -> str:
    """A cell: figures in plain notation with every digit; text that a spreadsheet would reckon is put in quotation."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return plain(value)
        case int():
            return str(value)
        case _:
            text = str(value)
            return f"'{text}" if text[:1] in _FORMULA else text


_FORMULA = frozenset("=+-@\t\r\n")
