"""Notices that sum up: the restart report, the daily report. Their figures are folds over the ledger."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.messages.gates import Awaited
from strategy.messages.machine import Shadowed
from strategy.model.adapted import Fall
from strategy.model.grid import Phase
from strategy.model.ledger import Standing
from strategy.model.market import Asset, Side, Symbol
from strategy.model.orders import GridId, LevelId, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """An order whose fate is not known, and since when."""

    grid_id: GridId
    symbol: Symbol
    level: LevelId | None
    purpose: Purpose
    side: Side
    price: Decimal
    quote: Asset
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """The restart report: what happened while the bot was away."""

    at: int
    away: int
    """Milliseconds."""
    fills: int
    profit: Decimal
    quote: Asset | None
    """What the profit is counted in; None where no grid is known."""
    placed: int
    limbo: int
    balanced: bool | None
    """Whether the exchange's balances equal the books; None if that could not be seen yet."""
    grids: int
    unclear: tuple[Unclear, ...] = ()
    """The orders counted in `limbo`."""
    kind: Literal["came_back"] = "came_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLine:
    """One grid in a report."""

    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    phase: Phase
    fills_today: int
    trips_today: int
    standing: Standing
    orders: int = 0
    """Its live orders: a grid that is paused is still pausing while there are some."""
    awaits: tuple[Awaited, ...] = ()
    """What it waits for before it opens."""
    fall: Fall | None = None
    """Why it buys nothing for a while."""
    past_unknown: bool = False
    """Whether new buys wait until it is known whether there was a fast fall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A day's report, or the statistics on leaving (`leaving`). Fees are those of the day."""

    at: int
    day: str
    grids: tuple[GridLine, ...]
    over: bool = False
    """Whether the day had ended: the figures are those of its end."""
    last: str | None = None
    """Of several days, the first of which is `day`: the last one."""
    begins: str | None = None
    """Where it tells of more, or less, than the day: from when on, as 2026-11-21 16:00 at the owner's."""
    leaving: bool = False
    orders_kept: int = 0
    orders_unknown: int = 0
    """In limbo: they may rest at the exchange, or may never have arrived."""
    shadow: Shadowed | None = None
    """What the night's shadow replay came to, where its owner has it made."""
    kind: Literal["report"] = "report"
