"""A grid's twin on paper, on the prices that this program saw: what is asked, and what it came to. Values only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.owner.backtests import NotPlayed
from bot.owner.books import ended_at
from bot.owner.comparisons import Compared, Lived, Trade, part_of
from bot.owner.shadows import Progress
from strategy.account.risk import last_price
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.orders import GridId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTwin:
    """Which grid, and what its twin is set beside."""

    grid_id: GridId
    until: int
    """Its end, or now, ms."""
    price: Decimal
    """By which the coins of both are valued."""
    trades: tuple[Trade, ...]
    """Those of the grid itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """What came of it on paper. Money in quote, times in ms."""

    since: int
    """From when on it is on paper: what it was before is the running grid's own."""
    from_start: bool
    """Whether that is the grid's start: else what is recorded begins later."""
    total: Decimal
    grid_profit: Decimal
    stop_sales: Decimal
    floating: Decimal
    fees: Decimal
    round_trips: int
    trades: int
    takers: int
    """Of them."""
    both: int
    """Trades of a level that both have, at about the same time."""
    lived_only: int
    paper_only: int
    later: int
    """How much later the running grid traded what both have, in the middle; negative where earlier."""
    prices: int
    """That it was walked through."""
    unseen: int
    """For how long no price was seen: the program was down, or the exchange out of reach."""
    phase: Phase

    @property
    def taken(self) -> Decimal:
        """The part of its trades that took."""
        return part_of(self.takers, self.trades)


class NoTwin(StrEnum):
    """Why there is none."""

    EMPTY = "empty"
    """Nothing is recorded of the time in which the grid traded."""
    REFUSED = "refused"
    """On paper it could not be opened."""
    SLOW = "slow"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What stands beside each other: a grid, its backtest, its twin."""

    lived: Lived
    played: Compared | NotPlayed
    paper: Twin | NoTwin | None = None
    """None where it is not known yet, or where none is walked: a grid of paper mode is on paper itself."""
    is_under_way: bool = False
    """Whether the twin is being walked, and will follow."""


TwinOf = Callable[[AskedTwin, Progress], Awaitable[Twin | NoTwin]]
"""Has a grid's twin walked through what was recorded, in a process of its own."""


def twin_asked(account: Account, grid: Grid, lived: Lived, now: int) -> AskedTwin:
    """The twin of a grid as it stands now."""
    return AskedTwin(
        grid_id=grid.id,
        until=ended_at(grid, now),
        price=last_price(account, grid),
        trades=lived.trades,
    )
