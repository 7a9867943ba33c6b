"""What a wish says of an interval that follows the volume goal. Small questions only."""

from decimal import Decimal

from strategy.model.money import ZERO
from strategy.model.past import Measure
from strategy.model.spec import GridSpec, Spacing
from strategy.model.values import replace

LOOKS = 7
"""As many notches a span allows at least, however long an interval is to stay."""


def chases(spec: GridSpec) -> bool:
    """Whether its interval follows the volume goal."""
    return spec.width is Measure.VOLUME and spec.spacing is Spacing.INTERVAL


def own_interval(spec: GridSpec) -> Decimal:
    """The interval that its owner gave: the widest that the goal makes of it, and what it goes back to."""
    return spec.width_own or spec.interval or ZERO


def with_own(spec: GridSpec) -> GridSpec:
    """The wish with that interval, whatever the goal has made of it."""
    return spec if spec.width_own is None else replace(spec, interval=spec.width_own, width_own=None)
