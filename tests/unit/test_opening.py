"""Opening a grid: the levels that a wish makes, what it needs and earns, and the reason why it can't be."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.grid.opening import Preview, preview
from strategy.grid.trips import Trip, least_step, trip
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import BookState, Fees, Market, Side, Touch
from strategy.model.money import plain
from strategy.model.spec import GridSpec, Spacing
from tests.builders import FEES, a_market, a_range, a_spec, a_touch

RICH = Decimal(1_000_000)


def opened(
    spec: GridSpec, *, market: Market | None = None, touch: Touch | None = None, fees: Fees = FEES, free: Decimal = RICH
) -> Preview | Problem:
    return preview(spec, market or a_market(), touch or a_touch("2000.00"), fees, free)


def found(spec: GridSpec, **world: Any) -> Preview:
    result = opened(spec, **world)
    assert isinstance(result, Preview), result
    return result


def refused(spec: GridSpec, **world: Any) -> Problem:
    result = opened(spec, **world)
    assert isinstance(result, Problem)
    return result


def lines(preview: Preview) -> list[tuple[str, str]]:
    return [(plain(level.buy_price), plain(level.sell_price)) for level in preview.levels]


def test_the_briefs_grid_stands_around_the_price_and_sells_above_each_floor() -> None:
    grid = found(a_spec())

    assert lines(grid) == [("1940", "1947.76"), ("1980", "1987.92"), ("2020", "2028.08")]
    assert [level.side for level in grid.levels] == [Side.BUY, Side.BUY, Side.SELL]
    assert [level.quantity for level in grid.levels] == [Decimal("0.0257"), Decimal("0.0252"), Decimal("0.0247")]


def test_an_arithmetic_grid_has_lines_of_equal_distance() -> None:
    assert lines(found(a_range(1900, 2100, 4))) == [
        ("1900", "1950"),
        ("1950", "2000"),
        ("2000", "2050"),
        ("2050", "2100"),
    ]


def test_a_geometric_grid_has_lines_of_equal_ratio_rounded_to_the_tick() -> None:
    grid = found(a_range(1600, 2500, 2, spacing=Spacing.GEOMETRIC))

    assert lines(grid) == [("1600", "2000"), ("2000", "2500")]


def test_a_total_is_divided_evenly_among_the_levels() -> None:
    one_by_one = found(a_range(1900, 2100, 4))
    divided = found(a_range(1900, 2100, 4, quote_per_order=None, total=Decimal(400)))

    assert [level.quantity for level in divided.levels] == [level.quantity for level in one_by_one.levels]


def test_the_preview_says_what_the_grid_needs_and_earns() -> None:
    """Two buys and one seed of 0.0247 coins, which 0.0248 have to be bought for; and up to a step lost a level."""
    grid = found(a_spec(stop_loss=Decimal(1900)))

    assert grid.seed_coins == Decimal("0.0248")
    assert grid.seed_cost == Decimal("0.0248") * 2006
    rounding = 3 * Decimal("0.0001") * 2020
    assert grid.money == Decimal("0.0257") * 1940 + Decimal("0.0252") * 1980 + grid.seed_cost + rounding
    assert Decimal("0.0023") < grid.least_rate <= grid.most_rate < Decimal("0.0025")
    assert Decimal("0.11") < grid.least_profit <= grid.most_profit < Decimal("0.13")
    assert Decimal("0.39") < grid.fee_share < Decimal("0.41")
    assert grid.worst_price == 1900
    assert grid.worst_loss == Decimal("0.0756") * (1 - FEES.maker) * 1900 * (1 - FEES.taker) - grid.money
    assert (grid.virtual, grid.waits) == (0, False)


@pytest.mark.parametrize("bps", ["-1", "-10", "-100"])
def test_a_rebate_takes_no_part_of_the_gross_profit_even_where_it_is_all_of_the_profit(bps: str) -> None:
    fees = Fees(maker=Decimal(bps) / 10_000, taker=Decimal("0.001"))
    flat = Trip(profit=Decimal(1), cost=Decimal(100), fees=Decimal(-1))

    assert flat.fee_share == 0
    for level in found(a_spec()).levels:
        assert trip(level, a_market(), fees).fee_share == 0


def test_without_a_stop_the_worst_is_the_lowest_buy_and_without_seeds_none_are_paid_for() -> None:
    grid = found(a_range(1800, 2000, 2))

    assert grid.worst_price == 1800
    assert grid.seed_coins == grid.seed_cost == 0


def test_levels_beyond_the_window_or_the_band_are_virtual() -> None:
    assert found(a_range(1900, 2100, 10, window=2)).virtual == 6
    assert found(a_range(1000, 3000, 10), market=a_market(band_low=Decimal("0.75"))).virtual == 3


def test_a_grid_that_waits_needs_its_whole_money_and_no_seeds() -> None:
    grid = found(a_range(2200, 2400, 2, wait_for_range=True))

    assert grid.waits
    assert grid.seed_coins == grid.seed_cost == 0
    assert Decimal(200) < grid.money < Decimal(202)


@pytest.mark.parametrize(
    ("spec", "code", "field"),
    [
        (a_spec(grids=0), ProblemCode.TOO_MANY_LEVELS, "grids"),
        (a_spec(grids=201), ProblemCode.TOO_MANY_LEVELS, "grids"),
        (a_range(0, 2000), ProblemCode.BAD_RANGE, "lower"),
        (a_range(2000, 2000), ProblemCode.BAD_RANGE, "lower"),
        (replace(a_range(1, 2), lower=None, upper=None), ProblemCode.BAD_RANGE, "lower"),
        (a_spec(interval=Decimal(1400)), ProblemCode.BELOW_ZERO, "grids"),
        (a_spec(interval=Decimal("0.001")), ProblemCode.SAME_TICK, "grids"),
        (a_spec(out_want=Decimal(0)), ProblemCode.SAME_TICK, "grids"),
        (a_range("1999.95", "2000.05", 100), ProblemCode.SAME_TICK, "grids"),
        (a_spec(quote_per_order=Decimal("0.30")), ProblemCode.TOO_SMALL, "usdc"),
        (a_spec(quote_per_order=None, total=Decimal("0.90")), ProblemCode.TOO_SMALL, "total"),
        (a_spec(quote_per_order=Decimal("0.01")), ProblemCode.TOO_SMALL, "usdc"),
        (a_spec(quote_per_order=None), ProblemCode.TOO_SMALL, "total"),
        (a_spec(quote_per_order=Decimal(20_000)), ProblemCode.TOO_LARGE, "usdc"),
        (a_spec(out_want=Decimal("0.002")), ProblemCode.LOSES, "out"),
        (a_range(1990, 2010, 10), ProblemCode.LOSES, "grids"),
        (a_range(2200, 2400), ProblemCode.OUTSIDE, "lower"),
        (a_range(1600, 1900), ProblemCode.OUTSIDE, "lower"),
        (a_spec(stop_loss=Decimal(0)), ProblemCode.BAD_LIMIT, "stop"),
        (a_spec(stop_loss=Decimal(2000)), ProblemCode.BAD_LIMIT, "stop"),
        (a_range(1800, 2000, 2, stop_loss=Decimal(1900)), ProblemCode.BAD_LIMIT, "stop"),
        (a_spec(take_profit=Decimal("1999.99")), ProblemCode.BAD_LIMIT, "take"),
        (a_range(1800, 2300, 2, take_profit=Decimal(2050)), ProblemCode.BAD_LIMIT, "take"),
        (a_spec(max_position=Decimal(100)), ProblemCode.POSITION, "maxpos"),
    ],
)
def test_what_can_not_be_is_refused_with_the_setting_that_would_mend_it(
    spec: GridSpec, code: ProblemCode, field: str
) -> None:
    problem = refused(spec, market=a_market(max_quantity=Decimal(5)))

    assert (problem.code, problem.field) == (code, field)


@pytest.mark.parametrize("state", [state for state in BookState if state is not BookState.OPEN])
def test_no_grid_is_opened_on_a_market_that_is_not_open(state: BookState) -> None:
    assert refused(a_spec(), market=a_market(state=state)).code is ProblemCode.MARKET_CLOSED


def test_the_least_money_that_is_named_is_enough() -> None:
    problem = refused(a_spec(quote_per_order=Decimal("0.30")))
    least = dict(problem.facts)["least_money"]
    assert isinstance(least, Decimal)

    assert problem.code is ProblemCode.TOO_SMALL
    assert isinstance(opened(a_spec(quote_per_order=least)), Preview)


def test_lines_that_were_laid_by_a_finer_tick_keep_their_places_while_the_money_for_them_is_counted() -> None:
    """Laid anew by today's tick two of them would be one."""
    spec, steps = a_spec(interval=Decimal("0.001"), quote_per_order=Decimal("0.30")), [(1980, 1990), (2000, 2010)]
    lines = [(Decimal(buy), Decimal(sell)) for buy, sell in steps]
    assert refused(spec).code is ProblemCode.SAME_TICK
    problem = preview(spec, a_market(), a_touch("2000.00"), FEES, RICH, steps=lines)

    assert isinstance(problem, Problem)
    assert problem.code is ProblemCode.TOO_SMALL


def test_where_no_money_would_earn_the_least_is_the_markets_own() -> None:
    problem = refused(a_spec(quote_per_order=Decimal("0.10"), out_want=Decimal("0.0001")))

    assert (problem.code, dict(problem.facts)["least_money"]) == (ProblemCode.TOO_SMALL, Decimal("0.41"))


def test_an_order_that_rounding_eats_is_refused_for_that_and_not_for_its_step() -> None:
    problem = refused(a_spec(quote_per_order=Decimal("0.50"), out_want=Decimal("0.003")))
    least = dict(problem.facts)["least_money"]

    assert (problem.code, problem.field) == (ProblemCode.ROUNDING, "usdc")
    assert isinstance(least, Decimal)
    assert isinstance(opened(a_spec(quote_per_order=least, out_want=Decimal("0.003"))), Preview)
    total = refused(a_spec(quote_per_order=None, total=Decimal("1.50"), out_want=Decimal("0.003")))
    assert (total.code, total.field) == (ProblemCode.ROUNDING, "total")


def test_the_least_step_that_is_named_is_enough_and_just_so() -> None:
    least = least_step(FEES, Decimal("0.001"), a_market(), Decimal(1940))

    assert least == Decimal("0.0027")
    assert isinstance(opened(a_spec(out_want=least)), Preview)
    assert refused(a_spec(out_want=least - Decimal("0.0002"))).code is ProblemCode.LOSES


def test_more_money_than_is_free_is_refused_with_what_would_fit() -> None:
    for spec, field in ((a_spec(), "usdc"), (a_spec(quote_per_order=None, total=Decimal(150)), "total")):
        needed = found(spec).money
        problem = refused(spec, free=needed / 2)
        fits = dict(problem.facts)["fits"]
        assert isinstance(fits, Decimal)

        assert (problem.code, problem.field) == (ProblemCode.NO_MONEY, field)
        money = {"quote_per_order": None, "total": fits} if field == "total" else {"quote_per_order": fits}
        assert isinstance(opened(replace(spec, **money), free=needed), Preview)
    assert dict(refused(a_spec(), free=Decimal(-5)).facts)["free"] == 0


def test_no_money_an_order_fits_where_rounding_costs_more_than_is_free() -> None:
    problem = refused(a_spec(quote_per_order=Decimal(50_000)), market=a_market(step="1"), free=Decimal(5_000))

    assert dict(problem.facts)["fits"] == 0


def test_where_coarse_steps_make_a_cent_less_no_less_a_step_less_is_said_to_fit() -> None:
    market, spec = a_market(step="0.01"), a_spec(quote_per_order=Decimal(1000))
    needed = found(spec, market=market).money
    free = needed - Decimal("0.01")
    fits = dict(refused(spec, market=market, free=free).facts)["fits"]

    assert isinstance(fits, Decimal)
    assert fits > 975
    assert isinstance(opened(replace(spec, quote_per_order=fits), market=market, free=free), Preview)


def test_the_free_money_may_be_used_to_the_last_digit() -> None:
    needed = found(a_spec()).money

    assert isinstance(opened(a_spec(), free=needed), Preview)
    assert refused(a_spec(), free=needed - Decimal("0.000001")).code is ProblemCode.NO_MONEY


def test_a_rebate_makes_narrow_grids_possible() -> None:
    rebate = Fees(maker=Decimal("-0.0001"), taker=Decimal("0.001"))

    assert refused(a_spec(out_want=Decimal("0.002"))).code is ProblemCode.LOSES
    assert found(a_spec(out_want=Decimal("0.002")), fees=rebate).least_rate > Decimal("0.002")
