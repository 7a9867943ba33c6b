"""What is proposed to whoever wants to lose little: for no more money, never a grid that would be refused."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.owner.careful import (
    CAREFUL,
    DID,
    LOSS,
    USUAL,
    WILDEST,
    WINDOWS,
    Variant,
    careful_for,
    laid_for,
    moves_of,
    variants,
    wildness,
)
from strategy.grid.opening import Preview, preview
from strategy.model.durations import HOUR
from strategy.model.past import Hour, Measure, Past
from strategy.model.spec import GridSpec, Shift
from tests.builders import FEES, a_market, a_range, a_spec, a_touch

D = Decimal
TABLE = Path(__file__).parents[2] / "benchmarks" / "README.md"


def seen(spec: GridSpec) -> Preview:
    found = preview(spec, a_market(), a_touch(2000), FEES, D(10_000))
    assert isinstance(found, Preview)
    return found


@pytest.mark.parametrize("rule", DID)
def test_what_each_has_done_is_what_the_benchmark_has_measured(rule: str) -> None:
    did = DID[rule]
    row = f"| recorded | {rule} | {WINDOWS} | {did.worst} | {did.fall:.1%} |"
    (measured,) = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith(row)]
    assert measured.split("|")[7].strip() == f"{did.median:+}"


@pytest.mark.parametrize(
    "spec", [a_spec(), a_range(1800, 2200, 20), a_spec(quote_per_order=None, base_per_order=D("0.1"))]
)
def test_the_careful_grid_sets_no_more_money_aside(spec: GridSpec) -> None:
    asked = seen(spec)
    careful = seen(variants(asked)[Variant.CAREFUL])

    assert asked.money * D("0.95") < careful.money <= asked.money
    assert not variants(careful), "beside itself it proposes nothing"


def test_a_part_of_the_money_stays_a_part() -> None:
    spec = a_spec(quote_per_order=None, envelope=D("0.3"), total=D(300))
    assert variants(seen(spec))[Variant.CAREFUL].envelope == D("0.3")


def test_whoever_stays_out_does_not_come_back_nor_follow_the_market() -> None:
    restless = {"again": 24, "max_loss": D("0.08"), "sell_on_limit": True, "width": Measure.ATR, "shift": Shift.UP}
    found = variants(seen(a_spec(**restless)))

    assert found[Variant.LIMIT].again is None
    careful = found[Variant.CAREFUL]
    assert (careful.again, careful.width, careful.shift, careful.interval) == (None, None, None, None)


def test_what_would_be_refused_is_not_proposed() -> None:
    little = a_spec(quote_per_order=D(10), max_loss=D("0.08"), sell_on_limit=True)
    asked = replace(seen(little), market=replace(a_market(), min_quantity=D("0.004")))

    assert not variants(asked), "sixteen levels would be too small"


@given(moves=st.decimals(min_value="0", max_value="0.5", places=6))
def test_as_much_is_at_risk_in_a_wild_market_as_in_a_usual_one(moves: Decimal) -> None:
    asked, times = seen(a_spec()), wildness(moves)
    found = seen(variants(asked, moves)[Variant.CAREFUL])

    assert 1 <= times <= WILDEST
    assert found.money * times <= asked.money
    assert found.spec.max_loss is not None
    assert asked.money * LOSS * D("0.9") < found.money * found.spec.max_loss <= asked.money * LOSS
    assert laid_for(found.spec) == times
    assert not variants(found, moves * 2), "once it is careful, a look at it takes nothing from it"


def test_where_nothing_is_known_of_the_market_it_is_the_usual_one() -> None:
    assert wildness(None) == 1
    assert dict(careful_for(wildness(USUAL))) == dict(CAREFUL)
    assert laid_for(a_spec()) is None


def test_a_part_of_the_money_is_a_smaller_part_in_a_wild_market() -> None:
    part = a_spec(quote_per_order=None, envelope=D("0.3"), total=D(300))
    assert variants(seen(part), D("0.02"))[Variant.CAREFUL].envelope == D("0.15")

    rest = a_spec(quote_per_order=None, takes_rest=True, total=D(300))
    careful = variants(seen(rest), D("0.02"))[Variant.CAREFUL]
    assert not careful.takes_rest, "what is left can't be halved"
    assert careful.total is not None
    assert D(140) < careful.total <= D(150)
    assert variants(seen(rest))[Variant.CAREFUL].takes_rest


def test_a_young_market_is_measured_by_the_hours_that_there_are() -> None:
    def past(hours: int) -> Past:
        return Past(hours=tuple(Hour(at=one * HOUR, high=D(103), low=D(100), close=D(100)) for one in range(hours)))

    assert moves_of(past(24), 24 * HOUR) is None, "23 of them have an hour before them"
    assert moves_of(past(25), 25 * HOUR) == D("0.03")
    assert moves_of(past(400), 400 * HOUR) == D("0.03")
    assert moves_of(Past(), 0) is None
