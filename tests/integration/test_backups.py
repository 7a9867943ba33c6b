"""Backups by night and by hand, also of a database in use; putting one back, and what the next start makes of it."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.console.backup import restore
from bot.machine import backups
from bot.machine.exits import Exit
from storage.store import Store
from strategy.draft import Step
from strategy.messages.machine import BackupFailed
from strategy.model.account import Halt
from tests.integration.running import World, a_trading_world, a_while, assert_books
from tests.integration.stored import a_fill, a_filled_step, an_account, now
from tests.integration.test_days import jobs_of

ACCOUNT = an_account()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database in use, with a fill in it; the command line finds it by its settings."""
    file = tmp_path / "data" / "mine.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    with closing(opened(file)) as store:
        store.save(None, [Step(account=ACCOUNT)])
        store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
        yield file


def opened(file: Path) -> Store:
    return Store.open(f"sqlite:///{file}", now=now)


def fills_in(file: Path) -> list[object]:
    with closing(opened(file)) as store:
        return list(store.entries("main"))


def test_a_backup_of_a_database_in_use_holds_everything_and_lies_beside_it(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup"]) == Exit.DONE
    (made,) = (database.parent / "backups").iterdir()
    assert made.name.startswith("mine-")
    assert f"packgrid restore {made}" in capsys.readouterr().out
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert fills_in(made) == [a_fill(1)]


def test_a_backup_never_replaces_a_file(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    precious = database.with_name("precious")
    precious.write_text("dear")
    assert main(["backup", str(precious)]) == Exit.DATABASE
    assert "there already" in capsys.readouterr().err
    assert precious.read_text() == "dear"


def test_nothing_is_put_back_while_packgrid_runs(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "copy.db"]) == Exit.DONE
    assert main(["restore", "copy.db"]) == Exit.DATABASE
    assert "in use by another Packgrid" in capsys.readouterr().err
    assert database.exists()


@pytest.mark.parametrize("garble", ["none", "damaged"])
def test_a_backup_is_put_back_and_what_it_replaces_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, garble: str
) -> None:
    file = tmp_path / "mine.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    with closing(opened(file)) as store:
        store.save(None, [Step(account=ACCOUNT)])
        main(["backup", "copy.db"])
        store.save(ACCOUNT, [a_filled_step(ACCOUNT, 1)])
    if garble == "damaged":
        file.write_bytes(b"no database at all " * 500)

    assert main(["restore", "copy.db"]) == Exit.DONE

    assert fills_in(file) == []
    (kept,) = tmp_path.glob("mine-replaced-*.db")
    if garble == "none":
        assert fills_in(kept) == [a_fill(1)]
    else:
        assert kept.read_bytes().startswith(b"no database")


@pytest.mark.parametrize("kind", ["missing", "empty", "damaged", "foreign", "newer", "itself"])
def test_what_is_no_backup_is_refused_and_nothing_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file, given = tmp_path / "mine.db", tmp_path / "given.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    with closing(opened(file)) as store:
        store.save(None, [Step(account=ACCOUNT)])
        store.backup(given)
    match kind:
        case "missing":
            given.unlink()
        case "empty":
            given.write_bytes(b"")
        case "damaged":
            given.write_bytes(given.read_bytes()[:9000])
        case "foreign" | "newer":
            with closing(sqlite3.connect(given)) as other:
                newer = "UPDATE alembic_version SET version_num = 'later'"
                other.execute("DROP TABLE alembic_version" if kind == "foreign" else newer)
                other.commit()
        case _:
            given = file
    content = file.read_bytes()

    assert main(["restore", str(given)]) == Exit.DATABASE

    assert file.read_bytes() == content
    assert not list(tmp_path.glob("*replaced*"))


async def test_after_a_backup_was_put_back_nothing_trades_before_the_owner_has_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    store = opened(file)
    world = await a_trading_world(store=store)
    store.backup(tmp_path / "copy.db")
    await world.trade(1970)  # an order is filled, and the one that answers it is known to the newer database only
    await world.tick()
    sent = len(world.road.sent)
    await world.kill()
    store.close()
    await restore(str(tmp_path / "copy.db"))

    with closing(opened(file)) as world.store:
        await world.begin_again()
        await world.tick(3)
        assert halted(world) is Halt.STRANGERS
        assert len(world.road.sent) == sent
        assert await world.app.trader.settle_strangers(cancel=True) is None
        await a_while()
        await world.tick(4)
        assert halted(world) is None
        assert_books(world)
        await world.kill()


def halted(world: World) -> Halt | None:
    return world.account.halt


async def test_a_nightly_copy_that_fails_is_told_once_a_night_and_tried_again_each_hour(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "mine.db")) as store:
        world = World(store=store)
        await world.begin()
        (tmp_path / "backups").write_text("a file where the folder should be")
        jobs = jobs_of(world)
        for hour, told in ((0, 1), (1, 1), (24, 2)):
            world.now = now() + hour * 3_600_000
            await jobs.upkeep()
            await a_while()
            assert len(world.told(BackupFailed)) == told
        (tmp_path / "backups").unlink()
        await jobs.upkeep()
        assert len(list((tmp_path / "backups").iterdir())) == 1
        await world.kill()


def test_what_a_night_that_was_killed_has_left_of_its_copy_is_gone_with_the_next(tmp_path: Path) -> None:
    """It has the day's name, so that no later night wrote over it: on a small drive a few of them are all there is."""
    file = tmp_path / "data" / "mine.db"
    with closing(opened(file)) as store:
        folder = file.parent / "backups"
        folder.mkdir()
        for name in ("mine-2026-11-20.db.part", "mine-2026-11-20.db.part-journal", "by-hand.db.part"):
            (folder / name).touch()

        made = backups.nightly(store, now())

    assert made is not None
    assert sorted(one.name for one in folder.iterdir()) == ["by-hand.db.part", made.name]
