"""The second channel: a heartbeat and an alarm for when Telegram, or this program, is dead. Nobody ever waits for it.

It goes to addresses of the owner's own choice, and carries no amount and no market: what is wrong, and since when.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import httpx

from bot.machine.addresses import DIRECT
from bot.mode import Mode
from bot.owner.overview import live_orders
from bot.owner.trader import Trader
from bot.telegram.connection.delivery import plain_text
from bot.telegram.texts.catalogue import listed, say
from storage.errors import StorageError
from strategy.messages.notices import Lane
from strategy.model.durations import HOUR
from strategy.model.grid import Phase

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 60.0
LOOK_SECONDS = 15.0
"""Between two looks at whether there is something to alarm about."""
PATIENCE = 5 * 60_000
"""Milliseconds that an urgent message, or a failing database, waits before it is told here."""
REMINDED_EVERY = HOUR
CALL_SECONDS = 10.0
GOODBYE_SECONDS = 5.0
_BATCH = 100


class Priority(StrEnum):
    """As ntfy names them."""

    URGENT = "urgent"
    HIGH = "high"
    DEFAULT = "default"
    LOW = "low"


class Alarm(StrEnum):
    """What stands between the owner and his money without his knowing."""

    UNTOLD = "untold"
    """Urgent messages that Telegram does not take."""
    PARKED = "parked"
    """A grid, or all of them, places nothing until the owner decides."""
    UNWRITTEN = "unwritten"
    """Nothing can be written down, so nothing is sent."""


async def ping(url: str) -> str | None:
    """One heartbeat: a GET. None where it was taken, else why not; the address is in no answer of ours."""
    return await _call("GET", url)


async def shout(url: str, *, title: str, text: str, priority: Priority) -> str | None:
    """One alarm, as ntfy takes it: the text as the body, the rest in headers. The answer as with `ping`."""
    headers = {"Title": title, "Priority": priority, "Tags": "warning", "Content-Type": "text/plain; charset=utf-8"}
    return await _call("POST", url, headers=headers, content=text.encode())


async def _call(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None
) -> str | None:
    try:
        async with (
            asyncio.timeout(CALL_SECONDS),
            httpx.AsyncClient(timeout=CALL_SECONDS, mounts=DIRECT) as http,
            # Only the head of the answer: a body without an end would hold us up, and says nothing.
            http.stream(method, url, headers=headers, content=content) as answer,
        ):
            return None if answer.is_success else f"it answers {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as failure:
        return f"no answer ({type(failure).__name__})"


@dataclass(slots=True, kw_only=True)
class _Told:
    """An alarm that the owner has heard."""

    at: int


class SecondChannel:
    """Beats, and looks at what the owner may not know. Its calls are its own: no tick and no order waits for one."""

    def __init__(
        self,
        trader: Trader,
        *,
        heartbeat_url: str,
        alarm_url: str,
        zone: ZoneInfo,
        language: Callable[[], str],
        steady: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """An empty address is none. `steady` is a clock in ms that nobody can set."""
        self._trader, self._zone, self._language = trader, zone, language
        self._heartbeat_url, self._alarm_url = heartbeat_url, alarm_url
        self._steady, self._sleep = steady, sleep
        self._told: dict[Alarm, _Told] = {}
        self._failing: set[str] = set()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Beat and look in the block. Left with grids that are not stopped, however it is left, that is told."""
        work = asyncio.gather(
            self._again(self.beat, HEARTBEAT_SECONDS, bool(self._heartbeat_url)),
            self._again(self.look, LOOK_SECONDS, bool(self._alarm_url)),
        )
        failed = True
        try:
            yield
            failed = False
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self._leave(failed=failed)

    async def beat(self) -> None:
        """One heartbeat."""
        self._heard("heartbeat", await ping(self._heartbeat_url))

    async def look(self) -> None:
        """Tell what has begun, remind of what lasts, and say what is over. What was not taken is tried at each look."""
        try:
            now = self._standing()
        except StorageError as failure:
            log.debug("second channel event=blind text=%r", str(failure))
            return
        for alarm, text in now.items():
            told = self._told.get(alarm)
            if told is not None and self._steady() - told.at < REMINDED_EVERY:
                continue
            if await self._shout(text, Priority.URGENT):
                self._told[alarm] = _Told(at=self._steady())
        for alarm in [one for one in self._told if one not in now]:
            if await self._shout(self._say(f"alarm.{alarm}.over"), Priority.DEFAULT):
                del self._told[alarm]

    def _standing(self) -> dict[Alarm, str]:
        """What is wrong now, in words."""
        found = {Alarm.UNTOLD: self._untold(), Alarm.PARKED: self._parked(), Alarm.UNWRITTEN: self._unwritten()}
        return {alarm: text for alarm, text in found.items() if text is not None}

    def _untold(self) -> str | None:
        now = self._trader.now()
        rows = self._trader.notebook.unsent(_BATCH)
        late = [row.at for row in rows if row.lane is Lane.DANGER and now - row.at >= PATIENCE]
        return self._say("alarm.untold", count=len(late), since=self._clock_of(min(late))) if late else None

    def _parked(self) -> str | None:
        account = self._trader.account()
        if account.stopped_by is not None:
            return self._say("alarm.parked")
        grids = [str(grid.id) for grid in account.grids.values() if grid.phase is Phase.PARKED]
        return self._say("alarm.parked", grids=listed(self._language(), grids)) if grids else None

    def _unwritten(self) -> str | None:
        unwritable = self._trader.runner.trouble.now
        if unwritable is None or self._trader.now() - unwritable.since < PATIENCE:
            return None
        return self._say("alarm.unwritten", since=self._clock_of(unwritable.since))

    async def _leave(self, *, failed: bool) -> None:
        account = self._trader.account()
        grids = [grid for grid in account.grids.values() if grid.phase is not Phase.STOPPED]
        if not grids or not self._alarm_url:
            return
        how = "failed" if failed else "left"
        text = self._say(f"alarm.{how}", grids=len(grids), orders=len(live_orders(account)))
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._shout(text, Priority.URGENT if failed else Priority.HIGH)
        except TimeoutError:
            log.warning("second channel event=unreached what=alarm text='leaving without it'")

    async def _shout(self, text: str, priority: Priority) -> bool:
        title = title_of(self._trader.mode)
        return self._heard("alarm", await shout(self._alarm_url, title=title, text=text, priority=priority))

    async def _again(self, work: Callable[[], Awaitable[None]], seconds: float, wanted: bool) -> None:
        while wanted:
            try:
                await work()
            except Exception:  # the outermost loop: whatever stumbles here must not end the watch
                log.exception("second channel event=failed")
            await self._sleep(seconds)

    def _heard(self, what: str, failure: str | None) -> bool:
        """Whether it was taken. One line when that changes, not one a try."""
        if failure is None and what in self._failing:
            self._failing.remove(what)
            log.info("second channel event=reached what=%s", what)
        elif failure is not None and what not in self._failing:
            self._failing.add(what)
            log.warning("second channel event=unreached what=%s text=%r", what, failure)
        return failure is None

    def _say(self, key: str, **values: str | int) -> str:
        return plain_text(say(self._language(), key, **values))

    def _clock_of(self, at: int) -> str:
        return datetime.fromtimestamp(at / 1000, self._zone).strftime("%m-%d %H:%M")


def title_of(mode: Mode) -> str:
    """The head of an alarm: letters that a header takes."""
    return f"Packgrid ({mode.value})"
