"""Notices of how grids end, and of what of them is held up on the owner's wish. Values only."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId, LevelId
from strategy.model.stops import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyingPaused:
    """No buy of a grid rests any more, on its owner's wish, or it buys again (`over`)."""

    at: int
    grid_id: GridId
    symbol: Symbol
    over: bool
    kind: Literal["buying_paused"] = "buying_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRests:
    """All orders of a grid that stops are gone; its coins are for sale, in an order that rests."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    way: Way
    coins: Decimal
    price: Decimal
    """Of the first order."""
    kind: Literal["sale_rests"] = "sale_rests"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRose:
    """A level was sold, and the stop loss of its grid has risen with it."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    level: LevelId
    before: Decimal
    stop: Decimal
    kind: Literal["stop_rose"] = "stop_rose"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpensAgain:
    """A grid that a limit had stopped waits like a new one, or trades on with its coins; or it can not, as yet."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    coins: Decimal
    """Kept, with which it trades on."""
    money: Decimal
    before: Decimal
    """What was set aside for it before it was stopped."""
    needed: Decimal | None = None
    """Where it lacks the money, with what is free for it."""
    free: Decimal | None = None
    fits: bool = True
    """Whether, as it is, it could be opened at all: its sizes and limits, and the market's rules."""
    earns: bool = True
    """Whether its round trips would earn fees and buffer."""
    kind: Literal["opens_again"] = "opens_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDate:
    """A grid ends with the next day at its owner's, as he has asked; or it does now (`over`)."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    day: str
    over: bool
    sell: bool
    coins: Decimal
    orders: int
    """Live orders, which are being cancelled."""
    kind: Literal["end_date"] = "end_date"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailBegun:
    """The price has reached the start of a trailing take-profit: the coins follow it, and the ladder rests."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    price: Decimal
    stop: Decimal
    """The bid at which it stops, as long as the price has not risen."""
    coins: Decimal
    orders: int
    """Live orders of the ladder, which are being cancelled."""
    sell: bool
    kind: Literal["trail_begun"] = "trail_begun"
