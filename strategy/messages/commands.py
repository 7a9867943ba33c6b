"""What the owner asks of an account: commands, each carried out whole or refused with a problem."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from strategy.messages.doubts import ConfirmLive, SettleLeft, SettleMissing
from strategy.messages.points import SetVolumeGoal
from strategy.model.limits import Bounds
from strategy.model.market import Asset
from strategy.model.orders import GridId
from strategy.model.shown import Shown, Withdrawn
from strategy.model.spec import GridSpec
from strategy.model.stops import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class StartGrid:
    """Command: open a grid. Refused where it would not be what was shown any more."""

    at: int
    spec: GridSpec
    shown: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopGrid:
    """Command: cancel the grid's orders for good; sell its coins if asked."""

    at: int
    grid_id: GridId
    sell: bool = False
    way: Way = Way.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseGrid:
    """Command: take the grid's orders off the book and place none, until resumed; or the buys alone."""

    at: int
    grid_id: GridId
    buying_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeGrid:
    """Command: trade on after a pause or a stop that kept the coins. None: all that the daily loss stopped."""

    at: int
    grid_id: GridId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneGrid:
    """Command: another spec of the same shape. Refused where more orders would go for it than was shown."""

    at: int
    grid_id: GridId
    spec: GridSpec
    shown: Withdrawn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panic:
    """Command: cancel everything of ours, at once, and leave all grids stopped."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimits:
    """Command: other limits for all grids together. Refused where those in force are not the ones that were shown."""

    at: int
    bounds: Bounds
    shown: Bounds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLending:
    """Command: from now on lent funds count as there, and orders take back what they need; or no more."""

    at: int
    use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleStrangers:
    """Command: what to do about the orders of `StrangersFound`. A new id block is taken either way."""

    at: int
    cancel: bool
    """Those that are not adopted; else they are left alone."""
    adopt: bool = False
    """Whether an order that is exactly what one level asks for becomes that level's order."""
    block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookDifference:
    """Command: book what nothing explains, if the balances still differ from the books by exactly these amounts."""

    at: int
    amounts: Mapping[Asset, Decimal]


Command = (
    StartGrid
    | StopGrid
    | PauseGrid
    | ResumeGrid
    | TuneGrid
    | Panic
    | SetVolumeGoal
    | SetLending
    | SetLimits
    | SettleStrangers
    | SettleLeft
    | SettleMissing
    | ConfirmLive
    | BookDifference
)
