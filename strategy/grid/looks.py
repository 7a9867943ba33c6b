"""Two looks: what a single price says may be a bad print. Nothing is decided here."""

from strategy.draft import Draft
from strategy.model.grid import Grid
from strategy.model.market import Touch
from strategy.model.stops import StopReason

LOOKS_APART = 400
"""A limit counts when it is seen by two looks, each with a price of its own: one bad print never sells a position.

Prices are this many milliseconds apart at least: one that is looked at twice is one look.
"""
LOOKS_WITHIN = 300_000
"""Two looks that are farther apart say nothing of each other. Milliseconds."""


def seen_twice(draft: Draft, grid: Grid, touch: Touch, limit: StopReason | None = None) -> bool:
    """Whether this is the second look at what the grid waits for or must not reach; the first is kept with it.

    Two looks at two limits are one at each: a bad print does not choose among them.
    """
    if not grid.warned or grid.warned_for is not limit or touch.at > grid.warned_at + LOOKS_WITHIN:
        draft.change(grid, warned=1, warned_at=touch.at, warned_for=limit)
        return False
    return touch.at >= grid.warned_at + LOOKS_APART


def unseen(draft: Draft, grid: Grid) -> Grid:
    """What was seen once is seen no more."""
    return draft.change(grid, warned=0) if grid.warned else grid


def may_be_ours(draft: Draft, touch: Touch) -> bool:
    """Whether the best bid may be an order of our own: between bid and ask of others nobody would buy there."""
    here = (grid.derived for grid in draft.account.grids.values() if grid.spec.symbol == touch.symbol)
    return any(kept.bids and kept.bids[-1][0] >= touch.bid for kept in here)
