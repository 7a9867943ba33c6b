"""The markets' rules as they are now: read once a minute, and where the exchange has refused what they allow."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.account.exchange_trouble import is_of_one_market
from bot.account.runner import Runner
from bot.account.unread import UnreadRows, markets_as_known, unread_markets
from exchange.port import Exchange, ExchangeError, Markets
from strategy.messages.by_hand import Listing
from strategy.messages.events import Event, MarketsRead, OrderEnded, OrderRefused
from strategy.model.market import Market, Symbol
from strategy.model.orders import Refusal
from strategy.model.valuing import in_use

log = logging.getLogger(__name__)

AGAINST_RULES = frozenset({Refusal.PRICE, Refusal.QUANTITY, Refusal.PRICE_BAND})
EVERY = 5_000
"""Milliseconds between two reads for that: what we can't know (a band that moves) is refused again and again."""
AT_ONCE = 10
"""Markets that are asked about at a time: each is a call."""


@dataclass(slots=True, kw_only=True)
class Rules:
    """Reads them. The list of all may be a quarter of an hour old, as caches hand it out: each market in use is asked
    about by itself. Otherwise what a refusal has shown to be over would be read again and again as it was. One that the
    list lacks, or shows in a row that can't be read, may be there all the same.
    """

    exchange: Exchange
    runner: Runner
    clock: Callable[[], int]
    unread: UnreadRows
    _refused: bool = False
    _read_at: int | None = None
    _asked: int = 0
    """How often they were read."""
    _heard: int = 0
    """Which answer was heard last: one that was asked for before it, and took longer, is of what was."""

    def heard(self, event: Event) -> None:
        """What became of an order."""
        match event:
            case OrderRefused(reason=reason):
                self._refused |= reason in AGAINST_RULES
            case OrderEnded(ended=ended):
                self._refused |= ended.refused in AGAINST_RULES
            case _:
                pass

    @property
    def are_due(self) -> bool:
        """Whether something was refused since they were read, and that is not a moment ago."""
        return self._refused and (self._read_at is None or self.clock() - self._read_at >= EVERY)

    async def read(self) -> None:
        """The markets' rules and states. A read that fails is tried again, but not with the next tick."""
        self._refused, self._read_at = False, self.clock()  # a refusal from here on is of orders that may be newer
        self._asked += 1
        asked = self._asked
        listed = await self.exchange.markets()
        now = await self._as_they_are(sorted(in_use(self.runner.account)))
        if asked < self._heard:
            return
        self._heard = asked
        unread = {symbol: text for symbol, text in listed.unread.items() if symbol not in now}
        markets = Markets({**listed, **now}, unread)
        self.unread.seen(Listing.MARKETS, unread_markets(self.runner.account, markets))
        self.runner.post(MarketsRead(at=self.clock(), markets=markets_as_known(self.runner.account, markets)))

    async def _as_they_are(self, symbols: Sequence[Symbol]) -> dict[Symbol, Market]:
        """Those that can be asked about by themselves."""
        found: list[Market | None] = []
        for first in range(0, len(symbols), AT_ONCE):
            found += await asyncio.gather(*map(self._as_it_is, symbols[first : first + AT_ONCE]))
        return {market.symbol: market for market in found if market is not None}

    async def _as_it_is(self, symbol: Symbol) -> Market | None:
        try:
            return await self.exchange.market(symbol)
        except ExchangeError as failure:  # then the list has to do
            if not is_of_one_market(failure):
                raise
            log.warning("market event=unread symbol=%s text=%r", symbol, str(failure))
            return None
