"""Has pictures drawn by a process of its own, one at a time. No tick waits for one."""

import asyncio
import logging

from bot.machine.beside import RESTING_SECONDS, Beside
from bot.owner.pictures import Picture, Undrawn

log = logging.getLogger(__name__)

DRAWING_SECONDS = 20.0
"""For one, the start of the process included: a machine that does much else is slow."""


class Painter:
    """One owner's pictures."""

    def __init__(self, *, drawing: float = DRAWING_SECONDS, resting: float = RESTING_SECONDS) -> None:
        self._beside, self._drawing = Beside("bot.pictures.worker", resting=resting), drawing

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._beside.pid

    async def draw(self, picture: Picture) -> bytes | Undrawn:
        """The PNG. Whoever stops waiting ends the process."""
        async with self._beside.turn:
            try:
                async with asyncio.timeout(self._drawing):
                    await self._beside.say(picture)
                    answer = await self._beside.heard()
            except (OSError, EOFError) as failure:  # it could not be started, has died, or took too long
                log.warning("picture event=died text=%r", str(failure))
                await self._beside.end()
                return Undrawn.FAILED
            except BaseException:
                await self._beside.end()
                raise
            self._beside.rests()
        if isinstance(answer, bytes | Undrawn):
            return answer
        log.error("picture event=failed\n%s", answer)
        return Undrawn.FAILED

    async def close(self) -> None:
        """End the process, if there is one."""
        await self._beside.end()
