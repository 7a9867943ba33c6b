"""What the stream tells as it happens, as values. No parsing and no socket here: paper mode speaks these words too."""

from dataclasses import dataclass

from strategy.model.market import Asset, Balance, Symbol, Touch
from strategy.model.orders import ClientId, EndedOrder, Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchSeen:
    """A market's best bid and ask have changed. A book with an empty side is not news: the tick reads it by REST."""

    touch: Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """The exchange has taken an order, or it is over."""

    symbol: Symbol
    order_id: str
    client_id: ClientId | None
    ended: EndedOrder | None = None
    """None: it was accepted. Otherwise what became of it; its fills have been or will be told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSeen:
    """One execution, equal to what the fill history will show, key included."""

    fill: Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSeen:
    """An asset's balance, absolute. `lent` is not told here and always zero: only REST knows it."""

    asset: Asset
    balance: Balance
    at: int
    """Since when, by the exchange's clock, ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The stream is subscribed. Nothing is replayed: what happened before is read by REST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """The stream is down and will be opened again. `text` says why."""

    text: str


StreamEvent = TouchSeen | OrderSeen | FillSeen | BalanceSeen | Connected | Disconnected
