"""Plays a feed on a venue's market, faster than it happened, until it is stopped."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.demo.backpack.feed import Feed, Position, Step
from exchange.paper.venue import Venue
from strategy.model.market import Symbol

LONGEST_GAP = 60_000
"""A gap in a recording is waited for as if it were this long, in ms of market time."""
NAP = 0.2
"""Seconds between two looks whether a paused market goes on."""
BEHIND = 1.0
"""Seconds that are caught up with at most: a machine that was asleep goes on at its pace."""

Sleep = Callable[[float], Awaitable[object]]


class Player:
    """One market's prices. `speed` is how many times faster than real it runs; 0 pauses it.

    What a step itself takes is taken off the next wait: who knows the speed can tell the market's time from his own.
    """

    def __init__(
        self,
        venue: Venue,
        symbol: Symbol,
        feed: Feed,
        *,
        speed: float,
        sleep: Sleep = asyncio.sleep,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.symbol = symbol
        self.speed = speed
        self.time: int | None = None
        """The market's own time in ms; None before the first step."""
        self.position: Position = feed.position()
        """From where the feed goes on after the last step that the venue has seen."""
        self._venue = venue
        self._feed = feed
        self._sleep = sleep
        self._seconds = seconds

    async def run(self, after_step: Callable[[], None]) -> None:
        """Play until cancelled."""
        due = self._seconds()
        while True:
            while self.speed <= 0:
                await self._sleep(NAP)
                due = self._seconds()
            step = self._feed.next()
            due = max(due + self._wait(step) / 1000 / self.speed, self._seconds() - BEHIND)
            await self._sleep(max(due - self._seconds(), 0))
            self._walk(step)
            after_step()

    def step(self) -> Step:
        """Play one step at once."""
        step = self._feed.next()
        self._walk(step)
        return step

    def seek(self, position: Position, time: int | None) -> None:
        """Go on from where it stood."""
        self._feed.seek(position)
        self.position, self.time = position, time

    def _wait(self, step: Step) -> int:
        return 0 if self.time is None else min(max(step.at - self.time, 0), LONGEST_GAP)

    def _walk(self, step: Step) -> None:
        self._venue.walk(self.symbol, step.price, at=step.at, volume=step.volume)
        self.time, self.position = step.at, self._feed.position()
