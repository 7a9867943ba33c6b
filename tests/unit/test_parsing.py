"""What the owner types: read as it was meant, or refused with the field and the reason."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.languages import catalogue
from bot.owner.noise import Noise
from bot.owner.proposal import propose
from bot.settings import Defaults
from bot.telegram.texts import face as texts
from bot.telegram.texts.mistakes import grid_example, wrong_text
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.names import aliases, called, shown
from bot.telegram.typed.noise import noise_typed
from bot.telegram.typed.parameters import BY_WORD, GRID_KEYS, PARAMETERS, TUNE_KEYS, TYPED
from bot.telegram.typed.parsing import (
    Given,
    Value,
    Wrong,
    clash,
    parse,
    parse_grid_number,
    parse_value,
    tokens,
)
from bot.telegram.typed.wishes import from_words, line_of, spec_from_args, spec_to_args, to_words, wish_of
from strategy.model.spec import GridSpec, Shift, Spacing
from tests.unit.viewing import FEES, GEOMETRIC, INTERVAL, MARKET, TOUCH

D = Decimal
WHOLE = {"interval": D(40), "grids": D(3), "usdc": D(50), "out": D("0.004")}


def read(text: str) -> Given | Wrong:
    return parse(text, keys=GRID_KEYS, words=1)


@pytest.mark.parametrize(
    "text",
    [
        "ETH_USDC interval=40 grids=3 usdc=50 out=0.4%",
        "out=0.4% usdc=50 grids=3 interval=40 ETH_USDC",
        "ETH_USDC interval = 40 grids= 3 usdc =50 out = 0.4 %",
        "ETH_USDC, interval=40, grids=3, usdc=50, out=0.4%",
        "ETH_USDC interval:40 grids:3 usdc:50 out:0.4%",
        "ETH_USDC INTERVAL=40 Grids=3 usdc=50 OUT=.4",
        "ETH_USDC interval=40.0 num_grids=3 usdc=50.00 out_want=0.4%",
        "ＥＴＨ＿ＵＳＤＣ interval＝４０ grids＝３ usdc＝５０ out＝０．４％",
        "ETH_USDC　interval：40，grids：3，usdc：50，out：0。4％",
        "ETH_USDC 间隔=40 格数=3 金额=50 利润=0.4%",
    ],
)
def test_a_line_is_understood_however_it_is_written(text: str) -> None:
    assert read(text) == Given(words=("ETH_USDC",), values=WHOLE)


@pytest.mark.parametrize(
    ("text", "reason", "field"),
    [
        ("ETH_USDC interval=0", "positive", "interval"),
        ("ETH_USDC interval=-40", "positive", "interval"),
        ("ETH_USDC interval=−40", "positive", "interval"),
        ("ETH_USDC usdc=1e9", "number", "usdc"),
        ("ETH_USDC usdc=NaN", "number", "usdc"),
        ("ETH_USDC usdc=Infinity", "number", "usdc"),
        ("ETH_USDC usdc=0x10", "number", "usdc"),
        ("ETH_USDC usdc=1_000", "number", "usdc"),
        ("ETH_USDC usdc=50abc", "number", "usdc"),
        ("ETH_USDC usdc=٥٠", "number", "usdc"),
        ("ETH_USDC usdc=50%", "number", "usdc"),
        ("ETH_USDC usdc=1,000", "comma", "usdc"),
        ("ETH_USDC usdc=1，000", "comma", "usdc"),
        ("ETH_USDC out=0,4%", "comma", "out"),
        ("ETH_USDC usdc=99999999999999999", "digits", "usdc"),
        ("ETH_USDC usdc=0.1234567890123", "digits", "usdc"),
        ("ETH_USDC grids=2.5", "whole", "grids"),
        ("ETH_USDC grids=201", "whole", "grids"),
        ("ETH_USDC grids=0", "positive", "grids"),
        ("ETH_USDC out=0%", "positive", "out"),
        ("ETH_USDC out=101%", "range", "out"),
        ("ETH_USDC spacing=diagonal", "choice", "spacing"),
        ("ETH_USDC sell=maybe", "choice", "sell"),
        ("ETH_USDC interval=", "missing", "interval"),
        ("ETH_USDC interval= grids=3", "missing", "interval"),
        ("ETH_USDC interval=40 interval=50", "repeated", "interval"),
        ("ETH_USDC interval=40 间隔=50", "repeated", "interval"),
        ("ETH_USDC intervall=40", "unknown", "intervall"),
        ("ETH_USDC leverage=20", "unknown_of", "leverage"),
        ("ETH_USDC 40", "word", "market"),
    ],
)
def test_a_mistake_is_named_with_its_field(text: str, reason: str, field: str) -> None:
    found = read(text)

    assert isinstance(found, Wrong)
    assert (found.reason, found.field) == (reason, field)


@pytest.mark.parametrize(
    ("given_text", "meant"),
    [("1,000", "1000"), ("12,345.6", "12345.6"), ("1,000,000", "1000000"), ("0,4", "0.4"), ("0,400", "0.400")],
)
def test_a_number_with_commas_is_answered_with_what_was_probably_meant(given_text: str, meant: str) -> None:
    found = parse_value("usdc", given_text)

    assert isinstance(found, Wrong)
    assert (found.reason, found.hint) == ("comma", meant)


@pytest.mark.parametrize(
    ("values", "reason", "field"),
    [
        ({"interval": D(40), "lower": D(1), "upper": D(2), "spacing": "interval"}, "clash", "lower"),
        ({"interval": D(40), "lower": D(1), "upper": D(2)}, "clash", "interval"),
        ({"out": D("0.01"), "spacing": "geometric", "lower": D(1), "upper": D(2)}, "clash", "out"),
        ({"usdc": D(50), "total": D(500)}, "clash", "total"),
        ({"coins": D(1), "total": D(500)}, "clash", "total"),
        ({"usdc": D(50), "pct": D("0.5")}, "clash", "pct"),
        ({"below": D("0.2"), "above": D("0.1"), "lower": D(1), "upper": D(2)}, "clash", "below"),
        ({"grids": D(3), "step": D("0.01"), "lower": D(1), "upper": D(2)}, "clash", "step"),
        ({"below": D("0.2")}, "missing", "above"),
        ({"below": D("0.2"), "above": D("0.1"), "spacing": "interval"}, "clash", "below"),
        ({"lower": D(1800)}, "missing", "upper"),
        ({"upper": D(1800)}, "missing", "lower"),
    ],
)
def test_parameters_that_exclude_or_need_each_other_are_named(
    values: Mapping[str, Value], reason: str, field: str
) -> None:
    found = clash(values)

    assert found is not None
    assert (found.reason, found.field) == (reason, field)


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"lower": D(1), "upper": D(2), "width": "atr"}, "lower"),
        ({"below": D("0.2"), "above": D("0.1"), "width": "atr"}, "below"),
        ({"lower": D(1), "upper": D(2), "spacing": "arithmetic", "width": "atr"}, "spacing=arithmetic"),
    ],
)
def test_what_does_not_go_together_is_named_as_it_was_typed(values: Mapping[str, Value], hint: str) -> None:
    found = clash(values)

    assert found is not None
    assert (found.reason, found.field, found.hint) == ("clash", "width", hint)


@pytest.mark.parametrize("word", ["off", "0", "OFF", "none", "０", "关"])
def test_a_limit_is_removed_by_off_or_nought(word: str) -> None:
    assert parse(f"1 stop={word}", keys=TUNE_KEYS, words=1) == Given(words=("1",), values={"stop": None})


def test_only_limits_can_be_removed() -> None:
    assert isinstance(parse_value("usdc", "0"), Wrong)
    assert isinstance(parse_value("usdc", "off"), Wrong)


@pytest.mark.parametrize(("typed", "number"), [("1", 1), ("#12", 12), ("３", 3)])
def test_a_grid_is_named_by_its_number(typed: str, number: int) -> None:
    assert parse_grid_number(typed) == number


@pytest.mark.parametrize("typed", ["0", "-1", "one", "1.5", "", "9999999999"])
def test_what_is_no_number_of_a_grid_is_refused(typed: str) -> None:
    assert isinstance(parse_grid_number(typed), Wrong)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_and_never_breaks_the_reader(text: str) -> None:
    found = read(text)

    if isinstance(found, Wrong):
        assert wrong_text("en", found, grid_example(found.field))
    else:
        assert len(found.words) <= 1
        assert all("=" not in token for token in tokens(" ".join(found.words)))


@given(st.decimals(min_value="0.000000000001", max_value=10**14, places=12))
def test_a_plain_number_is_read_to_the_last_digit(number: Decimal) -> None:
    assert parse_value("usdc", format(number, "f")) == number


REASONS = [
    "number",
    "comma",
    "positive",
    "whole",
    "range",
    "digits",
    "choice",
    "missing",
    "alone",
    "none_of",
    "which",
    "repeated",
    "unknown",
    "unknown_of",
    "word",
    "clash",
    "ambiguous",
]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_names_the_field_and_a_correct_example(lang: str, reason: str) -> None:
    assert f"wrong.{reason}" in catalogue(lang)
    for field in GRID_KEYS:
        said = wrong_text(lang, Wrong(reason=reason, field=field, given="x<y", hint="z"), grid_example(field))
        assert called(lang, grid_example(field)) in said
        assert "x&lt;y" in said or shown(lang, field) in said


@pytest.mark.parametrize("field", GRID_KEYS)
@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_example_is_correct(field: str, lang: str) -> None:
    line = called(lang, grid_example(field)).removeprefix("/grid ")
    found = read(line)

    assert isinstance(found, Given)
    assert found == read(grid_example(field).removeprefix("/grid "))
    assert clash(found.values) is None


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("name", [one.word for one in TYPED])
def test_every_parameter_has_names_in_each_language_that_are_understood(name: str, lang: str) -> None:
    kind = BY_WORD[name].kind
    value = {
        Kind.SPACING: "等比",
        Kind.SHIFT: "上移",
        Kind.MEASURE: "标准差",
        Kind.YES_NO: "是",
        Kind.PERIOD: "每天",
        Kind.CLOCK: "９：00－17：30",
        Kind.DATE: "２０２６-12-31",
        Kind.COUNT: "５",
        Kind.PERCENT: "0。4％",
    }.get(kind, "５０")
    english = parse(f"{name}={value}", keys=(name,))

    assert isinstance(english, Given)
    assert shown(lang, name) == aliases(lang, name)[0]
    for alias in aliases(lang, name):
        for mark in ("=", "＝", "：", " : "):
            assert parse(f"{alias}{mark}{value}", keys=(name,)) == english


def test_a_distance_is_the_interval_and_a_kind_is_the_spacing() -> None:
    assert read("ETH_USDC 间距=40") == read("ETH_USDC interval=40")
    assert read("ETH_USDC 间距=等比") == read("ETH_USDC spacing=geometric")


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_settings_that_a_text_names_are_called_so_by_its_readers(lang: str) -> None:
    """A line that is copied out of a message works, and in Chinese it has Chinese names."""
    examples = re.compile(r"<code>(?:/(?:grid|tune|risk) )?([^<{]*=[^<]*)</code>")
    for key, said in catalogue(lang).items():
        for line in set(examples.findall(said)) - {"name=value", "名称=值"}:
            shown_line = re.sub(r"\{\w+\}", "1", line)
            if "notify" in key:
                assert isinstance(noise_typed(line.removeprefix("/notify "), Noise()), Noise), (key, line)
                continue
            found = parse(re.sub("=$", "=1", shown_line), keys=tuple(one.word for one in TYPED), words=2)
            assert isinstance(found, Given), (key, line)
            if lang == "zh":
                assert not re.search(r"[a-z]=", line), (key, line)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("out=0.004", "0.004"),
        ("out_want=0.004", "0.004"),
        ("利润=.004", "0.004"),
        ("out=0.05", "0.05"),
        ("out=0.4", "0.004"),
        ("out=0.004%", "0.00004"),
        ("out=5", "0.05"),
        ("maxloss=0.05", "0.05"),
        ("maxloss=5", "0.05"),
        ("maxloss=0.5%", "0.005"),
    ],
)
def test_a_small_bare_number_is_the_briefs_fraction(typed: str, meant: str) -> None:
    found = parse(typed, keys=GRID_KEYS)

    assert isinstance(found, Given)
    assert list(found.values.values()) == [D(meant)]


def test_a_bare_number_that_may_mean_both_is_asked_about() -> None:
    found = parse("maxloss=0.5", keys=GRID_KEYS)

    assert isinstance(found, Wrong)
    assert (found.reason, found.hint) == ("ambiguous", "0.5% / 50%")


def test_every_kind_of_value_says_what_is_allowed() -> None:
    for lang in texts.LANGUAGES:
        assert all(f"allowed.{kind}" in catalogue(lang) for kind in {one.kind for one in PARAMETERS})


SPECS = [INTERVAL, GEOMETRIC, GridSpec(symbol=INTERVAL.symbol, grids=1, max_loss=None, sell_on_limit=True)]


@pytest.mark.parametrize("spec", SPECS)
def test_a_button_carries_the_whole_spec(spec: GridSpec) -> None:
    args = spec_to_args(spec)

    assert spec_from_args(args) == spec
    assert all(isinstance(value, str) for value in args.values())


def test_a_wish_is_the_same_after_it_was_text() -> None:
    values: dict[str, Value] = {**WHOLE, "spacing": "interval", "stop": None, "sell": "yes"}

    words = to_words(values)

    assert words["stop"] == "off"
    assert from_words(words) == {
        "interval": D(40),
        "grids": 3,
        "quote_per_order": D(50),
        "out_want": D("0.004"),
        "spacing": Spacing.INTERVAL,
        "stop_loss": None,
        "sell_on_limit": True,
    }


def test_a_spec_can_be_wished_for_again() -> None:
    wish = wish_of(GEOMETRIC)

    assert wish["market"] == "ETH_USDC"
    assert Spacing(wish["spacing"]) is Spacing.GEOMETRIC
    assert (wish["lower"], wish["total"], wish["stop"]) == ("1500", "9200", "1400")


_SHIFTS = replace(GEOMETRIC, shift=Shift.BOTH, shift_low=D(900), shift_high=None, stop_loss=None, take_profit=None)


@pytest.mark.parametrize(
    "spec",
    [
        INTERVAL,
        replace(INTERVAL, out_want=D("0.0625"), max_loss=None, max_position=D("0.5")),
        replace(INTERVAL, max_loss=None, max_drawdown=D("0.1"), sell_on_limit=True, again=48),
        replace(INTERVAL, taper=D("0.15"), open_hours=(60, 480), fall=D("0.03"), fall_hours=12, ends="2030-02-03"),
        GEOMETRIC,
        _SHIFTS,
    ],
)
def test_the_line_of_a_grid_opens_the_same_one_whatever_the_settings_propose(spec: GridSpec) -> None:
    others = Defaults(grids=9, quote_per_order=D(99), out_want=D("0.01"), max_loss=D("0.2"), max_position=D(777))
    line = line_of(spec)
    given = parse(line.removeprefix("/grid "), keys=GRID_KEYS, words=1)
    assert isinstance(given, Given), line

    assert propose(from_words(to_words(given.values)), MARKET, TOUCH, FEES, others) == spec
    assert len(line_of(INTERVAL)) < 100


@pytest.mark.parametrize(
    ("typed", "hours"),
    [("48", 48), ("48h", 48), ("2d", 48), ("2 days", 48), ("2天", 48), ("48 小时", 48), ("1.5d", 36), ("31d", 744)],
)
def test_hours_are_typed_as_hours_or_days(typed: str, hours: int) -> None:
    found = parse_value("fallfor", typed)

    assert found == hours
    assert from_words(to_words({"fallfor": D(hours)})) == {"fall_pause": hours}


@pytest.mark.parametrize(
    ("typed", "reason"), [("0h", "whole"), ("32d", "whole"), ("1.5h", "whole"), ("x", "number"), ("1,000h", "comma")]
)
def test_no_more_hours_are_taken_than_are_known_of_a_market(typed: str, reason: str) -> None:
    found = parse_value("fallfor", typed)

    assert isinstance(found, Wrong)
    assert found.reason == reason
    assert typed in wrong_text("en", found, "/grid")
