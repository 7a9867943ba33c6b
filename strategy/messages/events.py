"""What can happen (events, the owner's commands among them) and what we will do (actions). Each carries its time."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from strategy.messages.commands import Command
from strategy.messages.crowds import OrdersEnded
from strategy.messages.doubts import BooksCompared, OrdersLeftFound
from strategy.messages.notices import Notice
from strategy.messages.points import VolumeCounted, WeekEnded
from strategy.messages.reports import Report
from strategy.model.account import Offset
from strategy.model.ledger import Movement
from strategy.model.market import Asset, Balance, Fees, Market, Symbol, Touch
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, EndedOrder, Fill, GridId, OpenOrder, Order, Refusal, Unread
from strategy.model.past import Hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The prices now. The only event of which just the newest counts."""

    at: int
    touches: Mapping[Symbol, Touch]
    blind: frozenset[Symbol] = frozenset()
    """Markets that were asked for a price and have none: the one known before is over too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """Prices from the stream, between ticks: what is planned next is planned with them. Judges no risk."""

    at: int
    touches: Mapping[Symbol, Touch]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandlesRead:
    """A market's last hours as the exchange has them, the oldest first; the last one may go on."""

    at: int
    symbol: Symbol
    hours: tuple[Hour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted:
    """The exchange has the order."""

    at: int
    client_id: ClientId
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused:
    """The exchange certainly does not have the order."""

    at: int
    client_id: ClientId
    reason: Refusal
    text: str
    """The exchange's own words, for the log and the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnknown:
    """The order may or may not have arrived: its level waits in limbo until reconciliation knows."""

    at: int
    client_id: ClientId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEnded:
    """The exchange says that the order is over, and how much of it was executed."""

    at: int
    client_id: ClientId
    ended: EndedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelFailed:
    """The cancel was refused, or its outcome is unknown: reconciliation will tell what became of the order."""

    at: int
    client_id: ClientId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A fill, ours or foreign. `order` is set from the journal where the order is no longer held in memory."""

    at: int
    fill: Fill
    order: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrdersRead:
    """Every order that rests at the exchange. Facts asked for at `asked_at`: what we sent later is not in them."""

    at: int
    asked_at: int
    orders: tuple[OpenOrder, ...]
    unread: tuple[Unread, ...] = ()
    """Rows that may be ours and can't be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resurfaced:
    """An order that the journal says is over rests at the exchange: nobody wants it, so it is cancelled and told."""

    at: int
    found: OpenOrder
    order: Order
    """As the journal has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverArrived:
    """Every witness agrees that the exchange never had this order (see `recovery.never_arrived`)."""

    at: int
    client_id: ClientId


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancesRead:
    """What the exchange says the account holds."""

    at: int
    asked_at: int
    balances: Mapping[Asset, Balance]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTold:
    """One asset's balance from the stream; what is lent is not in it."""

    at: int
    asset: Asset
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesRead:
    """The account's fee rates now."""

    at: int
    fees: Fees


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketsRead:
    """The markets' rules and states now."""

    at: int
    markets: Mapping[Symbol, Market]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A deposit, a withdrawal, or the balances with which the ledger begins."""

    at: int
    movement: Movement


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStarted:
    """The owner's day is this one. `day` is the date at the owner's, as 2026-11-22."""

    at: int
    day: str
    begins: int
    """Its first moment: a zone that was changed moves it."""
    start: Mapping[GridId, Decimal]
    """Each grid's total at that moment, out of the ledger; those that were made later are missing."""
    offsets: tuple[Offset, ...] = ()
    """What the owner's clocks show, then and in the next days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReported:
    """The daily report is due: written down together with the moment up to which it tells, so that it is sent once."""

    at: int
    report: Report
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The exchange can't be traded on now: nothing is placed until `Restored`. `text` says why, for the owner."""

    at: int
    cause: str
    """unreachable, maintenance, key, clock, rate_limit."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The exchange works again and a reconciliation has passed."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersFound:
    """Ids of our own block that the journal does not know: a second installation or an old database."""

    at: int
    orders: tuple[OpenOrder, ...]
    fills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """The process is up and its first reconciliation is done: from now on orders may be placed."""

    at: int
    away: int
    """Milliseconds since the last sign of life; 0 for a first start."""
    fills: int = 0
    """Fills of ours found while starting."""
    profit: Decimal = ZERO
    """What they realised, in quote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A sign of life: the time and the prices are written down, for the next start and for midnight."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report is due: the notice is written down with everything else, and sent like any other."""

    at: int
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The process is about to end: nothing more is placed. Open orders stay, unless they are to be cancelled."""

    at: int
    cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTaken:
    """A free block of client ids, for a full one or after a restored database; or the rest of the same one."""

    at: int
    block: int
    next_id: int = 1
    """Its first free id: those before it may have been given out by a later database."""


OrderEvent = OrderAccepted | OrderRefused | OrderUnknown | OrderEnded | CancelFailed | NeverArrived
"""What becomes of one order that was sent."""
Fact = (
    Tick
    | Quoted
    | CandlesRead
    | OrdersEnded
    | Filled
    | OpenOrdersRead
    | Resurfaced
    | BalancesRead
    | BalanceTold
    | FeesRead
    | MarketsRead
    | Moved
    | DayStarted
    | Interrupted
    | Restored
    | StrangersFound
    | OrdersLeftFound
    | BooksCompared
    | Restarted
    | Noted
    | Told
    | DayReported
    | VolumeCounted
    | WeekEnded
    | Leaving
    | BlockTaken
)
"""What was read, heard or worked out of the account."""
Happening = OrderEvent | Fact
Event = Happening | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Action: send this order, which has been written down."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Action: cancel this order. `order_id` is None while only its client id is known: then it only withdraws."""

    symbol: Symbol
    client_id: ClientId | None
    order_id: str | None


Action = Place | Cancel
