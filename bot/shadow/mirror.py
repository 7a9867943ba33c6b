"""Has what was recorded replayed by its own process, so that no tick waits for it; ended when it takes too long."""

import asyncio
import contextlib
import logging
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.machine.beside import python_of
from bot.machine.discreet import redacted
from bot.machine.frames import HEAD, framed, size_of, value_of
from bot.owner.shadows import NotReplayed, Progress, Shadow
from bot.owner.twins import AskedTwin, NoTwin, Twin
from bot.shadow.asked import Asked, Failed, Replayed, TwinAsked
from strategy.model.durations import DAY

log = logging.getLogger(__name__)

PATIENCE = 900.0
"""Seconds."""


class Mirror:
    """One replay at a time. Trading goes on whatever becomes of it."""

    def __init__(self, database: str, account: str, clock: Callable[[], int], *, patience: float = PATIENCE) -> None:
        self._database, self._account, self._clock, self._patience = database, account, clock, patience
        self._turn = asyncio.Lock()

    async def replay(self, days: int, told: Progress) -> Shadow | NotReplayed:
        """The answer. `told` hears how far it is. Whoever stops waiting ends the process."""
        asked = Asked(database=self._database, account=self._account, since=self._clock() - days * DAY)
        try:
            answer = await self._answer(asked, told)
        except TimeoutError:
            return NotReplayed.SLOW
        assert isinstance(answer, Shadow | NotReplayed | None), answer
        return answer or NotReplayed.FAILED

    async def twin(self, asked: AskedTwin, told: Progress) -> Twin | NoTwin:
        """Likewise what a grid's twin on paper has come to."""
        try:
            answer = await self._answer(TwinAsked(database=self._database, account=self._account, twin=asked), told)
        except TimeoutError:
            return NoTwin.SLOW
        assert isinstance(answer, Twin | NoTwin | None), answer
        return answer or NoTwin.FAILED

    async def _answer(self, asked: Asked | TwinAsked, told: Progress) -> object | None:
        """None where there is none: the log says why."""
        try:
            async with self._turn, asyncio.timeout(self._patience), _process() as process:
                answer = await _answer(process, asked, told)
        except TimeoutError:
            raise
        except (OSError, EOFError) as failure:  # it could not be started, or has died
            log.warning("shadow event=died text=%r", str(failure))
            return None
        if isinstance(answer, Failed):
            log.error("shadow event=failed\n%s", redacted(answer.text))
            return None
        return answer


async def _answer(process: Process, asked: Asked | TwinAsked, told: Progress) -> object:
    assert process.stdin is not None, "its input is a pipe"
    process.stdin.write(framed(asked))
    await process.stdin.drain()
    while isinstance(answer := await _heard(process), Replayed):
        await told(answer.done, answer.whole)
    return answer


async def _heard(process: Process) -> object:
    assert process.stdout is not None, "its output is a pipe"
    head = await process.stdout.readexactly(HEAD)
    return value_of(await process.stdout.readexactly(size_of(head)))


@asynccontextmanager
async def _process() -> AsyncIterator[Process]:
    """A session of its own: Ctrl+C is the parent's. It holds nothing that could be lost: in the end it is killed."""
    process = await asyncio.create_subprocess_exec(
        *python_of("bot.shadow.worker"), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
