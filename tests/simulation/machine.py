"""The computer that the process runs on: how its clocks go wrong, and how long its own work takes."""

import asyncio
from dataclasses import dataclass
from random import Random

from tests.simulation.loop import VirtualLoop

MINUTE = 60_000
WRONG_BY = (0, 0, 0, -20 * MINUTE, -2 * MINUTE, 3 * MINUTE, 15 * MINUTE)
"""Milliseconds by which a machine's clock may be ahead of the venue's from the start."""
GRAINS = (*[1] * 7, 16)
"""Milliseconds by which a machine's clocks go on at a time: on some, much happens at one and the same moment."""
TURNS = (*[0.0] * 5, 0.001, 0.005, 0.03)
"""Seconds that a turn of its loop takes in the mean. Where it takes none, whatever follows from a thing has happened
before the next one comes; on a busy machine news come in between.
"""


@dataclass(slots=True)
class Machine:
    """As far as its time goes. All in milliseconds."""

    wall_ahead: int
    """By which its clock is ahead of the venue's."""
    grain: int
    """By which its clocks go on at a time."""
    is_busy: bool = False
    slept: int = 0
    """For which it was asleep."""
    frozen: int = 0
    """Of those, for which even its steady clock stood."""
    offset: int = 0
    """What its clock lacks to the venue's, as the process has measured it last."""


def machine_of(setup: int) -> Machine:
    """That of a world. What its own work takes goes by in the running loop."""
    dice = Random(setup + 13)
    mean = dice.choice(TURNS)
    if mean:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop), "worlds are in virtual time"
        loop.turn = lambda: dice.expovariate(1 / mean)
    return Machine(
        wall_ahead=Random(setup + 1).choice(WRONG_BY), grain=Random(setup + 10).choice(GRAINS), is_busy=mean > 0
    )
