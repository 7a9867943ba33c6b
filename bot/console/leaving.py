"""Ctrl+C while something is computed: asyncio ends only what waits, and this waits for nothing, for an hour or more."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bot.machine.exits import Exit

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h"


@contextmanager
def leaving() -> Iterator[None]:
    """Within it Ctrl+C and SIGTERM end this process at once; those of its pools end with it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    own = os.getpid()

    def leave(_number: int, _frame: FrameType | None) -> None:
        if os.getpid() == own:
            os.write(2, (_SHOW_CURSOR if sys.stderr.isatty() else b"") + b"Left at once.\n")
        os._exit(Exit.LEFT_AT_ONCE)

    before = {one: signal.getsignal(one) for one in _SIGNALS}
    for one, handler in before.items():
        if handler is not signal.SIG_IGN:  # as it is for what a shell has put into the background
            signal.signal(one, leave)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
