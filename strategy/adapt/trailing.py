"""A trailing take-profit: from its start on the coins follow the price.

The ladder rests meanwhile: its sells would end what is to be followed, and what it bought on the way down would be sold
at once; so would the first coins that it may still lack. A peak is what two looks have seen, so that one bad print
moves nothing, and never a bid of our own. That the price has come down from its peak is a limit like the others.
"""

from strategy.draft import Draft
from strategy.grid.looks import Look, look_at, may_be_ours
from strategy.messages.exits import TrailBegun
from strategy.model.grid import Grid, Phase
from strategy.model.market import Touch
from strategy.model.money import ZERO
from strategy.model.values import replace


def watch_trail(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Follow the price up from the start on."""
    start, peak = grid.spec.trail_start, grid.adapted.peak
    if start is None or not (grid.phase.trades or (grid.phase is Phase.PAUSED and peak is not None)):
        return grid
    if (touch.bid < start if peak is None else touch.bid <= peak) or may_be_ours(draft, touch):
        return draft.change(grid, higher=None) if grid.higher is not None else grid
    look = look_at(touch, grid.higher_at if grid.higher is not None else None)
    if grid.higher is None or look is Look.FIRST:
        return draft.change(grid, higher=touch.bid, higher_at=touch.at)
    if look is Look.SAME:
        return grid
    now = min(grid.higher, touch.bid)
    adapted = replace(grid.adapted, peak=now)
    grid = draft.change(grid, adapted=adapted, higher=touch.bid, higher_at=touch.at)
    return grid if peak is not None else _begun(draft, grid)


def _begun(draft: Draft, grid: Grid) -> Grid:
    assert grid.adapted.peak is not None, "a peak was just seen"
    draft.notices.append(
        TrailBegun(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            base=grid.market.base,
            quote=grid.market.quote,
            price=grid.adapted.peak,
            stop=grid.trail_price or ZERO,
            coins=grid.coins,
            orders=grid.known_live,
            sell=grid.spec.take_sells is not False,
        )
    )
    return grid
