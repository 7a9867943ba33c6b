"""The verdict of a backtest: each rule by itself, at its edge, and no more reasons than are read."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.languages import LANGUAGES
from bot.owner.verdict import Ending, Reason, verdict_of
from bot.telegram.texts.backtests import backtest
from strategy.model.stops import StopReason
from tests.builders import NOW
from tests.unit.backtesting import a_result

D = Decimal


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        ({"fills": 0}, Ending.NOTHING),
        ({"total": D(-5), "holding": D(-5)}, Ending.WORSE),
        ({"total": D(-5), "holding": D(-6)}, Ending.SOFTER),
        ({"total": D(5), "holding": D(6)}, Ending.BEHIND),
        ({"total": D(5), "holding": D(5)}, Ending.AHEAD),
        ({"total": D(0), "holding": D(-1)}, Ending.AHEAD),
    ],
)
def test_it_stands_in_one_way_against_cash_and_holding(changes: dict[str, Any], ending: Ending) -> None:
    assert verdict_of(replace(a_result(), **changes)).ending is ending


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"stopped": StopReason.MAX_LOSS, "stopped_at": NOW}, Reason.STOPPED),
        ({"in_range": D("0.6")}, Reason.OUTSIDE),
        ({"fee_share": D("0.33")}, Reason.FEES),
        ({"low_first": D("-0.01")}, Reason.UNSURE),
        ({"fall_share": D("0.1")}, Reason.DEEP),
        ({"round_trips": 9}, Reason.FEW),
    ],
)
def test_each_reason_has_its_rule(changes: dict[str, Any], reason: Reason) -> None:
    assert verdict_of(replace(a_result(), **changes)).reasons == (reason,)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"in_range": D("0.61")},
        {"fee_share": D("0.32")},
        {"fee_share": None},
        {"low_first": D(0)},
        {"fall_share": D("0.09")},
        {"round_trips": 10},
        {"fills": 0, "round_trips": 0},
    ],
)
def test_what_is_below_its_rule_is_not_named(changes: dict[str, Any]) -> None:
    assert verdict_of(replace(a_result(), **changes)).reasons == ()


def test_the_two_weightiest_reasons_are_told() -> None:
    bad = replace(a_result(), in_range=D("0.1"), fee_share=D("0.5"), fall_share=D("0.3"), round_trips=2)

    assert verdict_of(bad).reasons == (Reason.OUTSIDE, Reason.FEES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fills": 0, "round_trips": 0, "fall": D(0), "fee_share": None},
        {"total": D(-30), "stop_sales": D(-3), "stopped": StopReason.STOP_LOSS, "stopped_at": NOW, "picture": b"x"},
        {"low_first": D(-1), "fall_share": D("0.2"), "days": 365},
        {"in_range": D("0.2"), "fee_share": D("0.41")},
        {"round_trips": 3},
    ],
)
def test_it_is_told_in_words_with_the_money_first(lang: str, changes: dict[str, Any]) -> None:
    said = backtest(lang, replace(a_result(), **changes), "paper", "1").splitlines()

    assert "?" not in "".join(said)
    assert "USDC" in said[1]
    assert len("\n".join(said)) < 3_900


def test_the_difference_to_holding_is_that_of_the_figures_beside_it() -> None:
    said = backtest("en", replace(a_result(), holding=D("49.951")), "paper")

    assert "Total +31.23 USDC" in said
    assert "Against holding (+49.96): −18.73 USDC" in said
    assert "holding would have made 18.73 USDC more" in said
