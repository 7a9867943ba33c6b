"""Where a database lies: in a home folder, on a drive without rights or without locks, on one that wears out."""

import errno
import os
from contextlib import closing
from pathlib import Path

import pytest

from bot.live import paper_state
from bot.settings import read_settings
from storage.errors import StorageError, StorageUnavailable
from storage.files import OWNER_ONLY, keep_private
from storage.lock import _take
from storage.store import Store
from strategy.draft import Step
from tests.integration.stored import an_account, filled, now, opened


def test_a_file_in_the_home_folder_is_where_a_shell_would_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with closing(Store.open("sqlite:///~/packgrid.db", now=now)) as store:
        store.save(None, [Step(account=an_account())])
        assert store.file == tmp_path / "packgrid.db"
    with closing(Store.look("sqlite:///~/packgrid.db", now=now)) as looked:
        assert looked.load("main") is not None
    settings = read_settings(None, database_url="sqlite:///~/packgrid.db", log_file="~/packgrid.log")
    assert paper_state(settings) == tmp_path / "packgrid.venue.json"
    assert settings.log_file == str(tmp_path / "packgrid.log")
    with pytest.raises(StorageError, match="a home folder that is not known here"):
        Store.open("sqlite:///~nobody-of-that-name/packgrid.db", now=now)


def test_one_that_is_damaged_while_we_run_says_that_only_a_backup_helps(tmp_path: Path) -> None:
    file = filled(tmp_path / "packgrid.db")
    with opened(file) as store:
        store.checkpoint()
        whole = file.stat().st_size
        with file.open("rb+") as damaged:
            damaged.seek(4096)
            damaged.write(b"\xa5" * (whole - 4096))
        with pytest.raises(StorageUnavailable, match=r"malformed\. What lies .* is damaged.*packgrid restore"):
            store.load("main")


@pytest.mark.skipif(not Path("/proc/self/comm").exists(), reason="a file whose rights nobody can change is Linux's")
def test_a_drive_that_keeps_no_rights_keeps_a_database_all_the_same() -> None:
    rightless = Path("/proc/self/comm")
    with pytest.raises(PermissionError):
        rightless.chmod(OWNER_ONLY)
    keep_private(rightless)


def test_a_lock_that_nobody_can_have_is_not_taken_for_one_that_somebody_has() -> None:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.close(nowhere)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        _take(nowhere)
