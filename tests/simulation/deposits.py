"""A deposit that was made before the first start and arrives after it: the exchange lists it by when it was made."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from exchange.paper import upkeep
from tests.builders import USDC
from tests.simulation.acts import later
from tests.simulation.world import World
from tests.venue import KEY

SHARE = 0.25
AGO = (1_000, 120_000, 3_600_000, 2 * 86_400_000)
"""Milliseconds before the start at which it was made."""
ARRIVES_IN = (0.1, 5, 60, 400)
"""Seconds after it."""
LONGEST = 5 * 86_400_000
"""None is under way for longer: a machine that was off for weeks has slept through its arrival."""


def under_way(world: World) -> None:
    """In some worlds."""
    dice = Random(world.script.setup + 12)
    if dice.random() < SHARE:
        made, amount = world.now() - dice.choice(AGO), Decimal(dice.randint(100, 90_000)) / 100
        later(world, dice.choice(ARRIVES_IN), lambda: _arrives(world, made, amount))


def _arrives(world: World, made: int, amount: Decimal) -> None:
    if world.now() - made > LONGEST:
        return
    world.happened["deposit under way at the start"] += 1
    moved = upkeep.transfer(world.venue, KEY, USDC, amount)
    world.held.transfers.remove(moved)
    world.held.transfers.insert(0, replace(moved, at=made))
    world.trace(f"a deposit of {amount} arrives")
