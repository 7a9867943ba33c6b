"""Keeps the pinned card: makes it with the first grid, edits it in place when it says something else, makes it anew.

It is an extra: whatever Telegram says to it, notices and answers go on. What it says is decided in `texts`.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

from telegram import Bot
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.owner.trader import Trader
from bot.owner.views import StorageError
from bot.telegram.answers.live_card import (
    MESSAGE,
    NONE,
    OLD,
    PINNED,
    WANTED,
    buttons,
    message_of,
    shown_in_full,
)
from bot.telegram.connection.delivery import Keyboard, Pause, edit_page, flood_wait, rest, send_page
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from strategy.model.account import Account
from strategy.model.grid import Phase

log = logging.getLogger(__name__)

NEAR, BUSY, FAR = 5_000, 20_000, 60_000
"""Milliseconds between two edits: while the owner looks, where something happened, where only prices move."""
LOOKING = 10 * 60_000
"""How long after a word or a press of his the owner is taken to look."""
_FIRST = 1_000
_PAUSE, _LONGEST_PAUSE = 5_000, 60_000
_SHUT_OUT_PAUSE = 300_000
_GONE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message",
    "message_id_invalid",
)


class _Body(NamedTuple):
    """What the card says, apart from when it was made."""

    html: Html
    keyboard: Keyboard


class LiveCard:
    """One card for one owner. It outlives the connection: `run` is called again with every new bot."""

    def __init__(
        self,
        trader: Trader,
        *,
        owner: Callable[[], int | None],
        language: Callable[[], str],
        clock: Callable[[], int],
        sleep: Pause,
    ) -> None:
        self._trader, self._notebook = trader, trader.notebook
        self._owner, self._language, self._clock, self._sleep = owner, language, clock, sleep
        self._wake = asyncio.Event()
        self._looked_at = -LOOKING
        self._began_at: int | None = None
        self._built_at = -FAR
        self._happened: object = None
        """What had happened when it was built last."""
        self._shown: _Body | None = None
        """What it says now, as far as this process knows."""
        self._at_once = False
        self._hold_until = 0
        self._failures = 0
        self._unkept: int | None = None  # sent, but its number is not on the disk yet
        self._first_seen_at: int | None = None  # a grid that goes on, while there never was a card

    def wake(self) -> None:
        """Something may have happened."""
        self._wake.set()

    def looked(self) -> None:
        """The owner has written or pressed something."""
        self._looked_at = self._clock()
        self._wake.set()

    def changed(self) -> None:
        """The owner wants it otherwise, or fresh."""
        self._at_once = True
        self.looked()

    async def run(self, bot: Bot) -> None:
        """Keep it for ever; only being cancelled ends it."""
        while True:
            self._wake.clear()
            try:
                pause = await self._round(bot)
            except TelegramError as error:
                pause = self._failed(error)
            except StorageError as failure:
                log.warning("the card waits for the store: %s", failure)
                pause = _PAUSE
            except Exception:  # the outermost loop: a fault here costs the card, never the chat
                log.exception("the card stumbled")
                pause = _LONGEST_PAUSE
            await rest(self._wake, None if pause is None else pause / 1000, self._sleep)

    async def _round(self, bot: Bot) -> int | None:
        """Do what is due. Returns how long to rest: milliseconds, or None until woken."""
        owner = self._owner()
        if owner is None:
            return None
        if (hold := self._hold_until - self._clock()) > 0:
            return hold
        self._keep_number()
        await self._take_down(bot, owner)
        if (wait := self._unasked()) is not None:
            return wait
        if self._notebook.setting(MESSAGE) in (None, NONE):
            return None
        if (wait := max(self._due_in(), self._unread())) > 0:
            return wait
        happened, body = _happened(self._trader.account()), self._body()
        self._built_at, self._happened = self._clock(), happened
        message = message_of(self._notebook)
        if message is None:
            message = await self._make(bot, owner, body)
        elif body != self._shown and not await self._edit(bot, owner, message, body):
            self._notebook.set_setting(MESSAGE, WANTED)
            self._at_once = True
            return 0
        await self._pin(bot, owner, message)
        self._at_once, self._failures = False, 0
        return NEAR

    def _unasked(self) -> int | None:
        """Nobody has asked for a card, or has sent it away: with the first grid one is wanted, once that is told.

        Returns how long that takes, in milliseconds; None where there is nothing to wait for.
        """
        grids = self._trader.account().grids.values()
        if self._notebook.setting(MESSAGE) is not None or all(grid.phase is Phase.STOPPED for grid in grids):
            return None
        if self._first_seen_at is None:
            self._first_seen_at = self._clock()
        if (wait := self._first_seen_at + NEAR - self._clock()) > 0:
            return wait
        self._notebook.set_setting(MESSAGE, WANTED)
        return None

    def _due_in(self) -> int:
        """How long until it is looked over again."""
        if self._at_once or self._shown is None:
            return 0
        gap = FAR if self._happened == _happened(self._trader.account()) else BUSY
        if self._clock() - self._looked_at < LOOKING:
            gap = NEAR
        return min(NEAR, self._built_at + gap - self._clock())

    def _unread(self) -> int:
        """How long to wait for this process's first prices, without which it would tell a total of an hour ago."""
        if self._began_at is None:
            self._began_at = self._clock()
        late = self._shown is not None or self._at_once or self._clock() - self._began_at >= FAR
        account = self._trader.account()
        priced = all(grid.spec.symbol in account.touches for grid in account.grids.values())
        return 0 if late or priced else _FIRST

    def _body(self) -> _Body:
        lang, account = self._language(), self._trader.account()
        shown = shown_in_full(self._notebook, account.grids)
        html = texts.live_card(lang, self._trader.summary(), account, shown, self._trader.zone)
        return _Body(html, buttons(lang, shown, account.grids))

    def _page(self, body: _Body) -> str:
        return texts.stamped(self._language(), body.html, self._trader.now(), self._trader.zone)

    async def _make(self, bot: Bot, owner: int, body: _Body) -> int:
        self._unkept = await send_page(bot, owner, self._page(body), keyboard=body.keyboard, silent=True)
        message, self._shown = self._unkept, body
        self._keep_number()
        return message

    def _keep_number(self) -> None:
        """Write down which message it is. Until that is done none other is made in this process."""
        if self._unkept is not None:
            self._notebook.set_setting(MESSAGE, str(self._unkept))
            self._unkept = None

    async def _edit(self, bot: Bot, owner: int, message: int, body: _Body) -> bool:
        """Whether the message was there to be edited. That it says this already is no fault."""
        try:
            await edit_page(bot, owner, message, self._page(body), body.keyboard)
        except BadRequest as error:
            said = str(error).lower()
            if any(gone in said for gone in _GONE):
                log.info("the card is gone and made anew: %s", error)
                return False
            if "message is not modified" not in said:
                raise
        self._shown = body
        return True

    async def _pin(self, bot: Bot, owner: int, message: int) -> None:
        """Once for each message: one that the owner has unpinned stays so. A card that can't be pinned is a card."""
        if self._notebook.setting(PINNED) == str(message):
            return
        try:
            await bot.pin_chat_message(owner, message, disable_notification=True)
        except BadRequest as error:
            log.warning("the card is not pinned: %s", error)
        self._notebook.set_setting(PINNED, str(message))

    async def _take_down(self, bot: Bot, owner: int) -> None:
        """Remove a card that is none any more: from the pins, and from the chat, or its buttons where it is too old."""
        said = self._notebook.setting(OLD) or NONE
        if not said.isdigit():
            return
        try:
            await bot.unpin_chat_message(owner, int(said))
        except BadRequest as error:  # the owner was quicker
            log.info("the old card is not unpinned: %s", error)
        try:
            await bot.delete_message(owner, int(said))
        except BadRequest as error:
            log.info("the old card stays: %s", error)
            await self._strip(bot, owner, int(said))
        self._shown = None
        self._notebook.set_setting(OLD, NONE)

    async def _strip(self, bot: Bot, owner: int, message: int) -> None:
        try:
            await bot.edit_message_reply_markup(chat_id=owner, message_id=message, reply_markup=None)
        except BadRequest as error:
            log.info("the old card keeps its buttons: %s", error)

    def _failed(self, error: TelegramError) -> int:
        """How long nothing is asked of Telegram for the card's sake."""
        self._failures += 1
        pause = min(_PAUSE << min(self._failures - 1, 10), _LONGEST_PAUSE)
        match error:
            case RetryAfter():
                pause = int(flood_wait(error) * 1000)
            case Forbidden():
                pause = _SHUT_OUT_PAUSE
            case BadRequest():
                pause = _LONGEST_PAUSE
            case _:
                pass
        log.warning("the card is not shown, next try in %s ms: %s", pause, error)
        self._hold_until = self._clock() + pause
        return pause


def _happened(account: Account) -> object:
    """What is worth an edit soon: anything but a price."""
    grids = tuple((grid.id, grid.phase, grid.books.fills, grid.known_live) for grid in account.grids.values())
    return grids, account.stopped_by, account.interruption
