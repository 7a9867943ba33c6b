"""The store's troubles as the program learns of them: told at their beginning and end. Reads and writes nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.machine.discreet import redacted
from storage.errors import DatabaseTaken, StorageUnavailable

log = logging.getLogger(__name__)

PATIENCE = 2
"""Saves that fail in a row before the store counts as one that can't be written: a lock may be held for a moment."""

LOGGED_EVERY = 60
"""Of the failures that follow, which are a second apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritable:
    """Nothing can be written down, and so nothing new is sent."""

    since: int
    text: str
    """Why, as the store says it."""
    is_taken: bool = False
    """Another process writes the database: for good."""


@dataclass(slots=True)
class StoreTrouble:
    """Counts saves that fail. What is told goes past the store: it must reach the owner without being written down."""

    clock: Callable[[], int]
    now: Unwritable | None = None
    """Since when nothing can be written, and why."""
    listeners: list[Callable[[Unwritable | None], None]] = field(default_factory=list)
    """Called when it begins, and with None when it is over."""
    _failures: int = 0

    @property
    def is_lost(self) -> bool:
        """Another process writes the database: this one is to leave."""
        return self.now is not None and self.now.is_taken

    def failed(self, failure: StorageUnavailable) -> None:
        """Something could not be written."""
        self._failures += 1
        if self._failures <= PATIENCE or self._failures % LOGGED_EVERY == 0:
            log.error("store event=unavailable count=%d text=%r", self._failures, str(failure))
        if self._failures == PATIENCE:
            self._set(Unwritable(since=self.clock(), text=redacted(str(failure))))

    def worked(self) -> None:
        """Something was written."""
        self._failures = 0
        if self.now is not None and not self.now.is_taken:
            log.warning("store event=back")
            self._set(None)

    def taken(self, failure: DatabaseTaken) -> None:
        """Somebody else writes now."""
        log.critical("store event=taken text=%r", str(failure))
        self._set(Unwritable(since=self.clock(), text=str(failure), is_taken=True))

    def check(self) -> None:
        """`StorageUnavailable` while nothing can be written, `DatabaseTaken` where that is for good."""
        if self.now is not None:
            raise DatabaseTaken(self.now.text) if self.now.is_taken else StorageUnavailable(self.now.text)

    def _set(self, now: Unwritable | None) -> None:
        self.now = now
        for listener in self.listeners:
            listener(now)
