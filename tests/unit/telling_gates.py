"""Examples of what is told of a grid that may not open, may not buy, or has an end. Values only."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from strategy.messages.gates import Begun, FallOver, FallPaused
from strategy.messages.notices import Notice, PhaseChanged
from strategy.messages.risk import OpeningPaused
from strategy.messages.widths import Chase, Pace, WidthBound, WidthChanged
from strategy.model.grid import Phase
from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId
from strategy.model.past import Measure
from strategy.model.weeks import VolumeGoal

D = Decimal
AT = 1_770_400_800_000
GRID, USDC, ETH_USDC = GridId(3), Asset("USDC"), Symbol("ETH_USDC")
TWO_DAYS = 172_800_000


def gates() -> Iterator[Notice]:
    """Each kind, in each of its ways."""
    begun = Begun(price=D("1839.99"), money=D("149.65"), quote=USDC)
    for phase in (Phase.SEEDING, Phase.RUNNING):
        yield PhaseChanged(at=AT, grid_id=GRID, symbol=ETH_USDC, phase=phase, begun=begun)
    paused = FallPaused(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        quote=USDC,
        highest=D("2530.4"),
        price=D("2390.5"),
        hours=24,
        until=AT + TWO_DAYS,
        orders=4,
        again=False,
    )
    for again, orders in ((False, 4), (False, 0), (True, 0)):
        yield replace(paused, again=again, orders=orders)
    yield FallOver(at=AT, grid_id=GRID, symbol=ETH_USDC, quote=USDC, price=D("2390.5"), lasted=TWO_DAYS)
    stopped = OpeningPaused(at=AT, stops=3, hours=24, until=AT + TWO_DAYS, waiting=1)
    yield from (stopped, replace(stopped, waiting=0))
    moved = WidthChanged(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        quote=USDC,
        before=D("40.5"),
        after=D("28.31"),
        follows=Measure.ATR,
        hours=24,
        measure=D("0.005612"),
        moved=5,
        stayed=3,
        until=AT + TWO_DAYS,
    )
    yield moved
    yield replace(moved, before=moved.after, follows=Measure.DEVIATION)
    yield replace(moved, moved=1, stayed=0)
    bounds = {WidthBound.LEAST: D("0.004"), WidthBound.MOST: D("0.05"), WidthBound.FEES: None}
    yield from (replace(moved, bound=bound, bound_at=at) for bound, at in bounds.items())
    goal = VolumeGoal(volume=D(50_000), budget=D(12))
    chased = replace(moved, follows=Measure.VOLUME, measure=D(0))
    for pace in Pace:
        chase = Chase(pace=pace, goal=goal, volume=D("14210.5"), cost=D("4.15"), passed=D("0.4285"))
        chase = Chase(pace=pace) if pace is Pace.NO_GOAL else chase
        yield replace(chased, chase=chase, own=None if chase.is_over else D("40.5"))
    behind = Chase(pace=Pace.BEHIND, goal=goal, volume=D(10), cost=D(0), passed=D("0.4285"))
    yield replace(chased, before=moved.after, stayed=0, chase=behind, own=D("40.5"))
