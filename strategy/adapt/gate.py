"""What a grid waits for before it opens: an average, a trigger, its range. Only the start is gated, never a level."""

from collections.abc import Iterator
from decimal import Decimal

from strategy.adapt.spacing import measured, measures
from strategy.messages.gates import Awaited, Until
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.market import Touch
from strategy.model.money import ONE
from strategy.model.spec import GATE_MARGIN, GridSpec, Spacing


def awaited(account: Account, spec: GridSpec, touch: Touch, at: int, since: Decimal) -> tuple[Awaited, ...]:
    """What the gates of a wish wait for now. `since` is the price at which it was wished for.

    All have to be open at the same time: what was open once says nothing.
    """
    return (
        *_hours(account, spec, at),
        *_average(account, spec, touch, at),
        *_measure(account, spec, at),
        *_trigger(spec, touch, since),
    )


def awaits_of(account: Account, grid: Grid, at: int) -> tuple[Awaited, ...]:
    """What a grid waits for now, its range included."""
    touch = account.touches.get(grid.spec.symbol)
    return not_open(account, grid, touch, at) if grid.phase is Phase.WAITING and touch is not None else ()


def not_open(account: Account, grid: Grid, touch: Touch, at: int) -> tuple[Awaited, ...]:
    """What would keep it from opening at these prices, its range included."""
    gates = awaited(account, grid.spec, touch, at, grid.start_price)
    if moves(grid.spec) or (grid.lowest <= touch.ask and touch.bid <= grid.highest):
        return gates
    below = touch.ask < grid.lowest
    edge, price = (grid.lowest, touch.ask) if below else (grid.highest, touch.bid)
    return (*gates, Awaited(until=Until.RANGE, threshold=edge, price=price))


def moves(spec: GridSpec) -> bool:
    """Whether its range is made around the price at which it opens, so that it can't be outside of it."""
    return spec.spacing is Spacing.INTERVAL or (spec.below is not None and spec.lower is None)


def is_gated(spec: GridSpec) -> bool:
    """Whether more than its range decides when it opens."""
    return spec.gate_hours is not None or spec.trigger is not None


def _hours(account: Account, spec: GridSpec, at: int) -> Iterator[Awaited]:
    """Where it is not known what the owner's clocks show, it waits."""
    if spec.open_hours is None:
        return
    (begins, ends), now = spec.open_hours, account.day.minute(at) if account.day is not None else None
    past_midnight = ends < begins
    if now is None or not ((begins <= now or now < ends) if past_midnight else begins <= now < ends):
        yield Awaited(until=Until.HOURS, between=spec.open_hours, minute=now)


def _average(account: Account, spec: GridSpec, touch: Touch, at: int) -> Iterator[Awaited]:
    if spec.gate_hours is None:
        return
    past = account.past_of(spec.symbol, at)
    if past is None:
        yield Awaited(until=Until.PAST, hours=spec.gate_hours)
        return
    average = past.average(spec.gate_hours, at)
    if average is None:
        yield Awaited(until=Until.HISTORY, hours=spec.gate_hours, known=past.reach(at))
        return
    threshold = average * (ONE - GATE_MARGIN)
    if touch.bid <= threshold:
        yield Awaited(until=Until.AVERAGE, threshold=threshold, price=touch.bid, hours=spec.gate_hours)


def _measure(account: Account, spec: GridSpec, at: int) -> Iterator[Awaited]:
    """Not the price but the past: it is waited for, as no interval is guessed."""
    if not measures(spec):
        return
    past = account.past_of(spec.symbol, at)
    if past is None:
        yield Awaited(until=Until.MEASURE, hours=spec.width_hours)
    elif measured(spec, past, at) is None:
        yield Awaited(until=Until.MEASURE, hours=spec.width_hours, known=past.reach(at))


def _trigger(spec: GridSpec, touch: Touch, since: Decimal) -> Iterator[Awaited]:
    if spec.trigger is None:
        return
    if spec.trigger > since and touch.bid < spec.trigger:
        yield Awaited(until=Until.RISE, threshold=spec.trigger, price=touch.bid)
    if spec.trigger < since and touch.ask > spec.trigger:
        yield Awaited(until=Until.DROP, threshold=spec.trigger, price=touch.ask)
