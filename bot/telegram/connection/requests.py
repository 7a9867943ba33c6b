"""Calls to Telegram: over which connections, and new ones where none comes free. Knows no method of Telegram's."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httpx
from telegram.error import TimedOut
from telegram.request import BaseRequest, HTTPXRequest

from bot.telegram.connection.delivery import READ_TIMEOUT
from bot.telegram.connection.polling import Ear

log = logging.getLogger(__name__)

CALL_SECONDS = 120.0
"""For a call as a whole, a long poll or a picture too: an answer that comes drop by drop meets no other limit."""
LOOPBACK = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
"""A proxy of the environment is for the world outside, never for a server on this machine."""


def request_of(ear: Ear) -> BaseRequest:
    """What asks Telegram. Of every answer the ear hears what time it is there."""

    async def dated(response: httpx.Response) -> None:
        ear.dated(response.headers.get("Date"))

    return Renewing(
        lambda: HTTPXRequest(
            connection_pool_size=16,
            read_timeout=READ_TIMEOUT,
            connect_timeout=5.0,
            pool_timeout=5.0,
            media_write_timeout=30.0,
            httpx_kwargs={"mounts": LOOPBACK, "event_hooks": {"response": [dated]}},
        )
    )


class Renewing(BaseRequest):
    """Calls over a pool of connections; over a new one where it has run dry.

    The pool of httpcore loses the place of a call that is given up while it connects, or through a proxy that stumbles.
    Once all are lost nothing is ever sent again, and nothing but a time-out shows it.
    """

    def __init__(self, make: Callable[[], BaseRequest]) -> None:
        super().__init__()
        self._make = make
        self._inner = make()
        self._worn: BaseRequest | None = None
        """Left, and not closed yet: what is under way there goes on."""

    @property
    def read_timeout(self) -> float | None:
        """Seconds that an answer may take."""
        return self._inner.read_timeout

    async def initialize(self) -> None:
        """Before the first call."""
        await self._inner.initialize()

    async def shutdown(self) -> None:
        """After the last one."""
        for one in (self._inner, self._worn):
            if one is not None:
                await one.shutdown()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Status and body. What waited in vain for a connection was not sent, and is sent over a new one."""
        worn = self._inner
        try:
            return await _in_time(worn, *args, **kwargs)
        except TimedOut as error:
            if not isinstance(error.__cause__, httpx.PoolTimeout):
                raise
        if worn is self._inner:
            log.warning("telegram connections event=renewed: none came free")
            older, self._worn, self._inner = self._worn, worn, self._make()
            await self._inner.initialize()
            if older is not None:
                await older.shutdown()
        return await _in_time(self._inner, *args, **kwargs)


async def _in_time(request: BaseRequest, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
    """Status and body. `TimedOut` where they are not there as a whole in time: it may have been carried out."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await request.do_request(*args, **kwargs)
    except TimeoutError:
        msg = f"no whole answer within {CALL_SECONDS:g} s"
        raise TimedOut(msg) from None
