"""The first questions of a start: whose orders rest here, and are these books this account's? Opens no ledger.

Where that is not certain everything is held until the owner has decided, or until the exchange shows it after all.
Nothing is booked meanwhile: a wrong database stays as it is, to be put back where it belongs.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.account.evidence import Evidence
from bot.account.identity import Bound, Identity, bind, bound_to
from bot.account.runner import Runner
from exchange.port import Exchange
from storage.store import Store
from strategy.messages.doubts import BooksCompared, LiveUnconfirmed, OrdersLeftFound
from strategy.messages.events import Told
from strategy.model.account import Hold
from strategy.model.grid import Phase
from strategy.model.orders import BLOCK_SIZE, OpenOrder
from strategy.reconcile.recovery import LAG

log = logging.getLogger(__name__)

TRIES = 6
BETWEEN_TRIES = 12.0
"""Seconds. A history that lags or is cut short for a moment is looked at for a minute before the owner hears of it."""
PAUSE = 3.0
LOOK_AGAIN = 10
"""Pauses after which the exchange is looked at again while the owner has not decided."""


Look = Callable[[], Awaitable[tuple[bool, OrdersLeftFound | BooksCompared]]]
"""Whether all is well, and what to tell the account of it."""


@dataclass(slots=True, kw_only=True)
class Belonging:
    """One account's. Raises `ExchangeError`; called again it goes on where it was."""

    exchange: Exchange
    runner: Runner
    store: Store
    clock: Callable[[], int]
    identity: Identity
    evidence: Evidence
    sleep: Callable[[float], Awaitable[None]]
    _asked: set[Hold] = field(default_factory=set)

    async def settle(self, *, is_new: bool) -> None:
        """Return once everything is certain or decided; the database is this account's from then on."""
        if is_new:
            await self._until_certain(Hold.LEFT_ORDERS, self._left_orders, tries=1)
        else:
            await self._until_certain(Hold.MISSING_FILLS, self._books, tries=TRIES)
        bound = bound_to(self.store)
        if bound is None or bound.identity != self.identity:
            bind(self.store, Bound(identity=self.identity, trusted_until=bound.trusted_until if bound else 0))
        await self._ask_for_live()

    async def _until_certain(self, hold: Hold, look: Look, *, tries: int) -> None:
        """Ask the owner, unless all is well within so many tries; return once it is, or once he has decided."""
        if hold not in self._asked:
            is_well, found = await look()
            for _ in range(tries - 1):
                if not is_well:
                    await self.sleep(BETWEEN_TRIES)
                    is_well, found = await look()
            self.runner.post(found)
            await self.runner.settled()
            self._asked.add(hold)
        pauses = 0
        while hold in self.runner.account.holds:
            await self.sleep(PAUSE)
            pauses += 1
            if pauses % LOOK_AGAIN == 0:
                is_well, found = await look()
                if is_well:  # else nothing has changed: told again it could undo what the owner has just decided
                    self.runner.post(found)
                    await self.runner.settled()

    async def _left_orders(self) -> tuple[bool, OrdersLeftFound]:
        left = tuple(found for found in await self.exchange.open_orders() if _looks_like_ours(found))
        return not left, OrdersLeftFound(at=self.clock(), orders=left)

    async def _books(self) -> tuple[bool, BooksCompared]:
        """The books agree if nothing is missing that must be there by now, and something is known that only we know.

        The history may lag: a fill that the stream told right before a crash is not missed for ten minutes, if
        anything else shows that the account is the right one.
        """
        bound = bound_to(self.store)
        missing = await self.evidence.missing(bound.trusted_until if bound else 0)
        due = await self.exchange.server_time() - LAG
        overdue = [fill for fill in missing if fill.at < due]
        agree = not overdue and ((bound is not None and not missing) or await self.evidence.is_known())
        if not agree:
            log.warning("books event=unknown missing=%s", ",".join(fill.key for fill in missing) or "everything")
        return agree, BooksCompared(at=self.clock(), agree=agree, missing=len(missing))

    async def _ask_for_live(self) -> None:
        account = self.runner.account
        grids = sum(grid.phase is not Phase.STOPPED for grid in account.grids.values())
        if grids and Hold.UNCONFIRMED in account.holds and Hold.UNCONFIRMED not in self._asked:
            self._asked.add(Hold.UNCONFIRMED)
            self.runner.post(Told(at=self.clock(), notice=LiveUnconfirmed(at=self.clock(), grids=grids)))
            await self.runner.settled()


def trust(store: Store, name: str, identity: Identity) -> None:
    """The owner says that the books are right as they stand: what is booked so far is not looked for again."""
    bind(store, Bound(identity=identity, trusted_until=store.newest_fill_at(name)))


def _looks_like_ours(found: OpenOrder) -> bool:
    """Our ids begin with the number of a block. What people choose by hand is small, and zero is nobody's."""
    return found.client_id is not None and found.client_id >= BLOCK_SIZE
