"""Coins that grids hold by the books and the account has no more: what may still be sold, and what is told of it."""

from collections.abc import Sequence
from decimal import Decimal

from strategy.draft import Draft
from strategy.messages.by_hand import CoinsMissing
from strategy.model.account import Account
from strategy.model.grid import Grid, Level, Wait
from strategy.model.market import Asset, Side
from strategy.model.money import ZERO
from strategy.model.orders import Order


def sellable(account: Account, base: Asset) -> Decimal | None:
    """Coins of the account that no sale of ours asks for yet; None while no ledger is open.

    The books know of what the owner sold or withdrew, so this falls below what the grids hold when he took theirs.
    """
    if not account.expected:
        return None
    selling = (
        _to_come(order)
        for grid in account.grids.values()
        if grid.market.base == base
        for order in grid.orders.values()
        if order.side is Side.SELL
    )
    return account.expected.get(base, ZERO) - sum(selling, ZERO)


def there(account: Account, grid: Grid) -> Decimal:
    """Coins of a grid without sales of its own that the account really has."""
    has = sellable(account, grid.market.base)
    return grid.coins if has is None else min(grid.coins, max(ZERO, has))


def missing(account: Account, grid: Grid) -> Decimal:
    """Coins that the books of a grid hold and the account has no more; what all grids lack may be this one's."""
    base = grid.market.base
    return min(grid.coins, max(ZERO, _needed(account, base) - account.expected.get(base, ZERO)))


def frozen(grid: Grid) -> Sequence[Level]:
    """The levels that wait for coins."""
    return [level for level in grid.levels.values() if level.wait is Wait.COINS]


def tell_missing(draft: Draft, before: Account) -> None:
    """Tell of each grid whose first level began to wait for coins in this step, or whose last one waits no more."""
    for old in before.grids.values():
        grid = draft.grid(old.id)
        if grid is not old and bool(frozen(grid)) != bool(frozen(old)):
            draft.notices.append(_missing(draft, grid))


def _to_come(order: Order) -> Decimal:
    """What an order may still sell, or has sold without our knowing the fills yet."""
    if order.is_settled:
        return ZERO
    whole = order.quantity if order.executed is None else order.executed
    return whole - order.filled


def _needed(account: Account, base: Asset) -> Decimal:
    return sum((grid.coins for grid in account.grids.values() if grid.market.base == base), ZERO)


def _missing(draft: Draft, grid: Grid) -> CoinsMissing:
    base = grid.market.base
    levels = frozen(grid)
    return CoinsMissing(
        at=draft.at,
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        base=base,
        held=draft.account.expected.get(base, ZERO),
        needed=_needed(draft.account, base),
        levels=len(levels),
        back=not levels,
    )
