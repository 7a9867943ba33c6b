"""What the chat may ask to be proposed, and what it is answered: values only. Nothing is chosen here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from bot.owner.backtests import Loaded, NotPlayed, Source
from bot.owner.pictures import Panel, PanelsPicture, Point, Rung
from strategy.grid.sizing import money_down
from strategy.messages.problems import Problem
from strategy.model.curve import PriceRange
from strategy.model.market import Asset, Fees, Market, Symbol, in_quote
from strategy.model.spec import GridSpec
from strategy.research.styles import Style

__all__ = [
    "DAYS",
    "MONEY",
    "Asked",
    "Panel",
    "PanelsPicture",
    "Proposal",
    "Proposed",
    "Style",
    "Suggest",
    "Suggested",
    "Went",
    "suggested_money",
]

DAYS = 30
"""Of the past by which it is chosen, and of the time ahead."""
MONEY = Decimal(1000)
"""USDC for which a grid is proposed where nothing was said and as much is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Grids for these markets, each for so much money."""

    markets: tuple[Market, ...]
    fees: Fees
    now: int
    """The exchange's time, ms."""
    money: Decimal
    """In quote."""
    quote_price: Decimal | None = None
    """USDC for a unit of the quote, where that is no dollar and is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """How it went on recorded days. Money in quote."""

    total: Decimal
    fees: Decimal
    trips: int
    fall: Decimal
    """The deepest, as a part of the equity."""
    lasted: int
    """How long it was there, ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One grid. Money in quote, parts as fractions."""

    style: Style
    spec: GridSpec
    rungs: tuple[Rung, ...]
    """Its levels at the price of now, the lowest first."""
    lower: Decimal
    upper: Decimal
    step: Decimal
    """From a buy to its sale, as a part of the buy's price, at the level where it is smallest."""
    low: Decimal
    """Of ten markets that might come, one brings less than this."""
    middle: Decimal
    high: Decimal
    """And one more than this."""
    worst_price: Decimal
    worst_loss: Decimal
    """Total at that price when everything has been bought and nothing sold: negative."""
    worst: Decimal
    """That, or what the worst of all markets that might come brings, where it is less: below `low` in any case."""
    past: Went | None
    """The same grid, begun with the days that are known, by which it may have been chosen; None where it was none."""
    unseen: Went | None
    """Grids that were chosen likewise, on days that had not been looked at then; None where none was, or is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """The grids of one market, the calmest first, the default grid last."""

    market: Market
    money: Decimal
    price: Decimal
    begins: int
    ends: int
    candles: int
    interval: int
    source: Source
    variants: int
    """From which they were chosen."""
    proposals: tuple[Proposal, ...]
    refused: Problem | None = None
    """Why the default grid can't be opened; it is not among them then."""
    closes: tuple[Point, ...] = ()
    """The prices of the days by which it was chosen, as far apart as can be drawn."""
    coming: tuple[PriceRange, ...] = ()
    """Where the price is in eight of ten markets that might come, day by day from now on."""

    def of(self, style: Style) -> Proposal:
        """The one of a style."""
        return next(one for one in self.proposals if one.style is style)

    def has(self, style: Style) -> bool:
        """Whether there is one."""
        return any(one.style is style for one in self.proposals)

    @property
    def rank(self) -> Decimal:
        """What the normal grid brings in the middle for what it loses in the worst tenth: the higher the better."""
        normal = self.of(Style.NORMAL)
        return normal.middle / max(-normal.low, self.money / 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What was found: of several markets the best first, and those of which nothing can be said."""

    markets: tuple[Proposed, ...]
    left_out: tuple[Symbol, ...] = ()


def suggested_money(quote: Asset, quote_price: Decimal | None, free: Decimal) -> Decimal | None:
    """What a grid is proposed for where nothing was said: what is free, but no more than the usual; None without a
    price that says how much that is.
    """
    usual = in_quote(MONEY, quote, quote_price)
    return None if usual is None else money_down(min(usual, free) if free > 0 else usual, quote)


Suggest = Callable[[Asked, Loaded], Awaitable[Suggested | NotPlayed]]
