"""The step under way: what it has decided so far. The only mutable thing in the core; it lives for one step."""

from dataclasses import dataclass, field, replace
from typing import Any

from strategy.messages.events import Action
from strategy.messages.notices import Notice
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.grid import Grid, Level
from strategy.model.ledger import Entry, Standing, fold_balances
from strategy.model.market import Touch
from strategy.model.orders import BLOCK_SIZE, ClientId, GridId, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows from an event: the new state, what to do, what to tell, what the ledger gains."""

    account: Account
    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    entries: tuple[Entry, ...] = ()
    problem: Problem | None = None
    """Why a command was refused; then nothing else has changed."""


@dataclass(slots=True)
class Draft:
    """An account being changed by one event at one time."""

    account: Account
    at: int
    actions: list[Action] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    problem: Problem | None = None

    def finish(self) -> Step:
        """What follows from the event."""
        return Step(
            account=self.account,
            actions=tuple(self.actions),
            notices=tuple(self.notices),
            entries=tuple(self.entries),
            problem=self.problem,
        )

    def set(self, **changes: Any) -> None:
        """Change fields of the account."""
        self.account = replace(self.account, **changes)

    def grid(self, grid_id: GridId) -> Grid:
        """A grid as it stands now in this step."""
        return self.account.grids[grid_id]

    def put(self, grid: Grid) -> Grid:
        """Put a changed grid back into the account."""
        self.account = replace(self.account, grids={**self.account.grids, grid.id: grid})
        return grid

    def change(self, grid: Grid, **changes: Any) -> Grid:
        """Change fields of a grid."""
        return self.put(replace(grid, **changes))

    def put_level(self, grid: Grid, level: Level) -> Grid:
        """Put a changed level back into its grid."""
        return self.change(grid, levels={**grid.levels, level.id: level})

    def put_order(self, grid: Grid, order: Order) -> Grid:
        """Put a new or changed order into its grid."""
        return self.change(grid, orders={**grid.orders, order.client_id: order})

    def next_id(self) -> ClientId:
        """A client id that was never used before: the counter is written down with the intent."""
        offset = self.account.next_id
        assert offset < BLOCK_SIZE, "the block of client ids is used up"
        self.set(next_id=offset + 1)
        return ClientId(self.account.block * BLOCK_SIZE + offset)

    def book(self, entry: Entry) -> None:
        """An entry into the ledger, and into what the account should hold."""
        self.entries.append(entry)
        self.set(expected=fold_balances(self.account.expected, entry))

    def touch(self, grid: Grid) -> Touch | None:
        """The last prices of the grid's market."""
        return self.account.touches.get(grid.spec.symbol)


def standing(account: Account, grid: Grid) -> Standing:
    """Where a grid stands, its coins valued at the last bid (at its start price while none is known)."""
    touch = account.touches.get(grid.spec.symbol)
    price = touch.bid if touch else account.marks.get(grid.spec.symbol, grid.start_price)
    total = grid.total(price)
    began = account.day.start.get(grid.id) if account.day else None
    return Standing(
        today=total - (began or 0),
        total=total,
        grid_profit=grid.books.grid_profit,
        floating=grid.floating(price),
        fees=grid.books.fees_value,
        round_trips=grid.books.round_trips,
        coins=grid.coins,
        price=price,
        money=grid.money,
        stop_sales=grid.books.stop_sales,
        fees_apart=grid.books.fees_apart,
    )
