"""The curve of a total: legs that follow each other come to what their points come to, wherever they are cut."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from strategy.model.curve import joined, point

TOTALS = st.lists(st.integers(-50, 50).map(Decimal), min_size=1, max_size=20)


def deepest(totals: Sequence[Decimal]) -> Decimal:
    return max(max(totals[: at + 1]) - total for at, total in enumerate(totals))


@given(TOTALS, st.integers(0, 20))
def test_wherever_it_is_cut_its_fall_is_the_deepest_below_a_peak(totals: Sequence[Decimal], cut: int) -> None:
    points = [point(at, total) for at, total in enumerate(totals)]
    parts = [part for part in (joined(points[:cut]), joined(points[cut:])) if part is not None]

    whole = joined(parts)

    assert whole is not None
    assert (whole.at, whole.high, whole.low, whole.last) == (0, max(totals), min(totals), totals[-1])
    assert whole.fall == deepest(totals)
    assert whole.peak in totals
    assert whole.below == max(totals) - totals[-1]


def test_of_nothing_there_is_no_curve() -> None:
    assert joined([]) is None
