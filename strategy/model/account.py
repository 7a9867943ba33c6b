"""One exchange account: its grids and what they share. Values only; `step` changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from strategy.model.durations import MINUTE
from strategy.model.grid import Grid
from strategy.model.limits import Bound, High, Limits
from strategy.model.market import Asset, Balance, Fees, Market, Symbol, Touch
from strategy.model.orders import BLOCK_SIZE, ClientId, GridId, OpenOrder, following
from strategy.model.past import Past
from strategy.model.spec import GridSpec

MINUTES_A_DAY = 24 * 60
MOST_EARLIER = 8
"""Blocks of ids that are kept beside the one in use: each lasts for a million orders."""


class Halt(StrEnum):
    """Why no grid of the account trades until the owner decides."""

    DAILY_LOSS = "daily_loss"
    STRANGERS = "strangers"
    DRAWDOWN = "drawdown"

    @property
    def is_loss(self) -> bool:
        """Whether a limit on the losses of all grids stopped them: the owner's resume lifts it."""
        return self in (Halt.DAILY_LOSS, Halt.DRAWDOWN)


class Hold(StrEnum):
    """Why this process places nothing until the owner has decided. Not stored: each process finds out for itself."""

    LEFT_ORDERS = "left_orders"
    """A new database, and orders of an installation like ours rest at the exchange."""
    MISSING_FILLS = "missing_fills"
    """The exchange's history lacks fills that the books call ours."""
    UNCONFIRMED = "unconfirmed"
    """Real money, and the owner has never typed LIVE for this database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """From when on the owner's clocks are so far ahead of UTC, both in ms."""

    at: int
    ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The owner's local day, and what each grid's total was when it began."""

    date: str
    begins: int = 0
    """Its first moment, in ms; 0 where that is not known, and the day never ends by itself."""
    start: Mapping[GridId, Decimal] = field(default_factory=dict)
    """A grid that began today is missing: it started at zero."""
    since: Mapping[GridId, Decimal] = field(default_factory=dict)
    """The totals from which the daily loss is judged: those of midnight, or of the owner's last resume."""
    resumed_at: int = 0
    """When that resume was, ms; 0 where the day has none."""
    reported: int = 0
    """The moment up to which the daily reports have told; 0 before the first one."""
    offsets: tuple[Offset, ...] = ()
    """The one with which it begins, and those that follow within the next days, the earliest first."""

    def minute(self, at: int) -> int | None:
        """What the owner's clocks show at a moment, in minutes since midnight; None where that is not known."""
        shown = self._minutes(at)
        return None if shown is None else shown % MINUTES_A_DAY

    def on(self, at: int) -> str:
        """The owner's date at a moment: midnight comes before the account is told of it. Never one before this."""
        shown, first = self._minutes(at), self._minutes(self.begins)
        gone_by = 0 if shown is None or first is None else shown // MINUTES_A_DAY - first // MINUTES_A_DAY
        return days_after(self.date, max(0, gone_by)) if self.begins else self.date

    def _minutes(self, at: int) -> int | None:
        begun = [one for one in self.offsets if one.at <= at]
        return (at + begun[-1].ahead) // MINUTE if begun else None


def days_after(day: str, count: int) -> str:
    """The date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """The exchange can't be traded on. Not stored: a new process finds out for itself."""

    cause: str
    text: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing:
    """Every order is refused, whatever it is. Not stored: a new process finds out for itself."""

    text: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything we know of one exchange account."""

    name: str
    block: int
    """Our client ids lie in block * 2^20 up to, not including, (block + 1) * 2^20."""
    next_id: int = 1
    """Offset of the next client id in the block; never goes back."""
    earlier: tuple[int, ...] = ()
    """The blocks before, the last one first, whose ids are still ours: orders under them may rest for months."""
    next_grid: int = 1
    fees: Fees = field(default_factory=lambda: Fees(maker=Decimal("0.0008"), taker=Decimal("0.001")))
    grids: Mapping[GridId, Grid] = field(default_factory=dict)
    expected: Mapping[Asset, Decimal] = field(default_factory=dict)
    """What the account should hold: the fold over its ledger. Empty until the opening balances are booked."""
    daily_loss: Decimal | None = Decimal(200)
    """In USDC; at this loss since local midnight, of all grids together, everything stops."""
    limits: Limits = field(default_factory=Limits)
    day: Day | None = None
    halt: Halt | None = None
    marks: Mapping[Symbol, Decimal] = field(default_factory=dict)
    """The last bid of each market that was written down: what counts at midnight if the process was down."""
    seen_at: int = 0
    """The last sign of life that was written down of a process that had come up."""
    markets: Mapping[Symbol, Market] = field(default_factory=dict)
    """Read at every start; not stored. Likewise all that follows."""
    balances: Mapping[Asset, Balance] = field(default_factory=dict)
    touches: Mapping[Symbol, Touch] = field(default_factory=dict)
    past: Mapping[Symbol, Past] = field(default_factory=dict)
    """The last hours of the markets that are followed: read from the exchange, and kept up with each tick."""
    strangers: tuple[OpenOrder, ...] = ()
    strangers_traded: frozenset[str] = frozenset()
    """The exchange's ids of orders under our ids whose fills were booked as somebody else's."""
    foreign: tuple[OpenOrder, ...] = ()
    """Open orders that are not ours: shown, never touched."""
    holds: frozenset[Hold] = frozenset()
    left: tuple[OpenOrder, ...] = ()
    """The orders of `Hold.LEFT_ORDERS`, about which the owner decides."""
    loss_ticks: int = 0
    """Looks in a row at which a loss of all grids was seen to be beyond its limit; the second one counts."""
    loss_bounds: frozenset[Bound] = frozenset()
    """Which limits those were."""
    loss_looks: Mapping[Symbol, int] = field(default_factory=dict)
    """From when the prices were at the first of them."""
    high: High | None = None
    """The grids' totals at the look before: what two looks have seen can be a peak."""
    blind: Mapping[Symbol, int] = field(default_factory=dict)
    """Markets without a price, and since when."""
    blind_told: frozenset[Symbol] = frozenset()
    interruption: Interruption | None = None
    refusing: Refusing | None = None
    restricted: Mapping[Symbol, int] = field(default_factory=dict)
    """Since when markets in use are closed, or take only some orders, as far as this process has seen."""
    resurfaced: Mapping[str, int] = field(default_factory=dict)
    """Orders that should be over and rest, by the exchange's id, and when their cancel was last asked for."""
    ready: bool = False
    """Whether the first reconciliation of this process is done: until then nothing is placed."""

    @property
    def stopped_by(self) -> Halt | Hold | None:
        """Why no grid trades until the owner decides; where there are several reasons, what he decides first."""
        if not self.holds:
            return self.halt
        holds = self.holds if self.grids else self.holds - {Hold.UNCONFIRMED}  # asked for at the first Start
        return next((hold for hold in Hold if hold in holds), self.halt)

    def past_of(self, symbol: Symbol, at: int) -> Past | None:
        """A market's last hours up to now; None where a part of them is not known: then nothing is decided by them."""
        past = self.past.get(symbol)
        return past if past is not None and past.is_known(at) else None

    def has_ended(self, spec: GridSpec, at: int) -> bool:
        """Whether the last day of a wish is over at a moment, whether or not the day after it was told."""
        return spec.ends is not None and self.day is not None and spec.ends <= self.day.on(at)

    def is_ours(self, client_id: ClientId | None) -> bool:
        """Whether an id lies in a block of ours, or in the one that follows it: a database that was put back may have
        gone on to that. Whether the journal knows it is another question. Zero is nobody's.
        """
        if not client_id:
            return False
        shown = client_id // BLOCK_SIZE
        return any(shown in (block, following(block)) for block in (self.block, *self.earlier))

    def never_gave_out(self, client_id: ClientId) -> bool:
        """Whether an id of ours is still to be given out. Of the blocks before, all may have been."""
        block, number = divmod(client_id, BLOCK_SIZE)
        return (block == self.block and number >= self.next_id) or block == following(self.block)
