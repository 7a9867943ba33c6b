"""The state file: chats and ids survive a restart of the process. How it is written down, not what it means."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bot.demo.telegram.chats import Bot, User
from bot.demo.telegram.files import StoredFile
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
            _restore(self._world, _STATE.validate_json(self._path.read_bytes()))
        except FileNotFoundError:
            log.warning("state=new file=%s", self._path.name)
        except (OSError, ValueError) as error:
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
        fresh.write_bytes(_STATE.dump_json(_of(self._world)))
        fresh.chmod(0o600)
        fresh.replace(self._path)

    def _state(self) -> tuple[int, int, int]:
        world = self._world
        waiting = sum(len(bot.updates) for bot in world.bots.values())
        return world.version, world.last_update_id, waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What is in the file."""

    version: int
    last_update_id: int
    last_message_id: int
    last_file: int
    users: list[User]
    bots: list[Bot]
    revoked: list[str]
    files: list[StoredFile]


_STATE = TypeAdapter(_State)


def _of(world: World) -> _State:
    return _State(
        version=world.version,
        last_update_id=world.last_update_id,
        last_message_id=world.last_message_id,
        last_file=world.files.last_number,
        users=list(world.users.values()),
        bots=list(world.bots.values()),
        revoked=sorted(world.revoked),
        files=list(world.files),
    )


def _restore(world: World, saved: _State) -> None:
    """The file is read whole before anything is put in place, so that a half-good one changes nothing."""
    world.files.load(saved.files)
    world.files.last_number = saved.last_file
    world.users |= {user.id: user for user in saved.users}
    world.bots = {bot.token: bot for bot in saved.bots}
    world.revoked = set(saved.revoked)
    world.last_update_id = max(world.last_update_id, saved.last_update_id)
    world.last_message_id = max(world.last_message_id, saved.last_message_id)
    world.version = max(world.version, saved.version)
