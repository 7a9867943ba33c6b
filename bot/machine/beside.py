"""A process of our own beside this one: started when it is first asked, ended when it has rested a while.

Both its ends are here: whoever asks, and the loop of whoever answers. It holds nothing that could be lost.
"""

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import BinaryIO

from bot.machine.frames import HEAD, framed, size_of, value_of

RESTING_SECONDS = 120.0
"""After which a process that nobody asks is ended, and its memory given back."""
LEAVING_SECONDS = 2.0
POLITENESS = 10
"""How far behind trading it stands for the processor."""


class Beside:
    """One process at a time, asked by one at a time: whoever asks holds `turn`, and ends it where that fails."""

    def __init__(self, module: str, first: object = None, *, resting: float = RESTING_SECONDS) -> None:
        """`first` is the first thing that each process is told; None is nothing."""
        self._module, self._first, self._resting = module, first, resting
        self.turn = asyncio.Lock()
        self._process: Process | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process is not None else None

    async def say(self, value: object) -> None:
        """Send it a value; start it first where there is none. Raises `OSError`."""
        self._wake()
        process = await self._started()
        assert process.stdin is not None, "its input is a pipe"
        process.stdin.write(framed(value))
        await process.stdin.drain()

    async def heard(self) -> object:
        """Its next value. Raises `EOFError` where it has died."""
        assert self._process is not None, "it was asked something"
        assert self._process.stdout is not None, "its output is a pipe"
        head = await self._process.stdout.readexactly(HEAD)
        return value_of(await self._process.stdout.readexactly(size_of(head)))

    def rests(self) -> None:
        """It has answered: if nobody asks again for a while, it is ended."""
        self._rest = asyncio.get_running_loop().call_later(self._resting, self._rested)

    async def end(self) -> None:
        """End it at once, if there is one."""
        self._wake()
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

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            # A session of its own: Ctrl+C is the parent's. It ends by itself when the pipe to it does.
            self._process = await asyncio.create_subprocess_exec(
                *python_of(self._module), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
            if self._first is not None:
                await self.say(self._first)
        return self._process

    def _wake(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _rested(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(self._end_unless_asked())

    async def _end_unless_asked(self) -> None:
        if not self.turn.locked():
            await self.end()


def python_of(module: str) -> tuple[str, ...]:
    """How a module of ours runs in a process of its own: everything is found there where it is found here.

    By `-m` alone Python looks first into the folder where we were started, and a `bot.py` there is the owner's.
    """
    run = f"import runpy, sys; sys.path[:] = {sys.path}; runpy.run_module({module!r}, run_name='__main__')"
    return sys.executable, "-P", "-c", run


def answers_of_this() -> BinaryIO:
    """Called in such a process, once: where its answers go, to which nothing else may print. It yields to trading."""
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(OSError, AttributeError):  # where there is no such thing, it runs beside trading as it is
        os.nice(POLITENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def answer(answers: BinaryIO, value: object) -> None:
    """Send a value to whoever asked."""
    answers.write(framed(value))
    answers.flush()
