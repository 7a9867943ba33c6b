"""When a side of a level is complete, and what the level asks for next. Books nothing, asks the exchange nothing."""

from dataclasses import replace
from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.coins import sellable
from strategy.grid.opening import least_order
from strategy.model.grid import RESIDUE, Grid, Level, Lot, Spacing
from strategy.model.market import Market, Side
from strategy.model.money import ONE, ZERO, ratio
from strategy.model.orders import LevelId


def turned(draft: Draft, grid: Grid, level_id: LevelId) -> Grid:
    """Turn a level without an order whose side is complete: what is left is too small to trade."""
    level = grid.levels[level_id]
    if level.order is not None or lacks_seeds(grid, level):
        return grid
    if level.side is Side.BUY:
        complete = level.done and not grid.market.fitting(level.quantity - level.done)
        return draft.put_level(grid, _to_sell(grid, level)) if complete else grid
    lot = grid.lots.get(level_id, Lot())
    if asked(grid, level, sellable(draft.account, grid.market.base))[0] or _outgrown(draft, grid, level, lot):
        return grid
    residue = grid.lots.get(RESIDUE, Lot()).plus(lot.quantity, lot.cost)
    lots = {key: kept for key, kept in grid.lots.items() if key != level_id}
    grid = draft.change(grid, lots={**lots, RESIDUE: residue} if residue.quantity else lots)
    return draft.put_level(grid, _reset(level, Side.BUY))


def _outgrown(draft: Draft, grid: Grid, level: Level, lot: Lot) -> bool:
    """Whether the market's smallest order has grown beyond the level: then it keeps its coins and waits.

    Turned, it could not buy either; and when the rule is mended it would buy again what it holds already.
    """
    too_small = level.quantity < least_order(grid.market, draft.account.fees)
    return too_small and not level.done and lot.quantity > 0


def asked(grid: Grid, level: Level, coins: Decimal | None) -> tuple[Decimal, dict[LevelId, Lot] | None]:
    """What its order asks for, and the lots as they will be then if the sale takes the residue along.

    Zero where that is less than the market takes; no more than it takes at once: the rest is asked for afterwards.
    `coins` are those that may still be sold: residue that is in the books alone (converted dust) holds up no sale.
    """
    market = grid.market
    if level.side is Side.BUY:
        return market.fitting(level.quantity - level.done), None
    lot = grid.lots.get(level.id, Lot())
    # Less than a step is no reason to go on selling: it is residue.
    if lacks_seeds(grid, level) or not market.quantity_down(lot.quantity):
        return ZERO, None
    residue = grid.lots.get(RESIDUE, Lot())
    merged = lot.plus(residue.quantity, residue.cost)
    own, with_residue = market.fitting(lot.quantity), market.fitting(merged.quantity)
    is_there = coins is None or with_residue <= coins
    if with_residue == own or not is_there:
        return own, None
    lots = {key: kept for key, kept in grid.lots.items() if key != RESIDUE}
    return with_residue, {**lots, level.id: merged}


def lacks_seeds(grid: Grid, level: Level) -> bool:
    """Whether coins are still being bought for a level that is to sell them."""
    wanted = grid.seeding.wanted.get(level.id, ZERO) if grid.seeding else ZERO
    return level.side is Side.SELL and grid.lots.get(level.id, Lot()).quantity < wanted


def on_tick(market: Market, level: Level) -> Decimal:
    """Where the level waits, on the tick as it is now: a buy not higher, a sell not lower than its own price."""
    return market.price_down(level.price) if level.side is Side.BUY else market.price_up(level.price)


def selling_price(grid: Grid, level: Level, bought_at: Decimal) -> Decimal:
    """Where a level sells coins bought at `bought_at`: its line, or on interval grids out_want above the real price."""
    spec = grid.spec
    if spec.spacing is not Spacing.INTERVAL or spec.out_want is None:
        return level.sell_price
    return grid.market.price_up(max(level.buy_price, bought_at) * (ONE + spec.out_want))


def _to_sell(grid: Grid, level: Level) -> Level:
    bought_at = ratio(level.value, level.done)
    turned = replace(_reset(level, Side.SELL), fees=level.fees, bought_at=bought_at)
    return replace(turned, sell_price=selling_price(grid, level, bought_at))


def _reset(level: Level, side: Side) -> Level:
    return replace(
        level,
        side=side,
        order=None,
        done=ZERO,
        value=ZERO,
        earned=ZERO,
        fees=ZERO,
        bought_at=None,
        wait=None,
        wait_since=None,
        refusals=0,
    )
