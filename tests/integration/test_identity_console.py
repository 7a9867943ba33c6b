"""A database of another mode at the console: one clear message and a status, for every command that opens it."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import create_engine, make_url

from bot.__main__ import main
from bot.account.identity import Bound, Identity, bind
from bot.machine.clock import wall_milliseconds
from bot.mode import Mode
from storage.files import MIGRATIONS
from storage.store import Store
from tests.integration.check_world import KEY, NOBODY, SECRET, TOKEN

OWN = {
    "TELEGRAM_BOT_TOKEN": TOKEN,
    "TELEGRAM_API_URL": NOBODY,
    "BACKPACK_API_KEY": KEY,
    "BACKPACK_API_SECRET": SECRET,
    "BACKPACK_API_URL": NOBODY,
}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A paper database of the exchange that the settings name, with the settings of another mode's process."""
    address = f"sqlite:///{tmp_path / 'packgrid.db'}"
    for name, value in {**OWN, "DATABASE_URL": address, "LOG_FILE": "", "MODE": "live"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    keep(address, Identity(mode=Mode.PAPER, key="", address=NOBODY))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield address
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers, root.level = handlers, level


def keep(address: str, identity: Identity) -> None:
    store = Store.open(address, now=wall_milliseconds)
    bind(store, Bound(identity=identity))
    store.close()


def told(capsys: pytest.CaptureFixture[str], command: str) -> tuple[int, str, str]:
    status = main([command])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    assert SECRET not in printed.out + printed.err
    return status, printed.out, printed.err


@pytest.mark.parametrize("command", ["run", "audit"])
@pytest.mark.usefixtures("database")
def test_a_paper_database_is_refused_with_real_money(capsys: pytest.CaptureFixture[str], command: str) -> None:
    status, _, said = told(capsys, command)
    assert status == 3
    assert said.strip().splitlines()[-1] == (
        "The database is paper's, and MODE is live. Set MODE=paper to go on with it,"
        " or DATABASE_URL to another database (empty: data/live.db)."
    )


@pytest.mark.parametrize("command", ["run", "audit", "check"])
def test_a_database_of_another_mode_is_refused_before_its_schema_is_changed(
    database: str, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """As the first version left it: of a later schema it gets nothing."""
    file = Path(make_url(database).database or "")
    identity = as_before(file)
    told(capsys, command)
    with closing(sqlite3.connect(file)) as old:
        [(text,)] = old.execute("SELECT value FROM setting WHERE key = 'identity'")
        tables = {name for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        [(revision,)] = old.execute("SELECT version_num FROM alembic_version")
    assert (text, revision) == (identity, "0001")
    assert "writer" not in tables
    assert [one.name for one in file.parent.glob("*.db")] == [file.name], "nor is it copied"


def as_before(file: Path) -> str:
    """Made by the first migration alone, and a paper database; what is written of whose it is."""
    identity = json.dumps({"mode": "paper", "key": "", "address": NOBODY, "trusted_until": 0})
    file.unlink()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO setting (key, value) VALUES ('identity', ?)", (identity,))
    engine.dispose()
    return identity


@pytest.mark.usefixtures("database")
def test_the_check_says_it_as_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = told(capsys, "check")
    assert status == 1
    assert any(line.startswith("WRONG  database   The database is paper's") for line in said.splitlines()), said


def test_a_damaged_mark_is_refused(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store.open(database, now=wall_milliseconds)
    store.set_setting("identity", json.dumps({"mode": "nothing"}))
    store.close()
    status, _, said = told(capsys, "run")
    assert (status, "can't be read" in said) == (3, True)
