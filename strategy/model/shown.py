"""What was shown to the owner before it is done, and what it would come to. Values only."""

from dataclasses import dataclass
from decimal import Decimal

from strategy.model.grid import Grid
from strategy.model.money import ZERO

PREVIEW_LIFE = 10 * 60_000
"""Milliseconds for which what was shown holds."""
PREVIEW_BAND = Decimal("0.005")
"""How far the price may move meanwhile, as a fraction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a preview has promised, in quote, and for which price."""

    at: int
    price: Decimal
    money: Decimal
    seed_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What tuning a grid takes: orders off the book that it does not put back, and money that was free."""

    version: int
    """Of the spec that is tuned."""
    orders: int = 0
    """Buys, resting or under way."""
    value: Decimal = ZERO
    """Price times what is left of them, in quote."""
    more: Decimal = ZERO
    """Quote that it sets aside beyond what is set aside now."""
    seed_cost: Decimal = ZERO
    """What the coins cost, at most, that another ladder buys at once, in quote."""
    loss: Decimal = ZERO
    """What the coins of levels that go would lose at the prices at which they are sold then, in quote."""
    price: Decimal | None = None
    """For which price another ladder was worked out; None where the ladder stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What tuning a grid would come to."""

    tuned: Grid
    """As it is at once; another ladder is on its way then."""
    becomes: Grid
    """As it is once that has taken the place of the old one."""
    withdrawn: Withdrawn
    held: Decimal
    """Quote that is set aside for the grid now."""
    kept: int = 0
    """Orders that stay where they are."""
    moved: int = 0
    """Orders that are cancelled, in whose place another level gets one."""
    cancelled: int = 0
    """Orders that are cancelled beyond those."""
    placed: int = 0
    """New levels beyond those."""
    seed_coins: Decimal = ZERO
    """Coins that are bought at once, fee included."""
    freed: Decimal = ZERO
    """Quote that it sets aside no more."""

    @property
    def reshapes(self) -> bool:
        """Whether it puts up another ladder."""
        return self.withdrawn.price is not None
