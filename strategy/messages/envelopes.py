"""What is told of envelopes: the parts of an account's money that its grids may use."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeChanged:
    """The account's money was divided anew, and a grid has more or less of it by now."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    before: Decimal
    """What was set aside for it, in quote; likewise `after`."""
    after: Decimal
    envelope: Decimal | None
    """Its share, as a fraction; None where it takes what is left."""
    kind: Literal["envelope_changed"] = "envelope_changed"
