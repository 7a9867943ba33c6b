"""What follows /notify, read: a preset, or `fills=off quiet=23:00-07:00`. No texts."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.languages import LANGUAGES, words
from bot.owner.views import Kind, Noise, Preset, Way
from bot.telegram.typed.moments import clock_of, clock_read
from bot.telegram.typed.names import OFF
from bot.telegram.typed.parsing import Wrong, tidy, tokens


def _all(key: str) -> tuple[str, ...]:
    """Every word, in any language, for one of these."""
    return tuple(dict.fromkeys(word for lang in LANGUAGES for word in words(lang, f"notify.{key}.typed")))


KINDS: Mapping[str, Kind] = {word: kind for kind in Kind for word in _all(f"kind.{kind}")}
WAYS: Mapping[str, Way] = {word: way for way in Way for word in _all(f"way.{way}")}
PRESETS: Mapping[str, Preset] = {word: preset for preset in Preset for word in _all(f"preset.{preset}")}
WEEKDAYS: Mapping[str, int] = {word: day for day in range(7) for word in _all(f"day.{day}")}
QUIET, DAILY, WEEKLY, MONTHLY = (_all(name) for name in ("quiet", "daily", "weekly", "monthly"))
LATEST_DAY = 28
"""Of a month: every month has it."""
_MINUTE = re.compile(r"([01]?[0-9]|2[0-3])(?:[:点时]([0-5][0-9])?)?分?")


def noise_typed(text: str, before: Noise) -> Noise | Wrong:
    """The choice with what was typed changed in it."""
    noise = before
    for token in tokens(tidy(text)):
        changed = _changed(token, noise)
        if isinstance(changed, Wrong):
            return changed
        noise = changed
    return noise


def _changed(token: str, noise: Noise) -> Noise | Wrong:
    name, equals, value = token.lower().partition("=")
    if not equals:
        preset = PRESETS.get(name)
        return noise.chosen(preset) if preset else Wrong(reason="word", field="notify", given=token)
    for names, read in _TIMES:
        if name in names:
            return read(value, noise)
    kind, way = KINDS.get(name), WAYS.get(value)
    if kind is None:
        return Wrong(reason="unknown", field="notify", given=name)
    return noise.with_way(kind, way) if way else Wrong(reason="choice", field=str(kind), given=value)


def _quiet(value: str, noise: Noise) -> Noise | Wrong:
    if value in OFF:
        return replace(noise, quiet=None)
    clock = clock_of(value)
    return replace(noise, quiet=clock_read(clock)) if clock else Wrong(reason="whole", field="quiet", given=value)


def _daily(value: str, noise: Noise) -> Noise | Wrong:
    if value in OFF:
        return replace(noise, daily_off=True)
    found = _MINUTE.fullmatch(value)
    if found is None:
        return Wrong(reason="whole", field="daily", given=value)
    return replace(noise, daily=int(found[1]) * 60 + int(found[2] or 0), daily_off=False)


def _weekly(value: str, noise: Noise) -> Noise | Wrong:
    if value in OFF:
        return replace(noise, weekly=None)
    day = WEEKDAYS.get(value)
    return Wrong(reason="choice", field="weekly", given=value) if day is None else replace(noise, weekly=day)


def _monthly(value: str, noise: Noise) -> Noise | Wrong:
    if value in OFF:
        return replace(noise, monthly=None)
    if not value.isascii() or not value.isdecimal() or not 1 <= int(value) <= LATEST_DAY:
        return Wrong(reason="whole", field="monthly", given=value)
    return replace(noise, monthly=int(value))


_TIMES: Sequence[tuple[tuple[str, ...], Callable[[str, Noise], Noise | Wrong]]] = (
    (QUIET, _quiet),
    (DAILY, _daily),
    (WEEKLY, _weekly),
    (MONTHLY, _monthly),
)
