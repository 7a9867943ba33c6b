"""One exchange account, one writer: inbox, step, save, and only then the dispatcher.

While nothing can be written nothing is sent, with one exception: the cancels of a panic, which only take risk away.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.account.dispatcher import Dispatcher
from bot.account.journal_log import log_steps
from bot.account.store_trouble import StoreTrouble
from storage.errors import CommitUnknown, DatabaseTaken, StorageUnavailable
from storage.store import Store
from strategy.draft import Step
from strategy.messages.commands import Command, Panic
from strategy.messages.crowds import OrdersEnded
from strategy.messages.events import BalanceTold, Cancel, Event, Filled, Moved, Noted, OrderEnded, Quoted, Tick
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.market import Symbol, Touch
from strategy.model.orders import ClientId, Order, OrderStatus
from strategy.step import step

log = logging.getLogger(__name__)

MAX_DRAIN = 500
"""Events taken at once: a bound on one commit."""
PATIENT = BalanceTold
"""News of the stream's that only says how much there is: whatever is decided next knows it."""
STORE_RETRY = 1.0
"""Seconds before a save that failed is tried again. Nothing is sent meanwhile."""


@dataclass(slots=True)
class _Asked:
    """A command with somebody waiting for its answer."""

    command: Command
    answer: asyncio.Future[Problem | None]

    def fail(self, failure: Exception) -> None:
        """Answer with a failure, if anybody still waits."""
        if not self.answer.done():
            self.answer.set_exception(failure)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """A save whose outcome is not known: the events, which still are the first ones of the inbox, and their steps."""

    taken: Sequence[Event | _Asked]
    steps: Sequence[Step]
    ticket: int


@dataclass(slots=True)
class Runner:
    """The only writer of one account. Everything enters by `post` or `ask`, from the event loop's thread."""

    account: Account
    """As it was last saved."""
    store: Store
    dispatcher: Dispatcher
    trouble: StoreTrouble
    clock: Callable[[], int]
    on_notices: list[Callable[[], None]] = field(default_factory=list)
    """Called after a commit that holds new notices."""
    after_drain: list[Callable[[Sequence[Step]], None]] = field(default_factory=list)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _doubt: _Doubt | None = None
    _inbox: list[Event | _Asked] = field(default_factory=list)
    _booking: set[str] = field(default_factory=set)
    """Keys of the fills and movements in the inbox: whoever reads them again before they are written finds them unknown
    to the store, and tells them again.
    """
    _fresh: dict[Symbol, Touch] = field(default_factory=dict)
    _quoted_since: set[Symbol] = field(default_factory=set)
    """Prices of these were told since the last tick was posted: of two with one stamp they are the newer ones."""
    _handed: dict[Symbol, Touch] = field(default_factory=dict)
    """The prices told between ticks that drains were given whose outcome is written down."""
    _giving: Mapping[Symbol, Touch] = field(default_factory=dict)
    """Those of the drain that is under way, or whose outcome is not known."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _drained: asyncio.Event = field(default_factory=asyncio.Event)

    def post(self, *events: Event) -> None:
        """Put events into the inbox: of ticks only the newest, as they are facts about now; of a booking's copies one.

        Those that nothing is decided upon wait for the next one that wakes the writer.
        """
        for event in events:
            if isinstance(event, Tick):
                held = len(self._doubt.taken) if self._doubt else 0
                self._inbox[held:] = [waiting for waiting in self._inbox[held:] if not isinstance(waiting, Tick)]
                self._quoted_since -= event.touches.keys() | event.blind
            key = _key_of(event)
            if key is not None:
                if key in self._booking:
                    continue
                self._booking.add(key)
            self._inbox.append(event)
            if not isinstance(event, PATIENT):
                self._wake.set()

    @property
    def latest(self) -> dict[Symbol, Touch]:
        """The newest prices known, by whatever road."""
        known = dict(self.account.touches)
        return known | self._newer()

    def forget(self, symbols: Collection[Symbol], at: int) -> None:
        """What was told of these markets between ticks is over, unless it is newer than `at`."""
        self._fresh = {symbol: touch for symbol, touch in self._fresh.items() if symbol not in symbols or touch.at > at}

    def quote(self, touch: Touch) -> None:
        """A newer price, from the stream or asked for: used by the next drain, wakes nobody."""
        self._fresh[touch.symbol] = touch
        self._quoted_since.add(touch.symbol)

    async def ask(self, command: Command) -> Problem | None:
        """Have a command carried out; answers once it is written down, with the reason if it is refused.

        Raises `StorageUnavailable` where it can't be written down: then it is not carried out later either.
        """
        self.trouble.check()
        answer: asyncio.Future[Problem | None] = asyncio.get_running_loop().create_future()
        self._inbox.append(_Asked(command=command, answer=answer))
        self._wake.set()
        return await answer

    async def panic(self) -> None:
        """Have everything of ours cancelled. Where that can't be written down the cancels go out all the same.

        They, and the panic itself, are booked once the store can be written. `DatabaseTaken` where it is not ours.
        """
        if self.trouble.now is None:
            with contextlib.suppress(StorageUnavailable):
                await self.ask(Panic(at=self.clock()))
                return
        if self.trouble.is_lost:
            self.trouble.check()
        if not any(isinstance(waiting, Panic) for waiting in self._inbox):
            self.post(Panic(at=self.clock()))
        self.cancel_unwritten()

    def cancel_unwritten(self) -> None:
        """Cancel what is live as far as we know, without writing that down first: it only takes risk away."""
        self.dispatcher.submit(
            Cancel(symbol=order.symbol, client_id=order.client_id, order_id=order.order_id) for order in self.live()
        )

    def live(self) -> list[Order]:
        """Our live orders; while nothing can be written less those whose end waits for that."""
        late = self._inbox if self.trouble.now is not None else ()
        ended = {client_id for waiting in late for client_id in _ended_by(waiting)}
        grids = self.account.grids.values()
        return [order for grid in grids for order in grid.live if order.client_id not in ended]

    def cancelled_unwritten(self) -> int:
        """How many of our orders the exchange has cancelled that no grid counts, since nothing can be written."""
        late = self._inbox if self.trouble.now is not None else ()
        ended = {client_id for waiting in late for client_id in _ended_by(waiting, OrderStatus.CANCELLED)}
        return sum(order.client_id in ended for grid in self.account.grids.values() for order in grid.live)

    async def settled(self) -> None:
        """Wait until everything posted so far has been stepped and saved. What comes in meanwhile is not waited for.

        Raises `StorageUnavailable` where that can't be waited for.
        """
        last = self._inbox[-1] if self._inbox else None
        self._wake.set()
        while any(waiting is last for waiting in self._inbox):
            self.trouble.check()
            self._drained.clear()
            await self._drained.wait()

    async def run(self) -> None:
        """Drain for ever. A store that can't be written stops everything but the trying; one bad event, only itself.

        Ends with `DatabaseTaken` where another process writes the database: nothing more is sent then.
        """
        most = MAX_DRAIN
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._inbox:
                most = await self._try_drain(most)
                await self._keep_trying()
                await asyncio.sleep(0)

    async def _try_drain(self, most: int) -> int:
        """Drain once; how many events to take next time."""
        try:
            self._end_doubt()
            self.drain(most)
        except StorageUnavailable as failure:
            self._unwritten(failure)
            await self.sleep(STORE_RETRY)
        except DatabaseTaken as failure:
            self._lose(failure)
            raise
        except Exception as failure:  # noqa: BLE001  # the outermost loop: one event may not end the program
            if most > 1:
                return 1
            self._drop(failure)
        return MAX_DRAIN

    def _unwritten(self, failure: StorageUnavailable) -> None:
        """Whoever waits is told once this is more than a moment's trouble."""
        self.trouble.failed(failure)
        if self.trouble.now is None:
            return
        self._refuse_askers(self._inbox, failure)
        held = len(self._doubt.taken) if self._doubt else 0
        self._inbox[held:] = [one for one in self._inbox[held:] if not isinstance(one, _Asked)]
        self._drained.set()

    async def _keep_trying(self) -> None:
        """Only a write ends the trouble, so while it lasts one is always left to be tried.

        What waited may be over without one: askers were refused, an event was dropped, or it had nothing to write down.
        """
        if self.trouble.now is not None and not self._inbox:
            await self.sleep(STORE_RETRY)
            self._inbox.append(Noted(at=self.clock()))

    def _lose(self, failure: DatabaseTaken) -> None:
        """Another process writes: what was not sent is not sent any more, and nobody waits for us."""
        self.trouble.taken(failure)
        self.dispatcher.forget()
        self._refuse_askers(self._inbox, failure)
        self._drained.set()

    @staticmethod
    def _refuse_askers(waiting: Iterable[Event | _Asked], failure: Exception) -> None:
        for one in waiting:
            if isinstance(one, _Asked):
                one.fail(failure)

    def _drop(self, failure: Exception) -> None:
        """Do without the event that can't be stepped or saved; whoever waits for it, or for quiet, goes on."""
        dropped = self._inbox[0]
        self._forget([dropped])
        what = dropped.command if isinstance(dropped, _Asked) else dropped
        log.error("event=dropped kind=%s", type(what).__name__, exc_info=failure)
        self._refuse_askers([dropped], failure)
        self._drained.set()

    def _forget(self, taken: Sequence[Event | _Asked]) -> None:
        """Take these, the first ones, out of the inbox."""
        del self._inbox[: len(taken)]
        self._booking -= {_key_of(one) for one in taken}

    def drain(self, most: int = MAX_DRAIN) -> None:
        """Take what is waiting, decide, write it down, and only then let it be sent."""
        if not self._inbox:
            return
        taken = self._inbox[:most]
        events = [*self._quotes(), *(one.command if isinstance(one, _Asked) else self._up_to_now(one) for one in taken)]
        steps = self._decide(events)
        try:
            written = self.store.save(self.account, steps, events=events)
        except CommitUnknown as unknown:
            self._doubt = _Doubt(taken=taken, steps=steps, ticket=unknown.ticket)
            raise
        if written:
            self.trouble.worked()
        self._go_on(taken, steps)

    def _end_doubt(self) -> None:
        """Learn what became of a save whose answer was lost: what was written has happened, and is not done again."""
        doubt = self._doubt
        if doubt is None:
            return
        committed = self.store.is_committed(doubt.ticket)
        self._doubt = None
        if committed:
            self.trouble.worked()
            self._go_on(doubt.taken, doubt.steps)

    def _go_on(self, taken: Sequence[Event | _Asked], steps: Sequence[Step]) -> None:
        """It is written down: what follows from it may happen."""
        self._forget(taken)
        self._handed |= self._giving
        self.account = steps[-1].account
        self.dispatcher.submit([action for done in steps for action in done.actions])
        self._answer(taken, steps[-len(taken) :])
        self._tell(steps)
        self._drained.set()

    def _decide(self, events: Iterable[Event]) -> list[Step]:
        account, steps = self.account, []
        for event in events:
            steps.append(step(account, event))
            account = steps[-1].account
        return steps

    def _quotes(self) -> Iterable[Event]:
        self._giving = fresh = self._newer()
        return (Quoted(at=self.clock(), touches=fresh),) if fresh else ()

    def _up_to_now(self, event: Event) -> Event:
        """With the prices that were told since it was posted: a tick that waits behind them would bring the old ones
        back, and its plan would go by a market that is over.
        """
        match event:
            case Quoted(touches=touches):
                return replace(event, touches={symbol: self._fresh.get(symbol, one) for symbol, one in touches.items()})
            case Tick(touches=touches, blind=blind):
                told = {symbol: one for symbol, one in self._fresh.items() if self._is_told_since(one, touches, blind)}
                return replace(event, touches={**touches, **told}, blind=blind - told.keys())
            case _:
                return event

    def _is_told_since(self, fresh: Touch, touches: Mapping[Symbol, Touch], blind: Collection[Symbol]) -> bool:
        """Since a tick was made that has these. Where two wait, as the outcome of a save is not known, the older one
        is told by the stamps alone.
        """
        known, now = touches.get(fresh.symbol), self.clock()
        if known is not None and _seen_at(fresh, now) > _seen_at(known, now):
            return True
        return fresh.symbol in self._quoted_since and (known is not None or fresh.symbol in blind)

    def _newer(self) -> dict[Symbol, Touch]:
        """Those told between ticks that are newer than those in the account."""
        known = self.account.touches
        return {
            symbol: touch
            for symbol, touch in self._fresh.items()
            if symbol not in known or self._is_newer(touch, known[symbol])
        }

    def _is_newer(self, touch: Touch, known: Touch) -> bool:
        """Nothing is newer than now: a stamp from the future was made by a clock that has been corrected since, and is
        older than everything. Of two with one stamp, as a coarse clock makes them, the one that came last is newer.
        """
        now = self.clock()
        seen, seen_before = _seen_at(touch, now), _seen_at(known, now)
        return seen > seen_before or (seen == seen_before and touch is not self._handed.get(touch.symbol))

    @staticmethod
    def _answer(taken: Sequence[Event | _Asked], steps: Sequence[Step]) -> None:
        for one, done in zip(taken, steps, strict=True):
            if isinstance(one, _Asked) and not one.answer.done():
                one.answer.set_result(done.problem)

    def _tell(self, steps: Sequence[Step]) -> None:
        """Tell those who listen. What was committed stays so, whatever they do."""
        try:
            log_steps(steps)
            for listener in self.after_drain:
                listener(steps)
            for wake in self.on_notices if any(done.notices for done in steps) else ():
                wake()
        except Exception:  # an outermost loop too: the next event is not to blame
            log.exception("event=listener_failed")


def _ended_by(waiting: Event | _Asked, how: OrderStatus | None = None) -> Sequence[ClientId | None]:
    """The orders whose end something in the inbox tells; only those that ended so, where that is asked."""
    if isinstance(waiting, OrdersEnded):
        return [one.client_id for one in waiting.orders if how in (None, one.status)]
    return [waiting.client_id] if isinstance(waiting, OrderEnded) and how in (None, waiting.ended.status) else ()


def _key_of(one: Event | _Asked) -> str | None:
    """Under which the ledger books it, once; None for what may be told again."""
    match one:
        case Filled(fill=fill):
            return fill.key
        case Moved(movement=movement):
            return movement.key
        case _:
            return None


def _seen_at(touch: Touch, now: int) -> int:
    return touch.at if touch.at <= now else 0
