"""Whether the price has left a grid's range, or is back in it: told once, and only where it stays so."""

from decimal import Decimal

from strategy.draft import Draft
from strategy.messages.notices import RangeLeft
from strategy.messages.shifts import Kept
from strategy.model.adapted import Outside
from strategy.model.grid import Grid
from strategy.model.inventory import CLOSING, OPENING, closes
from strategy.model.market import Side, Touch
from strategy.model.money import ZERO

WELL_OUTSIDE = Decimal("0.5")
"""How far beyond the range the price must be, in steps of the grid, before the owner is told."""
TOLD_AFTER = 120_000
"""Milliseconds for which the price must stay out of the range, or in it again, before the owner is told: what flaps
at the edge is no news."""


def watch_range(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Tell that the price has left the range, or has come back."""
    outside = _outside(grid, touch)
    if outside is grid.outside or not grid.phase.trades:
        return draft.change(grid, crossed_at=0) if grid.crossed_at else grid
    if not grid.crossed_at:
        return draft.change(grid, crossed_at=draft.at)
    if draft.at - grid.crossed_at < TOLD_AFTER:
        return grid
    is_below = touch.bid < grid.lowest
    follows = grid.spec.follows_down if is_below else grid.spec.follows_up
    draft.notices.append(
        RangeLeft(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            price=touch.ask if is_below else touch.bid,
            lower=grid.lowest,
            upper=grid.highest,
            back=outside is None,
            base=grid.market.base,
            coins=grid.coins,
            whole=_is_whole(grid, CLOSING if is_below else OPENING),
            follows=follows,
            held=tuple(Kept(one) for one in grid.adapted.held if follows),
        )
    )
    return draft.change(grid, outside=outside, crossed_at=0)


def well_outside(grid: Grid) -> tuple[Decimal, Decimal]:
    """Where the range ends for whoever is told of it: well outside, and at its very edges once that was told. What has
    gone from beyond one end to just beyond the other is not back.
    """
    margin = (grid.highest - grid.lowest) / len(grid.levels) * WELL_OUTSIDE if grid.outside is None else ZERO
    return grid.lowest - margin, grid.highest + margin


def _outside(grid: Grid, touch: Touch) -> Outside | None:
    lower, upper = well_outside(grid)
    if touch.ask < lower:
        return Outside.BELOW
    return Outside.ABOVE if touch.bid > upper else None


def _is_whole(grid: Grid, side: Side) -> bool:
    """Whether every level has bought (and waits to sell), or all that can be sold is sold (and something was)."""
    if grid.derived.opening if closes(side) else grid.derived.closing:
        return False
    return closes(side) or (grid.books.sold > 0 and not grid.market.fitting(grid.coins - grid.kept.quantity))
