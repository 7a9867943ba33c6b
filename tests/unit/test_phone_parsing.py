"""A line as it is typed on a phone, often in Chinese: read where it can mean one thing, asked about where it can't."""

from datetime import date
from decimal import Decimal

import pytest

from bot.telegram.typed.moments import clock_of, date_of, with_months
from bot.telegram.typed.parameters import GRID_KEYS, RISK_KEYS
from bot.telegram.typed.parsing import Given, Value, Wrong, grid_words, parse, parse_value, wrong_money
from strategy.model.market import USDC, Asset

D = Decimal
BTC = Asset("BTC")


def read(text: str) -> Given | Wrong:
    return parse(text, keys=GRID_KEYS, words=1)


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("总额=1万", {"total": D(10_000)}),
        ("\u200e总额\ufeff=\u200b1万\u2069", {"total": D(10_000)}),
        ("总额=1.5万U", {"total": D(15_000)}),
        ("total=2k", {"total": D(2_000)}),
        ("金额=500U", {"usdc": D(500)}),
        ("金额=500 USDC", {"usdc": D(500)}),
        ("金额=500刀", {"usdc": D(500)}),
        ("每单＝５０", {"usdc": D(50)}),
        ("单笔＝50刀", {"usdc": D(50)}),
        ("移动=向上", {"shift": "up"}),
        ("格数=20格", {"grids": D(20)}),
        ("止损=1800。", {"stop": D(1800)}),
        ("金额=50。格数=3", {"usdc": D(50), "grids": D(3)}),
        ("止损1700", {"stop": D(1700)}),
        ("金额 50 格数 3", {"usdc": D(50), "grids": D(3)}),
        ("usdc 50 grids 3", {"usdc": D(50), "grids": D(3)}),
        ("等比", {"spacing": "geometric"}),
        ("模式=等差", {"spacing": "arithmetic"}),
        ("区间=1800-2200", {"lower": D(1800), "upper": D(2200)}),
        ("区间 1800~2200", {"lower": D(1800), "upper": D(2200)}),
        ("区间1800-2200", {"lower": D(1800), "upper": D(2200)}),
        ("区间：1,800～2,200", None),
        ("range=1800-2200", {"lower": D(1800), "upper": D(2200)}),
        ("投资金额=500", {"total": D(500)}),
        ("平移费用=0.06", {"shiftcost": D("0.0006")}),
        ("利润=0.004", {"out": D("0.004")}),
        ("最大亏损=8", {"maxloss": D("0.08")}),
        ("最大亏损=20", {"maxloss": D("0.2")}),
        ("最大亏损=100%", {"maxloss": D(1)}),
        ("结束=2026/12/31", {"until": "2026-12-31"}),
        ("结束=2026年12月1日", {"until": "2026-12-01"}),
    ],
)
def test_what_can_mean_one_thing_is_read(typed: str, values: dict[str, Value] | None) -> None:
    found = read(f"ETH_USDC {typed}")
    if values is None:
        assert isinstance(found, Wrong)
        assert found.reason == "comma"
    else:
        assert isinstance(found, Given), found
        assert found.values == values


@pytest.mark.parametrize(
    ("typed", "reason", "hint"),
    [
        ("平移费用=0.05", "ambiguous", "0.05% / 5%"),
        ("trail=0.03", "ambiguous", "0.03% / 3%"),
        ("最大亏损=100", "unsigned", "100%"),
        ("最大亏损=21", "unsigned", "21%"),
        ("止损价格=1800", "unknown", "stop"),
        ("触发价格=1800", "unknown", "trigger"),
        ("最低=1800", "unknown", "lower"),
        ("单笔金额=50", "unknown", "usdc"),
        ("金额=五十", "number", ""),
        ("金额=U", "number", ""),
        ("金额=万", "number", ""),
        ("金额=999999999999万", "digits", ""),
        ("开启均线=2w", "number", ""),
    ],
)
def test_what_can_mean_two_things_is_asked_about(typed: str, reason: str, hint: str) -> None:
    found = read(f"ETH_USDC {typed}")
    assert isinstance(found, Wrong), found
    assert (found.reason, found.hint) == (reason, hint)


def test_a_drawdown_of_the_account_that_may_be_money_is_asked_about_too() -> None:
    found = parse("drawdown=200", keys=RISK_KEYS)
    assert isinstance(found, Wrong)
    assert found.reason in ("unsigned", "range")


@pytest.mark.parametrize(
    "typed", ["敞口=3000 敞口.ETH=1500", "敞口=３０００ 敞口.ｅｔｈ＝1500", "敞口3000 敞口.ETH 1500"]
)
def test_a_limit_of_one_coin_is_no_figure_that_is_glued_to_its_name(typed: str) -> None:
    """The example of every refusal of /risk in Chinese was itself refused: 'exposure is given twice'."""
    found = parse(typed, keys=RISK_KEYS)

    assert isinstance(found, Given), found
    assert found.values == {"exposure": Decimal(3000), "exposure.ETH": Decimal(1500)}


def test_a_market_may_be_written_as_two_words() -> None:
    found = read("eth usdc 金额=50")
    assert isinstance(found, Given)
    assert found.words == ("eth_usdc",)


@pytest.mark.parametrize("typed", ["total=500U", "usdc=500", "stop=500刀"])
def test_dollars_are_no_other_quote(typed: str) -> None:
    found = read(f"ETH_BTC {typed}")
    assert isinstance(found, Given)
    assert wrong_money(found, USDC) is None
    wrong = wrong_money(found, BTC)
    assert wrong is not None
    assert (wrong.reason, wrong.given) == ("not_dollars", typed)


def test_an_answer_in_dollars_where_another_quote_is_asked_for_is_refused() -> None:
    assert parse_value("total", "500U") == 500
    assert isinstance(parse_value("total", "500U", BTC), Wrong)
    assert parse_value("total", "0.5", BTC) == D("0.5")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1 卖出", ["1", "卖出"]),
        ("1卖出", ["1", "卖出"]),
        ("第1个，卖出。", ["1", "卖出"]),
        ("网格 1、2", ["1", "2"]),
        ("#1", ["#1"]),
        ("1.5", ["1.5"]),
        ("-1", ["-1"]),
        ("", []),
    ],
)
def test_the_words_about_grids(typed: str, said: list[str]) -> None:
    assert grid_words(typed) == said


@pytest.mark.parametrize(
    ("typed", "clock"),
    [("9点-17点", "09:00-17:00"), ("9:00~17:30", "09:00-17:30"), ("22点到6点", "22:00-06:00"), ("25-3", None)],
)
def test_a_part_of_a_day(typed: str, clock: str | None) -> None:
    assert clock_of(typed) == clock


@pytest.mark.parametrize(
    ("typed", "day"), [("2026-1-5", "2026-01-05"), ("2026.12.31", "2026-12-31"), ("2026/13/1", None), ("90天", "90d")]
)
def test_a_day(typed: str, day: str | None) -> None:
    assert date_of(typed) == day


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("2026-2", ["2026-02-01", "2026-02-28"]),
        ("2028年2月", ["2028-02-01", "2028-02-29"]),
        ("2026/12", ["2026-12-01", "2026-12-05"]),
        ("2027.01", ["2027-01-01", "2027-01-31"]),
        ("2026-13", ["2026-13"]),
        ("0000-01", ["0000-01"]),
        ("1 2026/11/3 昨天", ["1", "2026-11-03", "2026-12-04"]),
    ],
)
def test_days_and_months_of_a_line(typed: str, days: list[str]) -> None:
    """A month goes as far as it has come."""
    assert with_months(typed.split(), date(2026, 12, 5)) == days


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("每格=50", "usdc, interval"),
        ("每格50", "usdc, interval"),
        ("每格 50U", "usdc, interval"),
        ("each=50", "usdc, interval"),
        ("每格=1%", "step, out"),
    ],
)
def test_a_figure_of_each_level_is_asked_about(typed: str, meant: str) -> None:
    """It was taken for an interval that was mistyped; money for each level is as likely, and another grid."""
    found = read(f"ETH_USDC {typed}")

    assert isinstance(found, Wrong)
    assert (found.reason, found.hint) == ("which", meant)
    assert isinstance(read("ETH_USDC 每格金额=50 每格间隔=40"), Given)
