"""What we write is for its owner alone: nobody else on this machine reads the books, the log or a key. No contents."""

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import resource

FOLDER = Path("data")
"""Ours by default: the databases, their copies, the log."""
_OTHERS = 0o077


def keep_private() -> None:
    """From now on every file is made 0600 and every folder 0700; the data folder of an older version is closed too.

    Nor does a crash of the interpreter, or of a library in C, leave the memory with the keys in it as a file `core`.
    """
    os.umask(_OTHERS)
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    close_to_others([FOLDER])


def close_to_others(paths: Iterable[Path]) -> None:
    """Take away what others may do with these, where they are files and folders of our own."""
    for path in paths:
        with suppress(OSError):  # missing, or not ours to change: then it is not ours to close either
            found = path.lstat()
            if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
                path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)


def warning_about(file: Path) -> str | None:
    """What to do where others can read a file with secrets in it; None where they can't, or there is none."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return None
    return f"{file} can be read by others on this machine: chmod 600 {file}" if mode & _OTHERS else None
