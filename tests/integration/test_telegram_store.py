"""The chat over a store that can't be written: the owner is told past the outbox, and a panic is heard all the same."""

from typing import NoReturn

import pytest

from bot.account.store_trouble import PATIENCE, StoreTrouble
from bot.owner.views import Unwritable
from storage.errors import StorageUnavailable
from tests.integration.chat_world import LINE, World, a_grid
from tests.integration.stored import gone

SPOKEN = "connection to postgresql://bot:hunter22@db/x failed (host=db password=hunter22)"
DOWN = Unwritable(since=0, text="disk full")


async def test_the_owner_is_told_once_at_the_beginning_and_once_at_the_end_without_the_store() -> None:
    async with World().running() as world:
        helped = await world.says("/help")
        with gone():
            world.trader.set_unwritable(DOWN)
            await world.until_written("I can't write anything down")
            world.trader.set_unwritable(None)
            await world.until_written("I can write again")
        told = (await world.written())[len(helped) :]
    assert sum("disk full" in one for one in told) == 1
    assert len(told) == 2


async def test_what_began_and_ended_while_telegram_was_down_is_not_told() -> None:
    async with World().running() as world:
        world.trader.set_unwritable(DOWN)
        world.trader.set_unwritable(None)
        await world.says("/help")
        assert not any("write" in one for one in await world.written())


async def test_commands_say_so_and_a_panic_is_obeyed_while_nothing_can_be_read_or_written() -> None:
    async with World().running() as world:
        await world.says("/help")
        with gone():
            world.trader.unwritable = DOWN
            (status,) = await world.says("/status")
            (refused,) = await world.says(LINE)
            (panic, *_) = await world.says("/panic")
        world.trader.unwritable = None
    assert "Nothing can be written down" in status
    assert "this was not done" in refused
    assert "cancelled at Backpack" in panic
    assert "don't restart me before I say that it works, or the grids trade on" in panic
    assert world.trader.asked == ["panic"]


@pytest.mark.parametrize("asked", ["status", "orders", "balance", "report", "fills"])
async def test_a_question_without_the_store_is_never_said_not_to_have_been_done(
    monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    def failing(*_: object, **__: object) -> NoReturn:
        raise StorageUnavailable("The database was deleted")

    async with World().running() as world:
        await world.says("/help")
        for name in ("summary", "fills", "report"):
            monkeypatch.setattr(world.trader, name, failing)
        with gone():
            world.trader.unwritable = DOWN
            (said,) = await world.says(f"/{asked}")
        world.trader.unwritable = None
    assert "was not done" not in said
    assert ("open orders" if asked == "orders" else "Nothing can be written down") in said


async def test_a_pause_that_can_not_be_written_is_not_said_to_be_under_way() -> None:
    async with World().running() as world:
        number = await a_grid(world)
        world.trader.unwritable = DOWN
        said = await world.says(f"/pause {number}")
        world.trader.unwritable = None
    assert not any("is pausing" in one for one in said)


async def test_no_password_of_the_database_comes_into_the_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> NoReturn:
        raise StorageUnavailable(SPOKEN)

    trouble = StoreTrouble(lambda: 0)
    for _ in range(PATIENCE):
        trouble.failed(StorageUnavailable(SPOKEN))
    async with World().running() as world:
        await world.says("/help")
        world.trader.set_unwritable(trouble.now)
        told = await world.until_written("I can't write anything down")
        monkeypatch.setattr(world.trader, "summary", failing)
        (late,) = await world.says("/status")
        world.trader.unwritable = None
        (refused,) = await world.says("/status")
    for said in (told, late, refused):
        assert "connection to postgresql" in said
        assert "hunter22" not in said


async def test_what_is_delivered_twice_is_done_once_also_without_the_store() -> None:
    world = World()
    with gone():
        assert [world.notebook.first_time("update:5") for _ in range(2)] == [True, False]
    assert not world.notebook.first_time("update:5")
