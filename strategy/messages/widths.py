"""The notice of an interval that has followed what it follows, and why it has where that is the volume goal."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from strategy.model.market import Asset, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId
from strategy.model.past import Measure
from strategy.model.weeks import VolumeGoal


class Pace(StrEnum):
    """How the volume of the goal's span stands to the part of it that is over."""

    BEHIND = "behind"
    AHEAD = "ahead"
    COSTLY = "costly"
    """What it costs is ahead of the budget, whatever the volume."""
    REACHED = "reached"
    SPENT = "spent"
    """What it may cost is spent."""
    ANEW = "anew"
    """Another span has begun."""
    NO_GOAL = "no_goal"
    """There is none, or none with a budget."""


class WidthBound(StrEnum):
    """What keeps an interval from what is measured."""

    LEAST = "least"
    MOST = "most"
    FEES = "fees"
    """Closer together its levels would earn too little after fees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase:
    """A look at the volume goal, in USDC."""

    pace: Pace
    goal: VolumeGoal | None = None
    volume: Decimal = ZERO
    cost: Decimal = ZERO
    passed: Decimal = ZERO
    """The part of the span that is over."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is chased, or not yet again: the interval is the grid's own then."""
        return self.pace not in (Pace.BEHIND, Pace.AHEAD, Pace.COSTLY)


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
    """As a fraction of the price; nothing where it follows the volume goal."""
    moved: int
    """Levels."""
    stayed: int
    until: int
    """It stays so until then at least, ms."""
    chase: Chase | None = None
    """Why, where it follows the volume goal."""
    own: Decimal | None = None
    """The interval that its owner gave, where this is another one."""
    bound: WidthBound | None = None
    """Which of its bounds it has come to, where it follows the market."""
    bound_at: Decimal | None = None
    """That one as a fraction of the price, where its owner gave it."""
    kind: Literal["width_changed"] = "width_changed"
