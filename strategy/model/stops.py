"""Why a grid stops, how its coins are sold then, and how far that has come. Values only."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class StopReason(StrEnum):
    """Why a grid stops or is paused."""

    OWNER = "owner"
    PANIC = "panic"
    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    MAX_LOSS = "max_loss"
    MAX_DRAWDOWN = "max_drawdown"
    """Its own; `DRAWDOWN` is that of all grids together."""
    DAILY_LOSS = "daily_loss"
    DRAWDOWN = "drawdown"
    END_DATE = "end_date"
    TRAILING = "trailing"


class Way(StrEnum):
    """How a stop sells the coins of its grid."""

    NOW = "now"
    """As taker, in slices."""
    SLOWLY = "slowly"
    """As maker beside the best ask, in slices, following it down: never across the book."""
    BREAK_EVEN = "break_even"
    """As maker, nowhere below what the coins cost, fees included: that may take for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailed:
    """What a trailing take-profit is held against: the coins that the ladder itself would have sold by its peak."""

    peak: Decimal
    coins: Decimal
    """Of the levels whose selling price the peak has passed."""
    ladder: Decimal
    """Quote that they would have brought there, after fees."""
    sale: Decimal
    """What they bring at the bid at which it stopped, after fees; once they are sold, what they have brought."""
    held: Decimal
    """All coins of the grid then."""
    cash: Decimal
    """What its books had taken in then, in quote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop under way or done. Each step follows from the state, so that a crash changes nothing."""

    reason: StopReason
    sell: bool
    at: int
    paused: bool = False
    """Whether its owner had paused the grid: it is paused again where it goes on without a word of his."""
    orders: int = 0
    """How many live orders there were when it began."""
    cancelled: int = 0
    """How many of them the exchange has said to be cancelled; the others had traded, or were never there."""
    judged: bool = False
    """The limit was looked at again right before the sale, and was still reached: from here on it is sold."""
    way: Way = Way.NOW
    """How the coins are sold, where they are."""
    before: Decimal | None = None
    """What stop sales had brought, in quote, when this one began to rest; None while anything else may trade."""
    over: int | None = None
    """When it was done, and what had been set aside was free: a sale may last for weeks. None before that, and where it
    was done before this was written down.
    """
    trailed: Trailed | None = None
    """Where a trailing take-profit began it."""

    @property
    def rests(self) -> bool:
        """Whether its sale is an order that rests, so that it may last."""
        return self.sell and self.way is not Way.NOW

    @property
    def takes(self) -> bool:
        """Whether it sells to whoever bids, and was certain of it: its coins are to go now."""
        return self.sell and self.judged and self.way is Way.NOW
