"""The past that a backtest plays: candles that are kept here, else the exchange's, no finer than few calls bring."""

import logging
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from bot.history.columns import Columns, gaps
from bot.history.extra import Missing
from bot.history.fetching import as_columns
from bot.history.kept import END, TRADES, Kept, lengths_of
from bot.history.shapes import Bad
from bot.owner.backtests import Source, Wanted
from exchange.backpack.client import BackpackClient
from exchange.port import INTERVALS, ExchangeError
from strategy.model.durations import DAY
from strategy.model.market import Symbol
from strategy.research.candles import Candles

log = logging.getLogger(__name__)

YEAR = 365 * DAY
MOST_FETCHED = 9_000
"""Candles that are fetched for one backtest: nine calls of the thirty that the exchange allows a minute."""
MOST_KEPT = 600_000
"""Candles that are kept and played at once: a year of minutes."""
SHORTEST, LONGEST = INTERVALS["1m"], INTERVALS["1h"]
FEWEST = 30
"""Candles below which there is nothing to be seen."""
SLACK = 20
"""What is kept covers a time where no more than the twentieth part of it is missing."""
FRESH = 5 * 60_000
"""Milliseconds for which what was fetched serves again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The candles, and at the close of which one the grid starts: those before it are the market's past."""

    candles: Candles
    first: int
    source: Source


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Finds them. What was fetched is remembered for a while, for the next question about the same days."""

    client: BackpackClient
    folder: Path | None
    """Of the candles that are kept; None where none are of the market that is traded."""
    known: int | None = None
    """Milliseconds of a past that the exchange has at most."""
    _fetched: dict[tuple[Symbol, str, int, int], tuple[int, Columns]] = field(default_factory=dict)

    async def prices(self, wanted: Wanted, before: int, most: int = MOST_FETCHED) -> Prices | None:
        """Of the days that are wanted, and `before` ms of what was before them. None where there is too little."""
        since = wanted.begins
        kept = self._kept(wanted, since, since - before)
        columns, length = kept if kept is not None else await self._fetch(wanted, since, before, most)
        first = bisect_left(columns.at, since) if wanted.since is None else max(0, bisect_right(columns.at, since) - 1)
        if len(columns) - first < FEWEST:
            return None
        candles = replace(columns.candles(wanted.market.tick_size), interval=INTERVALS[length])
        return Prices(candles=candles, first=first, source=Source.FETCHED if kept is None else Source.KEPT)

    async def year(self, symbol: Symbol, tick: Decimal, now: int) -> Candles | None:
        """The exchange's days of the last year that are over, where it tells them: one call."""
        key = symbol, "1d", YEAR, 0
        at, found = self._fetched.get(key, (0, None))
        if found is None or not 0 <= now - at < FRESH:
            begin = now - min(self.known or YEAR, YEAR)
            try:
                found = as_columns(await self.client.candles(symbol, "1d", begin // DAY * DAY, now // DAY * DAY))
            except ExchangeError as failure:
                log.warning("days of a year are not known: %s", failure)
                return None
            self._fetched[key] = now, found
        return found.candles(tick) if len(found) > 1 else None

    def _kept(self, wanted: Wanted, since: int, begin: int) -> tuple[Columns, str] | None:
        """The finest that cover the time. What can't be read is passed over: then the exchange is asked."""
        for length in lengths_of(self.folder, wanted.market.symbol) if self.folder is not None else ():
            if length == TRADES or not SHORTEST <= INTERVALS[length] <= LONGEST:
                continue
            if (wanted.now - since) // INTERVALS[length] > MOST_KEPT:
                continue
            assert self.folder is not None, "there are lengths of it"
            try:
                found = Kept(folder=self.folder, symbol=wanted.market.symbol, length=length).read(begin, wanted.now)
            except Missing:
                return None
            except (OSError, ValueError, KeyError, Bad) as wrong:
                log.warning("kept candles are passed over: %s", wrong)
                continue
            if _covers(found, since, wanted.now, INTERVALS[length]):
                return found, length
        return None

    async def _fetch(self, wanted: Wanted, since: int, before: int, most: int) -> tuple[Columns, str]:
        length = interval_for(before + min(self.known or END, wanted.now - since), most)
        key = wanted.market.symbol, length, wanted.now - since, before
        at, found = self._fetched.get(key, (0, None))
        if found is None or not 0 <= wanted.now - at < FRESH:
            begin = since if self.known is None else max(since, wanted.now - self.known)
            begin = (begin - before) // INTERVALS[length] * INTERVALS[length]
            found = as_columns(await self.client.candles(wanted.market.symbol, length, begin, wanted.now))
            fresh = {one: kept for one, kept in self._fetched.items() if 0 <= wanted.now - kept[0] < FRESH}
            self._fetched = {**fresh, key: (wanted.now, found)}
        return found, length


def interval_for(span: int, most: int = MOST_FETCHED) -> str:
    """The finest candles of which the time has no more than may be fetched."""
    usable = [name for name, lasts in INTERVALS.items() if SHORTEST <= lasts <= LONGEST]
    return next((name for name in usable if span <= most * INTERVALS[name]), usable[-1])


def _covers(found: Columns, since: int, until: int, interval: int) -> bool:
    """Whether hardly anything is missing at the ends and between them."""
    if len(found) < FEWEST:
        return False
    most = (until - since) // SLACK
    ends = max(0, found.at[0] - since) + max(0, until - found.at[-1] - interval)
    return ends + sum(lasts for _, lasts in gaps(found.at, interval)) <= most
