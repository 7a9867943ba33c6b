"""One writer a database, whatever becomes of the lock; commits whose answers are lost; files that nobody else reads."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import InternalError

from storage.store import CommitUnknown, DatabaseTaken, StorageError, StorageUnavailable, Store
from strategy.draft import Step
from tests.integration.stored import (
    a_fill,
    a_filled_step,
    a_store,
    address,
    an_account,
    answers_lost,
    listening,
    now,
    pragma,
)


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(a_store()) as opened:
        opened.save(None, [Step(account=an_account())])
        yield opened


# Two writers


def test_of_two_writers_the_first_loses_with_its_next_write_and_nothing_of_it_is_kept(file: Path) -> None:
    account = an_account()
    with closing(Store.open(address(file), now=now)) as first:
        first.save(None, [Step(account=account)])
        lock = file.with_name("packgrid.db.lock")
        lock.unlink()
        with closing(Store.open(address(file), now=now)) as second:
            for _ in range(2):
                with pytest.raises(DatabaseTaken, match="another Packgrid"):
                    first.save(account, [a_filled_step(account, 1)])
            with pytest.raises(DatabaseTaken):
                first.set_setting("language", "zh")

            assert second.load("main") == account
            assert second.entries("main") == []
            second.save(account, [a_filled_step(account, 2)])
            assert second.entries("main") == [a_fill(2)]


def test_an_older_copy_that_is_put_into_the_open_file_is_noticed_before_anything_is_written(file: Path) -> None:
    account = an_account()
    with closing(Store.open(address(file), now=now)) as store:
        store.save(None, [Step(account=account)])
        store.backup(file.with_name("copy.db"))
        store.save(account, [a_filled_step(account, 1)])
        with closing(sqlite3.connect(file.with_name("copy.db"))) as copy, closing(sqlite3.connect(file)) as here:
            copy.backup(here)

        with pytest.raises(DatabaseTaken, match="older copy"):
            store.save(account, [a_filled_step(account, 2)])


@pytest.mark.parametrize("kind", ["symbolic", "hard", "text"])
def test_the_lock_follows_no_link_and_truncates_nothing(file: Path, kind: str) -> None:
    file.parent.mkdir()
    precious, lock = file.with_name("precious.txt"), file.with_name("packgrid.db.lock")
    precious.write_text("dear\n")
    match kind:
        case "symbolic":
            lock.symlink_to(precious)
        case "hard":
            lock.hardlink_to(precious)
        case _:
            lock.write_text("dear\n")

    with pytest.raises(StorageError, match=r"packgrid\.db\.lock should be the lock.*move it away"):
        Store.open(address(file), now=now)

    assert precious.read_text() == "dear\n"
    assert lock.read_text() == "dear\n"


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_database_that_is_deleted_or_replaced_while_it_runs_is_written_no_more(file: Path, how: str) -> None:
    account = an_account()
    with closing(Store.open(address(file), now=now)) as store:
        store.save(None, [Step(account=account)])
        away = file.rename(file.with_name("away.db"))
        if how == "replaced":
            file.write_bytes(away.read_bytes())

        with pytest.raises(StorageUnavailable, match="deleted or replaced"):
            store.save(account, [a_filled_step(account, 1)])
        assert file.exists() == (how == "replaced"), "no empty database is made in its place"

        away.replace(file)
        store.save(account, [a_filled_step(account, 1)])
        assert store.entries("main") == [a_fill(1)]


# Commits without an answer


def test_a_commit_that_was_written_although_its_answer_was_lost_counts_as_written(store: Store) -> None:
    account = an_account()
    step = a_filled_step(account, 1)
    with answers_lost(written=True):
        store.save(account, [step])

    assert store.load("main") == step.account
    store.save(step.account, [a_filled_step(step.account, 2)])
    assert store.entries("main") == [a_fill(1), a_fill(2)]


def test_a_commit_that_was_not_written_can_be_tried_again(store: Store) -> None:
    account = an_account()
    with answers_lost(written=False), pytest.raises(StorageUnavailable, match="cut before the answer") as failed:
        store.save(account, [a_filled_step(account, 1)])

    assert not isinstance(failed.value, CommitUnknown)
    assert store.load("main") == account
    store.save(account, [a_filled_step(account, 1)])
    assert store.entries("main") == [a_fill(1)]


@pytest.mark.parametrize("written", [True, False])
def test_a_commit_whose_outcome_cannot_be_read_back_is_unknown_until_it_can(file: Path, *, written: bool) -> None:
    account = an_account()
    step = a_filled_step(account, 1)
    with closing(Store.open(address(file), now=now)) as store:
        store.save(None, [Step(account=account)])
        away = file.with_name("away.db")
        with answers_lost(written=written, then=lambda _: file.rename(away)):
            with pytest.raises(CommitUnknown) as doubt:
                store.save(account, [step])
            with pytest.raises(StorageUnavailable):
                store.is_committed(doubt.value.ticket)
            with pytest.raises(StorageUnavailable):
                store.set_setting("language", "zh")
        away.replace(file)

        store.set_setting("language", "zh")
        assert store.is_committed(doubt.value.ticket) is written
        assert store.load("main") == (step.account if written else account)


def test_a_database_that_somebody_holds_up_is_given_up_within_seconds(file: Path) -> None:
    account = an_account()
    with closing(Store.open(address(file), now=now)) as store, closing(sqlite3.connect(file)) as other:
        store.save(None, [Step(account=account)])
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            store.save(account, [a_filled_step(account, 1)])
        with pytest.raises(StorageUnavailable, match="did not answer in time"):
            store.set_setting("language", "zh")  # at once: it is not waited for again and again


# Files


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_may_read_the_files_of_a_database(file: Path) -> None:
    old = os.umask(0)
    try:
        with closing(Store.open(address(file), now=now)) as store:
            store.save(None, [Step(account=an_account())])
            store.backup(file.with_name("backup.db"))
            found = {path.name: mode_of(path) for path in file.parent.iterdir()}
    finally:
        os.umask(old)

    assert found == dict.fromkeys(
        ("packgrid.db", "packgrid.db-wal", "packgrid.db-shm", "packgrid.db.lock", "backup.db"), 0o600
    )
    assert mode_of(file.parent) == 0o700


def test_the_files_of_an_older_packgrid_become_private(file: Path) -> None:
    Store.open(address(file), now=now).close()
    file.chmod(0o644)
    Store.open(address(file), now=now).close()
    assert mode_of(file) == 0o600


def test_after_a_checkpoint_a_copy_of_the_file_is_a_copy_of_the_books(file: Path) -> None:
    account = an_account()
    copy = file.with_name("copy.db")
    with closing(Store.open(address(file), now=now)) as store:
        store.save(None, [Step(account=account)])
        store.save(account, [a_filled_step(account, 1)])
        store.checkpoint()
        copy.write_bytes(file.read_bytes())
        with pragma("query_only=OFF"):
            store.save(a_filled_step(account, 1).account, [replace(Step(account=account))])
    with closing(Store.open(address(copy), now=now)) as copied:
        assert copied.load("main") == a_filled_step(account, 1).account


# A server that follows another one


class FollowsAnother(Exception):
    """As PostgreSQL says it."""

    sqlstate = "25006"


def test_a_connection_on_which_nothing_may_be_written_is_left_for_a_new_one(file: Path) -> None:
    account = an_account()
    led_there: list[Any] = []

    def refuse(_one: Connection, cursor: Any, words: str, *_: Any) -> None:
        led_there[:] = led_there or [cursor.connection]
        if cursor.connection is led_there[0] and words.startswith("UPDATE"):
            raise InternalError(None, None, FollowsAnother("cannot execute UPDATE in a read-only transaction"))

    with closing(Store.open(address(file), now=now)) as store:
        store.save(None, [Step(account=account)])
        with listening("before_cursor_execute", refuse):
            with pytest.raises(StorageUnavailable, match="read-only"):
                store.save(account, [a_filled_step(account, 1)])
            store.save(account, [a_filled_step(account, 1)])
        assert store.entries("main") == [a_fill(1)]
