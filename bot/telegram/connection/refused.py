"""What was refused to whom, merged into a message now and then: the owner hears of it, and a flood is one line."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from telegram import Bot
from telegram.error import TelegramError

from bot.owner.trader import Notebook
from bot.owner.views import StorageError
from bot.telegram.connection.delivery import Pause, send_page
from bot.telegram.texts.catalogue import listed, say
from bot.telegram.texts.phrases import duration

log = logging.getLogger(__name__)

FIRST_WAIT = 60.0
"""Seconds that the first one waits for others."""
REST = 600.0
"""Seconds of quiet after each message."""
_MOST_NAMED = 3
_MOST_PEOPLE = 10_000
_MOST_KEPT = 100
"""People whose numbers are written down: of more there is only how many."""
KEPT = "refused"
"""The setting that holds what is not told yet."""
KEEP_EVERY = 10_000
"""Milliseconds between two writings: a flood of strangers is no flood of commits."""


class Attempt(StrEnum):
    """What somebody tried."""

    STRANGER = "stranger"
    """Wrote, or pressed, without any role."""
    GUESS = "guess"
    """Gave a code that is none."""
    DENIED = "denied"
    """Has a role, and asked for more than it may."""


class Refused:
    """Counts until the owner is told, by this process or by the next one."""

    def __init__(
        self,
        notebook: Notebook,
        *,
        owner: Callable[[], int | None],
        language: Callable[[], str],
        clock: Callable[[], int],
        sleep: Pause,
    ) -> None:
        """`clock` is one that nobody can set; since when there was anything is by the notebook's."""
        self._notebook = notebook
        self._owner, self._language, self._clock, self._sleep = owner, language, clock, sleep
        self._kept_at = -KEEP_EVERY
        self._is_read = False
        self._counts: Counter[Attempt] = Counter()
        self._people: set[int] = set()
        self._since = 0
        self._any = asyncio.Event()

    def note(self, attempt: Attempt, user: int | None) -> None:
        """One more."""
        self._since = self._since if self._counts else self._notebook.clock()
        self._counts[attempt] += 1
        if user is not None and len(self._people) < _MOST_PEOPLE:
            self._people.add(user)
        self._any.set()
        if self._clock() - self._kept_at >= KEEP_EVERY:
            self.keep()

    def keep(self) -> None:
        """Write down what is not told yet, as well as it goes: it is in the log, too."""
        self._kept_at = self._clock()
        people = sorted(self._people)[:_MOST_KEPT]
        untold = {"since": self._since, "counts": dict(self._counts), "people": people}
        try:
            self._notebook.set_setting(KEPT, json.dumps(untold) if self._counts else "")
        except StorageError as failure:
            log.warning("refused attempts not written down: %s", failure)

    def _read(self) -> None:
        """Go on with what the last process has not told."""
        try:
            untold = json.loads(self._notebook.setting(KEPT) or "{}")
            counts = Counter({Attempt(name): int(count) for name, count in untold.get("counts", {}).items()})
            since, people = int(untold.get("since", 0)), {int(one) for one in untold.get("people", ())}
        except (StorageError, ValueError, TypeError, AttributeError) as failure:
            log.warning("refused attempts of before can't be read: %s", failure)
            return
        if counts:
            self._since = since
            self._counts.update(counts)
            self._people |= people
            self._any.set()

    async def run(self, bot: Bot) -> None:
        """Tell for ever; only being cancelled ends it."""
        if not self._is_read:
            self._is_read = True
            self._read()
        while True:
            await self._any.wait()
            await self._sleep(FIRST_WAIT)
            if await self._tell(bot):
                await self._sleep(REST)

    async def _tell(self, bot: Bot) -> bool:
        owner = self._owner()
        if owner is None:
            self._forget()
            return False
        try:
            await send_page(bot, owner, self._words(), silent=True)
        except TelegramError as error:
            log.warning("refused attempts not told: %s", error)
            return False
        self._forget()
        return True

    def _words(self) -> str:
        lang, counts = self._language(), self._counts
        named = sorted(self._people)[:_MOST_NAMED]
        return say(
            lang,
            "refused",
            span=duration(lang, max(self._notebook.clock() - self._since, 1000)),
            strangers=counts[Attempt.STRANGER] or None,
            guesses=counts[Attempt.GUESS] or None,
            denied=counts[Attempt.DENIED] or None,
            people=len(self._people),
            ids=listed(lang, map(str, named)),
            more=len(self._people) - len(named) or None,
        )

    def _forget(self) -> None:
        self._counts.clear()
        self._people.clear()
        self._any.clear()
        self.keep()
