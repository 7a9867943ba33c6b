"""How large a level's order is, how far a range reaches, how many lines it has: as given, exact to the step."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.owner.proposal import propose, tuned
from bot.settings import Defaults
from strategy.account.commands import begin_waiting, preview_of
from strategy.draft import Draft
from strategy.grid.opening import Preview, levels_of, measured, preview
from strategy.grid.sizing import (
    TAKER_MARGIN,
    all_orders,
    amount_of,
    least_to_take,
    lessened,
    money_to_wait,
    money_wished,
    most_an_order,
    most_to_pay,
    size,
    sized_alike,
    wished,
    with_amount,
)
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level
from strategy.model.market import Balance, Market, Touch
from strategy.model.orders import GridId
from strategy.model.spec import GridSpec, Spacing
from tests.builders import FEES, NOW, USDC, a_grid, a_level, a_market, a_range, a_spec, a_touch, an_account
from tests.property.wishes import specs
from tests.world import World

RICH, TOUCH = Decimal(1_000_000), a_touch("2000.00")
D = Decimal
LINES = [a_level(number, buy_price=D(1700 + 100 * number), sell_price=D(1800 + 100 * number)) for number in range(1, 5)]
PRICES = st.integers(1, 10**7).map(lambda cents: D(cents) / 100)


def all_sized(spec: GridSpec, market: Market, levels: Sequence[Level]) -> Decimal:
    return sum((size(spec, market, one.rank, one.buy_price) * one.buy_price for one in levels), D(0))


def found(spec: GridSpec | Problem, touch: Touch = TOUCH, free: Decimal = RICH) -> Preview:
    assert isinstance(spec, GridSpec), spec
    result = preview(spec, a_market(), touch, FEES, free)
    assert isinstance(result, Preview), result
    return result


def refused(spec: GridSpec, free: Decimal = RICH) -> Problem:
    result = preview(spec, a_market(), TOUCH, FEES, free)
    assert isinstance(result, Problem), result
    return result


def proposed(free: Decimal = RICH, **wish: Any) -> GridSpec:
    spec = propose(wish, a_market(), TOUCH, FEES, Defaults(), free=free)
    assert isinstance(spec, GridSpec), spec
    return spec


def test_coins_an_order_are_the_same_on_every_level() -> None:
    grid = found(a_range(1800, 2200, 4, quote_per_order=None, base_per_order=D("0.05")))

    assert {level.quantity for level in grid.levels} == {D("0.05")}


def test_the_dearest_order_of_coins_is_the_highest() -> None:
    grid = found(a_range(1800, 2200, 4, quote_per_order=None, base_per_order=D("0.05")))

    assert most_an_order(grid.spec, grid.levels) == D("0.05") * 2100


def a_waiting(**wishes: Any) -> Grid:
    """A grid that was wished for at 2,040, a fifth below and a tenth above the price of its start, and that waits."""
    spec = replace(a_range(1, 2, 5, **wishes), lower=None, upper=None, below=D("0.2"), above=D("0.1"))
    levels = levels_of(spec, a_market(), a_touch(2040))
    assert not isinstance(levels, Problem)
    money = money_to_wait(levels, a_market(), FEES)
    return a_grid(*levels, spec=spec, phase=Phase.WAITING, money=money, orders=())


@pytest.mark.parametrize("price", [1500, 2500])
def test_a_grid_that_waits_is_measured_when_it_has_waited(price: int) -> None:
    draft = Draft(account=an_account(a_waiting()), at=NOW)
    grid = begin_waiting(draft, draft.grid(GridId(1)), a_touch(price))

    assert grid.phase in (Phase.SEEDING, Phase.RUNNING)
    middle = a_touch(price).middle
    assert (grid.spec.lower, grid.spec.upper) == (
        a_market().price_near(middle * D("0.8")),
        a_market().price_near(middle * D("1.1")),
    )
    assert (grid.lowest, grid.highest) == (grid.spec.lower, grid.spec.upper)


def test_it_goes_on_waiting_where_its_coins_have_become_dearer_than_the_money_there_is() -> None:
    poor = an_account(
        a_waiting(quote_per_order=None, base_per_order=D("0.05")),
        balances={USDC: Balance(available=D(540))},
        expected={USDC: D(540)},
    )
    draft = Draft(account=poor, at=NOW)
    waiting = draft.grid(GridId(1))

    assert begin_waiting(draft, waiting, a_touch(2500)) is waiting
    assert begin_waiting(draft, waiting, a_touch(2040)).phase is not Phase.WAITING


def test_each_level_is_smaller_than_the_one_above_it() -> None:
    grid = found(a_range(1800, 2200, 4, taper=D("0.1"), quote_per_order=D(100)))

    money = [level.quantity * level.buy_price for level in grid.levels]
    for got, wanted in zip(money, (D("72.9"), D(81), D(90), D(100)), strict=True):
        assert wanted - D("0.21") < got <= wanted


@pytest.mark.parametrize("amount", [{"quote_per_order": D(100)}, {"quote_per_order": None, "total": D(400)}])
def test_a_taper_that_leaves_the_lower_levels_nothing_is_refused_and_breaks_nothing(amount: dict[str, Any]) -> None:
    """`taper=100%`: the highest level gets all, and nothing to the power of nothing is no number."""
    result = preview(a_range(1800, 2200, 4, taper=D(1), **amount), a_market(), TOUCH, FEES, RICH)

    assert isinstance(result, Problem)
    assert result.code is ProblemCode.TOO_SMALL


@given(specs(), PRICES)
def test_what_a_level_costs_is_its_coins_at_its_price_however_the_amount_was_given(spec: GridSpec, price: D) -> None:
    for rank in range(1, spec.grids + 1):
        money, coins = money_wished(spec, rank, price), wished(spec, rank, price)
        assert abs(money - coins * price) <= money * D("1e-50")
        assert rank == 1 or coins >= wished(spec, rank - 1, price)


def test_a_total_is_a_total_however_it_is_divided() -> None:
    grid = found(a_range(1800, 2200, 4, taper=D("0.1"), quote_per_order=None, total=D(400)))

    assert all_orders(grid.spec, grid.levels) == pytest.approx(D(400))
    assert D(399) < sum(level.quantity * level.buy_price for level in grid.levels) <= 400


@given(spec=specs(), factor=st.integers(2, 9))
def test_sizes_stand_on_the_step_and_go_with_the_amount(spec: GridSpec, factor: int) -> None:
    """Whatever the rule: never more than was wished, and less than a step below it."""
    market = a_market()
    one, more = (levels_of(it, market, TOUCH) for it in (spec, with_amount(spec, amount_of(spec) * factor)))
    assert not isinstance(one, Problem)
    assert not isinstance(more, Problem)

    for small, large in zip(one, more, strict=True):
        assert small.quantity % market.step_size == 0
        assert 0 <= large.quantity - small.quantity * factor <= market.step_size * factor


def test_what_is_too_small_names_the_amount_that_would_do() -> None:
    market = a_market(least="0.01")
    spec = a_range(1800, 2200, 4, quote_per_order=None, base_per_order=D("0.012"), taper=D("0.2"))
    result = preview(spec, market, TOUCH, FEES, RICH)

    assert isinstance(result, Problem)
    assert (result.code, result.field) == (ProblemCode.TOO_SMALL, "coins")
    enough = dict(result.facts)["least_money"]
    assert isinstance(enough, Decimal)
    assert dict(result.facts)["quote"] == "ETH"
    assert isinstance(preview(with_amount(spec, enough), market, TOUCH, FEES, RICH), Preview)


def test_coins_that_cost_too_much_are_answered_with_those_that_fit() -> None:
    spec = a_range(1800, 2200, 4, quote_per_order=None, base_per_order=D(1))
    result = refused(spec, D(500))

    assert (result.code, result.field) == (ProblemCode.NO_MONEY, "coins")
    fits = dict(result.facts)["fits"]
    assert isinstance(fits, Decimal)
    assert D(490) < found(with_amount(spec, fits), free=D(500)).money <= 500


def test_a_range_is_measured_from_the_price_of_its_start_and_rounded_to_the_tick() -> None:
    spec = proposed(spacing=Spacing.GEOMETRIC, below=D("0.2"), above=D("0.08"), step=D("0.015"))
    grid = found(spec)

    assert (grid.levels[0].buy_price, grid.levels[-1].sell_price) == (D(1600), D("2159.99"))
    assert spec.lower is None
    assert spec.grids == 20
    fixed = measured(spec, a_market(), TOUCH)
    assert levels_of(fixed, a_market(), TOUCH) == grid.levels
    assert measured(fixed, a_market(), a_touch(2500)) is fixed


@pytest.mark.parametrize("spacing", [Spacing.ARITHMETIC, Spacing.GEOMETRIC])
def test_lines_are_never_closer_than_the_step_that_was_given(spacing: Spacing) -> None:
    for step in (D("0.01"), D("0.015"), D("0.04"), D("0.5")):
        grid = proposed(spacing=spacing, lower=D(1600), upper=D(2160), step=step)
        levels = levels_of(grid, a_market(), TOUCH)
        assert not isinstance(levels, Problem)

        gaps = [(level.sell_price - level.buy_price) for level in levels]
        base = [TOUCH.middle if spacing is Spacing.ARITHMETIC else level.buy_price for level in levels]
        if len(levels) > 1:
            assert min(gap / one for gap, one in zip(gaps, base, strict=True)) > step - D("0.0001")
        wider = len(levels) + 1
        assert wider * step > (D(560) / TOUCH.middle if spacing is Spacing.ARITHMETIC else D("0.29"))


def test_a_step_that_divides_the_range_is_counted_whole() -> None:
    assert proposed(spacing=Spacing.ARITHMETIC, below=D("0.2"), above=D("0.08"), step=D("0.01")).grids == 28
    assert proposed(spacing=Spacing.GEOMETRIC, below=D("0.2"), above=D("0.25"), step=D("0.25")).grids == 2


def test_a_range_that_is_none_is_refused_as_that() -> None:
    assert refused(proposed(below=D(1), above=D("0.1"), step=D("0.01"))).code is ProblemCode.BAD_RANGE


def test_a_grid_that_reaches_further_down_than_up_needs_fewer_coins_at_the_start() -> None:
    low = found(proposed(below=D("0.2"), above=D("0.05"), grids=10, total=D(1000)))
    even = found(proposed(below=D("0.125"), above=D("0.125"), grids=10, total=D(1000)))

    assert low.seed_coins < even.seed_coins / 2


@pytest.mark.parametrize("share", ["1", "0.5", "0.01"])
def test_a_share_of_the_free_money_is_set_aside_and_never_more(share: str) -> None:
    """First coins, their fee and the reserve for rounding included."""
    free = D("7654.32")
    spec = proposed(free, below=D("0.1"), above=D("0.1"), grids=5, share=D(share))
    grid = found(spec, free=free)

    assert spec.quote_per_order is None
    assert D(share) * free * D("0.97") < grid.money <= D(share) * free


@pytest.mark.parametrize("missing", ["0.01", "1.79", "1.81", "5", "9"])
def test_a_little_less_takes_a_step_from_the_fullest_levels_in_whatever_order_they_are_told(missing: str) -> None:
    market, spec = a_market(step="0.001"), a_range(1800, 2200, 4, quote_per_order=D(100))
    levels = [
        replace(one, shape=replace(one.shape, quantity=size(spec, market, one.rank, one.buy_price))) for one in LINES
    ]
    needed = all_sized(spec, market, levels)

    less = {lessened(spec, market, some, needed, needed - D(missing)) for some in permutations(levels)}

    [lesser] = less
    assert D(85) < amount_of(lesser) < 100
    assert all_sized(lesser, market, levels) <= needed - D(missing)


@pytest.mark.parametrize(
    ("wish", "total", "gets"),
    [
        ({"envelope": D("0.5")}, 300, 300),
        ({"envelope": D("0.5")}, 900, 500),
        ({"takes_rest": True}, 900, 900),
        ({"takes_rest": True}, 2_000, 1_000),
    ],
)
def test_a_part_is_no_more_than_what_it_had_and_no_less_than_there_is(
    wish: dict[str, Any], total: int, gets: int
) -> None:
    """As a grid opens again: with the amount that it had, or with its part where that has become less."""
    world = World({a_market(): D(2_000)}, money=1_000)
    spec = a_range(1_500, 2_005, grids=5, quote_per_order=None, total=D(total), **wish)

    seen = preview_of(Draft(account=world.account, at=world.now), spec)

    assert isinstance(seen, Preview)
    assert gets * D("0.98") < seen.money < gets + 2


def test_a_share_of_nothing_is_refused_with_what_it_takes() -> None:
    spec = proposed(D(0), below=D("0.1"), above=D("0.1"), grids=5, share=D(1))
    problem = refused(spec, D(0))

    assert problem.code is ProblemCode.TOO_SMALL
    assert dict(problem.facts)["least_money"] > 1  # type: ignore[operator]


def test_a_share_of_a_range_that_is_none_is_refused_as_that() -> None:
    assert refused(proposed(below=D(1), above=D("0.1"), share=D(1))).code is ProblemCode.BAD_RANGE


def test_one_amount_takes_the_place_of_another() -> None:
    spec = tuned(a_spec(), {"base_per_order": D("0.02")}, (D(1), D(2)))

    assert isinstance(spec, GridSpec)
    assert (spec.quote_per_order, spec.total, spec.base_per_order) == (None, None, D("0.02"))
    assert not sized_alike(spec, a_spec())
    assert isinstance(tuned(a_spec(), {"base_per_order": D(1), "total": D(1)}, (D(1), D(2))), Problem)


def test_what_an_empty_account_is_a_part_of_is_told_with_what_it_would_take() -> None:
    part = a_spec(quote_per_order=None, total=D(0), envelope=D("0.5"))
    refused = preview(part, a_market(), TOUCH, FEES, D(0))

    assert isinstance(refused, Problem)
    least = Decimal(dict(refused.facts)["least_money"])
    asked = preview(a_spec(quote_per_order=None, total=least), a_market(), TOUCH, FEES, RICH)
    assert least > 0
    assert isinstance(asked, Preview)


@given(PRICES, st.sampled_from(["0.01", "1", "50", "100000"]), st.none() | PRICES)
def test_a_taker_reaches_a_little_past_the_touch_and_never_past_the_rules(
    price: Decimal, tick: str, bound: Decimal | None
) -> None:
    """As far as the margin goes, on a tick; where a tick is wider than that, to the touch itself and no farther."""
    market, limited = a_market(tick=tick), a_market(tick=tick, max_price=bound)
    most, least = most_to_pay(market, price), least_to_take(market, price)

    assert most % D(tick) == least % D(tick) == 0
    assert price <= most < max(price * (1 + TAKER_MARGIN), price + D(tick)) + D(tick)
    assert most + D(tick) > price * (1 + TAKER_MARGIN)
    assert most <= price * (1 + TAKER_MARGIN) or most - D(tick) < price
    assert least == D(tick) or least <= price
    assert least >= D(tick), "never a price of zero"
    assert least >= price * (1 - TAKER_MARGIN) or least + D(tick) > price
    assert least - D(tick) < price * (1 - TAKER_MARGIN)
    if bound is not None:
        assert most_to_pay(limited, price) == min(most, limited.price_down(bound))
        assert least_to_take(limited, price) == min(least, limited.price_down(bound))
