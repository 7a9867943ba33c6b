"""What is proposed to whoever wants to lose little: for no more money, never a grid that would be refused."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.owner.careful import DID, WINDOWS, Variant, variants
from strategy.grid.opening import Preview, preview
from strategy.model.grid import GridSpec, Shift
from strategy.model.past import Measure
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
