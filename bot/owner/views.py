"""What the trader answers to the chat: values only, made for showing. Texts are not made here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from bot.account.store_trouble import Unwritable
from bot.mode import Mode
from bot.owner import careful
from bot.owner.backtests import MOST_DAYS, USUAL_DAYS, NotPlayed, Play, Played, Source, Wanted, Why, wanted_of
from bot.owner.books import BooksOf, BooksView, Held, Made, held_by, so_far
from bot.owner.export import entries_of, exported
from bot.owner.inside import Inside
from bot.owner.noise import KEY as NOISE
from bot.owner.noise import Kind, Noise, Preset, Way, is_answer, is_danger, kind_of, minute_of, noise_of
from bot.owner.periods import Period, Span
from bot.owner.pictures import (
    Bar,
    CardPicture,
    CurvePicture,
    DaysPicture,
    Draw,
    Head,
    LadderPicture,
    MarketPicture,
    Picture,
    Point,
    Rung,
    Step,
    Theme,
    Tone,
    Trade,
    Undrawn,
    tone_of,
)
from bot.owner.verdict import Ending, Reason, Verdict, verdict_of
from bot.owner.wish import BACK, Wish, Wished
from storage.errors import StorageError
from strategy.account.risk import Fall
from strategy.audit.findings import AssetAudit, Audit, Cause, Fault, FillFault, GridAudit, Part, Wrong
from strategy.messages.fees import Judged
from strategy.messages.notices import Lane, Notice
from strategy.messages.reports import GridLine
from strategy.model.account import Halt, Hold, Interruption
from strategy.model.grid import Grid
from strategy.model.ledger import FillEntry
from strategy.model.limits import Bounds, Hit
from strategy.model.market import Asset, Fees, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId, OpenOrder, Order
from strategy.model.tiers import Tier
from strategy.model.turnover import Turnover, Turnovers
from strategy.model.weeks import Stretch, VolumeGoal

__all__ = [
    "BACK",
    "MOST_DAYS",
    "NOISE",
    "USUAL_DAYS",
    "AssetAudit",
    "Audit",
    "AuditProgress",
    "BalanceLine",
    "Bar",
    "BooksOf",
    "BooksView",
    "CardPicture",
    "Cause",
    "Comes",
    "CurvePicture",
    "DaysPicture",
    "Draw",
    "Ending",
    "Fault",
    "FeesView",
    "FillFault",
    "FillsView",
    "GridAudit",
    "Head",
    "Held",
    "Inside",
    "Kind",
    "LadderPicture",
    "Made",
    "MarketPicture",
    "Noise",
    "NotPlayed",
    "OrdersView",
    "OutboxRow",
    "PanicProgress",
    "Part",
    "Period",
    "Picture",
    "Play",
    "Played",
    "Point",
    "PointsView",
    "Preset",
    "Reason",
    "Rung",
    "Source",
    "Span",
    "Step",
    "StorageError",
    "Summary",
    "Theme",
    "Together",
    "Tone",
    "Trade",
    "Undrawn",
    "Unreadable",
    "Unwritable",
    "Verdict",
    "Walked",
    "Wanted",
    "Way",
    "WaysOut",
    "Why",
    "Wish",
    "Wished",
    "Wrong",
    "careful",
    "entries_of",
    "exported",
    "held_by",
    "is_answer",
    "is_danger",
    "kind_of",
    "minute_of",
    "noise_of",
    "so_far",
    "tone_of",
    "verdict_of",
    "wanted_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceLine:
    """One asset of the account."""

    asset: Asset
    available: Decimal
    locked: Decimal
    lent: Decimal
    reserved: Decimal
    """Promised to grids (their buys still to come, or their coins). More than `held` where it is not all there."""
    foreign: Decimal
    """Locked by orders that are not ours."""
    free: Decimal
    """What a new grid could use."""
    change: Decimal
    """Of what the books say is there, what the ledger did not begin with; deposits and withdrawals left out."""
    staked: Decimal = ZERO
    by_grid: Mapping[GridId, Decimal] = field(default_factory=dict)
    """Of what is reserved, each grid's."""
    uses_lent: bool = False
    """Whether what is lent is among what is free or held, as orders may take it back."""

    @property
    def total(self) -> Decimal:
        """Everything of this asset: free + held + foreign + staked + unbooked, and lent where that is not usable."""
        return self.available + self.locked + self.lent + self.staked

    @property
    def held(self) -> Decimal:
        """Of what is reserved for grids, that which is there."""
        return min(self.reserved, self._others_left)

    @property
    def unbooked(self) -> Decimal:
        """There, and in the books not yet (a deposit of this minute): in nobody's reach until it is booked."""
        return self._others_left - self.held

    @property
    def _others_left(self) -> Decimal:
        return self.total - self.free - self.foreign - self.out_of_reach

    @property
    def out_of_reach(self) -> Decimal:
        """What no order of ours could use."""
        return self.staked if self.uses_lent else self.lent + self.staked


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """The limits of all grids together, how far each is used, and the last that were reached."""

    bounds: Bounds
    falls: Mapping[Asset, Fall]
    """By quote, as long as the drawdown is limited."""
    exposure: Mapping[Asset | None, Decimal | None]
    """USDC, in all (None) and of each coin that has a limit; None where it can't be counted."""
    placed: int
    """Orders of the last minute, as long as they are limited."""
    closed: int
    """Round trips likewise."""
    stopped: int
    """Grids that a loss has stopped within the time that counts, as long as that is limited."""
    paused_for: int
    """Milliseconds for which nothing opens; none where that is not above zero."""
    hits: tuple[Hit, ...]
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything /status shows."""

    at: int
    mode: Mode
    grids: tuple[GridLine, ...]
    open_orders: int
    """Without those in limbo."""
    waiting_levels: int
    limbo: int
    foreign_orders: int
    balances: tuple[BalanceLine, ...]
    fees: Fees
    daily_loss: Decimal | None
    """In USDC, for all grids together."""
    halt: Halt | Hold | None
    interruption: Interruption | None
    prices_age: int | None
    """Milliseconds since the oldest price in use was read or heard; None where none is in use."""
    uptime: int
    unwritable: Unwritable | None = None
    prices: Mapping[Asset, Decimal] = field(default_factory=dict)
    """USDC for a unit of each quote that is no dollar, as far as it is known."""
    opening_paused: int = 0
    """Milliseconds for which nothing opens; none where that is not above zero."""
    unpriced: frozenset[Symbol] = frozenset()
    """Markets of the grids that have no price now: what is worth anything there goes by the last one known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersView:
    """Our live orders, nearest the price first, and the foreign ones."""

    ours: tuple[Order, ...]
    foreign: tuple[OpenOrder, ...]
    bids: dict[Symbol, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillsView:
    """Booked fills, newest first."""

    fills: tuple[FillEntry, ...]
    total: int
    trips: Mapping[str, Decimal]
    """By the keys of those that completed a round trip, what the whole trip brought, as it was told then."""
    before: int = 0
    """Newer ones, which are on other pages."""

    @property
    def after(self) -> int:
        """Older ones."""
        return self.total - self.before - len(self.fills)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesView:
    """Everything /fees shows."""

    mode: Mode
    fees: Fees
    """As the exchange says."""
    tier: Tier | None
    """The row of the table with exactly these rates."""
    following: Tier | None
    judged: tuple[Judged, ...]
    """The grids that trade."""
    month: Turnovers
    """The last 30 days of the whole account."""
    begins: int | None
    """From when on something is known, where the ledger is younger than that."""
    prices: Mapping[Asset, Decimal]
    """USDC for a unit of each quote, as far as it is known."""
    staked: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsView:
    """What /points shows. `span` is the points week; what is done of the goal, in USDC, is known from `known_since`."""

    at: int
    mode: Mode
    span: Stretch
    week: Turnovers
    past: tuple[tuple[Stretch, Turnovers], ...]
    """The weeks before it, the newest first."""
    goal: VolumeGoal | None
    goal_span: Stretch | None
    goal_done: Turnover
    unpriced: tuple[Asset, ...]
    """Quotes whose volume counts for no goal, as nothing prices them."""
    points: Decimal | None
    """The balance, where the exchange shows one."""
    goal_followed_by: tuple[Grid, ...] = ()
    known_since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PanicProgress:
    """How far a panic has come."""

    grids: int
    orders_at_start: int
    cancelled: int
    """As the exchange has said of them: what was filled first, or never arrived, is none."""
    orders_left: int
    limbo: int
    unwritten: bool = False
    """The store can't be written: a restart before it can would let the grids trade on."""

    @property
    def others(self) -> int:
        """Those that are over and were not cancelled: filled first, or never there."""
        return max(self.orders_at_start - self.cancelled - self.orders_left, 0)

    @property
    def done(self) -> bool:
        """Nothing of ours is left at the exchange, and that is written down."""
        return self.orders_left == 0 and not self.unwritten


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProgress:
    """How many entries of the ledger have been compared, of how many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The exchange could not be read for what was asked; `text` says why."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A notice that has not been sent yet."""

    id: int
    at: int
    lane: Lane
    notice: Notice
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comes:
    """What a sale would bring, and the grid's total after it, in quote."""

    proceeds: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What selling to the buyers of a book comes to, before fees, in quote."""

    sold: Decimal
    """Coins that find a buyer there."""
    brings: Decimal
    lowest: Decimal
    """The price of the last of them; zero where nobody buys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysOut:
    """All of them, at the last price known. None of the figures is in the owner's favour."""

    coins: Decimal
    """That can be sold: what is on the account."""
    price: Decimal
    """The bid."""
    kept: Comes
    """Nothing is sold: what the coins are worth at the bid, before any fee."""
    now: Comes
    """Taken from the book, what is left at its lowest price; without one as far below the bid as a sale may reach."""
    walked: Walked | None
    """How far that goes down the book; None where it could not be read."""
    slowly: Comes
    """As maker, counted at the best bid that is not our own, or at the bid where no book is known: it begins above."""
    even: Comes
    """Likewise at break-even, if the price ever gets there; at that bid that is not our own, where it is higher."""
    even_price: Decimal
