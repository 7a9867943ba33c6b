"""What adapting a grid has come to so far. Values only, kept on disk with the grid."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A fast fall, for which a grid buys nothing for a while. Prices in quote, times in ms."""

    at: int
    until: int
    highest: Decimal
    """The highest price of the hours in which it fell."""
    price: Decimal
    """The bid to which it had fallen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """Nothing of it follows from the rest of the grid. Every field has a default: an older grid lacks it on disk."""

    fall: Fall | None = None
    """While set, the grid buys nothing."""
