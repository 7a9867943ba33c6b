"""What is refused to strangers: the owner hears of it, merged, without a sound, and over the end of the process."""

from collections.abc import AsyncIterator

import pytest

from bot.telegram.connection.refused import KEPT
from tests.integration.chat_world import STRANGER, World
from tests.integration.test_telegram_people import quiet


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        await running.says("/start")
        yield running


async def test_what_strangers_try_is_told_merged_and_silently(world: World) -> None:
    for number in range(30):
        await world.telegram.says("/panic", user_id=STRANGER + number % 2)
    for _ in range(2):  # what fails, as a connection has rested too long, is sent a minute later
        await quiet(world)
        world.time.pass_by(61)
    told = await world.until_written("Refused in the last")
    await world.telegram.says("/panic", user_id=STRANGER)
    await quiet(world)
    for _ in range(5):  # not all at once: a chat that has not polled for so long connects afresh
        world.time.pass_by(60)
        await quiet(world)

    assert "30 messages of strangers" in told
    assert "2 people" in told
    assert len([text for text in await world.written() if "Refused" in text]) == 1, "then there is quiet for a while"
    sent = next(call for call in world.calls("sendMessage") if "Refused" in call["params"]["text"])
    assert sent["params"]["disable_notification"] in ("true", "True", True)


async def test_what_was_not_told_before_the_end_is_told_after_the_next_start() -> None:
    world = World()
    async with world.running():
        await world.says("/start")
        for number in range(5):
            await world.telegram.says("/panic", user_id=STRANGER + number % 2)
        await quiet(world)
    async with world.running():
        await world.telegram.says("/panic", user_id=STRANGER)
        await quiet(world)
        world.time.pass_by(61)
        told = await world.until_written("Refused in the last")
        assert "6 messages of strangers" in told
        assert "2 people" in told
    async with world.running():
        for _ in range(3):
            await quiet(world)
            world.time.pass_by(61)
        assert len([text for text in await world.written() if "Refused" in text]) == 1, "what is told is told once"


async def test_a_flood_of_strangers_is_no_flood_of_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World().running() as world:
        await world.says("/start")
        written: list[str] = []
        keep = world.store.set_setting

        def noted(key: str, value: str) -> None:
            written.append(key)
            keep(key, value)

        monkeypatch.setattr(world.store, "set_setting", noted)
        for _ in range(50):
            await world.telegram.says("/panic", user_id=STRANGER)
        await quiet(world)

        assert written.count(KEPT) == 1


@pytest.mark.parametrize("held", ["", "{", "[1]", '{"counts": {"nothing": 1}}', '{"counts": {"guess": "x"}}'])
async def test_what_can_not_be_read_of_before_is_left_out(held: str) -> None:
    world = World()
    world.notebook.set_setting(KEPT, held)
    async with world.running():
        assert await world.says("/version")
