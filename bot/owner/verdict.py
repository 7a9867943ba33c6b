"""What a backtest comes to in a sentence: stated rules, figures in, names out. The sentences are the chat's."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.owner.backtests import Played

MUCH_FEES = Decimal("0.33")
"""The part of the gross profit from which fees are named."""
MUCH_OUTSIDE = Decimal("0.4")
"""The part of the time outside the range from which it is named."""
DEEP = Decimal("0.1")
"""The fall, as a part of the equity, from which it is named."""
FEW_TRIPS = 10
"""Fewer round trips than this say little."""
MOST_REASONS = 2


class Ending(StrEnum):
    """How it stands against cash and against holding: exactly one of them holds."""

    NOTHING = "nothing"
    """It never traded."""
    WORSE = "worse"
    """A loss, and holding would have been better."""
    SOFTER = "softer"
    """A loss, but less than holding."""
    BEHIND = "behind"
    """A profit, and less than holding."""
    AHEAD = "ahead"
    """A profit, and no less than holding."""


class Reason(StrEnum):
    """What has to be known beside it, the weightiest first."""

    STOPPED = "stopped"
    OUTSIDE = "outside"
    FEES = "fees"
    UNSURE = "unsure"
    """Profit or loss depends on which end of the candles came first."""
    DEEP = "deep"
    FEW = "few"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The sentence's parts."""

    ending: Ending
    reasons: tuple[Reason, ...] = ()


def verdict_of(played: Played) -> Verdict:
    """By the rules above; no more reasons than are read."""
    holds = {
        Reason.STOPPED: played.stopped is not None,
        Reason.OUTSIDE: 1 - played.in_range >= MUCH_OUTSIDE,
        Reason.FEES: played.fee_share is not None and played.fee_share >= MUCH_FEES,
        Reason.UNSURE: min(played.low_first, played.high_first) < 0 < max(played.low_first, played.high_first),
        Reason.DEEP: played.fall_share >= DEEP,
        Reason.FEW: played.fills > 0 and played.round_trips < FEW_TRIPS,
    }
    return Verdict(
        ending=_ending(played), reasons=tuple(reason for reason, is_so in holds.items() if is_so)[:MOST_REASONS]
    )


def _ending(played: Played) -> Ending:
    if not played.fills:
        return Ending.NOTHING
    if played.total < 0:
        return Ending.WORSE if played.holding >= played.total else Ending.SOFTER
    return Ending.BEHIND if played.holding > played.total else Ending.AHEAD
