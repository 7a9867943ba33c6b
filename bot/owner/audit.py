"""The audit's reading: the ledger in small pieces, the exchange's history in windows beside it. Changes nothing.

It runs in the writer's own loop and yields after each piece, so that a tick or a /panic never waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.account.movements import WEEK
from bot.owner.views import AuditProgress
from exchange.port import Exchange, all_fills
from storage.store import Store
from strategy.audit.causes import Seen
from strategy.audit.findings import Audit
from strategy.audit.refold import Refold, verdict
from strategy.model.account import Account
from strategy.model.ledger import MovementKind, settled_until
from strategy.model.orders import apart
from strategy.reconcile.recovery import as_known, differences

PIECE = 250
"""Entries read and folded at once: some milliseconds."""
STRETCH = 2_500
"""Entries of the ledger for each stretch of the exchange's history that is read."""
TRIES = 3
"""A fill on its way is seen by one side first: balances that differ are read again."""
PAUSE = 2.0


Tell = Callable[[AuditProgress], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Audits one account. Raises `ExchangeError` where the exchange can't be read."""

    exchange: Exchange
    store: Store
    account: Callable[[], Account]
    """The account as it was last saved."""
    clock: Callable[[], int]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self, tell: Tell) -> Audit | None:
        """The audit; None where no ledger has been opened yet."""
        name = self.account().name
        movements = self.store.movements(name)
        opened_at = min((one.at for one in movements if one.kind is MovementKind.OPENING), default=0)
        if not opened_at:
            return None
        seen, last = await self._look(opened_at)
        refold = await self._fold(opened_at, last, tell)
        keys = [key for fill in refold.there.values() for key in (fill.key, apart(fill).key)]
        booked_since = self.store.known_fills(name, keys)
        return verdict(seen, refold, {fill.mark for fill in booked_since.values()})

    async def _fold(self, opened_at: int, last: int, tell: Tell) -> Refold:
        """The whole ledger up to an entry beside the exchange's whole history."""
        name, refold, read, done, since = self.account().name, Refold(), 0, 0, opened_at
        while read < last:
            entries, read = self.store.entries_after(name, read, until=last, limit=PIECE)
            refold.book(entries)
            done += len(entries)
            if done % STRETCH == 0 and refold.newest >= since:
                refold.show(await all_fills(self.exchange, since, refold.newest + 1))
                since = refold.newest + 1
                await tell(AuditProgress(done=read, total=last))
            await asyncio.sleep(0)
        refold.show(await all_fills(self.exchange, since))
        return refold

    async def _look(self, opened_at: int) -> tuple[Seen, int]:
        """What the exchange says, the account and the end of its ledger, as nearly at one moment as can be."""
        markets = self.account().markets or await self.exchange.markets()
        tries = 0
        while True:
            open_orders = await self.exchange.open_orders()
            read = await self.exchange.balances()
            account, tries = self.account(), tries + 1
            balances = as_known(account, read, read.unread)
            last = self.store.last_entry(account.name)
            if tries == TRIES or not differences(account, balances):
                break
            await self.sleep(PAUSE)
        settled = await self.exchange.settlements(settled_until(self.store.movements(account.name), opened_at) + 1)
        moved = await self.exchange.movements(opened_at - WEEK)  # some was under way when the ledger was opened
        movements = [*moved, *await self.exchange.other_movements(opened_at), *settled]
        seen = Seen(
            at=self.clock(),
            account=account,
            opened_at=opened_at,
            open_orders=open_orders,
            balances=balances,
            movements=movements,
            markets=markets,
        )
        return seen, last
