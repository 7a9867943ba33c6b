"""The highest that a grid's total has been, as far as it is limited how far that may come down.

It is what two looks have seen, so that one bad print moves nothing. It goes up by whole thousandths of the grid's money
at least: a market that climbs tick by tick is not written down tick by tick, and nobody is stopped any sooner by that.
"""

from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.limits import made_of
from strategy.grid.looks import Look, look_at
from strategy.model.grid import Grid, Phase
from strategy.model.market import Touch
from strategy.model.values import replace

STEP = Decimal("0.001")
"""Of the grid's money."""


def next_highest(grid: Grid) -> Decimal:
    """From which total on there is a new highest, in quote, since it opened last."""
    return grid.adapted.highest + STEP * grid.risked


def watch_highest(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Keep the highest: the lower of two looks at what is above it."""
    if grid.spec.max_drawdown is None or not (grid.phase.trades or grid.phase is Phase.PAUSED):
        return grid
    made, seen = made_of(grid, touch.bid), grid.topped
    if made < next_highest(grid):
        return grid if seen is None else draft.change(grid, topped=None)
    look = look_at(touch, seen[1] if seen is not None else None)
    if seen is None or look is Look.FIRST:
        return draft.change(grid, topped=(made, touch.at))
    if look is Look.SAME:
        return grid
    adapted = replace(grid.adapted, highest=min(made, seen[0]))
    return draft.change(grid, adapted=adapted, topped=(made, touch.at))
