"""The process that replays for the chat: a question in, how far it is and an answer out. Knows no key, and only reads.

It yields to whatever trades on this machine, and ends when its parent does.
"""

import asyncio
import contextlib
import logging
import os
import sys
import traceback
from typing import BinaryIO

from bot.machine.clock import wall_milliseconds
from bot.machine.frames import framed, next_of
from bot.machine.program import engine_version
from bot.owner.shadows import NotReplayed, Shadow
from bot.owner.twins import NoTwin, Twin
from bot.shadow.asked import Asked, Failed, Replayed, TwinAsked
from bot.shadow.replaying import replayed
from bot.shadow.twin import twin_of
from storage.store import Store

POLITENESS = 10
"""How far behind trading it stands for the processor."""
TOLD_EVERY = 100
"""Rows."""


def work(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer the one question."""
    asked = next_of(questions)
    if isinstance(asked, Asked | TwinAsked):
        _send(answers, _answer(asked, answers))


def _answer(asked: Asked | TwinAsked, answers: BinaryIO) -> Shadow | NotReplayed | Twin | NoTwin | Failed:
    def told(done: int, whole: int) -> None:
        if done % TOLD_EVERY == 0:
            _send(answers, Replayed(done=done, whole=whole))

    try:
        store = Store.look(asked.database, now=wall_milliseconds)
        with contextlib.closing(store):
            if isinstance(asked, TwinAsked):
                return asyncio.run(twin_of(store, asked.account, asked.twin, told))
            found = replayed(store, asked.account, asked.since, None, engine_version(), told)
            return NotReplayed.EMPTY if found is None else found
    except Exception:  # noqa: BLE001 - the outermost place of this process: told to its parent, which logs it
        return Failed(text=traceback.format_exc())


def _send(answers: BinaryIO, value: object) -> None:
    answers.write(framed(value))
    answers.flush()


def main() -> None:
    """Run as a process: the question on standard input, answers on standard output, which nothing else may print to."""
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(OSError, AttributeError):  # where there is no such thing, it runs beside trading as it is
        os.nice(POLITENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(BrokenPipeError):
        work(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
