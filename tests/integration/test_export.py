"""What is exported: exact figures that come to the books, read while the bot runs, and no cell that reckons."""

import asyncio
import csv
import tempfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.__main__ import main
from bot.owner.export import COLUMNS, PLAIN, cell
from bot.owner.views import exported
from storage.errors import StorageError
from storage.store import Store
from strategy.draft import Step
from strategy.model.money import ZERO
from strategy.model.orders import GridId
from tests.builders import NOW
from tests.integration.chat_world import World as ChatWorld
from tests.integration.chat_world import a_grid
from tests.integration.running import World, a_trading_world
from tests.integration.stored import a_fill
from tests.integration.test_days import at, jobs_of


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode())))


async def in_chat(world: World, day: date | None = None, grid: GridId | None = None) -> dict[str, bytes]:
    """What is sent there, by the names of the files."""
    return {name: content async for name, content in exported(world.app.trader, day, day, grid)}


def files_in(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


async def test_what_is_exported_comes_to_the_books() -> None:
    world = await a_trading_world()
    for price in (1950, 2050, 1900, 2100):
        await world.trade(price)
        await jobs_of(world).snapshot()
    files = {name: rows_of(content) for name, content in (await in_chat(world)).items()}
    books = world.grid.books

    assert len(files["fills.csv"]) == books.fills
    assert sum((Decimal(row["realised"] or 0) for row in files["fills.csv"]), ZERO) == books.realised
    assert sum((Decimal(row["fee_in_quote"]) for row in files["fills.csv"]), ZERO) == books.fees_value
    assert len(files["round_trips.csv"]) == books.round_trips
    fifo = files["fifo.csv"]
    assert fifo
    assert sum((Decimal(row["proceeds"]) - Decimal(row["cost"]) for row in fifo), ZERO) == sum(
        (Decimal(row["gain"]) for row in fifo), ZERO
    )
    assert {row["grid"] for row in files["equity.csv"]} == {"1", ""}
    assert files["orders.csv"]
    assert files["fills.csv"][0]["time_utc"].endswith("+0000")
    only = await in_chat(world, grid=world.grid.id)
    assert {row["grid"] for row in rows_of(only["equity.csv"])} == {"1"}


def test_no_cell_begins_a_formula_and_figures_keep_every_digit() -> None:
    assert [cell(text) for text in ("=1+1", "+a", "-a", "@a", "a", None, True, 3)] == [
        *("'=1+1", "'+a", "'-a", "'@a", "a", "", "yes", "3")
    ]
    assert cell(Decimal("-0.000000010")) == "-0.00000001"


async def test_a_database_is_looked_at_while_it_is_written_and_can_not_be_changed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'paper.db'}"
    with pytest.raises(StorageError, match="no database"):
        Store.look(url, now=lambda: 0)
    writing = Store.open(url, now=lambda: 0)
    looking = Store.look(url, now=lambda: 0)
    writing.set_setting("a", "b")

    assert looking.setting("a") is None, "it sees what was there when it looked"
    with pytest.raises(StorageError):
        looking.set_setting("a", "c")
    looking.close()
    writing.close()


async def test_the_terminal_says_so_where_there_is_nothing_to_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'paper.db'}")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyz0123456789")
    store = Store.open(f"sqlite:///{tmp_path / 'paper.db'}", now=lambda: 0)
    status = await asyncio.to_thread(main, ["export", "--out", "there"])
    store.close()
    assert status != 0
    assert "nothing to export" in capsys.readouterr().err


async def test_the_terminal_writes_the_files_beside_the_running_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'paper.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyz0123456789")
    world = await a_trading_world(store=Store.open(url, now=lambda: NOW))
    for price in (1950, 2050):
        await world.trade(price)

    status = await asyncio.to_thread(main, ["export", "--out", "there"])

    assert status == 0, capsys.readouterr().err
    files = {name: rows_of((tmp_path / "there" / f"{name}.csv").read_bytes()) for name in COLUMNS}
    assert len(files["fills"]) == world.grid.books.fills > 0
    assert sum((Decimal(row["realised"] or 0) for row in files["fills"]), ZERO) == world.grid.books.realised
    await world.kill()
    world.store.close()


async def test_the_terminal_says_what_it_can_not_export_and_leaves_the_files_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A grid that is none, or a day to come, gave five empty files; one that failed left those of before empty."""
    url = f"sqlite:///{tmp_path / 'paper.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyz0123456789")
    world = await a_trading_world(store=Store.open(url, now=lambda: NOW))
    assert await asyncio.to_thread(main, ["export", "--from", "1970-01-02", "--to", "2199-12-31"]) == 0
    before = files_in(tmp_path / "export")
    assert sorted(before) == sorted(f"{name}.csv" for name in COLUMNS)
    await world.trade(1950)
    (tmp_path / "export" / "orders.csv.new").mkdir()
    capsys.readouterr()

    for words, status, said in (
        (("--grid", "7"), 2, "--grid 7: there is no such grid. There are: 1"),
        (("--from", "2199-12-31"), 2, "--from 2199-12-31 has not begun"),
        ((), 4, "orders.csv.new"),
    ):
        assert await asyncio.to_thread(main, ["export", *words]) == status
        assert said in capsys.readouterr().err
    assert files_in(tmp_path / "export") == before
    await world.kill()
    world.store.close()


async def test_where_a_day_begins_at_half_past_its_first_hour_is_its_own() -> None:
    """Of a program that was started after it, the first points of the day were in no day's files."""
    world = await a_trading_world(timezone="Asia/Kolkata")
    midnight = at("2026-11-23T18:30:00")
    world.now = midnight + 5 * 60_000
    await jobs_of(world).tick()
    await jobs_of(world).snapshot()

    days = [await in_chat(world, day) for day in (date(2026, 11, 23), date(2026, 11, 24))]
    before, that = (rows_of(files["equity.csv"]) for files in days)
    assert (len(before), {row["grid"] for row in that}) == (0, {"1", ""})


async def test_a_file_that_is_large_is_packed_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    """A year's files were larger than what Telegram takes, and than the memory of the machine: that ended the bot."""
    store = Store.open(f"sqlite:///{tmp_path / 'paper.db'}", now=lambda: NOW)
    world = await a_trading_world(store=store)
    await world.trade(1950)
    there = files_in(tmp_path).keys()
    long = "7" * 100_000
    of_years = [replace(one, fill=replace(one.fill, order_id=long)) for one in map(a_fill, range(PLAIN // 100_000 + 1))]
    store.save(world.account, [Step(account=world.account, entries=tuple(of_years))])

    files = await in_chat(world)

    assert files_in(tmp_path).keys() == there
    assert sorted(files) == ["equity.csv", "fifo.csv", "fills.csv.zip", "orders.csv", "round_trips.csv"]
    assert sum(map(len, files.values())) < PLAIN // 10
    with ZipFile(BytesIO(files["fills.csv.zip"])) as packed:
        assert [row["trade"] for row in rows_of(packed.read("fills.csv"))][-1] == of_years[-1].key
    await world.kill()
    store.close()


async def test_the_chat_says_where_there_is_no_room_for_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = ChatWorld()
    async with world.running():
        await a_grid(world)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        said = (await world.says("/export"))[-1]
        assert "could not be written: No such file or directory. They need room" in said
        assert not world.calls("sendDocument")


async def test_the_chat_sends_each_file() -> None:
    world = ChatWorld()
    async with world.running():
        await a_grid(world)
        await world.says("/export 1 2026-01-01")
        await world.until(lambda: len(world.calls("sendDocument")) == len(COLUMNS))
        assert "can't read" in (await world.says("/export nonsense"))[-1]
        assert "can't read" in (await world.says("/export 2026-13-01"))[-1]


@pytest.mark.parametrize(
    ("typed", "covers"),
    [
        ("", "equity as CSV. Every"),
        ("1", "equity as CSV, of grid 1. Every"),
        ("2026-01-01", "equity as CSV, from 2026-01-01 on. Every"),
        ("1 2026-03-31 2026-01-01", "equity as CSV, of grid 1, from 2026-01-01 to 2026-03-31. Every"),
        ("2026/02/01 2026年3月1日", "from 2026-02-01 to 2026-03-01. Every"),
        ("2026-02", "from 2026-02-01 to 2026-02-28. Every"),
        ("1 2026年12月", "of grid 1, from 2026-12-01 to 2026-12-31. Every"),
        ("2026-13", "I can't read 2026-13"),
        ("2027/1", "2027-01-01 has not begun"),
        ("month", "from 2026-09-01 on. Every"),
        ("本月", "from 2026-09-01 on. Every"),
        ("0001-01-01", "from 2026-01-01 on. Every"),
        ("1969-12-31 9999-12-31", "from 2026-01-01 to 2026-12-31. Every"),
        ("9999-12-31", "9999-12-31 has not begun. /export gives everything so far."),
        ("2024-12-31 2025-12-31", "Nothing is known of 2025-12-31: my ledger begins on 2026-01-01."),
    ],
)
async def test_the_answer_says_which_days_of_which_grid_the_files_are(typed: str, covers: str) -> None:
    """`/export yesterday`, which goes on until now, and days in the wrong order said nothing of what they gave."""
    world = ChatWorld()
    async with world.running():
        await a_grid(world)

        assert covers in "".join(await world.says(f"/export {typed}"))
