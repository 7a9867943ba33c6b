"""What the program can say of itself: version, settings without secrets, the last lines of its log. Changes nothing."""

import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from bot.machine.addresses import shown_database
from bot.machine.discreet import redacted
from bot.machine.program import program_version
from bot.mode import Mode
from bot.settings import Settings
from storage.store import Store
from strategy.model.account import Account

MOST_LINES = 200
_TAIL = 400_000
"""Bytes of the log's end that are looked through."""
_TROUBLE = (" WARNING ", " ERROR ", " CRITICAL ")
_PERSONAL = ("telegram_owner_id",)
"""No secrets, and nobody's business: whether they are set is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Looks at this process for its owner. Whatever it gives out is scrubbed once more."""

    settings: Settings
    store: Store
    account: Callable[[], Account]
    now: Callable[[], int]
    secrets: Sequence[str] = ()
    """What may never be shown."""
    offset: Callable[[], int] = lambda: 0
    """The exchange's clock less ours in ms, as last measured."""

    @property
    def mode(self) -> Mode:
        """Paper, demo or live."""
        return self.settings.mode

    @property
    def version(self) -> str:
        """Of the program, as it was installed."""
        return program_version()

    @property
    def python(self) -> str:
        """The interpreter's version."""
        return platform.python_version()

    @property
    def schema(self) -> str | None:
        """The revision of the database's tables."""
        return self.store.revision

    def last_lines(self, most: int, *, trouble: bool = False) -> list[str]:
        """The end of the log, scrubbed; of its warnings and errors alone, where that is asked. Empty without a log."""
        if not self.settings.log_file:
            return []
        try:
            with Path(self.settings.log_file).open("rb") as log:
                log.seek(max(0, log.seek(0, 2) - _TAIL))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return []
        found = [line for line in text.splitlines() if not trouble or any(mark in line for mark in _TROUBLE)]
        return [self._scrubbed(line) for line in found[-min(most, MOST_LINES) :]]

    def bundle(self) -> str:
        """All that whoever helps would ask for, as one text that can be read before it is given to anybody."""
        parts = {
            "Packgrid": self._program(),
            "Settings": self._settings(),
            "Account": self._account(),
            "Database": self._database(),
            f"Last {MOST_LINES} lines of the log": iter(self.last_lines(MOST_LINES)),
        }
        return "\n".join(f"== {title} ==\n" + "\n".join(rows) + "\n" for title, rows in parts.items())

    def _program(self) -> Iterator[str]:
        yield f"version: {self.version}"
        yield f"python: {self.python} on {sys.platform}"
        yield f"mode: {self.mode.value}"
        yield f"now: {datetime.fromtimestamp(self.now() / 1000, UTC).isoformat(' ', 'seconds')}"
        yield f"clock: {self.offset()} ms (the exchange's less ours)"

    def _settings(self) -> Iterator[str]:
        for name, field in Settings.model_fields.items():
            value = getattr(self.settings, name)
            if isinstance(value, SecretStr) or not field.repr or name in _PERSONAL:
                written = value.get_secret_value() if isinstance(value, SecretStr) else value
                shown = "set, not shown" if written else "empty"
            else:
                shown = self._scrubbed(str(value))
            yield f"{name.upper()}: {shown}"

    def _account(self) -> Iterator[str]:
        account = self.account()
        phases = [grid.phase.value for grid in account.grids.values()]
        counts = ", ".join(f"{phases.count(phase)} {phase}" for phase in dict.fromkeys(phases))
        yield f"grids: {counts or 'none'}"
        yield f"live orders: {sum(len(grid.live) for grid in account.grids.values())}"
        yield f"stopped by: {account.stopped_by or 'nothing'}"

    def _database(self) -> Iterator[str]:
        file = self.store.file
        yield f"where: {shown_database(self.settings.database)}"
        yield f"schema: {self.schema}"
        if file is not None and file.exists():
            yield f"size: {file.stat().st_size} bytes"
        yield from (f"{table}: {count} rows" for table, count in self.store.counts().items())

    def _scrubbed(self, text: str) -> str:
        return redacted(text, self.secrets)
