"""Two looks: what a single price says may be a bad print. Nothing is decided here."""

from enum import Enum, auto

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


class Look(Enum):
    """Which look at something this is."""

    FIRST = auto()
    """There was none, or one that is too long ago to say anything of this one."""
    SAME = auto()
    """The first once more: its price is no other."""
    SECOND = auto()


def look_at(touch: Touch, since: int | None) -> Look:
    """Which look these prices are; `since` is when the first one was, if there was one."""
    if since is None or touch.at > since + LOOKS_WITHIN:
        return Look.FIRST
    return Look.SAME if touch.at < since + LOOKS_APART else Look.SECOND


def seen_twice(draft: Draft, grid: Grid, touch: Touch, limit: StopReason | None = None) -> bool:
    """Whether this is the second look at what the grid waits for or must not reach; the first is kept with it.

    Two looks at two limits are one at each: a bad print does not choose among them.
    """
    look = look_at(touch, grid.warned_at if grid.warned and grid.warned_for is limit else None)
    if look is Look.FIRST:
        draft.change(grid, warned=1, warned_at=touch.at, warned_for=limit)
    return look is Look.SECOND


def unseen(draft: Draft, grid: Grid) -> Grid:
    """What was seen once is seen no more."""
    return draft.change(grid, warned=0) if grid.warned else grid


def may_be_ours(draft: Draft, touch: Touch) -> bool:
    """Whether the best bid may be an order of our own: between bid and ask of others nobody would buy there.

    A profit can't be taken there, nor a peak be seen. For a stop it counts: whoever sells for less meets it first, so
    nothing has traded beneath it, whatever others bid.
    """
    here = (grid.derived for grid in draft.account.grids.values() if grid.spec.symbol == touch.symbol)
    return any(kept.bids and kept.bids[-1][0] >= touch.bid for kept in here)
