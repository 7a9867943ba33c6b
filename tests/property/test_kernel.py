"""The kernel is the engine in whole numbers: the same fills, fees and totals to the last unit, or a refusal by name."""

from array import array
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from itertools import accumulate
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.csv import read_csv

from benchmarks import bench_replay
from benchmarks.bench_kernel import as_replayed
from benchmarks.bench_replay import EXPECTED, YEAR
from bot.console.spread import play
from strategy.grid.opening import preview
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.ledger import FillEntry
from strategy.model.market import Asset, Fees, Market, Symbol, Touch
from strategy.model.money import ZERO
from strategy.model.spec import GridSpec, Spacing
from strategy.research.candles import Candles, Inner
from strategy.research.figures import Curve
from strategy.research.kernel import Course, Track, Traded
from strategy.research.ladders import Ladder, ladder_of
from strategy.research.replay import AMPLE, Replay, Rules
from strategy.research.scale import Scale, Unsupported, unsupported

MARKET = Market(
    symbol=Symbol("ETH_USDC"),
    base=Asset("ETH"),
    quote=Asset("USDC"),
    tick_size=Decimal("0.5"),
    step_size=Decimal("0.001"),
    min_quantity=Decimal("0.004"),
)
FEES = Fees(maker=Decimal("0.00085"), taker=Decimal("0.001"))
STEP = MARKET.step_size
NONE = Fees(maker=ZERO, taker=ZERO)
COUNT = 500
SIZES = (
    {"total": Decimal(3_000)},
    {"total": Decimal("9517.13"), "taper": Decimal("0.03")},
    {"quote_per_order": Decimal("211.5")},
    {"base_per_order": Decimal("0.0573")},
)
SHAPES = st.fixed_dictionaries(
    {
        "spacing": st.sampled_from(list(Spacing)),
        "grids": st.integers(1, 40),
        "max_loss": st.sampled_from([None, Decimal("0.004"), Decimal("0.02"), Decimal("0.1")]),
        "stop_loss": st.sampled_from([None, None, Decimal("1700.3"), Decimal(1900)]),
        "take_profit": st.sampled_from([None, None, Decimal("2160.1")]),
        "sell_on_limit": st.booleans(),
        "loss_sells": st.sampled_from([None, False, True]),
        "interval": st.sampled_from([Decimal("7.3"), Decimal(15)]),
        "out_want": st.sampled_from([Decimal("0.0041"), Decimal("0.013")]),
        "window": st.sampled_from([200, 200, 1, 2, 3, 7]),
    }
)
RULES = st.builds(
    Rules,
    fees=st.sampled_from([FEES, NONE, Fees(maker=Decimal("0.0002"), taker=Decimal("0.00123"))]),
    fees_in_quote=st.booleans(),
    told=st.none(),
    inner=st.sampled_from(list(Inner)),
    touch=st.booleans(),
    slippage=st.sampled_from([ZERO, Decimal("0.0005"), Decimal("0.004")]),
)


def market(seed: int, unit: Decimal, count: int = COUNT) -> Candles:
    """A walk from 2,000 in units, with pauses and jumps."""
    dice, close, a_dollar = Random(seed), int(2000 / unit), int(1 / unit)
    rows, reach = [], dice.choice((1, 4, 9)) * a_dollar
    for one in range(count):
        pace = dice.choice((0, 1, 1, 1, 4)) if dice.random() < 0.99 else 12
        opened = close + dice.randint(-a_dollar, a_dollar)
        close = max(opened + dice.randint(-reach, reach) * pace, 100 * a_dollar)
        high = max(opened, close) + dice.randint(0, reach) * pace
        low = max(min(opened, close) - dice.randint(0, reach) * pace, 50 * a_dollar)
        rows.append((one * 60_000, opened, high, low, close))
    at, opened_, highs, lows, closes = (array("q", column) for column in zip(*rows, strict=True))
    return Candles(unit=unit, interval=60_000, at=at, open=opened_, high=highs, low=lows, close=closes)


@dataclass(frozen=True, slots=True)
class Played:
    """The engine's word and the kernel's."""

    replay: Replay
    course: Course
    ladder: Ladder


def both(market: Market, candles: Candles, spec: GridSpec, rules: Rules, first: int) -> Played | None:
    """None where neither opens it, or its levels are farther apart than the band reaches."""
    replay = Replay(market=market, candles=candles, rules=rules)
    refused = replay.begin(spec, first)
    scale = Scale(market=market, rules=rules, unit=candles.unit)
    course = Course(track=Track.of(candles), scale=scale, span=(first, len(candles)), ends=closes(first))
    try:
        ladder = course.ladder(spec)
    except Unsupported as wrong:
        if wrong.args == ("band_high",):
            return None
        raise
    if isinstance(ladder, ProblemCode) or refused is not None:
        assert isinstance(refused, Problem)
        assert isinstance(ladder, ProblemCode), f"the engine says {refused.code}"
        return None
    replay.play()
    return Played(replay, course, ladder)


def closes(first: int) -> tuple[int, ...]:
    """Candles whose totals are compared."""
    return first, first + 1, 128, 300, COUNT - 1


def traded(entry: FillEntry) -> tuple[object, ...]:
    fill = entry.fill
    return entry.level, fill.side, fill.price, fill.quantity, fill.fee


def told(one: Traded) -> tuple[object, ...]:
    return one.level, one.side, one.price, one.quantity, one.fee


def deepest(curve: Curve, end: int) -> tuple[Decimal, Decimal]:
    """The deepest fall of the total, by closes, and from where: without a float."""
    totals = [curve.exact(one) for one in range(curve.first, end)]
    highest = list(accumulate(totals, max))
    places = range(len(totals))
    place = max(places, key=lambda one: highest[one] - totals[one])
    return highest[place] - totals[place], highest[place]


@settings(max_examples=100)
@given(
    seed=st.integers(0, 10**6),
    shape=SHAPES,
    sizes=st.sampled_from(SIZES),
    rules=RULES,
    unit=st.sampled_from([Decimal("0.5"), Decimal("0.1")]),
    first=st.integers(0, 90),
    bands=st.sampled_from([(None, None), (None, None), ("0.9", "1.1"), ("0.97", "1.03"), (None, "1.0211")]),
)
def test_kernel_and_engine_agree_on_every_fill_fee_and_total(
    seed: int,
    shape: dict[str, object],
    sizes: dict[str, Decimal],
    rules: Rules,
    unit: Decimal,
    first: int,
    bands: tuple[str | None, str | None],
) -> None:
    candles = market(seed, unit)
    low, high = (Decimal(one) if one is not None else None for one in bands)
    if rules.fees_in_quote and seed % 2:
        rules = replace(rules, told=NONE)
    spec = GridSpec(
        symbol=MARKET.symbol,
        lower=Decimal("1803.2"),
        upper=Decimal(2210),
        max_position=Decimal(10**6),
        seed_patience=0,
        fee_buffer=Decimal(-1),
        **shape,  # type: ignore[arg-type]
        **sizes,  # type: ignore[arg-type]
    )
    played = both(replace(MARKET, band_low=low, band_high=high), candles, spec, rules, first)
    if played is None:
        return
    results = played.course.play([played.ladder])
    replay, grid, outcome = played.replay, played.replay.grid, results.outcome(0)
    price = candles.price(candles.close[-1])

    assert [told(one) for one in played.course.trades(played.ladder)] == [traded(entry) for entry in replay.fills]
    assert played.ladder.money * played.course.scale.worth == grid.money
    assert (outcome.total, outcome.fees) == (grid.total(price), grid.books.fees_value)
    assert (outcome.cash, outcome.coins) == (grid.books.cash, grid.coins)
    assert (outcome.round_trips, outcome.reason) == (grid.books.round_trips, grid.stop.reason if grid.stop else None)
    curve = Curve(candles, replay.marks)
    assert [played.course.scale.money(int(one)) for one in results.totals[0]] == [
        curve.exact(one) for one in closes(first)
    ]
    drawdown, top = deepest(curve, len(candles))
    assert outcome.drawdown == drawdown
    assert outcome.share == float(drawdown / (grid.money + top))


def a_spec(**changes: object) -> GridSpec:
    usual: dict[str, object] = {
        "spacing": Spacing.ARITHMETIC,
        "grids": 12,
        "lower": Decimal(1850),
        "upper": Decimal(2150),
        "total": Decimal(3_000),
        "max_position": Decimal(10**6),
        "window": 200,
        "seed_patience": 0,
        "fee_buffer": Decimal(-1),
    }
    return GridSpec(symbol=MARKET.symbol, **usual | changes)  # type: ignore[arg-type]


def test_many_at_once_come_to_what_each_comes_to_alone() -> None:
    candles = market(7, Decimal("0.5"), 5_000)
    scale = Scale(market=MARKET, rules=Rules(fees=FEES), unit=candles.unit)
    course = Course(track=Track.of(candles), scale=scale, span=(60, 4_900), ends=(1_000, 3_000))
    found = [course.ladder(a_spec(grids=grids, max_loss=None)) for grids in range(2, 60)]
    ladders = [one for one in found if isinstance(one, Ladder)]
    heard: list[int] = []

    together = play(course, ladders, heard.append, threads=3)
    alone = [course.play([one]) for one in ladders]

    assert len(ladders) == heard[-1] == 58
    assert list(together) == [one.outcome(0) for one in alone]
    assert together.totals.tolist() == [one.totals[0].tolist() for one in alone]


@settings(max_examples=40)
@given(
    lower=st.integers(10_000, 400_000),
    wide=st.integers(1, 400_000),
    grids=st.integers(1, 200),
    spacing=st.sampled_from([Spacing.ARITHMETIC, Spacing.GEOMETRIC]),
    taper=st.sampled_from([None, Decimal("0.01")]),
    tick=st.sampled_from([Decimal("0.01"), Decimal("0.025"), Decimal(1)]),
    share=st.integers(0, 100),
)
def test_ladders_are_those_of_the_engine_to_the_last_unit(
    lower: int, wide: int, grids: int, spacing: Spacing, taper: Decimal | None, tick: Decimal, share: int
) -> None:
    market = replace(MARKET, tick_size=tick)
    scale = Scale(market=market, rules=Rules(fees=FEES), unit=tick)
    spec = a_spec(
        lower=lower * Decimal("0.01"),
        upper=(lower + wide) * Decimal("0.01"),
        grids=grids,
        spacing=spacing,
        taper=taper,
        total=Decimal(10**5),
        max_position=Decimal(10**9),
    )
    price = int((lower + wide * share // 100) * Decimal("0.01") / tick)
    touch = Touch(symbol=market.symbol, bid=price * tick, ask=(price + 1) * tick, at=0)

    ladder, found = ladder_of(spec, scale, price), preview(spec, market, touch, FEES, AMPLE)

    if isinstance(found, Problem):
        assert isinstance(ladder, ProblemCode), f"the engine says {found.code}"
        return
    assert isinstance(ladder, Ladder)
    levels = [(one.buy_price, one.sell_price, one.quantity) for one in found.levels]
    buys, _, again, sizes, _ = ladder.levels.tolist()
    assert levels == [
        (buy * tick, sell * tick, size * STEP) for buy, sell, size in zip(buys, again, sizes, strict=True)
    ]
    assert (ladder.seeds * STEP, ladder.money * scale.worth) == (found.seed_coins, found.money)


def test_a_price_between_two_ticks_is_rounded_by_exact_figures() -> None:
    # The geometric middle of 1 and 6.25 is 2.5: half way between two ticks, and so near to it a float says nothing.
    spec = a_spec(lower=Decimal(1), upper=Decimal("6.25"), grids=2, spacing=Spacing.GEOMETRIC)
    scale = Scale(market=replace(MARKET, tick_size=Decimal(1)), rules=Rules(fees=FEES), unit=Decimal(1))

    ladder = ladder_of(spec, scale, 3)

    assert isinstance(ladder, Ladder)
    assert ladder.levels[0].tolist() == [1, 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Later(GridSpec):
    """A wish that has one field more."""

    cleverness: int = 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed_patience": 30_000}, ("seed_patience",)),
        ({"taker": True, "fall": Decimal("0.05")}, ("fall", "taker")),
        ({"gate_hours": 24, "stop_rises": True, "stop_loss": Decimal(1700)}, ("stop_rises", "gate_hours")),
        ({"compound": Decimal("0.5"), "again": 24}, ("compound", "again")),
        ({"wait_for_range": True, "trigger": Decimal(2050)}, ("wait_for_range", "trigger")),
        ({"profit_in_coin": True, "envelope": Decimal("0.1")}, ("envelope", "profit_in_coin")),
        ({}, ()),
    ],
)
def test_what_is_not_played_is_refused_by_name(changes: dict[str, object], named: tuple[str, ...]) -> None:
    assert unsupported(a_spec(**changes), MARKET, Rules(fees=FEES)) == named


def test_a_field_that_nobody_has_thought_of_is_refused_where_it_is_set() -> None:
    given = {field.name: getattr(a_spec(), field.name) for field in fields(GridSpec)}

    assert unsupported(Later(**given), MARKET, Rules(fees=FEES)) == ()
    assert unsupported(Later(**given, cleverness=1), MARKET, Rules(fees=FEES)) == ("cleverness",)


@pytest.mark.parametrize(
    ("market", "rules", "named"),
    [
        (replace(MARKET, band_low=Decimal("1.01"), band_high=Decimal(1)), Rules(fees=FEES), ("band_low", "band_high")),
        (replace(MARKET, min_price=Decimal(10)), Rules(fees=FEES), ("min_price",)),
        (replace(MARKET, max_quantity=Decimal(5)), Rules(fees=FEES), ("max_quantity",)),
        (MARKET, Rules(fees=FEES, told=NONE), ("told",)),
        (MARKET, Rules(fees=Fees(maker=Decimal("-0.0001"), taker=ZERO)), ("fees",)),
        (MARKET, Rules(fees=FEES, slippage=Decimal("0.00000001")), ("slippage",)),
    ],
)
def test_markets_and_rules_are_refused_by_name(market: Market, rules: Rules, named: tuple[str, ...]) -> None:
    assert unsupported(a_spec(), market, rules) == named


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"max_position": Decimal(3_030)}, "max_position"),
        ({"max_position": Decimal(10**14), "total": Decimal(10**13)}, "unit"),
    ],
)
def test_a_ladder_that_would_not_be_exact_is_refused_by_name(changes: dict[str, object], named: str) -> None:
    scale = Scale(market=MARKET, rules=Rules(fees=FEES, money=Decimal(10**20)), unit=MARKET.tick_size)

    with pytest.raises(Unsupported, match=named):
        ladder_of(a_spec(**changes), scale, 4_000)


@pytest.mark.skipif(not YEAR.exists(), reason="the year of ETH is not shipped with the project")
def test_a_year_of_eth_comes_to_what_independent_programs_agree_on() -> None:
    table = read_csv(YEAR)
    at, *prices = (table.column(one).to_numpy() for one in range(5))
    rows = [array("q", np.rint(column).astype(np.int64).tobytes()) for column in (at, *(100 * one for one in prices))]
    candles = Candles(
        unit=Decimal("0.01"), interval=60_000, at=rows[0], open=rows[1], high=rows[2], low=rows[3], close=rows[4]
    )
    scale = Scale(market=bench_replay.MARKET, rules=bench_replay.RULES, unit=candles.unit)
    course = Course(track=Track.of(candles), scale=scale, span=(0, len(candles)))

    found = [course.play([as_replayed(course, lines)]).outcome(0) for lines in EXPECTED]

    assert [(one.fills, one.total) for one in found] == list(EXPECTED.values())
