"""When a side of a level is complete, and what the level asks for next. Books nothing, asks the exchange nothing."""

from collections.abc import Mapping
from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.coins import sellable
from strategy.grid.profits import for_sale, left_over
from strategy.grid.sizing import least_order, paid
from strategy.model.grid import Grid
from strategy.model.inventory import CLOSING, OPENING, closes, opens
from strategy.model.levels import RESIDUE, Level, Lot
from strategy.model.market import Fees, Side
from strategy.model.money import ONE, ZERO, ratio
from strategy.model.orders import LevelId
from strategy.model.spec import Spacing
from strategy.model.values import replace


def turned(draft: Draft, grid: Grid, level: Level) -> Grid:
    """Put a level back, turned if it has no order and its side is complete: what is left is too small to trade."""
    after = level
    if level.order is None and not lacks_seeds(grid, level):
        if closes(level.side):
            grid, after = _sold_out(draft, grid, level)
        elif level.done and not grid.market.fitting(level.quantity - level.done):
            after = to_sell(grid, level)
    return grid if after is grid.levels[level.id] else draft.put_level(grid, after)


def _sold_out(draft: Draft, grid: Grid, level: Level) -> tuple[Grid, Level]:
    lot = grid.lots.get(level.id, Lot())
    if not lot.quantity:
        return grid, _reset(level, OPENING)
    coins, fees = sellable(draft.account, grid.market.base), draft.account.fees
    if asked(grid, level, coins, fees)[0] or _outgrown(draft, grid, level):
        return grid, level
    return draft.put_lots(grid, left_over(grid, level, lot, fees)), _reset(level, OPENING)


def _outgrown(draft: Draft, grid: Grid, level: Level) -> bool:
    """Whether the market's smallest order has grown beyond the level: then it keeps its coins and waits.

    Turned, it could not buy either; and when the rule is mended it would buy again what it holds already.
    """
    too_small = level.quantity < least_order(grid.market, paid(grid.spec, draft.account.fees))
    return too_small and not level.done


def asked(
    grid: Grid, level: Level, coins: Decimal | None, fees: Fees
) -> tuple[Decimal, Mapping[LevelId, Lot | None] | None]:
    """What its order asks for, and the lots that change if the sale takes the residue along.

    Zero where that is less than the market takes; no more than it takes at once: the rest is asked for afterwards.
    `coins` are those that may still be sold: residue that is in the books alone (converted dust) holds up no sale.
    """
    market = grid.market
    if opens(level.side):
        return market.fitting(level.quantity - level.done), None
    lot = grid.lots.get(level.id, Lot())
    # Less than a step is no reason to go on selling: it is residue.
    if lacks_seeds(grid, level) or not market.quantity_down(lot.quantity):
        return ZERO, None
    residue = grid.lots.get(RESIDUE, Lot())
    merged = lot.plus(residue.quantity, residue.cost)
    own, with_residue = (market.fitting(for_sale(grid, level, one, fees)) for one in (lot, merged))
    is_there = coins is None or with_residue <= coins
    if with_residue == own or not is_there:
        return own, None
    return with_residue, {RESIDUE: None, level.id: merged}


def lacks_seeds(grid: Grid, level: Level) -> bool:
    """Whether coins are still being bought for a level that is to sell them."""
    wanted = grid.seeding.wanted.get(level.id, ZERO) if grid.seeding else ZERO
    return closes(level.side) and grid.lots.get(level.id, Lot()).quantity < wanted


def selling_price(grid: Grid, level: Level, bought_at: Decimal) -> Decimal:
    """Where a level sells coins bought at `bought_at`: its line, or on interval grids out_want above the real price."""
    spec = grid.spec
    if spec.spacing is not Spacing.INTERVAL or spec.out_want is None:
        return level.sell_price
    return grid.market.price_up(max(level.buy_price, bought_at) * (ONE + spec.out_want))


def to_sell(grid: Grid, level: Level) -> Level:
    """A level that has bought, from now on for sale."""
    bought_at = ratio(level.value, level.done)
    return _reset(level.selling_at(selling_price(grid, level, bought_at)), CLOSING, level.fees, bought_at)


def _reset(level: Level, side: Side, fees: Decimal = ZERO, bought_at: Decimal | None = None) -> Level:
    """The level at the beginning of a side, with what it brings along from the other."""
    return replace(
        level,
        side=side,
        order=None,
        done=ZERO,
        value=ZERO,
        earned=ZERO,
        fees=fees,
        bought_at=bought_at,
        wait=None,
        wait_since=None,
        refusals=0,
        denied=None,
    )
