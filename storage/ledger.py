"""The ledger and the journal on disk: booking entries, and the questions asked of them. What they mean is strategy's.

Sums are made here, over exact decimals: the database's own are made of floats.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    select,
    union_all,
)
from sqlalchemy.exc import IntegrityError

from storage.errors import AlreadyBooked
from storage.rows import (
    CLOSINGS,
    FILLS,
    MOVEMENTS,
    ORDERS,
    Row,
    closing_of,
    fill_of,
    movement_of,
    of_account,
    order_of,
    row_of_closing,
    row_of_fill,
    row_of_movement,
)
from strategy.model.durations import DAY
from strategy.model.ledger import Closing, Entry, FillEntry, Movement
from strategy.model.money import ZERO
from strategy.model.orders import BLOCK_SIZE, ClientId, Fill, GridId, Order

_AT_ONCE = 20
"""Ids that are looked up with one statement."""
_CLOCKS_APART = DAY
"""Milliseconds by which our clock may have been behind the exchange's: no fill is booked longer before its trade."""
_EVERYTHING = 2**63 - 1
"""As a limit."""
_READERS: Mapping[Table, Callable[[Sequence[Any]], Entry]] = {
    FILLS: fill_of,
    MOVEMENTS: movement_of,
    CLOSINGS: closing_of,
}


class Trips(NamedTuple):
    """What a grid, or all of them, did in a span of time."""

    fills: int
    round_trips: int
    realised: Decimal
    """After fees, in quote."""


_ID_NAMES = [f"id_{place}" for place in range(_AT_ONCE)]
_account: BindParameter[Any] = bindparam("account")
_first: BindParameter[Any] = bindparam("first")
_last: BindParameter[Any] = bindparam("last")
_limit = bindparam("limit", type_=BigInteger())


def _one_of(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.in_([bindparam(name, type_=column.type) for name in _ID_NAMES])


_LAST_NUMBERS = union_all(*(select(func.max(table.c.id)) for table in _READERS))
_LAST_NUMBERS_OF = union_all(*(select(func.max(table.c.id)).where(of_account(table.c.account)) for table in _READERS))
_INSERT = {table: table.insert() for table in _READERS}
_KNOWN = select(FILLS).where(FILLS.c.account == _account, _one_of(FILLS.c.key))
_JOURNAL = select(ORDERS).where(ORDERS.c.account == _account, _one_of(ORDERS.c.client_id))
_TAKEN = [  # each in the order of an index: both at once would be sorted, a journal of years for a page of it
    select(ORDERS)
    .where(ORDERS.c.account == _account, ORDERS.c.settled.is_(settled), ORDERS.c.order_id.is_not(None))
    .order_by(ORDERS.c.changed_at.desc())
    .limit(_limit)
    for settled in (True, False)
]
_LATER = (
    select(ORDERS)
    .where(ORDERS.c.account == _account, ORDERS.c.client_id > _first)
    .order_by(ORDERS.c.client_id)
    .limit(_limit)
)
_MOVEMENTS = select(MOVEMENTS).where(MOVEMENTS.c.account == _account).order_by(MOVEMENTS.c.id)
_IN_BLOCK = [
    select(table.c.client_id).where(table.c.account == _account, table.c.client_id.between(_first, _last)).limit(_limit)
    for table in (ORDERS, FILLS)
]
# By number alone: a condition on the account that an index knows would have SQLite sort the whole table for each piece.
_PIECE = {
    table: select(table).where(table.c.id > _first, table.c.id <= _last).order_by(table.c.id).limit(_limit)
    for table in _READERS
}
_NEWEST_FILL = select(FILLS.c.traded_at).where(of_account(FILLS.c.account)).order_by(FILLS.c.id.desc()).limit(_limit)


def book(connection: Connection, account: str, entries: Sequence[Entry]) -> None:
    """Add entries in their order. `AlreadyBooked` where the ledger has one of their keys."""
    first = 1 + max(number or 0 for number in connection.execute(_LAST_NUMBERS).scalars())
    rows: dict[Table, list[Row]] = {}
    for number, entry in enumerate(entries, start=first):
        table, row = _row(account, number, entry)
        rows.setdefault(table, []).append(row)
    for table, some in rows.items():
        _insert(connection, table, some)


def _row(account: str, number: int, entry: Entry) -> tuple[Table, Row]:
    match entry:
        case FillEntry():
            return FILLS, row_of_fill(account, number, entry)
        case Movement():
            return MOVEMENTS, row_of_movement(account, number, entry)
        case Closing():
            return CLOSINGS, row_of_closing(account, number, entry)


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    try:
        connection.execute(_INSERT[table], rows)
    except IntegrityError as error:
        codes = {getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate")}
        if codes & {"SQLITE_CONSTRAINT_UNIQUE", "23505"}:
            keys = ", ".join(str(row["key"]) for row in rows)
            msg = f"already in the ledger, all or one of: {keys}"
            raise AlreadyBooked(msg) from error
        raise


def known_fills(connection: Connection, account: str, keys: Iterable[str]) -> dict[str, Fill]:
    """By their keys, those of the fills that are booked."""
    found = (
        fill_of(row).fill
        for some in _portions(keys)
        for row in connection.execute(_KNOWN, {"account": account, **some}).all()
    )
    return {fill.key: fill for fill in found}


def movements(connection: Connection, account: str) -> list[Movement]:
    """All movements, in the order of booking: they are few."""
    return [movement_of(row) for row in connection.execute(_MOVEMENTS, {"account": account}).all()]


def journal(connection: Connection, account: str, client_ids: Iterable[int]) -> dict[ClientId, Order]:
    """The orders that the journal has under these ids."""
    found = (
        row
        for some in _portions(client_ids)
        for row in connection.execute(_JOURNAL, {"account": account, **some}).all()
    )
    return {order.client_id: order for order in map(order_of, found)}


def any_id_in_block(connection: Connection, account: str, block: int) -> bool:
    """Whether the journal or a booked fill shows an id of this block."""
    first, last = block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE - 1
    wanted = {"account": account, "first": first, "last": last, "limit": 1}
    return any(connection.execute(shown, wanted).first() is not None for shown in _IN_BLOCK)


def entries(
    connection: Connection,
    account: str,
    *,
    grid_id: GridId | None,
    since: int | None,
    limit: int | None,
    newest_first: bool,
) -> list[Entry]:
    """All entries in the order in which they were booked; of one grid its fills and closings."""
    most = _EVERYTHING if limit is None else limit
    found: list[tuple[int, Entry]] = []
    for table, read in _READERS.items():
        if table is not MOVEMENTS or grid_id is None:
            page = _page(table, of_grid=grid_id is not None, since=since is not None, newest_first=newest_first)
            rows = connection.execute(
                page, {"account": account, "grid_id": grid_id, "since": since, "limit": most}
            ).all()
            found += [(row[0], read(row)) for row in rows]
    found.sort(key=lambda numbered: numbered[0], reverse=newest_first)
    return [entry for _, entry in found[:most]]


@cache
def _page(table: Table, *, of_grid: bool, since: bool, newest_first: bool) -> Select[Any]:
    wanted = [table.c.account == _account]
    wanted += [table.c.at >= bindparam("since")] if since else []
    wanted += [table.c.grid_id == bindparam("grid_id")] if of_grid else []
    number = table.c.id.desc() if newest_first else table.c.id
    return select(table).where(*wanted).order_by(number).limit(_limit)


def last_entry(connection: Connection, account: str) -> int:
    """The number of the newest entry; 0 where there is none."""
    return max(number or 0 for number in connection.execute(_LAST_NUMBERS_OF, {"account": account}).scalars())


def entries_after(connection: Connection, account: str, after: int, until: int, limit: int) -> tuple[list[Entry], int]:
    """The next entries in the order of booking, numbered above `after` and up to `until`; and where to go on."""
    found: list[tuple[int, str, Entry]] = []
    for table, read in _READERS.items():
        rows = connection.execute(_PIECE[table], {"first": after, "last": until, "limit": limit}).all()
        found += [(row[0], row[1], read(row)) for row in rows]
    found.sort(key=lambda numbered: numbered[0])
    taken = found[:limit]
    return [entry for _, owner, entry in taken if owner == account], taken[-1][0] if taken else until


def newest_taken(connection: Connection, account: str, limit: int) -> list[Order]:
    """The orders that the exchange has given an id, the last changed first."""
    mine = {"account": account, "limit": limit}
    found = [order_of(row) for taken in _TAKEN for row in connection.execute(taken, mine).all()]
    return sorted(found, key=lambda order: order.changed_at, reverse=True)[:limit]


def orders_after(connection: Connection, account: str, after: int, limit: int) -> list[Order]:
    """The journal piece by piece: orders whose client ids are above `after`."""
    return [order_of(row) for row in connection.execute(_LATER, {"account": account, "first": after, "limit": limit})]


def newest_fill_at(connection: Connection, account: str) -> int:
    """When the fill that was booked last was traded; 0 where there is none."""
    return max(connection.execute(_NEWEST_FILL, {"account": account, "limit": 1}).scalars(), default=0)


def fill_count(connection: Connection, account: str, grid_id: GridId | None) -> int:
    """How many fills of ours there are, in one grid or in all."""
    count = _count(of_grid=grid_id is not None)
    return int(connection.execute(count, {"account": account, "grid_id": grid_id}).scalar_one())


@cache
def _count(*, of_grid: bool) -> Select[Any]:
    return select(func.count()).select_from(FILLS).where(*_ours(of_grid=of_grid))


def fills_page(
    connection: Connection, account: str, *, grid_id: GridId | None, limit: int, offset: int
) -> list[FillEntry]:
    """Fills of ours, the newest first."""
    page = _fills_page(of_grid=grid_id is not None)
    rows = connection.execute(page, {"account": account, "grid_id": grid_id, "limit": limit, "offset": offset}).all()
    return [fill_of(row) for row in rows]


@cache
def _fills_page(*, of_grid: bool) -> Select[Any]:
    ours = _ours(of_grid=True) if of_grid else [of_account(FILLS.c.account), FILLS.c.grid_id.is_not(None)]
    newest_first = select(FILLS).where(*ours).order_by(FILLS.c.id.desc())
    return newest_first.limit(_limit).offset(bindparam("offset", type_=BigInteger()))


def trip_profit(connection: Connection, account: str, closing: FillEntry) -> Decimal:
    """What the round trip brought that this fill completed: every part of its sale since the level's last trip."""
    mine = {"account": account, "grid_id": closing.grid_id, "level": closing.level, "key": closing.key}
    ended = max((int(number) for number in connection.execute(_TRIP_BEFORE, {**mine, "limit": 1}).scalars()), default=0)
    limit, parts = 1, None
    while parts is None:
        limit *= 8  # a sale in many parts is rare, and a level may have thousands behind it
        rows = connection.execute(_SALES, {**mine, "limit": limit}).all()
        before = [place for place, (number, closes, _) in enumerate(rows) if number < ended or (place and closes)]
        parts = rows[: before[0]] if before else rows if len(rows) < limit else None
    return sum((realised for _, _, realised in parts), ZERO)


def trips_between(connection: Connection, account: str, grid_id: GridId | None, start: int, end: int) -> Trips:
    """Traded from `start` up to, not including, `end`."""
    within = _within(of_grid=grid_id is not None)
    booked = max(0, start - _CLOCKS_APART)
    mine = {"account": account, "grid_id": grid_id, "start": start, "end": end}
    rows = connection.execute(within, mine | {"booked": booked}).all()
    closed = _closed(of_grid=grid_id is not None)
    ends = connection.execute(closed, mine).all()
    return Trips(
        fills=len(rows),
        round_trips=sum(closes for closes, _ in rows) + sum(level is not None for level, *_ in ends),
        realised=sum((realised for _, realised in rows if realised is not None), ZERO)
        + sum((value - cost for _, value, cost in ends), ZERO),
    )


def happened_since(
    connection: Connection, account: str, grid_id: GridId | None, since: int
) -> list[FillEntry | Closing]:
    """A grid's fills that were traded at or after this moment, and what it closed since, each in its own order.

    None is no grid's: what the owner traded by hand, or the exchange by itself.
    """
    fills, _ = traded_after(connection, account, grid_id, since, 0, _EVERYTHING, _EVERYTHING)
    return [*fills, *([] if grid_id is None else closed_since(connection, account, grid_id, since))]


def traded_after(
    connection: Connection, account: str, grid_id: GridId | None, since: int, after: int, until: int, limit: int
) -> tuple[list[FillEntry], int]:
    """A grid's fills that were traded at or after this moment, numbered above `after`, up to `until`; and the last."""
    is_outside, mine = grid_id is None, {"account": account, "grid_id": grid_id}
    if not after:  # where to begin, by one index alone: from there on pieces follow each other by their numbers
        first = connection.execute(_FIRST[is_outside], {**mine, "booked": max(0, since - _CLOCKS_APART)}).scalar()
        if first is None:
            return [], after
        after = first - 1
    wanted = {**mine, "start": since, "after": after, "until": until, "limit": limit}
    rows = connection.execute(_TRADED[is_outside], wanted).all()
    return [fill_of(row) for row in rows], rows[-1][0] if rows else after


def closed_since(connection: Connection, account: str, grid_id: GridId, since: int) -> list[Closing]:
    """What a grid closed without a fill at or after this moment."""
    rows = connection.execute(_CLOSED_SINCE, {"account": account, "grid_id": grid_id, "start": since}).all()
    return [closing_of(row) for row in rows]


_of_level = (FILLS.c.account == _account, FILLS.c.grid_id == bindparam("grid_id"), FILLS.c.level == bindparam("level"))
_number_of = select(FILLS.c.id).where(FILLS.c.account == _account, FILLS.c.key == bindparam("key")).scalar_subquery()
_SALES = (
    select(FILLS.c.id, FILLS.c.closes, FILLS.c.realised)
    .where(*_of_level, FILLS.c.realised.is_not(None), FILLS.c.id <= _number_of)
    .order_by(FILLS.c.id.desc())
    .limit(_limit)
)
_TRIP_BEFORE = (
    select(CLOSINGS.c.id)
    .where(CLOSINGS.c.account == _account, CLOSINGS.c.grid_id == bindparam("grid_id"))
    .where(CLOSINGS.c.level == bindparam("level"), CLOSINGS.c.id < _number_of)
    .order_by(CLOSINGS.c.id.desc())
    .limit(_limit)
)


@cache
def _within(*, of_grid: bool) -> Select[Any]:
    traded = FILLS.c.traded_at
    span = (FILLS.c.at >= bindparam("booked"), traded >= bindparam("start"), traded < bindparam("end"))
    return select(FILLS.c.closes, FILLS.c.realised).where(*_ours(of_grid=of_grid), *span)


_WHOSE = (FILLS.c.grid_id == bindparam("grid_id"), FILLS.c.grid_id.is_(None))
_FIRST = [  # a sum, as for the least of the numbers themselves SQLite goes through all fills before it
    select(func.min(FILLS.c.id + 0)).where(FILLS.c.account == _account, whose, FILLS.c.at >= bindparam("booked"))
    for whose in _WHOSE
]
_TRADED = [
    select(FILLS)
    .where(FILLS.c.account == _account, whose, FILLS.c.traded_at >= bindparam("start"))
    .where(FILLS.c.id > bindparam("after"), FILLS.c.id <= bindparam("until"))
    .order_by(FILLS.c.id)
    .limit(_limit)
    for whose in _WHOSE
]


_CLOSED_SINCE = (
    select(CLOSINGS)
    .where(CLOSINGS.c.account == _account, CLOSINGS.c.grid_id == bindparam("grid_id"))
    .where(CLOSINGS.c.at >= bindparam("start"))
    .order_by(CLOSINGS.c.id)
)


@cache
def _closed(*, of_grid: bool) -> Select[Any]:
    mine = [CLOSINGS.c.grid_id == bindparam("grid_id")] if of_grid else []
    span = (CLOSINGS.c.at >= bindparam("start"), CLOSINGS.c.at < bindparam("end"))
    wanted = select(CLOSINGS.c.level, CLOSINGS.c.value, CLOSINGS.c.cost)
    return wanted.where(CLOSINGS.c.account == _account, *mine, *span)


def _ours(*, of_grid: bool) -> list[ColumnElement[bool]]:
    grid = FILLS.c.grid_id
    return [FILLS.c.account == _account, grid == bindparam("grid_id") if of_grid else grid.is_not(None)]


def _portions(ids: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Ids as values of a statement that looks for so many at once; what is left of it looks for nothing."""
    rest = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        yield dict.fromkeys(_ID_NAMES) | dict(zip(_ID_NAMES, some, strict=False))
