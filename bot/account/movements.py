"""Transfers, dust, interest and what perpetuals settle into the ledger: each once, however long nobody looked."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from bot.account.runner import Runner
from bot.account.unread import UnreadRows
from exchange.port import Exchange, ExchangeError, Listed
from storage.store import Store
from strategy.messages.by_hand import Listing
from strategy.messages.events import Moved, Told
from strategy.messages.notices import MovementSeen
from strategy.model.durations import DAY, HOUR
from strategy.model.ledger import Movement, MovementKind, settled_until
from strategy.model.money import ZERO
from strategy.model.orders import Unread
from strategy.reconcile.recovery import LAG, differing, fees_on_top

log = logging.getLogger(__name__)

WEEK = 7 * DAY
"""Milliseconds by which a movement may be older than when it is shown first."""
LATE_EVERY = 300_000
"""Milliseconds between two readings of the last hours that are booked."""
HOURS_AGAIN = 24
"""Hours with something in them that are read again then, however long ago they were."""
SHOWN_FOR = 180_000
"""Milliseconds for which the balances have to go on showing what is booked by them alone, where the books differ in
more: a trade that no history tells yet has moved two assets, and may have taken the very same sum.
"""
OPENED_WITH = "opened_with"
"""The setting that says which transfers of the week before the ledger were listed when it was opened."""
TRANSFERS = (MovementKind.DEPOSIT, MovementKind.WITHDRAWAL)
OTHERS = (MovementKind.DUST, MovementKind.INTEREST)


class _Settled(NamedTuple):
    """What was read of perpetuals. `unbooked` is None where nothing new is known."""

    whole: Sequence[Movement] = ()
    """To be booked."""
    goes_on: bool = False
    unbooked: Decimal | None = None
    unread: Sequence[Unread] = ()


@dataclass(slots=True, kw_only=True)
class MovementReader:
    """Reads on from where it has read to: in this process by its clock. At its start it reads all transfers, which are
    few, and of the others what came since the newest that the ledger has.

    The last sign of life would not do: a process that could not read them gave some, too.
    """

    exchange: Exchange
    runner: Runner
    store: Store
    clock: Callable[[], int]
    unread: UnreadRows
    settles: bool = False
    """Whether perpetuals have moved the USDC of this account since the last hour of that which is booked."""
    _unbooked: Decimal = ZERO
    """By how much."""
    _read_at: int = 0
    """When transfers were last read, ms; 0: not yet."""
    _others_read_at: int = 0
    _late_at: int = 0
    """When hours that are booked were last read again, ms."""
    _late: Sequence[Movement] = ()
    """By what they differed then. Booked is what differs the same way twice: rows can be left out for a while."""
    _new_from: int | None = 0
    """The end of the oldest hour that is newly booked: after weeks away it is older than a day, and its rows may not
    all have been listed. Forgotten once a reading that much later finds it as it was. 0: another process may have done
    so in its last minutes.
    """
    _new_at: int | None = None
    _look_from: int | None = None
    _perhaps: dict[Movement, int] = field(default_factory=dict)
    """What is booked once the balances show it: fees of withdrawals, which may be part of what was withdrawn, and what
    was under way when the ledger was opened, and may be in the balances that it began with. And when each was shown
    first: the balances that tell, and the fills without which they don't, may be long in coming.
    """
    _shown: Mapping[Movement, int] = field(default_factory=dict)
    """Those of them that the balances show, and since when."""

    def look_back(self, since: int) -> None:
        """Read from so far back the next time: the books have long differed from the balances."""
        self._look_from = since

    async def open_with(self, at: int) -> None:
        """A ledger is about to be opened: remember what is listed by now. Whatever is listed later has come later."""
        listed = await self.exchange.movements(at - WEEK)
        self.store.set_setting(OPENED_WITH, json.dumps([one.key for one in listed]))

    def _came_before(self) -> Collection[str] | None:
        """What was listed then; None where that was not written down, as in a database that is older than this."""
        listed = self.store.setting(OPENED_WITH)
        return None if listed is None else frozenset(json.loads(listed))

    async def read(self, opened_at: int) -> None:
        """What the ledger, which began then, does not have yet."""
        began, before = self.clock(), self._came_before()
        oldest = opened_at if before is None else opened_at - WEEK
        # Once in each process from the beginning: what nobody could decide on before may be weeks old by now. Fees that
        # old are no candidates at once: they are much alike, and one of them fits many a gap.
        recent = self._since(TRANSFERS, self._read_at, oldest)
        first = await self.exchange.movements(recent if self._read_at else oldest)
        others = await self._others(self._since(OTHERS, self._others_read_at, opened_at))
        other = Listed[Movement]() if others is None else others
        there = self.store.movements(self.runner.account.name)
        settled = await self._settled(there, opened_at)
        moved = Listed([*first, *other, *settled.whole], [*first.unread, *other.unread, *settled.unread])
        self.unread.seen(Listing.MOVEMENTS, moved.unread)
        if settled.whole and not any(one.kind is MovementKind.SETTLEMENT for one in there):
            self._tell(settled.whole[0])
        known = {one.key for one in self.store.movements(self.runner.account.name)}  # others book fees while we read
        late = [one for one in first if one.at <= opened_at and before is not None and one.key not in before]
        fees = [one for one in moved if one.may_be_included and one.at > opened_at and one.at >= recent]
        self._perhaps = dict.fromkeys([*late, *fees], began) | self._perhaps
        self._perhaps = {one: at for one, at in self._perhaps.items() if one.key not in known and began - at < WEEK}
        for movement in moved:
            # A loan is never ours: the audit shows what it does to the balances.
            booked = movement.key in known or movement.kind is MovementKind.LOAN or movement.may_be_included
            if not booked and movement.at > opened_at:
                self.runner.post(Moved(at=self.clock(), movement=movement))
        await self.runner.settled()
        if settled.unbooked is not None:
            self.settles, self._unbooked = settled.goes_on, settled.unbooked
        self._read_at, self._look_from = began, None
        if others is not None:  # and all of it is booked: what could not be looked up before that is read once more
            self._others_read_at = began

    async def book_fees(self) -> None:
        """Fees of withdrawals, where the balances, read after them, show that they came on top; and what came late."""
        account, now = self.runner.account, self.clock()
        found = fees_on_top(account, tuple(self._perhaps), settled=self._unbooked)
        self._shown = {one: min(self._shown.get(one, now), now) for one in found}
        more = differing(account).keys() - {one.asset for one in found} if found else frozenset()
        for one in found:
            if not more or now - self._shown[one] >= SHOWN_FOR:
                del self._perhaps[one]
                self.runner.post(Moved(at=now, movement=one))
        await self.runner.settled()

    async def _others(self, since: int) -> Listed[Movement] | None:
        """Nothing waits for these: a history that can't be read now is read the next time."""
        try:
            return await self.exchange.other_movements(since)
        except ExchangeError as failure:
            log.info("movements event=unread text=%r", str(failure))
            return None

    async def _settled(self, there: Collection[Movement], opened_at: int) -> _Settled:
        """What perpetuals settled since the last hour that is booked, and now and then what came late before that.

        The running hour goes on, and of the one before it rows may be missing yet. With a row that can't be read no sum
        is known: what was known of them stays. Late rows are not left to the look back: it sees no difference in USDC
        while perpetuals move it.
        """
        until, now = settled_until(there, opened_at), self.clock()
        since = until + 1
        if self._look_from is not None or not 0 <= now - self._late_at < LATE_EVERY:
            since = min(since, max(opened_at + 1, self._far(there, until, now)))
        try:
            hours = await self.exchange.settlements(since)
            true_now = await self.exchange.server_time() if hours else 0  # our clock may be wrong
        except ExchangeError as failure:
            log.info("settlements event=unread text=%r", str(failure))
            return _Settled()
        if hours.unread:
            return _Settled(unread=hours.unread)
        late = self._twice(_late(there, [hour for hour in hours if hour.at <= until]), now) if since <= until else []
        new = [hour for hour in hours if hour.at > until]
        whole = [hour for hour in new if hour.at < true_now - LAG]
        if whole or self._new_at is None:
            self._new_at = now
        if whole:
            known = whole[0].at if self._new_from is None else self._new_from or until - WEEK
            self._new_from = min(known, whole[0].at)
        rest = new[len(whole) :]
        return _Settled(whole=[*late, *whole], goes_on=bool(rest), unbooked=sum((hour.amount for hour in rest), ZERO))

    def _far(self, there: Collection[Movement], until: int, now: int) -> int:
        """From when on booked hours are read again: the last ones in which something was, and all that are new."""
        if self._look_from is not None:
            far = max(self._look_from, now - WEEK)
        else:
            hours = sorted({one.at for one in there if one.kind is MovementKind.SETTLEMENT})
            far = min([until - DAY, *hours[-HOURS_AGAIN:][:1]])
        if self._new_from is not None:
            far = min(far, self._new_from or until - WEEK)
        return far - far % HOUR

    def _twice(self, differ: list[Movement], now: int) -> list[Movement]:
        """Of the hours that differ now those that did before, too."""
        late = [one for one in differ if one in self._late]
        self._late_at, self._late = now, differ
        if self._new_at is not None and now < self._new_at:  # the clock was set back: nothing was waited for
            self._new_at = now
        if not differ and self._new_at is not None and now - self._new_at >= LATE_EVERY:
            self._new_from = None
        return late

    def _tell(self, first: Movement) -> None:
        """Once: from here on each hour is booked without a word, like interest."""
        notice = MovementSeen(at=self.clock(), movement=first.kind, asset=first.asset, amount=first.amount)
        self.runner.post(Told(at=self.clock(), notice=notice))

    def _since(self, kinds: Collection[MovementKind], read_at: int, opened_at: int) -> int:
        there = self.store.movements(self.runner.account.name) if not read_at else ()
        newest = max((one.at for one in there if one.kind in kinds), default=0)
        since = min(self.clock(), read_at or newest) - WEEK
        return max(opened_at, since if self._look_from is None else min(since, self._look_from))


def _late(there: Collection[Movement], hours: Iterable[Movement]) -> list[Movement]:
    """What hours before the last that is booked come to more than what is; each such row has a key of its own."""
    late: list[Movement] = []
    for hour in hours:
        booked = [one for one in there if one.kind is MovementKind.SETTLEMENT and one.at == hour.at]
        more = hour.amount - sum((one.amount for one in booked), ZERO)
        if more:
            late.append(replace(hour, key=f"{hour.key}:{len(booked)}" if booked else hour.key, amount=more))
    return late
