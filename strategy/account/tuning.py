"""Tuning a grid while it lives: sizes, targets, limits and its ladder change; its id, coins and history stay."""

from decimal import Decimal

from strategy.account.ending import dated, past_end
from strategy.account.ladders import may_reshape, reshaping_of
from strategy.account.refusals import crossed, limit_reached, no_goal, wrong_phase
from strategy.account.risk import free, last_price, reserved
from strategy.draft import Draft
from strategy.grid.denials import forgiven
from strategy.grid.limits import as_decided, triggered, unsound
from strategy.grid.opening import counted_twice, problem, shaped_like, unknown_grid
from strategy.grid.room import beyond_limit
from strategy.grid.sizing import (
    TAKER_MARGIN,
    amount_unit,
    amount_word,
    enough,
    grows_alike,
    least_order,
    lost_to_rounding,
    money_to_wait,
    outsized,
    paid,
    size,
    sized_alike,
)
from strategy.grid.trips import earning_step, trip
from strategy.grid.turning import selling_price
from strategy.messages.commands import TuneGrid
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.chasing import chases
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import closes
from strategy.model.levels import Level
from strategy.model.market import Fees
from strategy.model.money import ONE, ZERO
from strategy.model.orders import GridId, Order, OrderStatus
from strategy.model.shown import PREVIEW_BAND, Tuning, Withdrawn
from strategy.model.spec import GridSpec
from strategy.model.values import replace


def tune_grid(draft: Draft, event: TuneGrid) -> Problem | None:
    """Put another spec under a grid, if it can be. Another ladder is on its way then."""
    found = tuning_of(draft, event.grid_id, event.spec)
    if isinstance(found, Problem):
        return found
    if event.shown is not None and _is_over(event.shown, found.withdrawn):
        return problem(ProblemCode.PREVIEW_OVER)
    tuned, ladder = found.tuned, found.tuned.adapted.ladder
    if event.shown is not None and ladder is not None:
        tuned = replace(tuned, adapted=replace(tuned.adapted, ladder=replace(ladder, most=event.shown.seed_cost)))
    draft.put(tuned)
    return None


def tuning_of(draft: Draft, grid_id: GridId, spec: GridSpec) -> Tuning | Problem:
    """The grid that this spec would make of it now, and which of its orders would go for that."""
    grid = draft.account.grids.get(grid_id)
    if grid is None:
        return unknown_grid(draft.account.grids, grid_id)
    spec = dated(draft.account, spec, draft.at)
    wants_goal = None if chases(grid.spec) else no_goal(draft.account, spec)
    if (
        wrong := wants_goal
        or unsound(spec)
        or (past_end(draft.account, spec, draft.at) if spec.ends != grid.spec.ends else None)
    ):
        return wrong
    if spec.is_divided and spec.total is None:  # what it has, until the money is divided anew, in the same step
        spec = replace(spec, total=grid.spec.total or grid.money)
    stays = shaped_like(spec, grid.spec) and grid.adapted.ladder is None
    if grid.phase is Phase.STOPPING or spec.symbol != grid.spec.symbol or not (stays or may_reshape(grid)):
        return wrong_phase(grid)
    touch = draft.touch(grid)
    price = touch.middle if touch is not None else last_price(draft.account, grid)
    grid = replace(grid, adapted=as_decided(grid, spec, price), levels=forgiven(grid.levels))
    found = _resizing(draft, grid, spec) if stays else reshaping_of(draft, grid, spec)
    if isinstance(found, Problem):
        return found
    wrong = _no_money(draft, grid, spec, found.withdrawn.more) or _limit_already_reached(draft, found.becomes)
    return wrong or found


def tuning_shown(draft: Draft, grid_id: GridId, spec: GridSpec) -> Tuning | Problem:
    """The same before it is shown: bounds must leave room. A grid that has such bounds may be tuned in all else."""
    found = tuning_of(draft, grid_id, spec)
    if isinstance(found, Problem):
        return found
    was, now = (crossed(one.spec, one.lowest, one.highest) for one in (draft.account.grids[grid_id], found.becomes))
    return found if now is None or was is not None else now


def _resizing(draft: Draft, grid: Grid, spec: GridSpec) -> Tuning | Problem:
    """With the levels that it has."""
    tuned = tuned_grid(grid, spec, draft.account.fees)
    held = reserved(grid, draft.account.fees)
    more = max(ZERO, reserved(tuned, draft.account.fees) - held)
    wrong = counted_twice(spec) or _too_small(draft, tuned) or _loses(draft, grid, tuned)
    if wrong:
        return wrong
    gone = withdrawn(draft, grid, tuned)
    value = sum((order.price * order.remaining for order in gone), ZERO)
    taken = Withdrawn(version=grid.spec.version, orders=len(gone), value=value, more=more)
    return Tuning(tuned=tuned, becomes=tuned, withdrawn=taken, held=held)


def _is_over(shown: Withdrawn, now: Withdrawn) -> bool:
    """Whether more would go than was shown, or the grid was tuned since, or the price has gone on. Less is no harm.

    What a taker may pay beyond the ask is there to be used: it alone makes no other ladder of it.
    """
    margin = now.seed_cost - now.seed_cost / (ONE + TAKER_MARGIN)
    beyond = now.orders > shown.orders or now.value > shown.value or now.more - margin > shown.more
    dearer = now.seed_cost - margin > shown.seed_cost or now.loss > shown.loss
    return beyond or dearer or now.version != shown.version or _has_gone_on(shown.price, now.price)


def _has_gone_on(shown: Decimal | None, now: Decimal | None) -> bool:
    if shown is None or now is None:
        return shown is not now
    return abs(now - shown) > shown * PREVIEW_BAND


def withdrawn(draft: Draft, grid: Grid, tuned: Grid) -> tuple[Order, ...]:
    """The buys that the tuned grid has no room for. One that becomes smaller counts as what it will be."""
    live = [order for order in tuned.live if _left(tuned, order)]  # of a level that has enough by now none is left
    resized = {order.client_id: _shrunk(tuned, order) for order in live}
    ended = {client_id: order for client_id, order in tuned.orders.items() if not order.status.is_live}
    return tuple(
        grid.orders[order.client_id]
        for order in beyond_limit(draft, replace(tuned, orders={**ended, **resized}))
        if order.status is not OrderStatus.CANCELLING
    )


def _shrunk(tuned: Grid, order: Order) -> Order:
    return replace(order, quantity=_left(tuned, order))


def _left(tuned: Grid, order: Order) -> Decimal:
    """How large the order would be: what its level still lacks, and never more than it is."""
    level = tuned.levels.get(order.level) if order.level is not None else None
    if level is None or closes(order.side):
        return order.quantity
    return min(order.quantity, level.quantity - level.done + order.filled)


def tuned_grid(grid: Grid, spec: GridSpec, fees: Fees) -> Grid:
    """The grid under another spec of the same shape."""
    shaped = replace(grid, spec=replace(spec, version=grid.spec.version + 1), before=grid.spec)
    kept = spec.compound is not None and grows_alike(spec, grid.spec)  # what was earned stays where it went
    if not sized_alike(spec, grid.spec) or spec.max_loss != grid.spec.max_loss:  # it is decided anew what may be lost
        shaped = replace(shaped, adapted=replace(shaped.adapted, money=None))
    levels = {level.id: _resized(shaped, level, kept=kept) for level in grid.levels.values()}
    if not kept:
        had = outsized(shaped, tuple(levels.values()), {})
        shaped = replace(shaped, adapted=replace(shaped.adapted, outsized=had))
    if sized_alike(spec, grid.spec):
        return replace(shaped, levels=levels)
    steps = tuple(levels.values())
    if grid.phase is Phase.WAITING:
        return replace(shaped, levels=levels, money=money_to_wait(steps, grid.market, fees))
    money = sum((level.quantity * level.buy_price for level in steps), ZERO)
    return replace(shaped, levels=levels, money=money + lost_to_rounding(steps, grid.market))


def _resized(grid: Grid, level: Level, *, kept: bool) -> Level:
    quantity = level.quantity if kept else size(grid.spec, grid.market, level.rank, level.buy_price)
    quantity = max(quantity, level.done)
    bought_at = level.bought_at if level.bought_at is not None else level.buy_price
    shape = replace(level.shape, quantity=quantity, sell_price=selling_price(grid, level, bought_at))
    return replace(level, shape=shape)


def _too_small(draft: Draft, tuned: Grid) -> Problem | None:
    least = least_order(tuned.market, paid(tuned.spec, draft.account.fees))
    smallest = min(level.quantity for level in tuned.levels.values())
    if smallest >= least:
        return None
    return problem(
        ProblemCode.TOO_SMALL,
        amount_word(tuned.spec),
        quantity=smallest,
        minimum=least,
        base=tuned.market.base,
        least_money=enough(tuned.spec, tuned.market, tuple(tuned.levels.values()), least),
        quote=amount_unit(tuned.spec, tuned.market),
    )


def _loses(draft: Draft, grid: Grid, tuned: Grid) -> Problem | None:
    spec, fees = tuned.spec, paid(tuned.spec, draft.account.fees)
    rate = min(trip(level, tuned.market, fees).rate for level in tuned.levels.values())
    if spec.out_want == grid.spec.out_want or rate >= spec.fee_buffer:
        return None
    return problem(
        ProblemCode.LOSES,
        "out",
        step=spec.out_want or ZERO,
        fees=fees.break_even_step(),
        buffer=spec.fee_buffer,
        least=earning_step(spec, tuned.market, fees, tuple(tuned.levels.values())),
    )


def _no_money(draft: Draft, grid: Grid, spec: GridSpec, more: Decimal) -> Problem | None:
    has = max(ZERO, free(draft.account, grid.market.quote))
    if more <= has:
        return None
    return problem(ProblemCode.NO_MONEY, amount_word(spec), needed=more, free=has, quote=grid.market.quote)


def _limit_already_reached(draft: Draft, tuned: Grid) -> Problem | None:
    touch = draft.touch(tuned)
    trigger = triggered(tuned, touch.bid) if touch and tuned.phase.trades else None
    return limit_reached(trigger, tuned.market.quote) if trigger else None
