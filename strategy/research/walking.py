"""How a way of choosing does on days that it has not seen: chosen by what was before, played on what came. No I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from strategy.model.money import ZERO
from strategy.model.spec import GridSpec
from strategy.research.candles import Candles
from strategy.research.choice import Lattice, Shape, chosen
from strategy.research.kernel import Course, Track
from strategy.research.ladders import Ladder, unbound
from strategy.research.scale import Scale
from strategy.research.styles import Style

CUTS = (Fraction(1, 2), Fraction(2, 3), Fraction(5, 6), Fraction(1))
"""Of the days: chosen by those before a cut, played on those up to the next, three times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """What the grids of one style came to, begun anew at each cut. Money in quote."""

    total: Decimal = ZERO
    fees: Decimal = ZERO
    round_trips: int = 0
    fall: float = 0.0
    """The deepest, as a part of the equity at the highest before it."""
    lasted: int = 0
    """Milliseconds in which a grid was there."""


def walked(lattice: Lattice, spec: GridSpec, candles: Candles, scale: Scale, seed: int) -> Mapping[Style, Unseen]:
    """Of each style; nothing where none was ever chosen."""
    track, found = Track.of(candles), dict[Style, Unseen]()
    for (first, end), then in picks(lattice, candles, scale, seed):
        course = Course(track=track, scale=scale, span=(first - 1, end))
        for style, shape in then.items():
            ladder = course.ladder(shape.of(unbound(spec)))
            if isinstance(ladder, Ladder):
                lasts = (end - first) * candles.interval
                found[style] = _after(found.get(style, Unseen()), course, ladder, lasts)
    return found


def picks(
    lattice: Lattice, candles: Candles, scale: Scale, seed: int
) -> Iterator[tuple[tuple[int, int], Mapping[Style, Shape]]]:
    """The candles from a cut to the next, and what is chosen by those before them."""
    for first, end in pairwise(int(len(candles) * cut) for cut in CUTS):
        yield (first, end), chosen(lattice, candles.part(0, first), scale, seed)


def _after(before: Unseen, course: Course, ladder: Ladder, lasts: int) -> Unseen:
    outcome = course.play([ladder]).outcome(0)
    return Unseen(
        total=before.total + outcome.total,
        fees=before.fees + outcome.fees,
        round_trips=before.round_trips + outcome.round_trips,
        fall=max(before.fall, outcome.share),
        lasted=before.lasted + lasts,
    )
