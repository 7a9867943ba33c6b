"""The files of the local Bot API: bounded, in memory, and beside the state file if there is one. No messages."""

import logging
import mimetypes
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import Field

from bot.demo.telegram.wire import Json, bad

MAX_FILES = 200
MAX_BYTES = 64 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
# Telegram makes several sizes of a photo. Here all of them are the original, so that a download is byte-equal.
PHOTO_SIZES = (("s", 90), ("m", 320), ("x", 800), ("y", 1280))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    number: int
    bot_id: int
    path: str
    name: str
    mime: str
    content: Annotated[bytes, Field(exclude=True)] = field(default=b"", repr=False)
    """Beside the state file, never in it."""


class Files:
    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._files: dict[int, StoredFile] = {}
        self.last_number = 0

    def add(self, *, bot_id: int, kind: str, name: str, content: bytes) -> StoredFile:
        """Keep the content; the oldest files go when there are too many."""
        self.last_number += 1
        name = PurePosixPath(name.replace("\\", "/")).name or "file"
        mime = image_mime(content) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        path = f"{kind}s/file_{self.last_number}{PurePosixPath(name).suffix}"
        added = StoredFile(number=self.last_number, bot_id=bot_id, path=path, name=name, mime=mime, content=content)
        self._files[added.number] = added
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / str(added.number)).write_bytes(content)
        self._forget_oldest()
        return added

    def find(self, file_id: str, bot_id: int | None = None) -> StoredFile | None:
        """By file id, of this bot only if one is named: a file id means nothing to another bot."""
        number = file_id.split("-")[1] if file_id.count("-") == 2 else ""
        found = self._files.get(int(number)) if number.isdigit() else None
        return found if found and bot_id in (None, found.bot_id) else None

    def by_path(self, path: str, bot_id: int) -> StoredFile | None:
        return next((one for one in self if one.path == path and one.bot_id == bot_id), None)

    def get_file(self, file_id: str, bot_id: int) -> Json:
        """The answer of getFile."""
        found = self.find(file_id, bot_id)
        if found is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(found.content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return file_json(found, file_id) | {"file_path": found.path}

    def __iter__(self) -> Iterator[StoredFile]:
        return iter(self._files.values())

    def load(self, entries: Iterable[StoredFile]) -> None:
        """Take back what was here; a file that is gone from the folder is forgotten."""
        for entry in entries:
            where = self._folder / str(entry.number) if self._folder else None
            if where is not None and where.is_file():
                self._files[entry.number] = replace(entry, content=where.read_bytes())

    def _forget_oldest(self) -> None:
        while len(self._files) > MAX_FILES or sum(len(one.content) for one in self) > MAX_BYTES:
            oldest = next(iter(self._files))
            del self._files[oldest]
            if self._folder is not None:
                (self._folder / str(oldest)).unlink(missing_ok=True)


def file_json(stored: StoredFile, file_id: str) -> Json:
    size = len(stored.content)
    return {"file_id": file_id, "file_unique_id": f"U{file_id.replace('-', '')}", "file_size": size}


def photo_json(stored: StoredFile) -> list[Json]:
    """The sizes of a photo, smallest first; refused unless it is an image of a possible shape."""
    if len(stored.content) > MAX_PHOTO:
        raise bad("file is too big")
    size = image_size(stored.content)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * min(size):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    sizes = []
    for letter, edge in PHOTO_SIZES:
        scale = min(1.0, edge / max(size))
        shape = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
        sizes.append(file_json(stored, f"AgAC-{stored.number}-{letter}") | shape)
    return sizes


def document_json(stored: StoredFile) -> Json:
    about = {"file_name": stored.name, "mime_type": stored.mime}
    return about | file_json(stored, f"BQAC-{stored.number}-d")


def image_mime(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/jpeg" if content.startswith(b"\xff\xd8\xff") else None


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or a JPEG in pixels, or None if it is no such picture."""
    kind = image_mime(content)
    try:
        size = _png_size(content) if kind == "image/png" else _jpeg_size(content) if kind else None
    except struct.error:
        return None
    return size if size and min(size) > 0 else None


def _png_size(content: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if content[12:16] == b"IHDR" and b"IEND" in content[-16:] else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Walk the segments to the frame header, which holds the size."""
    at = 2
    while at + 9 < len(content):
        marker, length = struct.unpack(">HH", content[at : at + 4])
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
