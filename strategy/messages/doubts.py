"""Whose orders, whose books, whose money it is: what can happen, what the owner is told and what he decides.

Values only; what follows from them is in `holds`.
"""

from dataclasses import dataclass
from typing import Literal

from strategy.model.account import Hold
from strategy.model.market import Symbol
from strategy.model.orders import OpenOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersLeftFound:
    """Orders that look like this program's rest at the exchange, and the database is new; none: they are gone."""

    at: int
    orders: tuple[OpenOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksCompared:
    """The newest fills of ours in the books were looked for in the exchange's history."""

    at: int
    agree: bool
    missing: int = 0
    """How many were not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleLeft:
    """Command: what to do about the orders of `OrdersLeftFound`: cancel them, or leave them alone as anybody's."""

    at: int
    cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleMissing:
    """Command: trade on although the exchange lacks fills of the books, or stop all grids and keep what they hold."""

    at: int
    stop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLive:
    """Command: the owner has typed LIVE, and the database has it."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersLeft:
    """A new database, and orders that look like this program's rest at the exchange. Nothing is traded meanwhile."""

    at: int
    orders: int
    symbols: tuple[Symbol, ...]
    kind: Literal["orders_left"] = "orders_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillsMissing:
    """The exchange's history lacks fills that the books call ours. Nothing is traded until settled."""

    at: int
    fills: int
    """How many of the newest; 0: nothing in the books is known at the exchange, and there is no fill to look for."""
    kind: Literal["fills_missing"] = "fills_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveUnconfirmed:
    """Grids are open with real money, and LIVE was never typed for this database. Nothing is placed until it is."""

    at: int
    grids: int
    kind: Literal["live_unconfirmed"] = "live_unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOver:
    """What kept everything from trading is over by itself."""

    at: int
    hold: Hold
    kind: Literal["hold_over"] = "hold_over"
