"""What the venue announces, and how: in order, after the operation that caused it is complete."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from exchange.paper.records import PublicTrade, VenueFill, VenueOrder
from strategy.model.market import Asset, Balance, Symbol


class Change(StrEnum):
    """What happened to an order. The words are the wire's."""

    ACCEPTED = "orderAccepted"
    FILL = "orderFill"
    CANCELLED = "orderCancelled"
    EXPIRED = "orderExpired"
    TRIGGER_PLACED = "triggerPlaced"
    TRIGGER_FAILED = "triggerFailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged:
    """Announced at each change of an order, with the order as it stood right after it."""

    change: Change
    order: VenueOrder
    fill: VenueFill | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChanged:
    """Announced for each asset that an event changed."""

    account: str
    asset: Asset
    balance: Balance
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """Announced at each public trade."""

    symbol: Symbol
    trade: PublicTrade


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChanged:
    """Announced when the price or the resting orders of a market changed; ids have no gaps."""

    symbol: Symbol
    update_id: int
    at: int


Announcement = OrderChanged | BalanceChanged | Traded | BookChanged

Listener = Callable[[Announcement], None]


class News:
    """What is to be announced, and who hears it."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._waiting: deque[Announcement] = deque()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every announcement from now on; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, news: Announcement) -> None:
        """Announce this at the end of the operation."""
        self._waiting.append(news)

    def flush(self) -> None:
        """The operation is complete. A listener may start the next one: its news come after what came before."""
        while self._waiting:
            news = self._waiting.popleft()
            for listener in tuple(self._listeners):
                listener(news)
