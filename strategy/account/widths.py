"""An interval that follows a measure or the volume goal: looked at once an hour, laid anew where it has moved enough.

Only empty levels move: nothing is bought or sold for it, so it costs nothing. Each time is a version of the grid, told
with the figures that it follows. What can't be done now (too little money, too small an order) is looked at again in
the next hour.
"""

from decimal import Decimal

from strategy.account.risk import free, reserved
from strategy.adapt.chasing import chased, rest_of
from strategy.adapt.spacing import MOVES_BY, Width, follows, width_of
from strategy.draft import Draft
from strategy.grid.planning import may_place
from strategy.grid.reshaping import orders_leaving, reshaped
from strategy.grid.sizing import least_order, paid
from strategy.grid.spreading import bought_by_orders, is_empty, shapes_now, spread
from strategy.grid.trips import trip
from strategy.messages.widths import WidthBound, WidthChanged
from strategy.model.adapted import Ladder
from strategy.model.chasing import chases, own_interval
from strategy.model.durations import HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import OPENING
from strategy.model.levels import Level, Shape
from strategy.model.market import Fees, Market, Touch
from strategy.model.money import ZERO
from strategy.model.orders import LevelId
from strategy.model.spec import GridSpec
from strategy.model.values import replace


def watch_width(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Lay the empty levels anew, at most once in the hours that its owner has chosen."""
    if not _is_due(draft, grid):
        return grid
    found = _found(draft, grid, touch)
    if found is None:
        return grid
    grid = draft.change(grid, adapted=replace(grid.adapted, measured_in=draft.at - draft.at % HOUR))
    interval = None if _rests(draft, grid, found) else _wanted(grid, found)
    changed = _laid(draft, grid, interval, touch) if interval is not None else None
    return grid if changed is None else _told(draft, grid, changed, found)


def due_at(grid: Grid) -> int:
    """From when on what it follows is looked at again, ms. The volume goal may end its chase in any hour."""
    hour = grid.adapted.measured_in + HOUR
    return hour if chases(grid.spec) else max(hour, grid.adapted.widened_at + grid.spec.width_rest * HOUR)


def look_anew(draft: Draft) -> None:
    """With the next tick, whatever the hour: the volume goal is another one, or its chase has just ended."""
    for grid in draft.account.grids.values():
        if chases(grid.spec) and grid.adapted.measured_in:
            draft.change(grid, adapted=replace(grid.adapted, measured_in=0))


def _is_due(draft: Draft, grid: Grid) -> bool:
    if not follows(grid.spec) or grid.phase is not Phase.RUNNING or draft.at < due_at(grid):
        return False
    if grid.adapted.ladder is not None or grid.adapted.shifting is not None:
        return False
    return grid.buys and may_place(draft, grid) is not None


def _found(draft: Draft, grid: Grid, touch: Touch) -> Width | None:
    if chases(grid.spec):
        return chased(draft.account, grid, touch, draft.at)
    return width_of(draft.account, grid.spec, grid.market, touch, draft.at)


def _rests(draft: Draft, grid: Grid, found: Width) -> bool:
    """Whether the last interval stays for now. Where nothing is chased any more its own comes back at once."""
    if found.chase is None or (found.chase.is_over and found.interval != grid.spec.interval):
        return False
    return draft.at < grid.adapted.widened_at + rest_of(grid.spec, found.chase.goal)


def _wanted(grid: Grid, found: Width) -> Decimal | None:
    """Another interval where it is another one by a quarter; the same where levels have not come along yet."""
    now = grid.spec.interval or ZERO
    if abs(found.interval - now) > now * MOVES_BY:
        return found.interval
    return now if grid.adapted.left_behind else None


def _laid(draft: Draft, grid: Grid, interval: Decimal, touch: Touch) -> Grid | None:
    """The grid with this ladder on its way; None where nothing would move, or what moves could not trade."""
    spec, fees = grid.spec, draft.account.fees
    own = own_interval(spec) if chases(spec) else None
    begun = replace(
        grid,
        spec=replace(spec, interval=interval, width_own=own if own != interval else None, version=spec.version + 1),
        before=spec,
    )
    shapes = spread(begun, touch)
    if shapes is None or not _would_do(grid, shapes, paid(spec, fees)):
        return None
    busy = bought_by_orders(grid)
    adapted = replace(
        grid.adapted,
        ladder=Ladder(shapes=shapes, cash=grid.books.cash, only_empty=True),
        widened_at=draft.at,
        money=grid.money if grid.adapted.money is None else grid.adapted.money,
        left_behind=any(not is_empty(grid, level, busy) for level in grid.levels.values()),
    )
    begun = replace(begun, adapted=adapted)
    needs = reserved(_once_there(begun, touch, fees, draft.at), fees)
    if needs - reserved(grid, fees) > max(ZERO, free(draft.account, grid.market.quote)):
        return None
    ladder = Ladder(shapes=shapes, cash=grid.books.cash, only_empty=True, needs=needs)
    return replace(begun, adapted=replace(adapted, ladder=ladder))


def _would_do(grid: Grid, shapes: tuple[Shape, ...], fees: Fees) -> bool:
    """Whether some level moves, and whatever moves could trade there and earn."""
    floors = {level.buy_price for level in grid.levels.values()}
    new = [Level(id=LevelId(1), shape=shape, side=OPENING) for shape in shapes if shape.buy_price not in floors]
    return bool(new) and all(_trades(level, grid, fees) for level in new)


def _trades(level: Level, grid: Grid, fees: Fees) -> bool:
    market: Market = grid.market
    largest = market.max_quantity is None or level.quantity <= market.max_quantity
    sized = largest and level.quantity >= least_order(market, fees)
    return sized and market.allows(level.buy_price) and trip(level, market, fees).rate >= grid.spec.fee_buffer


def _once_there(begun: Grid, touch: Touch, fees: Fees, at: int) -> Grid:
    """As it is when the orders of the levels that move are gone, and nothing else has happened."""
    ladder = begun.adapted.ladder
    assert ladder is not None, "it is on its way"
    gone = {order.client_id for order in orders_leaving(begun)}
    orders = {client_id: order for client_id, order in begun.orders.items() if client_id not in gone}
    return replace(reshaped(begun, ladder, touch, fees, at).grid, orders=orders)


def _bound_at(spec: GridSpec, bound: WidthBound | None) -> Decimal | None:
    """Where its owner has set that bound; the fees' he has not."""
    return {WidthBound.LEAST: spec.width_least, WidthBound.MOST: spec.width_most}.get(bound) if bound else None


def _told(draft: Draft, grid: Grid, changed: Grid, found: Width) -> Grid:
    assert grid.spec.width is not None, "it follows a measure"
    floors = {shape.buy_price for shape in shapes_now(grid)}
    ladder = changed.adapted.ladder
    moved = sum(shape.buy_price not in floors for shape in ladder.shapes) if ladder else 0
    draft.notices.append(
        WidthChanged(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            before=grid.spec.interval or ZERO,
            after=changed.spec.interval or ZERO,
            follows=grid.spec.width,
            hours=grid.spec.width_hours,
            measure=found.measure,
            moved=moved,
            stayed=len(grid.levels) - moved,
            until=draft.at + rest_of(grid.spec, found.chase.goal if found.chase else None),
            chase=found.chase,
            own=changed.spec.width_own,
            bound=found.bound,
            bound_at=_bound_at(grid.spec, found.bound),
        )
    )
    return draft.put(changed)
