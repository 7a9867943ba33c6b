"""/notify: what is pushed and how, as it is chosen now."""

from datetime import time

from bot.owner.views import Kind, Noise, Preset, Way
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.phrases import lines
from bot.telegram.typed.moments import clock_said, minute_said


def noise(lang: str, chosen: Noise, usual: time) -> Html:
    """The whole choice; `usual` is when the daily report comes where nothing was chosen."""
    preset = chosen.preset
    return lines(
        say(lang, "notify.head", preset=name_of_preset(lang, preset) if preset else None),
        *(say(lang, "notify.line", kind=name_of(lang, kind), way=way_of(lang, chosen.ways[kind])) for kind in Kind),
        say(lang, "notify.quiet", clock=clock_said(chosen.quiet) if chosen.quiet else None),
        say(
            lang,
            "notify.reports",
            daily=None if chosen.daily_off else daily_at(chosen, usual),
            weekly=None if chosen.weekly is None else say(lang, f"notify.day.{chosen.weekly}"),
            monthly=chosen.monthly,
        ),
        say(lang, "notify.note"),
    )


def daily_at(chosen: Noise, usual: time) -> str:
    """When the daily report comes."""
    return minute_said(usual.hour * 60 + usual.minute if chosen.daily is None else chosen.daily)


def name_of(lang: str, kind: Kind) -> Html:
    """A kind of notice."""
    return say(lang, f"notify.kind.{kind}")


def way_of(lang: str, way: Way) -> Html:
    """How it is told."""
    return say(lang, f"notify.way.{way}")


def name_of_preset(lang: str, preset: Preset) -> Html:
    """A choice for all kinds."""
    return say(lang, f"notify.preset.{preset}")


def not_read(lang: str, given: str) -> Html:
    """What can't be read, what may stand there, and a line that would have been right."""
    kinds, ways, presets = (
        Html(listed(lang, (f"<code>{say(lang, f'notify.{what}.{one}.typed').split()[0]}</code>" for one in choices)))
        for what, choices in (("kind", Kind), ("way", Way), ("preset", Preset))
    )
    return say(lang, "notify.wrong", given=given, kinds=kinds, ways=ways, presets=presets)
