"""/panic: act at once and ahead of everything, then show how far it has come until nothing of ours is left."""

from collections.abc import Mapping, Sequence

from bot.owner.views import PanicProgress
from bot.telegram.answers import control
from bot.telegram.answers.conversation import DANGER_LIFE, Card, Conversation, keyboard, nav
from bot.telegram.texts.catalogue import Html, listed

_STEP = 1.5
"""Seconds between two looks; each change is an edit, and Telegram counts edits."""
_MOST_LOOKS = 120


async def panic(talk: Conversation, words: str) -> None:
    """Cancel everything of ours. No question is asked: it only ever reduces risk."""
    ran = _running(talk)
    progress = await talk.trader.panic()
    talk.did("panic")
    if words:  # "/panic 1" was meant for one grid, perhaps: said after the deed, for there is no time before it
        await talk.say("panic.everything", given=words)
    message = await talk.send(_text(talk, progress))
    if not progress.done:
        talk.desk.in_background(_follow(talk, message, progress, ran))
    else:
        await _offer(talk, ran)


def panic_card(talk: Conversation, _args: Sequence[str]) -> Card:
    """What a button asks that was pressed on a card: a command that was typed is meant, a tap may have slipped."""
    account = talk.trader.account()
    grids = [grid for grid in account.grids.values() if not grid.is_over or grid.live]
    known = sum(grid.known_live for grid in grids)
    limbo = sum(len(grid.live) for grid in grids) - known
    ask = talk.text("panic.ask", grids=len(grids), orders=known, limbo=limbo or None)
    sure = talk.once(talk.label("panic_sure"), "panic", group="", life=DANGER_LIFE, style="danger")
    return Card(ask, keyboard([nav(talk.label("back"), "x")], [sure]))


async def do_panic(talk: Conversation, _args: Mapping[str, str]) -> None:
    """The same from a button."""
    await panic(talk, "")


def _running(talk: Conversation) -> str:
    """The grids that trade now, by their numbers."""
    return " ".join(str(grid.id) for grid in talk.trader.account().grids.values() if grid.phase.trades)


async def _offer(talk: Conversation, ran: str) -> None:
    """What ran may be resumed, once it is over: by a button that grows old."""
    if ran:
        numbers = listed(talk.lang, ran.split())
        resume = talk.once(
            talk.label("resume_ran").format(grids=numbers), "resume_ran", {"grids": ran}, group="", style="success"
        )
        await talk.send(talk.text("panic.ran", grids=numbers), keyboard([resume, nav(talk.label("back"), "x")]))


async def resume_ran(talk: Conversation, args: Mapping[str, str]) -> None:
    """Trade on with what a panic has stopped. What can't be resumed says why."""
    for grid in args["grids"].split():
        await control.do_resume(talk, {"grid": grid})


async def _follow(talk: Conversation, message: int | None, shown: PanicProgress, ran: str) -> None:
    for _ in range(_MOST_LOOKS):
        await talk.desk.sleep(_STEP)
        progress = talk.trader.panic_progress()
        if progress != shown:
            await _update(talk, message, progress)
            shown = progress
        if progress.done:
            await _offer(talk, ran)
            return
    if not shown.unwritten:  # that it can't be written down is told already, and its end will be
        await talk.say("panic.slow", left=shown.orders_left - shown.limbo, limbo=shown.limbo or None)


async def _update(talk: Conversation, message: int | None, progress: PanicProgress) -> None:
    edited = message is not None and await talk.edit(message, Card(_text(talk, progress)))
    if not edited and progress.done:
        await talk.send(_text(talk, progress))


def _text(talk: Conversation, progress: PanicProgress) -> Html:
    if progress.unwritten:
        return talk.text("panic.unwritten", cancelled=progress.cancelled, orders=progress.orders_at_start)
    if progress.done and not (progress.grids or progress.orders_at_start or progress.limbo):
        return talk.text("panic.nothing")
    return talk.text(
        "panic.done" if progress.done else "panic.progress",
        grids=progress.grids,
        cancelled=progress.cancelled,
        orders=progress.orders_at_start,
        others=progress.others or None,
        limbo=progress.limbo or None,
    )
