"""Levels whose order is refused again and again: each waits by itself, and longer each time. Places nothing.

A refusal of one level says nothing of the others: they go on, and no id is burnt for an order that will be refused as
the last one was. What may have changed ends the wait: a price that is nearer, another order than the refused one, money
that has come, other rules, a word of the owner's. Whatever ends unseen has lasted as long by then: a wait is doubled.
"""

from collections.abc import Mapping
from decimal import Decimal

from strategy.draft import Draft
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.inventory import opens
from strategy.model.levels import Denied, Level, Wait
from strategy.model.market import Asset, Balance, Touch
from strategy.model.money import ZERO
from strategy.model.orders import LevelId, Order
from strategy.model.values import replace

RETRY_AFTER = {Wait.MONEY: 30_000, Wait.REFUSED: 60_000, Wait.MARKET: 10_000, Wait.CROSSING: 2_000}
"""Milliseconds after which a level that waits for this is tried again, whatever made it wait."""
FAR_AFTER = 60_000
"""The same of one that was refused as too far off, or as one order too many: an hour at the longest."""
DOUBLINGS = 6
LENT_DOUBLINGS = 3
"""Of the nearest level that lacks money while some is lent: nothing else shows that it can be called back again."""
LEAST = 10_000
"""Milliseconds for which not even a nearer price or another order is tried."""
NEARER = Decimal("0.9")
"""The part of its distance to the market at which a level that was refused is tried anew."""


def denied(draft: Draft, grid: Grid, level: Level, order: Order, wait: Wait) -> Denied:
    """What is remembered of a refusal."""
    touch, times = draft.touch(grid), level.denied.times + 1 if level.denied is not None else 1
    first = RETRY_AFTER.get(wait, FAR_AFTER)
    most = LENT_DOUBLINGS if wait is Wait.MONEY and _probes(draft, grid, level) else DOUBLINGS
    return Denied(
        wait=wait,
        times=times,
        at=draft.at,
        until=draft.at + first * 2 ** min(times - 1, most),
        price=order.price,
        apart=abs(level.price - touch.middle) if touch is not None else ZERO,
        needs=order.quantity * order.price if opens(order.side) else order.quantity,
    )


def _probes(draft: Draft, grid: Grid, level: Level) -> bool:
    """Whether lent money would do, and this level is the one that finds out for all that wait for it."""
    account, asset = draft.account, grid.market.quote if opens(level.side) else grid.market.base
    if not may_call_back(account, asset):
        return False
    # Of buys the highest is nearest to the market, of sales the lowest.
    nearest = max if opens(level.side) else min
    prices = [level.price, *(one.price for one, _ in _without_money(grid, level))]
    return level.price == nearest(prices)


def denial(draft: Draft, level: Level, touch: Touch, price: Decimal) -> Wait | None:
    """What the level goes on waiting for, as an order at this price would be refused like the last one, as far as is
    known. Where all are refused a single one is tried at a time: that is wait enough.
    """
    last = level.denied
    if last is None or draft.at >= last.until or draft.account.refusing is not None:
        return None
    is_nearer = abs(level.price - touch.middle) < last.apart * NEARER
    is_another = is_nearer or price != last.price
    return None if is_another and draft.at >= last.at + LEAST else last.wait


def forgiven(levels: Mapping[LevelId, Level]) -> Mapping[LevelId, Level]:
    """Without what is remembered of refusals: somebody has changed what may have led to them."""
    return {one: level if level.denied is None else replace(level, denied=None) for one, level in levels.items()}


def money_came(draft: Draft, before: Mapping[Asset, Balance]) -> None:
    """Levels that were refused for want of what there is more of now, and enough, wait no longer than at first."""
    now = draft.account.balances
    more = {asset for asset in now if usable(draft.account, now, asset) > usable(draft.account, before, asset)}
    for grid in draft.account.grids.values():
        if not more.isdisjoint((grid.market.base, grid.market.quote)):
            _free(draft, grid, more)


def taken_after_all(draft: Draft, grid: Grid, level: Level) -> Grid:
    """The exchange has taken an order of a level for which it had no money: the nearest that waits for the same is
    tried too. One at a time, as nothing that can be read says how much there is: lent money that may not be called
    back looks just like lent money that may.
    """
    if level.denied is None or level.denied.wait is not Wait.MONEY:
        return grid
    alike = _without_money(grid, level)
    if not alike:
        return grid
    nearest, last = min(alike, key=lambda one: abs(one[0].price - level.price))
    return draft.put_level(grid, replace(nearest, denied=replace(last, until=draft.at)))


def _without_money(grid: Grid, level: Level) -> list[tuple[Level, Denied]]:
    """The others of its side that the exchange has refused for want of money."""
    idle = [grid.levels[one] for one in sorted(grid.derived.idle) if one != level.id]
    return [
        (one, one.denied)
        for one in idle
        if one.side is level.side and one.denied is not None and one.wait is Wait.MONEY
    ]


def may_call_back(account: Account, asset: Asset) -> bool:
    """Whether some of an asset is lent that orders may use."""
    return account.limits.uses_lent and bool(account.balances.get(asset, Balance()).lent)


def usable(account: Account, balances: Mapping[Asset, Balance], asset: Asset) -> Decimal:
    """What an order may take of an asset, as the exchange shows it."""
    balance = balances.get(asset, Balance())
    return balance.available + (balance.lent if account.limits.uses_lent else ZERO)


def _free(draft: Draft, grid: Grid, more: set[Asset]) -> None:
    for level in [grid.levels[one] for one in sorted(grid.derived.idle)]:
        asset = grid.market.quote if opens(level.side) else grid.market.base
        if level.denied is None or level.wait is not Wait.MONEY or asset not in more:
            continue
        if usable(draft.account, draft.account.balances, asset) >= level.denied.needs:
            grid = draft.put_level(grid, replace(level, denied=None))
