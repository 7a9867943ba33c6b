"""What Packgrid's database says, read from a copy while the process runs, and where the exchange says otherwise."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine

from storage import desk, ledger
from storage.rows import read_account
from storage.store import Store
from strategy.model.account import Account
from strategy.model.grid import Phase
from strategy.model.ledger import Entry, FillEntry, Movement, MovementKind
from strategy.model.market import Asset
from strategy.model.money import amount
from strategy.model.orders import ClientId
from tests.promises import books, orders, whole
from tests.promises.whole import Excuses

ACCOUNT = "main"
Json = Mapping[str, Any]
"""The exchange's `/sim/state`, or one order of it."""
ANY_REASON = Excuses(lacks=lambda _, level: level.wait is not None)


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
        with engine.connect() as connection:
            account = read_account(connection, ACCOUNT, ended_since=0)
            assert account is not None
            entries = ledger.entries(connection, ACCOUNT, grid_id=None, since=None, limit=None, newest_first=False)
            return cls(account=account, entries=entries, unsent=len(desk.unsent(connection, 1000)))

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
        yield from map(str, whole.nothing_unclear(self.account))
        for grid in self.account.grids.values():
            if grid.phase is not Phase.RUNNING:
                yield f"grid {grid.id} is {grid.phase}"
            else:
                yield from map(str, whole.a_full_set(grid, ANY_REASON))

    def differences_of_balances(self, state: Json) -> Iterator[str]:
        """The ledger from zero against the account's and the grids' own checkpoints, and against the exchange."""
        balances = state["balances"].items()
        there = {Asset(name): amount(has["available"]) + amount(has["locked"]) for name, has in balances}
        yield from map(str, books.folds_equal_the_checkpoint(self.entries, self.account))
        yield from map(str, books.books_equal_the_exchange(self.account, there))
        unexplained = [one for one in self.entries if isinstance(one, Movement) and _is_unexplained(one)]
        yield from (f"unexplained: {one.amount} {one.asset}" for one in unexplained)

    def differences_of_fills(self, state: Json) -> Iterator[str]:
        """Every fill at the exchange is booked, and booked once."""
        there = [(f"{fill['symbol']}:{fill['tradeId']}", fill["orderId"]) for fill in state["fills"]]
        yield from map(str, books.every_fill_booked_once(self.entries, there))

    def differences_of_orders(self, state: Json, foreign: Sequence[str]) -> Iterator[str]:
        """One order a level, all of them wanted, all of them there; and nobody else's was touched."""
        resting = [int(order["clientId"] or 0) for order in state["orders"] if order["id"] not in foreign]
        live = [order for grid in self.account.grids.values() for order in grid.live]
        yield from map(str, whole.what_is_live_rests(self.account, resting))
        yield from map(str, orders.ids_used_once([], resting))
        yield from map(str, orders.one_order_a_level(live))
        yield from map(str, orders.no_own_crossing(live))
        untouched = {order["id"] for order in state["orders"] if order["executedQuantity"] == "0"}
        yield from (f"the foreign order {one} was touched" for one in foreign if one not in untouched)
        others = [one for one in resting if not self.account.is_ours(ClientId(one))]
        yield from (f"order {one} has an id that is not ours" for one in others)

    def _fills(self) -> list[FillEntry]:
        return [one for one in self.entries if isinstance(one, FillEntry)]


def _is_unexplained(movement: Movement) -> bool:
    return movement.kind is MovementKind.UNEXPLAINED
