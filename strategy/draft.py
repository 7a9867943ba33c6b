"""The step under way, what it has decided so far: the only mutable thing in the core. It lives for a step or a run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from strategy.messages.events import Action
from strategy.messages.notices import Notice
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Entry, Flow, Standing, fold_balances
from strategy.model.levels import Level, Lot
from strategy.model.limits import Hit
from strategy.model.market import Touch
from strategy.model.orders import BLOCK_SIZE, ClientId, GridId, LevelId, Order
from strategy.model.values import copy_of, put

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows from an event: the new state, what to do, what to tell, what the ledger gains."""

    account: Account
    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    entries: tuple[Entry, ...] = ()
    problem: Problem | None = None
    """Why a command was refused; then nothing else has changed."""


class Was(NamedTuple):
    """What is told of a grid when it changes, as it was before this step."""

    phase: Phase
    is_frozen: bool
    """Whether a level waited for coins."""
    has_orders: bool
    """Whether one of its orders might trade."""
    has_stopped_buying: bool = False
    """Whether its owner had paused buying and no buy might trade any more."""


Mark = tuple[int, int, int, int]
"""How long the lists of a draft were."""


@dataclass(slots=True)
class Draft:
    """An account being changed by one event at one time, or by one after the other.

    What is changed first is copied first, once: the account that was given stays as it was. The copies are the draft's
    own and are changed in place; a journal says what was there before, for whoever has to go back.
    """

    account: Account
    at: int
    actions: list[Action] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    problem: Problem | None = None
    was: dict[GridId, Was | None] = field(default_factory=dict)
    """The grids that this event has changed; None for those that it opened."""
    held: dict[str, Hit] = field(default_factory=dict)
    """The limits of the account for which an order had to wait in this event."""
    _journal: list[tuple[object, Any, object]] = field(default_factory=list)
    """What this event has changed, the last thing last: a value and its field, or a dictionary and its key, and what
    was there.
    """
    _mine: Account | None = None
    """The account, once it is this draft's own."""
    _own: dict[GridId, Grid] = field(default_factory=dict)
    """The grids that are."""

    def begin(self, at: int) -> None:
        """The next event."""
        self.at, self.problem = at, None
        self.actions.clear()
        self.notices.clear()
        self.entries.clear()
        self.was.clear()
        self.held.clear()
        self._journal.clear()

    def finish(self) -> Step:
        """What follows from the event. The draft is over."""
        return Step(
            account=self.account,
            actions=tuple(self.actions),
            notices=tuple(self.notices),
            entries=tuple(self.entries),
            problem=self.problem,
        )

    def mark(self) -> Mark:
        """Where things stand, to go back to."""
        return len(self._journal), len(self.actions), len(self.notices), len(self.entries)

    def undo(self, mark: Mark) -> None:
        """Go back: nothing that was decided since then has been."""
        changes, actions, notices, entries = mark
        del self.actions[actions:], self.notices[notices:], self.entries[entries:]
        while len(self._journal) > changes:
            target, key, old = self._journal.pop()
            if not isinstance(target, dict):
                put(target, key, old)
            elif old is _ABSENT:
                del target[key]
            else:
                target[key] = old
        for grid in self.account.grids.values():  # what was derived went along with the changes: it is counted anew
            put(grid, "known", None)

    def set(self, **changes: Any) -> None:
        """Change fields of the account."""
        account = self._owned_account()
        for name, value in changes.items():
            self._put(account, name, value)

    def grid(self, grid_id: GridId) -> Grid:
        """A grid as it stands now in this step."""
        return self.account.grids[grid_id]

    def put(self, grid: Grid) -> Grid:
        """Put a new grid, or one that was changed elsewhere, into the account."""
        known = self.account.grids.get(grid.id)
        if known is not grid:
            if grid.id not in self.was:
                self._remember(grid.id, known)
            self._keep(grid)
        return grid

    def change(self, grid: Grid, **changes: Any) -> Grid:
        """Change fields of a grid. What is derived from its levels, lots and orders is counted anew where one of
        these is changed as a whole: for single ones there are calls of their own.
        """
        grid = self._owned(grid)
        for name, value in changes.items():
            self._put(grid, name, value)
        if not _DERIVED_FROM.isdisjoint(changes):
            put(grid, "known", None)
        elif grid.known is not None:
            grid.known.disturb()
        return grid

    def put_level(self, grid: Grid, level: Level) -> Grid:
        """Put a changed level back into its grid."""
        grid = self._owned(grid)
        kept, old = grid.derived, grid.levels[level.id]  # derived first: from what is there before the change
        self._set(_open(grid.levels), level.id, level)
        kept.level(old, level)
        return grid

    def put_order(self, grid: Grid, order: Order) -> Grid:
        """Put a new or changed order into its grid."""
        grid = self._owned(grid)
        kept, old = grid.derived, grid.orders.get(order.client_id)
        self._set(_open(grid.orders), order.client_id, order)
        kept.order(old, order, grid.levels.get(order.level) if order.level is not None else None)
        return grid

    def put_lots(self, grid: Grid, lots: Mapping[LevelId, Lot | None]) -> Grid:
        """Put changed lots into a grid; None for one that is gone."""
        grid = self._owned(grid)
        kept, held = grid.derived, _open(grid.lots)
        for key, lot in lots.items():
            kept.lot(held.get(key), lot)
            if lot is not None:
                self._set(held, key, lot)
            else:
                self._journal.append((held, key, held.pop(key)))
        return grid

    def forget(self, grid: Grid, orders: Iterable[Order]) -> Grid:
        """Drop orders that are over from memory."""
        grid = self._owned(grid)
        kept, held = grid.derived, _open(grid.orders)
        for order in orders:
            self._journal.append((held, order.client_id, held.pop(order.client_id)))
            kept.forget(order)
        return grid

    def next_id(self) -> ClientId:
        """A client id that was never used before: the counter is written down with the intent."""
        offset = self.account.next_id
        assert offset < BLOCK_SIZE, "the block of client ids is used up"
        self.set(next_id=offset + 1)
        return ClientId(self.account.block * BLOCK_SIZE + offset)

    def book(self, entry: Entry, flow: Flow | None = None) -> None:
        """An entry into the ledger, and into what the account should hold. `flow` is the fill's, if it is known."""
        self.entries.append(entry)
        self.set(expected=fold_balances(self.account.expected, entry, flow))

    def touch(self, grid: Grid) -> Touch | None:
        """The last prices of the grid's market."""
        return self.account.touches.get(grid.spec.symbol)

    def _owned_account(self) -> Account:
        if self._mine is not self.account:
            self._mine = copy_of(self.account)
            put(self._mine, "grids", dict(self.account.grids))
            self._journal.append((self, "account", self.account))
            self.account = self._mine
        return self.account

    def _keep(self, grid: Grid) -> None:
        self._set(_open(self._owned_account().grids), grid.id, grid)

    def _owned(self, grid: Grid) -> Grid:
        """This grid if it is the draft's own, or else a copy that is, which takes over what was derived."""
        if grid.id not in self.was:
            self._remember(grid.id, self.account.grids.get(grid.id))
        if self._own.get(grid.id) is grid:
            return grid
        own = copy_of(grid)
        for name in ("levels", "lots", "orders"):
            put(own, name, dict(getattr(grid, name)))
        kept = grid.known
        if kept is not None and kept.owner is grid:
            kept.owner = own
        else:
            put(own, "known", None)
        self._own[grid.id] = own
        self._keep(own)
        return own

    def _put(self, value: object, name: str, one: object) -> None:
        self._journal.append((value, name, getattr(value, name)))
        put(value, name, one)

    def _set(self, values: dict[K, V], key: K, value: V) -> None:
        self._journal.append((values, key, values.get(key, _ABSENT)))
        values[key] = value

    def _remember(self, grid_id: GridId, grid: Grid | None) -> None:
        self.was[grid_id] = _was(grid) if grid is not None else None


def _was(grid: Grid) -> Was:
    return Was(grid.phase, bool(grid.derived.frozen), bool(grid.derived.live), grid.has_stopped_buying)


_ABSENT = object()
_DERIVED_FROM = frozenset({"levels", "lots", "orders", "market", "spec", "money"})


def _open(values: Mapping[K, V]) -> dict[K, V]:
    """The dictionary behind a mapping of the draft's own."""
    assert isinstance(values, dict)
    return values


def standing(account: Account, grid: Grid) -> Standing:
    """Where a grid stands, its coins valued at the last bid (at its start price while none is known)."""
    touch = account.touches.get(grid.spec.symbol)
    price = touch.bid if touch else account.marks.get(grid.spec.symbol, grid.start_price)
    floating = grid.floating(price)
    total = grid.books.realised + floating
    began = account.day.start.get(grid.id) if account.day else None
    return Standing(
        today=total - (began or 0),
        total=total,
        grid_profit=grid.books.grid_profit,
        floating=floating,
        fees=grid.books.fees_value,
        round_trips=grid.books.round_trips,
        coins=grid.coins,
        price=price,
        money=grid.money,
        stop_sales=grid.books.stop_sales,
        fees_apart=grid.books.fees_apart,
    )
