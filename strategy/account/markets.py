"""Markets as the exchange lets them be traded: its rules and states as they are now. What changes is told once."""

from collections.abc import Mapping, Sequence

from strategy.draft import Draft
from strategy.grid.denials import forgiven
from strategy.grid.sizing import least_order, paid
from strategy.messages.by_hand import RulesChanged
from strategy.messages.events import MarketsRead
from strategy.messages.notices import MarketRestricted
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Wait
from strategy.model.market import BookState, Fees, Market, Symbol, Touch
from strategy.model.values import replace

RESTRICTED = frozenset({BookState.CLOSED, BookState.CANCEL_ONLY, BookState.POST_ONLY})
"""What a grid notices. Where only limit orders are taken it does not: it sends no others."""
BLIND_AFTER = 60_000
"""Milliseconds without a price until the owner is told."""


def markets_read(draft: Draft, event: MarketsRead) -> None:
    """The markets' rules and states now. A market in use that is listed no more is closed, not forgotten.

    Each grid is given its market as it is now, so that there is one truth, wherever it is asked; it is written down,
    so that the next start knows what has changed meanwhile.
    """
    before = draft.account
    in_use = sorted({grid.spec.symbol for grid in before.grids.values() if grid.phase is not Phase.STOPPED})
    known = {grid.spec.symbol: grid.market for grid in before.grids.values()}
    delisted = {
        symbol: replace(known[symbol], state=BookState.CLOSED) for symbol in in_use if symbol not in event.markets
    }
    draft.set(markets={**event.markets, **delisted})
    for symbol in in_use:
        _compare(draft, symbol, _restriction(before.markets, symbol), _restriction(draft.account.markets, symbol))
        _tell_rules(draft, [grid for grid in before.grids.values() if grid.spec.symbol == symbol])
    for grid in before.grids.values():
        now = draft.account.markets.get(grid.spec.symbol, grid.market)
        if now != grid.market:
            draft.change(_free_to_try(grid, now), market=now)


def _free_to_try(grid: Grid, now: Market) -> Grid:
    """What was refused by the old rules, or in another state, need not wait any longer: it may be right by now."""
    if grid.market.same_rules(now):
        return grid if grid.market.state is now.state else replace(grid, levels=forgiven(grid.levels))
    refused = {
        level.id: replace(level, wait=None, wait_since=None)
        for level in grid.levels.values()
        if level.wait in (Wait.REFUSED, Wait.MARKET)
    }
    return replace(grid, levels=forgiven({**grid.levels, **refused}), retry_at=0)


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


def _tell_rules(draft: Draft, grids: Sequence[Grid]) -> None:
    at_work = [grid for grid in grids if grid.phase is not Phase.STOPPED]
    before, now = at_work[0].market, draft.account.markets[at_work[0].spec.symbol]
    if before.same_rules(now):
        return
    draft.notices.append(
        RulesChanged(
            at=draft.at,
            symbol=now.symbol,
            before=before,
            now=now,
            grids=tuple(grid.id for grid in at_work),
            waiting=sum(_unfit(grid, now, draft.account.fees) for grid in at_work),
        )
    )


def _unfit(grid: Grid, market: Market, fees: Fees) -> int:
    """How many levels of a grid the market would not take now."""
    least = least_order(market, paid(grid.spec, fees))
    return sum(level.quantity < least or not market.allows(level.on_tick(market)) for level in grid.levels.values())


def blind(draft: Draft, symbols: frozenset[Symbol]) -> None:
    """These markets have no price. After a while their owner learns that no limit is watched there.

    One that was told so has none until it has been seen again, also where a tick says nothing of it.
    """
    account = draft.account
    since = {symbol: account.blind.get(symbol, draft.at) for symbol in sorted(symbols | account.blind_told)}
    draft.set(blind=since)
    for symbol, began in since.items():
        late = draft.at - began >= BLIND_AFTER and symbol not in draft.account.blind_told
        if late and _restriction(account.markets, symbol) is not BookState.CLOSED:  # that was told already
            draft.set(blind_told=draft.account.blind_told | {symbol})
            draft.notices.append(MarketRestricted(at=draft.at, symbol=symbol, state=None, lasted=0, blind=True))


def sighted(draft: Draft, touches: Mapping[Symbol, Touch]) -> None:
    """These markets have a price again: told where its lack was."""
    for symbol in sorted(draft.account.blind_told & touches.keys()):
        lasted = draft.at - draft.account.blind[symbol]
        draft.set(blind_told=draft.account.blind_told - {symbol})
        draft.notices.append(MarketRestricted(at=draft.at, symbol=symbol, state=None, lasted=lasted, blind=True))


def sale_waits(draft: Draft, symbol: Symbol) -> None:
    """A sale was asked for on a market that takes none at present: said at once, as nothing else will happen."""
    state = _restriction(draft.account.markets, symbol)
    if state is not None:
        draft.notices.append(MarketRestricted(at=draft.at, symbol=symbol, state=state, lasted=0))
