"""Tuning a grid while it lives: sizes, targets and limits change; its id, coins, orders and history stay."""

from dataclasses import replace

from strategy.commands import limit_reached, wrong_phase
from strategy.draft import Draft
from strategy.events import TuneGrid
from strategy.grid import Grid, GridSpec, Level, Phase
from strategy.market import Fees
from strategy.money import ZERO
from strategy.opening import (
    least_order,
    lost_to_rounding,
    order_money,
    problem,
    seed_margin,
    shaped_like,
    trip,
    unknown_grid,
)
from strategy.problems import Problem, ProblemCode
from strategy.risk import free, reserved, triggered
from strategy.turning import selling_price


def tune_grid(draft: Draft, event: TuneGrid) -> Problem | None:
    """Put another spec of the same shape under a grid, if it can be."""
    grid = draft.account.grids.get(event.grid_id)
    if grid is None:
        return unknown_grid(draft.account.grids, event.grid_id)
    if not shaped_like(event.spec, grid.spec) or grid.phase is Phase.STOPPING:
        return wrong_phase(grid)
    tuned = tuned_grid(grid, event.spec, draft.account.fees)
    wrong = _too_small(draft, tuned) or _loses(draft, grid, tuned) or _no_money(draft, grid, tuned)
    wrong = wrong or _limit_already_reached(draft, tuned)
    if wrong is None:
        draft.put(tuned)
    return wrong


def tuned_grid(grid: Grid, spec: GridSpec, fees: Fees) -> Grid:
    """The grid under another spec of the same shape."""
    shaped = replace(grid, spec=replace(spec, version=grid.spec.version + 1))
    levels = {level.id: _resized(shaped, level) for level in grid.levels.values()}
    if order_money(spec) == order_money(grid.spec):
        return replace(shaped, levels=levels)
    money = sum((level.quantity * level.buy_price for level in levels.values()), ZERO)
    if grid.phase is Phase.WAITING:
        money *= seed_margin(fees)
    return replace(shaped, levels=levels, money=money + lost_to_rounding(tuple(levels.values()), grid.market))


def _resized(grid: Grid, level: Level) -> Level:
    quantity = max(grid.market.quantity_down(order_money(grid.spec) / level.buy_price), level.done)
    sized = replace(level, quantity=quantity)
    bought_at = level.bought_at if level.bought_at is not None else level.buy_price
    return replace(sized, sell_price=selling_price(grid, sized, bought_at))


def _too_small(draft: Draft, tuned: Grid) -> Problem | None:
    least = least_order(tuned.market, draft.account.fees)
    smallest = min(level.quantity for level in tuned.levels.values())
    if smallest >= least:
        return None
    return problem(
        ProblemCode.TOO_SMALL,
        "usdc",
        quantity=smallest,
        minimum=least,
        base=tuned.market.base,
        least_money=least * tuned.highest,
        quote=tuned.market.quote,
    )


def _loses(draft: Draft, grid: Grid, tuned: Grid) -> Problem | None:
    spec, fees = tuned.spec, draft.account.fees
    rate = min(trip(level, tuned.market, fees).rate for level in tuned.levels.values())
    if spec.out_want == grid.spec.out_want or rate >= spec.fee_buffer:
        return None
    return problem(
        ProblemCode.LOSES,
        "out",
        step=spec.out_want or ZERO,
        fees=fees.break_even_step(),
        buffer=spec.fee_buffer,
    )


def _no_money(draft: Draft, grid: Grid, tuned: Grid) -> Problem | None:
    fees, has = draft.account.fees, max(ZERO, free(draft.account, grid.market.quote))
    more = reserved(tuned, fees) - reserved(grid, fees)
    if more <= has:
        return None
    return problem(ProblemCode.NO_MONEY, "usdc", needed=more, free=has, quote=grid.market.quote)


def _limit_already_reached(draft: Draft, tuned: Grid) -> Problem | None:
    touch = draft.touch(tuned)
    trigger = triggered(tuned, touch.bid) if touch and tuned.phase.trades else None
    return limit_reached(trigger) if trigger else None
