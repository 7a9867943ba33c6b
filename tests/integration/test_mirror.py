"""A replay in a process of its own: it answers, says why not, is ended when it takes too long, and holds nobody up."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.owner.comparisons import compare_of
from bot.owner.shadows import NotReplayed, Shadow
from bot.owner.twins import NoTwin, Twin, twin_asked
from bot.shadow.mirror import Mirror
from storage.store import Store
from strategy.model.orders import GridId
from tests.builders import NOW
from tests.integration.running import World, a_trading_world


async def a_recorded_world(folder: Path) -> tuple[str, World]:
    address = f"sqlite:///{folder / 'paper.db'}"
    world = await a_trading_world(store=Store.open(address, now=lambda: NOW))
    for price in (1950, 2050, 1930):
        await world.trade(price)
    return address, world


async def nobody(_done: int, _whole: int) -> None:
    """Nobody watches."""


async def test_another_process_replays_what_this_one_goes_on_recording(tmp_path: Path) -> None:
    address, world = await a_recorded_world(tmp_path)
    mirror = Mirror(address, "main", world.clock)

    under_way = asyncio.create_task(mirror.replay(7, nobody))
    await world.trade(2010)
    found = await under_way

    assert isinstance(found, Shadow)
    assert found.difference is None
    assert found.fills >= 3
    await world.kill()
    world.store.close()


async def test_where_nothing_is_recorded_or_nothing_can_be_read_it_says_so(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'paper.db'}"
    assert await Mirror(address, "main", lambda: NOW).replay(1, nobody) is NotReplayed.FAILED

    Store.open(address, now=lambda: NOW).close()

    assert await Mirror(address, "main", lambda: NOW).replay(1, nobody) is NotReplayed.EMPTY


async def test_a_file_of_the_owners_where_he_started_us_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.py").write_text("raise SystemExit('a bot of his own')\n")
    monkeypatch.chdir(tmp_path)
    address = f"sqlite:///{tmp_path / 'paper.db'}"
    Store.open(address, now=lambda: NOW).close()

    assert await Mirror(address, "main", lambda: NOW).replay(1, nobody) is NotReplayed.EMPTY


async def test_a_twin_is_walked_there_too_and_where_it_can_not_be_it_says_so(tmp_path: Path) -> None:
    address, world = await a_recorded_world(tmp_path)
    lived = (await compare_of(world.app.trader, world.grid)).lived
    asked = twin_asked(world.account, world.grid, lived, world.now)
    mirror = Mirror(address, "main", world.clock)

    found = await mirror.twin(asked, nobody)

    assert isinstance(found, Twin)
    assert found.round_trips == world.grid.books.round_trips
    assert await mirror.twin(replace(asked, grid_id=GridId(7)), nobody) is NoTwin.EMPTY
    assert await Mirror(address, "main", world.clock, patience=0.0).twin(asked, nobody) is NoTwin.SLOW
    nowhere = Mirror(f"sqlite:///{tmp_path / 'none.db'}", "main", world.clock)
    assert await nowhere.twin(asked, nobody) is NoTwin.FAILED
    await world.kill()
    world.store.close()


async def test_what_takes_too_long_is_ended_and_the_next_one_is_answered(tmp_path: Path) -> None:
    address, world = await a_recorded_world(tmp_path)

    assert await Mirror(address, "main", world.clock, patience=0.0).replay(1, nobody) is NotReplayed.SLOW
    assert isinstance(await Mirror(address, "main", world.clock).replay(1, nobody), Shadow)

    await world.kill()
    world.store.close()
