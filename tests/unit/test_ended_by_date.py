"""A grid with an end date: /status and the card name the day, and what is offered after it is what can be done."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.telegram.answers.decisions import offers
from bot.telegram.texts.cards import cautions_of
from bot.telegram.texts.notices import notice
from strategy.messages.notices import GridEnded
from strategy.model.grid import Phase
from strategy.model.stops import StopReason
from tests.builders import a_grid, a_spec
from tests.unit.telling import a_line, an_end
from tests.unit.viewing import a_summary


def kept(reason: StopReason, coins: str = "0.5") -> GridEnded:
    return an_end(reason, sold=False, coins=Decimal(coins))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("coins", ["0.5", "0.00001"])
def test_trading_on_after_the_end_date_begins_with_another_date(lang: str, coins: str) -> None:
    off = {"en": "until=off", "zh": "结束=关"}[lang]
    told = kept(StopReason.END_DATE, coins)

    said = notice(lang, replace(told, least=told.standing.coins * (2 if coins == "0.00001" else 1)), "live")
    assert f"/tune {told.grid_id} {off}" in said
    assert said.index(off) < said.index("/resume")
    assert off not in notice(lang, kept(StopReason.MAX_LOSS, coins), "live")


def test_no_button_is_offered_that_would_be_refused() -> None:
    by_date, by_loss = (
        [one.action for one in offers("en", kept(why))] for why in (StopReason.END_DATE, StopReason.MAX_LOSS)
    )

    assert by_loss == [*by_date, "ask_resume"]


@pytest.mark.parametrize(("phase", "named"), [(Phase.RUNNING, 1), (Phase.WAITING, 1), (Phase.STOPPED, 0)])
def test_the_card_names_the_day_while_it_is_to_come(phase: Phase, named: int) -> None:
    grid = a_grid(spec=a_spec(ends="2026-12-31"), phase=phase)
    said = [one for one in cautions_of("en", a_line(1), grid, a_summary()) if one and "2026-12-31" in one]

    assert len(said) == named
