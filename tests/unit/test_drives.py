"""On what kind of drive a database lies, by what Linux tells of its mounts."""

from pathlib import Path

import pytest

from bot.machine.drives import MOUNTS, warning_about_drive

SYSTEM = "25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"
FILE = Path("/srv/my bot/data/live.db")


def mounts(folder: Path, *lines: str) -> Path:
    """A list of mounts as Linux shows it."""
    file = folder / "mountinfo"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([SYSTEM.replace("ext4", "overlay")], "is inside a container and is gone with it"),
        ([SYSTEM, "40 25 0:40 / /srv rw - tmpfs tmpfs rw"], "is in memory (tmpfs)"),
        ([SYSTEM, r"40 25 0:40 / /srv/my\040bot rw - 9p drvfs rw,dirsync"], "on a shared drive (9p)"),
        ([SYSTEM, "40 25 0:40 / /srv rw shared:3 master:4 - nfs4 nas:/srv rw"], "on a shared drive (nfs4)"),
        ([SYSTEM, "40 25 0:40 / /srv rw - fuse.sshfs nas:/srv rw"], "on a shared drive (fuse.sshfs)"),
        (["40 25 0:40 / /srv rw - cifs //nas/srv rw", SYSTEM], "on a shared drive (cifs)"),
        ([SYSTEM, "40 25 8:2 / /srv rw - ext4 /dev/sdb rw", "41 40 0:9 / /srv rw - virtiofs host rw"], "(virtiofs)"),
    ],
)
def test_a_drive_that_keeps_no_database_is_named_with_what_to_do(tmp_path: Path, lines: list[str], says: str) -> None:
    warning = warning_about_drive(FILE, mounts(tmp_path, *lines))
    assert warning is not None
    assert says in warning
    assert warning.startswith(f"{FILE} is ")


@pytest.mark.parametrize(
    "lines",
    [
        [SYSTEM],
        [SYSTEM.replace("ext4", "btrfs")],
        [SYSTEM.replace("ext4", "fuseblk")],
        [SYSTEM.replace("ext4", "overlay"), "40 25 8:2 / /srv/my\\040bot/data rw - ext4 /dev/sdb rw"],
        [SYSTEM, "40 25 0:40 / /srv/my\\040bot2 rw - nfs4 nas:/srv rw"],
        [SYSTEM, "40 25 0:41 / /srv rw - nfs4 nas:/srv rw", "41 40 8:2 / /srv rw - xfs /dev/sdb rw"],
        ["nonsense"],
    ],
)
def test_a_drive_of_this_machine_is_no_word_worth(tmp_path: Path, lines: list[str]) -> None:
    assert warning_about_drive(FILE, mounts(tmp_path, *lines)) is None


def test_where_mounts_are_not_told_nothing_is_said(tmp_path: Path) -> None:
    assert warning_about_drive(FILE, tmp_path / "none") is None
    warning_about_drive(tmp_path / "live.db", MOUNTS)
