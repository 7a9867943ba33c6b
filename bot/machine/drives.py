"""On what kind of drive a file lies, as Linux tells it: some keep no database safe. Elsewhere nothing is known."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
_SHARED = frozenset(
    ("9p", "afs", "ceph", "cifs", "drvfs", "fakeowner", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs")
)
"""What comes over a network, or out of a host into its virtual machine: locks and shared memory may not hold there."""
_ESCAPED = re.compile(r"\\([0-7]{3})")


def warning_about_drive(file: Path, mounts: Path = MOUNTS) -> str | None:
    """What may happen to a database that lies there, and what to do; None where all is well or nothing is known."""
    kind = _kind_of(file, mounts)
    if kind in _SHARED or kind.startswith("fuse."):
        return (
            f"{file} is on a shared drive ({kind}), where a database can be damaged: put it on a drive of this machine "
            "itself (under WSL outside /mnt, in Docker on a named volume)"
        )
    if kind == "overlay":
        return f"{file} is inside a container and is gone with it: mount a volume there"
    if kind in ("tmpfs", "ramfs"):
        return f"{file} is in memory ({kind}) and is gone when this machine restarts: put it on a drive"
    return None


def _kind_of(file: Path, mounts: Path) -> str:
    """The kind of the file system that is mounted nearest above it; nothing where that can't be read."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
        place = file.resolve()
    except OSError:
        return ""
    found = [(Path(_plain(line.split()[4])), line.partition(" - ")[2].split()[0]) for line in lines if " - " in line]
    above = [(len(mount.parts), at) for at, (mount, _) in enumerate(found) if place.is_relative_to(mount)]
    return found[max(above)[1]][1] if above else ""  # of two mounted on one place, the later one is seen


def _plain(path: str) -> str:
    """Blanks and the like are written as octal numbers there."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), path)
