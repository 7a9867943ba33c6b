"""The state file: chats and ids survive a restart of the process. How it is written down, not what it means."""

import asyncio
import json
import logging
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from bot.demo.telegram.chats import Bot, Chat, Message, Update, User
from bot.demo.telegram.wire import Json
from bot.demo.telegram.world import World

PAUSE = 0.05

log = logging.getLogger(__name__)


class StateFile:
    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._saved = (0, 0, 0)
        self._pending: asyncio.TimerHandle | None = None

    def load(self) -> None:
        """Take the state back; a missing or unreadable file is a fresh start, with a warning."""
        try:
            saved = json.loads(self._path.read_text(encoding="utf-8"))
            _restore(self._world, saved)
        except FileNotFoundError:
            log.warning("state=new file=%s", self._path.name)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("state=unreadable file=%s error=%s: starting empty", self._path.name, type(error).__name__)
            if self._path.is_file():
                self._path.replace(self._path.with_suffix(".broken"))

    def changed(self) -> None:
        """Write soon: what happens at once is written at once."""
        if self._pending is None and self._state() != self._saved:
            self._pending = asyncio.get_running_loop().call_later(PAUSE, self.flush)

    def flush(self) -> None:
        """Write now, whole or not at all."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        if self._state() == self._saved:
            return
        self._saved = self._state()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(self._path.suffix + ".new")
        fresh.write_text(json.dumps(_dump(self._world), default=_plain, ensure_ascii=False), encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(self._path)

    def _state(self) -> tuple[int, int, int]:
        world = self._world
        waiting = sum(len(bot.updates) for bot in world.bots.values())
        return world.version, world.last_update_id, waiting


def _dump(world: World) -> Json:
    return {
        "version": world.version,
        "last_update_id": world.last_update_id,
        "last_message_id": world.last_message_id,
        "last_file": world.files.last_number,
        "users": list(world.users.values()),
        "bots": list(world.bots.values()),
        "revoked": sorted(world.revoked),
        "files": world.files.dump(),
    }


def _plain(value: Any) -> Json:
    assert is_dataclass(value), value
    return {one.name: getattr(value, one.name) for one in fields(value) if one.metadata.get("saved", True)}


def _restore(world: World, saved: Json) -> None:
    """Build everything first and put it in place last, so that a half-good file changes nothing."""
    users = {one["id"]: User(**one) for one in saved["users"]}
    bots = {one["token"]: _bot(one) for one in saved["bots"]}
    revoked = set(saved["revoked"])
    names = ("last_update_id", "last_message_id", "version")
    numbers = {name: max(getattr(world, name), saved[name]) for name in names}
    world.files.load(saved["files"])
    world.files.last_number = saved["last_file"]
    world.users |= users
    world.bots = bots
    world.revoked = revoked
    for name, number in numbers.items():
        setattr(world, name, number)


def _bot(saved: Json) -> Bot:
    chats = {chat.id: chat for chat in map(_chat, saved["chats"].values())}
    return Bot(**saved | {"chats": chats, "updates": [Update(**one) for one in saved["updates"]]})


def _chat(saved: Json) -> Chat:
    messages = [Message(**one) for one in saved["messages"].values()]
    return Chat(**saved | {"messages": {message.id: message for message in messages}})
