"""The levels of an interval grid at another distance: the empty ones move, and whatever holds coins stays where it is.

Empty is a level below the price that waits to buy and has bought nothing. The highest of them takes its place an
interval below the lowest level above the price; where there is none it stays, and the others follow downwards. None
comes nearer to any other level than the interval.
"""

from collections.abc import Sequence
from decimal import Decimal

from strategy.grid.sizing import size
from strategy.model.grid import Grid
from strategy.model.inventory import OPENING, closes
from strategy.model.levels import Level, Shape
from strategy.model.market import Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import LevelId, Order
from strategy.model.values import replace


def bought_by_orders(grid: Grid) -> frozenset[LevelId | None]:
    """The levels whose order may have bought something, or has."""
    return frozenset(order.level for order in grid.orders.values() if not order.is_settled and _may_have_bought(order))


def _may_have_bought(order: Order) -> bool:
    return bool(order.filled) or order.is_in_limbo or not order.status.is_live


def is_empty(grid: Grid, level: Level, busy: frozenset[LevelId | None]) -> bool:
    """Whether nothing hangs on it. `busy` are the levels whose order may have bought something."""
    return not (closes(level.side) or level.done or level.id in grid.lots or level.id in busy)


def shapes_now(grid: Grid) -> tuple[Shape, ...]:
    """The ladder as it stands."""
    return tuple(sorted((level.shape for level in grid.levels.values()), key=lambda shape: shape.rank))


def spread(grid: Grid, touch: Touch) -> tuple[Shape, ...] | None:
    """The ladder with its empty levels as far apart as its spec says; None where one of them would be below zero."""
    busy, interval = bought_by_orders(grid), grid.spec.interval or ZERO
    levels = sorted(grid.levels.values(), key=lambda level: level.buy_price, reverse=True)
    move = [one for one in levels if one.buy_price < touch.ask and is_empty(grid, one, busy)]
    stay = [one for one in levels if one not in move]
    floors = _floors([one.buy_price for one in move], [one.buy_price for one in stay], interval, touch)
    if floors and floors[-1] <= 0:
        return None
    placed = sorted([*((one.buy_price, one) for one in stay), *((one, None) for one in floors)], key=lambda one: one[0])
    return tuple(_shape(grid, rank, floor, level) for rank, (floor, level) in enumerate(placed, start=1))


def _floors(move: Sequence[Decimal], stay: Sequence[Decimal], interval: Decimal, touch: Touch) -> list[Decimal]:
    """Where the levels that move buy, the highest first."""
    above = [floor for floor in stay if floor >= touch.ask]
    floor = above[-1] - interval if above else max(move, default=ZERO)
    if floor >= touch.ask:  # the price has gone on below: as many intervals further down
        floor -= interval * ((floor - touch.ask) // interval + 1)
    found: list[Decimal] = []
    for _ in move:
        for other in stay:
            if abs(other - floor) < interval:
                floor = other - interval
        found.append(floor)
        floor -= interval
    return found


def _shape(grid: Grid, rank: int, floor: Decimal, level: Level | None) -> Shape:
    if level is not None:
        return level.shape if level.rank == rank else replace(level.shape, rank=rank)
    sell = grid.market.price_up(floor * (ONE + (grid.spec.out_want or ZERO)))
    quantity = size(grid.spec, grid.market, rank, floor)
    return Shape(rank=rank, buy_price=floor, sell_price=sell, quantity=quantity, initial=OPENING)
