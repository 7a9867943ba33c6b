"""What Packgrid's database says, read from a copy while the process runs, and where the exchange says otherwise."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine

from storage import desk, ledger
from storage.rows import read_account
from storage.statements import Transaction
from storage.store import Store
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Entry, FillEntry, Movement, MovementKind, fold_all, fold_balances
from strategy.model.market import Asset, Side
from strategy.model.money import amount
from strategy.model.orders import BLOCK_SIZE, Order, OrderStatus, Purpose

ACCOUNT = "main"
Json = Mapping[str, Any]
"""The exchange's `/sim/state`, or one order of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The account, its ledger, and how many notices wait to be sent."""

    account: Account
    entries: Sequence[Entry]
    unsent: int

    @classmethod
    def read(cls, folder: Path, server: str | None = None) -> "Books":
        """As they are on the disk, or at a PostgreSQL server, now: consistent, while the process runs."""
        if server is not None:
            return cls._at_server(server)
        copy = folder / "look" / "copy.db"
        copy.parent.mkdir(exist_ok=True)
        there = f"file:{folder / 'packgrid.db'}?mode=ro"
        with closing(sqlite3.connect(there, uri=True)) as live, closing(sqlite3.connect(copy)) as made:
            live.backup(made)
        with closing(Store.open(f"sqlite:///{copy}", now=lambda: 0)) as store:
            account = store.load(ACCOUNT)
            assert account is not None
            return cls(account=account, entries=store.entries(ACCOUNT), unsent=len(store.unsent(1000)))

    @classmethod
    def _at_server(cls, address: str) -> "Books":
        engine = create_engine(address, poolclass=NullPool, isolation_level="REPEATABLE READ")
        with closing(engine.raw_connection()) as connection:
            transaction = Transaction(connection.cursor(), engine.dialect, failed=lambda _: None)
            account = read_account(transaction, ACCOUNT, ended_since=0)
            assert account is not None
            entries = ledger.entries(transaction, ACCOUNT, grid_id=None, since=None, limit=None, newest_first=False)
            return cls(account=account, entries=entries, unsent=len(desk.unsent(transaction, 1000)))

    @property
    def round_trips(self) -> int:
        """Of all grids."""
        return sum(grid.books.round_trips for grid in self.account.grids.values())

    @property
    def trade_numbers(self) -> set[str]:
        """Of our own fills: each must have been told."""
        return {str(one.fill.trade_id) for one in self._fills() if one.grid_id is not None}

    def unfinished(self) -> Iterator[str]:
        """What keeps the account from being quiet."""
        if self.unsent:
            yield f"{self.unsent} notices are not sent"
        for grid in self.account.grids.values():
            if grid.phase is not Phase.RUNNING:
                yield f"grid {grid.id} is {grid.phase}"
            yield from (f"level {one.id} of grid {grid.id} has no order" for one in _idle(grid))
            yield from (f"order {one.client_id} is {one.status}" for one in grid.orders.values() if not _is_clear(one))

    def differences_of_balances(self, state: Json) -> Iterator[str]:
        """The folds over the ledger against the exchange's balances and the grids' own checkpoints."""
        held: dict[Asset, Decimal] = {}
        for entry in self.entries:
            held = fold_balances(held, entry)
        there = {name: amount(one["available"]) + amount(one["locked"]) for name, one in state["balances"].items()}
        for asset in sorted({*held, *there}):
            ours, theirs = held.get(Asset(asset), Decimal(0)), there.get(asset, Decimal(0))
            if ours != theirs:
                yield f"{asset}: the books say {ours}, the exchange says {theirs}"
        for grid in self.account.grids.values():
            if fold_all(self.entries, grid.id) != grid.books:
                yield f"the books of grid {grid.id} are not the fold over its fills"
        unexplained = [one for one in self.entries if isinstance(one, Movement) and _is_unexplained(one)]
        yield from (f"unexplained: {one.amount} {one.asset}" for one in unexplained)

    def differences_of_fills(self, state: Json) -> Iterator[str]:
        """Every fill at the exchange is booked, and booked once."""
        booked = Counter(one.key for one in self._fills())
        there = {f"{fill['symbol']}:{fill['tradeId']}" for fill in state["fills"]}
        yield from (f"{key} is booked {times} times" for key, times in booked.items() if times > 1)
        yield from (f"{key} is not booked" for key in sorted(there - booked.keys()))
        yield from (f"{key} is booked and never happened" for key in sorted(booked.keys() - there))

    def differences_of_orders(self, state: Json, foreign: Sequence[str]) -> Iterator[str]:
        """One order a level, all of them wanted, all of them there; and nobody else's was touched."""
        resting = {order["clientId"]: order for order in state["orders"] if order["id"] not in foreign}
        live = {one.client_id: one for grid in self.account.grids.values() for one in grid.live}
        yield from (f"order {one} rests and no level wants it" for one in sorted(resting.keys() - live.keys()))
        yield from (f"order {one} should rest and does not" for one in sorted(live.keys() - resting.keys()))
        if len(resting) + len(foreign) != len(state["orders"]):
            yield "two orders rest under one client id"
        levels = Counter((one.grid_id, one.level) for one in live.values() if one.purpose is Purpose.LEVEL)
        yield from (f"level {level} of grid {grid} has {n} orders" for (grid, level), n in levels.items() if n > 1)
        for grid in self.account.grids.values():
            yield from _crossings(grid)
        untouched = {order["id"] for order in state["orders"] if order["executedQuantity"] == "0"}
        yield from (f"the foreign order {one} was touched" for one in foreign if one not in untouched)
        mine = [one for one in resting if one is None or one // BLOCK_SIZE != self.account.block]
        yield from (f"order {one} has an id that is not ours" for one in mine)

    def _fills(self) -> list[FillEntry]:
        return [one for one in self.entries if isinstance(one, FillEntry)]


def _idle(grid: Grid) -> list[Any]:
    running = grid.phase is Phase.RUNNING
    return [level for level in grid.levels.values() if running and level.order is None and level.wait is None]


def _is_clear(order: Order) -> bool:
    if not order.status.is_live:
        return order.is_settled
    return order.status is OrderStatus.OPEN and order.unknown_since is None


def _is_unexplained(movement: Movement) -> bool:
    return movement.kind is MovementKind.UNEXPLAINED


def _crossings(grid: Grid) -> Iterator[str]:
    buys = [one.price for one in grid.live if one.side is Side.BUY]
    sells = [one.price for one in grid.live if one.side is Side.SELL]
    if buys and sells and max(buys) >= min(sells):
        yield f"grid {grid.id} buys at {max(buys)} and sells at {min(sells)}"
