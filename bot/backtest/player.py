"""Has backtests played by a process of its own: started when it is first needed, ended when it has rested a while.

One question at a time. What takes too long is ended with its process; trading goes on whatever becomes of it.
"""

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

from bot.backtest.frames import HEAD, Loaded, Place, framed, size_of, value_of
from bot.owner.backtests import Loaded as Told
from bot.owner.backtests import NotPlayed, Played, Wanted, Why

log = logging.getLogger(__name__)

READING_SECONDS = 60.0
"""For the candles: the exchange lets few calls through, and those of several questions wait for each other."""
PLAYING_SECONDS = 20.0
RESTING_SECONDS = 120.0
"""After which a process that nobody asks is ended, and its memory given back."""
LEAVING_SECONDS = 2.0


class Player:
    """One owner's backtests."""

    def __init__(
        self,
        place: Place,
        *,
        reading: float = READING_SECONDS,
        playing: float = PLAYING_SECONDS,
        resting: float = RESTING_SECONDS,
    ) -> None:
        self._place = place
        self._reading, self._playing, self._resting = reading, playing, resting
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process is not None else None

    async def play(self, wanted: Wanted, told: Told) -> Played | NotPlayed:
        """The answer. `told` hears of the candles once they are there. Whoever stops waiting ends the process."""
        async with self._turn:
            self._wake()
            try:
                answer = await self._asked(wanted, told)
            except TimeoutError:
                await self._end()
                return NotPlayed(why=Why.SLOW)
            except (OSError, EOFError) as failure:  # it could not be started, or has died
                log.warning("backtest event=died text=%r", str(failure))
                await self._end()
                return NotPlayed(why=Why.FAILED)
            except BaseException:
                await self._end()
                raise
            if isinstance(answer, NotPlayed) and answer.why is Why.FAILED:
                log.error("backtest event=failed\n%s", answer.text)
            self._rest = asyncio.get_running_loop().call_later(self._resting, self._rested)
            return answer

    async def close(self) -> None:
        """End the process, if there is one."""
        self._wake()
        await self._end()

    async def _asked(self, wanted: Wanted, told: Told) -> Played | NotPlayed:
        async with asyncio.timeout(self._reading):
            process = await self._started()
            await _say(process, wanted)
            answer = await _heard(process)
        if isinstance(answer, Loaded):
            await told(answer.candles)
            async with asyncio.timeout(self._playing):
                answer = await _heard(process)
        assert isinstance(answer, Played | NotPlayed), answer
        return answer

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            # A session of its own: Ctrl+C is the parent's. It ends by itself when the pipe to it does.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.backtest.worker",
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                start_new_session=True,
            )
            await _say(self._process, self._place)
        return self._process

    def _wake(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _rested(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(self._end_unless_asked())

    async def _end_unless_asked(self) -> None:
        if not self._turn.locked():
            await self._end()

    async def _end(self) -> None:
        """End the process at once: it holds nothing that could be lost."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVING_SECONDS):
                await process.wait()


async def _say(process: Process, value: object) -> None:
    assert process.stdin is not None, "its input is a pipe"
    process.stdin.write(framed(value))
    await process.stdin.drain()


async def _heard(process: Process) -> object:
    assert process.stdout is not None, "its output is a pipe"
    head = await process.stdout.readexactly(HEAD)
    return value_of(await process.stdout.readexactly(size_of(head)))
