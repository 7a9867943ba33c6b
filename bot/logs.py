"""Logging: `key=value` lines to a rotated file and to the console, with everything that looks like a secret cut out."""

import logging
import re
import sys
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path

QUIET = ("httpx", "httpcore", "telegram", "websockets", "uvicorn", "alembic")
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
SHORTEST = 8
"""Letters that a secret has at least: cutting out shorter ones would make holes in everything."""
_BYTES = 5_000_000
_FILES = 5


class Redacting(logging.Formatter):
    """Writes a record as one line, without tokens and without the given secrets, tracebacks included."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted."""
        return redacted(super().format(record), self._secrets)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text without anything that looks like a bot's token, and without the given secrets."""
    text = _TOKEN.sub("[token]", text)
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, "[secret]")
    return text


def set_up_logging(*, file: str, level: str, secrets: tuple[str, ...], console: bool = True) -> None:
    """Send the log to a rotated file and, if wanted, to standard error."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)] if console else []
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        handlers.append(RotatingFileHandler(file, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8"))
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
