"""Notices of what was done past us: by the owner's own hand, by another program, by the exchange itself."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from strategy.model.market import Asset, Market, Side, Symbol
from strategy.model.orders import GridId


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinsMissing:
    """Coins that a grid is to sell are not on the account any more, or are there again (`back`)."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    held: Decimal
    """What the account has."""
    needed: Decimal
    """What the grids hold by the books."""
    levels: int
    """How many of this grid wait for coins."""
    back: bool
    kind: Literal["coins_missing"] = "coins_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersSettled:
    """What became of the orders with ids of ours that the journal did not know, where they were to be adopted."""

    at: int
    adopted: int
    """They are the orders of levels now."""
    left: int
    """They fit no level, or more than one."""
    traded: int
    """Of those left, how many had traded: what a fill brought can't be given to a grid afterwards."""
    kind: Literal["strangers_settled"] = "strangers_settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResurfaced:
    """An order that the journal says is over rests at the exchange. It is being cancelled."""

    at: int
    symbol: Symbol
    side: Side
    price: Decimal | None
    quantity: Decimal
    """What may still trade of it."""
    executed: Decimal
    kind: Literal["order_resurfaced"] = "order_resurfaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChanged:
    """The exchange has changed the rules of a market in use. They hold from now on, without a restart."""

    at: int
    symbol: Symbol
    before: Market
    now: Market
    grids: tuple[GridId, ...]
    """Those that trade it."""
    waiting: int
    """How many of their levels are too small for it now, or too far out: they wait until they fit again."""
    kind: Literal["rules_changed"] = "rules_changed"


class Listing(StrEnum):
    """A list that the exchange gives."""

    ORDERS = "orders"
    HISTORY = "history"
    FILLS = "fills"
    BALANCES = "balances"
    MARKETS = "markets"
    MOVEMENTS = "movements"
    CANDLES = "candles"
    ACCOUNT = "account"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsUnread:
    """Rows that may concern us can't be read, or can be again (`over`). What they name stays as we know it."""

    at: int
    listing: Listing
    rows: int
    text: str
    """Which field is wrong, in one of them."""
    over: bool
    whole: bool = False
    """It is not some rows: the list could not be had at all, for a while, although the exchange answers otherwise."""
    kind: Literal["rows_unread"] = "rows_unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayCancelled:
    """An order that is not ours came in just before a whole market was cancelled, and was cancelled with it."""

    at: int
    symbol: Symbol
    side: Side
    price: Decimal | None
    kind: Literal["stray_cancelled"] = "stray_cancelled"
