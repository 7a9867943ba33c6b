"""What adapting a grid has come to so far. Values only, kept on disk with the grid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.model.levels import Shape
from strategy.model.money import ZERO
from strategy.model.orders import LevelId


class Outside(StrEnum):
    """On which side of a grid's range the price is."""

    BELOW = "below"
    ABOVE = "above"


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
class Ladder:
    """A ladder on its way: it takes the place of the old one once no order of a level that goes may trade any more."""

    shapes: tuple[Shape, ...]
    """Lowest first, ranked from 1."""
    needs: Decimal = ZERO
    """Quote that the grid will need then, as it was worked out when the ladder was asked for."""
    cash: Decimal = ZERO
    """What its books had taken in, in quote, at that moment."""
    only_empty: bool = False
    """No level goes that has bought anything: worked out anew where one has meanwhile. It buys no coins at once."""
    most: Decimal | None = None
    """What the coins that it buys at once may cost, in quote, as it was shown; None where nothing was."""
    dearest: Decimal | None = None
    """What each of them may cost at most, as it was told; None where its owner was shown."""
    loss: Decimal | None = None
    """The most that the coins of levels that go may lose, in quote, as it was told; None where its owner was shown."""
    holds: bool = False
    """Whether levels that hold coins, and for which it has no place, stay above it until they have sold."""

    @property
    def is_shift(self) -> bool:
        """Whether the price has moved it, and not its owner."""
        return self.loss is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifting:
    """A shift of the ladder under way, as it was announced, and what it has come to so far. Money in quote."""

    at: int
    up: bool
    steps: int
    price: Decimal
    """The middle price for which it was worked out."""
    cost: Decimal
    """Fees and slippage of the coins that are bought at once, at most."""
    loss: Decimal
    """What the coins of levels that go would lose where they are sold then, at most."""
    bought: Decimal = ZERO
    """Coins, less the fees that were taken out of them."""
    paid: Decimal = ZERO
    """What they have cost, fees included."""
    lost: Decimal = ZERO
    """What of the loss it has come to, once the ladder stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeding:
    """The purchase of the coins for the levels above the price."""

    started_at: int
    wanted: Mapping[LevelId, Decimal]
    """Coins that each level needs in its lot before it can sell."""
    most: Decimal | None = None
    """What those may cost that are still to come, in quote, of what was shown for all; None where nothing was."""
    price: Decimal | None = None
    """What a coin cost when this began; None for the price at which the grid started."""
    dearest: Decimal | None = None
    """What a coin may cost at most, as it was told; None where nothing was."""
    bought: Decimal = ZERO
    """Coins that it has brought so far, less the fees that were taken out of them."""
    paid: Decimal = ZERO
    """What those have cost, in quote, fees included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """Nothing of it follows from the rest of the grid. Every field has a default: an older grid lacks it on disk."""

    fall: Fall | None = None
    """While set, the grid buys nothing."""
    ladder: Ladder | None = None
    last_level: int = 0
    """The highest id that a level of it has ever had; 0 while none has gone. An id is never used twice."""
    buying: bool = True
    """Whether it may buy. Its owner has paused that where it may not; sales go on."""
    stop: Decimal | None = None
    """Where the stop loss has risen to; None until it has."""
    apart: Decimal | None = None
    """How far below the price the stop loss was when its owner changed it last; None: as far as it was at the start."""
    again_from: int | None = None
    """When a limit of its own had stopped it, all orders and sales done; None once somebody has decided otherwise."""
    again_held: str = ""
    """Why it could not open again when it was due, until it has: the code of a problem."""
    since: Decimal = ZERO
    """Its total when it opened again last: what it may lose counts from there."""
    highest: Decimal = ZERO
    """The most that it has made above that, in quote, as two looks have seen it: from there it counts what its total
    comes down by. Kept up only while that is limited."""
    stop_sales: Decimal = ZERO
    """What its stop sales had come to then."""
    uncounted: Decimal = ZERO
    """Grid profit that they had lost again by then: no buy grows by it."""
    peak: Decimal | None = None
    """The highest bid that two looks have seen since it follows the price; None while it does not."""
    end_told: str = ""
    """The day for which its owner was told that it ends."""
    shifting: Shifting | None = None
    """A shift that is not complete."""
    shifts: tuple[int, ...] = ()
    """When the ladder shifted, the last 24 hours at least, ms."""
    held: tuple[str, ...] = ()
    """Why it did not, as was told, since the price left it last."""
    money: Decimal | None = None
    """What was set aside when its owner decided last, in quote, before its ladder shifted; None while it has not."""
    widened_at: int = 0
    """When its levels were last laid by a measure, ms; 0 while they never were."""
    measured_in: int = 0
    """The first moment of the hour in which what its interval follows was looked at last, ms."""
    outsized: Mapping[LevelId, Decimal] = field(default_factory=dict)
    """How large levels that had bought more than a later wish gives them are without anything earned, until bare."""
    left_behind: bool = False
    """Levels that held coins then have kept the distance of before."""
