"""Cancelling a whole market in one call, where every order that rests on it is one whose end was asked for.

No read can prove that nobody places an order in the moment before the call. So this is for crowds alone, where one by
one would take too long: a fresh read comes first, a second one after, and what the answer names beyond what was asked
for is handed on as that: the core knows whether it is ours.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from exchange.port import Exchange, ExchangeError, Listed
from strategy.messages.crowds import OrdersEnded
from strategy.messages.events import Cancel, CancelFailed, Event
from strategy.model.market import Symbol
from strategy.model.orders import EndedOrder, OpenOrder

log = logging.getLogger(__name__)

LOOKED_WITHIN = 5.0
"""Seconds that a crowd waits for these looks: they wait for the budget, which cancels don't, and may hang."""
LOOKS = 3
"""How often a market is looked at before a crowd on it is cancelled one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One market's crowd of cancels."""

    exchange: Exchange
    post: Callable[[Event], None]
    clock: Callable[[], int]

    async def run(self, symbol: Symbol, cancels: Sequence[Cancel], asked: Collection[str]) -> Sequence[Cancel]:
        """Cancel them all; gives back those that have to be cancelled one by one.

        `asked` are the exchange's ids of every order whose end was asked for and not heard of yet.
        """
        try:
            async with asyncio.timeout(LOOKED_WITHIN):
                is_clear = await self._is_clear(symbol, asked)
        except (ExchangeError, TimeoutError) as failure:
            log.info("sweep event=unread symbol=%s text=%r", symbol, str(failure))
            return cancels
        if not is_clear:
            return cancels
        ended = await self._all_cancelled(symbol)
        if ended:
            self._tell(cancels, ended, asked)
        return await self._left([cancel for cancel in cancels if cancel.order_id not in ended])

    async def _is_clear(self, symbol: Symbol, asked: Collection[str]) -> bool:
        """Whether all that rests there is to go. Orders of ours that have just arrived are asked about in the meantime:
        one by one a crowd takes far longer than a second look.
        """
        for _ in range(LOOKS):
            if _only_asked(await self.exchange.open_orders(), symbol, asked):
                return True
        return False

    def _tell(self, cancels: Sequence[Cancel], ended: Mapping[str, EndedOrder], asked: Collection[str]) -> None:
        orders = [
            replace(over, client_id=cancel.client_id)
            for cancel in cancels
            if cancel.client_id is not None and (over := ended.get(cancel.order_id or ""))
        ]
        others = [order for order_id, order in ended.items() if order_id not in asked]
        for order in others:
            log.info("sweep event=taken_along symbol=%s order_id=%s", order.symbol, order.order_id)
        self.post(OrdersEnded(at=self.clock(), orders=tuple(orders), others=tuple(others)))

    async def _all_cancelled(self, symbol: Symbol) -> Mapping[str, EndedOrder]:
        """What the exchange says that it has cancelled: nothing where its answer is lost. The next read tells."""
        try:
            ended = await self.exchange.cancel_all(symbol) or ()
        except ExchangeError as failure:
            log.info("sweep event=failed symbol=%s text=%r", symbol, str(failure))
            return {}
        log.info("sweep event=done symbol=%s orders=%d", symbol, len(ended))
        return {order.order_id: order for order in ended}

    async def _left(self, cancels: Sequence[Cancel]) -> Sequence[Cancel]:
        """Those that still rest. Of one that does not nobody has said how it ended: reconciliation will learn it."""
        if not cancels:
            return ()
        try:
            listed = await self.exchange.open_orders()
        except ExchangeError:
            return cancels
        resting = {order.order_id for order in listed} | {row.order_id for row in listed.unread}
        for cancel in cancels:
            if cancel.client_id is not None and cancel.order_id not in resting:
                text = "not among those that were cancelled"
                self.post(CancelFailed(at=self.clock(), client_id=cancel.client_id, text=text))
        return [cancel for cancel in cancels if cancel.order_id in resting]


def _only_asked(listed: Listed[OpenOrder], symbol: Symbol, asked: Collection[str]) -> bool:
    """Whether all that rests on a market is to be cancelled. A row that could not be read may rest there too."""
    here = [order for order in listed if order.symbol == symbol]
    return bool(here) and not listed.passed_over and not listed.unread and all(one.order_id in asked for one in here)
