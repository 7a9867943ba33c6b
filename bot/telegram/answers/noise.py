"""/notify: what is pushed and how. Buttons and typed words do the same; each choice is in force at once."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import InlineKeyboardButton

from bot.owner.views import NOISE, Kind, Noise, Preset, Way, noise_of
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.texts import noise as texts
from bot.telegram.typed.noise import noise_typed
from bot.telegram.typed.parsing import Wrong

BUTTON = "m"
"""How the data of these buttons begins. Each names what is chosen by it: pressed twice, it chooses the same."""
NIGHT = (23 * 60, 7 * 60)
"""What the button for quiet hours sets; any others are typed."""
_ORDER, _KINDS, _PRESETS = tuple(Way), tuple(Kind), tuple(Preset)


async def notify(talk: Conversation, words: str) -> None:
    """`/notify` shows the choice, `/notify hourly` and `/notify fills=off quiet=23:00-07:00` change it."""
    before = _chosen(talk)
    after = noise_typed(words, before)
    if isinstance(after, Wrong):
        talk.outcome = "refused"
        await talk.send(texts.not_read(talk.lang, after.given))
        return
    _choose(talk, before, after)
    await talk.send(*_card(talk, after))


async def pressed(talk: Conversation, args: Sequence[str]) -> None:
    """A button of the card: the card says what is chosen now."""
    before = _chosen(talk)
    after = _after(before, args)
    if after is None:
        talk.outcome = "unknown"
        return
    _choose(talk, before, after)
    await talk.show(_card(talk, after))


def _after(before: Noise, args: Sequence[str]) -> Noise | None:
    match args:
        case ["preset", name] if name in _PRESETS:
            return before.chosen(Preset(name))
        case ["kind", kind, way] if kind in _KINDS and way in _ORDER:
            return before.with_way(Kind(kind), Way(way))
        case ["quiet", "on" | "off" as said]:
            return replace(before, quiet=NIGHT if said == "on" else None)
        case ["daily", "on" | "off" as said]:
            return replace(before, daily_off=said == "off")
        case ["weekly", "on" | "off" as said]:
            return replace(before, weekly=0 if said == "on" else None)
        case ["monthly", "on" | "off" as said]:
            return replace(before, monthly=1 if said == "on" else None)
        case _:
            return None


def _chosen(talk: Conversation) -> Noise:
    return noise_of(talk.desk.notebook.setting(NOISE))


def _choose(talk: Conversation, before: Noise, after: Noise) -> None:
    if after != before:
        talk.desk.notebook.set_setting(NOISE, after.written())
        talk.desk.noise_changed()


def _card(talk: Conversation, noise: Noise) -> Card:
    presets = [_preset(talk, preset, noise) for preset in Preset]
    kinds = [_kind(talk, kind, noise.ways[kind]) for kind in Kind]
    rows = [presets[:2], presets[2:], *(kinds[at : at + 2] for at in range(0, len(kinds), 2))]
    quiet = _switch(talk, "quiet", on=noise.quiet is not None)
    reports = [
        _switch(talk, "daily", on=not noise.daily_off),
        _switch(talk, "weekly", on=noise.weekly is not None),
        _switch(talk, "monthly", on=noise.monthly is not None),
    ]
    return Card(texts.noise(talk.lang, noise, talk.desk.report_time), keyboard(*rows, [quiet], reports))


def _preset(talk: Conversation, preset: Preset, noise: Noise) -> InlineKeyboardButton:
    mark = "✓ " if noise.preset is preset else ""
    return nav(f"{mark}{texts.name_of_preset(talk.lang, preset)}", BUTTON, "preset", preset)


def _kind(talk: Conversation, kind: Kind, way: Way) -> InlineKeyboardButton:
    """Its label is how it is told now; a press chooses the next way."""
    following = _ORDER[(_ORDER.index(way) + 1) % len(_ORDER)]
    label = f"{texts.name_of(talk.lang, kind)}: {texts.way_of(talk.lang, way)}"
    return nav(label, BUTTON, "kind", kind, following)


def _switch(talk: Conversation, name: str, *, on: bool) -> InlineKeyboardButton:
    mark = "✓" if on else "✗"
    return nav(f"{mark} {talk.label(f'notify_{name}')}", BUTTON, name, "off" if on else "on")
