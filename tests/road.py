"""The road between the core and the venue: what is on its way, in either direction. It can be held up, or lose things.

It does what the running process's dispatcher does, without waiting for anything.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from exchange.news import OrderSeen, StreamEvent
from exchange.paper.exchange import PaperExchange
from exchange.port import Accepted, BatchRefused, Ended, ExchangeError, OutcomeUnknown, Placement, Refused, Unavailable
from strategy.messages import events as ev
from strategy.model.orders import EndedOrder, Order, Refusal
from strategy.reconcile.recovery import SENT_WITHIN

BATCH = 20

Result = TypeVar("Result")


class Road:
    """Actions that are not sent yet, events that are not heard yet."""

    def __init__(self, exchange: PaperExchange, clock: Callable[[], int]) -> None:
        self.exchange = exchange
        self.clock = clock
        self.unsent: list[ev.Action] = []
        self.unheard: list[ev.Event] = []
        self.refused: list[tuple[Order, Refusal]] = []
        """Every order that was refused, by the venue or by a test."""
        self._refusals: deque[Refusal] = deque()

    def submit(self, actions: Iterable[ev.Action]) -> None:
        """Take actions to send. A cancel of an order that has not been sent withdraws it."""
        for action in actions:
            if not self._withdraws(action):
                self.unsent.append(action)

    def refuse(self, reason: Refusal, times: int) -> None:
        """The next orders will not get through."""
        self._refusals.extend([reason] * times)

    def send(self) -> None:
        """Send what is due: a cancel if there is one, else a batch of orders."""
        cancel = next((action for action in self.unsent if isinstance(action, ev.Cancel)), None)
        if cancel is not None:
            self.unsent.remove(cancel)
            self._cancel(cancel)
            return
        batch = [action.order for action in self.unsent[:BATCH] if isinstance(action, ev.Place)]
        self.unsent = self.unsent[BATCH:]
        self._place(batch)

    def refuse_no_more(self) -> None:
        """Orders get through again."""
        self._refusals.clear()

    def overhear(self, news: StreamEvent) -> None:
        """What the stream tells of orders. Its fills are taken by whoever knows which are booked."""
        at = self.clock()
        match news:
            case OrderSeen(client_id=int(client_id), ended=None, order_id=order_id):
                self.unheard.append(ev.OrderAccepted(at=at, client_id=client_id, order_id=order_id))
            case OrderSeen(client_id=int(client_id), ended=EndedOrder() as ended):
                self.unheard.append(ev.OrderEnded(at=at, client_id=client_id, ended=ended))
            case _:
                pass

    def _withdraws(self, action: ev.Action) -> bool:
        for waiting in self.unsent if isinstance(action, ev.Cancel) else ():
            if isinstance(waiting, ev.Place) and waiting.order.client_id == _client_id(action):
                self.unsent.remove(waiting)
                self._refuse(waiting.order, Refusal.UNAVAILABLE)
                return True
        return False

    def _place(self, batch: Sequence[Order]) -> None:
        sent = []
        for order in batch:
            if order.intended_at < self.clock() - SENT_WITHIN:
                self._refuse(order, Refusal.UNAVAILABLE)
            elif self._refusals:
                self._refuse(order, self._refusals.popleft())
            else:
                sent.append(order)
        outcomes = finished(self.exchange.place(sent)) if sent else ()
        if len(sent) > 1 and isinstance(outcomes[0], BatchRefused):
            for order in sent:
                self._placed(order, finished(self.exchange.place([order]))[0])
            return
        for order, outcome in zip(sent, outcomes, strict=True):
            self._placed(order, outcome)

    def _placed(self, order: Order, outcome: Placement) -> None:
        at, client_id = self.clock(), order.client_id
        match outcome:
            case Accepted(order_id=order_id):
                self.unheard.append(ev.OrderAccepted(at=at, client_id=client_id, order_id=order_id))
            case Ended(ended=ended):
                self.unheard.append(ev.OrderEnded(at=at, client_id=client_id, ended=ended))
            case Refused(reason=reason):
                self._refuse(order, reason)
            case Unavailable():
                self._refuse(order, Refusal.UNAVAILABLE)
            case OutcomeUnknown():
                self.unheard.append(ev.OrderUnknown(at=at, client_id=client_id, text=str(outcome)))

    def _refuse(self, order: Order, reason: Refusal) -> None:
        self.refused.append((order, reason))
        text = f"refused: {reason}"
        self.unheard.append(ev.OrderRefused(at=self.clock(), client_id=order.client_id, reason=reason, text=text))

    def _cancel(self, cancel: ev.Cancel) -> None:
        sent = self.exchange.cancel(cancel.symbol, order_id=cancel.order_id, client_id=cancel.client_id)
        at, client_id = self.clock(), cancel.client_id
        try:
            ended = finished(sent)
        except ExchangeError as failure:
            if client_id is not None:
                self.unheard.append(ev.CancelFailed(at=at, client_id=client_id, text=str(failure)))
            return
        assert ended is not None, "the venue cancels at once"
        if client_id is not None:
            self.unheard.append(ev.OrderEnded(at=at, client_id=client_id, ended=ended))


def _client_id(action: ev.Action) -> int | None:
    return action.client_id if isinstance(action, ev.Cancel) else None


def finished(call: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine answers that never waits."""
    try:
        call.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    msg = "the call waited"
    raise AssertionError(msg)
