"""Markets as the exchange lets them be traded: what a restricted one pauses, told once, and its end once."""

from collections.abc import Mapping
from dataclasses import replace

from strategy.draft import Draft
from strategy.events import MarketsRead
from strategy.grid import Phase
from strategy.market import BookState, Market, Symbol
from strategy.notices import MarketRestricted

RESTRICTED = frozenset({BookState.CLOSED, BookState.CANCEL_ONLY, BookState.POST_ONLY})
"""What a grid notices. Where only limit orders are taken it does not: it sends no others."""


def markets_read(draft: Draft, event: MarketsRead) -> None:
    """The markets' rules and states now. A market in use that is listed no more is closed, not forgotten."""
    account = draft.account
    in_use = sorted({grid.spec.symbol for grid in account.grids.values() if grid.phase is not Phase.STOPPED})
    before = account.markets
    delisted = {
        symbol: replace(before[symbol], state=BookState.CLOSED)
        for symbol in in_use
        if symbol in before and symbol not in event.markets
    }
    draft.set(markets={**event.markets, **delisted})
    for symbol in in_use:
        _compare(draft, symbol, _restriction(before, symbol), _restriction(draft.account.markets, symbol))


def _restriction(markets: Mapping[Symbol, Market], symbol: Symbol) -> BookState | None:
    state = markets[symbol].state if symbol in markets else BookState.OPEN
    return state if state in RESTRICTED else None


def _compare(draft: Draft, symbol: Symbol, before: BookState | None, now: BookState | None) -> None:
    if before is now:
        return
    since = dict(draft.account.restricted)
    began = since.pop(symbol, draft.at)
    if now is not None:
        since[symbol] = began
    draft.set(restricted=since)
    lasted = draft.at - began if now is None else 0
    draft.notices.append(MarketRestricted(at=draft.at, symbol=symbol, state=now, lasted=lasted))
