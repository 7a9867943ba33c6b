"""What has changed between two states of an account, and its writing. Reads nothing; the ledger is not its business.

Values are frozen and replaced, never altered: what is still the same object is unchanged. So a save costs what has
changed, not what there is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Table, TextClause, and_, bindparam, text

from storage.errors import StateRefused
from storage.rows import (
    ACCOUNT,
    ACCOUNTS,
    GRID,
    GRIDS,
    LEVELS,
    LOTS,
    ORDERS,
    Row,
    row_of_account,
    row_of_grid,
    row_of_level,
    row_of_lot,
    row_of_order,
)
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.orders import ClientId, Order

# What an id stands for never changes: an order that differs in one of these is another one under a used id.
_IDENTITY = ("grid_id", "symbol", "side", "price", "quantity", "intended_at")


@dataclass(slots=True, kw_only=True)
class Changes:
    """Rows to write, by table, and keys of rows to delete."""

    first: bool = False
    """Whether the account is new: then it must not be there yet."""
    written: dict[Table, list[Row]] = field(default_factory=dict)
    deleted: dict[Table, list[Row]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.written or self.deleted)

    def write(self, table: Table, row: Row) -> None:
        """One more row to insert or update."""
        self.written.setdefault(table, []).append(row)

    def delete(self, table: Table, row: Row) -> None:
        """One more row to delete, named by its key."""
        self.deleted.setdefault(table, []).append(row)


def changes_between(before: Account | None, states: Iterable[Account]) -> Changes:
    """What must be written to get from `before`, which is on disk, to the last of the states.

    Orders are looked for in every state on the way: one that came and went again belongs to the journal too.
    """
    changes, orders, known, after = Changes(), dict[ClientId, Order](), before, before
    for after in states:
        orders |= _changed_orders(known, after)
        known = after
    if after is None:
        return changes
    if after is not before:
        _compare(changes, before, after)
    for order in orders.values():
        changes.write(ORDERS, row_of_order(after.name, order))
    return changes


def _compare(changes: Changes, before: Account | None, after: Account) -> None:
    assert before is None or before.name == after.name, "the states of one account"
    changes.first = before is None
    if before is None or ACCOUNT.values(before) != ACCOUNT.values(after):
        changes.write(ACCOUNTS, row_of_account(after))
    _compare_grids(changes, after.name, before.grids if before else {}, after.grids)


def _changed_orders(before: Account | None, after: Account) -> dict[ClientId, Order]:
    if before is not None and after.grids is before.grids:
        return {}
    found: dict[ClientId, Order] = {}
    for grid in after.grids.values():
        old = before.grids.get(grid.id) if before else None
        if old is not grid:
            found |= _changed(old.orders if old else {}, grid.orders)
    return found


def _compare_grids(changes: Changes, name: str, before: Mapping[Any, Grid], after: Mapping[Any, Grid]) -> None:
    for grid in after.values():
        if before.get(grid.id) is not grid:
            _compare_grid(changes, name, before.get(grid.id), grid)
    for grid in _gone(before, after).values():
        changes.write(GRIDS, row_of_grid(name, grid, gone=True))


def _compare_grid(changes: Changes, name: str, before: Grid | None, after: Grid) -> None:
    if before is None or GRID.values(before) != GRID.values(after):
        changes.write(GRIDS, row_of_grid(name, after))
    levels, lots = (before.levels, before.lots) if before else ({}, {})
    for level in _changed(levels, after.levels).values():
        changes.write(LEVELS, row_of_level(name, after, level))
    for key, lot in _changed(lots, after.lots).items():
        changes.write(LOTS, row_of_lot(name, after, key, lot))
    for key in _gone(levels, after.levels):
        changes.delete(LEVELS, {"account": name, "grid_id": after.id, "id": key})
    for key in _gone(lots, after.lots):
        changes.delete(LOTS, {"account": name, "grid_id": after.id, "level": key})


def _changed(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> dict[Any, Any]:
    """What is new or different. Identity first: most of it is the same object."""
    if before is after:
        return {}
    others = {key: value for key, value in after.items() if before.get(key) is not value}
    return {key: value for key, value in others.items() if before.get(key) != value}


def _gone(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> dict[Any, Any]:
    if before is after:
        return {}
    return {key: value for key, value in before.items() if key not in after}


def write(connection: Connection, changes: Changes) -> None:
    """Carry the changes out, parents before children. `StateRefused` where an order's id stands for another order."""
    if changes.first:
        connection.execute(ACCOUNTS.insert(), changes.written.pop(ACCOUNTS))
    for table in (ACCOUNTS, GRIDS, LEVELS, LOTS, ORDERS):
        if rows := changes.deleted.get(table):
            connection.execute(_delete(table), rows)
        if rows := changes.written.get(table):
            upsert(connection, table, rows)


def upsert(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows, or update those that are there."""
    met = connection.execute(_upsert(table), rows).rowcount
    if table is ORDERS and met != len(rows):
        msg = "an order's client id stands for another order in the journal"
        raise StateRefused(msg)


@cache
def _delete(table: Table) -> Delete:
    return table.delete().where(and_(*(column == bindparam(column.name) for column in table.primary_key)))


@cache
def _upsert(table: Table) -> TextClause:
    """The same words on SQLite and PostgreSQL."""
    names = [column.name for column in table.c]
    keys = [column.name for column in table.primary_key]
    same = _IDENTITY if table is ORDERS else ()
    new = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in (*keys, *same))
    statement = (
        f"INSERT INTO {table.name} ({_listed(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608 - our own names
        f" ON CONFLICT ({_listed(keys)}) DO UPDATE SET {new}"
    )
    if same:
        statement += f" WHERE {' AND '.join(f'{table.name}.{name} = excluded.{name}' for name in same)}"
    typed = (bindparam(column.name, type_=column.type) for column in table.c)
    return text(statement).bindparams(*typed)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
