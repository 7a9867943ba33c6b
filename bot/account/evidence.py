"""Whether the books are of the account that the exchange shows: looked for in its own records. Decides nothing.

Only what names the exchange's own order counts: two accounts may share a trade, and anybody may use a client id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.port import Exchange, all_fills
from storage.store import Store
from strategy.model.orders import Fill, Order, Unread

MOST_FILLS = 20
MOST_ORDERS = 5
"""The newest of the books that are looked for: each ended order costs a call."""


@dataclass(slots=True, kw_only=True)
class Evidence:
    """One account's books beside the exchange's records. Raises `ExchangeError`."""

    exchange: Exchange
    store: Store
    name: str
    _unread: tuple[Unread, ...] = ()
    """Rows of the last look that can't be read: they may be what is missing."""
    _shown: set[tuple[str, str]] = field(default_factory=set)
    """Fills that the history has shown at any time: pages are cut while rows arrive, and miss some."""

    async def missing(self, after: int = 0) -> Sequence[Fill]:
        """The newest fills of ours, traded later than `after` (ms), that the history has not shown so far."""
        booked = self._booked(after)
        await self._look_for(booked)
        return [fill for fill in booked if fill.mark not in self._shown and not self._may_be_unread(fill)]

    async def is_known(self) -> bool:
        """Whether the exchange knows anything of what the books hold; also where they hold nothing that it could."""
        booked, taken = self._booked(0), self.store.newest_taken(self.name, MOST_ORDERS)
        if not booked and not taken:
            return True
        if await self._rests(taken):
            return True
        await self._look_for(booked)
        return any(fill.mark in self._shown for fill in booked) or await self._has_ended(taken)

    def _booked(self, after: int) -> list[Fill]:
        page = self.store.fills_page(self.name, limit=MOST_FILLS)
        return [entry.fill for entry in page if entry.fill.at > after]

    async def _look_for(self, booked: Sequence[Fill]) -> None:
        times = [fill.at for fill in booked]
        if times:
            found = await all_fills(self.exchange, min(times), max(times) + 1)
            self._shown |= {fill.mark for fill in found}
            self._unread = found.doubts

    def _may_be_unread(self, fill: Fill) -> bool:
        return any(row.client_id in (None, fill.client_id) for row in self._unread)

    async def _rests(self, taken: Sequence[Order]) -> bool:
        resting = {found.order_id: found.client_id for found in await self.exchange.open_orders()}
        return any(order.order_id in resting and resting[order.order_id] == order.client_id for order in taken)

    async def _has_ended(self, taken: Sequence[Order]) -> bool:
        for order in taken:
            assert order.order_id is not None
            ended = await self.exchange.ended_order(order.symbol, order.order_id)
            if ended is not None and ended.client_id == order.client_id:
                return True
        return False
