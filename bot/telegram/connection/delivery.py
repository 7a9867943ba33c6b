"""Getting a message to Telegram: pages, the errors that mean something, a few patient tries. No texts and no rules."""

import asyncio
import html
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TypeVar

import httpx
from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

log = logging.getLogger(__name__)

Pause = Callable[[float], Awaitable[None]]
Keyboard = InlineKeyboardMarkup

PAGE = 3900
"""Characters of HTML on a page. Telegram takes 4,096 after the tags are gone, so this is always less."""
READ_TIMEOUT = 10.0
_TRIES = (1.0, 2.0, 4.0)
_LONGEST_FLOOD = 20.0
_TAG = re.compile(r"<(/?)(\w[\w-]*)[^<>]*>")
_MOMENT = re.compile(r"</?tg-time\b[^<>]*>")
_ATOM = re.compile(r"<[^<>]*>|&#?\w+;|[^<&]|[<&]")
_CHUNK = 500

T = TypeVar("T")


async def send_page(
    bot: Bot,
    chat: int,
    page: str,
    *,
    keyboard: Keyboard | None = None,
    silent: bool = False,
    read_timeout: float = READ_TIMEOUT,
    thread: int | None = None,
) -> int:
    """Send one page of HTML, once; in plainer words if Telegram can't read the tags. Returns the message's id.

    `thread` is the topic of a group that it goes to.
    """
    try:
        message = await bot.send_message(
            chat,
            page,
            reply_markup=keyboard,
            disable_notification=silent,
            read_timeout=read_timeout,
            message_thread_id=thread,
        )
    except BadRequest as error:
        if not _unread(error):
            raise
        if (older := without_times(page)) != page:
            return await send_page(
                bot, chat, older, keyboard=keyboard, silent=silent, read_timeout=read_timeout, thread=thread
            )
        log.warning("telegram can't read a message's tags, sending it plain: %s", error)
        message = await bot.send_message(
            chat,
            plain_text(page),
            parse_mode=None,
            reply_markup=keyboard,
            disable_notification=silent,
            read_timeout=read_timeout,
            message_thread_id=thread,
        )
    return message.message_id


async def edit_page(bot: Bot, chat: int, message: int, page: str, keyboard: Keyboard | None) -> None:
    """Put one page of HTML in a message's place, once; without what Telegram can't read."""
    try:
        await bot.edit_message_text(page, chat_id=chat, message_id=message, reply_markup=keyboard)
    except BadRequest as error:
        if not _unread(error) or (older := without_times(page)) == page:
            raise
        await edit_page(bot, chat, message, older, keyboard)


def without_times(page: str) -> str:
    """For a Telegram that does not know moments yet: the words that stand in their place."""
    return _MOMENT.sub("", page)


def _unread(error: BadRequest) -> bool:
    return "can't parse entities" in str(error).lower()


async def patiently(what: str, call: Callable[[], Awaitable[T]], sleep: Pause) -> T | None:
    """A few tries at an answer that the owner is waiting for; None if it failed, or if nobody knows.

    A request that timed out while Telegram's answer was awaited has almost certainly been carried out: it is not
    made again, as nobody wants an answer twice. Notices, which must not be lost, go through the outbox instead.
    """
    for pause in (*_TRIES, None):
        try:
            return await call()
        except BadRequest:
            raise
        except TelegramError as error:
            wait = _pause_after(error, pause)
            if wait is None:
                log.warning("telegram %s failed: %s", what, error)
                return None
        await sleep(wait)
    return None


async def rest(event: asyncio.Event, seconds: float | None, sleep: Pause) -> None:
    """Until the event is set or the time is over, whichever is first; None is for ever."""
    if seconds is None:
        await event.wait()
        return
    waits: set[asyncio.Future[object]] = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(sleep(seconds))}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def flood_wait(error: RetryAfter) -> float:
    """The seconds that Telegram asks for."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def was_sent(error: TimedOut) -> bool:
    """Whether the request had left when the time was over: then nobody knows what became of it."""
    return isinstance(error.__cause__, httpx.ReadTimeout)


def plain_text(page: str) -> str:
    """The words without their tags."""
    return html.unescape(_TAG.sub("", page))


def pages(text: str, limit: int = PAGE) -> list[str]:
    """The text in pieces of at most `limit` characters; open tags are closed and opened again.

    Parted at an empty line, if there is one in a page's second half that no tag is open at, else at a line's end.
    """
    done: list[str] = []
    page, paragraph, opened = "", 0, list[str]()
    for piece in _pieces(text):
        still_open = _opened_after(opened, piece)
        room = limit - len(piece) - len(_closing(still_open))
        if len(page) > room and paragraph > limit // 2:
            done.append(page[:paragraph].rstrip("\n"))
            page, paragraph = page[paragraph:], 0
        if page and len(page) > room:
            done.append(page.rstrip("\n") + _closing(opened))
            page, paragraph = "".join(opened), 0
        page += piece
        opened = still_open
        if piece == "\n" and not opened:
            paragraph = len(page)
    return [*done, page] if page.strip() else done


def _pause_after(error: TelegramError, pause: float | None) -> float | None:
    """How long to wait before another try; None where there should be none."""
    match error:
        case RetryAfter() if pause is not None and flood_wait(error) <= _LONGEST_FLOOD:
            return flood_wait(error)
        case RetryAfter():
            return None
        case TimedOut() if was_sent(error):
            return None
        case NetworkError():
            return pause
        case _:
            return None


def _pieces(text: str) -> Iterator[str]:
    """Lines; what is too long for one is parted between characters, never in a tag or an entity."""
    for line in text.splitlines(keepends=True):
        if len(line) <= _CHUNK:
            yield line
            continue
        chunk = ""
        for atom in _ATOM.findall(line):
            if len(chunk) + len(atom) > _CHUNK:
                yield chunk
                chunk = ""
            chunk += atom
        yield chunk


def _opened_after(opened: list[str], piece: str) -> list[str]:
    """The opening tags that are still open after the piece."""
    still = list(opened)
    for found in _TAG.finditer(piece):
        if found[1]:
            still = still[:-1]
        else:
            still.append(found[0])
    return still


def _closing(opened: list[str]) -> str:
    names = [found[2] for tag in reversed(opened) if (found := _TAG.match(tag))]
    return "".join(f"</{name}>" for name in names)
