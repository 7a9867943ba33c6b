"""Bringing an account up: load it, take a free id block, open the ledger, reconcile for the first time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.account.belonging import Belonging
from bot.account.blocks import ALMOST_FULL, Blocks, free_block
from bot.account.days import check_day
from bot.account.reader import Reader
from exchange.port import BadAnswer, Balances, Exchange, ExchangeError, Listed, Unavailable
from storage.errors import StorageUnavailable
from storage.store import Store
from strategy.draft import Step
from strategy.messages.by_hand import Listing
from strategy.messages.events import BalancesRead, BlockTaken, OrderUnknown, Restarted, Tick
from strategy.model.account import Account, Halt
from strategy.model.ledger import FillEntry, MovementKind
from strategy.model.market import Asset, Balance
from strategy.model.money import ZERO
from strategy.model.orders import BLOCK_SIZE, ClientId, EndedOrder, Fill, OpenOrder, OrderStatus, Unread
from strategy.reconcile.recovery import LAG, vanished

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0
RECENT = 5 * 60_000
LEFT_OUT = 10_000
"""Ids that an order which can't be read may have: as many as are given out in the days by which a copy is old."""


def load_or_create(store: Store, name: str, daily_loss: Decimal | None) -> Account:
    """The account as it was left, or a new one with a block of ids that this database has never used."""
    account = store.load(name)
    if account is not None:
        return account
    account = Account(name=name, block=free_block(store, name, ()), daily_loss=daily_loss)
    store.save(None, [Step(account=account)])
    return account


@dataclass(slots=True, kw_only=True)
class Startup:
    """The first reconciliation, repeated until the exchange answers."""

    exchange: Exchange
    reader: Reader
    store: Store
    clock: Callable[[], int]
    zone: ZoneInfo
    belonging: Belonging
    blocks: Blocks
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    fills: int = 0
    profit: Decimal = ZERO

    async def run(self) -> None:
        """Come up, however long the exchange makes us wait."""
        runner, pause = self.reader.runner, 1.0
        runner.after_drain.append(self._count)
        self._doubt_intents()
        while True:
            try:
                await self._reconcile()
                break
            except (ExchangeError, StorageUnavailable) as failure:
                if isinstance(failure, ExchangeError):
                    self.reader.trouble.failed(failure)
                await self.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        runner.after_drain.remove(self._count)

    async def _reconcile(self) -> None:
        reader, runner = self.reader, self.reader.runner
        opened = opened_at(self.store, runner.account.name)
        await reader.read_rules(are_fees_known=bool(opened))
        await runner.settled()
        await self.belonging.settle(is_new=not opened)
        reader.opened_at = opened  # from here on news are booked, not before it is clear that the books are theirs
        if not opened:
            await self._open_ledger()
        read = await reader.read_orders()
        await runner.settled()
        await reader.read_fills()
        await reader.limbo.explain(vanished(runner.account, read))
        await self._read_movements()
        await reader.read_balances()
        reader.late_at = self.clock()  # a late fill that the process before this one has booked moved the day's start
        check_day(reader, self.zone)
        await self._leave_used_ids(read.unread)
        await self._judge_first()
        seen_at = runner.account.seen_at
        away = self.clock() - seen_at if seen_at else 0
        reader.trouble.worked()
        runner.post(Restarted(at=self.clock(), away=away, fills=self.fills, profit=self.profit))
        await runner.settled()

    async def _read_movements(self) -> None:
        """What nothing that is decided now hangs on: the minute's reading goes on with it, and tells where that lasts.
        Wallets are in maintenance for hours, and as long nobody would watch a price.
        """
        try:
            await self.reader.read_movements()
        except ExchangeError as failure:
            self.reader.unread.failed(Listing.MOVEMENTS, failure)

    async def _judge_first(self) -> None:
        """The first tick: limits are judged at today's prices before anything is placed."""
        touches = await self.reader.prices.read()
        self.reader.runner.post(Tick(at=self.clock(), touches=touches))
        await self.reader.runner.settled()

    async def _open_ledger(self) -> None:
        """Begin the ledger with balances that are read twice alike, at a moment between the two: nothing moved then."""
        runner, before = self.reader.runner, await self._all_balances()
        while True:
            at = await self.exchange.server_time()
            await self.reader.movements.open_with(at)
            balances = await self._all_balances()
            if _totals(balances) == _totals(before):
                break
            before = balances
            await self.sleep(1.0)
        lists: list[Listed[Any]] = [await self.exchange.open_orders(), await self.exchange.fills(at - RECENT)]
        lists.append(await self.exchange.orders_since(None, since=0))
        seen = [row for rows in lists for row in (*rows, *rows.unread)]
        block = free_block(self.store, runner.account.name, _ids_of(seen))  # not ours alone: nothing is known of whose
        runner.post(BlockTaken(at=self.clock(), block=block), BalancesRead(at=at, asked_at=at, balances=balances))
        await runner.settled()
        # A try before this one, which could not be written then, may have been the one that opened it.
        self.reader.opened_at = opened_at(self.store, runner.account.name) or at

    async def _all_balances(self) -> Balances:
        """Balances to begin a ledger with: what is paid with must be readable; any other asset joins when it can be.

        Where there is nothing at all it is not begun: whether the account is bare or the answer is can't be told, and
        books that begin with nothing by mistake never equal the exchange again. A bare account has nothing to trade.
        """
        balances = await self.exchange.balances()
        if not balances and not balances.unread:
            raise Unavailable("empty", "the list of balances is empty")
        quotes = {market.quote for market in self.reader.runner.account.markets.values()}
        for asset, text in balances.unread.items():
            if asset in quotes:
                raise BadAnswer(text)
        return balances

    def _doubt_intents(self) -> None:
        """Whether an intent of the last process was sent is not known."""
        for grid in self.reader.runner.account.grids.values():
            for order in grid.live:
                if order.status is OrderStatus.INTENDED:
                    text = "the program ended before its outcome was known"
                    self.reader.runner.post(OrderUnknown(at=self.clock(), client_id=order.client_id, text=text))

    async def _leave_used_ids(self, unread: Sequence[Unread]) -> None:
        """Take a new block of ids where this one is almost full, or where the exchange shows ids a later one gave out.

        Open orders and fills of that kind are strangers, about which the owner decides; here are those of orders that
        ended without a fill, which are nobody's business, except that their ids may not be used again. Where a row's
        id can't be read, those that it may be are left out, in the same block: it may be a stranger's yet.
        """
        account = self.reader.runner.account
        if account.halt is Halt.STRANGERS:  # what the owner chooses takes a new block, and has to find them until then
            return
        since = max(self.reader.opened_at, account.seen_at - LAG)
        shown = await self.exchange.orders_since(None, since)
        unread = [*unread, *shown.doubts]
        named = _ids_of([*shown, *unread])
        lost = [one for one in named if account.never_gave_out(ClientId(one))]
        uncertain = any(row.client_id is None or account.never_gave_out(row.client_id) for row in unread)
        if self.blocks.renew(named) or not (lost or uncertain):
            await self.reader.runner.settled()
            return
        here = (one % BLOCK_SIZE + 1 for one in lost if one // BLOCK_SIZE == account.block)
        block, next_id = account.block, max([account.next_id, *here]) + LEFT_OUT
        if not uncertain or next_id >= ALMOST_FULL:
            block, next_id = self.blocks.free(named), 1
        self.reader.runner.post(BlockTaken(at=self.clock(), block=block, next_id=next_id))
        await self.reader.runner.settled()

    def _count(self, steps: Sequence[Step]) -> None:
        for done in steps:
            for entry in done.entries:
                if isinstance(entry, FillEntry) and entry.grid_id is not None:
                    self.fills += 1
                    self.profit += entry.realised or ZERO


def _ids_of(rows: Sequence[Fill | OpenOrder | EndedOrder | Unread]) -> list[int]:
    return [int(one.client_id) for one in rows if one.client_id is not None]


def _totals(balances: Mapping[Asset, Balance]) -> dict[Asset, Decimal]:
    return {asset: balance.total for asset, balance in balances.items()}


def opened_at(store: Store, name: str) -> int:
    """When the ledger began, by the exchange's clock; 0 if it has not."""
    opening = (one.at for one in store.movements(name) if one.kind is MovementKind.OPENING)
    return min(opening, default=0)
