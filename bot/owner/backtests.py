"""What the chat may ask of the past, and what it is answered: values only. Nothing is played here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot.owner.wish import Wish
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.durations import DAY
from strategy.model.market import Fees, Market
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason
from strategy.model.valuing import price_in_usdc

USUAL_DAYS = 30
MOST_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A grid to be played over the last days: one that is known, or one that is wished for at the price of then."""

    market: Market
    fees: Fees
    days: int
    now: int
    """The exchange's time, ms."""
    free: Decimal
    """Quote that a share of the money is a part of."""
    spec: GridSpec | None = None
    wish: Wish = field(default_factory=dict)
    quote_price: Decimal | None = None
    """USDC for a unit of the quote, where that is no dollar and is known."""
    since: int | None = None
    """The very moment at which it begins, ms, in the place of so many days before now."""

    @property
    def begins(self) -> int:
        """When it begins, ms."""
        return self.now - self.days * DAY if self.since is None else self.since


class Source(StrEnum):
    """Where the prices are from."""

    KEPT = "kept"
    """From what `packgrid candles` keeps."""
    FETCHED = "fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a grid would have come to. Money in quote, parts as fractions, times in ms."""

    market: Market
    spec: GridSpec
    lowest: Decimal
    highest: Decimal
    levels: int
    days: int
    """That were asked for."""
    begins: int
    ends: int
    candles: int
    interval: int
    source: Source
    first_price: Decimal
    last_price: Decimal
    money: Decimal
    total: Decimal
    low_first: Decimal
    """The total where the low comes first in each candle; likewise the other."""
    high_first: Decimal
    grid_profit: Decimal
    stop_sales: Decimal
    floating: Decimal
    fees: Decimal
    fee_share: Decimal | None
    """Of what the round trips made before fees."""
    holding: Decimal
    """What the same money in coins would have made."""
    fall: Decimal
    """The deepest, of the equity."""
    fall_share: Decimal
    below: int
    """The longest time below a highest."""
    fills: int
    round_trips: int
    in_range: Decimal
    """The part of the time in which the price was in its range."""
    stopped: StopReason | None = None
    stopped_at: int | None = None
    picture: bytes | None = None
    """A PNG; None where what draws it is not installed."""


class Why(StrEnum):
    """Why nothing could be played."""

    REFUSED = "refused"
    """The grid could not have been started then."""
    TOO_LITTLE = "too_little"
    """The market has too little of a past."""
    NOTHING = "nothing"
    """Of all that was tried nothing earns anything."""
    UNPLAYED = "unplayed"
    """What plays many at once does not play this market."""
    MISSING = "missing"
    """What plays many at once is not installed."""
    UNREAD = "unread"
    """The exchange's history could not be read."""
    SLOW = "slow"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlayed:
    """Nothing was played."""

    why: Why
    problem: Problem | None = None
    at: int = 0
    """When it would have been started."""
    price: Decimal | None = None
    """What the price was then."""
    text: str = ""
    """The exchange's words."""


Loaded = Callable[[int], Awaitable[None]]
"""Told of how many candles are there, once they are."""
Play = Callable[[Wanted, Loaded], Awaitable[Played | NotPlayed]]


def wanted_of(  # one field each
    account: Account,
    market: Market,
    *,
    days: int,
    now: int,
    free: Decimal,
    spec: GridSpec | None = None,
    wish: Wish | None = None,
) -> Wanted:
    """What is played, by the fees and the prices that the account knows."""
    return Wanted(
        market=market,
        fees=account.fees,
        days=days,
        now=now,
        free=free,
        spec=spec,
        wish=dict(wish or {}),
        quote_price=price_in_usdc(account, market.quote),
    )
