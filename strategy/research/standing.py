"""A grid that the engine has begun, as a ladder from there on: how it came to stand is the engine's, whatever it was.

What may happen while a grid begins (first coins bought as maker, a gate, a wait for its range) the kernel does not
play, nor need it. No I/O.
"""

from collections.abc import Sequence
from decimal import Decimal
from operator import mul

import numpy as np

from strategy.grid.turning import selling_price
from strategy.model.adapted import Adapted
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import opens
from strategy.model.levels import RESIDUE, Level, Wait
from strategy.model.orders import Order, OrderStatus, Purpose
from strategy.model.values import replace
from strategy.research import loop
from strategy.research.kernel import Course, Track
from strategy.research.ladders import Ladder, fits, position_of, set_limits, slice_of, watch_band
from strategy.research.loop import TERMS
from strategy.research.replay import Replay
from strategy.research.scale import Scale, Unsupported, unplayed


def total_of(replay: Replay) -> Decimal:
    """What a replay that has begun comes to at the last close, in quote: played by the engine until the grid stands as
    the kernel plays it, and by the kernel from there on. `Unsupported` names what it does not play.
    """
    if wrong := unplayed(replay.grid.spec, replay.market, replay.rules):
        raise Unsupported(*wrong)
    candles, apart = replay.candles, 1
    scale = Scale(market=replay.market, rules=replay.rules, unit=candles.unit)
    while not replay.is_over:
        ladder = ladder_of(replay.grid, scale)
        if ladder is not None:
            course = Course(track=Track.of(candles), scale=scale, span=(replay.done - 1, len(candles)))
            return course.play([ladder]).outcome(0).total
        replay.play(replay.done + apart)
        apart *= 2
    return replay.grid.total(candles.price(candles.close[-1]))


def ladder_of(grid: Grid, scale: Scale) -> Ladder | None:
    """The ladder as which a grid stands between two candles; None while it does not stand as one."""
    levels = sorted(grid.levels.values(), key=lambda level: level.rank)
    start = sum(opens(level.side) for level in levels)
    buying, selling = levels[:start], levels[start:]
    if not (_is_calm(grid) and all(opens(level.side) for level in buying) and _hold_coins(grid, selling)):
        return None
    orders = [grid.orders[level.order] if level.order is not None else None for level in levels]
    if not all(_is_at_rest(grid, *one) for one in zip(levels, orders, strict=True)):
        return None
    top = start + next((one for one, order in enumerate(orders[start:]) if order is None), len(selling))
    if any(orders[top:]):
        return None
    tick = scale.tick
    bought = [level.selling_at(selling_price(grid, level, level.buy_price)) for level in levels]
    columns = (
        [scale.ticks(level.buy_price) * tick for level in levels],
        [scale.ticks(level.sell_price) * tick for level in levels],
        [scale.ticks(level.sell_price) * tick for level in bought],
        [scale.steps(level.quantity) for level in levels],
        [_parts(scale, grid.lots[level.id].quantity) if level.id in grid.lots else 0 for level in levels],
    )
    fits(sum(map(mul, columns[0], columns[3])))
    table, money = np.array(columns, np.int64), grid.money / scale.worth
    terms = np.zeros(TERMS, np.int64)
    terms[loop.STARTS_AT], terms[loop.FIRST_TOP], terms[loop.WINDOW] = start, top, grid.spec.window
    terms[loop.FIRST_CASH] = _whole(grid.books.cash / scale.worth * scale.parts)
    terms[loop.FIRST_COINS] = _parts(scale, grid.coins)
    terms[loop.FIRST_RESIDUE] = _parts(scale, grid.lots[RESIDUE].quantity) if RESIDUE in grid.lots else 0
    terms[loop.SLICE] = slice_of(grid.spec, scale) or int((table[loop.SIZES] * table[loop.BUYS]).max())
    set_limits(terms, grid.spec, scale, money)
    held = int(terms[loop.FIRST_COINS]) // scale.parts + 1
    ladder = Ladder(spec=grid.spec, levels=table, terms=terms, money=int(money), seeds=held, seed_price=0)
    _watch(grid, ladder, scale)
    return ladder


def _is_calm(grid: Grid) -> bool:
    """Whether nothing is under way but its levels' orders."""
    kept, known = grid.derived, {*grid.levels, RESIDUE}
    restless = grid.warned or grid.fell_at or kept.odd or kept.unclear or kept.unsettled or kept.cancelling
    return (
        grid.phase is Phase.RUNNING
        and grid.seeding is None
        and replace(grid.adapted, apart=None) == Adapted()  # only a rising stop asks for that, and it is refused
        and not restless
        and grid.lots.keys() <= known
        and all(order.purpose is Purpose.LEVEL for order in grid.live)
    )


def _hold_coins(grid: Grid, selling: Sequence[Level]) -> bool:
    """Whether these are all that hold any, each as many as one order may sell."""
    lots = {key: lot.quantity for key, lot in grid.lots.items() if key != RESIDUE}
    return lots.keys() == {level.id for level in selling} and all(map(grid.market.fitting, lots.values()))


def _is_at_rest(grid: Grid, level: Level, order: Order | None) -> bool:
    """Whether a level waits for nothing but the price."""
    if level.done or level.refusals or level.denied is not None:
        return False
    if order is None:
        return level.wait is Wait.WINDOW
    whole = level.quantity if opens(level.side) else grid.market.quantity_down(grid.lots[level.id].quantity)
    return (
        order.status is OrderStatus.OPEN
        and order.price == level.price == level.on_tick(grid.market)
        and order.quantity == order.remaining == whole
    )


def _watch(grid: Grid, ladder: Ladder, scale: Scale) -> None:
    """`Unsupported` names what would not be exact."""
    watch_band(scale, ladder.levels[loop.BUYS] // scale.tick, ladder.levels[loop.AGAIN] // scale.tick)
    if grid.max_position < position_of(ladder, scale):
        raise Unsupported("max_position")


def _parts(scale: Scale, coins: Decimal) -> int:
    return _whole(coins / scale.market.step_size * scale.parts)


def _whole(value: Decimal) -> int:
    """Amounts that no whole number holds are not played."""
    if value != int(value):
        raise Unsupported("unit")
    return int(value)
