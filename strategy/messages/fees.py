"""What is told of fees: another tier, and what it makes of the grids that run."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.model.market import Asset, Fees, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the fees leave of a grid's round trips, both legs as maker."""

    grid_id: GridId
    symbol: Symbol
    quote: Asset
    least: Decimal
    """At the level that earns least, after fees, in quote."""
    most: Decimal
    rate: Decimal
    """The least, as a fraction of what its buy costs."""
    share: Decimal
    """The part of a step that goes to fees, at the level where it is largest. All of it where nothing is earned."""
    step: Decimal
    """The smallest rise from buy to sell, as a fraction."""
    least_step: Decimal
    """The smallest that pays fees, buffer and a tick."""
    buffer: Decimal
    """What a round trip is to earn at least, as a fraction."""
    has_out: bool
    """An interval grid, whose steps are `out`."""

    @property
    def loses(self) -> bool:
        """A round trip earns nothing, or less."""
        return self.rate <= ZERO

    @property
    def too_little(self) -> bool:
        """It would not be opened like this."""
        return self.rate < self.buffer

    @property
    def is_rounded_away(self) -> bool:
        """The step would do: so few coins are sold that rounding takes what it earns."""
        return self.too_little and self.step >= self.least_step


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesChanged:
    """The account's fee tier moved, and the grids that trade, or will, were judged anew."""

    at: int
    maker: Decimal
    taker: Decimal
    losing: tuple[GridId, ...]
    """Those whose round trips no longer earn fees and buffer."""
    judged: tuple[Judged, ...] = ()
    """The same, with their figures."""
    before: Fees | None = None
    """None in a notice of an older version."""
    kind: Literal["fees_changed"] = "fees_changed"
