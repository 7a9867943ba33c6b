"""How fast the market's clock runs beside ours: a demo's, whose page may change it. Everywhere else both agree."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from strategy.model.money import ONE

MOST_TURNS = 100
"""Changes of the speed that are remembered; what lies before them is dated by the oldest."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in milliseconds. Both clocks have the same now: it is the past that lies further back on the faster one."""

    turns: tuple[tuple[int, Decimal], ...] = ((0, ONE),)
    """Since when, by our clock, it runs so many times faster, oldest first; 0 where it stood."""

    def turned(self, at: int, speed: Decimal) -> "Pace":
        """The pace with another speed from now on."""
        return Pace((*self.turns, (at, speed))[-MOST_TURNS:])

    def market(self, at: int, until: int) -> int:
        """A moment of ours as the market dates it."""
        spans = ((max(begins, at), min(ends, until), speed) for begins, ends, speed in self._spans(until))
        return until - int(sum((ends - begins) * speed for begins, ends, speed in spans if ends > begins))

    def ours(self, at: int, until: int) -> int:
        """A moment of the market by our clock; the earliest where it stood."""
        left, now = Decimal(until - at), until
        for begins, ends, speed in reversed(self._spans(until)):
            if speed and left <= (ends - begins) * speed:
                return ends - int(left / speed)
            left, now = left - (ends - begins) * speed, begins
        return now - int(left)

    def _spans(self, until: int) -> list[tuple[int, int, Decimal]]:
        """Each speed with its time; the first one goes back without end."""
        (_, first), *later = self.turns
        times = [(-until, first), *later, (until, ONE)]
        return [(begins, ends, speed) for (begins, speed), (ends, _) in pairwise(times)]
