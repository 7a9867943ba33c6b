"""What pictures are made of: the market's candles, the fills and the curve of a total. Reads, and draws nothing."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from bot.owner.pace import Pace
from bot.owner.pictures import Bar, Point, Trade
from exchange.port import INTERVALS, ExchangeError
from exchange.port import Exchange as Venue
from storage.curves import ALL
from storage.store import Store
from strategy.model.account import Account
from strategy.model.durations import HOUR
from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId

log = logging.getLogger(__name__)

MOST_BARS = 96
"""On a phone; of several lengths of candle the shortest is taken with which there are no more."""
MOST_TRADES = 300
SHORT = 12 * HOUR
"""Milliseconds of a curve whose minutes can be shown."""
PATIENCE = 8.0
"""Seconds for the candles: a picture without them is better than none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """The material of one account's pictures."""

    exchange: Venue
    store: Store
    account: Callable[[], Account]
    pace: Pace = field(default_factory=Pace)

    async def bars(self, symbol: Symbol, since: int, until: int) -> tuple[Bar, ...]:
        """Candles of the exchange, by one call; none where they can't be read."""
        interval = next((name for name, one in INTERVALS.items() if (until - since) / one <= MOST_BARS), "1d")
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self.exchange.candles(symbol, interval, since, until + 1)
            return tuple(
                Bar(
                    at=one.at,
                    open=Decimal(one.open),
                    high=Decimal(one.high),
                    low=Decimal(one.low),
                    close=Decimal(one.close),
                )
                for one in found
            )
        except (ExchangeError, TimeoutError, InvalidOperation) as failure:
            log.warning("picture event=no_candles symbol=%s text=%r", symbol, str(failure))
            return ()

    def trades(self, grid_id: GridId, since: int, until: int) -> tuple[Trade, ...]:
        """A grid's fills since then by the market's clock, the oldest first; of very many only the last."""
        page = self.store.fills_page(self.account().name, grid_id=grid_id, limit=MOST_TRADES)
        found = [
            Trade(at=self.marked(one.fill.at, until), price=one.fill.price, side=one.fill.side)
            for one in reversed(page)
        ]
        return tuple(one for one in found if one.at >= since)

    def curve(self, quote: Asset, grid_id: GridId | None, since: int, until: int) -> tuple[Point, ...]:
        """The total of a grid, or of all in a quote, as it was written down: each minute of a short time, else hour."""
        name = self.account().name
        if grid_id is not None and until - since <= SHORT:
            return tuple((one.at, one.total) for one in self.store.snapshots(name, grid_id, since))
        legs = self.store.legs(name, (quote, ALL if grid_id is None else grid_id), since)
        return tuple((leg.at, leg.last) for leg in legs)

    def marked(self, at: int, until: int) -> int:
        """A moment of ours as the market dates it, which runs faster in a demo. Both have the same now."""
        return self.pace.market(at, until)

    def lived(self, bars: tuple[Bar, ...], until: int) -> tuple[Bar, ...]:
        """The market's candles by our own clock."""
        return tuple(replace(bar, at=self.pace.ours(bar.at, until)) for bar in bars)
