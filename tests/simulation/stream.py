"""The exchange's stream on its way to the process: it repeats, reorders, delays, drops, falls behind, falls silent."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from exchange.news import Connected, Disconnected, StreamEvent


@dataclass(slots=True)
class Stream:
    """Passes on what the venue tells, at best a little later."""

    dice: Random
    happened: Counter[str]
    now: Callable[[], int]
    hear: Callable[[StreamEvent], None]
    until: int = 0
    """While it lasts, messages go wrong with these shares."""
    drop: float = 0
    repeat: float = 0
    delay: float = 0
    silent_until: int = 0
    """Connected, and nothing comes."""
    behind_since: int = 0
    behind_until: int = 0
    behind: float = 0
    """The share of that time by which all of it comes late, in its order."""

    def clear(self) -> None:
        """Everything works again."""
        self.until = self.silent_until = self.behind_until = 0

    def pass_on(self, news: StreamEvent) -> None:
        """The venue says something."""
        now, later = self.now(), asyncio.get_running_loop().call_later
        if now < self.silent_until:
            self.happened["stream silent"] += 1
            return
        wait = self.dice.uniform(0.001, 0.05)
        if now < self.behind_until:
            self.happened["stream behind"] += 1
            wait += (now - self.behind_since) / 1000 * self.behind
        if now < self.until:
            if self.dice.random() < self.drop:
                self.happened["stream dropped"] += 1
                return
            if self.dice.random() < self.repeat:
                self.happened["stream repeated"] += 1
                later(wait + self.dice.uniform(0, 4), self.hear, news)
            if self.dice.random() < self.delay:
                self.happened["stream delayed"] += 1
                wait += self.dice.uniform(0, 6)
        later(wait, self.hear, news)

    def reconnect(self) -> None:
        """The socket breaks and is opened again."""
        self.happened["stream reconnected"] += 1
        self.hear(Disconnected(text="broken"))
        asyncio.get_running_loop().call_later(self.dice.uniform(0.1, 5), self.hear, Connected())
