"""What two processes of ours say to each other: whole values, one after the other, each with its length before it."""

import pickle
from typing import BinaryIO

HEAD = 4
"""Bytes of a length."""


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
