"""One process a database: a locked file beside it, or a lock at the server. Knows nothing of what is in the database.

The lock ends with the process, however it dies; a text left behind in the file is only a name.
"""

import os
import socket
import sys
from pathlib import Path

from sqlalchemy import Engine, text

from storage.errors import DatabaseInUse

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# On Windows a locked byte can't be read by others: lock one far behind the text.
_LOCKED_BYTE = 1 << 30
# "Packgrid", as PostgreSQL wants the name of a lock.
_SERVER_LOCK = int.from_bytes(b"Packgrid") >> 1


class FileLock:
    """The lock on a database file, held until `release`."""

    def __init__(self, database: Path, *, since: str) -> None:
        """Take it, or raise `DatabaseInUse`. `since` is when we started, as another process will be told."""
        self._file = database.with_name(f"{database.name}.lock").open("a+", encoding="utf-8")
        if not _take(self._file.fileno()):
            self._file.seek(0)
            holder = self._file.read().strip() or "one that has not written its name yet"
            self._file.close()
            raise DatabaseInUse(_told(str(database), holder))
        self._file.truncate(0)
        self._file.write(f"{ourselves()}, started {since}: {_command()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let it go. The file stays: without it, two processes could lock two files of one name."""
        self._file.truncate(0)
        self._file.close()


class ServerLock:
    """The lock on a PostgreSQL database, held by a connection of its own until `release`."""

    def __init__(self, engine: Engine) -> None:
        """Take it, or raise `DatabaseInUse`."""
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        name = {"name": f"packgrid: {ourselves()}"}
        self._connection.execute(text("SELECT set_config('application_name', left(:name, 63), false)"), name)
        taken = self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _SERVER_LOCK})
        if not taken:
            holder = self._connection.scalar(_HOLDER, {"key": _SERVER_LOCK})
            self._connection.close()
            raise DatabaseInUse(_told(engine.url.render_as_string(), holder or "one that has just left"))

    def release(self) -> None:
        """Let it go. The connection is thrown away, since the lock is the connection's."""
        self._connection.invalidate()
        self._connection.close()


_HOLDER = text(
    "SELECT application_name || ', since ' || backend_start::text FROM pg_stat_activity"
    " JOIN pg_locks USING (pid) WHERE locktype = 'advisory' AND granted"
    " AND (classid::bigint << 32) | objid::bigint = :key LIMIT 1"
)


def ourselves() -> str:
    """How another process will know us."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def _command() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])


def _told(database: str, holder: str) -> str:
    return f"The database {database} is in use by another Packgrid ({holder}). Stop that one first."


def _take(file: int) -> bool:
    """Whether nobody else has it; then it is ours."""
    try:
        if sys.platform == "win32":
            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
