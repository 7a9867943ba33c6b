"""A typed yes: what a card asks with a button, answered in words. It presses that button, and asks nothing itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.owner.trader import ButtonRow, OpenButton
from bot.telegram.answers import coded
from bot.telegram.answers.conversation import URGENT, Conversation
from bot.telegram.texts.catalogue import listed
from bot.telegram.typed.names import CONFIRM, called
from bot.telegram.typed.parsing import tidy

YES_OR_NO = ("start", "tune", "risk", "stop")
"""Those of them that one question asks about, which a bare yes answers."""
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
    await _as_pressed(talk, row, act)
    return True


async def _as_pressed(talk: Conversation, row: ButtonRow, act: Act) -> None:
    action = row.action
    if action in URGENT:  # done before Telegram hears of anything: that call may hang
        await act(talk, row.args)
        await talk.end_as_pressed(row)
        return
    await talk.end_as_pressed(row)
    if not await coded.asks_first(talk, action, row.args):
        await act(talk, row.args)


async def press_or_say(talk: Conversation, action: str, act: Act, having: Having = NOTHING) -> None:
    """The same; where nothing waits, that is said."""
    if not await press(talk, action, act, having):
        talk.outcome = "refused"
        await talk.say("yes.nothing")


def says_yes(text: str) -> bool:
    """Whether this is a yes and nothing else."""
    return tidy(text).strip(" .,!~").lower() in CONFIRM


def open_questions(talk: Conversation) -> Sequence[OpenButton]:
    """What waits for a yes of this person in this chat."""
    return talk.desk.notebook.open_buttons(YES_OR_NO, user=talk.user, chat=talk.chat, at=talk.desk.clock())


def answered_by(asked: Sequence[OpenButton], message: int, replied: int | None) -> OpenButton | None:
    """The question that a bare yes answers: the one it replies to, or the only one, right above it.

    None in any doubt: an "ok" to a notice that came in between must start nothing.
    """
    if replied is not None:
        asked = [one for one in asked if one.message == replied]
    above = message - 1 if replied is None else replied
    return asked[0] if len(asked) == 1 and asked[0].message == above else None


async def press_open(talk: Conversation, asked: OpenButton, act: Act) -> None:
    """Do what it asks, as if its button had been pressed."""
    row = talk.desk.notebook.use_button(asked.nonce, user=talk.user, chat=talk.chat, at=talk.desk.clock())
    if row is not None:
        await _as_pressed(talk, row, act)


async def say_which(talk: Conversation, asked: Sequence[OpenButton]) -> None:
    """Nothing is done; what to type, or that there is nothing to say yes to."""
    talk.outcome = "refused"
    if not asked:
        await talk.say("yes.nothing")
        return
    typed = dict.fromkeys(called(talk.lang, line) for one in asked if (line := _line(one)))
    await talk.say("yes.which", lines=listed(talk.lang, typed) if typed else None)


def _line(asked: OpenButton) -> str:
    """What is typed to say yes to it; nothing where its card has to be looked at."""
    match asked.action:
        case "start":
            return "/grid confirm"
        case "tune":
            return f"/tune {asked.args['grid']} confirm"
        case "risk":
            return "/risk confirm"
        case _:
            way = {"slowly": "slowly", "break_even": "breakeven"}.get(asked.args.get("way", ""), "sell")
            return f"/stop {asked.args['grid']} {way} confirm" if asked.args.get("sell") == "yes" else ""


async def withdraw(talk: Conversation) -> Sequence[str]:
    """What was asked last can't be answered any more; returns what could have been."""
    rows = [row for action in ASKED if (row := _newest(talk, action, NOTHING)) is not None]
    for row in {one.message: one for one in rows}.values():
        await talk.end_as_pressed(replace(row, label=talk.label("cancel")))
    return [row.action for row in rows]


def _newest(talk: Conversation, action: str, having: Having) -> ButtonRow | None:
    return talk.desk.notebook.use_newest(action, having, user=talk.user, chat=talk.chat, at=talk.desk.clock())
