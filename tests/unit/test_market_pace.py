"""A market that runs faster than our clock: where a moment of the one lies on the other."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.owner.pace import MOST_TURNS, Pace

NOW = 1_790_000_000_000
SPEEDS = st.sampled_from([Decimal(one) for one in ("0", "1", "0.5", "60", "900")])


def test_where_both_clocks_agree_nothing_is_moved() -> None:
    assert Pace().market(NOW - 5_000, NOW) == NOW - 5_000 == Pace().ours(NOW - 5_000, NOW)


def test_what_happened_lies_as_far_back_as_the_market_has_run_since() -> None:
    pace = Pace(((0, Decimal(900)),)).turned(NOW - 10_000, Decimal(0)).turned(NOW - 4_000, Decimal(60))

    assert pace.market(NOW - 1_000, NOW) == NOW - 60_000
    assert pace.market(NOW - 4_000, NOW) == pace.market(NOW - 9_000, NOW) == NOW - 240_000, "it stood"
    assert pace.market(NOW - 11_000, NOW) == NOW - 240_000 - 900_000
    assert pace.ours(NOW - 240_000 - 900_000, NOW) == NOW - 11_000
    assert pace.ours(NOW - 60_000, NOW) == NOW - 1_000


@given(
    st.lists(st.tuples(st.integers(1, 60_000), SPEEDS), max_size=5),
    st.sampled_from([Decimal(1), Decimal(200)]),
    st.integers(0, 300_000),
)
def test_there_and_back_is_the_same_moment_of_the_market(
    turns: list[tuple[int, Decimal]], first: Decimal, back: int
) -> None:
    pace, at = Pace(((0, first),)), NOW - 200_000
    for later, speed in turns:
        at += later // 2
        pace = pace.turned(at, speed)

    seen = pace.market(NOW - back, NOW)

    assert abs(pace.market(pace.ours(seen, NOW), NOW) - seen) <= 900, "a millisecond of ours"


def test_the_number_of_changes_is_limited() -> None:
    pace = Pace()
    for number in range(3 * MOST_TURNS):
        pace = pace.turned(NOW + number, Decimal(2))

    assert len(pace.turns) == MOST_TURNS
