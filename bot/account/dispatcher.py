"""Actions to the exchange, outcomes back as events. Cancels go first; an order is sent once, in time, or not at all."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field

from bot.account.sweep import Sweep
from exchange.port import (
    Accepted,
    BatchRefused,
    Ended,
    Exchange,
    ExchangeError,
    OutcomeUnknown,
    Placement,
    Refused,
    Unavailable,
)
from strategy.messages.events import (
    Action,
    Cancel,
    CancelFailed,
    Event,
    Interrupted,
    OrderAccepted,
    OrderEnded,
    OrderRefused,
    OrderUnknown,
    Place,
)
from strategy.model.market import Symbol
from strategy.model.orders import Order, Refusal
from strategy.reconcile.recovery import SENT_WITHIN

log = logging.getLogger(__name__)

BATCH = 20
PARALLEL_CANCELS = 8
CROWD = 40
"""So many cancels on one market are worth looking whether all that rests there is to go: then one call does it."""
ARRIVED_WITHIN = 1.0
"""Seconds that a crowd waits for the orders that are under way: a request that hangs does not hold it up."""
PARALLEL_PLACEMENTS = 2
WITHDRAWN = "withdrawn before it was sent"


@dataclass(slots=True)
class Dispatcher:
    """Sends what the writer has written down. The writer never waits for it."""

    exchange: Exchange
    post: Callable[[Event], None]
    sweep: Sweep
    clock: Callable[[], int]
    heard: Callable[[Placement], None] | None = None
    """Called with what became of each order that was sent."""
    _cancels: dict[str, Cancel] = field(default_factory=dict)
    """By the exchange's ids: what is asked for again while it still waits here is sent once."""
    _places: deque[Order] = field(default_factory=deque)
    crowd: int = CROWD
    _asked: dict[str, Cancel] = field(default_factory=dict)
    """By the exchange's ids, the orders whose end was asked for and not heard of yet."""
    _alone: set[str] = field(default_factory=set)
    """Those that a sweep could not end: they are cancelled one by one."""
    _sweeping: set[Symbol] = field(default_factory=set)
    _cancelling: set[asyncio.Task[None]] = field(default_factory=set)
    _placing: set[asyncio.Task[None]] = field(default_factory=set)

    def submit(self, actions: Iterable[Action]) -> None:
        """Take actions that have been committed. A cancel of an order that is still waiting here withdraws it.

        An order that the exchange has not shown yet is cancelled once it has: by our client id alone the cancel could
        meet an order of somebody else's.
        """
        for action in actions:
            if isinstance(action, Place):
                self._places.append(action.order)
            elif not self._withdrawn(action) and action.order_id is not None:
                self._asked[action.order_id] = action
                self._cancels[action.order_id] = action
        self._pump()

    def forget(self) -> None:
        """Send nothing of what is waiting: another process has the account now, and finds it in doubt."""
        self._places.clear()
        self._cancels.clear()

    async def close(self) -> None:
        """Send no more orders; let what is under way come to its end, so that its outcome is booked."""
        while self._places:
            self._refuse(self._places.popleft(), Refusal.UNAVAILABLE, WITHDRAWN)
        while under_way := self._cancelling | self._placing:
            await asyncio.wait(under_way)

    def _withdrawn(self, cancel: Cancel) -> bool:
        for order in self._places:
            if order.client_id == cancel.client_id:
                self._places.remove(order)
                self._refuse(order, Refusal.UNAVAILABLE, WITHDRAWN)
                return True
        return False

    def _pump(self) -> None:
        """Start as many sendings as are allowed at once; each one that ends starts the next."""
        for symbol, crowd in self._crowds():
            for order_id in crowd:
                del self._cancels[order_id]
            self._sweeping.add(symbol)
            self._launch(self._cancelling, self._sweep(symbol, [*crowd.values()]))
        while self._cancels and len(self._cancelling) < PARALLEL_CANCELS:
            self._launch(self._cancelling, self._cancel(self._cancels.pop(next(iter(self._cancels)))))
        while len(self._placing) < PARALLEL_PLACEMENTS and (batch := self._next_batch()):
            self._launch(self._placing, self._place(batch))

    def _crowds(self) -> list[tuple[Symbol, dict[str, Cancel]]]:
        """The markets on which so many orders are to be cancelled that one call for all of them is tried first."""
        by_symbol: dict[Symbol, dict[str, Cancel]] = {}
        for order_id, cancel in self._cancels.items() if len(self._cancels) >= self.crowd else ():
            if order_id not in self._alone and cancel.symbol not in self._sweeping:
                by_symbol.setdefault(cancel.symbol, {})[order_id] = cancel
        return [(symbol, crowd) for symbol, crowd in by_symbol.items() if len(crowd) >= self.crowd]

    def _next_batch(self) -> Sequence[Order]:
        """The next orders to place; none on a market that is being swept: the sweep would take it along."""
        batch = [order for order in self._places if order.symbol not in self._sweeping][:BATCH]
        for order in batch:
            self._places.remove(order)
        return batch

    async def _sweep(self, symbol: Symbol, cancels: Sequence[Cancel]) -> None:
        left = cancels
        if self._placing:  # what is on its way there would be taken along, or stay: its outcome is waited for
            await asyncio.wait({*self._placing}, timeout=ARRIVED_WITHIN)
        try:
            left = await self.sweep.run(symbol, cancels, self._asked.keys())
        except Exception:  # whatever broke: one by one they are cancelled all the same
            log.exception("sweep event=broken")
        self._sweeping.discard(symbol)
        alone = {cancel.order_id: cancel for cancel in left if cancel.order_id is not None}
        self._alone |= alone.keys()
        for cancel in cancels:
            if cancel.order_id not in alone:
                self._heard_of(cancel)
        self._cancels |= alone

    def _heard_of(self, cancel: Cancel) -> None:
        if cancel.order_id is not None:
            self._asked.pop(cancel.order_id, None)
            self._alone.discard(cancel.order_id)

    def _launch(self, running: set[asyncio.Task[None]], sending: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(sending)
        running.add(task)

        def landed(task: asyncio.Task[None]) -> None:
            running.discard(task)
            if not task.cancelled():
                self._pump()

        task.add_done_callback(landed)

    async def _place(self, batch: Sequence[Order]) -> None:
        """Send these in one call. One bad order and all are refused: then each half goes out by itself.

        Nothing is sent twice by that: what was refused certainly never was there.
        """
        deadline = self.clock() - SENT_WITHIN
        for order in batch:
            if order.intended_at < deadline:
                self._refuse(order, Refusal.UNAVAILABLE, "not sent in time")
        orders = [order for order in batch if order.intended_at >= deadline]
        if not orders:
            return
        outcomes = await self._sent(orders)
        if _one_spoils_all(outcomes):
            half = len(orders) // 2
            await self._place(orders[:half])
            await self._place(orders[half:])
            return
        for order, outcome in zip(orders, outcomes, strict=True):
            self._placed(order, outcome)

    async def _sent(self, orders: Sequence[Order]) -> Sequence[Placement]:
        try:
            return await self.exchange.place(orders)
        except ExchangeError as failure:
            return [OutcomeUnknown(str(failure))] * len(orders)
        except Exception as failure:  # whatever broke: without an outcome the level would wait for ever
            log.exception("order event=broken")
            return [OutcomeUnknown(f"the sending broke: {type(failure).__name__}")] * len(orders)

    def _placed(self, order: Order, outcome: Placement) -> None:
        at, client_id = self.clock(), order.client_id
        if self.heard is not None:
            self.heard(outcome)
        match outcome:
            case Accepted():
                self.post(OrderAccepted(at=at, client_id=client_id, order_id=outcome.order_id))
            case Ended():
                self.post(OrderEnded(at=at, client_id=client_id, ended=outcome.ended))
            case Refused():
                self._refuse(order, outcome.reason, outcome.text)
            case Unavailable():
                limited = outcome.cause == "rate_limit"
                self._refuse(order, Refusal.RATE_LIMIT if limited else Refusal.UNAVAILABLE, outcome.text)
            case OutcomeUnknown():
                log.warning("order event=unknown client_id=%d text=%r", client_id, str(outcome))
                self.post(OrderUnknown(at=at, client_id=client_id, text=str(outcome)))

    def _refuse(self, order: Order, reason: Refusal, text: str) -> None:
        self.post(OrderRefused(at=self.clock(), client_id=order.client_id, reason=reason, text=text))
        if reason in (Refusal.KEY, Refusal.CLOCK):
            self.post(Interrupted(at=self.clock(), cause=reason.value, text=text))

    async def _cancel(self, cancel: Cancel) -> None:
        try:
            await self._cancel_one(cancel)
        finally:
            self._heard_of(cancel)

    async def _cancel_one(self, cancel: Cancel) -> None:
        try:
            ended = await self.exchange.cancel(cancel.symbol, order_id=cancel.order_id, client_id=cancel.client_id)
        except ExchangeError as failure:
            self._cancel_failed(cancel, str(failure))
            return
        except Exception as failure:  # likewise: the cancel is asked for again
            log.exception("cancel event=broken")
            self._cancel_failed(cancel, f"the sending broke: {type(failure).__name__}")
            return
        if ended is None:
            self._cancel_failed(cancel, "accepted, not carried out yet")
        elif cancel.client_id is not None:
            self.post(OrderEnded(at=self.clock(), client_id=cancel.client_id, ended=ended))

    def _cancel_failed(self, cancel: Cancel, text: str) -> None:
        log.info("cancel event=failed client_id=%s text=%r", cancel.client_id, text)
        if cancel.client_id is not None:
            self.post(CancelFailed(at=self.clock(), client_id=cancel.client_id, text=text))


def _one_spoils_all(outcomes: Sequence[Placement]) -> bool:
    """Whether a call was refused whole for an order in it. A key or a clock is to blame for every half as well."""
    match outcomes[0]:
        case BatchRefused(reason=reason):
            return len(outcomes) > 1 and reason not in (Refusal.KEY, Refusal.CLOCK)
        case _:
            return False
