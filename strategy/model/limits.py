"""The limits that an owner sets for an account as a whole, and what is known of them. Values, kept with the account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId
from strategy.model.weeks import Counted, VolumeGoal

MOST_A_MINUTE = 1_000
"""Orders, or round trips: no limit can be above it, as the moments of that many are kept."""
MOST_HITS = 12
MOST_STOPS = 20


class Bound(StrEnum):
    """Which limit was reached; those of a single grid have the name of the reason for which it stopped."""

    DRAWDOWN = "drawdown"
    DAILY_LOSS = "daily_loss"
    EXPOSURE = "exposure"
    ORDERS = "orders"
    TRIPS = "trips"
    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    MAX_LOSS = "max_loss"
    MAX_DRAWDOWN = "max_drawdown"
    STOPS = "stops"
    TRAILING = "trailing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the owner sets for all grids together. None is no limit."""

    daily_loss: Decimal | None = None
    """In USDC, since local midnight."""
    drawdown: Decimal | None = None
    """A fraction of the grids' equity at its highest."""
    exposure: Decimal | None = None
    """What coins and live buys of all grids may cost, in USDC."""
    exposure_of: Mapping[Asset, Decimal] = field(default_factory=dict)
    """The same for single coins."""
    orders: int | None = None
    """That are placed within a minute."""
    trips: int | None = None
    """Round trips that close within a minute."""
    stops: int | None = None
    """Grids that a loss stops within `stops_hours`: then nothing opens for as long."""
    stops_hours: int = 24

    def __post_init__(self) -> None:
        for most in (
            self.daily_loss,
            self.drawdown,
            self.exposure,
            self.orders,
            self.trips,
            *self.exposure_of.values(),
        ):
            assert most is None or most > 0, "a limit is above zero, or off"
        for most in (self.orders, self.trips):
            assert most is None or most <= MOST_A_MINUTE
        assert self.stops is None or 0 < self.stops <= MOST_STOPS, "a number of stops that is kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The highest that the grids of one quote have come to since the drawdown is limited."""

    at: int
    totals: Mapping[GridId, Decimal]
    """Each grid's total then. One that began later is missing: it started at zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class High:
    """All grids' totals at one look, and from when the prices were."""

    at: int
    totals: Mapping[GridId, Decimal]
    looks: Mapping[Symbol, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A limit that was reached, with the figures that caused it."""

    at: int
    bound: Bound
    value: Decimal
    threshold: Decimal
    unit: Asset | None = None
    """None for a number of orders or round trips."""
    grid_id: GridId | None = None
    coin: Asset | None = None
    """Whose exposure it is; None for that in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None is no limit. Every field has a default: an older account lacks it on disk."""

    uses_lent: bool = False
    """Whether what is lent counts as there: our orders take back what they need of it."""
    drawdown: Decimal | None = None
    exposure: Decimal | None = None
    exposure_of: Mapping[Asset, Decimal] = field(default_factory=dict)
    orders: int | None = None
    trips: int | None = None
    peaks: Mapping[Asset, Peak] = field(default_factory=dict)
    """By quote, as long as the drawdown is limited."""
    placed: tuple[int, ...] = ()
    """When the last orders were asked for, as long as they are limited: those of a minute, the newest last."""
    closed: tuple[int, ...] = ()
    """When the last round trips closed, likewise."""
    told: Mapping[str, int] = field(default_factory=dict)
    """Since when the owner knows that something is held back: by the limit, with a dot and its coin."""
    hits: tuple[Hit, ...] = ()
    """The last ones, the newest last."""
    goal: VolumeGoal | None = None
    counted: Counted | None = None
    """What was counted for it last; None where nothing was since it is this goal."""
    goal_told: int = 0
    """The beginning of the span for which the owner was told that the goal is reached."""
    budget_told: int = 0
    """Likewise, that the budget is spent."""
    week_told: int = 0
    """The end of the last points week that was told."""
    stops: int | None = None
    stops_hours: int = 24
    stopped: tuple[int, ...] = ()
    """When a loss had stopped a grid, as long as that is limited: within the hours that count, the newest last."""
    paused_until: int = 0
    """Nothing opens before then: so many grids had been stopped. The owner's resume lifts it."""
