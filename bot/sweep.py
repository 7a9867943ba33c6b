"""Cancelling a whole market in one call, where every order that rests on it is one whose end was asked for.

No read can prove that nobody places an order in the moment before the call. So this is for crowds alone, where one by
one would take too long: a fresh read comes first, a second one after, and an order of somebody's that the answer names
all the same is told.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from exchange.port import Exchange, ExchangeError, Listed
from strategy.events import Cancel, CancelFailed, Event, OrderEnded, Told
from strategy.market import Symbol
from strategy.orders import EndedOrder, OpenOrder
from strategy.outside import StrayCancelled

log = logging.getLogger(__name__)


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
            if not _only_asked(await self.exchange.open_orders(), symbol, asked):
                return cancels
        except ExchangeError as failure:
            log.info("sweep event=unread symbol=%s text=%r", symbol, str(failure))
            return cancels
        ended = await self._all_cancelled(symbol)
        for cancel in cancels:
            order = ended.get(cancel.order_id or "")
            if cancel.client_id is not None and order is not None:
                self.post(OrderEnded(at=self.clock(), client_id=cancel.client_id, ended=order))
        self._tell_strays([order for order_id, order in ended.items() if order_id not in asked])
        return await self._left([cancel for cancel in cancels if cancel.order_id not in ended])

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

    def _tell_strays(self, strays: Sequence[EndedOrder]) -> None:
        for order in strays:
            log.warning("sweep event=stray symbol=%s order_id=%s", order.symbol, order.order_id)
            at = self.clock()
            notice = StrayCancelled(at=at, symbol=order.symbol, side=order.side, price=order.price)
            self.post(Told(at=at, notice=notice))


def _only_asked(listed: Listed[OpenOrder], symbol: Symbol, asked: Collection[str]) -> bool:
    """Whether all that rests on a market is to be cancelled. A row that could not be read may rest there too."""
    here = [order for order in listed if order.symbol == symbol]
    return bool(here) and not listed.passed_over and not listed.unread and all(one.order_id in asked for one in here)
