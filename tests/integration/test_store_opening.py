"""Opening a database: made, locked, checked, migrated, copied; and what happens to one that can't be used."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from storage.database import Database
from storage.desk import setting
from storage.errors import WrongDatabase
from storage.files import MIGRATIONS
from storage.store import (
    DatabaseCorrupt,
    DatabaseInUse,
    DatabaseTooNew,
    StorageError,
    StorageUnavailable,
    Store,
)
from storage.tables import Table
from strategy.draft import Step
from strategy.model.ledger import fold
from strategy.model.orders import Purpose
from tests.integration.stored import GRID, a_fill, a_grid, address, an_account, filled, now, opened, pragma, with_grid

# A process that opens the database, saves one account and then hangs until it is killed.
OTHER_PROCESS = """
import sys, time
from storage.store import Store
from strategy.draft import Step
from strategy.model.market import Symbol
from tests.integration.stored import an_account, now
store = Store.open(sys.argv[1], now=now)
store.save(None, [Step(account=an_account())])
print("saved", flush=True)
sys.stdin.read()
"""
ADDS_A_COLUMN = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "later", "HEAD", None, None

def upgrade():
    with op.batch_alter_table("grid") as grid:
        grid.add_column(sa.Column("colour", sa.Text(), nullable=True))
    with op.batch_alter_table("grid") as grid:
        grid.alter_column("colour", type_=sa.String(9))
"""
BREAKS_HALF_WAY = ADDS_A_COLUMN + "    raise OSError('power cut')\n"


def others_in(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir() if path != file)


def test_the_folder_and_the_file_are_made(file: Path) -> None:
    with opened(file):
        pass

    assert file.exists()
    assert others_in(file) == ["packgrid.db.lock"]


def test_what_was_saved_outlives_the_store(file: Path) -> None:
    with opened(filled(file)) as store:
        assert store.load("main") == an_account()


def test_a_commit_is_on_the_disk_before_save_returns(file: Path) -> None:
    with closing(Database(address(file), now=now)) as database, database.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert settings == ["wal", 2, 1]


def test_a_second_store_on_the_database_is_refused(file: Path) -> None:
    with opened(file), pytest.raises(DatabaseInUse, match=f"process {os.getpid()} on "):
        Store.open(address(file), now=now)


def test_a_database_is_free_again_once_it_is_closed(file: Path) -> None:
    with opened(file):
        pass
    with opened(file):
        pass


def test_another_process_is_named_and_what_it_saved_survives_its_death(file: Path) -> None:
    command = [sys.executable, "-c", OTHER_PROCESS, address(file)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"saved\n"

        with pytest.raises(DatabaseInUse) as refused:
            Store.open(address(file), now=now)
        other.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)

    told = str(refused.value)
    assert f"process {other.pid} on {socket.gethostname()}, started 2026-11-22T" in told
    assert str(file) in told
    with opened(file) as store:
        assert store.load("main") == an_account()


@pytest.mark.parametrize(
    "garble",
    [
        lambda content: b"This is no database. " + content,
        lambda content: content[: len(content) // 2],
        lambda content: content[:4096] + bytes(4096) + content[8192:],
    ],
    ids=["not a database", "cut off", "a page of zeros"],
)
def test_a_damaged_database_is_refused_and_left_as_it_is(file: Path, garble: Callable[[bytes], bytes]) -> None:
    content = garble(filled(file).read_bytes())
    file.write_bytes(content)

    with pytest.raises(DatabaseCorrupt, match="not touched"):
        Store.open(address(file), now=now)

    assert file.read_bytes() == content
    assert others_in(file) == ["packgrid.db.lock"]


def test_the_database_of_another_program_is_refused_and_left_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    content = file.read_bytes()

    with pytest.raises(DatabaseCorrupt, match="not one of Packgrid's"):
        Store.open(address(file), now=now)

    assert file.read_bytes() == content


def test_a_newer_database_is_refused_and_left_as_it_is(file: Path) -> None:
    with closing(sqlite3.connect(filled(file))) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    content = file.read_bytes()

    with pytest.raises(DatabaseTooNew, match="9999"):
        Store.open(address(file), now=now)

    assert file.read_bytes() == content


def test_a_database_that_could_not_be_opened_is_not_locked(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"no database " * 99)
    for _ in range(2):
        with pytest.raises(DatabaseCorrupt):
            Store.open(address(file), now=now)


def test_an_empty_file_becomes_a_database(file: Path) -> None:
    file.parent.mkdir()
    file.touch()

    with opened(file) as store:
        assert store.load("main") is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("packgrid.db", "sqlite:///FILE or postgresql"),
        ("mystery://x", "sqlite:///FILE or postgresql"),
        ("sqlite:///{file}/below/a/file.db", "can't be used"),
    ],
)
def test_an_address_that_leads_nowhere_is_an_error_of_ours(tmp_path: Path, url: str, said: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match=said):
        Store.open(url.format(file=tmp_path / "file"), now=now)


@pytest.mark.parametrize("url", ["postgresql://u:p@127.0.0.1:1/x", "postgresql+psycopg://u:p@127.0.0.1:1/x"])
def test_a_driver_that_is_not_installed_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StorageError, match=r"pip install -e '\.\[postgres\]'"):
        Store.open(url, now=now)


def migrations(folder: Path, second: str) -> Path:
    """Our migrations, and one more."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "later.py").write_text(second.replace("HEAD", newest()))
    return folder


def newest() -> str:
    """The revision of our newest migration."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def columns_of_grid(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as other:
        return [row[1] for row in other.execute("PRAGMA table_info(grid)")]


def test_a_copy_is_made_before_an_old_database_is_migrated(file: Path, tmp_path: Path) -> None:
    filled(file)

    database = Database(address(file), now=now, migrations=migrations(tmp_path / "m", ADDS_A_COLUMN))
    database.close()

    assert columns_of_grid(file)[-1] == "colour"
    copies = [name for name in others_in(file) if name.endswith(".db")]
    assert len(copies) == 1
    assert re.fullmatch(rf"packgrid-{newest()}-20261122T\d{{6}}\.db", copies[0])
    with opened(file.with_name(copies[0])) as store:
        assert store.load("main") == an_account()


def test_where_there_is_no_room_for_a_new_schema_it_is_said_how_much_that_takes(file: Path, tmp_path: Path) -> None:
    """Only that the disk is full was said, to somebody whose program had just run on it."""
    filled(file)
    before = columns_of_grid(file)

    said = r"no room to bring the database .*packgrid\.db up to date\. .* up to \d+ MB, and \d+ MB are free"
    with pragma("max_page_count = 1"), pytest.raises(StorageUnavailable, match=said):
        Database(address(file), now=now, migrations=migrations(tmp_path / "m", ADDS_A_COLUMN))

    assert columns_of_grid(file) == before
    assert not [name for name in others_in(file) if ".part" in name]
    with opened(file) as store:
        assert store.load("main") == an_account()


def test_of_copies_the_last_two_stay_and_nothing_of_those_that_were_cut_short(file: Path, tmp_path: Path) -> None:
    """Each start that was killed in one left a part of it, and each upgrade a whole database, for ever."""
    filled(file)
    theirs = ["packgrid-replaced-20250101T000000.db", "packgrid-by-hand.db", "other-0003_parts-20250101T000000.db"]
    older = [f"packgrid-00{n}_old-2025{n}01T000000.db" for n in ("03", "01", "02")]
    parts = ["packgrid-0003_parts-20250101T000000.db.part", "packgrid-0003_parts-20250101T000000.db.part-journal"]
    for name in (*theirs, *older, *parts, "packgrid-by-hand.db.part"):
        file.with_name(name).touch()

    Database(address(file), now=now, migrations=migrations(tmp_path / "m", ADDS_A_COLUMN)).close()

    left = [name for name in others_in(file) if not name.endswith(".lock")]
    made = [name for name in left if name.startswith(f"packgrid-{newest()}-")]
    assert len(made) == 1
    assert sorted(left) == sorted([*theirs, "packgrid-by-hand.db.part", older[0], *made])


def test_a_database_that_is_refused_is_left_as_it_is_and_not_migrated(file: Path, tmp_path: Path) -> None:
    filled(file)
    before, schema = file.read_bytes(), columns_of_grid(file)

    def refuse(connection: Connection) -> None:
        raise WrongDatabase(f"version {setting(connection, 'version')}")

    with pytest.raises(WrongDatabase, match="version None"):
        Database(address(file), now=now, migrations=migrations(tmp_path / "m", ADDS_A_COLUMN), admit=refuse)

    assert columns_of_grid(file) == schema
    assert file.read_bytes() == before
    assert not [name for name in others_in(file) if name.endswith(".db")], "nothing is copied either"


def test_a_new_database_is_asked_nothing(file: Path) -> None:
    def refuse(_: object) -> None:
        raise WrongDatabase("there is nothing to look at")

    Store.open(address(file), now=now, admit=refuse).close()
    with pytest.raises(WrongDatabase):
        Store.open(address(file), now=now, admit=refuse)


def test_a_migration_that_fails_leaves_the_database_as_it_was(file: Path, tmp_path: Path) -> None:
    filled(file)
    before = columns_of_grid(file)

    with pytest.raises(StorageUnavailable, match="power cut"):
        Database(address(file), now=now, migrations=migrations(tmp_path / "m", BREAKS_HALF_WAY))

    assert columns_of_grid(file) == before
    with opened(file) as store:
        assert store.load("main") == an_account()


def test_sales_on_stopping_leave_the_grid_profit_of_an_old_database(file: Path) -> None:
    """As it was before they stood apart: the checkpoint must fold to the same as the ledger does now."""
    account, sale = an_account(), a_fill(1, realised=Decimal("-6.5"), purpose=Purpose.STOP)
    books = fold(a_grid().books, sale)
    with opened(file) as store:
        store.save(None, [Step(account=with_grid(account, a_grid(), books=books), entries=(sale,))])
    with closing(sqlite3.connect(file)) as old:
        kept = json.loads(old.execute("SELECT books FROM grid").fetchone()[0])
        before = {key: value for key, value in kept.items() if key not in ("stop_sales", "fees_apart")}
        old.execute("UPDATE grid SET books = ?", (json.dumps({**before, "grid_profit": "-6.5"}),))
        old.execute("ALTER TABLE fill DROP COLUMN fee_value")
        old.commit()
    upgrade(file, "0003_parts")

    with opened(file) as store:
        loaded = store.load("main")
    assert loaded is not None
    assert loaded.grids[GRID].books == books


def upgrade(file: Path, revision: str) -> None:
    """Carry out one revision alone."""
    engine = create_engine(address(file))
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        ScriptDirectory(str(MIGRATIONS)).get_revision(revision).module.upgrade()
    engine.dispose()


def test_the_levels_of_an_older_database_stand_where_their_ids_said(file: Path) -> None:
    with opened(file) as store:
        store.save(None, [Step(account=an_account(a_grid(levels=3)))])
    with closing(sqlite3.connect(file)) as old:
        old.execute("ALTER TABLE level DROP COLUMN rank")
        old.commit()
    upgrade(file, "0006_ranks")

    with opened(file) as store:
        loaded = store.load("main")
    assert loaded is not None
    assert [(level.id, level.rank) for level in loaded.grids[GRID].levels.values()] == [(1, 1), (2, 2), (3, 3)]


def test_a_database_of_the_newest_schema_is_not_copied(file: Path) -> None:
    with opened(filled(file)):
        pass

    assert others_in(file) == ["packgrid.db.lock"]


def test_the_migrations_make_what_the_tables_say(file: Path) -> None:
    filled(file)
    migrated = create_engine(address(file))
    modelled = create_engine("sqlite://")
    try:
        with migrated.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
            made = schema(connection)
        with modelled.begin() as connection:
            Table.metadata.create_all(connection)
            assert made == schema(connection)
    finally:
        migrated.dispose()
        modelled.dispose()


_ADDED = re.compile(
    r", (\w+ [A-Z]+(?:\(\d+\))?(?: DEFAULT '[^']*' NOT NULL)?)(?: (CONSTRAINT \w+ CHECK \(.*?\)\)))?(?=, )"
)


def schema(connection: Connection) -> dict[str, list[str]]:
    """Every table and index as SQLite keeps it, CHECKs with their words included."""
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    rows = [(name, sql.replace(f'CREATE TABLE "{name}"', f"CREATE TABLE {name}")) for name, sql in found]
    return {
        # SQLite writes a column that was added later into the line of the one before it, and quotes a name that was
        # given later.
        name: sorted(filter(None, (line.strip(" \t,") for line in _ADDED.sub(r",\n\1\n\2", sql).splitlines())))
        for name, sql in rows
        if name != "alembic_version"
    }
