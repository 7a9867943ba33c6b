"""What the venue is asked for and what it remembers: orders, fills, trades, transfers. Values only."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.paper.matching import SelfTrade, TimeInForce
from strategy.model.market import Asset, Side, Symbol
from strategy.model.money import ZERO


class Status(StrEnum):
    """The life of an order at the venue. The words are the wire's."""

    NEW = "New"
    PARTIALLY_FILLED = "PartiallyFilled"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    EXPIRED = "Expired"
    TRIGGER_PENDING = "TriggerPending"
    TRIGGER_FAILED = "TriggerFailed"

    @property
    def is_open(self) -> bool:
        """Whether the order may still trade."""
        return self.is_in_book or self is Status.TRIGGER_PENDING

    @property
    def is_in_book(self) -> bool:
        """Whether it rests and may be met."""
        return self in (Status.NEW, Status.PARTIALLY_FILLED)


class TriggerBy(StrEnum):
    """The price that a trigger looks at. The words are the wire's; on a spot market here they are one price."""

    LAST = "LastPrice"
    MARK = "MarkPrice"
    INDEX = "IndexPrice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """At what price an order is sent, and of what size: a quantity, or a percentage of what there is to pay with."""

    price: Decimal
    quantity: Decimal | None = None
    percent: Decimal | None = None
    by: TriggerBy | None = None

    def __post_init__(self) -> None:
        assert (self.quantity is None) != (self.percent is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order as it is asked for. Without a price it is a market order, of a quantity or of a budget in quote.

    One with a trigger has neither: its trigger holds its size.
    """

    symbol: Symbol
    side: Side
    price: Decimal | None = None
    quantity: Decimal | None = None
    budget: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    client_id: int | None = None
    self_trade: SelfTrade = SelfTrade.REJECT_TAKER
    redeem: bool = False
    """Whether lent funds may pay for it."""
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """An order the venue took, as it stands after its last change.

    While it waits for its trigger it has no quantity and is in no book; once triggered it goes on under its id.
    """

    id: int
    account: str
    symbol: Symbol
    side: Side
    price: Decimal | None
    quantity: Decimal | None
    budget: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    client_id: int | None = None
    self_trade: SelfTrade = SelfTrade.REJECT_TAKER
    status: Status = Status.NEW
    executed: Decimal = ZERO
    executed_quote: Decimal = ZERO
    reserve: Decimal = ZERO
    """The fee rate that is locked on top of what the order pays, where fees come out of that."""
    created_at: int
    changed_at: int
    expiry: str | None = None
    system: str | None = None
    """The venue's word for an order of its own (conversion, liquidation)."""
    redeem: bool = False
    trigger: Trigger | None = None
    rises: bool = False
    """Whether the trigger waits for the price to rise to it; else to fall."""
    triggered_at: int | None = None

    @property
    def is_unsent(self) -> bool:
        """Whether it has a trigger that was never pulled."""
        return self.trigger is not None and self.quantity is None

    @property
    def remaining(self) -> Decimal:
        """What may still trade; zero for an order by budget or one that waits for its trigger: neither rests."""
        return ZERO if self.quantity is None else self.quantity - self.executed

    def need(self, quantity: Decimal) -> Decimal:
        """What a resting order locks for a quantity: quote for a bid, base for an ask."""
        assert self.price is not None
        paid = quantity * self.price if self.side is Side.BUY else quantity
        return paid * (1 + self.reserve)


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFill:
    """One execution of an account's order."""

    trade_id: int | None
    order_id: int
    client_id: int | None
    symbol: Symbol
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: Asset
    is_maker: bool
    at: int
    system: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A deposit, or a withdrawal where the amount is negative."""

    id: int
    asset: Asset
    amount: Decimal
    at: int
    fee: Decimal = ZERO
    """Of a withdrawal. Only the balance shows whether it came on top or out of the amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dust:
    """A balance too small to trade that was converted to quote."""

    id: int
    asset: Asset
    quantity: Decimal
    received: Decimal
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What lending has earned."""

    asset: Asset
    amount: Decimal
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What perpetuals, which have no market here, have made or cost in USDC."""

    id: int
    amount: Decimal
    at: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTrade:
    """A trade as everybody sees it. The house's orders have the id 0."""

    id: int
    price: Decimal
    quantity: Decimal
    at: int
    buyer_is_maker: bool
    buy_order: int = 0
    sell_order: int = 0


class VenueRefusal(Exception):
    """The venue says no, in the wire's words; nothing has changed."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def number_of(order_id: str) -> int:
    """The number of an order id; 0, which no order has, for a text that is none."""
    return int(order_id) if order_id.isascii() and order_id.isdecimal() and len(order_id) < 20 else 0
