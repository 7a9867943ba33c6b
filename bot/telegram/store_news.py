"""What the owner is told when nothing can be written: past the outbox, which needs the store. At both ends, once."""

import asyncio
import logging
from collections.abc import Callable

from telegram import Bot
from telegram.error import TelegramError

from bot.owner.views import Unwritable
from bot.telegram.connection.delivery import Pause, send_page
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.manual import Section, more
from bot.telegram.texts.phrases import duration, lines

log = logging.getLogger(__name__)

_PAUSE = 5.0
"""Seconds between two tries."""


class StoreNews:
    """One message at a time, tried until Telegram takes it or it is no longer so. It outlives the connection."""

    def __init__(
        self,
        *,
        owner: Callable[[], int | None],
        language: Callable[[], str],
        clock: Callable[[], int],
        sleep: Pause,
    ) -> None:
        self._owner, self._language, self._clock, self._sleep = owner, language, clock, sleep
        self._now: Unwritable | None = None
        self._told: Unwritable | None = None
        """What the owner knows of."""
        self._changed = asyncio.Event()

    def hear(self, now: Unwritable | None) -> None:
        """It has begun, or it is over."""
        self._now = now
        self._changed.set()

    async def run(self, bot: Bot) -> None:
        """Tell for ever; only being cancelled ends it."""
        while True:
            self._changed.clear()
            while not await self._tell(bot):
                await self._sleep(_PAUSE)
            await self._changed.wait()

    async def drain(self) -> None:
        """Return once the owner knows what there is to know."""
        while self._told != self._now and self._owner() is not None:
            await self._sleep(0.05)

    async def _tell(self, bot: Bot) -> bool:
        """Whether there is nothing (more) to tell now. What began and ended before it could be told is not told."""
        owner, now, told = self._owner(), self._now, self._told
        if owner is None or now == told:
            return True
        try:
            await send_page(bot, owner, self._words(now, told))
        except TelegramError as error:
            log.warning("store trouble not told: %s", error)
            return False
        self._told = now
        return self._now == now

    def _words(self, now: Unwritable | None, told: Unwritable | None) -> Html:
        lang = self._language()
        if now is None:
            assert told is not None, "nothing is over that was not told"
            return say(lang, "store.back", lasted=duration(lang, self._clock() - told.since))
        said = say(lang, "store.taken" if now.is_taken else "store.down", text=now.text)
        return lines(said, more(lang, Section.COMPUTER))
