"""The smallest step that a message names is one that is accepted, although rounding leaves over of each sale."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from strategy.grid.opening import Preview, preview
from strategy.grid.trips import earning_step, least_step, rise_needed
from strategy.messages.fees import FeesChanged
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.levels import Level
from strategy.model.market import Fees
from tests.builders import FEES, a_grid, a_level, a_market, a_range, a_spec, a_touch
from tests.world import World

D = Decimal
COARSE = a_market(step="0.01")
DEARER = Fees(maker=Decimal("0.002"), taker=Decimal("0.0025"))
HUNDREDTH = Decimal("0.0001")


def a_coarse_world(**wishes: Any) -> World:
    """Orders of a few dozen steps: of each sale up to one is left over."""
    world = World({COARSE: Decimal(150)})
    world.start(a_spec(interval=Decimal(1), grids=4, out_want=Decimal("0.003"), **wishes))
    world.tick()
    return world


@pytest.mark.parametrize(("usdc", "fee"), [("50", "0.002"), ("20", "0.002"), ("33", "0.0031"), ("12", "0.004")])
def test_what_is_told_to_earn_when_fees_rise_can_be_typed(usdc: str, fee: str) -> None:
    world = a_coarse_world(quote_per_order=Decimal(usdc))
    world.charge(maker=fee, taker=fee)
    [told] = world.notices_of(FeesChanged)
    [judged] = told.judged

    refused = world.tune(out_want=judged.least_step - HUNDREDTH)
    assert refused is not None
    assert refused.code is ProblemCode.LOSES
    assert dict(refused.facts)["least"] == judged.least_step
    assert world.tune(out_want=judged.least_step) is None


def test_the_step_that_a_refusal_names_opens_the_grid() -> None:
    spec = a_spec(interval=Decimal(1), grids=4, out_want=Decimal("0.003"))
    touch = a_touch("150.00")
    refused = preview(spec, COARSE, touch, DEARER, Decimal(1_000))
    assert isinstance(refused, Problem)
    least = dict(refused.facts)["least"]
    assert isinstance(least, Decimal)

    assert least > least_step(DEARER, spec.fee_buffer, COARSE, Decimal(148))
    assert isinstance(preview(replace(spec, out_want=least), COARSE, touch, DEARER, Decimal(1_000)), Preview)


def test_where_nothing_is_left_over_it_is_the_same_as_without_rounding() -> None:
    levels = tuple(a_grid().levels.values())
    for spec in (a_spec(), a_range(1900, 2100, 4)):
        assert earning_step(spec, a_market(), FEES, levels) == least_step(
            FEES, spec.fee_buffer, a_market(), min(level.buy_price for level in levels)
        )


@pytest.mark.parametrize("levels", list(permutations((a_level(1, buy_price=D(100)), a_level(2), a_level(3)))))
def test_the_smallest_step_covers_a_tick_at_the_lowest_level_too(levels: tuple[Level, ...]) -> None:
    """There it is the largest part of the price."""
    market, spec = a_market(tick="1"), a_range(100, 2_100, 3)

    assert earning_step(spec, market, FEES, levels) == max(
        least_step(FEES, spec.fee_buffer, market, level.buy_price) for level in levels
    )


def test_an_order_of_one_step_has_nothing_to_sell() -> None:
    level = a_level(quantity=Decimal("0.01"))
    assert rise_needed(level, COARSE, FEES, Decimal("0.001")) is None
    spec = a_spec()
    assert earning_step(spec, COARSE, FEES, (level,)) == least_step(FEES, spec.fee_buffer, COARSE, level.buy_price)
