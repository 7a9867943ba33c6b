"""What is pushed: the choice as it is typed, kept and read again, and what each notice is to it."""

import re
from dataclasses import replace
from datetime import time

import pytest

from bot.languages import LANGUAGES
from bot.owner.noise import PRESETS, Kind, Noise, Preset, Way, is_answer, is_danger, kind_of, noise_of
from bot.telegram.answers.commands import BY_NAME
from bot.telegram.texts import noise as texts
from bot.telegram.typed.names import called
from bot.telegram.typed.noise import noise_typed
from bot.telegram.typed.parsing import Wrong
from strategy.messages.notices import LevelWaits, lane_of
from strategy.model.stops import StopReason
from tests.unit import telling
from tests.unit.telling import a_limit

MINE = replace(
    Noise().with_way(Kind.FILL, Way.OFF).with_way(Kind.POINTS, Way.SILENT),
    quiet=(23 * 60, 7 * 60),
    daily=8 * 60,
    weekly=0,
    monthly=1,
)


@pytest.mark.parametrize(
    "line",
    [
        "fills=off points=silent quiet=23:00-07:00 daily=08:00 weekly=mon monthly=1",
        "Fills=OFF, points=mute; quiet=23-7 daily=8 weekly=Monday monthly=1",
        "成交=关 积分=静音 免打扰=23:00-07:00 日报=08:00 周报=周一 月报=1",
        "成交＝关 积分＝静音 免打扰＝23：00-07：00 日报＝8 周报＝星期一 月报＝1",
    ],
)
def test_a_choice_is_typed_in_either_language(line: str) -> None:
    assert noise_typed(line, Noise()) == MINE


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("line", [line for line in BY_NAME["notify"].calls if " " in line])
def test_an_example_is_shown_in_the_words_of_its_reader_and_means_the_same(lang: str, line: str) -> None:
    said = called(lang, line)

    assert noise_typed(said.removeprefix("/notify "), Noise()) == noise_typed(line.removeprefix("/notify "), Noise())
    assert lang == "en" or not re.search("[a-z]", said.removeprefix("/notify"))


def test_what_is_not_spoken_of_stays_and_off_takes_away() -> None:
    assert noise_typed("", MINE) == MINE
    assert noise_typed("quiet=off weekly=off monthly=off", MINE) == replace(MINE, quiet=None, weekly=None, monthly=None)
    off = noise_typed("daily=off", MINE)
    assert isinstance(off, Noise)
    assert off.daily_off
    assert noise_typed("daily=08:00", off) == MINE
    assert noise_typed("fills", MINE) == MINE.chosen(Preset.FILLS), "the name of a kind, too"
    assert noise_typed("hourly", MINE) == replace(MINE, ways=PRESETS[Preset.HOURLY])
    assert noise_typed("仅风险 成交=汇总", MINE) == replace(
        MINE, ways={**PRESETS[Preset.DANGER], Kind.FILL: Way.DIGEST}
    )


@pytest.mark.parametrize(
    "line",
    [
        *(
            "loud",
            "fills=",
            "fills=sometimes",
            "bills=off",
            "quiet=23",
            "quiet=7-7",
            "quiet=25:00-07:00",
            "daily=25:00",
        ),
        *("daily=8:60", "weekly=someday", "monthly=29", "monthly=0", "monthly=١", "fills=off quiet=maybe"),
    ],
)
def test_what_can_not_be_read_changes_nothing_and_is_named(line: str) -> None:
    found = noise_typed(line, MINE)
    assert isinstance(found, Wrong)
    for lang in LANGUAGES:
        assert "/notify" in texts.not_read(lang, found.given)


@pytest.mark.parametrize("noise", [Noise(), MINE, replace(MINE, daily_off=True), *map(Noise().chosen, Preset)])
def test_a_choice_that_was_kept_is_read_again_as_it_was(noise: Noise) -> None:
    assert noise_of(noise.written()) == noise


def test_what_a_later_version_has_written_is_left_out_and_the_rest_is_in_force() -> None:
    written = f"{MINE.written()} stars=on trip=loudly quiet= weekly=x nonsense"

    assert noise_of(written) == MINE
    assert noise_of(None) == noise_of("") == Noise()


def test_the_presets_speak_of_every_kind_and_are_told_apart() -> None:
    assert all(ways.keys() == set(Kind) for ways in PRESETS.values())
    assert [Noise().chosen(preset).preset for preset in Preset] == list(Preset)
    assert Noise().preset is Preset.TRIPS
    assert MINE.preset is None


def test_whatever_overtakes_for_danger_is_pushed_whatever_was_chosen() -> None:
    silent = Noise().chosen(Preset.DANGER)
    asked = (StopReason.OWNER, StopReason.PANIC, StopReason.END_DATE, StopReason.TAKE_PROFIT, StopReason.TRAILING)
    for told in telling.notices():
        danger = is_danger(told)
        assert silent.way_of(told) is (Way.ON if danger else Way.OFF)
        assert not (danger and is_answer(told))
        if danger and kind_of(told) not in (Kind.STOP, Kind.GRID, Kind.EXCHANGE, Kind.POINTS):
            assert lane_of(told).value == "danger", told.kind
        if isinstance(told, LevelWaits):
            assert not danger, "it stands in that lane for its order alone"
    for reason in StopReason:
        assert is_danger(a_limit(reason)) is (reason not in asked), reason


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_screen_shows_every_kind_as_it_is_chosen(lang: str) -> None:
    said = texts.noise(lang, MINE, time(9))

    for kind in Kind:
        assert f"{texts.name_of(lang, kind)}" in said
    assert "23:00-07:00" in said
    assert "08:00" in said
    assert "09:00" in texts.noise(lang, Noise(), time(9))
