"""/panic: act at once and ahead of everything, then show how far it has come until nothing of ours is left."""

from collections.abc import Mapping

from bot.telegram.catalogue import Html
from bot.telegram.talk import Card, Talk
from bot.views import PanicProgress

_STEP = 1.5
"""Seconds between two looks; each change is an edit, and Telegram counts edits."""
_MOST_LOOKS = 120


async def panic(talk: Talk, _words: str) -> None:
    """Cancel everything of ours. No question is asked: it only ever reduces risk."""
    progress = await talk.trader.panic()
    message = await talk.send(_text(talk, progress))
    if not progress.done:
        talk.desk.in_background(_follow(talk, message, progress))


async def do_panic(talk: Talk, _args: Mapping[str, str]) -> None:
    """The same from a button."""
    await panic(talk, "")


async def _follow(talk: Talk, message: int | None, shown: PanicProgress) -> None:
    for _ in range(_MOST_LOOKS):
        await talk.desk.sleep(_STEP)
        progress = talk.trader.panic_progress()
        if progress != shown:
            await _update(talk, message, progress)
            shown = progress
        if progress.done:
            return
    await talk.say("panic.slow", left=shown.orders_left)


async def _update(talk: Talk, message: int | None, progress: PanicProgress) -> None:
    edited = message is not None and await talk.edit(message, Card(_text(talk, progress)))
    if not edited and progress.done:
        await talk.send(_text(talk, progress))


def _text(talk: Talk, progress: PanicProgress) -> Html:
    return talk.text(
        "panic.done" if progress.done else "panic.progress",
        grids=progress.grids,
        cancelled=max(progress.orders_at_start - progress.orders_left, 0),
        orders=progress.orders_at_start,
        limbo=progress.limbo or None,
    )
