"""Notices of what keeps a grid from opening or from buying, and of the end it was given."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId


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
