"""Coins that grids hold by the books and the account has no more: what may still be sold, and what is told of it."""

from decimal import Decimal

from strategy.draft import Draft
from strategy.messages.by_hand import CoinsMissing
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.market import Asset
from strategy.model.money import ZERO


def sellable(account: Account, base: Asset) -> Decimal | None:
    """Coins of the account that no sale of ours asks for yet; None while no ledger is open.

    The books know of what the owner sold or withdrew, so this falls below what the grids hold when he took theirs.
    """
    if not account.expected:
        return None
    selling = sum((grid.derived.selling for grid in account.grids.values() if grid.market.base == base), ZERO)
    return account.expected.get(base, ZERO) - selling


def there(account: Account, grid: Grid) -> Decimal:
    """Coins of a grid without sales of its own that the account really has."""
    has = sellable(account, grid.market.base)
    return grid.coins if has is None else min(grid.coins, max(ZERO, has))


def missing(account: Account, grid: Grid) -> Decimal:
    """Coins that the books of a grid hold and the account has no more; what all grids lack may be this one's."""
    base = grid.market.base
    return min(grid.coins, max(ZERO, _needed(account, base) - account.expected.get(base, ZERO)))


def frozen(grid: Grid) -> int:
    """How many levels wait for coins."""
    return len(grid.derived.frozen)


def tell_missing(draft: Draft) -> None:
    """Tell of each grid whose first level began to wait for coins in this step, or whose last one waits no more."""
    for grid_id, was in draft.was.items():
        grid = draft.grid(grid_id)
        if was is not None and bool(frozen(grid)) != was.is_frozen:
            draft.notices.append(_missing(draft, grid))


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
        levels=levels,
        back=not levels,
    )
