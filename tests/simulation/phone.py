"""The owner's phone: takes what Telegram delivers, and Telegram can be down. Texts are short names here."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from types import SimpleNamespace
from typing import Any

from telegram.error import NetworkError, RetryAfter, TimedOut

from bot.telegram.texts import face as texts
from strategy.messages.notices import FillTold, LevelJumped, LevelWaits, Notice

OWNER = 4242


@dataclass(slots=True)
class Phone:
    """A bot as far as the outbox uses one. What it took is in `told`, in order."""

    dice: Random
    happened: Counter[str]
    is_down: bool = False
    told: list[str] = field(default_factory=list)

    async def send_message(self, chat: int, text: str, **_: Any) -> SimpleNamespace:
        """Take a message, or fail as Telegram does."""
        assert chat == OWNER
        await asyncio.sleep(self.dice.uniform(0.02, 0.3))
        if self.is_down:
            self.happened["telegram failed"] += 1
            kind = self.dice.random()
            if kind < 0.2:
                self.told += text.split()
                raise TimedOut  # it was taken, and nobody heard
            raise RetryAfter(self.dice.randint(1, 30)) if kind < 0.4 else NetworkError("down")
        self.told += text.split()
        return SimpleNamespace(message_id=len(self.told))


class Names:
    """Stands for the texts: every notice has a name that can be computed again from the notice alone."""

    @staticmethod
    def notice(_lang: str, notice: Notice, _mode: str) -> str:
        """A notice by its name."""
        return name_of(notice)

    @staticmethod
    def fills(_lang: str, told: Sequence[FillTold], _mode: str) -> str:
        """A burst of fills by their names."""
        return "\n".join(map(name_of, told))

    @staticmethod
    def together(_lang: str, told: Sequence[Notice], _mode: str) -> str:
        """What happened to several grids, by its names."""
        return "\n".join(map(name_of, told))

    Hours = texts.Hours

    @staticmethod
    def digest(_lang: str, told: Sequence[Notice], _hours: texts.Hours, _mode: str, *, off: int = 0) -> str:
        """What a digest counts, by its names: nothing is off here."""
        assert not off
        return "\n".join(map(name_of, told))

    @staticmethod
    def waits(_lang: str, told: Sequence[LevelWaits], _mode: str) -> str:
        """Levels that wait for one reason, by their names."""
        return "\n".join(map(name_of, told))

    @staticmethod
    def jumps(_lang: str, told: Sequence[LevelJumped], _mode: str) -> str:
        """A burst of jumps by their names."""
        return "\n".join(map(name_of, told))


def name_of(notice: Notice) -> str:
    """The same for the same content, whenever it was read."""
    return f"{notice.kind}-{blake2b(repr(notice).encode(), digest_size=8).hexdigest()}"
