"""What takes minutes and has a message that says so: its end takes that message's place, whatever comes between."""

import json
import logging
import secrets
from collections.abc import Coroutine, Sequence
from typing import Any, NamedTuple

from telegram import Bot
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.owner.trader import Notebook
from bot.owner.views import StorageError
from bot.telegram.answers.conversation import Card, Conversation, Desk
from bot.telegram.connection.delivery import Pause, edit_page, flood_wait, pages
from bot.telegram.texts import face as texts

log = logging.getLogger(__name__)

UNDER_WAY = "under_way"
"""The setting that keeps what is under way: a process that is killed, or that loses Telegram, can't end it in words."""
_PAUSES = (2.0, 5.0, 15.0, 30.0, *[60.0] * 8, None)
"""Seconds between the tries to show what minutes were spent on; Telegram may be away for as long."""


class _Begun(NamedTuple):
    chat: int
    message: int
    lang: str
    command: str


async def may_play(talk: Conversation) -> bool:
    """Take the one place for what plays recorded markets, or say that it is taken. Whoever has it gives it back."""
    if talk.desk.playing:
        talk.outcome = "under way"
        await talk.say("backtest.running")
        return False
    talk.desk.playing = True
    return True


async def begin(talk: Conversation, command: str, working: texts.Html, instead: int | None = None) -> int | None:
    """Say, in place of a message or in a new one, that this is worked on; the one that says so, if Telegram took it."""
    message = instead
    if message is None or not await talk.edit(message, Card(working)):
        message = await talk.send(working)
    if message is not None:
        one = _Begun(talk.chat, message, talk.lang, command)
        _keep(talk.desk.notebook, [*_kept(talk.desk.notebook), one])
    return message


async def end(talk: Conversation, message: int | None, card: Card) -> None:
    """What was found takes the place of the word that it is looked for."""
    if message is None or not await _placed(talk.bot, talk.chat, message, card, talk.desk.sleep):
        await talk.send(card.html, card.keyboard)
    else:
        talk.placed(card.keyboard, message)
    if message is not None:
        left = [one for one in _kept(talk.desk.notebook) if (one.chat, one.message) != (talk.chat, message)]
        _keep(talk.desk.notebook, left)


def beside(talk: Conversation, work: Coroutine[Any, Any, None]) -> None:
    """Let an answer go on beside all others. Where it comes to nothing, that is told as of any other."""
    talk.desk.in_background(_told(talk, work))


async def _told(talk: Conversation, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except StorageError as failure:
        log.warning("not answered for the store's sake: %s", failure)
        await talk.say("store.unanswered", text=talk.trader.why_refused(failure))
    except Exception:  # the outermost place of this answer, as the router is of others
        number = secrets.token_hex(3)
        log.exception("failed %s", number)
        await talk.say("failed", number=number)


def tell_interrupted(desk: Desk, bot: Bot) -> None:
    """With a new connection: what was under way over the last one never came to its end, and its message says so."""
    try:
        begun = _kept(desk.notebook)
        if begun:
            _keep(desk.notebook, [])
    except Exception:  # an extra at the beginning of a chat, which hears a panic whatever the disk does
        log.exception("what was under way could not be told")
        return
    if begun:
        desk.in_background(_interrupted(begun, bot, desk.sleep))


async def _interrupted(begun: Sequence[_Begun], bot: Bot, sleep: Pause) -> None:
    for one in begun:
        said = texts.say(one.lang, "interrupted", command=f"/{one.command}")
        await _placed(bot, one.chat, one.message, Card(said), sleep)


async def _placed(bot: Bot, chat: int, message: int, card: Card, sleep: Pause) -> bool:
    """Whether there is a message to be replaced. An edit may be repeated: nobody sees it twice."""
    page = pages(card.html)[0]
    for pause in _PAUSES:
        try:
            await edit_page(bot, chat, message, page, card.keyboard)
        except BadRequest as error:
            return "message is not modified" in str(error).lower()
        except TelegramError as error:
            if pause is None or isinstance(error, Forbidden):
                log.warning("telegram does not take what was found: %s", error)
                break
            await sleep(flood_wait(error) if isinstance(error, RetryAfter) else pause)
        else:
            break
    return True


def _kept(notebook: Notebook) -> list[_Begun]:
    try:
        return [_Begun(*one) for one in json.loads(notebook.setting(UNDER_WAY) or "[]")]
    except StorageError as failure:  # an extra: what is looked for goes on without it
        log.warning("what is under way could not be read: %s", failure)
        return []


def _keep(notebook: Notebook, begun: Sequence[_Begun]) -> None:
    try:
        notebook.set_setting(UNDER_WAY, json.dumps(begun))
    except StorageError as failure:
        log.warning("what is under way could not be written down: %s", failure)
