"""What the owner is told: data for a person, never text. Each notice is written down with what it tells."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from strategy.messages.by_hand import (
    CoinsMissing,
    OrderResurfaced,
    RowsUnread,
    RulesChanged,
    StrangersSettled,
    StrayCancelled,
)
from strategy.messages.doubts import FillsMissing, HoldOver, LiveUnconfirmed, OrdersLeft
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.exits import BuyingPaused, EndDate, OpensAgain, SaleRests, StopRose, TrailBegun
from strategy.messages.fees import FeesChanged
from strategy.messages.gates import Begun, FallOver, FallPaused
from strategy.messages.machine import BackupFailed, ClockOff, ShadowDiffers, Slept, Unwatched
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.messages.reports import CameBack, Report
from strategy.messages.risk import HeldBack, OpeningPaused
from strategy.messages.shifts import Kept, ShiftBegun, ShiftDone, ShiftKept
from strategy.messages.widths import WidthChanged
from strategy.model.grid import Phase
from strategy.model.ledger import MovementKind, Standing
from strategy.model.levels import Wait
from strategy.model.market import Asset, BookState, Side, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId, LevelId, Purpose
from strategy.model.stops import StopReason, Trailed


class Lane(StrEnum):
    """Danger overtakes news; within a lane the order is kept."""

    DANGER = "danger"
    NEWS = "news"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsBought:
    """The coins for the levels above the price are there; told by itself where no fill of this step brought them."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    coins: Decimal
    cost: Decimal
    kind: Literal["seeds_bought"] = "seeds_bought"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillTold:
    """A fill of ours. Bursts are merged when they are sent, not here."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    level: LevelId | None
    purpose: Purpose
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: Asset
    trade: str
    """The fill's key: the same in a message that had to be sent twice."""
    trip_profit: Decimal | None
    """Of the round trip that this fill completed, after its fees, in quote."""
    trip_fees: Decimal | None
    standing: Standing
    seeds: SeedsBought | None = None
    """Where this fill was the last of the first coins: one thing, told in one message."""
    kept: Decimal = ZERO
    """Coins of the round trip that were kept, where its profit is."""
    kind: Literal["fill"] = "fill"


@dataclass(frozen=True, slots=True, kw_only=True)
class TripClosed:
    """A round trip that ended without a fill: its order is over, and what is left is too little to sell."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    level: LevelId
    profit: Decimal
    """Of what was sold, after fees, in quote."""
    fees: Decimal
    standing: Standing
    kind: Literal["trip_closed"] = "trip_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridOpened:
    """A grid was created and its orders are on their way."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    levels: int
    seeds: int
    money: Decimal
    phase: Phase
    kind: Literal["grid_opened"] = "grid_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged:
    """A grid is paused (no order of it rests any more) or resumed, or a waiting grid has begun."""

    at: int
    grid_id: GridId
    symbol: Symbol
    phase: Phase
    begun: Begun | None = None
    kind: Literal["phase_changed"] = "phase_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached:
    """A limit stopped a grid, or all of them, with the figures that caused it."""

    at: int
    reason: StopReason
    grid_id: GridId | None
    """None: a loss of all grids together, which are stopped."""
    symbol: Symbol | None
    unit: Asset
    value: Decimal
    """The bid for a price trigger, else the loss as a negative amount."""
    threshold: Decimal
    prices: tuple[tuple[Asset, Decimal], ...] = ()
    """Other quotes that are in a loss in USDC, and the price of each at which they were counted."""
    grids: int
    orders: int
    """Live orders that are being cancelled."""
    coins: Decimal
    base: Asset | None
    least: Decimal = Decimal(0)
    """The smallest order of the market: fewer coins can be sold by nobody."""
    sell: bool
    again: int | None = None
    """Hours after the end of the stop from which on it may open again."""
    trailed: Trailed | None = None
    standings: tuple[tuple[Asset, Standing], ...] = ()
    """The grids whose loss it is, each with its quote: the loss is shown in the parts that every screen shows."""
    kind: Literal["limit_reached"] = "limit_reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridEnded:
    """A stop is complete: no order of the grid is left, and it is flat if it was to sell."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    reason: StopReason
    sold: bool
    cancelled: int
    standing: Standing
    missing: Decimal = Decimal(0)
    """Coins that it holds by the books and that are not on the account: sold by hand, or withdrawn."""
    released: Decimal = Decimal(0)
    """Coins that were too few to sell: they stay on the account and are the grid's no more."""
    least: Decimal = Decimal(0)
    """The smallest order of the market."""
    again_at: int | None = None
    """From when on it may open again by itself."""
    trailed: Trailed | None = None
    """What a trailing take-profit has brought, where coins were sold by it."""
    kind: Literal["grid_ended"] = "grid_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeLeft:
    """The price went out of the grid's range, or came back into it."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    price: Decimal
    """The ask for whoever would buy where it is below the range, else the bid: a price on the tick."""
    lower: Decimal
    upper: Decimal
    back: bool
    base: Asset | None = None
    coins: Decimal = Decimal(0)
    """What the grid holds then, residue included."""
    whole: bool = True
    """Whether that is all that can be: every level has bought, or the grid has traded and all that can be is sold."""
    follows: bool = False
    """Whether its ladder may follow the price to where it went."""
    held: tuple[Kept, ...] = ()
    """Why it has not, where that was told already."""
    kind: Literal["range_left"] = "range_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelJumped:
    """The market jumped over a level without an order; it joins the touch at a better price than its own."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    level: LevelId
    side: Side
    own_price: Decimal
    price: Decimal
    kind: Literal["level_jumped"] = "level_jumped"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelWaits:
    """A level can't have its order for a reason that the owner should know (money, limbo, refused)."""

    at: int
    grid_id: GridId
    symbol: Symbol
    level: LevelId | None
    wait: Wait
    text: str
    lent: bool = False
    """For want of money, although what is lent may pay for it."""
    kind: Literal["level_waits"] = "level_waits"


ORDERS = "orders"
"""The cause of a trouble in which every order is refused."""
UNSENT = "unsent"
"""That of one in which none gets through, or none is answered, although the exchange can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The exchange can't be traded on, or can again (`over`)."""

    at: int
    cause: str
    text: str
    over: bool
    lasted: int
    """Milliseconds, when it is over."""
    kind: Literal["trouble"] = "trouble"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRestricted:
    """A market in use is closed or takes only some orders, or is traded as usual again (`state` is None).

    Or, `blind`, it has no price, or one again: then `lasted` is not zero.
    """

    at: int
    symbol: Symbol
    state: BookState | None
    lasted: int
    """Milliseconds, when it is over."""
    blind: bool = False
    kind: Literal["market_restricted"] = "market_restricted"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridParked:
    """Something that must never be was found in a grid: it places nothing until the owner decides."""

    at: int
    grid_id: GridId
    symbol: Symbol
    text: str
    kind: Literal["grid_parked"] = "grid_parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersTold:
    """Orders or fills with ids of our own block that the journal does not know. Nothing is traded until settled."""

    at: int
    orders: int
    fills: int
    kind: Literal["strangers"] = "strangers"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoLendFound:
    """The account lends idle funds by itself: they are hidden from trading until the owner switches it off."""

    at: int
    kind: Literal["auto_lend"] = "auto_lend"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementSeen:
    """A deposit, a withdrawal, or a difference that nothing explains."""

    at: int
    movement: MovementKind
    asset: Asset
    amount: Decimal
    fee: bool = False
    """Whether it is what a withdrawal cost on top."""
    kind: Literal["movement"] = "movement"


Notice = (
    FillTold
    | TripClosed
    | GridOpened
    | SeedsBought
    | PhaseChanged
    | LimitReached
    | GridEnded
    | RangeLeft
    | LevelJumped
    | LevelWaits
    | Trouble
    | MarketRestricted
    | FeesChanged
    | PointsWeekOver
    | GoalReached
    | BudgetSpent
    | GridParked
    | StrangersTold
    | StrangersSettled
    | CoinsMissing
    | OrderResurfaced
    | RulesChanged
    | RowsUnread
    | StrayCancelled
    | FallPaused
    | FallOver
    | OrdersLeft
    | FillsMissing
    | LiveUnconfirmed
    | HoldOver
    | HeldBack
    | OpeningPaused
    | AutoLendFound
    | CameBack
    | MovementSeen
    | ClockOff
    | Slept
    | Unwatched
    | BuyingPaused
    | SaleRests
    | StopRose
    | OpensAgain
    | EndDate
    | TrailBegun
    | BackupFailed
    | ShadowDiffers
    | EnvelopeChanged
    | ShiftBegun
    | ShiftDone
    | ShiftKept
    | WidthChanged
    | Report
)

_DANGER = (
    LimitReached,
    OpeningPaused,
    LevelWaits,  # so that the trouble of every order's being refused does not overtake the first refusal
    GridParked,
    StrangersTold,
    OrdersLeft,
    FillsMissing,
    LiveUnconfirmed,
    HoldOver,
    Trouble,
    MarketRestricted,
    Unwatched,
)


def lane_of(notice: Notice) -> Lane:
    """Which queue a notice is sent in."""
    return Lane.DANGER if isinstance(notice, _DANGER) else Lane.NEWS
