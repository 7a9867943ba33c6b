"""How often we may call: a token bucket that is waited for, with a limit to the waiting. Knows no HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from exchange.port import Unavailable

Sleep = Callable[[float], Awaitable[None]]


class Budget:
    """So many calls a minute, of which `burst` may come at once. Times here are seconds of a steady clock."""

    def __init__(
        self,
        *,
        a_minute: int,
        burst: int,
        longest_wait: float,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._rate = a_minute / 60
        self._burst = burst
        self._longest_wait = longest_wait
        self._monotonic = monotonic
        self._sleep = sleep
        self._tokens = float(burst)
        self._counted_at = monotonic()
        self._held_until = self._counted_at

    async def take(self) -> None:
        """Wait for the next free call. `Unavailable` where that would take too long: then nothing is counted."""
        wait = self._wait_for_one()
        if wait > self._longest_wait:
            raise Unavailable("rate_limit", "Too many calls are waiting for the exchange.", wait)
        self._tokens -= 1
        if wait <= 0:
            return
        held_until = self._held_until
        await self._sleep(wait)
        if self._held_until > held_until:
            again = max(0.0, self._held_until - self._monotonic())
            raise Unavailable("rate_limit", "The exchange has asked us to wait.", again)

    def take_at_once(self) -> None:
        """Count a call that can't wait, a cancel: the others make up for it."""
        self._wait_for_one()
        self._tokens -= 1

    def hold(self, seconds: float) -> None:
        """Let nobody through for a while: the exchange has said that it was too much."""
        self._held_until = max(self._held_until, self._monotonic() + seconds)

    def _wait_for_one(self) -> float:
        now = self._monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._counted_at) * self._rate)
        self._counted_at = now
        missing = max(0.0, 1 - self._tokens) / self._rate
        return max(missing, self._held_until - now)
