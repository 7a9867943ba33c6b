"""Our values as rows and back: an account with its grids, orders, fills, movements. Plain mapping; decides nothing.

A column keeps the field of its own name. What a table adds to that (whose grid it is) is named here, and a test sees
that no field is forgotten.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, and_, or_, select

from storage.tables import AccountRow, FillRow, GridRow, LevelRow, LotRow, MovementRow, OrderRow
from strategy.account import Account
from strategy.grid import Grid, Level, Lot
from strategy.ledger import FillEntry, Movement
from strategy.orders import Fill, Order

Row = dict[str, Any]


def table_of(model: Any) -> Table:
    """The table of a model, for statements."""
    table: Table = model.__table__
    return table


ACCOUNTS, GRIDS, LEVELS, LOTS, ORDERS, FILLS, MOVEMENTS = (
    table_of(model) for model in (AccountRow, GridRow, LevelRow, LotRow, OrderRow, FillRow, MovementRow)
)


def stored_fields(kind: Any, table: Table) -> tuple[str, ...]:
    """The fields of a value that a table keeps."""
    return tuple(field.name for field in fields(kind) if field.name in table.c)


ACCOUNT_FIELDS = stored_fields(Account, ACCOUNTS)
GRID_FIELDS = stored_fields(Grid, GRIDS)
_LEVEL_FIELDS = stored_fields(Level, LEVELS)
_LOT_FIELDS = stored_fields(Lot, LOTS)
_ORDER_FIELDS = stored_fields(Order, ORDERS)
_ENTRY_FIELDS = stored_fields(FillEntry, FILLS)
_FILL_FIELDS = tuple(name for name in stored_fields(Fill, FILLS) if name != "at")
_FILL_PLACES = {column.name: place for place, column in enumerate(FILLS.c)}
_TRADED_AT = _FILL_PLACES["traded_at"]
_fill_values = itemgetter(*(_FILL_PLACES[name] for name in _FILL_FIELDS))
_entry_values = itemgetter(*(_FILL_PLACES[name] for name in _ENTRY_FIELDS))
_MOVEMENT_FIELDS = stored_fields(Movement, MOVEMENTS)
_MOVEMENT_PLACES = {column.name: place for place, column in enumerate(MOVEMENTS.c)}
_movement_values = itemgetter(*(_MOVEMENT_PLACES[name] for name in _MOVEMENT_FIELDS))


def row_of_account(account: Account) -> Row:
    """The account's own row."""
    return _picked(account, ACCOUNT_FIELDS)


def row_of_grid(name: str, grid: Grid, *, gone: bool = False) -> Row:
    """The grid's own row, without levels, lots and orders."""
    return {"account": name, "gone": gone, **_picked(grid, GRID_FIELDS)}


def row_of_level(name: str, grid: Grid, level: Level) -> Row:
    """A level's row."""
    return {"account": name, "grid_id": grid.id, **_picked(level, _LEVEL_FIELDS)}


def row_of_lot(name: str, grid: Grid, level: int, lot: Lot) -> Row:
    """A lot's row."""
    return {"account": name, "grid_id": grid.id, "level": level, **_picked(lot, _LOT_FIELDS)}


def row_of_order(name: str, order: Order) -> Row:
    """An order's row in the journal."""
    return {"account": name, "settled": order.is_settled, **_picked(order, _ORDER_FIELDS)}


def row_of_fill(name: str, number: int, entry: FillEntry) -> Row:
    """A fill's row in the ledger. `at` is the entry's time; the exchange's own is in `traded_at`."""
    row = {"account": name, "id": number, "traded_at": entry.fill.at}
    return row | _picked(entry.fill, _FILL_FIELDS) | _picked(entry, _ENTRY_FIELDS)


def row_of_movement(name: str, number: int, movement: Movement) -> Row:
    """A movement's row in the ledger."""
    return {"account": name, "id": number, **_picked(movement, _MOVEMENT_FIELDS)}


def order_of(row: RowMapping) -> Order:
    """An order from the journal."""
    return Order(**_picked_row(row, _ORDER_FIELDS))


def fill_of(row: RowMapping) -> FillEntry:
    """A fill from the ledger."""
    fill = Fill(at=row["traded_at"], **_picked_row(row, _FILL_FIELDS))
    return FillEntry(fill=fill, **_picked_row(row, _ENTRY_FIELDS))


def fills_of(rows: Iterable[Sequence[Any]]) -> list[FillEntry]:
    """Many fills from whole rows of the ledger, in the order of the table's columns: by place, which is fast."""
    return [
        FillEntry(
            fill=Fill(at=row[_TRADED_AT], **dict(zip(_FILL_FIELDS, _fill_values(row), strict=True))),
            **dict(zip(_ENTRY_FIELDS, _entry_values(row), strict=True)),
        )
        for row in rows
    ]


def movement_of(row: RowMapping) -> Movement:
    """A movement from the ledger."""
    return Movement(**_picked_row(row, _MOVEMENT_FIELDS))


def movements_of(rows: Iterable[Sequence[Any]]) -> list[Movement]:
    """Many movements from whole rows of the ledger."""
    return [Movement(**dict(zip(_MOVEMENT_FIELDS, _movement_values(row), strict=True))) for row in rows]


def read_account(connection: Connection, name: str, *, ended_since: int) -> Account | None:
    """The account with its grids; of their ended orders those that are not settled or ended after `ended_since`."""
    found = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).mappings().first()
    if found is None:
        return None
    present = and_(GRIDS.c.account == name, GRIDS.c.gone.is_(False))
    grids = connection.execute(select(GRIDS).where(present).order_by(GRIDS.c.id)).mappings().all()
    ids = select(GRIDS.c.id).where(present)
    levels = _by_grid(connection, LEVELS, name, ids, LEVELS.c.id, lambda row: (row["id"], _level(row)))
    lots = _by_grid(connection, LOTS, name, ids, LOTS.c.level, lambda row: (row["level"], _lot(row)))
    recent = or_(ORDERS.c.settled.is_(False), ORDERS.c.changed_at > ended_since)
    orders = _by_grid(
        connection, ORDERS, name, ids, ORDERS.c.client_id, lambda row: (row["client_id"], order_of(row)), recent
    )
    return Account(
        **_picked_row(found, ACCOUNT_FIELDS),
        grids={
            row["id"]: Grid(
                **_picked_row(row, GRID_FIELDS),
                levels=levels[row["id"]],
                lots=lots[row["id"]],
                orders=orders[row["id"]],
            )
            for row in grids
        },
    )


def _level(row: RowMapping) -> Level:
    return Level(**_picked_row(row, _LEVEL_FIELDS))


def _lot(row: RowMapping) -> Lot:
    return Lot(**_picked_row(row, _LOT_FIELDS))


def _by_grid(
    connection: Connection,
    table: Table,
    name: str,
    ids: Any,
    order: Any,
    read: Callable[[RowMapping], tuple[Any, Any]],
    *more: Any,
) -> Mapping[int, dict[Any, Any]]:
    """The rows of the grids as values by their ids, in the order of the ids."""
    wanted = and_(table.c.account == name, table.c.grid_id.in_(ids), *more)
    found: dict[int, dict[Any, Any]] = defaultdict(dict)
    for row in connection.execute(select(table).where(wanted).order_by(order)).mappings():
        key, value = read(row)
        found[row["grid_id"]][key] = value
    return found


def _picked(value: Any, names: Iterable[str]) -> Row:
    return {name: getattr(value, name) for name in names}


def _picked_row(row: RowMapping, names: Iterable[str]) -> Row:
    return {name: row[name] for name in names}
