"""The notice of an interval that has followed its measure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId
from strategy.model.past import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class WidthChanged:
    """The empty levels of a grid are laid anew. Nothing is bought or sold for it."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    before: Decimal
    """The interval, in quote; the same as after it where levels come along that held coins last time."""
    after: Decimal
    follows: Measure
    hours: int
    measure: Decimal
    """As a fraction of the price."""
    moved: int
    """Levels."""
    stayed: int
    until: int
    """It stays so until then at least, ms."""
    kind: Literal["width_changed"] = "width_changed"
