"""What following the price has earned, held against the selling prices of the ladder's own levels. Decides nothing."""

from strategy.grid.sizing import TAKER_MARGIN
from strategy.model.grid import Grid
from strategy.model.inventory import closes
from strategy.model.levels import Lot
from strategy.model.market import Fees, Touch
from strategy.model.money import ONE, ZERO
from strategy.model.stops import Trailed
from strategy.model.values import replace


def trailed(grid: Grid, touch: Touch, fees: Fees) -> Trailed:
    """What its coins bring now, and what those would have brought that the ladder would have sold on the way."""
    peak = grid.adapted.peak
    assert peak is not None, "what stopped it was the price that it follows"
    passed = [
        (grid.lots.get(level.id, Lot()).quantity, level.sell_price)
        for level in grid.levels.values()
        if closes(level.side) and level.sell_price <= peak
    ]
    coins = sum((quantity for quantity, _ in passed), ZERO)
    ladder = sum((quantity * price for quantity, price in passed), ZERO)
    each = touch.bid * (ONE - TAKER_MARGIN) * (ONE - fees.taker)
    return Trailed(
        peak=peak,
        coins=coins,
        ladder=ladder * (ONE - fees.maker),
        sale=coins * each,
        held=grid.coins,
        cash=grid.books.cash,
    )


def as_sold(grid: Grid, trail: Trailed) -> Trailed:
    """The same with what was really got for each coin, once some are sold."""
    sold = trail.held - grid.coins
    return replace(trail, sale=trail.coins * (grid.books.cash - trail.cash) / sold) if sold > 0 else trail
