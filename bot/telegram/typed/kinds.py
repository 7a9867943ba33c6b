"""What a parameter is, and what its values may be. The rows themselves are in `parameters`."""

from dataclasses import dataclass
from enum import StrEnum

from strategy.model.spec import MAX_LEVELS, Spacing

INTERVAL = (Spacing.INTERVAL,)
RANGES = (Spacing.ARITHMETIC, Spacing.GEOMETRIC)


class Kind(StrEnum):
    """What a parameter's value may be."""

    PRICE = "price"
    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    HOURS = "hours"
    """A number of hours; `2d` is 48."""
    TIMES = "times"
    """So many times something else."""
    CLOCK = "clock"
    """A part of the day: `09:00-17:00`."""
    DATE = "date"
    """A day, `2026-12-31`, or a number of days from today, `30d`."""
    SPACING = "spacing"
    SHIFT = "shift"
    MEASURE = "measure"
    """What is measured of a market's last hours."""
    YES_NO = "yes_no"
    PERIOD = "period"
    """A UTC day, or a points week."""
    MARKET = "market"
    GRID = "grid"


class Unit(StrEnum):
    """What a price or an amount is counted in."""

    QUOTE = "quote"
    """What the market is paid in."""
    USDC = "usdc"
    BASE = "base"
    """What is bought."""


class Looser(StrEnum):
    """Which change of a limit lets more happen than before. Nothing set is no limit at all, unless it says so here."""

    MORE = "more"
    """A larger figure, or none."""
    LESS = "less"
    """A smaller one, or none."""
    ALLOWED = "allowed"
    """A larger one; none allows nothing."""
    SOONER = "sooner"
    """A smaller one; none is never."""
    OFF = "off"
    """None; one figure is not looser than another."""
    NO = "no"
    YES = "yes"
    BEYOND = "beyond"
    """Whatever reaches beyond what it was."""


class Place(StrEnum):
    """Where a preview shows what a parameter comes to."""

    CARD = "card"
    """In the card's own sentences, which say it with other figures."""
    LINE = "line"
    """In a line of its own, where it is set: `parameter.<word>.line`."""
    LIMIT = "limit"
    """Among the limits, where it is set: `parameter.<word>.limit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What one parameter is and may be."""

    word: str
    kind: Kind
    unit: Unit | None = None
    example: str
    command: str = "grid"
    """Whose parameter it is; of none where its value stands alone in a line and is only named in refusals."""
    field: str = ""
    """What it sets in a grid's spec."""
    setting: str = ""
    """The setting that holds its default."""
    only: tuple[Spacing, ...] = tuple(Spacing)
    """The kinds of grid that it is for."""
    needs: str = ""
    """Another one that has to be given with it."""
    instead_of: str = ""
    """Another one that it takes the place of. Those that stand in for the same one exclude each other, too."""
    beside: str = ""
    """Its value with which it does not take that place, but says more of it."""
    becomes: str = ""
    """The field of a spec that its value is turned into, when a grid is proposed; `field` is then no spec's."""
    in_dollars: bool = False
    """Its word names dollars: on a market that is paid in anything else it is called `parameter.<word>.other`."""
    bare_percent: bool = False
    """Whether a larger bare number below 1 is per cents: 0.4 can't be 40 %. Else it is asked about."""
    brief: bool = False
    """Whether a small bare number is the brief's fraction although a larger one is per cents: nothing else would do."""
    a_part: bool = False
    """Whether the whole of it is none: levels without money, and falls that no price ever makes."""
    most_bare: int = 100
    """The largest per cent that needs no sign: beyond it money may have been meant, which would be no limit at all."""
    by_coin: bool = False
    """Whether it can be set for one coin too: its word, a point, the coin."""
    most: int = MAX_LEVELS
    """The largest number, where it counts something."""
    least: int = 1
    """The smallest number of hours."""
    asked: bool = False
    """Whether /grid alone asks for it."""
    tunable: bool = False
    removable: bool = False
    """Whether it can be `off`."""
    looser: Looser | None = None
    """Which way lets more happen; None: it is no limit, and what money it moves is shown by its sum."""
    refines: str = ""
    """The parameter that it says more of: help explains it beside that one."""
    any_of: tuple[str, ...] = ()
    """Others of which one has to be set for its yes, or its figure, to do anything."""
    idle: str = ""
    """The value of that one with which it says nothing."""
    preview: Place = Place.CARD
