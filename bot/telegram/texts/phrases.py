"""Small phrases that every card uses: the mode, durations, moments, names of grids; and how lines become a message."""

import html
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from bot.telegram.texts.catalogue import Html, escape, joined, say
from strategy.messages.reports import GridLine
from strategy.model.durations import DAY, HOUR, MINUTE, SECOND
from strategy.model.grid import Phase
from strategy.model.orders import GridId, LevelId, Purpose

MOST_CHARACTERS = 3900
"""Of a message, tags included. Telegram takes 4,096 without them."""

LOCK_SCREEN = 60
"""Characters of a message that a phone shows while it is locked."""
_TAG = re.compile("<[^<>]*>")
_HEADLINE = re.compile(r".*?</b>(?:(?<=[.!]</b>)(?=\s|$)|(?<=[。！]</b>)|[^\n]*?(?:\.(?=\s|$)|。|(?=\n|$)))", re.DOTALL)
"""Up to the end of the sentence in which the first bold words stand, or of its line."""


def mode_mark(lang: str, mode: str) -> Html:
    """Where the orders go, in the small form that stands at the foot of every card."""
    return say(lang, f"mode.{mode}")


def foot(lang: str, mode: str, *notes: str) -> Html:
    """The last line of a card: the mode, then small notes."""
    return Html(" · ".join((mode_mark(lang, mode), *notes)))


def duration(lang: str, milliseconds: int) -> Html:
    """`40 s`, `14 min`, `2 h 05 min`, `3 d 4 h`; rounded down."""
    span = max(milliseconds, 0)
    if span < MINUTE:
        return say(lang, "duration.seconds", seconds=span // SECOND)
    if span < HOUR:
        return say(lang, "duration.minutes", minutes=span // MINUTE)
    if span < DAY:
        minutes = f"{span % HOUR // MINUTE:02d}"
        return say(lang, "duration.hours", hours=span // HOUR, minutes=minutes)
    return say(lang, "duration.days", days=span // DAY, hours=span % DAY // HOUR or None)


def day_and_time(at: int, zone: tzinfo = UTC) -> tuple[str, str]:
    """A moment as `2026-02-06` and `14:03`."""
    moment = datetime.fromtimestamp(at / SECOND, zone)
    return moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M")


def moment(at: int, said: str, form: str) -> Html:
    """A moment as the reader's Telegram shows it, by his own clocks; `said` stands where that knows no such thing.

    `form` is Telegram's: `t` a time, `d` a day, `dt` both.
    """
    return Html(f'<tg-time unix="{at // SECOND}" format="{form}">{said}</tg-time>')


def place_of(lang: str, grid_id: GridId | None, level: LevelId | None, purpose: Purpose | None) -> Html:
    """What an order or fill belongs to: grid 3, level 7."""
    if grid_id is None:
        return say(lang, "place.none")
    kind = "level" if purpose in (None, Purpose.LEVEL) else str(purpose)
    return say(lang, f"place.{kind}", grid=grid_id, level=level)


def phase_of(lang: str, line: GridLine) -> Html:
    """What a grid is doing; a pause is not whole before its last order is gone."""
    pausing = line.phase is Phase.PAUSED and line.orders
    return say(lang, "phase.pausing" if pausing else f"phase.{line.phase}")


def trade_number(key: str) -> Html:
    """What follows the colon of a fill's key, short."""
    return escape(key.rpartition(":")[2][:24])


def lines(*parts: str | None) -> Html:
    """Parts that are there, one a line. They must be HTML already."""
    return Html("\n".join(part for part in parts if part))


def folded(told: Html, *more: Html | None) -> Html:
    """The headline, which is the first sentence, as it is; what is said beyond it folds, one tap away.

    A lock screen shows 60 characters: what happened, the amount and the grid stand in these.
    """
    end = _HEADLINE.match(told)
    head, rest = (told[: end.end()], told[end.end() :]) if end else (told, "")
    details = lines(rest.strip(), *more)
    return Html(f"{head.rstrip()}\n<blockquote expandable>{details}</blockquote>") if details else told


def fits_lock_screen(lang: str, head: Html, grid: GridId) -> bool:
    """Whether the grid is named within what a lock screen shows."""
    named = say(lang, "place.level", grid=grid)
    seen = html.unescape(_TAG.sub("", head))[:LOCK_SCREEN]
    return named in seen


def beside(lang: str, *parts: Html) -> Html:
    """Sentences one after the other: a space between them in English, none in Chinese."""
    return joined(lang, "sentences", parts)


def fitted(
    lang: str,
    head: str,
    items: Sequence[str],
    tail: str,
    *,
    gap: str = "\n",
    left_out: Callable[[int], Html] | None = None,
) -> Html:
    """Head, as many whole items as a message holds, how many are left out, tail.

    `left_out` puts into words what is left out from that item on.
    """
    room = MOST_CHARACTERS - len(head) - len(tail) - 200
    shown = _that_fit(items, room, len(gap))
    left = len(items) - len(shown)
    words = left_out or (lambda first: say(lang, "more", count=len(items) - first))
    more = words(len(shown)) if left else None
    return Html(gap.join(part for part in (head, *shown, more, tail) if part))


def _that_fit(items: Iterable[str], room: int, gap: int) -> list[str]:
    shown: list[str] = []
    for item in items:
        room -= len(item) + gap
        if room < 0:
            break
        shown.append(item)
    return shown
