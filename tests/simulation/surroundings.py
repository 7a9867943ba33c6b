"""What the program has around it in a world: the world's own chance, names for texts, and an ear for its log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any

from bot.account import blocks, startup
from bot.account.blocks import ALMOST_FULL
from bot.telegram import outbox
from tests.promises.promise import Violation
from tests.simulation.phone import Names

NEVER = ("dropped", "broken", "listener_failed")
"""Words of the log that tell of a mistake in the program."""
FULL_AT = (*[ALMOST_FULL] * 3, 200, 60, 25)
"""Ids of a block after which another one is taken: in half of the worlds it comes to that, in some again and again."""


@contextmanager
def surroundings(seed: int) -> Iterator[list[Violation]]:
    """For one world. What the program logs as a mistake of its own is in the list."""
    ear, logger = _Ear(), logging.getLogger("bot")
    level, propagates = logger.level, logger.propagate
    logger.setLevel(logging.ERROR)
    logger.addHandler(ear)
    logger.propagate = False
    planner = logging.getLogger("apscheduler")  # it tells of each job that is left out, and of each that failed
    told = planner.level
    planner.setLevel(logging.CRITICAL)
    chance = SimpleNamespace(randbelow=Random(seed).randrange)
    full_at = Random(seed + 2).choice(FULL_AT)
    try:
        with (
            swapped(blocks, "secrets", chance),
            swapped(blocks, "ALMOST_FULL", full_at),
            swapped(startup, "ALMOST_FULL", full_at),
            swapped(outbox, "texts", Names),
        ):
            yield ear.found
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
        logger.propagate = propagates
        planner.setLevel(told)


@contextmanager
def swapped(where: Any, name: Any, new: Any) -> Iterator[None]:
    """An attribute, or an entry of a table, is another one for as long as this lasts."""
    if isinstance(where, dict):
        old, where[name] = where[name], new
    else:
        old = getattr(where, name)
        setattr(where, name, new)
    try:
        yield
    finally:
        if isinstance(where, dict):
            where[name] = old
        else:
            setattr(where, name, old)


class _Ear(logging.Handler):
    """Events that the writer had to drop, and the like, are broken promises."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[Violation] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what may never happen."""
        if any(f"event={word}" in record.getMessage() for word in NEVER):
            failure = record.exc_info[1] if record.exc_info else None
            self.found.append(Violation(name="no event dropped", text=f"{record.getMessage()}: {failure!r}"))
