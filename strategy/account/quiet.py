"""Within which prices, and until when, a tick does nothing with a grid: derived after two that did nothing.

It says of everything that a tick looks at (limits, the range, what waits, what is due) how far it is away, and says
nothing where that can't be said of all of it. Any change to the grid ends it. Nothing else of the account is looked at
by a tick that finds nothing to ask for and nothing to cancel, so nothing else can end it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import assert_never

from strategy.account.ranges import well_outside
from strategy.adapt.highest import next_highest
from strategy.adapt.shifting import edges
from strategy.grid.order_events import FORGET_AFTER
from strategy.grid.planning import is_whole
from strategy.model.adapted import Outside
from strategy.model.derived import Quiet
from strategy.model.grid import Grid, Phase
from strategy.model.money import ratio


def quiet_of(grid: Grid) -> Quiet | None:
    """The band around a grid in which a tick has just done nothing; None where something may come of the next one."""
    if not _has_nothing_to_do(grid):
        return None
    kept = grid.derived
    above, below = list[Decimal](), list[Decimal]()
    ask_above = ask_below = None
    if grid.phase in (Phase.RUNNING, Phase.PAUSED):
        above, below = limits_of(grid)
    if grid.phase is Phase.RUNNING:
        lower, upper = well_outside(grid)
        match grid.outside:
            case None:
                ask_above, below = lower, [*below, upper]
            case Outside.BELOW:  # and not beyond the other end at once: a bid may be shown above the ask
                ask_below, below = lower, [*below, upper]
            case Outside.ABOVE:
                ask_above, above = lower, [*above, upper]
            case _:
                assert_never(grid.outside)
        fallen, risen = edges(grid)
        below = below if risen is None else [*below, risen]
        ask_above = max((one for one in (ask_above, fallen) if one is not None), default=None)
    return Quiet(
        bid_above=max(above, default=None),
        bid_below=min(below, default=None),
        ask_above=ask_above,
        ask_below=ask_below,
        until=min((*(order.changed_at + FORGET_AFTER for order in kept.over.values()), *_due(grid)), default=None),
    )


def _due(grid: Grid) -> Iterator[int]:
    """When a grid that is stopped is to be looked at again."""
    if grid.again_at is not None:
        yield max(grid.again_at, grid.retry_at)


def _has_nothing_to_do(grid: Grid) -> bool:
    kept = grid.derived
    if grid.spec.fall is not None or grid.adapted.fall is not None:
        return False  # the highest of the last hours is another one with each of them
    if grid.beyond is not None or grid.adapted.held or grid.adapted.shifting is not None:
        return False  # it may shift, or be told why not, as the hours go by
    if grid.spec.width is not None:
        return False  # its interval may be another one in the next hour
    seen_once = grid.warned or grid.higher is not None or grid.topped is not None
    if seen_once or grid.crossed_at or kept.unclear or kept.unsettled:
        return False
    match grid.phase:
        case Phase.RUNNING:
            return is_whole(grid)
        case Phase.PAUSED | Phase.STOPPED:
            return not kept.live
        case Phase.PARKED:
            return True
        case _:
            return False  # the price, the time or another grid may move it at any tick


def limits_of(grid: Grid) -> tuple[list[Decimal], list[Decimal]]:
    """What the bid has to stay above, and what below, so that no limit is reached."""
    spec = grid.spec
    above = [grid.stop_price] if grid.stop_price is not None else []
    below = [spec.take_profit] if spec.take_profit not in (None, spec.trail_start) else []
    if (start := spec.trail_start) is not None:
        below.append(start if grid.adapted.peak is None else grid.adapted.peak)
    if grid.trail_price is not None:
        above.append(grid.trail_price)
    if (most := grid.most_loss) is not None and grid.coins:
        above.append(_bid_for(grid, -most))
    if (fall := grid.most_drawdown) is not None and grid.coins:
        above.append(_bid_for(grid, grid.adapted.highest - fall))
        below.append(_bid_for(grid, next_highest(grid)))
    return above, below


def _bid_for(grid: Grid, made: Decimal) -> Decimal:
    """At which bid it would have made so much since it opened."""
    return ratio(grid.cost - grid.books.realised + grid.adapted.since + made, grid.coins)
