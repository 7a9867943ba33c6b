"""One process a database: a locked file beside it, or a lock at the server. Knows nothing of what is in the database.

The lock ends with the process, however it dies; a text left behind in the file is only a name. Locks keep a second
process from starting; what keeps it from writing, where a lock is lost, is in `epoch`.
"""

import errno
import os
import secrets
import socket
import stat
import sys
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from storage.errors import DatabaseInUse, DatabaseTaken, StorageError, StorageUnavailable
from storage.files import OWNER_ONLY

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# On Windows a locked byte can't be read by others: lock one far behind the text.
_LOCKED_BYTE = 1 << 30
# "Packgrid", as PostgreSQL wants the name of a lock.
_SERVER_LOCK = int.from_bytes(b"Packgrid") >> 1
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What a system says of a lock that somebody else has."""
_OURS = "process "
"""How the text in a lock file begins."""


class FileLock:
    """The lock on a database file, held until `release`."""

    def __init__(self, database: Path, *, since: str) -> None:
        """Take it, or raise `DatabaseInUse`. `since` is when we started, as another process will be told."""
        path = database.with_name(f"{database.name}.lock")
        self._file = _open(path)
        try:
            try:
                taken = _take(self._file.fileno())
            except OSError as error:
                raise StorageError(_not_locked(path, error)) from error
            self._file.seek(0)
            said = self._file.read().strip()
            if not taken:
                raise DatabaseInUse(_told(str(database), said or "one that has not written its name yet"))
            if said and not said.startswith(_OURS):
                raise StorageError(_not_ours(path))
        except BaseException:
            self._file.close()
            raise
        self._file.truncate(0)
        self._file.write(f"{ourselves()}, started {since}: {_command()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let it go. The file stays: without it, two processes could lock two files of one name."""
        self._file.truncate(0)
        self._file.close()


def _open(path: Path) -> IO[str]:
    """The lock's own file: no link is followed, and nothing of somebody else's is touched."""
    no_link = getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | no_link, OWNER_ONLY)
    except OSError as error:
        if error.errno == errno.ELOOP or path.is_symlink():
            raise StorageError(_not_ours(path)) from error
        raise
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or path.is_symlink():
        os.close(descriptor)
        raise StorageError(_not_ours(path))
    return os.fdopen(descriptor, "a+", encoding="utf-8", errors="replace")


def _not_ours(path: Path) -> str:
    return (
        f"{path} should be the lock of the database, and is a link or another file. It was not touched: move it away."
    )


def _not_locked(path: Path, error: OSError) -> str:
    return (
        f"{path} can't be locked here ({error.strerror}), and without a lock two Packgrids could write one database:"
        " put the database on a drive of this machine itself."
    )


class ServerLock:
    """The lock on a PostgreSQL database. It is the connection's on which we write, and ends with it."""

    def __init__(self) -> None:
        self.name = f"packgrid {secrets.token_hex(4)}: {ourselves()}"[:63]
        """How our connections are known at the server."""
        self._held_before = False

    def take(self, connection: Connection, database: str) -> None:
        """Take it for a new connection, or raise: `DatabaseInUse` at the start, `DatabaseTaken` later.

        A connection of ours that was cut may live on at the server, lock, open transaction and all: it is ended first.
        """
        connection.exec_driver_sql(_END_OLD, {"name": self.name})
        if connection.exec_driver_sql("SELECT pg_try_advisory_lock(%(key)s)", {"key": _SERVER_LOCK}).scalar_one():
            self._held_before = True
            return
        holder = connection.exec_driver_sql(_HOLDER, {"key": _SERVER_LOCK}).scalar() or "one that has just left"
        if holder.startswith(self.name):
            msg = "our own old connection to the database is not gone yet"
            raise StorageUnavailable(msg)
        raise DatabaseTaken(_lost(database, holder)) if self._held_before else DatabaseInUse(_told(database, holder))


_END_OLD = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = %(name)s AND datname = current_database() AND pid <> pg_backend_pid()"
)
_HOLDER = (
    "SELECT application_name || ', since ' || backend_start::text FROM pg_stat_activity"
    " JOIN pg_locks USING (pid) WHERE locktype = 'advisory' AND granted"
    " AND (classid::bigint << 32) | objid::bigint = %(key)s LIMIT 1"
)


def ourselves() -> str:
    """How another process will know us."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def _command() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])


def _told(database: str, holder: str) -> str:
    return f"The database {database} is in use by another Packgrid ({holder}). Stop that one first."


def _lost(database: str, holder: str) -> str:
    return f"The connection to the database {database} was lost, and another Packgrid has it now ({holder})."


def _take(file: int) -> bool:
    """Whether nobody else has it; then it is ours. `OSError` where nobody can have it, as on many a network drive."""
    try:
        if sys.platform == "win32":
            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True
