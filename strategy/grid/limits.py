"""The limits of one grid: which of them a price reaches, and which make no sense. What follows is decided elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from strategy.messages.problems import Problem, ProblemCode
from strategy.model.adapted import Adapted
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level
from strategy.model.spec import LEAST_AGAIN, GridSpec
from strategy.model.stops import StopReason
from strategy.model.values import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A limit that is reached, with the figures that caused it."""

    reason: StopReason
    value: Decimal
    threshold: Decimal


def triggered(grid: Grid, bid: Decimal) -> Trigger | None:
    """Which limit of the grid this bid would reach; of several the one that goes before the others."""
    return next(reached(grid, bid), None)


def reached(grid: Grid, bid: Decimal) -> Iterator[Trigger]:
    """All of them. The bid is what its coins would fetch."""
    spec = grid.spec
    if (stop := grid.stop_price) is not None and bid <= stop:
        yield Trigger(reason=StopReason.STOP_LOSS, value=bid, threshold=stop)
    if (trail := grid.trail_price) is not None and bid <= trail:
        yield Trigger(reason=StopReason.TRAILING, value=bid, threshold=trail)
    if spec.take_profit is not None and bid >= spec.take_profit != spec.trail_start:
        yield Trigger(reason=StopReason.TAKE_PROFIT, value=bid, threshold=spec.take_profit)
    if (most := grid.most_loss) is not None:
        made = made_of(grid, bid)
        if made <= -most:
            yield Trigger(reason=StopReason.MAX_LOSS, value=made, threshold=most)
    if (most := grid.most_drawdown) is not None:
        fallen = made_of(grid, bid) - grid.adapted.highest
        if fallen <= -most:
            yield Trigger(reason=StopReason.MAX_DRAWDOWN, value=fallen, threshold=most)


def made_of(grid: Grid, bid: Decimal) -> Decimal:
    """What it has made since it opened last, in quote: what its limits count."""
    return grid.total(bid) - grid.adapted.since


def as_decided(grid: Grid, spec: GridSpec, price: Decimal) -> Adapted:
    """What its limits have come to, under another wish of its owner's: his word goes before what had risen.

    A stop that rises keeps the distance that it has to the price now. While the grid waits it has none yet.
    """
    adapted, stop = grid.adapted, spec.stop_loss
    if stop != grid.spec.stop_loss:
        apart = None if stop is None or grid.phase is Phase.WAITING else price - stop
        adapted = replace(adapted, stop=None, apart=apart)
    if spec.trail is None or spec.trail_start != grid.spec.trail_start:
        adapted = replace(adapted, peak=None)
    if spec.max_drawdown is not None and grid.spec.max_drawdown is None:
        adapted = replace(adapted, highest=made_of(grid, price))
    return adapted


def badly_set(spec: GridSpec, price: Decimal, levels: Sequence[Level]) -> Problem | None:
    """A limit of the wish that makes no sense at this price."""
    if (wrong := unsound(spec)) is not None:
        return wrong
    if spec.stop_loss is not None and not 0 < spec.stop_loss < min(price, levels[-1].buy_price):
        return _bad("stop", spec.stop_loss, price)
    least = max(price, levels[0].sell_price)
    for word, limit in (("take", spec.take_profit), ("trailfrom", spec.trail_start)):
        if limit is not None and limit <= least:
            return _bad(word, limit, price)
    return None


def unsound(spec: GridSpec) -> Problem | None:
    """What makes no sense at any price: a trailing take-profit without a start, opening again before a day is over."""
    if spec.trail is not None and spec.trail_start is None:
        return Problem(code=ProblemCode.NO_TRAIL_START, field="trailfrom")
    if spec.again is not None and spec.again < LEAST_AGAIN:
        facts = (("hours", spec.again), ("least", LEAST_AGAIN))
        return Problem(code=ProblemCode.AGAIN_TOO_SOON, field="again", facts=facts)
    return None


def _bad(word: str, value: Decimal, price: Decimal) -> Problem:
    return Problem(code=ProblemCode.BAD_LIMIT, field=word, facts=(("field", word), ("value", value), ("price", price)))
