"""What one grid promises by itself at any moment, whatever is on its way."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, replace
from decimal import Decimal

from strategy.adapt.spacing import least_interval, measures
from strategy.grid.spreading import is_empty
from strategy.messages.notices import GridParked, Notice
from strategy.model.account import Account
from strategy.model.derived import Derived
from strategy.model.grid import Grid, Phase
from strategy.model.levels import RESIDUE
from strategy.model.market import Market, Side
from strategy.model.money import ZERO
from strategy.model.orders import LevelId, OrderStatus
from strategy.model.stops import Way
from tests.builders import INFINITY
from tests.promises import shifts
from tests.promises.promise import Violation, promise


def broken_by_itself(grid: Grid, bid: Decimal, dearer: Decimal = ZERO) -> Iterator[Violation]:
    """All of them, with what a coin would fetch at the venue, and by how much its taker fee has ever risen."""
    yield from no_grid_parked([grid])
    yield from what_is_kept_up_is_counted(grid)
    yield from lots_equal_the_books(grid)
    yield from total_is_its_parts(grid, bid)
    yield from never_short(grid)
    yield from a_level_buys_once(grid)
    yield from levels_know_their_orders(grid)
    yield from a_ladder_keeps_what_it_cost(grid)
    yield from ids_are_never_used_again(grid)
    yield from a_limit_binds_what_rests(grid)
    yield from nothing_rests_after_a_fall(grid)
    yield from paused_buying_buys_nothing(grid)
    yield from never_wider_than_its_own(grid)
    yield from nothing_rests_while_it_trails(grid)
    yield from break_even_loses_nothing(grid)
    yield from shifts.broken_by_a_shift(grid, dearer)


SOON = 10_000
"""Milliseconds in which a book is much the same."""


@promise("no grid parked")
def no_grid_parked(grids: Iterable[Grid], notices: Iterable[Notice] = ()) -> Iterator[str]:
    """No assertion of the program's own fails: none of these is parked, and none of which this was told ever was."""
    yield from (f"grid {grid.id}" for grid in grids if grid.phase is Phase.PARKED)
    yield from (f"grid {told.grid_id}: {told.text}" for told in notices if isinstance(told, GridParked))


@promise("what is kept up is what is counted")
def what_is_kept_up_is_counted(grid: Grid) -> Iterator[str]:
    """Sums and places that were kept up with each change are those of its levels, lots and orders."""
    kept = grid.derived
    counted = Derived.of(grid.market, grid.spec.window, grid.levels, grid.lots, grid.orders)
    for one in fields(Derived):
        if one.compare and getattr(kept, one.name) != getattr(counted, one.name):
            yield f"grid {grid.id} {one.name}: {getattr(kept, one.name)} and {getattr(counted, one.name)}"


@promise("lots equal the books")
def lots_equal_the_books(grid: Grid) -> Iterator[str]:
    """Lots are what was bought and not sold."""
    if grid.coins != grid.books.coins:
        yield f"grid {grid.id}: {grid.coins} and {grid.books.coins}"
    if any(lot.quantity <= 0 for lot in grid.lots.values()):
        yield f"grid {grid.id} has an empty lot"


@promise("the total is the sum of its parts")
def total_is_its_parts(grid: Grid, bid: Decimal) -> Iterator[str]:
    """Grid profit, stop sales and floating profit are the cash and what the coins would fetch."""
    total = grid.total(bid)
    parts, worth = grid.books.realised + grid.floating(bid), grid.books.cash + grid.books.coins * bid
    if not total == parts == worth:
        yield f"grid {grid.id}: {total}, its parts are {parts}, cash and coins {worth}"


@promise("never short")
def never_short(grid: Grid) -> Iterator[str]:
    """No more is for sale than there is."""
    selling = sum((order.remaining for order in grid.live if order.side is Side.SELL), ZERO)
    if selling > grid.coins:
        yield f"grid {grid.id} sells {selling} of {grid.coins}"


@promise("a level buys once")
def a_level_buys_once(grid: Grid) -> Iterator[str]:
    """What a level has bought is no more than it wants. A tuned grid may want less than it has."""
    for level in grid.levels.values():
        if level.side is Side.BUY and level.done > level.quantity and grid.spec.version == 1:
            yield f"grid {grid.id} level {level.id}: {level.done} of {level.quantity}"


@promise("levels know their orders")
def levels_know_their_orders(grid: Grid) -> Iterator[str]:
    """What a level waits for is among the grid's orders."""
    for level in grid.levels.values():
        if level.order is not None and level.order not in grid.orders:
            yield f"grid {grid.id} level {level.id}"


@promise("a ladder keeps what its coins cost")
def a_ladder_keeps_what_it_cost(grid: Grid) -> Iterator[str]:
    """Whatever levels came and went: the lots cost what was paid for them and not yet realised."""
    if grid.cost != grid.books.realised - grid.books.cash:
        yield f"grid {grid.id}: {grid.cost} and {grid.books.realised - grid.books.cash}"
    if lost := [key for key in grid.lots if key > RESIDUE and key not in grid.levels]:
        yield f"grid {grid.id}: coins of {lost}, which are no levels"


@promise("ids are never used again")
def ids_are_never_used_again(grid: Grid) -> Iterator[str]:
    """No level has an id beyond the last that was given, and each its own place in the ladder."""
    if grid.adapted.last_level and max(grid.levels) > grid.adapted.last_level:
        yield f"grid {grid.id}: {max(grid.levels)} of {grid.adapted.last_level}"
    if sorted(level.rank for level in grid.levels.values()) != list(range(1, len(grid.levels) + 1)):
        yield f"grid {grid.id}: its levels do not stand in a row"


@promise("a limit binds what rests")
def a_limit_binds_what_rests(grid: Grid) -> Iterator[str]:
    """A buy that rests, and that nobody has asked to be gone, may be filled: the maximum position must hold then."""
    resting = [order for order in grid.live if order.side is Side.BUY and order.status is OrderStatus.OPEN]
    bidding = sum((order.price * order.remaining for order in resting), ZERO)
    if grid.phase.trades and bidding and grid.cost + bidding > grid.max_position:
        yield f"grid {grid.id}: {grid.cost} and {bidding} of {grid.max_position}"


@promise("after a fast fall nothing is bought")
def nothing_rests_after_a_fall(grid: Grid) -> Iterator[str]:
    """While the pause lasts, each buy that rests is being cancelled."""
    resting = [order for order in grid.live if order.side is Side.BUY and order.status is OrderStatus.OPEN]
    if grid.phase.trades and grid.adapted.fall is not None and resting:
        yield f"grid {grid.id}: {grid.adapted.fall}, and {resting[0]}"


@promise("while buying is paused no buy rests")
def paused_buying_buys_nothing(grid: Grid) -> Iterator[str]:
    """A buy that rests, and that nobody has asked to be gone, is none of a grid whose owner has paused its buying."""
    resting = [order for order in grid.live if order.side is Side.BUY and order.status is OrderStatus.OPEN]
    if grid.phase.trades and not grid.adapted.buying and resting:
        yield f"grid {grid.id}: {resting}"


@promise("an interval that follows a measure moves empty levels only")
def coins_stay_where_they_are(before: Grid | None, grid: Grid, traded: Collection[LevelId | None]) -> Iterator[str]:
    """What held coins, sold or had bought something before empty levels were laid anew is where it was.

    From one step to the next. `traded`: levels of which a fill was booked in it, so that they may be empty now. A grid
    that has stopped and is opened again is another ladder.
    """
    at_rest = (Phase.WAITING, Phase.STOPPED)
    if before is None or before.phase in at_rest or not _lays_empty_levels(before, grid):
        return
    unsettled = (order for order in before.orders.values() if not order.is_settled)
    busy = frozenset(one.level for one in unsettled if grid.orders.get(one.client_id, one).filled)
    for one, level in before.levels.items():
        now = grid.levels.get(one)
        moved = now is None or now.buy_price != level.buy_price
        if moved and one not in traded and not is_empty(before, level, busy):
            yield f"grid {grid.id} level {one}: from {level.buy_price} to {now.buy_price if now else None}"


def _lays_empty_levels(before: Grid, grid: Grid) -> bool:
    """Whether that, and nothing else, is on its way, or was begun meanwhile."""
    begun, now = before.adapted.widened_at != grid.adapted.widened_at, grid.spec
    laid = replace(before.spec, interval=now.interval, width_own=now.width_own, version=now.version)
    spec = laid if begun else before.spec
    ladder = before.adapted.ladder
    return grid.spec == spec and (begun or (ladder is not None and ladder.only_empty))


@promise("an interval that follows a measure stays between its bounds")
def an_interval_stays_between_its_bounds(
    before: Grid | None, grid: Grid, account: Account | None, coarsest: Market | None = None
) -> Iterator[str]:
    """And is never below what the fees ask for, at any price that the hours have seen, or that lay in a wide spread. A
    grid that opens again has that of before until it is measured anew. `coarsest`: the market with the widest tick that
    it had by what the account may have known.
    """
    if account is None:
        return
    past, touch = account.past.get(grid.spec.symbol), account.touches.get(grid.spec.symbol)
    was = before.adapted.widened_at if before is not None else 0
    if grid.adapted.widened_at in (was, 0) or past is None or touch is None or not measures(grid.spec):
        return
    if touch.at > grid.adapted.widened_at + SOON:
        return  # it is seen long after it was measured: the book of then is not known
    market = coarsest or grid.market
    spec, tick, now = grid.spec, market.tick_size, grid.spec.interval or ZERO
    low = min(touch.middle, *(hour.low for hour in past.hours))
    high = max(touch.middle, *(hour.high for hour in past.hours))
    guard = least_interval(spec, account.fees, market, touch)
    if not spec.width_least * low <= now <= max(spec.width_most * high, guard * 2) + tick:
        yield f"grid {grid.id}: {now}, and the price was from {low} to {high}"


@promise("an interval that follows the volume goal is never wider than its own")
def never_wider_than_its_own(grid: Grid) -> Iterator[str]:
    """And what its owner gave is kept only while the goal has made another interval of it."""
    spec, own = grid.spec, grid.spec.width_own
    if own is not None and not (spec.interval or ZERO) < own:
        yield f"grid {grid.id}: {spec.interval}, and its own is {own}"


@promise("while coins follow the price no order of the ladder rests")
def nothing_rests_while_it_trails(grid: Grid) -> Iterator[str]:
    """Nor is the peak below the price from which on it follows."""
    peak, resting = grid.adapted.peak, [order for order in grid.live if order.status is OrderStatus.OPEN]
    if peak is None:
        return
    if grid.phase.trades and resting:
        yield f"grid {grid.id}: {resting[0]}"
    if peak < (grid.spec.trail_start or INFINITY):
        yield f"grid {grid.id}: {peak}, and it begins at {grid.spec.trail_start}"


@promise("a sale at break-even realises no loss")
def break_even_loses_nothing(grid: Grid) -> Iterator[str]:
    """What such a stop has sold so far brought no less than it had cost, fees included."""
    stop = grid.stop
    if grid.phase is not Phase.STOPPING or stop is None or stop.way is not Way.BREAK_EVEN or stop.before is None:
        return
    if grid.books.stop_sales < stop.before:
        yield f"grid {grid.id}: {grid.books.stop_sales - stop.before}"
