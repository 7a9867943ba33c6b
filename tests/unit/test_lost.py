"""A loss that reached a limit, and what a limit leaves, are told in the figures that every other screen shows."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.mode import Mode
from bot.owner.views import Made
from bot.telegram.answers.decisions import offers
from bot.telegram.texts import face as texts
from bot.telegram.texts.gates import awaited_lines
from bot.telegram.texts.limits import lost
from bot.telegram.texts.numbers import Screen, gain, in_parts, left_of, standing_figures
from bot.telegram.texts.sums import a_day, whole_share
from strategy.messages.gates import Awaited, Until
from strategy.model.ledger import Standing
from strategy.model.market import USDC, Asset
from strategy.model.stops import StopReason
from tests.unit.telling import DAILY, a_limit, an_end

D = Decimal
DAY = 86_400_000
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


def test_the_shares_of_the_parts_come_to_the_share_of_the_total() -> None:
    """Of 991.15: 2.49 is 0.251 %, its parts 0.172 % and 0.078 %; shown, each rounded down, they are 0.17 and 0.07."""
    made = Made(grid_profit=D("1.71"), floating=D("0.78"), money=D("991.15"), begins=0, ends=2 * DAY)

    assert whole_share(made) == D("0.0024")
    assert whole_share(replace(made, money=D(0))) is None
    assert a_day(replace(made, ends=DAY - 1), USDC) == {}
    days = a_day(replace(made, grid_profit=D("3.01"), floating=D("-1.01"), ends=3 * DAY), USDC)
    assert (days["total"], days["grid_profit"], days["floating"]) == ("+0.66", "+1.00", "−0.34")


def test_an_average_is_told_with_the_digits_of_the_price_and_never_as_easier_than_it_is() -> None:
    waits = Awaited(until=Until.AVERAGE, threshold=D("2352.86723571428571428628"), price=D("1851.76"), hours=168)
    trigger = Awaited(until=Until.DROP, threshold=D("1851.7655"), price=D("1851.76"))

    for lang in texts.LANGUAGES:
        said, untouched = awaited_lines(lang, [waits, trigger], USDC)
        assert "2,352.87" in said
        assert "1,851.7655" in untouched
    assert "2,353.00" in awaited_lines("en", [replace(waits, threshold=D("2352.995"), price=D(2000))], USDC)[0]


@pytest.mark.parametrize(("coins", "labels"), [("0.00006", ["again"]), ("0.0001", ["", "keep", "ask_resume"])])
def test_kept_coins_that_are_too_few_to_sell_are_offered_to_nobody(coins: str, labels: list[str]) -> None:
    told = replace(an_end(StopReason.OWNER, sold=False, coins=D(coins)), least=D("0.0001"))

    assert [one.action for one in offers("en", told)] == labels
    for lang in texts.LANGUAGES:
        said = texts.notice(lang, told, Mode.LIVE)
        assert ("0.0001 ETH" in said and "/stop" not in said) == (coins == "0.00006"), said
