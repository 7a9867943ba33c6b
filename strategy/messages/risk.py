"""Notices of the limits of all grids together: what is held back by them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from strategy.model.limits import Bound
from strategy.model.market import Asset


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningPaused:
    """As many grids as may be were stopped by a loss within the time: nothing opens until it has passed once more."""

    at: int
    stops: int
    hours: int
    until: int
    """ms"""
    waiting: int
    """Grids that wait, or that were to open again, and must not before then."""
    kind: Literal["opening_paused"] = "opening_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Orders wait, as a limit of the account has no room for them. They go in by themselves once it has."""

    at: int
    bound: Bound
    coin: Asset | None
    """Whose exposure it is; None for that in all, and for a number a minute."""
    value: Decimal
    """What is held and asked for in USDC, or what was counted in the last minute."""
    threshold: Decimal
    kind: Literal["held_back"] = "held_back"
