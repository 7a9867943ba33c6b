"""The markets that a grid can be made on, in the order in which they are offered, with their last day."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.account.past import hours_of
from bot.owner.careful import MOVES_HOURS, moves_of
from bot.owner.proposal import similar
from exchange.port import Day, Exchange, ExchangeError
from strategy.model.account import Account
from strategy.model.durations import HOUR
from strategy.model.grid import Grid
from strategy.model.market import DOLLARS, BookState, Symbol
from strategy.model.money import ZERO
from strategy.model.past import Past

BEST_KNOWN = ("ETH_USDC", "BTC_USDC", "SOL_USDC")
"""Offered first to whoever has traded nothing, and where no turnover is known."""
READING_SECONDS = 2.0
"""For which a question waits for the tickers, and a preview for candles: it is asked with names alone without them."""
QUIET_HOURS = 24
"""Within so many before the hours that are measured something was traded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketLine:
    """A market as it is offered."""

    symbol: Symbol
    traded: bool
    """There was a grid of ours on it."""
    day: Day | None
    """None where nothing is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The markets of one account."""

    exchange: Exchange
    account: Callable[[], Account]
    clock: Callable[[], int]

    async def listings(self, part: str = "") -> Sequence[MarketLine]:
        """The open markets with this in their name: those of our grids, the latest first, then by their turnover."""
        days = await self._days()
        own = list(dict.fromkeys(grid.spec.symbol for grid in self._grids()))
        wanted = part.upper().replace("-", "_").replace("/", "_")
        found = [
            MarketLine(symbol=symbol, traded=symbol in own, day=days.get(symbol))
            for symbol, market in self.account().markets.items()
            if market.state is BookState.OPEN and wanted in symbol.upper()
        ]
        return sorted(found, key=lambda one: (own.index(one.symbol) if one.traded else len(own), *_by_turnover(one)))

    def last_grid(self, symbol: Symbol | None = None) -> Grid | None:
        """The one that was opened last, on this market where one is named."""
        return next((grid for grid in self._grids() if symbol in (None, grid.spec.symbol)), None)

    async def moves(self, symbol: Symbol) -> Decimal | None:
        """How far a market moves in an hour, as a fraction of its price; None where that can't be read in time."""
        now = self.clock()
        begins = now - now % HOUR - (MOVES_HOURS + QUIET_HOURS) * HOUR
        with contextlib.suppress(ExchangeError, TimeoutError):
            async with asyncio.timeout(READING_SECONDS):
                candles = await self.exchange.candles(symbol, "1h", begins, now + 1)
                return moves_of(Past(hours=hours_of(symbol, candles)), now)
        return None

    def similar(self, name: str) -> tuple[Symbol, ...]:
        """Markets with a similar name."""
        return similar(name, list(self.account().markets))

    def _grids(self) -> list[Grid]:
        return sorted(self.account().grids.values(), key=lambda grid: grid.id, reverse=True)

    async def _days(self) -> Mapping[Symbol, Day]:
        with contextlib.suppress(ExchangeError, TimeoutError):
            async with asyncio.timeout(READING_SECONDS):
                return await self.exchange.days()
        return {}


def _by_turnover(one: MarketLine) -> tuple[Decimal, int, Symbol]:
    """What is paid in another quote than dollars can't be compared, and comes after what can."""
    in_dollars = any(one.symbol.endswith(f"_{quote}") for quote in DOLLARS)
    known = BEST_KNOWN.index(one.symbol) if one.symbol in BEST_KNOWN else len(BEST_KNOWN)
    return -one.day.turnover if one.day and in_dollars else ZERO, known, one.symbol
