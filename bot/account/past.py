"""The last hours of the markets that grids follow: downloaded once, after a gap, and now and then. Decides nothing."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.account.runner import Runner
from bot.account.unread import UnreadRows
from exchange.port import BadAnswer, Candle, Exchange, ExchangeError, Listed
from storage.errors import StorageUnavailable
from strategy.adapt.following import followed
from strategy.messages.by_hand import Listing
from strategy.messages.events import CandlesRead
from strategy.model.durations import HOUR
from strategy.model.market import Symbol
from strategy.model.money import amount
from strategy.model.orders import Unread
from strategy.model.past import KEPT_HOURS, Hour
from strategy.model.spec import GridSpec

log = logging.getLogger(__name__)

PATIENCE = 3
"""Failed reads of a market's past in a row before the owner hears of it."""
PLAYED_EVERY = 10_000
"""Milliseconds between two reads where a recorded market is played: each may bring an hour of it."""
LOOKING_SECONDS = 10.0
"""For which a preview waits for a market's last hours."""
LONGEST_PAUSE = 60_000
"""Milliseconds between two tries, at most."""


@dataclass(slots=True, kw_only=True)
class PastReader:
    """Reads hourly candles. A failure delays what waits for them, and nothing else."""

    exchange: Exchange
    runner: Runner
    clock: Callable[[], int]
    unread: UnreadRows
    every: int = HOUR
    """Milliseconds after which a past that is known is read again."""
    _read_at: dict[Symbol, int] = field(default_factory=dict)
    _failures: dict[Symbol, int] = field(default_factory=dict)
    """Failed reads in a row."""
    _next_at: dict[Symbol, int] = field(default_factory=dict)
    """When the next try may be, of those that failed."""

    async def follow(self) -> None:
        """Read what is due. Never raises for the exchange's."""
        if self.runner.trouble.now is not None:
            return  # what can't be written down need not be read
        for symbol in sorted(followed(self.runner.account)):
            if self._is_due(symbol):
                await self.read(symbol)

    async def read(self, symbol: Symbol) -> None:
        """Read one market's last hours. Never raises for the exchange's or the store's."""
        now = self.clock()
        try:
            candles = await self.exchange.candles(symbol, "1h", now - now % HOUR - KEPT_HOURS * HOUR, now + 1)
            hours = hours_of(symbol, candles)
        except ExchangeError as failure:
            self._failed(symbol, failure)
            return
        self._read_at[symbol] = self.clock()
        self._failures.pop(symbol, None)
        self._next_at.pop(symbol, None)
        if not self._failures:
            self.unread.seen(Listing.CANDLES, ())
        self.runner.post(CandlesRead(at=self.clock(), symbol=symbol, hours=hours))
        try:
            await self.runner.settled()
        except StorageUnavailable as failure:
            log.warning("store event=unwritten text=%r", str(failure))

    async def look_back(self, spec: GridSpec) -> None:
        """Have them read where a wish needs them before anything is shown. What can't be read in time is waited for."""
        if spec.hours_back and self.runner.account.past_of(spec.symbol, self.clock()) is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKING_SECONDS):
                    await self.read(spec.symbol)

    def _is_due(self, symbol: Symbol) -> bool:
        now = self.clock()
        if now < self._next_at.get(symbol, 0):
            return False
        lacks = self.runner.account.past_of(symbol, now) is None
        return lacks or now >= self._read_at.get(symbol, 0) + self.every

    def _failed(self, symbol: Symbol, failure: ExchangeError) -> None:
        """Told once it lasts, unless the exchange can't be traded on at all: that was told."""
        count = self._failures[symbol] = self._failures.get(symbol, 0) + 1
        self._next_at[symbol] = self.clock() + min(LONGEST_PAUSE, 1_000 * 2**count)
        log.warning("candles event=failed symbol=%s count=%d text=%r", symbol, count, str(failure))
        if count >= PATIENCE and self.runner.account.interruption is None:
            self.unread.seen(Listing.CANDLES, [Unread(text=f"{symbol}: {failure}")])


def hours_of(symbol: Symbol, candles: Listed[Candle]) -> tuple[Hour, ...]:
    """Candles of an hour as the core knows them, the oldest first.

    `BadAnswer` names one that makes no sense: without it the hour would look like one in which nothing was traded.
    """
    if candles.unread:
        raise BadAnswer(candles.unread[0].text)
    hours: list[Hour] = []
    for candle in candles:
        high, low, close = (amount(price) for price in (candle.high, candle.low, candle.close))
        in_order = not hours or hours[-1].at < candle.at
        if candle.at % HOUR or not in_order or not 0 < low <= close <= high:
            msg = f"kline of {symbol} at {candle.at}: high {candle.high}, low {candle.low}, close {candle.close}"
            raise BadAnswer(msg)
        hours.append(Hour(at=candle.at, high=high, low=low, close=close))
    return tuple(hours)
