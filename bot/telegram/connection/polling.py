"""Hearing from Telegram: how old the last good poll is, and when to leave polling to somebody else. No answers."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from telegram import Update
from telegram.error import Conflict, NetworkError, TelegramError
from telegram.ext import ExtBot

log = logging.getLogger(__name__)

POLL_SECONDS = 30
DEAD_AFTER = 3 * POLL_SECONDS * 1000
"""Milliseconds without a good poll after which polling is started afresh."""
CONFLICT_PATIENCE = 30_000
_CONFLICT_OVER = 60_000
_FIRST_REST = 60.0
_LONGEST_REST = 600.0
"""Seconds for which the polling is left to another program before it is tried again."""
UPDATES: Sequence[str] = ("message", "edited_message", "callback_query", "my_chat_member")


class Ear:
    """What is known of our polling."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self.heard_at: int | None = None
        """When a poll last succeeded."""
        self.started_at = clock()
        self.yielded = False
        """Another program polls with our token: we leave it to that one for a while."""
        self.quarrels = 0
        """How often in a row that was so. 0 as soon as we have been alone for a while."""
        self._theirs_ahead: int | None = None
        self._conflict_at: int | None = None
        self._conflict_since: int | None = None
        self._failing = False

    def start(self) -> None:
        """Polling begins, for the first time or again."""
        self.started_at = self._clock()
        self.yielded, self._conflict_since = False, None

    def leave(self) -> float:
        """Leave the polling to another program; for how many seconds. Longer each time: ours pushes it away as well."""
        self.quarrels += 1
        return float(min(_FIRST_REST * 2 ** (self.quarrels - 1), _LONGEST_REST))

    def made_peace(self) -> bool:
        """Whether the quarrel is over: we hear, and nobody has disturbed it for a while. True once."""
        quiet_since = max(self.started_at, self._conflict_at or 0)
        hears = self.heard_at is not None and self.heard_at > self.started_at
        if not (self.quarrels and hears and self._clock() - quiet_since > _CONFLICT_OVER):
            return False
        self.quarrels = 0
        return True

    def heard(self) -> None:
        """A poll succeeded."""
        self.heard_at = self._clock()
        if self._failing:
            log.info("telegram poll works again")
            self._failing = False

    def failed(self, error: TelegramError) -> None:
        """A poll failed; PTB tries again by itself. One line when it begins, not one a try."""
        if isinstance(error, Conflict):
            self._conflict()
        elif not self._failing:
            self._failing = True
            log.warning("telegram poll failed, trying on: %s", error)

    def dated(self, date: str | None) -> None:
        """What Telegram's answer says of the time there, to the second."""
        with contextlib.suppress(ValueError):
            if date:
                self._theirs_ahead = int(parsedate_to_datetime(date).timestamp() * 1000) - self._clock()

    def their_time(self, *, otherwise: int) -> int:
        """Telegram's clock, in milliseconds; what is given where it is not known. Ours may be minutes off."""
        return otherwise if self._theirs_ahead is None else self._clock() + self._theirs_ahead

    @property
    def is_dead(self) -> bool:
        """No good poll for so long that this one will hardly recover."""
        return self._clock() - max(self.heard_at or 0, self.started_at) > DEAD_AFTER

    def _conflict(self) -> None:
        """Both pollers get errors and answers in turn, so a good poll in between means nothing."""
        now = self._clock()
        if self._conflict_since is None or now - (self._conflict_at or 0) > _CONFLICT_OVER:
            self._conflict_since = now
            log.warning("another program polls Telegram with this bot's token (getUpdates conflict)")
        self._conflict_at = now
        self.yielded = self.yielded or now - self._conflict_since >= CONFLICT_PATIENCE


class HearingBot(ExtBot[None]):
    """A bot that notes when it was last heard from."""

    __slots__ = ("_ear",)

    def __init__(self, *args: Any, ear: Ear, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ear = ear

    async def get_updates(self, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        """Poll, and note that it went well. One update that can't be read must not hide all that come after it."""
        try:
            updates = await super().get_updates(*args, **kwargs)
        except TelegramError:
            raise
        except Exception:  # noqa: BLE001  # whatever the library stumbles over, it would fetch it again for ever
            updates = await self._one_by_one(kwargs.get("offset"))
        self._ear.heard()
        return updates

    async def _one_by_one(self, offset: int | None) -> tuple[Update, ...]:
        """The same updates once more; one that can't be read is left empty, so that it is confirmed and ignored."""
        rows: Any = await self._post("getUpdates", {"offset": offset, "timeout": 0})
        try:
            return tuple(self._read(row, row["update_id"]) for row in rows)
        except (KeyError, TypeError) as wrong:
            raise NetworkError("Telegram's list of updates can't be read") from wrong

    def _read(self, row: Any, number: int) -> Update:
        try:
            return Update.de_json(row, self)
        except Exception:  # noqa: BLE001  # likewise
            log.error("update event=unreadable id=%s", number)
            return Update(number)
