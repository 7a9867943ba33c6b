"""The ladder that another spec would put under a grid: where its levels stand, what that takes, and what it costs.

Nothing is changed here. What is promised is worked out by the function that later does it.
"""

from collections.abc import Sequence
from decimal import Decimal

from strategy.account.risk import reserved
from strategy.draft import Draft
from strategy.grid.booking import seeds_missing
from strategy.grid.opening import Preview, Steps, measured, preview, problem, shaped_like
from strategy.grid.reshaping import Reshaped, by_rank, numbered, orders_leaving, reshaped
from strategy.grid.room import beyond_limit
from strategy.grid.sizing import money_to_wait, most_to_pay
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.adapted import Adapted, Ladder
from strategy.model.grid import Grid, Phase
from strategy.model.market import Market, Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import Order, OrderStatus
from strategy.model.shown import Tuning, Withdrawn
from strategy.model.spec import GridSpec, Spacing
from strategy.model.values import replace

ANY_MONEY = Decimal("Infinity")
"""What the ladder takes is judged by what the grid has already: not like a new grid's."""


def may_reshape(grid: Grid) -> bool:
    """Whether its ladder can be changed: not while it stops, nor with books in doubt, nor once it has ended."""
    return grid.phase not in (Phase.STOPPING, Phase.PARKED) and (grid.phase is not Phase.STOPPED or grid.resumable)


def reshaping_of(draft: Draft, grid: Grid, spec: GridSpec) -> Tuning | Problem:
    """The grid with the ladder that this spec makes at the price of now, and what of it would go for that."""
    touch = draft.touch(grid)
    if touch is None:
        return problem(ProblemCode.NO_PRICE, symbol=grid.spec.symbol)
    fees, waits = draft.account.fees, grid.phase is Phase.WAITING
    wished = replace(spec, wait_for_range=waits)
    found = preview(wished, grid.market, touch, fees, ANY_MONEY, steps=steps_for(grid, spec, touch))
    if isinstance(found, Problem):
        return found
    wish = spec if waits else measured(spec, grid.market, touch)
    begun = replace(grid, spec=replace(wish, version=grid.spec.version + 1), before=grid.spec)
    return _waiting(draft, grid, begun, found) if waits else with_ladder(draft, grid, begun, found)


def _waiting(draft: Draft, grid: Grid, begun: Grid, found: Preview) -> Tuning:
    """It has traded nothing: it waits with the new levels from now on."""
    money = money_to_wait(found.levels, grid.market, found.fees)
    levels, last = numbered(grid, found.levels), grid.adapted.last_level
    adapted = replace(grid.adapted, last_level=max(last, *levels)) if last else grid.adapted
    tuned = replace(begun, levels=levels, adapted=adapted, money=money)
    held = reserved(grid, draft.account.fees)
    more = max(ZERO, reserved(tuned, draft.account.fees) - held)
    taken = Withdrawn(version=grid.spec.version, more=more, price=found.touch.middle)
    return Tuning(tuned=tuned, becomes=tuned, withdrawn=taken, held=held)


def with_ladder(draft: Draft, grid: Grid, begun: Grid, found: Preview, shift: Ladder | None = None) -> Tuning:
    """The grid with this ladder on its way, as it is then, and what goes for it.

    `shift` is what a shift of the ladder may cost and lose; none where its owner asks for it.
    """
    fees, touch = draft.account.fees, found.touch
    held = reserved(grid, fees)
    shapes = tuple(level.shape for level in found.levels)
    ladder = replace(shift or Ladder(shapes=()), shapes=shapes, cash=grid.books.cash)
    begun = replace(begun, adapted=_adapted(grid, ladder))
    leaving = [order for order in orders_leaving(begun) if order.status.is_live]
    end = _once_gone(begun, leaving, reshaped(begun, ladder, touch, fees, draft.at))
    needs = reserved(end.grid, fees)
    gone = (*leaving, *_beyond(draft, end.grid))
    new = sum(one not in grid.levels for one in end.grid.levels)
    coins, cost = _seeds(draft, grid, end.grid, touch)
    taken = Withdrawn(
        version=grid.spec.version,
        orders=len(gone),
        value=sum((order.price * order.remaining for order in gone), ZERO),
        more=max(ZERO, needs - held),
        seed_cost=cost,
        loss=end.loss,
        price=touch.middle,
    )
    return Tuning(
        tuned=replace(begun, adapted=replace(begun.adapted, ladder=replace(ladder, needs=needs))),
        becomes=end.grid,
        withdrawn=taken,
        held=held,
        kept=len(grid.live) - len(gone),
        moved=min(len(gone), new),
        cancelled=max(0, len(gone) - new),
        placed=max(0, new - len(gone)),
        seed_coins=coins,
        freed=max(ZERO, held - needs),
    )


def _adapted(grid: Grid, ladder: Ladder) -> Adapted:
    """What the owner decides is no shift, and the money that is set aside for it is what counts from then on."""
    if ladder.is_shift:
        return replace(grid.adapted, ladder=ladder)
    return replace(grid.adapted, ladder=ladder, shifting=None, held=(), money=None)


def _once_gone(begun: Grid, leaving: Sequence[Order], end: Reshaped) -> Reshaped:
    """Without the orders that are cancelled first."""
    gone = {order.client_id for order in leaving}
    orders = {client_id: order for client_id, order in begun.orders.items() if client_id not in gone}
    return replace(end, grid=replace(end.grid, orders=orders))


def _beyond(draft: Draft, grid: Grid) -> tuple[Order, ...]:
    """The buys that stay in the ladder, and for which the maximum position has no room there."""
    return tuple(order for order in beyond_limit(draft, grid) if order.status is not OrderStatus.CANCELLING)


def _seeds(draft: Draft, grid: Grid, end: Grid, touch: Touch) -> tuple[Decimal, Decimal]:
    """The coins that are bought at once beyond those that are being bought already, fee included, and their cost."""
    missing = max(ZERO, seeds_missing(end) - seeds_missing(grid))
    coins = grid.market.quantity_up(missing / (ONE - draft.account.fees.taker))
    return coins, coins * most_to_pay(grid.market, touch.ask)


def steps_for(grid: Grid, spec: GridSpec, touch: Touch) -> Steps | None:
    """Where the levels stand that this spec asks for; None where the spec and the price alone say it.

    What a spec does not change stays where it is: an interval grid of another length grows or shrinks at its ends.
    """
    now = _steps_now(grid)
    is_interval = spec.spacing is Spacing.INTERVAL
    if shaped_like(spec, grid.spec):
        steps = now
    elif is_interval and (grid.spec.spacing, grid.spec.interval) == (spec.spacing, spec.interval):
        steps = _grown(grid.market, [floor for floor, _ in now], spec, touch)
    else:
        return None
    out = ONE + (spec.out_want or ZERO)
    return [(floor, grid.market.price_up(floor * out)) for floor, _ in steps] if is_interval else steps


def _steps_now(grid: Grid) -> Steps:
    shapes = grid.adapted.ladder.shapes if grid.adapted.ladder else [level.shape for level in by_rank(grid)]
    return [(shape.buy_price, shape.sell_price) for shape in shapes]


def _grown(market: Market, floors: Sequence[Decimal], spec: GridSpec, touch: Touch) -> Steps:
    """As many floors as the spec has, around the price as well as they can be without moving those that there are."""
    interval, grids = spec.interval or ZERO, spec.grids
    first = round((touch.middle - floors[0]) / interval - Decimal(grids) / 2)
    return [(floor_at(market, floors, interval, first + place), ZERO) for place in range(grids)]


def floor_at(market: Market, floors: Sequence[Decimal], interval: Decimal, place: int) -> Decimal:
    """One of the floors, or one that many intervals below the first or above the last of them."""
    last = len(floors) - 1
    if place < 0:
        return market.price_near(floors[0] + interval * place)
    return floors[place] if place <= last else market.price_near(floors[last] + interval * (place - last))
