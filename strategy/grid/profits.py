"""Profit that is kept in coins: how much of a lot a sale leaves, and where that goes. Asks the exchange for nothing."""

from collections.abc import Mapping
from decimal import Decimal

from strategy.grid.sizing import paid
from strategy.model.grid import Grid
from strategy.model.levels import KEPT, RESIDUE, Level, Lot
from strategy.model.market import Fees
from strategy.model.money import ONE, ZERO, ratio, share_of
from strategy.model.orders import LevelId


def for_sale(grid: Grid, level: Level, lot: Lot, fees: Fees) -> Decimal:
    """How many of these coins its sale still asks for: all, or those that bring back what the next buy will cost.

    The first order of a sale is as large as the market wants it; what is too little after that is residue.
    """
    if not grid.spec.profit_in_coin:
        return lot.quantity
    back = _back(grid, level, lot, fees)
    if level.done:
        return back
    return min(lot.quantity, max(grid.market.quantity_up(back), grid.market.least_quantity))


def left_over(grid: Grid, level: Level, lot: Lot, fees: Fees) -> Mapping[LevelId, Lot | None]:
    """The lots after a sale has come to its end with these coins left: what is still to be sold, and what is kept."""
    unsold = _back(grid, level, lot, fees) if grid.spec.profit_in_coin and level.done else lot.quantity
    cost = share_of(lot.cost, unsold, lot.quantity)
    lots: dict[LevelId, Lot | None] = {level.id: None}
    for key, coins, worth in ((RESIDUE, unsold, cost), (KEPT, lot.quantity - unsold, lot.cost - cost)):
        if coins:
            lots[key] = grid.lots.get(key, Lot()).plus(coins, worth)
    return lots


def _back(grid: Grid, level: Level, lot: Lot, fees: Fees) -> Decimal:
    """The coins whose sale brings what its coins have cost, or the next buy costs where that is more."""
    brings = ONE - paid(grid.spec, fees).maker
    brought = level.value * brings
    outlay = max(brought - level.earned + lot.cost, level.buy_price * level.quantity)
    return min(lot.quantity, ratio(max(ZERO, outlay - brought), level.sell_price * brings))
