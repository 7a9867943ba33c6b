"""What of the exchange's lists can't be read, a row or all of it: told once, and its end once. Reads nothing itself."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.account.runner import Runner
from exchange.port import Balances, ExchangeError, Markets
from storage.store import Store
from strategy.messages.by_hand import Listing, RowsUnread
from strategy.messages.events import Told
from strategy.model.account import Account
from strategy.model.market import Market, Symbol
from strategy.model.orders import Unread
from strategy.reconcile.recovery import find

log = logging.getLogger(__name__)

CALM = 180_000
"""Milliseconds without one after which it counts as over: what flaps is told once. Some are read once a minute."""
LASTING = 120_000
"""Milliseconds for which a list has to fail before that is told."""


@dataclass(slots=True, kw_only=True)
class UnreadRows:
    """One account's unreadable rows, list by list."""

    runner: Runner
    store: Store
    clock: Callable[[], int]
    _seen_at: dict[Listing, int] = field(default_factory=dict)
    """When the lists that were told of last had one."""
    _failing: dict[Listing, int] = field(default_factory=dict)
    """Since when lists can't be had at all, although the exchange answers otherwise."""

    def ours(self, rows: Sequence[Unread]) -> tuple[Unread, ...]:
        """Those that may be ours: of an id that we know or have given out, or of none that could be read."""
        account = self.runner.account
        named = [row.client_id for row in rows if row.client_id is not None]
        if not named:
            return tuple(rows)
        known = self.store.journal(account.name, [int(one) for one in named]).keys()
        return tuple(
            row
            for row in rows
            if row.client_id is None
            or row.client_id in known
            or account.is_ours(row.client_id)
            or find(account, row.client_id) is not None
        )

    def seen(self, listing: Listing, rows: Sequence[Unread]) -> None:
        """A list was read, and these rows of it, which may be ours, were not understood."""
        now = self.clock()
        self._see(listing, now, rows, whole=False)
        for ended in [one for one, at in self._seen_at.items() if now - at >= CALM]:
            del self._seen_at[ended]
            self._tell(ended, 0, "")

    def failed(self, listing: Listing, failure: ExchangeError) -> None:
        """A list could not be had, and ticks go well: it alone fails. Told once that lasts."""
        now = self.clock()
        since = self._failing.setdefault(listing, now)
        log.warning("list event=failed list=%s for=%d text=%r", listing, now - since, str(failure))
        if now - since >= LASTING:
            self._see(listing, now, [Unread(text=str(failure))], whole=True)

    def worked(self, listing: Listing) -> None:
        """It could be had."""
        self._failing.pop(listing, None)
        self.seen(listing, ())

    def _see(self, listing: Listing, now: int, rows: Sequence[Unread], *, whole: bool) -> None:
        if rows and listing not in self._seen_at:
            self._tell(listing, len(rows), rows[0].text, whole=whole)
        if rows:
            self._seen_at[listing] = now

    def _tell(self, listing: Listing, rows: int, text: str, *, whole: bool = False) -> None:
        log.warning("rows event=%s list=%s count=%d text=%r", "unread" if rows else "over", listing, rows, text)
        notice = RowsUnread(at=self.clock(), listing=listing, rows=rows, text=text, over=not rows, whole=whole)
        self.runner.post(Told(at=notice.at, notice=notice))


def unread_assets(account: Account, balances: Balances) -> tuple[Unread, ...]:
    """The balances that some grid needs and that could not be read."""
    markets = [grid.market for grid in account.grids.values()]
    needed = {asset for market in markets for asset in (market.base, market.quote)}
    return tuple(Unread(text=text) for asset, text in sorted(balances.unread.items()) if asset in needed)


def unread_markets(account: Account, markets: Markets) -> tuple[Unread, ...]:
    """The markets that some grid is at work on and that could not be read."""
    in_use = {grid.spec.symbol for grid in account.grids.values() if not grid.is_over}
    return tuple(Unread(text=text) for symbol, text in sorted(markets.unread.items()) if symbol in in_use)


def markets_as_known(account: Account, markets: Markets) -> Mapping[Symbol, Market]:
    """Markets in which those that could not be read are as they were known: nobody has said that they are closed."""
    known = {grid.spec.symbol: grid.market for grid in account.grids.values()} | dict(account.markets)
    return {**markets, **{symbol: known[symbol] for symbol in markets.unread if symbol in known}}
