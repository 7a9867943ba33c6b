"""A recorded market read in a process of its own: PyArrow takes more room than a market does, and goes with it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bot.history.kept import Reading
from bot.machine.pools import pool


@contextmanager
def apart() -> Iterator[Reading]:
    """What reads the months of a kept market there, one after the other; nothing is started where none is read."""
    with pool(1, _without_numpy) as reading:
        yield reading.map


def _without_numpy() -> None:
    """PyArrow loads NumPy where it finds it, which takes longer than to read a year; and reads as well without."""
    if "numpy" not in sys.modules:
        sys.modules["numpy"] = None  # type: ignore[assignment]  # as good as not installed
