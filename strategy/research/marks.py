"""What a grid holds over the time of a recorded market. No I/O."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the grid holds from the close of a candle on, until the next mark."""

    candle: int
    coins: Decimal
    cash: Decimal
    """What its total is beyond the worth of the coins."""
    cost: Decimal
    """What they have cost."""
    range: tuple[Decimal, Decimal]
    """The lowest buy and the highest sell price of its ladder."""
