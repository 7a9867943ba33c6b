"""What a message has said in its headline it does not say again; what there is one of is not called several."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.telegram.texts.notices import notice
from bot.telegram.texts.preview_card import preview as shown
from strategy.grid.opening import Preview, preview
from strategy.messages.gates import Awaited, Until
from strategy.messages.points import PointsWeekOver
from strategy.model.market import Asset
from tests.builders import FEES, a_market, a_spec, a_touch
from tests.unit.telling_fees import about_points


def a_week_over() -> PointsWeekOver:
    return next(one for one in about_points() if isinstance(one, PointsWeekOver))


@pytest.mark.parametrize(("lang", "volume"), [("en", "2,500.50 USDC of volume"), ("zh", "成交额 2,500.50 USDC")])
def test_the_volume_of_a_week_that_is_over_is_said_once_and_each_quote_where_there_are_several(
    lang: str, volume: str
) -> None:
    told = a_week_over()
    assert notice(lang, told, "live").count(volume) == 1

    both = dict(told.week) | {Asset("BTC"): replace(next(iter(told.week.values())), volume=Decimal("0.5"))}
    said = notice(lang, replace(told, week=both), "live")
    assert said.count(volume) == 2
    assert "0.5" in said


def test_only_several_gates_have_to_hold_at_the_same_time() -> None:
    average = Awaited(until=Until.AVERAGE, threshold=Decimal(2100), price=Decimal(2000), hours=24)
    hours = Awaited(until=Until.HOURS, between=(540, 1020), minute=500)
    said = []
    for awaits in ((average,), (average, hours)):
        found = preview(a_spec(gate_hours=24), a_market(), a_touch("2000.00"), FEES, Decimal(10_000), awaits)
        assert isinstance(found, Preview)
        said += [shown(lang, found, "live") for lang in ("en", "zh")]

    assert ["all 2 have to hold at the same time" in one for one in said] == [False, False, True, False]
    assert ["以上 2 个条件同时满足" in one for one in said] == [False, False, False, True]
