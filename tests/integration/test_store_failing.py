"""A store that can't write now, and its backups: nothing half done, and then it works again."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from storage.store import (
    StorageError,
    StorageUnavailable,
    Store,
)
from strategy.model.market import Symbol
from tests.integration.stored import a_filled_step, an_account, filled, now, opened, pragma


def test_a_full_disk_is_an_error_and_the_old_state_stays(file: Path) -> None:
    account = an_account()
    large = replace(account, marks={Symbol(f"M{number}_USDC"): Decimal(number) for number in range(50_000)})
    with opened(filled(file)) as store:
        with pragma("max_page_count=1"), pytest.raises(StorageUnavailable, match="full"):
            store.save(account, [replace(a_filled_step(account, 1), account=large)])

        assert store.load("main") == account
        assert store.entries("main") == []
        assert store.unsent(10) == []
        with pragma("max_page_count=1000000"):
            store.save(account, [a_filled_step(account, 1)])
        assert store.load("main") == a_filled_step(account, 1).account


def test_a_database_that_somebody_else_writes_is_an_error_and_then_works_again(file: Path) -> None:
    account = an_account()
    with opened(filled(file)) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pragma("busy_timeout=0"), pytest.raises(StorageUnavailable, match="locked"):
            store.save(account, [a_filled_step(account, 1)])
        other.execute("ROLLBACK")

        store.save(account, [a_filled_step(account, 1)])

        assert store.load("main") == a_filled_step(account, 1).account


def test_a_backup_holds_what_was_last_committed(file: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    account = an_account()
    with opened(filled(file)) as store:
        store.backup(backup)
        store.save(account, [a_filled_step(account, 1)])
        store.backup(backup)

    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["backup.db"]
    with opened(backup) as store:
        assert store.load("main") == a_filled_step(account, 1).account


def test_a_database_in_memory_has_no_backup(tmp_path: Path) -> None:
    with closing(Store.open("sqlite://", now=now)) as store, pytest.raises(StorageError, match="Only a database"):
        store.backup(tmp_path / "backup.db")
