"""Logging: `key=value` lines to a rotated file and to the console, with everything that looks like a secret cut out."""

import logging
import os
import shutil
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.machine.discreet import redacted
from bot.machine.private import close_to_others

log = logging.getLogger(__name__)

QUIET = ("httpx", "httpcore", "telegram", "websockets", "uvicorn", "alembic")
_BYTES = 5_000_000
_FILES = 5


class Redacting(logging.Formatter):
    """Writes a record as one line, without tokens and without the given secrets, tracebacks included."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._secrets = secrets

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  # logging's
        """Local time with its offset: an hour that summer time repeats, or a file from elsewhere, can be told apart."""
        return datetime.fromtimestamp(record.created, UTC).astimezone().isoformat(" ", "milliseconds")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's
        """On one line, whatever others have put into it: an answer of the exchange can't write a line of its own."""
        return _visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's
        """The traceback, which has its lines, and no marks besides that a terminal would obey."""
        return "\n".join(map(_visible, super().formatException(ei).split("\n")))

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted."""
        return redacted(super().format(record), self._secrets)


def _visible(text: str) -> str:
    """What nobody sees, such as line ends and a terminal's own commands, as it would be written in a program."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


class Rotating(RotatingFileHandler):
    """A file that may not be renamed, such as one that is mounted by itself into a container, is copied and emptied."""

    def rotate(self, source: str, dest: str) -> None:
        """Put the full file aside. Were that to fail, the library would lose each line from then on."""
        try:
            super().rotate(source, dest)
        except OSError:
            with suppress(OSError):
                shutil.copyfile(source, dest)
            os.truncate(source, 0)


def keep_discreet() -> None:
    """What Python would print by itself goes the way of every line, also before there is a log: of threads, of what is
    put away, and of commands that keep none.
    """
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Redacting(()))
    threading.excepthook = lambda told: _say("a thread", told.exc_type, told.exc_value, told.exc_traceback)
    sys.unraisablehook = lambda told: _say("an ending", told.exc_type, told.exc_value, told.exc_traceback)


def _say(what: str, kind: type[BaseException], fault: BaseException | None, where: TracebackType | None) -> None:
    if kind is not SystemExit:  # by which a thread may end itself
        log.error("%s failed", what, exc_info=(kind, fault or kind(), where))


def set_up_logging(*, file: str, level: str, secrets: tuple[str, ...], console: bool = True) -> None:
    """Send the log to a rotated file and, if wanted, to standard error."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)] if console else []
    if file:
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(file).touch(mode=0o600)
        close_to_others([Path(file), *(Path(f"{file}.{number}") for number in range(1, _FILES + 1))])
        handlers.append(Rotating(file, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8"))
    # What can't be written is lost. The library would print it instead, as it was before anything was cut out of it.
    logging.raiseExceptions = False
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        if isinstance(old, RotatingFileHandler):
            old.close()
    for handler in handlers:
        handler.setFormatter(Redacting(secrets))
        root.addHandler(handler)
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of each tick that is left out because the one before still waits for an answer: that is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
