"""Figures: exact where they are exact, else never rounded in the owner's favour."""

import pytest

from bot.telegram.texts.numbers import (
    Screen,
    coin_fee,
    cost,
    exact,
    fee_percent,
    gain,
    in_parts,
    parts_figures,
    percent,
    price,
    worth,
)
from bot.telegram.texts.phrases import duration
from strategy.model.market import USDC
from tests.unit.telling import D


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (gain(D("1.849"), USDC), "+1.84"),
        (gain(D("-3.201"), USDC), "−3.21"),
        (gain(D("0"), USDC), "0.00"),
        (gain(D("0.00004"), USDC), "0.0000"),
        (gain(D("-0.00004"), USDC), "−0.0001"),
        (gain(D("0.1187"), USDC, fine=True), "+0.118"),
        (gain(D("1234567.899"), USDC), "+1,234,567.89"),
        (cost(D("0.0402847"), USDC), "0.041"),
        (cost(D("49.551"), USDC), "49.56"),
        (worth(D("49.559"), USDC), "49.55"),
        (price(D("2530.4")), "2,530.40"),
        (price(D("0.00001234")), "0.00001234"),
        (exact(D("1234.5000")), "1,234.5"),
        (exact(D("-0.5")), "−0.5"),
        (cost(D("-0.00001"), USDC), "0.0000"),
        (worth(D("-0"), USDC), "0.00"),
        (coin_fee(D("0.000000001")), "0.00000001"),
        (percent(D("0.00399")), "0.39"),
        (percent(D("0.00399"), up=True), "0.40"),
        (fee_percent(D("0.00085")), "0.085"),
        (fee_percent(D("0.001")), "0.10"),
    ],
)
def test_no_figure_is_rounded_in_the_owners_favour(shown: str, said: str) -> None:
    assert shown == said


def test_fees_that_come_to_nothing_have_no_sign() -> None:
    """A rebate of a thousandth of a cent was shown as −0.00."""
    screen = Screen([in_parts(grid_profit=D(1), stop_sales=D(0), floating=D(2), fees=D("-0.00001"))], USDC)

    assert [figures["fees"] for figures in (*screen.lines(), screen.total)] == ["0.00", "0.00"]


def test_the_parts_of_a_total_add_up_as_they_are_shown() -> None:
    shown = parts_figures(USDC, grid_profit=D("9.719"), stop_sales=D(0), floating=D("-12.911"))

    assert (shown["total"], shown["stopped"]) == ("−3.21", None)
    assert (shown["grid_profit"], shown["floating"]) == ("+9.71", "−12.92")


@pytest.mark.parametrize(
    ("milliseconds", "english", "chinese"),
    [
        (999, "0 s", "0 秒"),
        (59_999, "59 s", "59 秒"),
        (840_000, "14 min", "14 分钟"),
        (7_500_000, "2 h 05 min", "2 小时 05 分"),
        (273_600_000, "3 d 4 h", "3 天 4 小时"),
    ],
)
def test_durations_are_short(milliseconds: int, english: str, chinese: str) -> None:
    assert duration("en", milliseconds) == english
    assert duration("zh", milliseconds) == chinese
