"""Sends what was written down for the owner: at least once, in order, danger first, bursts of fills merged.

A notice is marked as sent only when Telegram has taken it. What that means for an outage, a flood wait, a blocked bot
or a restart is decided here; what a notice says is decided in `texts`.
"""

import asyncio
import html
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from telegram import Bot, InlineKeyboardButton
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError, TimedOut

from bot.mode import Mode
from bot.owner.trader import Notebook
from bot.owner.views import StorageError
from bot.telegram.answers.conversation import action_mark, keyboard, nav
from bot.telegram.answers.screens import ONCE, notice_buttons
from bot.telegram.connection.delivery import (
    PAGE,
    READ_TIMEOUT,
    Keyboard,
    Pause,
    flood_wait,
    pages,
    rest,
    send_page,
    was_sent,
)
from bot.telegram.texts import face as texts
from strategy.messages.notices import FillTold, GridEnded, LevelJumped, LevelWaits, Notice, PhaseChanged

log = logging.getLogger(__name__)

GAP = 1_050
"""Milliseconds between two messages to one chat."""
SHORTEST_WINDOW = 3_000
"""Milliseconds for which fills are gathered after one was told; a burst makes it longer, up to the longest."""
LONGEST_WINDOW = 60_000
MOST_FILLS = 100
"""In one message, so that each can be named."""
MOST_TOGETHER = 20
"""In one message, for the same reason."""
_BURSTS = (FillTold, LevelJumped)
_TOGETHER = (PhaseChanged, GridEnded, LevelWaits)
COMPANY = 1_000
"""Milliseconds that what may have happened to several grids or levels at once waits for the others."""
BLOCKED_PAUSE = 300_000
SOON = 10_000
"""A pause that is longer than this is not waited for on leaving."""
LONG_LIFE = 2 * 86_400_000
"""Of a button under a pushed message: whoever sleeps over it can still press it."""
LONGEST_PAUSE = 60_000
_BATCH = 500
_LONGEST_READ = 60.0
_STUMBLE_PAUSE = 5.0


class _Row(NamedTuple):
    """A notice that has not been sent."""

    id: int
    notice: Notice


class _Message(NamedTuple):
    """What is sent next, and which rows it tells."""

    ids: Sequence[int]
    html: str
    keyboard: Keyboard | None
    fills: int


class Outbox:
    """One sender for one chat. It outlives the connection: `run` is called again with every new bot."""

    def __init__(
        self,
        notebook: Notebook,
        *,
        mode: Mode,
        owner: Callable[[], int | None],
        language: Callable[[], str],
        clock: Callable[[], int],
        sleep: Pause,
    ) -> None:
        self._notebook = notebook
        self._mode = mode
        self._owner = owner
        self._language = language
        self._clock = clock
        self._sleep = sleep
        self._wake = asyncio.Event()
        self.sent_at: int | None = None
        """When Telegram last took a notice, by `clock`, which nobody can set: it is for waiting alone."""
        self._hold_until = 0
        self._shut_out = False  # held because there is no chat, or the owner has blocked us
        self._window = SHORTEST_WINDOW
        self._window_until = 0
        self._failures = 0
        self._read_timeout = READ_TIMEOUT
        self._hurry = False
        self._pages_done: tuple[int, int] = (0, 0)  # row, and how many of its pages are out
        self._unmarked: list[tuple[Sequence[int], int]] = []  # sent, but the mark is not on the disk yet
        self._refused: set[int] = set()  # Telegram will never take these; they stay in the outbox
        self._first_seen: tuple[int, int] = (0, 0)  # the row that waits for company, and since when
        self._waiting: list[_Row] = []  # as last read
        self._may_be_more = True  # in the store than what was read

    def wake(self) -> None:
        """There may be something new."""
        self._may_be_more = True
        self._wake.set()

    def retry_now(self) -> None:
        """The owner has written, or has unblocked the bot: if that stood in the way, it is gone."""
        if self._shut_out:
            self._shut_out, self._hold_until = False, 0
        self._wake.set()

    async def run(self, bot: Bot) -> None:
        """Send for ever; only being cancelled ends it."""
        while True:
            self._wake.clear()
            try:
                pause = await self._round(bot)
            except StorageError as failure:  # told past this outbox; what is sent and can't be marked is not sent again
                log.warning("the outbox waits for the store: %s", failure)
                pause = _STUMBLE_PAUSE
            except Exception:  # the outermost loop: a fault here must not silence the bot
                log.exception("the outbox stumbled")
                pause = _STUMBLE_PAUSE
            await rest(self._wake, pause, self._sleep)

    async def drain(self) -> None:
        """Return when everything is sent that can be sent soon, without waiting for bursts to end."""
        self._hurry = True
        while self._owner() is not None and self._rows() and self._hold_until - self._clock() < SOON:
            self.wake()
            await self._sleep(0.05)

    async def _round(self, bot: Bot) -> float | None:
        """Send one message if one is due. Returns how long to rest: seconds, or None until woken."""
        self._mark()
        if (hold := self._hold_until - self._clock()) > 0:
            return hold / 1000
        owner, rows = self._owner(), self._rows()
        if owner is None or not rows:
            return None
        head = _head(rows)
        wait = self._gathers_until(head[0]) - self._clock()
        if wait > 0 and _may_grow(head, rows) and not self._hurry:
            return wait / 1000
        await self._deliver(bot, owner, self._message(head))
        return max(self._hold_until - self._clock(), 0) / 1000

    def _gathers_until(self, first: _Row) -> int:
        """Until when a message may wait for more of its kind."""
        if not isinstance(first.notice, _TOGETHER):
            return self._window_until
        if self._first_seen[0] != first.id:
            self._first_seen = first.id, self._clock()
        return self._first_seen[1] + COMPANY

    def _rows(self) -> list[_Row]:
        """What is to be sent. The store is asked only where it may hold something new: nobody else marks its rows."""
        if self._may_be_more:
            self._waiting = [_Row(row.id, row.notice) for row in self._notebook.unsent(_BATCH)]
            self._may_be_more = len(self._waiting) == _BATCH
        skipped = {id_ for ids, _ in self._unmarked for id_ in ids} | self._refused
        return [row for row in self._waiting if row.id not in skipped]

    def _message(self, head: Sequence[_Row]) -> _Message:
        lang = self._language()
        first = head[0].notice
        if isinstance(first, LevelJumped) and len(head) > 1:
            jumped = [row.notice for row in head if isinstance(row.notice, LevelJumped)]
            text = _words(lambda: texts.jumps(lang, jumped, self._mode), head)
            return _Message([row.id for row in head], text, None, 0)
        if isinstance(first, LevelWaits):
            waiting = [row.notice for row in head if isinstance(row.notice, LevelWaits)]
            text = _words(lambda: texts.waits(lang, waiting, self._mode), head)
            return _Message([row.id for row in head], text, None, 0)
        if isinstance(first, _TOGETHER) and len(head) > 1:
            text = _words(lambda: texts.together(lang, [row.notice for row in head], self._mode), head)
            if len(text) > PAGE:
                return self._message(head[: len(head) // 2])
            return _Message([row.id for row in head], text, None, 0)
        if not isinstance(first, FillTold):
            buttons = [self._button(head[0].id, label, data) for label, data in notice_buttons(lang, first)]
            text = _words(lambda: texts.notice(lang, first, self._mode), head)
            return _Message([head[0].id], text, keyboard(buttons) if buttons else None, 0)
        fills = [row.notice for row in head if isinstance(row.notice, FillTold)]
        text = _words(lambda: texts.fills(lang, fills, self._mode), head)
        if len(text) > PAGE and len(head) > 1:
            return self._message(head[: len(head) // 2])
        return _Message([row.id for row in head], text, None, len(fills))

    def _button(self, notice: int, label: str, data: Sequence[str]) -> InlineKeyboardButton:
        """A way to a card, or something that is done once and is remembered for as long as it may lie unread."""
        owner = self._owner()
        if data[0] != ONCE or owner is None:
            return nav(label, *data)
        expires_at = self._notebook.clock() + LONG_LIFE
        group = f"notice {notice}"
        nonce = self._notebook.add_button(
            action=data[1], args={}, user=owner, chat=owner, expires_at=expires_at, group=group
        )
        return InlineKeyboardButton(label, callback_data=f"{action_mark(data[1])}{nonce}")

    async def _deliver(self, bot: Bot, owner: int, message: _Message) -> None:
        """Send the message's pages; what fails is tried again in a later round, from the page that failed."""
        row, done = self._pages_done
        all_pages = pages(message.html)
        last = len(all_pages) - 1
        for number in range(done if row == message.ids[0] else 0, len(all_pages)):
            under = message.keyboard if number == last else None
            sent = await self._send(bot, owner, all_pages[number], under, message)
            if sent is None:
                return
            self._pages_done = (message.ids[0], number + 1)
            if number == last:
                self._unmarked.append((message.ids, sent))
            else:
                await self._sleep(GAP / 1000)
        self._mark()
        self._set_window(message.fills)

    async def _send(self, bot: Bot, owner: int, page: str, under: Keyboard | None, message: _Message) -> int | None:
        """One try. Returns the message's id, or None with the time of the next try set."""
        try:
            sent = await send_page(
                bot,
                owner,
                page,
                keyboard=under,
                silent=message.fills > 1,
                read_timeout=self._read_timeout,
            )
        except TelegramError as error:
            self._failed(error, message)
            return None
        now = self._clock()
        self.sent_at, self._hold_until = now, now + GAP
        self._failures, self._read_timeout = 0, READ_TIMEOUT
        return sent

    def _failed(self, error: TelegramError, message: _Message) -> None:
        """When to try again, or that there is no use in it."""
        self._failures += 1
        self._shut_out = False
        backoff = min(1000 * 2 ** min(self._failures - 1, 10), LONGEST_PAUSE)
        match error:
            case RetryAfter():
                backoff = int(flood_wait(error) * 1000)
            case BadRequest() if "chat not found" not in str(error).lower():
                log.error("telegram will never take notices %s: %s", list(message.ids), error)
                self._refused.update(message.ids)
                backoff = GAP
            case BadRequest() | Forbidden():
                self._shut_out, backoff = True, BLOCKED_PAUSE
            case TimedOut() if was_sent(error):
                # It may have arrived. Told twice is better than not told; a slow server gets more time for it.
                self._read_timeout = min(self._read_timeout * 2, _LONGEST_READ)
            case _:
                pass
        log.warning("notices %s not sent, next try in %s ms: %s", list(message.ids), backoff, error)
        self._hold_until = self._clock() + backoff
        self._notebook.mark_failed(message.ids[:1])  # each is a commit: the attempts of a burst stand at its first

    def _mark(self) -> None:
        """Write down what is sent. What can't be written now is not sent again while this process lives."""
        while self._unmarked:
            ids, sent = self._unmarked[0]
            self._notebook.mark_sent(ids, sent)
            del self._unmarked[0]
            self._waiting = [row for row in self._waiting if row.id not in ids]

    def _set_window(self, fills: int) -> None:
        """The first fill goes at once; what follows close behind it is gathered, longer and longer in a burst."""
        if fills == 0:
            return
        self._window = min(self._window * 2, LONGEST_WINDOW) if fills > 1 else SHORTEST_WINDOW
        self._window_until = self._clock() + self._window


def _head(rows: Sequence[_Row]) -> Sequence[_Row]:
    """The rows of the next message: the first one, and where its kind comes in bursts all that follow of it.

    Fills and jumps come out of the same moves of the market: each kind is gathered past the other, and past nothing
    else that happened between. Grids that end, pause or go on for one reason are told together, and so are levels that
    wait for one.
    """
    first, kind = rows[0].notice, type(rows[0].notice)
    if kind not in _BURSTS:
        return [rows[0], *takewhile(lambda row: _is_alike(first, row.notice), rows[1:MOST_TOGETHER])]
    end = next((at for at, row in enumerate(rows) if type(row.notice) not in _BURSTS), len(rows))
    return [row for row in rows[:end] if type(row.notice) is kind][:MOST_FILLS]


def _is_alike(first: Notice, other: Notice) -> bool:
    """Whether the same has happened to two: grids end or pause or go on for one reason, levels wait for one."""
    match first, other:
        case PhaseChanged(), PhaseChanged():
            return first.phase is other.phase
        case GridEnded(), GridEnded():
            return first.reason is other.reason
        case LevelWaits(), LevelWaits():
            both = (first.level is None) is (other.level is None)  # a sale has no level to be named with the others
            return both and replace(first, level=other.level, at=other.at) == other
        case _:
            return False


def _may_grow(head: Sequence[_Row], rows: Sequence[_Row]) -> bool:
    """Whether what is still to come could join this message."""
    if isinstance(head[0].notice, _TOGETHER):
        return len(head) == len(rows) < MOST_TOGETHER
    return len(head) < MOST_FILLS and all(type(row.notice) in _BURSTS for row in rows)


def _words(render: Callable[[], str], head: Sequence[_Row]) -> str:
    """The message in words; if that fails, its bare figures: a notice is never lost for want of a sentence."""
    try:
        return render()
    except Exception:  # whatever the fault in a text is, the owner gets the figures
        log.exception("notices %s could not be put into words", [row.id for row in head])
        return "\n".join(html.escape(repr(row.notice)[:1000], quote=False) for row in head)
