"""Grids chosen out of a thousand, the days they are judged by, and the markets that might come."""

import math
import random
from array import array
from decimal import Decimal

import pytest

from strategy.model.market import Fees
from strategy.model.spec import GridSpec, Spacing
from strategy.research.candles import Candles
from tests.builders import a_market

np = pytest.importorskip("numpy")
pytest.importorskip("numba")

from strategy.research import choice, forecast, walking  # noqa: E402 - where the extra is there
from strategy.research.bootstrap import ahead, driftless, moves  # noqa: E402
from strategy.research.choice import Shape  # noqa: E402
from strategy.research.kernel import Course, Outcome, Track  # noqa: E402
from strategy.research.ladders import Ladder, unbound  # noqa: E402
from strategy.research.replay import Rules  # noqa: E402
from strategy.research.scale import Scale  # noqa: E402
from strategy.research.styles import CHOSEN, Style  # noqa: E402

D = Decimal
MARKET = a_market()
MINUTES = 60_000
DAY = 24 * 60 * MINUTES
SCALE = Scale(market=MARKET, rules=Rules(fees=Fees(maker=D("0.0008"), taker=D("0.001"))), unit=MARKET.tick_size)
SPEC = GridSpec(
    symbol=MARKET.symbol,
    spacing=Spacing.GEOMETRIC,
    grids=2,
    below=D("0.1"),
    above=D("0.1"),
    total=D(1000),
    max_loss=D("0.05"),
)


def a_walk(
    count: int, *, interval: int = 15 * MINUTES, move: float = 0.004, drift: float = 0.0, seed: int = 3
) -> Candles:
    """Candles of a random walk from 2,000 on."""
    dice, columns, price = random.Random(seed), [array("q") for _ in range(4)], 2000.0
    for _ in range(count):
        opened, price = price, price * (1 + dice.gauss(drift, move))
        ends = (opened, price, opened * (1 + dice.gauss(0, move / 2)), price * (1 + dice.gauss(0, move / 2)))
        for column, value in zip(columns, (opened, max(ends), min(ends), price), strict=True):
            column.append(round(value * 100))
    at = array("q", range(0, count * interval, interval))
    return Candles(
        unit=D("0.01"), interval=interval, at=at, open=columns[0], high=columns[1], low=columns[2], close=columns[3]
    )


MONTH = a_walk(30 * 96)


def a_lattice(candles: Candles) -> choice.Lattice:
    return choice.opened(choice.shapes(moves(candles), 0.005, 50), SPEC, choice.course_of(candles, SCALE))


def test_more_than_a_thousand_grids_are_tried_and_none_of_them_twice() -> None:
    lattice = a_lattice(MONTH)
    shapes = [lattice.shapes[one] for one in lattice.ladders]

    assert len(shapes) == len(set(shapes)) > 1_000
    assert all(2 <= one.grids <= choice.MOST_LEVELS for one in shapes)


def test_no_step_is_smaller_than_three_times_the_fees_of_a_round_trip() -> None:
    found = choice.shapes(0.001, 0.0048, 50)
    steps = [((1 + float(one.above)) / (1 - float(one.below))) ** (1 / one.grids) - 1 for one in found]

    assert min(step for step, one in zip(steps, found, strict=True) if one.grids > 2) > 0.0048 * 0.75


def test_calm_falls_least_and_busy_trades_most_and_the_same_days_bring_the_same() -> None:
    found = choice.chosen(a_lattice(MONTH), MONTH, SCALE, 1)

    assert tuple(found) == CHOSEN
    assert found == choice.chosen(a_lattice(MONTH), MONTH, SCALE, 1)
    assert found[Style.CALM].below > found[Style.BUSY].below
    assert found[Style.BUSY].grids > found[Style.CALM].grids / 2
    played = {style: [_of(shape, seed) for seed in range(8)] for style, shape in found.items()}
    falls = {style: sum(one.share for one in outcomes) for style, outcomes in played.items()}
    trips = {style: sum(one.round_trips for one in outcomes) for style, outcomes in played.items()}
    assert falls[Style.CALM] < falls[Style.NORMAL] <= falls[Style.BUSY]
    assert trips[Style.BUSY] > max(trips[Style.CALM], trips[Style.NORMAL])


def _of(shape: Shape, seed: int) -> Outcome:
    course = choice.course_of(driftless(MONTH, MARKET.tick_size, 100 + seed), SCALE)
    ladder = course.ladder(shape.of(unbound(SPEC)))
    assert isinstance(ladder, Ladder)
    return course.play([ladder]).outcome(0)


def test_a_lonely_peak_is_not_chosen() -> None:
    """One grid that came out far ahead of all around it is luck: it is not what is proposed."""
    size = (len(choice.BELOW), len(choice.ABOVE), choice.STEPS)
    middle = np.full(size, 0.01)
    middle[3, 3, 3] = 5.0
    beside = choice.with_neighbours(middle.ravel(), size)

    assert beside.max() == pytest.approx(0.01)


def test_where_nothing_earns_its_fees_nothing_is_chosen() -> None:
    flat = a_walk(30 * 96, move=0.00001)

    assert choice.chosen(a_lattice(flat), flat, SCALE, 1) == {}


def test_what_is_told_of_unseen_days_is_not_chosen_by_them() -> None:
    """Other prices in the last stretch change what came of it, and nothing of what was chosen before it."""
    calm = walking.walked(a_lattice(MONTH), SPEC, MONTH, SCALE, 1)
    cut = int(len(MONTH) * walking.CUTS[-2])
    wild = a_walk(len(MONTH), drift=-0.0005, seed=9)
    columns = {
        name: getattr(MONTH, name)[:cut] + getattr(wild, name)[cut:] for name in ("open", "high", "low", "close")
    }
    other = Candles(unit=MONTH.unit, interval=MONTH.interval, at=MONTH.at, **columns)
    lattice = a_lattice(MONTH)

    assert walking.walked(lattice, SPEC, other, SCALE, 1) != calm
    assert list(walking.picks(lattice, MONTH, SCALE, 1)) == list(walking.picks(lattice, other, SCALE, 1))
    assert calm[Style.CALM].lasted == len(MONTH) // 2 * MONTH.interval


def test_a_band_holds_eight_in_ten_and_its_worst_is_below_it() -> None:
    course = Course(track=Track.of(MONTH), scale=SCALE, span=(len(MONTH) - 1, len(MONTH)))
    ladder = course.ladder(unbound(SPEC))
    assert isinstance(ladder, Ladder)
    (band,) = forecast.foreseen([ladder], MONTH, SCALE, 1).bands

    assert band.worst < band.low < band.middle < band.high
    assert forecast.foreseen([ladder], MONTH, SCALE, 1).bands == (band,)


def test_where_the_price_may_be_begins_at_the_last_close_and_opens_day_by_day() -> None:
    course = Course(track=Track.of(MONTH), scale=SCALE, span=(len(MONTH) - 1, len(MONTH)))
    ladder = course.ladder(unbound(SPEC))
    assert isinstance(ladder, Ladder)
    first, *rest = forecast.foreseen([ladder], MONTH, SCALE, 1).prices

    assert (first.low, first.middle, first.high) == (MONTH.price(MONTH.close[-1]),) * 3
    assert [one.at - first.at for one in rest] == [day * DAY for day in range(1, 31)]
    assert first.at == MONTH.at[-1] + MONTH.interval
    assert all(one.low < one.middle < one.high for one in rest)
    assert rest[-1].high - rest[-1].low > 3 * (rest[0].high - rest[0].low)


def test_markets_to_come_begin_at_the_last_price_and_spread_by_the_root_of_two_more_than_a_walk() -> None:
    paths = [ahead(MONTH, MARKET.tick_size, seed, len(MONTH) + 1) for seed in range(300)]
    changes = np.array([np.log(path.close[-1] / path.close[0]) for path in paths])

    assert {path.close[0] for path in paths} == {MONTH.close[-1]}
    assert {path.at[0] for path in paths} == {MONTH.at[-1]}
    assert abs(changes.mean()) < 0.1 * changes.std()
    assert changes.std() == pytest.approx(moves(MONTH) * 30**0.5 * 2**0.5, rel=0.2)
    assert all(
        low <= min(opened, close) <= max(opened, close) <= high
        for path in paths[:3]
        for opened, high, low, close in zip(path.open, path.high, path.low, path.close, strict=True)
    )


def a_year(*ranges: float) -> Candles:
    """A day each: from its low to a high that is so far above it, as a logarithm."""
    low = array("q", [1_000_000] * len(ranges))
    high = array("q", (round(1_000_000 * math.exp(one)) for one in ranges))
    at = array("q", (day * DAY for day in range(len(ranges))))
    return Candles(unit=D("0.01"), interval=DAY, at=at, open=low, high=high, low=low, close=low)


def test_markets_to_come_move_as_much_as_stretches_of_the_last_year_did() -> None:
    calm_now = forecast.stretches(a_year(*[0.06] * 60, *[0.03] * 30), 30, 30)

    assert len(calm_now) == 61
    assert calm_now[0] == pytest.approx(2, rel=1e-4), "twice as much as it moves now"
    assert calm_now[-1] == 1, "the last month is one of them"
    assert calm_now == sorted(calm_now, reverse=True)
    assert forecast.stretches(a_year(*[0.06] * 59, *[0.03] * 30), 30, 30) == [1.0], "two months tell no spread"
    assert forecast.stretches(a_year(*[0.0] * 90), 30, 30) == [1.0], "nothing moved"


def test_where_a_year_was_wilder_the_band_is_wider_and_without_it_is_as_it_was() -> None:
    course = Course(track=Track.of(MONTH), scale=SCALE, span=(len(MONTH) - 1, len(MONTH)))
    ladder = course.ladder(unbound(SPEC))
    assert isinstance(ladder, Ladder)

    def of(year: Candles | None) -> forecast.Band:
        return forecast.foreseen([ladder], MONTH, SCALE, 1, year=year).bands[0]

    even, wild = of(a_year(*[0.03] * 120)), of(a_year(*[0.06] * 300, *[0.03] * 30))

    assert even == of(None)
    assert wild.low < even.low
    paths = [ahead(MONTH, MARKET.tick_size, seed, len(MONTH) + 1, stretch) for seed in range(9) for stretch in (1, 2)]
    moved = [abs(math.log(path.close[-1] / path.close[0])) for path in paths]
    assert [two / one for one, two in zip(moved[::2], moved[1::2], strict=True)] == pytest.approx([2] * 9, rel=0.01)


def test_of_a_short_past_the_markets_that_might_have_been_differ_too() -> None:
    short = MONTH.part(0, 96)

    assert len({driftless(short, MARKET.tick_size, seed).close[50] for seed in range(10)}) > 5


def test_coarser_candles_have_the_ends_of_the_finer_ones() -> None:
    coarse = MONTH.coarser(7)

    assert len(coarse) == len(MONTH) // 7
    assert (coarse.interval, coarse.at[1]) == (7 * MONTH.interval, MONTH.at[7])
    assert (coarse.open[1], coarse.close[1]) == (MONTH.open[7], MONTH.close[13])
    assert (coarse.high[1], coarse.low[1]) == (max(MONTH.high[7:14]), min(MONTH.low[7:14]))


@pytest.mark.parametrize("move", [0.005, 0.01, 0.03, 0.06, 0.12])
def test_however_much_a_market_moves_more_than_a_thousand_are_tried(move: float) -> None:
    assert len(set(choice.shapes(move, 0.0048, 50))) > 1_000


def test_little_money_has_few_levels() -> None:
    assert max(one.grids for one in choice.shapes(0.03, 0.0048, 5)) == 5
