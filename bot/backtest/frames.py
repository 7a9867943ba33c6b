"""What the two processes say to each other: whole values, one after the other, each with its length before it."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.settings import Defaults

HEAD = 4
"""Bytes of a length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is the same for all questions to one process: the first thing that it is told."""

    address: str
    """Of the exchange."""
    folder: Path | None
    known: int | None
    defaults: Defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """So many candles are there and are being played."""

    candles: int


def framed(value: object) -> bytes:
    """A value as it is sent."""
    body = pickle.dumps(value)
    return len(body).to_bytes(HEAD, "big") + body


def size_of(head: bytes) -> int:
    """How long the value behind a head is."""
    return int.from_bytes(head, "big")


def value_of(body: bytes) -> object:
    """The value. Only ever of a process of our own."""
    return pickle.loads(body)  # noqa: S301 - a pipe between this program and its own child


def next_of(pipe: BinaryIO) -> object | None:
    """The next value of a pipe that is waited at; None at its end."""
    head = pipe.read(HEAD)
    return value_of(pipe.read(size_of(head))) if len(head) == HEAD else None
