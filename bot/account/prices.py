"""The prices of the markets in use: from the stream where they are fresh, else read, each market for itself.

A market whose book can't be read, or not in time, has no price; the others have theirs. Judges no price.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.account.exchange_trouble import is_of_one_market
from bot.account.runner import Runner
from exchange.port import BadAnswer, Exchange, ExchangeError, Refused
from strategy.messages.events import Quoted
from strategy.model.market import Symbol, Touch
from strategy.model.valuing import in_use, pricing_symbols

log = logging.getLogger(__name__)

STREAM_FRESH = 3_000
"""A price from the stream that is younger than this needs no reading. Milliseconds."""
SAID_EVERY = 60_000
"""Milliseconds between two lines of the log about a stream that is late."""
LAGGARDS = 1.0
"""Seconds for which markets that have answered wait for those that have not: a book may hang until the call is given
up, while the stops of the others are due. What comes later is the next tick's.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a market's book showed, or why nothing is known of it."""

    asked_at: int
    at: int
    touch: Touch | None = None
    failure: ExchangeError | None = None


@dataclass(slots=True, kw_only=True)
class Prices:
    """One account's. Raises `ExchangeError` only where it is the exchange that fails, and not a market."""

    exchange: Exchange
    runner: Runner
    clock: Callable[[], int]
    stream_at: int | None = None
    """When the stream last told anything; None while it is down."""
    _told: dict[Symbol, Touch] = field(default_factory=dict)
    """The newest price of each market under the exchange's own time, by whatever road."""
    _calls: dict[Symbol, asyncio.Task[_Answer]] = field(default_factory=dict)
    """What is being asked, or was answered after the last read."""
    _said_late_at: int | None = None

    def symbols(self) -> list[Symbol]:
        """The markets whose prices matter: those of grids in use, and those that say what their quotes are in USDC."""
        return sorted(in_use(self.runner.account) | pricing_symbols(self.runner.account))

    async def read(self) -> dict[Symbol, Touch]:
        """The prices that there are. Where all markets fail, it is the exchange."""
        now, symbols = self.clock(), self.symbols()
        stale = [symbol for symbol in symbols if not self._is_fresh(symbol, now)]
        answers = await self._ask(stale, others=len(stale) < len(symbols))
        failures = [one.failure for one in answers.values() if one.failure is not None]
        nothing = len(failures) + len(stale) - len(answers) == len(symbols)
        for failure in failures:
            if nothing or not is_of_one_market(failure):
                raise failure
        read = self._taken(answers)
        # No answer is an answer: whatever was known before it of such a market is no price any more.
        self.runner.forget(set(stale) - read.keys(), now)
        known = {symbol: touch for symbol, touch in self.runner.latest.items() if symbol not in stale or touch.at > now}
        return read | {symbol: known[symbol] for symbol in symbols if symbol not in read and symbol in known}

    async def read_one(self, symbol: Symbol) -> Touch | None:
        """Of one market, also where no grid follows it: the newest known where its book can't be read, and None where
        it is empty.
        """
        answer = await self._touch(symbol)
        if answer.touch is None and answer.failure is None:
            return None
        read = self._taken({symbol: answer})
        if read:
            self.runner.quote(read[symbol])  # known from here on: a tick that is made before the writer's turn has it
            self.runner.post(Quoted(at=self.clock(), touches=read))
            await self.runner.settled()
        return self.runner.latest.get(symbol)

    def _taken(self, answers: Mapping[Symbol, _Answer]) -> dict[Symbol, Touch]:
        """The books, or what is known since where that has overtaken them."""
        read: dict[Symbol, Touch] = {}
        for symbol, one in answers.items():
            if one.touch is None:
                continue
            latest = self.runner.latest.get(symbol)
            if latest is not None and latest.at > self.clock():  # stamped by a clock that was set back since
                latest = None
            if latest is not None and self._is_overtaken(one, one.touch, latest):
                read[symbol] = latest
            else:
                self._told[symbol] = one.touch
                read[symbol] = replace(one.touch, at=one.at if latest is None else max(one.at, latest.at))
        return read

    def _is_overtaken(self, answer: _Answer, book: Touch, latest: Touch) -> bool:
        """Whether a price has been learnt since this book was asked for that is newer by the exchange's own time: the
        book would bring back what is over, and whoever trades by it would see the market go there and return.
        """
        told = self._told.get(book.symbol)
        if told is None or latest.at <= answer.asked_at:
            return False
        return book.at < told.at or (book.at == told.at and latest.at > answer.at)

    def seen(self, touch: Touch) -> None:
        """A price of the stream's own: one that comes again, or after a newer one, is no second look. One that comes
        late is none at all: the next tick reads.
        """
        told = self._told.get(touch.symbol)
        if not self.is_late(touch.at) and (told is None or (touch.at >= told.at and touch != told)):
            self._told[touch.symbol] = touch
            self.runner.quote(replace(touch, at=self.clock()))

    def is_late(self, at: int) -> bool:
        """Whether what was so then, by the exchange's clock, says nothing of now. A stream that has too much to tell
        falls behind by minutes, just when prices run, and goes on telling: by when it comes all of it would be new.
        """
        now = self.clock()
        if now - at < STREAM_FRESH:
            return False
        if self._said_late_at is None or not 0 <= now - self._said_late_at < SAID_EVERY:
            log.warning("stream event=late by=%d", now - at)
            self._said_late_at = now
        return True

    async def _ask(self, stale: Sequence[Symbol], *, others: bool) -> dict[Symbol, _Answer]:
        """What these markets answer, those left out that let the others wait too long, be it those that are fresh."""
        for symbol in stale:
            if symbol not in self._calls or self._is_over(self._calls[symbol]):
                self._calls[symbol] = asyncio.create_task(self._touch(symbol), name=f"price of {symbol}")
        calls = {symbol: self._calls[symbol] for symbol in stale}
        if calls:
            if not others:
                await asyncio.wait(calls.values(), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(calls.values(), timeout=LAGGARDS)
        for symbol in [symbol for symbol, call in calls.items() if not call.done()]:
            log.warning("price event=late symbol=%s", symbol)
            del calls[symbol]
        return {symbol: self._calls.pop(symbol).result() for symbol in calls}

    def _is_over(self, call: asyncio.Task[_Answer]) -> bool:
        """Whether it was answered so long ago that it says nothing of now, or was cut off, or broke."""
        if not call.done():
            return False
        broke = call.cancelled() or call.exception() is not None
        return broke or not 0 <= self.clock() - call.result().at < STREAM_FRESH

    async def _touch(self, symbol: Symbol) -> _Answer:
        asked_at = self.clock()
        try:
            touch = await self.exchange.touch(symbol)
        except ExchangeError as failure:
            log.warning("price event=unread symbol=%s text=%r", symbol, str(failure))
            # A market that is not there any more has no price, and one whose book can't be understood.
            is_known = isinstance(failure, BadAnswer) or (isinstance(failure, Refused) and is_of_one_market(failure))
            return _Answer(asked_at=asked_at, at=self.clock(), failure=None if is_known else failure)
        return _Answer(asked_at=asked_at, at=self.clock(), touch=touch)

    def _is_fresh(self, symbol: Symbol, now: int) -> bool:
        touch = self.runner.latest.get(symbol)
        return self.stream_at is not None and touch is not None and 0 <= now - touch.at < STREAM_FRESH
