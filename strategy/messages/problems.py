"""Why a command can't be done, as data: the text, with the setting that would mend it, is the chat's."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ProblemCode(StrEnum):
    """Why a command is refused. The facts that go with each are named in texts."""

    UNKNOWN_MARKET = "unknown_market"
    UNKNOWN_GRID = "unknown_grid"
    WRONG_PHASE = "wrong_phase"
    NO_PRICE = "no_price"
    SAME_TICK = "same_tick"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    LOSES = "loses"
    ROUNDING = "rounding"
    NO_MONEY = "no_money"
    OUTSIDE = "outside"
    TOO_MANY_LEVELS = "too_many_levels"
    TOO_MANY_GRIDS = "too_many_grids"
    BELOW_ZERO = "below_zero"
    BAD_RANGE = "bad_range"
    BAD_LIMIT = "bad_limit"
    HALTED = "halted"
    INTERRUPTED = "interrupted"
    MARKET_CLOSED = "market_closed"
    POSITION = "position"
    EXPOSURE = "exposure"
    OPENING_PAUSED = "opening_paused"
    END_PAST = "end_past"
    NO_TRAIL_START = "no_trail_start"
    AGAIN_TOO_SOON = "again_too_soon"
    DIFFERENCE = "difference"
    PREVIEW_OVER = "preview_over"
    NO_TARGET = "no_target"
    COUNTED_TWICE = "counted_twice"
    TRIGGER_OUTSIDE = "trigger_outside"
    NO_GOAL = "no_goal"
    NOT_PLAYED = "not_played"
    NO_HISTORY = "no_history"
    NOTHING_BEFORE = "nothing_before"
    NO_QUOTE_PRICE = "no_quote_price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a command can't be done, as data: the text, with the setting that would mend it, is the chat's."""

    code: ProblemCode
    field: str | None = None
    """The parameter that would mend it."""
    facts: tuple[tuple[str, str | int | Decimal], ...] = ()
