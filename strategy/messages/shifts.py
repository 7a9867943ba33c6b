"""Notices of a ladder that follows the price: before a shift, after it, and why there is none."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from strategy.model.market import Asset, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId


class Kept(StrEnum):
    """Why a ladder stays where it is although the price has left it."""

    PAST = "past"
    """The market's last hours are not known."""
    SPIKE = "spike"
    """The price is too far from its average."""
    FALLING = "falling"
    """It falls fast."""
    MOST = "most"
    """It has shifted as often as it may in a day."""
    REST = "rest"
    """It has shifted a short while ago."""
    BOUNDS = "bounds"
    """It has come as far as it may."""
    COST = "cost"
    """A shift would cost more than it may."""
    MONEY = "money"
    """There is not enough that is free."""
    POSITION = "position"
    """The maximum position, or the exposure, has no room for it."""
    LADDER = "ladder"
    """No ladder can be there: its levels would be too small, or a limit would be in its way."""


class End(StrEnum):
    """What of a grid's wish says how far its ladder may go."""

    LOW = "low"
    HIGH = "high"
    STOP = "stop"
    """It stays above its stop loss."""
    TAKE = "take"
    """It comes no farther than its take profit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftBegun:
    """A ladder is about to shift: what that comes to, at most. Money in quote."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    up: bool
    steps: int
    price: Decimal
    lower: Decimal
    """The range from then on."""
    upper: Decimal
    orders: int
    """That are cancelled."""
    coins: Decimal
    """That are bought at once."""
    spent: Decimal
    """What these cost at most."""
    fees: Decimal
    """What of that is fees, at most."""
    slippage: Decimal
    """And slippage."""
    more: Decimal
    """What is set aside beyond what is set aside now."""
    loss: Decimal
    """What the coins of levels that go would lose where they are sold then, at most."""
    held: int
    """Levels above the new range that stay until they have sold their coins."""
    endless: bool = False
    kind: Literal["shift_begun"] = "shift_begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftDone:
    """A ladder stands where it shifted to: what it really came to, beside what was told. Money in quote."""

    at: int
    grid_id: GridId
    symbol: Symbol
    base: Asset
    quote: Asset
    up: bool
    steps: int
    lower: Decimal
    upper: Decimal
    coins: Decimal
    paid: Decimal
    cost: Decimal
    """Fees and slippage: what was paid for the coins beyond what they were worth when the shift was told."""
    told_cost: Decimal
    loss: Decimal
    told_loss: Decimal
    kind: Literal["shift_done"] = "shift_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftKept:
    """The price has left the ladder, which stays: why. Told once for each reason, until the price is back."""

    at: int
    grid_id: GridId
    symbol: Symbol
    quote: Asset
    up: bool
    price: Decimal
    reason: Kept
    value: Decimal = ZERO
    """What is held against the limit: mean hourly ranges, shifts, quote."""
    threshold: Decimal = ZERO
    """The limit; of bounds the price of the one that is in the way."""
    end: End | None = None
    """Which of its bounds that is."""
    until: int = 0
    """When it may shift again, where that is known; ms."""
    kind: Literal["shift_kept"] = "shift_kept"
