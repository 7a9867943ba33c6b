"""What we need of an exchange, and the three ways in which it can fail us.

ExchangeError
├── Refused          the exchange has read the request and said no; nothing has changed there
│   └── BatchRefused for one of the orders in it or for all: which is not said
├── OutcomeUnknown   it may or may not have been carried out: reconcile, never retry
└── Unavailable      it was certainly not carried out: wait, then ask again
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from strategy.model.durations import DAY, HOUR, MINUTE, SECOND
from strategy.model.ledger import Movement
from strategy.model.market import Asset, Balance, Fees, Market, Symbol, Touch
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Order, Refusal, Unread

Row = TypeVar("Row")


INTERVALS: Mapping[str, int] = {
    "1s": SECOND,
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "6h": 6 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": 7 * DAY,
    "1month": 28 * DAY,  # the shortest: only used to move on
}
"""How long a candle of each name lasts, ms."""


class ExchangeError(Exception):
    """Something went wrong at the exchange or on the way to it. The text is safe to show: it holds no secret."""


class Refused(ExchangeError):
    """The exchange said no."""

    def __init__(self, reason: Refusal, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class BatchRefused(Refused):
    """The exchange said no to a call with several orders, whole: one bad order is enough. None of them is there."""


class OutcomeUnknown(ExchangeError):
    """No answer, a broken answer or a server error after the request was sent."""


class Unavailable(ExchangeError):
    """The request was not carried out: no connection, rate limit, maintenance."""

    def __init__(self, cause: str, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.cause = cause
        """unreachable, maintenance, rate_limit, or empty: it answered as if there were nothing where there must be."""
        self.text = text
        self.retry_after = retry_after
        """Seconds, where the exchange named them."""


class BadAnswer(OutcomeUnknown):
    """An answer with a missing, null or malformed field. Names the field; it is never read as zero."""


class Listed(list[Row]):
    """The rows of a list that could be read; beside them those that could not and may be ours.

    Where there are any, the list proves nothing about what they name: it is neither there nor gone.
    """

    __slots__ = ("cut", "newest_at", "passed_over", "unread")

    def __init__(
        self,
        rows: Iterable[Row] = (),
        unread: Iterable[Unread] = (),
        passed_over: int = 0,
        *,
        cut: str = "",
        newest_at: int = 0,
    ) -> None:
        super().__init__(rows)
        self.unread = tuple(unread)
        self.passed_over = passed_over
        """How many could not be read either and are certainly not ours."""
        self.cut = cut
        """Why rows are missing at one end, where there are more than are read at a time."""
        self.newest_at = newest_at
        """When the newest row was made, be it of a kind that is not in the list; 0 where that is not told."""

    @property
    def doubts(self) -> tuple[Unread, ...]:
        """What keeps the list from proving that something is not there."""
        return (*self.unread, Unread(text=self.cut)) if self.cut else self.unread


class Balances(dict[Asset, Balance]):
    """Balances by asset; beside them, by asset, why one could not be read. Such an asset is not zero but unknown."""

    __slots__ = ("unread",)

    def __init__(
        self, balances: Mapping[Asset, Balance] | None = None, unread: Mapping[Asset, str] | None = None
    ) -> None:
        super().__init__(balances or {})
        self.unread = dict(unread or {})


class Markets(dict[Symbol, Market]):
    """Markets by symbol; beside them, by symbol, why one could not be read. Such a market is listed, not closed."""

    __slots__ = ("unread",)

    def __init__(self, markets: Mapping[Symbol, Market] | None = None, unread: Mapping[Symbol, str] | None = None):
        super().__init__(markets or {})
        self.unread = dict(unread or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An order was taken. It may already have been executed in part or whole: its fills tell."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An order was taken and is already over (immediate-or-cancel, or post-only answered by an expired order)."""

    ended: EndedOrder


Placement = Accepted | Ended | Refused | OutcomeUnknown | Unavailable
"""What became of one order that was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is wanted at one price of a book."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A market's last 24 hours: its last price, and the change since their beginning as a fraction."""

    price: Decimal
    change: Decimal
    turnover: Decimal
    """What was traded, in quote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """The account's settings that matter to a grid."""

    fees: Fees
    auto_lend: bool
    auto_borrow: bool
    """Whether settlements may borrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """A candle. `at` is its opening in milliseconds UTC; prices in quote, volume in base, as the wire's own text."""

    at: int
    open: str
    high: str
    low: str
    close: str
    volume: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrade:
    """A trade of anybody's. `at` in milliseconds UTC; price in quote, quantity in base, as the wire's own text."""

    id: int
    at: int
    price: str
    quantity: str


class Exchange(Protocol):
    """One account at an exchange. Every method raises `ExchangeError` and nothing else."""

    async def server_time(self) -> int:
        """The exchange's clock, milliseconds UTC."""

    async def markets(self) -> Markets:
        """All spot markets with their rules and states. A list may be some minutes old."""

    async def market(self, symbol: Symbol) -> Market:
        """A spot market's rules and state as they are now."""

    async def touch(self, symbol: Symbol) -> Touch | None:
        """The best bid and ask; None where a side of the book is empty."""

    async def bids(self, symbol: Symbol) -> Sequence[Offer]:
        """The buyers in the book, the best first, as deep as is shown; our own orders are among them."""

    async def days(self) -> Mapping[Symbol, Day]:
        """The last 24 hours of every spot market in one call; those without a trade are not in it."""

    async def candles(self, symbol: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
        """Market history between two times in ms, oldest first. Has its own small budget (30 calls a minute)."""

    async def account(self) -> AccountInfo:
        """Fees and settings."""

    async def balances(self) -> Balances:
        """All balances, lent funds included."""

    async def open_orders(self) -> Listed[OpenOrder]:
        """Every resting spot order of the account, ours and foreign."""

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """Every fill of the account at or after `since` and before `until` (ms), system fills included, oldest first.

        May lag.
        """

    async def ended_order(self, symbol: Symbol, order_id: str) -> EndedOrder | Unread | None:
        """An order that is over, from the order history; None where the history does not show it as ended (yet).

        `Unread` where its row can't be read.
        """

    async def orders_since(self, symbol: Symbol | None, since: int) -> Listed[EndedOrder | OpenOrder]:
        """The newest spot orders of a market's history (None: of all), back to `since` (ms). May lag."""

    async def movements(self, since: int) -> Listed[Movement]:
        """Deposits and withdrawals at or after `since` (ms)."""

    async def other_movements(self, since: int) -> Listed[Movement]:
        """Converted dust, interest and loans at or after `since` (ms)."""

    async def settlements(self, since: int) -> Listed[Movement]:
        """What perpetuals settled at or after `since` (ms): for each hour (UTC) that has some its sum, at its end.

        The newest hour may go on, and its rows may lag.
        """

    async def set_auto_lend(self, *, on: bool) -> None:
        """Switch the account's auto-lend; off brings back what is lent."""

    async def place(self, orders: Sequence[Order]) -> Sequence[Placement]:
        """Send up to 20 orders in one call. One answer an order, in the same order; never raises for their fate.

        `BatchRefused` for each where the call was refused whole.
        """

    async def cancel(self, symbol: Symbol, *, order_id: str | None, client_id: int | None) -> EndedOrder | None:
        """Cancel one order. None: accepted but not yet carried out. `Refused` where there is no such open order."""

    async def cancel_all(self, symbol: Symbol) -> Listed[EndedOrder] | None:
        """Cancel every limit order that rests on a market, whoever's it is. None: not carried out yet."""


async def all_fills(exchange: Exchange, since: int, until: int | None = None) -> Listed[Fill]:
    """What `Exchange.fills` lists, read on where that is cut, however often: cut only where it gets no farther."""
    found, unread = dict[tuple[str, str], Fill](), list[Unread]()
    while True:
        listed = await exchange.fills(since, until)
        found |= {fill.mark: fill for fill in listed}
        unread += listed.unread
        if not listed.cut or listed.newest_at <= since:
            return Listed(found.values(), unread, cut=listed.cut, newest_at=listed.newest_at)
        since = listed.newest_at
