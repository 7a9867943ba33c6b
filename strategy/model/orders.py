"""Orders and fills, as we and the exchange know them. Values only; what changes them is the engine."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from strategy.model.market import Asset, Side, Symbol
from strategy.model.money import ZERO
from strategy.model.values import replace

ClientId = NewType("ClientId", int)
GridId = NewType("GridId", int)
LevelId = NewType("LevelId", int)

MAX_CLIENT_ID = 2**32 - 1
BLOCK_SIZE = 2**20
BLOCKS = (MAX_CLIENT_ID + 1) // BLOCK_SIZE


def following(block: int) -> int:
    """The block of ids that is taken after this one. Block 0 is none: it holds the small numbers that people choose."""
    return block % (BLOCKS - 1) + 1


class OrderStatus(StrEnum):
    """The life of an order, from our side."""

    INTENDED = "intended"
    """Written down; perhaps sent. Whether the exchange has it is not known yet."""
    OPEN = "open"
    CANCELLING = "cancelling"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def is_live(self) -> bool:
        """Whether the order may still trade."""
        return self in _LIVE


_LIVE = frozenset({OrderStatus.INTENDED, OrderStatus.OPEN, OrderStatus.CANCELLING})


class Purpose(StrEnum):
    """What an order is for."""

    LEVEL = "level"
    SEED = "seed"
    STOP = "stop"


class Execution(StrEnum):
    """How an order meets the book."""

    POST_ONLY = "post_only"
    IMMEDIATE = "immediate"
    """Limit, immediate-or-cancel: takes what is there up to its price; the rest ends at once."""


class Refusal(StrEnum):
    """Why an order was refused, sorted by what we do about it."""

    POST_ONLY = "post_only"
    FUNDS = "funds"
    PRICE_BAND = "price_band"
    PRICE = "price"
    QUANTITY = "quantity"
    SELF_TRADE = "self_trade"
    MARKET_STATE = "market_state"
    ORDER_LIMIT = "order_limit"
    RATE_LIMIT = "rate_limit"
    UNAVAILABLE = "unavailable"
    """The exchange can't be reached or is in maintenance, and the order certainly did not arrive."""
    KEY = "key"
    CLOCK = "clock"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of ours. Its identity is the client id, which is never used twice."""

    client_id: ClientId
    grid_id: GridId
    symbol: Symbol
    purpose: Purpose
    level: LevelId | None = None
    side: Side
    price: Decimal
    quantity: Decimal
    execution: Execution = Execution.POST_ONLY
    status: OrderStatus = OrderStatus.INTENDED
    order_id: str | None = None
    """The exchange's id, once it is known."""
    filled: Decimal = ZERO
    """The sum of the booked fills."""
    trades: tuple[str, ...] = ()
    """Keys of the booked fills: a fill is booked once, whatever road it comes by."""
    executed: Decimal | None = None
    """What the exchange says it executed in all, once the order has ended; the fills must add up to it."""
    intended_at: int
    changed_at: int
    """When our knowledge of it last changed (accepted, filled, ended). That we want it gone says nothing about it."""
    unknown_since: int | None = None
    """Set while its outcome is not known: the level is in limbo."""
    cancelled_at: int | None = None
    """When its cancel was last asked for, or failed. Not stored: a new process asks again."""
    redeem: bool = False
    """Whether it may take back lent funds. Not stored: it is said once, when the order is sent."""

    def __post_init__(self) -> None:
        assert 0 < self.client_id <= MAX_CLIENT_ID
        assert self.quantity > 0
        assert self.price > 0

    @property
    def is_in_limbo(self) -> bool:
        """Whether nobody knows if it has arrived."""
        return self.status is OrderStatus.INTENDED and self.unknown_since is not None

    @property
    def remaining(self) -> Decimal:
        """What may still trade."""
        return self.quantity - self.filled

    @property
    def to_come(self) -> Decimal:
        """What it may still trade, or has traded without our knowing the fills yet."""
        if self.is_settled:
            return ZERO
        whole = self.quantity if self.executed is None else self.executed
        return whole - self.filled

    @property
    def is_settled(self) -> bool:
        """Ended, and every execution that the exchange reported has been booked."""
        return not self.status.is_live and (self.executed is None or self.executed <= self.filled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution, as booked by the exchange."""

    key: str
    """Symbol and trade id, or a digest of the content where there is no trade id: unique in an account."""
    symbol: Symbol
    order_id: str
    client_id: ClientId | None = None
    trade_id: int | None = None
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    """In units of `fee_asset`; negative is a rebate."""
    fee_asset: Asset
    is_maker: bool
    at: int
    system: str | None = None
    """The exchange's word for a fill it made itself (liquidation, conversion); None for a trade of the user."""

    @property
    def value(self) -> Decimal:
        """Price times quantity, in quote."""
        return self.price * self.quantity

    @property
    def mark(self) -> tuple[str, str]:
        """What it is known by, whatever else has its number: the trade, and the order that had this part in it."""
        return self.key.removesuffix(f"{_APART}{self.order_id}"), self.order_id


_APART = "@"


def apart(fill: Fill) -> Fill:
    """The fill under another key, where one of another order has its own already."""
    return replace(fill, key=f"{fill.key}{_APART}{fill.order_id}")


def is_one(known: Fill, shown: Fill, near: int) -> bool:
    """Whether two fills with one key are one execution: of one order, or alike in all that a trade is, so that an
    exchange which calls its orders by other names one day has nothing booked twice. `near` is milliseconds.
    """
    alike = (known.side, known.price, known.quantity) == (shown.side, shown.price, shown.quantity)
    return known.order_id == shown.order_id or (alike and abs(known.at - shown.at) < near)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order that rests at the exchange, ours or foreign."""

    order_id: str
    client_id: ClientId | None
    symbol: Symbol
    side: Side
    price: Decimal | None
    """None for a trigger or market order that has no price."""
    quantity: Decimal
    executed: Decimal
    created_at: int
    """Milliseconds, the exchange's clock."""
    is_conditional: bool = False
    """Whether it waits, or waited, for a trigger: ours never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedOrder:
    """An order that the exchange's history shows, with what became of it."""

    order_id: str
    client_id: ClientId | None
    symbol: Symbol
    side: Side
    status: OrderStatus
    executed: Decimal
    price: Decimal | None = None
    """Its limit, where it was told."""
    reason: str | None = None
    """The exchange's expiry reason, word for word."""
    refused: Refusal = Refusal.OTHER
    """What that reason means where nothing was executed: the exchange took the order only to say no."""
    is_conditional: bool = False
    """Whether it had a trigger: ours never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A row about an order, a fill or a balance that can't be read, with the ids that could. It may concern us.

    It proves nothing, neither that something is there nor that it is not: what it names stays as we know it.
    """

    text: str
    """Which field of which list is wrong."""
    order_id: str | None = None
    client_id: ClientId | None = None

    def may_be(self, order: Order) -> bool:
        """Whether the row may be this order's. Without any id it may be anybody's."""
        if self.order_id is not None and order.order_id is not None:
            return self.order_id == order.order_id
        return self.client_id in (None, order.client_id)
