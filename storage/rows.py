"""Our values as rows and back: an account with its grids, orders, fills, movements. Plain mapping; decides nothing.

A column keeps the field of its own name. What a table adds to that (whose grid it is) is named here, and a test sees
that no field is forgotten. Rows are read by the places of their columns, which is fast.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, bindparam, select

from storage.tables import AccountRow, ClosingRow, FillRow, GridRow, LevelRow, LotRow, MovementRow, OrderRow
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.ledger import Closing, FillEntry, Movement
from strategy.model.levels import Level, Lot, Shape
from strategy.model.orders import Fill, Order

Row = dict[str, Any]


def table_of(model: Any) -> Table:
    """The table of a model, for statements."""
    table: Table = model.__table__
    return table


def of_account(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Whose rows, where their number alone is to lead to them.

    Of an index that begins with the account SQLite makes use where it can, and then sorts every row that there is for a
    page of the newest.
    """
    return column.concat("") == bindparam("account")


ACCOUNTS, GRIDS, LEVELS, LOTS, ORDERS, FILLS, MOVEMENTS, CLOSINGS = (
    table_of(model) for model in (AccountRow, GridRow, LevelRow, LotRow, OrderRow, FillRow, MovementRow, ClosingRow)
)


def stored_fields(kind: Any, table: Table) -> tuple[str, ...]:
    """The fields of a value that a table keeps."""
    return tuple(field.name for field in fields(kind) if field.name in table.c)


class Kept:
    """The fields of a value that its table keeps: taken from the value, or from a whole row of the table."""

    def __init__(self, kind: Any, table: Table, *, but: str = "") -> None:
        """`but` is a field whose column of that name keeps something else."""
        self.names = [name for name in stored_fields(kind, table) if name != but]
        self.values = attrgetter(*self.names)
        """They alone, to be compared: quick where most of them are still the same objects."""
        self._places = itemgetter(*(place_of(table, name) for name in self.names))

    def of(self, value: Any) -> Row:
        """What is written of the value."""
        return dict(zip(self.names, self.values(value), strict=True))

    def read(self, row: Sequence[Any]) -> Row:
        """What is read of the value, in a row in the order of the table's columns."""
        return dict(zip(self.names, self._places(row), strict=True))


def place_of(table: Table, name: str) -> int:
    """Where a column stands in a row of its table."""
    return list(table.c.keys()).index(name)


ACCOUNT, GRID = Kept(Account, ACCOUNTS), Kept(Grid, GRIDS)
_SHAPE = Kept(Shape, LEVELS)
_LEVEL, _LOT, _ORDER = Kept(Level, LEVELS), Kept(Lot, LOTS), Kept(Order, ORDERS)
_ENTRY, _FILL, _MOVEMENT = Kept(FillEntry, FILLS), Kept(Fill, FILLS, but="at"), Kept(Movement, MOVEMENTS)
_CLOSING = Kept(Closing, CLOSINGS)
_TRADED_AT = place_of(FILLS, "traded_at")
_GRID_ID = place_of(GRIDS, "id")


def as_stored(account: Account) -> Account:
    """What of an account is on disk, and is found there by the next process; orders that are over and settled apart."""
    grids = {grid_id: _as_stored(grid) for grid_id, grid in account.grids.items()}
    return Account(**ACCOUNT.of(account), grids=grids)


def _as_stored(grid: Grid) -> Grid:
    kept = (order for order in grid.orders.values() if order.status.is_live or not order.is_settled)
    orders = {order.client_id: Order(**_ORDER.of(order)) for order in kept}
    return Grid(**GRID.of(grid), levels=grid.levels, lots=grid.lots, orders=orders)


def row_of_account(account: Account) -> Row:
    """The account's own row."""
    return ACCOUNT.of(account)


def row_of_grid(name: str, grid: Grid, *, gone: bool = False) -> Row:
    """The grid's own row, without levels, lots and orders."""
    return {"account": name, "gone": gone, **GRID.of(grid)}


def row_of_level(name: str, grid: Grid, level: Level) -> Row:
    """A level's row."""
    return {"account": name, "grid_id": grid.id, **_LEVEL.of(level), **_SHAPE.of(level.shape)}


def row_of_lot(name: str, grid: Grid, level: int, lot: Lot) -> Row:
    """A lot's row."""
    return {"account": name, "grid_id": grid.id, "level": level, **_LOT.of(lot)}


def row_of_order(name: str, order: Order) -> Row:
    """An order's row in the journal."""
    return {"account": name, "settled": order.is_settled, **_ORDER.of(order)}


def row_of_fill(name: str, number: int, entry: FillEntry) -> Row:
    """A fill's row in the ledger. `at` is the entry's time; the exchange's own is in `traded_at`."""
    return {"account": name, "id": number, "traded_at": entry.fill.at, **_FILL.of(entry.fill), **_ENTRY.of(entry)}


def row_of_movement(name: str, number: int, movement: Movement) -> Row:
    """A movement's row in the ledger."""
    return {"account": name, "id": number, **_MOVEMENT.of(movement)}


def row_of_closing(name: str, number: int, closing: Closing) -> Row:
    """A closing's row in the ledger."""
    return {"account": name, "id": number, **_CLOSING.of(closing)}


def order_of(row: Sequence[Any]) -> Order:
    """An order from the journal."""
    return Order(**_ORDER.read(row))


def fill_of(row: Sequence[Any]) -> FillEntry:
    """A fill from the ledger."""
    return FillEntry(fill=Fill(at=row[_TRADED_AT], **_FILL.read(row)), **_ENTRY.read(row))


def movement_of(row: Sequence[Any]) -> Movement:
    """A movement from the ledger."""
    return Movement(**_MOVEMENT.read(row))


def closing_of(row: Sequence[Any]) -> Closing:
    """A closing from the ledger."""
    return Closing(**_CLOSING.read(row))


_OWNED = and_(GRIDS.c.account == bindparam("name"), GRIDS.c.gone.is_(False))
_OWN = select(ACCOUNTS).where(ACCOUNTS.c.name == bindparam("name"))
_OWN_GRIDS = select(GRIDS).where(_OWNED).order_by(GRIDS.c.id)


def _of_grids(table: Table, order: Any, *more: Any) -> Select[Any]:
    """The rows of a table that belong to the grids which the account has not let go, in the order of their ids."""
    ids = select(GRIDS.c.id).where(_OWNED)
    wanted = and_(table.c.account == bindparam("name"), table.c.grid_id.in_(ids), *more)
    return select(table).where(wanted).order_by(order)


_OWN_LEVELS = _of_grids(LEVELS, LEVELS.c.rank)
_OWN_LOTS = _of_grids(LOTS, LOTS.c.level)
_OWN_ORDERS = [  # each in the order of an index: in that of their ids the whole journal would be gone through
    _of_grids(ORDERS, ORDERS.c.changed_at, ORDERS.c.settled.is_(False)),
    _of_grids(ORDERS, ORDERS.c.changed_at, ORDERS.c.settled.is_(True), ORDERS.c.changed_at > bindparam("ended_since")),
]
_CLIENT_ID = place_of(ORDERS, "client_id")


def read_account(connection: Connection, name: str, *, ended_since: int) -> Account | None:
    """The account with its grids; of their ended orders those that are not settled or ended after `ended_since`."""
    found = connection.execute(_OWN, {"name": name}).one_or_none()
    if found is None:
        return None
    grids = [(row[_GRID_ID], GRID.read(row)) for row in connection.execute(_OWN_GRIDS, {"name": name}).all()]
    levels = _by_grid(connection.execute(_OWN_LEVELS, {"name": name}).all(), LEVELS, "id", _level)
    lots = _by_grid(connection.execute(_OWN_LOTS, {"name": name}).all(), LOTS, "level", _lot)
    since = {"name": name, "ended_since": ended_since}
    recent = [row for asked in _OWN_ORDERS for row in connection.execute(asked, since).all()]
    orders = _by_grid(sorted(recent, key=itemgetter(_CLIENT_ID)), ORDERS, "client_id", order_of)
    return Account(
        **ACCOUNT.read(found),
        grids={
            grid_id: Grid(**own, levels=levels[grid_id], lots=lots[grid_id], orders=orders[grid_id])
            for grid_id, own in grids
        },
    )


def _level(row: Sequence[Any]) -> Level:
    return Level(**_LEVEL.read(row), shape=Shape(**_SHAPE.read(row)))


def _lot(row: Sequence[Any]) -> Lot:
    return Lot(**_LOT.read(row))


def _by_grid(
    rows: Iterable[Sequence[Any]], table: Table, key: str, read: Callable[[Sequence[Any]], Any]
) -> Mapping[int, dict[Any, Any]]:
    """The rows of the grids as values by their ids."""
    grid_place, key_place = place_of(table, "grid_id"), place_of(table, key)
    found: dict[int, dict[Any, Any]] = defaultdict(dict)
    for row in rows:
        found[row[grid_place]][row[key_place]] = read(row)
    return found
