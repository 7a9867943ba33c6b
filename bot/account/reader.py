"""Facts from the exchange into the inbox: the tick's reads, reconciliation, the stream. Decides nothing itself."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.account.balances import BalanceReader
from bot.account.blocks import Blocks
from bot.account.exchange_trouble import ExchangeTrouble, is_of_one_market
from bot.account.lending import Lending
from bot.account.limbo import Limbo
from bot.account.look_back import LookBack
from bot.account.movements import MovementReader
from bot.account.past import PastReader
from bot.account.prices import Prices
from bot.account.rules import Rules
from bot.account.runner import Runner
from bot.account.strays import Strays
from bot.account.unbooked import unbooked
from bot.account.unread import UnreadRows
from exchange.news import BalanceSeen, Connected, Disconnected, FillSeen, OrderSeen, StreamEvent, TouchSeen
from exchange.port import Exchange, ExchangeError, Listed
from storage.errors import StorageUnavailable
from storage.store import Store
from strategy.messages.by_hand import Listing
from strategy.messages.events import (
    FeesRead,
    Filled,
    Noted,
    OpenOrdersRead,
    OrderAccepted,
    OrderEnded,
    Tick,
)
from strategy.model.ledger import SETTLED_IN
from strategy.model.orders import Fill, Order, OrderStatus, Unread
from strategy.reconcile.recovery import (
    LAG,
    doubtful,
    find,
    vanished,
    waiting_for_fills,
)

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds for which a tick waits for the histories."""
FILLS_EVERY = 10_000
"""Milliseconds after which fills are read even if nothing has vanished."""


@dataclass(slots=True)
class Reader:
    """Reads one account's facts. Every method may be called again at any time: what is known changes nothing."""

    exchange: Exchange
    runner: Runner
    store: Store
    clock: Callable[[], int]
    trouble: ExchangeTrouble
    lending: Lending
    unread: UnreadRows
    limbo: Limbo
    rules: Rules
    look_back: LookBack
    past: PastReader
    prices: Prices
    balances: BalanceReader
    movements: MovementReader
    blocks: Blocks
    strays: Strays
    opened_at: int = 0
    """When the ledger began: older fills are in the opening balances."""
    measure: Callable[[], Awaitable[object]] | None = None
    """Compares our clock with the exchange's, where that is another one."""
    late_at: int = 0
    """When a fill of before the account's day was last learned of: the day's start is another one then. 0 once the
    account has been told of that one.
    """
    ticks: int = 0
    """Ticks that went well: prices were read and judged."""
    _fills_at: int = 0
    _newest_fill: int = 0
    _go_on_from: int = 0
    """Where the next read of fills goes on, as the last one was cut."""
    _look_from: int | None = None
    """From when fills are to be read once more, where the books have long differed."""
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """What is asked at each tick, and by which limits are judged: the calls that trading goes by, which are fast."""
    _seldom: asyncio.Lock = field(default_factory=asyncio.Lock)
    """What is asked once a minute: a dozen calls in a row, of histories that may be slow. No tick waits for it."""
    _looking: asyncio.Task[None] | None = None
    """What ticks ask of the histories."""
    _lost: Sequence[Order] = ()
    """Orders that the newest list of open ones lacks."""
    _sees: bool = False
    """Whether the newest tick went well."""

    async def tick(self) -> None:
        """One tick: open orders, prices, and the histories where they are due. Raises neither the exchange's errors nor
        the store's. It waits for the histories a moment, and not longer: the next prices are to be judged.
        """
        if self.runner.trouble.now is not None:
            return  # what can't be written down need not be read
        async with self._asking:
            self._sees = await self._went_well(self._tick)
        if not self._sees:
            return
        self.ticks += 1
        self._look_over()
        if self._looking is None:
            if not self._is_due():
                self.trouble.worked()
                return
            self._looking = asyncio.create_task(self._look(), name="histories")
            self._looking.add_done_callback(_ended)
        await asyncio.wait([self._looking], timeout=PATIENCE)
        self._look_over()

    def _look_over(self) -> None:
        """Be done with a look at the histories that has come to its end; what it met is met here."""
        looked = self._looking
        if looked is not None and looked.done():
            self._looking = None
            looked.result()

    async def _went_well(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Have something read; whether neither the exchange nor the store was in the way."""
        try:
            await work()
        except StorageUnavailable as failure:
            self._unstored(failure)
        except ExchangeError as failure:
            self.trouble.failed(failure)
        else:
            return True
        return False

    async def _tick(self) -> None:
        self.blocks.renew()  # before anything is planned: what follows from this tick may ask for thousands of ids
        if self.rules.are_due:  # before the prices: what is planned with them is planned by the new rules
            await self._by_itself(Listing.MARKETS, self.rules.read)
        read = await self.read_orders()
        touches = await self.prices.read()
        blind = frozenset(self.prices.symbols()).difference(touches)
        self.runner.post(Tick(at=self.clock(), touches=touches, blind=blind))
        await self.runner.settled()
        self._lost = vanished(self.runner.account, read)
        if self.balances.are_due:
            await self._by_itself(Listing.BALANCES, self.read_balances)

    def _is_due(self) -> bool:
        """Whether the histories have something to tell: after a while, or where something is not known."""
        due = not 0 <= self.clock() - self._fills_at < FILLS_EVERY
        return due or bool(self._lost or waiting_for_fills(self.runner.account) or self.limbo.is_due())

    async def _look(self) -> None:
        if await self._went_well(self._ask_histories) and self._sees:
            self.trouble.worked()

    async def _ask_histories(self) -> None:
        lost = self._lost
        is_read = await self._by_itself(Listing.FILLS, self.read_fills)
        if lost:
            await self._by_itself(Listing.HISTORY, partial(self.limbo.explain, lost))
        if is_read and self.limbo.is_due():
            await self._by_itself(Listing.HISTORY, partial(self.limbo.witness, self.opened_at))

    async def _by_itself(self, listing: Listing, read: Callable[[], Awaitable[None]]) -> bool:
        """Have a list read; whether it was. One that fails while ticks go well holds up what needs it and nothing else:
        no interruption, as in one nothing is sold for a stop either, and no other list.
        """
        try:
            await read()
        except ExchangeError as failure:
            if not self._sees:
                raise
            self.unread.failed(listing, failure)
            return False
        self.unread.worked(listing)
        return True

    async def read_orders(self) -> OpenOrdersRead:
        """Every open order of the account; ids of ours that memory does not know are looked up in the journal."""
        asked_at = self.clock()
        listed = await self.exchange.open_orders()
        orders, unread = tuple(listed), self.unread.ours(listed.unread)
        self.unread.seen(Listing.ORDERS, unread)
        read = OpenOrdersRead(at=self.clock(), asked_at=asked_at, orders=orders, unread=unread)
        self.runner.post(read)
        self.strays.look(orders, ())
        return read

    async def read_fills(self) -> None:
        """Fills since a while before the newest that is known, so that a history that lags behind loses nothing."""
        account = self.runner.account
        newest = self._newest_fill or self.store.newest_fill_at(account.name) or self.opened_at
        # Of an order that rests as we know it nothing can be missing: it may rest for months.
        oldest = min([newest, *(order.intended_at for order in doubtful(account))])
        fills = await self.exchange.fills(self._go_on_from or max(self.opened_at, oldest - LAG))
        self._fills_at = 0 if fills.cut else self.clock()  # a list that was cut is read on with the next tick
        self._go_on_from = fills.newest_at if fills.cut else 0
        if not self._booked(fills):  # what could not be read is asked for again, however much comes after it
            self._newest_fill = max([newest, fills.newest_at, *(fill.at for fill in fills)])
        await self.runner.settled()

    async def read_back(self) -> None:
        """Fills from far back, where the books have long differed: perhaps a whole history. Nothing waits for it."""
        since = self._look_from
        if since is not None:
            fills = await self.exchange.fills(max(self.opened_at, since))
            self._booked(fills)
            self._look_from = fills.newest_at if fills.cut else None
            await self.runner.settled()

    def _booked(self, fills: Listed[Fill]) -> Sequence[Unread]:
        """Book what is new; what could not be read and may be ours."""
        self.take_fills(fills)
        unread = self.unread.ours(fills.unread)
        self.unread.seen(Listing.FILLS, unread)
        return unread

    def take_fills(self, fills: Sequence[Fill]) -> None:
        """Book the fills that are not booked yet, whatever road they came by. What a new ledger opens with is in it."""
        if not self.opened_at:
            return
        account = self.runner.account
        new = unbooked(self.store, account.name, fills)
        forgotten = {fill.client_id for fill in new if find(account, fill.client_id) is None} - {None}
        journal = self.store.journal(account.name, [int(one) for one in forgotten if one is not None])
        for fill in new:
            order = journal.get(fill.client_id) if fill.client_id is not None else None
            ours = order is not None or find(account, fill.client_id) is not None
            if ours or fill.at > self.opened_at:
                if account.day is not None and fill.at < account.day.begins:
                    self.late_at = self.clock()
                self.runner.post(Filled(at=self.clock(), fill=fill, order=order))
        self.strays.look((), [fill for fill in new if fill.client_id not in journal])

    async def read_rules(self, *, are_fees_known: bool = False) -> None:
        """The clocks compared, the markets' rules and the account's fees. Where those are known from before and they
        alone can't be read, that has to do: the minute's reading goes on with it, and tells where it lasts.
        """
        await self._compare_clocks()
        await self.rules.read()
        try:
            await self._read_account()
        except ExchangeError as failure:
            if not (are_fees_known and is_of_one_market(failure)):
                raise
            self.unread.failed(Listing.ACCOUNT, failure)

    async def _compare_clocks(self) -> None:
        if self.measure is not None:
            await self.measure()

    async def _read_account(self) -> None:
        info = await self.exchange.account()
        self.runner.post(FeesRead(at=self.clock(), fees=info.fees))
        self.lending.seen(on=info.auto_lend)

    async def reconcile(self) -> None:
        """What changes seldom: rules, fees, deposits, balances; and a sign of life with the prices.

        That is written down even where a read failed for the store: it is how the writer finds that it has lost it.
        """
        async with self._seldom:
            try:
                await self._went_well(self._read_seldom)
            finally:
                self.limbo.tell_lasting()
                self.runner.post(Noted(at=self.clock()))
        with contextlib.suppress(StorageUnavailable):
            await self.runner.settled()

    async def _read_seldom(self) -> None:
        for listing, read in (
            (Listing.TIME, self._compare_clocks),
            (Listing.MARKETS, self.rules.read),
            (Listing.ACCOUNT, self._read_account),
            (Listing.MOVEMENTS, self.read_movements),
            (Listing.BALANCES, self.read_balances),
            (Listing.FILLS, self.read_back),
        ):
            await self._by_itself(listing, read)

    async def read_again(self) -> None:
        """Whatever could explain that the books differ from the balances."""
        async with self._seldom:
            await self.read_fills()
            await self.read_movements()
            await self.read_balances()
            await self.read_back()

    def _unstored(self, failure: StorageUnavailable) -> None:
        """What was read could not be looked up or written down: it is read again, and the writer tries to write."""
        log.warning("store event=unread text=%r", str(failure))
        self._fills_at = 0
        self.runner.post(Noted(at=self.clock()))

    async def read_movements(self) -> None:
        """Transfers, converted dust, interest and what perpetuals settled, where the ledger does not have it yet."""
        await self.movements.read(self.opened_at)

    async def read_balances(self) -> None:
        """What the account holds. Before the ledger is open only the start-up may read that: it opens it."""
        if not self.opened_at:
            return
        await self.balances.read()
        await self.runner.settled()
        await self.movements.book_fees()
        since = self.look_back.since(self.runner.account, (SETTLED_IN,) if self.movements.settles else ())
        if since is not None:
            self._look_from = since
            self.movements.look_back(since)

    async def last_orders(self) -> None:
        """On leaving: an order whose answer was lost is cancelled once the exchange has shown its id. One try."""
        if self.opened_at:
            with contextlib.suppress(ExchangeError):
                await self.read_orders()
                await self.runner.settled()

    async def last_fills(self) -> None:
        """On leaving: fills of orders that are over, so that the books are whole. One try."""
        if self.opened_at and waiting_for_fills(self.runner.account):
            with contextlib.suppress(ExchangeError):
                await self.read_fills()

    async def rest(self) -> None:
        """Let a read that is under way come to its end."""
        async with self._seldom, self._asking:
            if self._looking is not None:
                await asyncio.wait([self._looking])

    def hear(self, event: StreamEvent) -> None:
        """News from the stream. REST will confirm it."""
        self.prices.stream_at = self.clock()
        match event:
            case TouchSeen(touch=touch):
                self.prices.seen(touch)
            case FillSeen(fill=fill):
                self._fill_seen(fill)
            case OrderSeen():
                self._order_seen(event)
            case Disconnected(text=text):
                self.prices.stream_at = None
                log.info("stream event=down text=%r", text)
            case BalanceSeen():
                self.balances.hear(event)
            case Connected():
                log.info("stream event=up")

    def _fill_seen(self, fill: Fill) -> None:
        """The stream goes on whatever the store does: a fill that could not be looked up is read with the next tick."""
        try:
            self.take_fills([fill])
        except StorageUnavailable as failure:
            self._unstored(failure)

    def _order_seen(self, event: OrderSeen) -> None:
        order = find(self.runner.account, event.client_id)
        if order is None or event.client_id is None:
            return
        if order.order_id != event.order_id:
            return  # a client id alone proves nothing: somebody else's order may carry it, and REST tells more
        if event.ended is None:
            if order.status is OrderStatus.OPEN and order.unknown_since is None:
                return  # known, and said again with every part of it that trades
            self.runner.post(OrderAccepted(at=self.clock(), client_id=event.client_id, order_id=event.order_id))
        else:
            self.runner.post(OrderEnded(at=self.clock(), client_id=event.client_id, ended=event.ended))


def _ended(look: asyncio.Task[None]) -> None:
    """What a look met is told even where no tick comes to hear of it."""
    failure = None if look.cancelled() else look.exception()
    if failure is not None:
        log.error("task=histories event=failed text=%r", str(failure))
