"""The ledger and the journal on disk: booking entries, and the questions asked of them. What they mean is strategy's.

Sums are made here, over exact decimals: the database's own are made of floats.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, select
from sqlalchemy.exc import IntegrityError

from storage.errors import AlreadyBooked
from storage.rows import (
    FILLS,
    MOVEMENTS,
    ORDERS,
    Row,
    fill_of,
    fills_of,
    movement_of,
    movements_of,
    order_of,
    row_of_fill,
    row_of_movement,
)
from strategy.ledger import Entry, FillEntry, Movement
from strategy.money import ZERO
from strategy.orders import BLOCK_SIZE, ClientId, GridId, Order

# SQLite takes a limited number of parameters in one statement.
_IDS_AT_ONCE = 500


# Asked at every drain: built once, so that SQLAlchemy need not find out each time that it knows them.
_KNOWN = select(FILLS.c.key).where(
    FILLS.c.account == bindparam("account"), FILLS.c.key.in_(bindparam("keys", expanding=True))
)
_JOURNAL = select(ORDERS).where(
    ORDERS.c.account == bindparam("account"), ORDERS.c.client_id.in_(bindparam("ids", expanding=True))
)


class Trips(NamedTuple):
    """What a grid, or all of them, did in a span of time."""

    fills: int
    round_trips: int
    realised: Decimal
    """After fees, in quote."""


def book(connection: Connection, account: str, entries: Sequence[Entry]) -> None:
    """Add entries in their order. `AlreadyBooked` where the ledger has one of their keys."""
    last = connection.scalars(select(func.max(FILLS.c.id)).union_all(select(func.max(MOVEMENTS.c.id))))
    first = 1 + max(number or 0 for number in last)
    fills: list[Row] = []
    movements: list[Row] = []
    for number, entry in enumerate(entries, start=first):
        if isinstance(entry, FillEntry):
            fills.append(row_of_fill(account, number, entry))
        else:
            movements.append(row_of_movement(account, number, entry))
    for table, rows in ((FILLS, fills), (MOVEMENTS, movements)):
        if rows:
            _insert(connection, table, rows)


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    try:
        connection.execute(table.insert(), rows)
    except IntegrityError as error:
        codes = {getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate")}
        if codes & {"SQLITE_CONSTRAINT_UNIQUE", "23505"}:
            keys = ", ".join(str(row["key"]) for row in rows)
            msg = f"already in the ledger, all or one of: {keys}"
            raise AlreadyBooked(msg) from error
        raise


def known_fills(connection: Connection, account: str, keys: Iterable[str]) -> set[str]:
    """Those of the keys that are booked."""
    found: set[str] = set()
    for some in _portions(keys):
        found.update(connection.scalars(_KNOWN, {"account": account, "keys": some}))
    return found


def movements(connection: Connection, account: str) -> list[Movement]:
    """All movements, in the order of booking: they are few."""
    rows = connection.execute(select(MOVEMENTS).where(MOVEMENTS.c.account == account).order_by(MOVEMENTS.c.id))
    return [movement_of(row) for row in rows.mappings()]


def journal(connection: Connection, account: str, client_ids: Iterable[int]) -> dict[ClientId, Order]:
    """The orders that the journal has under these ids."""
    found: dict[ClientId, Order] = {}
    for some in _portions(client_ids):
        for row in connection.execute(_JOURNAL, {"account": account, "ids": some}).mappings():
            found[row["client_id"]] = order_of(row)
    return found


def any_id_in_block(connection: Connection, account: str, block: int) -> bool:
    """Whether the journal or a booked fill shows an id of this block."""
    first, last = block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE - 1
    return any(
        connection.execute(
            select(table.c.client_id).where(table.c.account == account, table.c.client_id.between(first, last)).limit(1)
        ).first()
        for table in (ORDERS, FILLS)
    )


def entries(
    connection: Connection,
    account: str,
    *,
    grid_id: GridId | None,
    since: int | None,
    limit: int | None,
    newest_first: bool,
) -> list[Entry]:
    """Fills and movements in the order in which they were booked; of one grid only its fills."""
    found: list[tuple[int, Entry]] = []
    for table, read in ((FILLS, fill_of), (MOVEMENTS, movement_of)):
        if table is MOVEMENTS and grid_id is not None:
            continue
        wanted = [table.c.account == account]
        wanted += [table.c.at >= since] if since is not None else []
        wanted += [table.c.grid_id == grid_id] if grid_id is not None else []
        number = table.c.id.desc() if newest_first else table.c.id
        rows = connection.execute(select(table).where(*wanted).order_by(number).limit(limit)).mappings()
        found += [(row["id"], read(row)) for row in rows]
    found.sort(key=lambda numbered: numbered[0], reverse=newest_first)
    return [entry for _, entry in found[:limit]]


def last_entry(connection: Connection, account: str) -> int:
    """The number of the newest entry; 0 where there is none."""
    newest = [select(func.max(table.c.id)).where(table.c.account == account) for table in (FILLS, MOVEMENTS)]
    return max(number or 0 for number in connection.scalars(newest[0].union_all(newest[1])))


def entries_after(connection: Connection, account: str, after: int, until: int, limit: int) -> tuple[list[Entry], int]:
    """The next entries in the order of booking, numbered above `after` and up to `until`; and where to go on."""
    found: list[tuple[int, str, Entry]] = []
    for table, read in ((FILLS, fills_of), (MOVEMENTS, movements_of)):
        # By number alone: a condition on the account would have SQLite sort the whole table for each piece.
        within = select(table).where(table.c.id > after, table.c.id <= until).order_by(table.c.id).limit(limit)
        rows = connection.execute(within).all()
        found += zip([row.id for row in rows], [row.account for row in rows], read(rows), strict=True)
    found.sort(key=lambda numbered: numbered[0])
    taken = found[:limit]
    return [entry for _, owner, entry in taken if owner == account], taken[-1][0] if taken else until


def newest_fill_at(connection: Connection, account: str) -> int:
    """When the fill that was booked last was traded; 0 where there is none."""
    last = select(FILLS.c.traded_at).where(FILLS.c.account == account).order_by(FILLS.c.id.desc()).limit(1)
    return connection.scalar(last) or 0


def fill_count(connection: Connection, account: str, grid_id: GridId | None) -> int:
    """How many fills of ours there are, in one grid or in all."""
    return connection.scalar(select(func.count()).select_from(FILLS).where(*_ours(account, grid_id))) or 0


def fills_page(
    connection: Connection, account: str, *, grid_id: GridId | None, limit: int, offset: int
) -> list[FillEntry]:
    """Fills of ours, the newest first."""
    page = select(FILLS).where(*_ours(account, grid_id)).order_by(FILLS.c.id.desc()).limit(limit).offset(offset)
    return [fill_of(row) for row in connection.execute(page).mappings()]


def trips_between(connection: Connection, account: str, grid_id: GridId | None, start: int, end: int) -> Trips:
    """From `start` up to, not including, `end`."""
    within = (FILLS.c.at >= start, FILLS.c.at < end)
    rows = connection.execute(select(FILLS.c.closes, FILLS.c.realised).where(*_ours(account, grid_id), *within)).all()
    return Trips(
        fills=len(rows),
        round_trips=sum(closes for closes, _ in rows),
        realised=sum((realised for _, realised in rows if realised is not None), ZERO),
    )


def _ours(account: str, grid_id: GridId | None) -> list[ColumnElement[bool]]:
    grid = FILLS.c.grid_id
    return [FILLS.c.account == account, grid.is_not(None) if grid_id is None else grid == grid_id]


def _portions(ids: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(ids)
    while some := list(islice(rest, _IDS_AT_ONCE)):
        yield some
