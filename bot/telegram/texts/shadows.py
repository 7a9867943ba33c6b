"""A replay of the recorded events in words: the verdict first; for a difference what was, what is, and why."""

from collections.abc import Iterator
from datetime import UTC, tzinfo

from bot.owner.shadows import Difference, Shadow
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.phrases import day_and_time, foot, lines
from strategy.messages.machine import ShadowDiffers, Shadowed


def shadow(lang: str, found: Shadow, mode: str, zone: tzinfo = UTC) -> Html:
    """What came of it."""
    differs = found.difference
    said = _differs(lang, found, differs, zone) if differs is not None else _same(lang, found, zone)
    counts = say(
        lang,
        "shadow.counts",
        events=found.events,
        actions=found.actions,
        fills=found.fills,
        states=found.states,
        starts=found.starts,
    )
    return lines(said, counts, foot(lang, mode))


def _same(lang: str, found: Shadow, zone: tzinfo) -> Html:
    day, time = day_and_time(found.begins, zone)
    return say(lang, "shadow.same", day=day, time=time)


def _differs(lang: str, found: Shadow, differs: Difference, zone: tzinfo) -> Html:
    day, time = day_and_time(differs.at, zone)
    what = say(lang, f"shadow.where.{differs.where}")
    return lines(
        say(lang, "shadow.differs", day=day, time=time, events=differs.number, what=what),
        *_what(lang, differs.event, differs.recorded, differs.now),
        _cause(lang, differs.version, found.version),
    )


def night(lang: str, told: Shadowed) -> Html:
    """A line of the daily report."""
    if told.why_not is not None:
        return say(lang, f"shadow.night.{told.why_not}")
    if told.where is None or told.found_at is None:
        return say(lang, "shadow.night", events=told.events)
    day, time = day_and_time(told.found_at)
    return say(lang, "shadow.night.differs", day=day, time=time, what=say(lang, f"shadow.where.{told.where}"))


def shadow_differs(lang: str, told: ShadowDiffers) -> Html:
    """Told after a night in which it was found."""
    day, time = day_and_time(told.found_at)
    return lines(
        say(lang, "shadow_differs", day=day, time=time, what=say(lang, f"shadow.where.{told.where}")),
        *_what(lang, told.event, told.recorded, told.now),
        _cause(lang, told.recorded_by, told.version),
    )


def _what(lang: str, event: str, recorded: str, now: str) -> Iterator[Html]:
    if event:
        yield say(lang, "shadow.event", event=event)
    if recorded:
        yield say(lang, "shadow.recorded", recorded=recorded)
    if now:
        yield say(lang, "shadow.now", now=now)


def _cause(lang: str, recorded: str, now: str) -> Html:
    if recorded == now:
        return say(lang, "shadow.same_version")
    return say(lang, "shadow.other_version", recorded=recorded, now=now)
