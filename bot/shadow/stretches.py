"""What the grids did by themselves: stretches of time in which nobody changed them, out of what was recorded.

Each begins on a full minute with a grid as it stood then, and ends where its owner, a limit or the end of its time
changed what it is. Fills, when its orders were on their way, refused or resting, and when the program was down are
noted along the way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from strategy.draft import Step
from strategy.messages.events import Event, OrderRefused
from strategy.model.account import Account
from strategy.model.durations import MINUTE
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import FillEntry
from strategy.model.orders import ClientId, GridId, LevelId, OrderStatus

Span = tuple[int, int]
"""From when, until when, in ms."""


@dataclass(slots=True, kw_only=True)
class Stretch:
    """One grid, left to itself."""

    account: Account
    """As it was when the stretch began; likewise the grid."""
    grid: Grid
    begins: int
    ends: int
    last: Grid
    """The grid at the end."""
    fills: list[FillEntry] = field(default_factory=list)
    rested: dict[ClientId, tuple[LevelId | None, int]] = field(default_factory=dict)
    """The orders that rest now: whose they are, and since when."""
    rests: dict[LevelId | None, list[Span]] = field(default_factory=dict)
    """When each level had an order at the exchange."""
    sent: dict[ClientId, tuple[LevelId | None, int]] = field(default_factory=dict)
    """The orders that are on their way now."""
    ways: dict[LevelId | None, list[Span]] = field(default_factory=dict)
    """From when until when an order of each level was on its way."""
    refusals: dict[LevelId | None, list[int]] = field(default_factory=dict)
    """When one was refused."""
    downs: Sequence[Span] = ()
    """When the program was down, or the exchange out of reach."""

    def note(self, grid: Grid, at: int) -> None:
        """The grid has changed: which orders rest now."""
        self.last, self.ends = grid, max(self.ends, at)
        resting = {one.client_id: one.level for one in grid.live if one.status is not OrderStatus.INTENDED}
        for client_id in self.rested.keys() - resting.keys():
            level, since = self.rested.pop(client_id)
            self.rests.setdefault(level, []).append((since, at))
        for client_id in resting.keys() - self.rested.keys():
            self.rested[client_id] = resting[client_id], at
        sent = {one.client_id: one for one in grid.live if one.status is OrderStatus.INTENDED}
        for client_id in self.sent.keys() - sent.keys():
            level, since = self.sent.pop(client_id)
            self.ways.setdefault(level, []).append((since, at))
        for client_id in sent.keys() - self.sent.keys():
            self.sent[client_id] = sent[client_id].level, sent[client_id].intended_at

    def close(self, at: int) -> None:
        """It ends here."""
        self.ends = max(self.ends, at)
        for found, spans in ((self.rested, self.rests), (self.sent, self.ways)):
            for level, since in found.values():
                spans.setdefault(level, []).append((since, self.ends))
            found.clear()


@dataclass(slots=True)
class Follower:
    """Goes along with a replay, and notes."""

    done: list[Stretch] = field(default_factory=list)
    _open: dict[GridId, Stretch] = field(default_factory=dict)
    _wanted: dict[GridId, int] = field(default_factory=dict)
    """From which full minute on a stretch of these begins."""
    _known: dict[GridId, Grid] = field(default_factory=dict)
    _downs: list[Span] = field(default_factory=list)
    _gone_since: int | None = None
    _at: int = 0

    def stood(self, account: Account, at: int, *, is_start: bool) -> None:
        """A recorded state: the first one, or one with which a process began."""
        if is_start and self._at:
            self._gone_since = self._gone_since or self._at
        self._grids(account, at)

    def seen(self, before: Account, event: Event, done: Step) -> None:
        """One event, and what came of it."""
        self._at = max(self._at, event.at)
        account = done.account
        is_away = not account.ready or account.interruption is not None
        if is_away and self._gone_since is None:
            self._gone_since = event.at
        elif not is_away and self._gone_since is not None:
            self._downs.append((self._gone_since, event.at))
            self._gone_since = None
        for grid_id, minute in list(self._wanted.items()):
            if event.at >= minute and grid_id in before.grids:
                del self._wanted[grid_id]
                grid = before.grids[grid_id]
                self._open[grid_id] = Stretch(account=before, grid=grid, begins=minute, ends=minute, last=grid)
                self._open[grid_id].note(grid, minute)
        if isinstance(event, OrderRefused):
            self._refused(before, event)
        for entry in done.entries:
            if isinstance(entry, FillEntry) and entry.grid_id in self._open:
                self._open[entry.grid_id].fills.append(entry)
        self._grids(account, event.at)

    def _refused(self, before: Account, event: OrderRefused) -> None:
        for grid_id, stretch in self._open.items():
            order = before.grids[grid_id].orders.get(event.client_id)
            if order is not None:
                stretch.refusals.setdefault(order.level, []).append(event.at)

    def end(self) -> list[Stretch]:
        """All of them, the earliest first."""
        for grid_id in list(self._open):
            self._close(grid_id, self._at)
        if self._gone_since is not None:
            self._downs.append((self._gone_since, self._at))
        for one in self.done:
            one.downs = [span for span in self._downs if span[0] < one.ends and span[1] > one.begins]
        return sorted(self.done, key=lambda one: (one.begins, one.grid.id))

    def _grids(self, account: Account, at: int) -> None:
        for grid in account.grids.values():
            known = self._known.get(grid.id)
            if known is grid:
                continue
            self._known[grid.id] = grid
            if known is None or not _is_left_alone(known, grid):
                self._close(grid.id, at)
                if grid.phase is Phase.RUNNING:
                    self._wanted[grid.id] = -(-at // MINUTE) * MINUTE
            elif grid.id in self._open:
                self._open[grid.id].note(grid, at)

    def _close(self, grid_id: GridId, at: int) -> None:
        self._wanted.pop(grid_id, None)
        stretch = self._open.pop(grid_id, None)
        if stretch is not None:
            stretch.close(at)
            self.done.append(stretch)


def _is_left_alone(before: Grid, after: Grid) -> bool:
    """Whether it is the same grid doing the same."""
    return before.phase is after.phase and before.spec.version == after.spec.version and before.buys == after.buys
