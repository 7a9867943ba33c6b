"""Levers that would do nothing as they are typed: what says more of one that is off, and two against each other."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.mode import Mode
from bot.telegram.texts import face as texts
from bot.telegram.texts.mistakes import grid_example, shown_by, tune_example, wrong_text
from bot.telegram.typed.names import shown
from bot.telegram.typed.parameters import BY_WORD, GRID_KEYS, OF_GRID
from bot.telegram.typed.parsing import Given, Value, Wrong, clash, parse
from bot.telegram.typed.wishes import line_of
from strategy.model.spec import Shift
from tests.unit.viewing import INTERVAL, a_preview

D = Decimal


@pytest.mark.parametrize(
    ("values", "reason", "field"),
    [
        ({"fallin": D(12)}, "alone", "fallin"),
        ({"shiftafter": D(2), "lower": D(1), "upper": D(2)}, "alone", "shiftafter"),
        ({"untilsell": "yes"}, "alone", "untilsell"),
        ({"shift": "up", "shiftlow": D(1)}, "clash", "shiftlow"),
        ({"shift": "down", "shifthigh": D(1)}, "clash", "shifthigh"),
        ({"width": "volume", "interval": D(40), "widthtimes": D(2)}, "clash", "widthtimes"),
        ({"shift": None, "shiftafter": D(2)}, "alone", "shiftafter"),
        ({"stopsell": "yes"}, "alone", "stopsell"),
        ({"stopsell": "yes", "stop": None}, "alone", "stopsell"),
        ({"takesell": "yes"}, "none_of", "takesell"),
        ({"losssell": "yes", "maxloss": None}, "none_of", "losssell"),
        ({"sell": "yes", "maxloss": None}, "none_of", "sell"),
        ({"again": D(24), "maxloss": None}, "none_of", "again"),
        ({"rise": "yes"}, "missing", "stop"),
        ({"rise": "yes", "stop": None}, "alone", "rise"),
        ({"ceiling": D(200), "compound": None}, "alone", "ceiling"),
    ],
)
def test_what_would_do_nothing_is_named(values: Mapping[str, Value], reason: str, field: str) -> None:
    found = clash(values)

    assert found is not None
    assert (found.reason, found.field) == (reason, field)


@pytest.mark.parametrize(
    "values",
    [
        {"fall": D("0.05"), "fallin": D(12)},
        {"shift": "up", "shiftlow": None},
        {"losssell": "yes"},  # a maximum loss is there without a word
        {"sell": "yes"},
        {"again": D(24)},
        {"again": D(24), "maxloss": None, "trail": D("0.03")},
        {"again": None, "maxloss": None},
        {"takesell": "yes", "trail": D("0.03")},
        {"takesell": "no"},
        {"sell": "yes", "maxloss": None, "until": "30d"},
        {"rise": "yes", "stop": D(1800)},
    ],
)
def test_what_says_more_of_another_stands_beside_it_and_what_is_off_says_nothing(values: Mapping[str, Value]) -> None:
    assert clash(values) is None


def test_the_example_of_what_is_missing_shows_what_asked_for_it() -> None:
    """`infinity=yes` alone was answered with a range that has an upper end, which it can't have."""
    found = clash({"infinity": "yes"})
    assert found is not None

    example = grid_example(shown_by(found))

    assert "infinity=yes" in example
    assert f" {found.field}=" in example


def test_the_line_that_opens_the_same_grid_says_nothing_that_would_be_refused() -> None:
    """A spec of before, whose window of a fast fall says more of none, is copied without it."""
    spec = replace(INTERVAL, fall=None, fall_hours=12, shift=Shift.UP, shift_low=D(900), shift_high=None)

    line = line_of(spec)

    assert "fallin" not in line
    assert "shiftlow" not in line
    assert "shifthigh=off" in line
    found = parse(line.removeprefix("/grid "), keys=GRID_KEYS, words=1)
    assert isinstance(found, Given)
    assert clash(found.values) is None


def test_a_sale_at_a_limit_that_is_gone_is_not_copied() -> None:
    spec = replace(INTERVAL, stop_loss=None, stop_sells=True, take_sells=True, trail=D("0.03"), loss_sells=True)

    line = line_of(replace(spec, max_loss=None))

    assert "stopsell" not in line
    assert "losssell" not in line
    assert "takesell=yes" in line
    assert "losssell=yes" in line_of(replace(spec, max_loss=D("0.05")))


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("name", [one.word for one in OF_GRID if one.any_of])
def test_the_example_of_what_does_nothing_alone_shows_it_beside_something(name: str, lang: str) -> None:
    wrong = Wrong(reason="none_of", field=name, given=name, hint=", ".join(BY_WORD[name].any_of))

    assert f" {BY_WORD[name].any_of[0]}=" in grid_example(name)
    assert f"{name}={BY_WORD[name].example}" in tune_example(wrong)
    assert f"{shown(lang, BY_WORD[name].any_of[-1])}" in wrong_text(lang, wrong, tune_example(wrong))


@pytest.mark.parametrize("name", ["taper", "trail", "fall", "below"])
def test_the_whole_of_what_must_be_a_part_is_refused(name: str) -> None:
    """A trailing take-profit 100 % below its peak never sells, and a fall of 100 % pauses nothing."""
    found = parse(f"ETH_USDC {name}=100%", keys=GRID_KEYS, words=1)

    assert isinstance(found, Wrong)
    assert "below 100 %" in wrong_text("en", found, grid_example(name))
    assert isinstance(parse(f"ETH_USDC {name}=99%", keys=GRID_KEYS, words=1), Given)
    assert BY_WORD[name].a_part, "its row says so: whoever adds one has to look nowhere else"


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_compounding_a_profit_that_is_kept_in_coins_is_said_to_do_nothing(lang: str) -> None:
    """Two levers against each other: 'makes its next buys larger' stood beside 'its profit is kept in ETH'."""
    spec = replace(INTERVAL, compound=D("0.5"))
    alone, both = (texts.preview(lang, a_preview(one), Mode.DEMO) for one in (spec, replace(spec, profit_in_coin=True)))

    grows, nothing = texts.say(lang, "parameter.compound.line", value="50"), {"en": "does nothing", "zh": "不起作用"}
    assert grows in alone
    assert grows not in both
    assert nothing[lang] in both
