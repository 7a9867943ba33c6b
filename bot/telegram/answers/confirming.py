"""A typed yes: what a card asks with a button, answered in words. It presses that button, and asks nothing itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.owner.trader import ButtonRow
from bot.telegram.answers import coded
from bot.telegram.answers.conversation import URGENT, Conversation
from bot.telegram.typed.names import CONFIRM

ASKED = ("start", "cancel", "tune", "risk", "stop", "settle", "settle_left", "settle_missing", "book_difference")
"""The buttons that can be pressed in words, and which /cancel takes back."""
Having = Mapping[str, str]
NOTHING: Having = {}
Act = Callable[[Conversation, Mapping[str, str]], Awaitable[None]]


def without_yes(words: str) -> tuple[str, bool]:
    """A line without its last word where that says yes, and whether it does."""
    *rest, last = words.split() or [""]
    return (" ".join(rest), True) if last.lower() in CONFIRM else (words, False)


async def press(talk: Conversation, action: str, act: Act, having: Having = NOTHING) -> bool:
    """Do what the newest card asks by such a button, as if it had been pressed. False where it can't be any more.

    `having`: arguments that tell it from others of its action, as the number of a grid does.
    """
    row = _newest(talk, action, having)
    if row is None:
        return False
    if action in URGENT:  # done before Telegram hears of anything: that call may hang
        await act(talk, row.args)
        await talk.end_as_pressed(row)
        return True
    await talk.end_as_pressed(row)
    if not await coded.asks_first(talk, action, row.args):
        await act(talk, row.args)
    return True


async def press_or_say(talk: Conversation, action: str, act: Act, having: Having = NOTHING) -> None:
    """The same; where nothing waits, that is said."""
    if not await press(talk, action, act, having):
        talk.outcome = "refused"
        await talk.say("yes.nothing")


async def withdraw(talk: Conversation) -> Sequence[str]:
    """What was asked last can't be answered any more; returns what could have been."""
    rows = [row for action in ASKED if (row := _newest(talk, action, NOTHING)) is not None]
    for row in {one.message: one for one in rows}.values():
        await talk.end_as_pressed(replace(row, label=talk.label("cancel")))
    return [row.action for row in rows]


def _newest(talk: Conversation, action: str, having: Having) -> ButtonRow | None:
    return talk.desk.notebook.use_newest(action, having, user=talk.user, chat=talk.chat, at=talk.desk.clock())
