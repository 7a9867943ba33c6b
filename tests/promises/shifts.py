"""What a ladder that follows the price promises: its cost, its bounds, how often."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from strategy.model.durations import DAY, HOUR
from strategy.model.grid import Grid
from strategy.model.money import ZERO
from tests.promises.promise import Violation, promise


def broken_by_a_shift(grid: Grid, dearer: Decimal = ZERO) -> Iterator[Violation]:
    """All of them, at any moment."""
    yield from no_shift_costs_more_than_told(grid, dearer)
    yield from no_shift_beyond_its_bounds(grid)
    yield from no_more_shifts_a_day(grid)


@promise("no shift costs more than was told")
def no_shift_costs_more_than_told(grid: Grid, dearer: Decimal = ZERO) -> Iterator[str]:
    """Fees and slippage of what it buys, and what its coins lose. Where a tier has changed since, the fee may be
    `dearer`, as a fraction of what was paid: that is known once it was paid.
    """
    shifting = grid.adapted.shifting
    if shifting is None:
        return
    cost = shifting.paid - shifting.bought * shifting.price
    if cost > shifting.cost + shifting.paid * dearer or shifting.lost > shifting.loss:
        yield f"grid {grid.id}: {cost} and {shifting.lost} of {shifting}"


@promise("no shift may cost more than its owner allows")
def a_shift_is_cheap(before: Grid | None, grid: Grid) -> Iterator[str]:
    """As it was told, from one look to the next: also one that was over before it was looked at. What its owner allows
    afterwards is his.
    """
    shifting, known = grid.adapted.shifting, before.adapted.shifting if before is not None else None
    if shifting is None or (known is not None and known.at == shifting.at):
        return
    money = grid.money if grid.adapted.money is None else grid.adapted.money  # divided anew since
    if shifting.cost > grid.spec.shift_cost * money or shifting.loss > (grid.spec.shift_loss or ZERO) * money:
        yield f"grid {grid.id}: {shifting} of {money}"


@promise("no shift beyond its bounds")
def no_shift_beyond_its_bounds(grid: Grid) -> Iterator[str]:
    """While it is on its way: what its owner changes afterwards is his."""
    shifting, ladder, spec = grid.adapted.shifting, grid.adapted.ladder, grid.spec
    if shifting is None or ladder is None:
        return
    lowest, highest = ladder.shapes[0].buy_price, ladder.shapes[-1].sell_price
    if not shifting.up and (lowest < (spec.shift_low or ZERO) or lowest <= (grid.stop_price or ZERO)):
        yield f"grid {grid.id}: {lowest} of {spec.shift_low}, {grid.stop_price}"
    if shifting.up and not spec.endless and spec.shift_high is not None and highest > spec.shift_high:
        yield f"grid {grid.id}: {highest} of {spec.shift_high}"


@promise("no more shifts a day")
def no_more_shifts_a_day(grid: Grid) -> Iterator[str]:
    """Nor one before the rest after the one before is over."""
    spec, shifts = grid.spec, grid.adapted.shifts
    if spec.shift is None or spec.endless or not shifts:
        return
    if sum(one > shifts[-1] - DAY for one in shifts) > spec.shift_most:
        yield f"grid {grid.id}: {shifts}, at most {spec.shift_most}"
    if any(later - one < spec.shift_rest * HOUR for one, later in pairwise(shifts)):
        yield f"grid {grid.id}: {shifts}, {spec.shift_rest} h apart"
