"""Compounding: what a grid has earned makes its next buys larger, level by level. Places and cancels nothing."""

from collections.abc import Sequence
from decimal import Decimal

from strategy.account.risk import free
from strategy.draft import Draft
from strategy.grid.sizing import grown_by, own_sizes
from strategy.model.grid import Grid
from strategy.model.inventory import opens
from strategy.model.levels import Level
from strategy.model.money import ZERO
from strategy.model.values import replace


def grow(draft: Draft, grid: Grid) -> Grid:
    """Size the levels that are about to buy, and that have neither an order nor coins, by what was earned.

    In all never by more than that, nor than the ceiling, nor beyond the maximum position the owner has set; and each
    only by money that is free.
    """
    if grid.spec.compound is None or not grid.phase.trades or grid.adapted.ladder is not None:
        return grid  # the levels of a ladder that is on its way get their own sizes when it stands
    bare = [grid.levels[one] for one in sorted(grid.derived.lacking()) if _is_bare(grid, grid.levels[one])]
    if not bare:
        return grid
    grid = _without_outsized(draft, grid, bare)
    sizes = own_sizes(grid)
    whole = sum((grid.levels[one].buy_price * quantity for one, quantity in sizes.items()), ZERO)
    budget = grid.to_compound
    if grid.spec.max_position is not None:
        budget = min(budget, grid.spec.max_position - whole)
    for level in bare:
        own, others = sizes[level.id], (one for one in grid.levels.values() if one.id != level.id)
        room = budget - grown_by(sizes, others)
        its = max(budget * own * level.buy_price / whole, grid.market.step_size * level.buy_price)  # a step, if any
        grid = _sized(draft, grid, level, own, min(room, its))
    return grid


def _without_outsized(draft: Draft, grid: Grid, bare: Sequence[Level]) -> Grid:
    """What they had got when they were made smaller is sold: they are as large as is wished."""
    had, gone = grid.adapted.outsized, {level.id for level in bare}
    if not had.keys() & gone:
        return grid
    left = {one: quantity for one, quantity in had.items() if one not in gone}
    return draft.change(grid, adapted=replace(grid.adapted, outsized=left))


def _is_bare(grid: Grid, level: Level) -> bool:
    return opens(level.side) and not level.done and level.id not in grid.lots


def _sized(draft: Draft, grid: Grid, level: Level, own: Decimal, more: Decimal) -> Grid:
    """The level with its own size and this much quote on top, in whole steps. Where that is no step it gets no larger:
    it waits, as its owner was told.
    """
    market = grid.market
    wanted = market.quantity_down(own + max(ZERO, more) / level.buy_price)
    if not wanted:
        wanted = min(own, level.quantity)
    elif market.max_quantity is not None:
        wanted = max(own, min(wanted, market.max_quantity))
    if wanted > level.quantity:
        has = max(ZERO, free(draft.account, market.quote))
        wanted = min(wanted, level.quantity + market.quantity_down(has / level.buy_price))
    if wanted == level.quantity:
        return grid
    return draft.put_level(grid, replace(level, shape=replace(level.shape, quantity=wanted)))
