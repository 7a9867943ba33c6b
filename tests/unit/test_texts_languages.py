"""What each language does in its own way: how it lists, what it calls a setting. And the day's sum beside its parts."""

import re
from dataclasses import replace

import pytest

from bot.languages import LANGUAGES, catalogue
from bot.owner.overview import interruption_of
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from bot.telegram.texts.daily import today_of
from bot.telegram.texts.mistakes import TUNE_EXAMPLE, value_example, wrong_text
from bot.telegram.texts.phrases import beside
from bot.telegram.typed.names import shown
from bot.telegram.typed.parameters import GRID_KEYS
from bot.telegram.typed.parsing import Wrong
from strategy.grid.opening import problem, unknown_grid
from strategy.messages.problems import ProblemCode
from strategy.model.account import Refusing
from strategy.model.market import Asset
from strategy.model.orders import GridId
from tests.builders import an_account
from tests.unit.telling import AT, D, a_line
from tests.unit.test_texts import plain
from tests.unit.viewing import a_summary


def suggested(lang: str) -> str:
    return texts.problem(lang, problem(ProblemCode.UNKNOWN_MARKET, name="X", suggestions="ETH_USDC, BTC_USDC"))


def test_lists_are_listed_as_each_language_lists() -> None:
    assert "ETH_USDC, BTC_USDC?" in suggested("en")
    assert "是不是 ETH_USDC、BTC_USDC？" in suggested("zh")
    assert "现有：网格 1、3。" in texts.problem("zh", unknown_grid([GridId(1), GridId(3)], GridId(9)))
    wrong = Wrong(reason="unknown_of", field="foo", given="foo", hint="usdc, total")
    assert "可用参数：金额、总额。" in plain(wrong_text("zh", wrong, TUNE_EXAMPLE))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_long_list_of_names_ends_with_a_whole_name_and_says_that_there_are_more(lang: str) -> None:
    wrong = Wrong(reason="unknown_of", field="foo", given="foo", hint=", ".join(GRID_KEYS))
    first = plain(wrong_text(lang, wrong, TUNE_EXAMPLE)).splitlines()[0].rstrip(".。")
    said = re.split("[,、] ?", re.split("[:：] ?", first)[1])

    assert set(said) - {"…"} <= {shown(lang, name) for name in GRID_KEYS}
    assert ("…" in said) is (len(said) < len(GRID_KEYS)), "all of them, or a sign that there are more"


@pytest.mark.parametrize("field", ["grid", "market"])
def test_a_refusal_in_chinese_names_nothing_in_english(field: str) -> None:
    said = wrong_text("zh", Wrong(reason="missing", field=field), TUNE_EXAMPLE)

    assert f"<b>{field}</b>" not in said


def test_what_quotes_made_today_comes_to_what_they_made_together() -> None:
    """Each is rounded once: -8.921 is shown as -8.93, and together with nothing it is not -8.92."""
    one, other = a_line(1), replace(a_line(2), quote=Asset("BTC"))
    lines = (
        replace(one, standing=replace(one.standing, today=D("-8.921"))),
        replace(other, standing=replace(other.standing, today=D(0))),
    )
    shown = today_of("en", replace(a_summary(), grids=lines, prices={Asset("BTC"): D(60000)}))

    assert shown.startswith("−8.93 USDC, ")
    assert "together −8.93 USDC at 1 BTC" in shown


def test_a_day_without_grids_made_nothing_which_is_a_figure_too() -> None:
    assert "，今日 0.00 USDC" in plain(texts.status("zh", replace(a_summary(), grids=())))


def test_an_example_of_a_value_is_one_that_its_reader_would_type() -> None:
    assert [value_example("zh", name) for name in ("spacing", "wait", "out", "stop")] == [
        "固定间隔",
        "是",
        "0.4%",
        "1800",
    ]
    assert [value_example("en", name) for name in ("spacing", "wait")] == ["interval", "yes"]


@pytest.mark.parametrize(("lang", "said"), [("en", "Backpack refuses every order"), ("zh", "Backpack 拒绝所有订单")])
def test_status_says_that_every_order_is_refused_as_long_as_it_lasts(lang: str, said: str) -> None:
    account = an_account()
    assert interruption_of(account) is None

    found = interruption_of(replace(account, refusing=Refusing(text="KYC", since=AT - 60_000)))

    assert said in texts.status(lang, replace(a_summary(), interruption=found))


def test_an_order_in_limbo_has_its_measure_word() -> None:
    assert "，1 个待确认" in texts.status("zh", replace(a_summary(), limbo=1))


@pytest.mark.parametrize(("lang", "said"), [("en", "One. Two."), ("zh", "One.Two.")])
def test_sentences_follow_each_other_as_each_language_has_it(lang: str, said: str) -> None:
    assert beside(lang, Html("One."), Html("Two.")) == said


def test_chinese_says_you_in_one_way() -> None:
    assert not [key for key, said in catalogue("zh").items() if "您" in said]
