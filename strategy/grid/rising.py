"""A stop that rises with each sold level. It never falls; where it has come to is kept with the grid."""

from strategy.draft import Draft
from strategy.messages.exits import StopRose
from strategy.model.grid import Grid
from strategy.model.levels import Level
from strategy.model.values import replace


def raise_stop(draft: Draft, grid: Grid, sold: Level) -> Grid:
    """Keep the stop as far below the highest sale as it was below the price when its owner set it.

    Nowhere above what the level buys at: that it was sold once is no reason to sell everything at the next step down.
    """
    before = grid.stop_price
    if not grid.spec.stop_rises or grid.spec.stop_loss is None or before is None:
        return grid
    apart = grid.adapted.apart if grid.adapted.apart is not None else grid.start_price - grid.spec.stop_loss
    stop = grid.market.price_down(min(sold.sell_price - apart, sold.buy_price))
    if stop <= before:
        return grid
    draft.notices.append(
        StopRose(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            level=sold.id,
            before=before,
            stop=stop,
        )
    )
    return draft.change(grid, adapted=replace(grid.adapted, stop=stop))
