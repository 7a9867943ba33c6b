"""Sends what was written down for the owner: at least once, in order, danger first, what comes in bursts merged.

A notice is marked as sent only when Telegram has taken it. What that means for an outage, a flood wait, a blocked bot
or a restart is decided here; what a notice says is decided in `texts`, what is pushed at all by the owner's choice.
"""

import asyncio
import html
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import NamedTuple

from telegram import Bot, InlineKeyboardButton
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError, TimedOut

from bot.mode import Mode
from bot.owner.trader import Notebook
from bot.owner.views import NOISE, Kind, Noise, StorageError, is_answer, is_danger, kind_of, minute_of, noise_of
from bot.telegram.answers.conversation import action_mark, keyboard
from bot.telegram.answers.decisions import Offer, offers
from bot.telegram.bundles import MOST_TRIPS, TOGETHER, Row, head_of, is_gathered, may_grow
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
from bot.telegram.digests import Digest, Digests
from bot.telegram.texts import face as texts
from strategy.messages.notices import FillTold, LevelJumped, LevelWaits, TripClosed
from strategy.model.durations import DAY, HOUR

log = logging.getLogger(__name__)

GAP = 1_050
"""Milliseconds between two messages to one chat."""
SHORTEST_WINDOW = 3_000
"""Milliseconds for which fills are gathered after one was told; a burst makes it longer, up to the longest."""
LONGEST_WINDOW = 60_000
TRIPS_AN_HOUR = 3
"""Messages about round trips at most, where other fills are not pushed."""
TRIPS_APART = 600_000
"""Milliseconds between the first of these and the second; twice that to the third, and so on."""
COMPANY = 1_000
"""Milliseconds that what may have happened to several grids or levels at once waits for the others."""
BLOCKED_PAUSE = 300_000
SOON = 10_000
"""A pause that is longer than this is not waited for on leaving."""
LONG_LIFE = 2 * DAY
"""Of a button under a pushed message: whoever sleeps over it can still press it."""
LONGEST_PAUSE = 60_000
_SHORT_LABEL = 12
"""Characters of a button that a phone shows in full where three stand side by side."""
_BATCH = 500
_LONGEST_READ = 60.0
_STUMBLE_PAUSE = 5.0


class _Message(NamedTuple):
    """What is sent next, and which rows it tells."""

    ids: Sequence[int]
    html: str
    keyboard: Keyboard | None = None
    fills: int = 0
    silent: bool = False
    trips: bool = False
    """Round trips, of which only so many messages an hour are sent."""


class _Next(NamedTuple):
    """What comes next, and until when it may wait for more of its kind, by the steady clock."""

    rows: Sequence[Row]
    until: int
    grows: bool


class Outbox:
    """One sender for one chat. It outlives the connection: `run` is called again with every new bot."""

    def __init__(
        self,
        notebook: Notebook,
        *,
        mode: Mode,
        owner: Callable[[], int | None],
        language: Callable[[], str],
        zone: tzinfo,
        clock: Callable[[], int],
        sleep: Pause,
    ) -> None:
        """`zone` is the owner's, for his quiet hours and for the hours that a digest names."""
        self._notebook = notebook
        self._zone = zone
        self._digests = Digests(notebook)
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
        self._trips_at = deque[int](maxlen=TRIPS_AN_HOUR)  # when the last messages about round trips alone were sent
        self._failures = 0
        self._read_timeout = READ_TIMEOUT
        self._hurry = False
        self._pages_done: tuple[int, int] = (0, 0)  # row, and how many of its pages are out
        self._unmarked: list[tuple[Sequence[int], int]] = []  # sent, but the mark is not on the disk yet
        self._refused: set[int] = set()  # Telegram will never take these; they stay in the outbox
        self._first_seen: tuple[int, int] = (0, 0)  # the row that waits for company, and since when
        self._waiting: list[Row] = []  # as last read
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
        while self._owner() is not None and self._pushed(self._noise()) and self._hold_until - self._clock() < SOON:
            self.wake()
            await self._sleep(0.05)

    async def _round(self, bot: Bot) -> float | None:
        """Send one message if one is due. Returns how long to rest: seconds, or None until woken."""
        self._mark()
        if (hold := self._hold_until - self._clock()) > 0:
            return hold / 1000
        owner, noise = self._owner(), self._noise()
        if owner is None:
            return None
        rows = self._pushed(noise)
        head = self._next(rows, noise) if rows else None
        wait = head.until - self._clock() if head is not None else 0
        if head is not None and (wait <= 0 or not head.grows or self._hurry):
            await self._deliver(bot, owner, self._message(head.rows, noise))
        elif (digest := self._digest(noise)) is not None:
            await self._deliver(bot, owner, digest)
        else:
            return self._rest(wait / 1000 if head is not None else None, noise)
        return max(self._hold_until - self._clock(), 0) / 1000

    def _rest(self, wait: float | None, noise: Noise) -> float | None:
        """Seconds until something is due that nobody will wake us for."""
        left = noise.quiet_left(self._minute())
        quiet = left * 60.0 if left else None
        waits = [one for one in (wait, quiet or self._digests.next_in()) if one is not None]
        return min(waits, default=None)

    def _next(self, rows: Sequence[Row], noise: Noise) -> _Next:
        """News go ahead of round trips that are summed up; else everything in its order."""
        trips = [row for row in rows if isinstance(row.notice, FillTold) and kind_of(row.notice) is Kind.TRIP]
        if noise.ways[Kind.FILL].pushes or not trips:
            head = head_of(rows)
            return _Next(head, self._gathers_until(head[0]), may_grow(head, rows))
        summed = {row.id for row in trips}
        if others := [row for row in rows if row.id not in summed]:
            head = head_of(others)
            return _Next(head, self._gathers_until(head[0]), may_grow(head, others))
        return _Next(trips[:MOST_TRIPS], self._trips_until(), len(trips) < MOST_TRIPS)

    def _trips_until(self) -> int:
        """Until when round trips are summed up: the first is told at once, then fewer and fewer messages are sent."""
        recent = [at for at in self._trips_at if at > self._clock() - HOUR]
        if len(recent) == TRIPS_AN_HOUR:
            return recent[0] + HOUR
        return recent[-1] + len(recent) * TRIPS_APART if recent else 0

    def _gathers_until(self, first: Row) -> int:
        """Until when a message may wait for more of its kind."""
        if not isinstance(first.notice, TOGETHER):
            return self._window_until
        if self._first_seen[0] != first.id:
            self._first_seen = first.id, self._clock()
        return self._first_seen[1] + COMPANY

    def _noise(self) -> Noise:
        return noise_of(self._notebook.setting(NOISE))

    def _minute(self) -> int:
        return minute_of(self._notebook.clock(), self._zone)

    def _pushed(self, noise: Noise) -> Sequence[Row]:
        """What is to be pushed now. What the owner's choice gathers is put aside; what it holds stays where it is."""
        rows, quiet = self._rows(), noise.is_quiet(self._minute())
        if gathered := [row.id for row in rows if is_gathered(row.notice, noise, quiet=quiet)]:
            self._digests.gather(gathered)
            aside = frozenset(gathered)
            self._waiting = [row for row in self._waiting if row.id not in aside]
            rows = [row for row in rows if row.id not in aside]
        return [row for row in rows if not quiet or is_danger(row.notice) or is_answer(row.notice)]

    def _rows(self) -> list[Row]:
        """What is to be sent. The store is asked only where it may hold something new: nobody else marks its rows."""
        if self._may_be_more:
            self._waiting = [Row(row.id, row.notice) for row in self._notebook.unsent(_BATCH)]
            self._may_be_more = len(self._waiting) == _BATCH
        skipped = self._skipped()
        return [row for row in self._waiting if row.id not in skipped]

    def _skipped(self) -> set[int]:
        return {id_ for ids, _ in self._unmarked for id_ in ids} | self._refused

    def _digest(self, noise: Noise) -> _Message | None:
        """The digest that is due. Where all of it is of kinds that are off, it is put away without a word."""
        due = self._digests.due(hold=noise.is_quiet(self._minute()), without=self._skipped())
        if due is None:
            return None
        ids = [row.id for row in due.rows]
        wanted = [row.notice for row in due.rows if not noise.is_off(row.notice)]
        if not wanted:
            self._notebook.mark_sent(ids, None)
            self._digests.told()
            return None
        return _Message(ids, self._told_in(due, noise), silent=True)

    def _told_in(self, due: Digest, noise: Noise) -> str:
        notices = [row.notice for row in due.rows]
        shown = [one for one in notices if isinstance(one, FillTold | TripClosed) or not noise.is_off(one)]
        rows = [Row(row.id, row.notice) for row in due.rows]
        lang, off = self._language(), len(notices) - len(shown)
        span = texts.Hours(begins=due.begins, ends=due.ends, zone=self._zone)
        return _words(lambda: texts.digest(lang, shown, span, self._mode, off=off), rows)

    def _message(self, head: Sequence[Row], noise: Noise) -> _Message:
        """The message that tells these rows."""
        lang, first = self._language(), head[0].notice
        ids = [row.id for row in head]
        quiet = noise.is_quiet(self._minute()) and not is_danger(first)
        silent = quiet or all(noise.is_silent(row.notice) for row in head)
        told = [row.notice for row in head]
        buttons: Sequence[InlineKeyboardButton] = ()
        if isinstance(first, LevelJumped) and len(head) > 1:
            jumped = [one for one in told if isinstance(one, LevelJumped)]
            text = _words(lambda: texts.jumps(lang, jumped, self._mode), head)
        elif isinstance(first, LevelWaits):
            waiting = [one for one in told if isinstance(one, LevelWaits)]
            text = _words(lambda: texts.waits(lang, waiting, self._mode), head)
        elif isinstance(first, FillTold):
            fills = [one for one in told if isinstance(one, FillTold)]
            text = _words(lambda: texts.fills(lang, fills, self._mode), head)
        elif len(head) > 1:
            text = _words(lambda: texts.together(lang, told, self._mode), head)
        else:
            buttons = [self._button(ids[0], one) for one in offers(lang, first)]
            text = _words(lambda: texts.notice(lang, first, self._mode), head)
        if len(text) > PAGE and len(head) > 1:
            return self._message(head[: len(head) // 2], noise)
        fills_told = len(head) if isinstance(first, FillTold) else 0
        trips = isinstance(first, FillTold) and kind_of(first) is Kind.TRIP
        return _Message(ids, text, _in_rows(buttons), fills_told, silent or fills_told > 1, trips)

    def _button(self, notice: int, offer: Offer) -> InlineKeyboardButton:
        """A way to a card, or something that is done once and is remembered for as long as it may lie unread."""
        owner = self._owner()
        if not offer.action or owner is None:
            return InlineKeyboardButton(offer.label, callback_data="|".join(offer.look), style=offer.style)
        nonce = self._notebook.add_button(
            action=offer.action,
            args=offer.args,
            user=owner,
            chat=owner,
            expires_at=self._notebook.clock() + LONG_LIFE,
            group=f"notice {notice}",
        )
        return InlineKeyboardButton(offer.label, callback_data=f"{action_mark(offer.action)}{nonce}", style=offer.style)

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
        self._set_window(message.fills, trips=message.trips)

    async def _send(self, bot: Bot, owner: int, page: str, under: Keyboard | None, message: _Message) -> int | None:
        """One try. Returns the message's id, or None with the time of the next try set."""
        try:
            sent = await send_page(
                bot,
                owner,
                page,
                keyboard=under,
                silent=message.silent,
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
            told = frozenset(ids)
            self._waiting = [row for row in self._waiting if row.id not in told]
            self._digests.told()

    def _set_window(self, fills: int, *, trips: bool) -> None:
        """The first fill goes at once; what follows close behind it is gathered, longer and longer in a burst."""
        if fills == 0:
            return
        if trips:
            self._trips_at.append(self._clock())
        self._window = min(self._window * 2, LONGEST_WINDOW) if fills > 1 else SHORTEST_WINDOW
        self._window_until = self._clock() + self._window


def _in_rows(buttons: Sequence[InlineKeyboardButton]) -> Keyboard | None:
    """Side by side; a long first one stands alone, or a phone would cut its figures off."""
    if not buttons:
        return None
    first, *rest = buttons
    return keyboard([first], rest) if rest and len(first.text) > _SHORT_LABEL else keyboard(buttons)


def _words(render: Callable[[], str], head: Sequence[Row]) -> str:
    """The message in words; if that fails, its bare figures: a notice is never lost for want of a sentence."""
    try:
        return render()
    except Exception:  # whatever the fault in a text is, the owner gets the figures
        log.exception("notices %s could not be put into words", [row.id for row in head])
        return "\n".join(html.escape(repr(row.notice)[:1000], quote=False) for row in head)
