"""A loss that reached a limit, and what a limit leaves, are told in the figures that every other screen shows."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.mode import Mode
from bot.telegram.texts import face as texts
from bot.telegram.texts.limits import lost
from bot.telegram.texts.numbers import Screen, gain, in_parts, left_of, standing_figures
from strategy.model.ledger import Standing
from strategy.model.market import USDC, Asset
from strategy.model.stops import StopReason
from tests.unit.telling import DAILY, a_limit

D = Decimal
USDT, BTC = Asset("USDT"), Asset("BTC")


def made(grid_profit: str, floating: str) -> Standing:
    return in_parts(grid_profit=D(grid_profit), stop_sales=D(0), floating=D(floating))


FALLEN = made("-1.231", "-3.334")
"""Rounded once it is −4.57; its parts, each rounded, come to −4.58, and that is what /status says."""


def test_the_parts_of_a_grid_come_to_the_loss_that_stopped_it() -> None:
    assert (gain(FALLEN.total, USDC), standing_figures(FALLEN, USDC)["total"]) == ("−4.57", "−4.58")
    told = replace(a_limit(StopReason.MAX_LOSS), value=FALLEN.total, standings=((USDC, FALLEN),))

    assert lost(told) == "−4.58"
    assert "−4.58 of" in texts.notice("en", told, Mode.LIVE)
    assert lost(replace(told, value=FALLEN.total - 1)) == "−5.58", "what it had made before does not count"
    assert lost(replace(told, standings=())) == "−4.57", "a notice of before"


def test_the_days_of_all_grids_come_to_the_loss_that_stopped_them() -> None:
    own = [FALLEN, made("2.009", "-9.001"), FALLEN]
    told = replace(DAILY, value=sum((one.total for one in own), D(0)), standings=tuple((USDC, one) for one in own))

    assert lost(told) == str(Screen(own, USDC).total["today"])
    assert lost(told) != gain(told.value, USDC)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ((USDT, made("-1", "-2")), "−7.58"),
        ((USDT, made("5", "0")), "−4.58"),  # what another quote has gained excuses no loss
        ((BTC, made("-0.001", "0")), "−64.58"),
        ((BTC, made("0.001", "0")), "−4.58"),
        ((Asset("SOL"), made("-9", "0")), "−4.58"),  # never had a price: can't be counted
    ],
)
def test_a_loss_in_several_quotes_is_that_of_all_or_of_the_one_that_lost_more(
    second: tuple[Asset, Standing], said: str
) -> None:
    told = replace(DAILY, standings=((USDC, FALLEN), second), prices=((BTC, D(60_000)),))

    assert lost(told) == said


@pytest.mark.parametrize(
    ("most", "change", "said"),
    [
        ("24.883", "0", ("24.89", "24.89")),
        ("24.883", "-9.22", ("24.89", "15.67")),
        ("24.883", "1.5", ("24.89", "26.39")),
        ("24.883", "-30", ("24.89", "0.00")),
    ],
)
def test_a_limit_less_the_shown_loss_is_what_is_left(most: str, change: str, said: tuple[str, str]) -> None:
    assert left_of(D(most), D(change), USDC) == said
