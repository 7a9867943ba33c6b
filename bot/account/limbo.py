"""Orders whose fate is not known: asked of everything that could know it. Nothing is guessed here, and nothing sent."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.account.balances import BalanceReader
from bot.account.exchange_trouble import is_of_one_market
from bot.account.movements import MovementReader
from bot.account.runner import Runner
from bot.account.unread import UnreadRows, unread_assets
from exchange.port import Exchange, ExchangeError, Listed
from strategy.messages.by_hand import Listing
from strategy.messages.events import OrderEnded, OrderUnknown, Told
from strategy.messages.notices import LevelWaits
from strategy.model.levels import Wait
from strategy.model.market import Symbol
from strategy.model.orders import ClientId, EndedOrder, Fill, OpenOrder, Order, Unread
from strategy.reconcile.recovery import (
    LAG,
    Witnesses,
    differences,
    doubtful,
    find,
    in_limbo,
    never_arrived,
    overdue,
    same,
    traded,
)

log = logging.getLogger(__name__)

FIRST, LONGEST = 5_000, 60_000
"""Milliseconds after a round of witnesses that settled nothing, and at most, as each waits twice as long."""
LASTING = 2 * LAG
"""Milliseconds for which the fate of an order may stay unclear before the owner hears of it."""
AT_ONCE = 10
"""Orders whose end is asked for at a time: each is a call."""


@dataclass(slots=True, kw_only=True)
class Limbo:
    """One account's orders in doubt."""

    exchange: Exchange
    runner: Runner
    clock: Callable[[], int]
    take_fills: Callable[[Sequence[Fill]], None]
    """Books fills that are not booked yet."""
    unread: UnreadRows
    balances: BalanceReader
    movements: MovementReader
    _told: set[ClientId] = field(default_factory=set)
    """The orders of which the owner has heard that they stay unclear."""
    _left: object = None
    """What the last round of witnesses was about, and left as it was."""
    _asked_at: int = 0
    _since: int = 0
    """From when on the fills of this round are read."""
    _goes_on: int = 0
    """Where they go on in the next one; 0 where all were read."""
    _passed: Mapping[tuple[str, str], Fill] = field(default_factory=dict)
    """Those of this round, by their marks: a list with a row that can't be read is read again and again."""
    _pause: int = 0
    """Milliseconds for which such a round need not be made again: all calls of it say the same, and others wait."""

    def tell_lasting(self) -> None:
        """Orders that stay unclear for longer than any history may lag: each once. Their levels stand still, and a stop
        waits for them, which only the owner can cut short: he sees at the exchange what became of them.
        """
        now, account = self.clock(), self.runner.account
        lasting = {
            order.client_id: order
            for order in doubtful(account)
            if now - (order.unknown_since or order.changed_at) >= LASTING
        }
        for order in lasting.values() if account.interruption is None else ():
            if order.client_id not in self._told:
                wait = Wait.LIMBO if order.status.is_live else Wait.FILLS
                log.warning("order event=unclear client_id=%d wait=%s", order.client_id, wait.value)
                notice = LevelWaits(
                    at=now, grid_id=order.grid_id, symbol=order.symbol, level=order.level, wait=wait, text=""
                )
                self.runner.post(Told(at=now, notice=notice))
                self._told.add(order.client_id)
        self._told &= lasting.keys()

    async def explain(self, lost: Sequence[Order]) -> None:
        """What became of orders that rest no more and whose fills do not say: the order history knows, in time."""
        for first in range(0, len(lost), AT_ONCE):
            await asyncio.gather(*(self._explain(order) for order in lost[first : first + AT_ONCE]))
        await self.runner.settled()

    async def _explain(self, order: Order) -> None:
        now = find(self.runner.account, order.client_id)
        if now is None or not now.status.is_live or now.order_id is None:
            return
        try:
            ended = await self.exchange.ended_order(now.symbol, now.order_id)
        except ExchangeError as failure:  # the next look asks again; the orders of other markets don't wait for it
            if not is_of_one_market(failure):
                raise
            log.warning("order event=unexplained client_id=%d text=%r", now.client_id, str(failure))
            return
        self.unread.seen(Listing.HISTORY, [ended] if isinstance(ended, Unread) else ())
        if isinstance(ended, EndedOrder):
            self.runner.post(OrderEnded(at=self.clock(), client_id=now.client_id, ended=ended))
        elif now.unknown_since is None:
            text = "it rests no more, and neither its fills nor the history show it yet"
            self.runner.post(OrderUnknown(at=self.clock(), client_id=now.client_id, text=text))

    def overdue(self) -> list[Order]:
        """Orders in limbo that can no longer arrive."""
        return [order for order in in_limbo(self.runner.account) if overdue(order, self.clock())]

    def is_due(self) -> bool:
        """Whether the overdue are to be asked about: at once where it is not as the last round has left it."""
        waits = 0 <= self.clock() - self._asked_at < self._pause and self._doubts() == self._left
        return bool(self.overdue()) and not waits

    def _doubts(self) -> object:
        """The overdue, and the assets for whose difference they may be kept."""
        account = self.runner.account
        doubted = frozenset(order.client_id for order in self.overdue())
        return doubted, frozenset(differences(account, account.balances))

    async def witness(self, opened_at: int) -> None:
        """Ask everything that could know of the overdue, in the order in which nothing can slip through.

        `opened_at` is when the ledger began: older fills are in its opening balances.
        """
        doubted = self.overdue()  # the news may settle some of them while we ask
        exchange_at = await self.exchange.server_time()  # our clock may just have jumped
        open_orders = await self.exchange.open_orders()
        oldest = min(order.intended_at for order in doubted)
        fills = await self._fills(max(opened_at, oldest - LAG))
        history, heard = await self._history({order.symbol for order in doubted}, oldest - LAG)
        doubted = [order for order in doubted if order.symbol in heard]
        balances = await self.balances.read()
        unread = unread_assets(self.runner.account, balances)
        await self.runner.settled()
        self._judge(
            Witnesses(
                asked_at=exchange_at,
                open_orders=open_orders,
                history=history,
                fills=self._traded(doubted),
                balances=balances,
                settles=self.movements.settles,
                unread=(*open_orders.doubts, *fills.doubts, *history.doubts, *unread),
            ),
            frozenset(order.client_id for order in doubted),
        )
        await self.runner.settled()
        left = self._doubts()
        self._pause = 0 if self._goes_on else min(2 * self._pause, LONGEST) if left == self._left else FIRST
        self._left, self._asked_at = left, self.clock()

    async def _fills(self, since: int) -> Listed[Fill]:
        """Fills from then on, booked. A list that was cut goes on in the next round where it ended: whoever began anew
        would come no farther for ever, where others trade much beside us. What was passed on the way still counts.
        """
        goes_on = bool(self._goes_on) and self._since <= since
        fills = await self.exchange.fills(self._goes_on if goes_on else since)
        self.take_fills(fills)
        self._passed = {**(self._passed if goes_on else {}), **{fill.mark: fill for fill in fills}}
        self._since = self._since if goes_on else since
        if not fills.unread:  # what could not be read is asked for again, however much comes after it
            self._goes_on = fills.newest_at if fills.cut else 0
        return fills

    def _traded(self, doubted: Sequence[Order]) -> frozenset[ClientId]:
        """Those of which a fill was passed."""
        return frozenset(
            order.client_id for order in doubted if any(_is_of(order, one) for one in self._passed.values())
        )

    async def _history(
        self, symbols: Collection[Symbol], since: int
    ) -> tuple[Listed[EndedOrder | OpenOrder], Collection[Symbol]]:
        """What the histories show, and of which markets that was to be read: one that fails holds up itself alone."""
        history, heard = Listed[EndedOrder | OpenOrder](), set[Symbol]()
        for symbol in sorted(symbols):
            try:
                shown = await self.exchange.orders_since(symbol, since)
            except ExchangeError as failure:
                if not is_of_one_market(failure):
                    raise
                log.warning("history event=failed symbol=%s text=%r", symbol, str(failure))
                continue
            history = Listed([*history, *shown], [*history.unread, *shown.doubts])
            heard.add(symbol)
        return history, heard

    def _judge(self, witnesses: Witnesses, asked: Collection[ClientId]) -> None:
        """Judge those that everything was asked about: others may have become overdue meanwhile."""
        for order in [order for order in self.overdue() if order.client_id in asked]:
            for shown in witnesses.history:
                if isinstance(shown, EndedOrder) and same(order, shown):
                    self.runner.post(OrderEnded(at=self.clock(), client_id=order.client_id, ended=shown))
            verdict = never_arrived(self.runner.account, order, witnesses)
            if verdict is not None:
                log.info("order event=never_arrived client_id=%d", order.client_id)
                self.runner.post(verdict)


def _is_of(order: Order, fill: Fill) -> bool:
    return fill.client_id == order.client_id and traded(order, fill)
