"""Notices of what keeps a grid from opening or from buying, and of the end it was given."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId


class Until(StrEnum):
    """What a grid waits for before it opens."""

    PAST = "past"
    """The market's last hours are not known yet."""
    HISTORY = "history"
    """The market has not been there for so many hours."""
    MEASURE = "measure"
    """What its interval follows is not known yet, or the market has not been there for so many hours."""
    AVERAGE = "average"
    """The price is not above the average of the last hours, less a little."""
    RISE = "rise"
    """The price is to rise to its trigger."""
    DROP = "drop"
    """The price is to fall to its trigger."""
    RANGE = "range"
    """The price is outside its range."""
    HOURS = "hours"
    """The owner's clocks show another time of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """One thing that a grid waits for, with its figures. Prices in quote."""

    until: Until
    threshold: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    """The one of now that is held against it."""
    hours: int = 0
    """Of the average."""
    known: int = 0
    """How many of them are known."""
    between: tuple[int, int] = (0, 0)
    """Minutes of the owner's day."""
    minute: int | None = None
    """What his clocks show now; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallPaused:
    """The price has fallen fast: the grid buys nothing for a while."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    highest: Decimal
    price: Decimal
    hours: int
    """Within which it fell."""
    until: int
    """ms"""
    orders: int
    """Buys that are being withdrawn."""
    again: bool
    """Whether it was paused already, and the fall is not over."""
    kind: Literal["fall_paused"] = "fall_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FallOver:
    """The grid buys again."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    price: Decimal
    lasted: int
    """ms"""
    kind: Literal["fall_over"] = "fall_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where a grid that had waited has begun, and with how much."""

    price: Decimal
    money: Decimal
    """Set aside, in quote."""
    quote: Asset
