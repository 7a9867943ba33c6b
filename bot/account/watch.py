"""Watches over time itself: a clock that was set, a machine that slept, ticks that don't come. Tells each once.

It goes by the event loop alone, never by the scheduler, which it watches too. It judges no price and reads nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.account.reader import Reader
from bot.machine.clock import Clock
from strategy.messages.events import Told
from strategy.messages.machine import ClockOff, Slept, Unwatched
from strategy.messages.notices import Notice

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
STOOD_STILL = 20_000
"""Milliseconds between two looks that tell of a suspended machine, and not of a busy one."""
JUMPED = 2_000
"""By how much a clock may go off between two looks: NTP moves it by less than one in a thousand."""
WRONG = 30_000
"""By how much this machine's clock may differ from the exchange's before the owner is told."""
PATIENCE = 30_000
PATIENCE_TICKS = 5


@dataclass(slots=True, kw_only=True)
class Watch:
    """Looks once a second. `again` has every job run at once: the scheduler plans by a clock that can be set."""

    clock: Clock
    reader: Reader
    tick_seconds: float
    again: Callable[[], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _looked_at: int = field(init=False)
    _wall_ahead: int = field(init=False)
    _offset: int = field(init=False)
    _ticks: int = 0
    _ticked_at: int = field(init=False)
    _pushed_at: int = field(init=False)
    _blind_since: int | None = None
    """Since when no tick came, once the owner has been told."""

    def __post_init__(self) -> None:
        self._looked_at = self._ticked_at = self._pushed_at = self.clock.steady()
        self._wall_ahead = self.clock.wall() - self._looked_at
        self._offset = self.clock.now() - self._looked_at

    async def run(self) -> None:
        """Look for ever; only being cancelled ends it."""
        self._compare()
        while True:
            await self.sleep(LOOK_SECONDS)
            try:
                self.look()
            except Exception:  # the outermost loop: whatever one look meets, the next one is made
                log.exception("watch event=failed")

    def look(self) -> None:
        """What has become of the clocks and of the ticks since the last look."""
        now = self.clock.steady()
        slept, jumped = self._slept(now), self._jumped(now)
        if slept:
            self._tell(Slept(at=self.clock.now(), lasted=slept))
        if jumped and not slept:  # whoever slept may find his clock set right: that is one thing, told as one
            self._tell(ClockOff(at=self.clock.now(), by=jumped, jumped=True))
        if slept or jumped:
            self._ticked_at = now
            self._push(now)
        self._judge_ticks(now)
        self._looked_at = now

    def _slept(self, now: int) -> int:
        """For how long the process stood still. A paused virtual machine's clocks stand too: the exchange's tells."""
        offset = self.clock.now() - now
        stood, lost = now - self._looked_at - round(LOOK_SECONDS * 1000), offset - self._offset
        self._offset = offset
        return max(stood, lost) if max(stood, lost) > STOOD_STILL else 0

    def _jumped(self, now: int) -> int:
        """By how much this machine's clock was set; with a minus, back."""
        ahead = self.clock.wall() - now
        by, self._wall_ahead = ahead - self._wall_ahead, ahead
        return by if abs(by) > JUMPED else 0

    def _compare(self) -> None:
        """A clock that is wrong from the start is told: its owner's other programs go by it, and so do file times."""
        by = self.clock.wall() - self.clock.now()
        if abs(by) > WRONG:
            self._tell(ClockOff(at=self.clock.now(), by=by, jumped=False))

    def _judge_ticks(self, now: int) -> None:
        """Whether prices are judged: told once, and its end; what the exchange or the store does is told already."""
        if self.reader.ticks != self._ticks:
            self._ticks, self._ticked_at = self.reader.ticks, now
            if self._blind_since is not None:
                lasted, self._blind_since = now - self._blind_since, None
                self._tell(Unwatched(at=self.clock.now(), over=True, lasted=lasted))
            return
        patience = max(PATIENCE, round(PATIENCE_TICKS * self.tick_seconds * 1000))
        if now - self._ticked_at <= patience:
            return
        if now - self._pushed_at > patience:
            self._push(now)
        runner = self.reader.runner
        if self._blind_since is None and runner.account.interruption is None and runner.trouble.now is None:
            self._blind_since = self._ticked_at
            self._tell(Unwatched(at=self.clock.now(), over=False, lasted=now - self._ticked_at))

    def _push(self, now: int) -> None:
        self._pushed_at = now
        self.again()

    def _tell(self, notice: Notice) -> None:
        log.warning("watch event=%s notice=%r", notice.kind, notice)
        self.reader.runner.post(Told(at=notice.at, notice=notice))
