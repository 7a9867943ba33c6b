"""Worlds whose grid may follow the price: how they begin, how the price leaves them, what they keep. No tests."""

from decimal import Decimal
from typing import Any

from strategy.messages.shifts import Kept, ShiftKept
from strategy.model.durations import HOUR
from strategy.model.grid import Grid
from strategy.model.money import ZERO
from strategy.model.spec import Shift, Spacing
from tests.builders import a_market, a_range
from tests.promises.core import assert_complete, assert_promises
from tests.world import World

D = Decimal
FREELY: dict[str, Any] = {"shift": Shift.BOTH, "shift_spike": None}
GEOMETRIC: dict[str, Any] = {"spacing": Spacing.GEOMETRIC}


def a_following_world(lower: int = 1950, upper: int = 2050, grids: int = 10, /, **wishes: Any) -> World:
    """Ten levels around 2,000 that may shift both ways, in a market that has stood there for two days."""
    world = World({a_market(): D(2000)})
    world.lived(48)
    world.start(a_range(lower, upper, grids, **(FREELY | wishes)))
    world.tick(3)
    return world


def gone(world: World, price: int | str) -> None:
    """The price goes there, and is seen there twice."""
    world.trade(price)
    world.tick()


def settled(world: World) -> None:
    world.tick(4)
    assert_promises(world)
    assert_complete(world)


def kept(world: World) -> list[Kept]:
    return [told.reason for told in world.notices_of(ShiftKept)]


def holdings(grid: Grid) -> tuple[Decimal, Decimal]:
    lots = grid.lots.values()
    return sum((lot.quantity for lot in lots), ZERO), sum((lot.cost for lot in lots), ZERO)


def later(world: World, hours: int) -> None:
    """The market stands still for so long."""
    for _ in range(hours):
        world.now += HOUR
        world.venue.listing(world.symbol).tape.record(world.price, world.now)
    world.tick(2)
