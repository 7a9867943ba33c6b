"""What the engine was given is written down with what it changes; a replay comes to the same, or says where not."""

import asyncio
import json
import re
import sqlite3
import zlib
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.machine.program import engine_version
from bot.owner.shadows import Shadow, Where
from bot.shadow import replaying
from bot.shadow.replaying import replayed
from exchange.paper.faults import FaultMode
from storage.recorded import came_of
from storage.store import Store
from storage.tables import Recording
from strategy.draft import Step
from strategy.messages.events import Event
from strategy.model.account import Account
from strategy.model.durations import DAY
from strategy.step import step
from tests.builders import NOW
from tests.integration.running import World, a_trading_world

ROUND = (1950, 2050, 1930, 2010, 2070)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "paper.db"


def shadow(world: World, since: int = 0, until: int | None = None) -> Shadow:
    found = replayed(world.store, "main", since, until, engine_version(), lambda _done, _whole: None)
    assert found is not None
    return found


async def test_a_day_of_trading_with_a_kill_in_it_is_decided_once_more_as_it_was() -> None:
    world = await a_trading_world()
    for price in ROUND:
        await world.trade(price)
    world.road.go_wrong(FaultMode.LOSE_ANSWER, "POST")
    await world.trade(1930)
    await world.kill()
    world.venue.walk(world.grid.spec.symbol, Decimal(2050))
    await world.begin_again()
    for price in ROUND:
        await world.trade(price)

    found = shadow(world)

    assert found.difference is None
    assert (found.starts, found.fills) == (2, len(world.held.fills))
    assert found.states == 2, "the state with which the second process began, and the one on the disk"
    assert found.actions > len(ROUND)
    await world.kill()


async def test_a_new_day_begins_with_the_whole_state_and_a_replay_may_begin_with_it() -> None:
    world = await a_trading_world()
    await world.trade(1950)
    world.now += DAY
    await world.trade(2050)
    began = world.now
    await world.trade(1950)

    whole, part = shadow(world), shadow(world, since=began)

    assert (whole.difference, part.difference) == (None, None)
    assert (whole.states, part.states) == (2, 1)
    assert part.begins > whole.begins
    assert part.events < whole.events
    assert shadow(world, until=part.begins - 1).states == 0, "nothing after that was looked at"
    await world.kill()


async def test_ticks_in_which_nothing_happens_wait_for_the_next_commit_and_are_in_it() -> None:
    world = await a_trading_world()
    before = len(rows(world))
    await world.tick(20)
    waiting = len(rows(world))
    await world.trade(1950)

    assert waiting == before
    assert shadow(world).difference is None
    assert sum(one[0] == "Tick" for row in rows(world) for one in row) >= 20
    await world.kill()


def written(file: Path) -> dict[str, Any]:
    """What the terminal wrote beside the database."""
    found: dict[str, Any] = json.loads((file.parent / "found.json").read_text("utf-8"))
    return found


def rows(world: World) -> list[list[list[object]]]:
    """The recorded events, a list for each commit."""
    found = world.store.records.after("main", 0, 10_000)
    return [json.loads(zlib.decompress(one.data)) for one in found if one.what is Recording.EVENTS]


async def test_an_engine_that_decides_otherwise_is_found_with_the_event_and_both_decisions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = await a_trading_world()
    for price in ROUND:
        await world.trade(price)

    def other(account: Account, event: Event) -> Step:
        """One tick later than it would."""
        done = step(account, event)
        return (
            done if len(done.actions) != 1 else Step(account=done.account, notices=done.notices, entries=done.entries)
        )

    monkeypatch.setattr(replaying, "step", other)
    found = shadow(world)

    assert found.difference is not None
    assert (found.difference.where, found.difference.event) == (Where.ACTIONS, "Filled")
    assert "Place" in found.difference.recorded
    assert found.difference.now == "actions.0 = nothing"
    assert found.difference.version == found.version == engine_version()
    await world.kill()


async def test_figures_that_end_in_other_zeros_are_the_same_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they do in a process that has read its state from the disk."""
    world = await a_trading_world()
    for price in ROUND:
        await world.trade(price)
    before, longer = shadow(world), 0

    def other(done: Step) -> Any:
        nonlocal longer
        text, found = re.subn(r'"(-?[0-9]+\.[0-9]+)"', r'"\g<1>00"', json.dumps(came_of(done)))
        longer += found
        return json.loads(text)

    monkeypatch.setattr(replaying, "came_of", other)

    assert shadow(world) == before
    assert before.difference is None
    assert longer
    await world.kill()


async def test_an_engine_that_fails_on_what_it_was_given_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await a_trading_world()

    def broken(_account: Account, _event: Event) -> Step:
        raise ArithmeticError("by zero")

    monkeypatch.setattr(replaying, "step", broken)
    found = shadow(world)

    assert found.difference is not None
    assert (found.difference.where, found.difference.now) == (Where.FAILED, "ArithmeticError: by zero")
    await world.kill()


async def test_books_that_were_changed_behind_its_back_are_found(file: Path) -> None:
    world = await a_trading_world(store=Store.open(f"sqlite:///{file}", now=lambda: NOW))
    await world.trade(1950)
    await world.kill()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE lot SET quantity = '1' WHERE level = (SELECT max(level) FROM lot)")

    found = shadow(world)

    assert found.difference is not None
    assert found.difference.where is Where.STATE
    assert found.difference.recorded.startswith("grids.1.lots.")
    assert found.difference.recorded.endswith(".quantity = 1")
    world.store.close()


async def test_what_cannot_be_read_is_said_and_not_guessed(file: Path) -> None:
    world = await a_trading_world(store=Store.open(f"sqlite:///{file}", now=lambda: NOW))
    await world.kill()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE recorded SET data = ? WHERE what = 'events'", (zlib.compress(b'[["Wishes",{}]]'),))

    found = shadow(world)

    assert found.difference is not None
    assert (found.difference.where, found.events) == (Where.UNREAD, 0)
    assert "Wishes" in found.difference.recorded
    world.store.close()


async def test_old_rows_go_in_small_pieces_and_never_what_a_newer_one_follows_from() -> None:
    world = await a_trading_world()
    for _ in range(3):
        world.now += DAY
        for price in ROUND:
            await world.trade(price)
    whole, days = len(world.store.records.after("main", 0, 10_000)), shadow(world).states
    cut = world.now - DAY

    world.store.records.drop("main", cut, 2)
    assert len(world.store.records.after("main", 0, 10_000)) == whole - 2
    for _ in range(whole):
        world.store.records.drop("main", cut, 2)

    left = world.store.records.after("main", 0, 10_000)
    assert 0 < len(left) < whole
    assert left[0].what is Recording.DAY
    assert left[0].at <= cut
    found = shadow(world)
    assert found.difference is None
    assert found.states < days
    world.store.records.drop("main", None, 10_000)
    assert world.store.records.after("main", 0, 10_000) == []
    await world.kill()


async def test_nothing_is_recorded_where_that_is_switched_off() -> None:
    world = await a_trading_world(record_days=0)
    await world.trade(1950)

    assert world.store.records.after("main", 0, 10) == []
    assert world.store.records.begins("main", 0) is None
    await world.kill()


async def test_what_was_recorded_before_a_time_without_leads_nowhere_and_is_no_difference() -> None:
    """Recorded, switched off for a while, and on again: a replay begins where it is recorded again."""
    world = await a_trading_world()
    await world.trade(1950)
    await world.kill()
    for days in (0, 8):
        world.settings = world.settings.model_copy(update={"record_days": days})
        await world.begin_again()
        await world.trade(2050)
        await world.trade(1950)
        begins = world.store.records.begins("main", 0)
        assert (begins is None) is (days == 0)
        await world.kill()

    found = shadow(world)

    assert found.difference is None
    assert found.starts == 1


async def test_a_fault_of_the_record_holds_up_no_fill_and_a_replay_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await a_trading_world()
    with monkeypatch.context() as broken:
        broken.setattr("storage.recorded._packed", lambda _text: 1 / 0)
        before = world.grid.books.fills
        await world.trade(1950)
        booked = world.grid.books.fills - before
    await world.trade(2050)

    found = shadow(world)

    assert booked == 1
    assert found.difference is not None
    assert (found.difference.where, found.difference.event) == (Where.STATE, "")
    await world.kill()


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'paper.db'}")


async def test_the_terminal_replays_beside_the_running_bot(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = await a_trading_world(store=Store.open(f"sqlite:///{file}", now=lambda: NOW))
    for price in ROUND:
        await world.trade(price)

    status = await asyncio.to_thread(main, ["replay", "--from", "2026-01-01", "--json", "found.json"])

    said = capsys.readouterr()
    assert status == 0, said.err
    assert "0 differences" in said.out
    found = written(file)
    assert (found["differences"], found["difference"], found["fills"]) == (0, None, len(world.held.fills))
    await world.kill()
    world.store.close()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE fill SET price = '1'")
        database.execute("UPDATE grid SET money = '7'")

    status = await asyncio.to_thread(main, ["replay", "--from", "2026-01-01", "--json", "found.json"])

    assert status == 1
    assert "the books and the grids" in capsys.readouterr().out
    found = written(file)
    assert found["difference"]["recorded"] == "grids.1.money = 7"


async def test_the_terminal_says_so_where_nothing_is_recorded(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store.open(f"sqlite:///{file}", now=lambda: NOW).close()

    assert await asyncio.to_thread(main, ["replay"]) == 3
    assert "Nothing is recorded" in capsys.readouterr().err
