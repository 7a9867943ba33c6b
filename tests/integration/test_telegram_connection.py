"""The chat's connection: it comes back by itself from whatever happens to it, and says what it can't mend."""

import asyncio
import logging
import re
from collections.abc import Callable

import pytest
from telegram.error import Conflict

from bot.settings import Settings
from bot.telegram.connection.polling import DEAD_AFTER, Ear
from tests.integration.chat_world import OWNER, STRANGER, World
from tests.integration.telegram_world import TOKEN
from tests.unit.telling import SOLD


async def until(world: World, happened: Callable[[], bool], *, step: float = 1) -> None:
    """Let time pass until it has happened."""
    async with asyncio.timeout(30):
        while not happened():
            world.time.pass_by(step)
            await world.telegram.server.world.bell.heard(0.005)


def told(world: World) -> list[str]:
    """What was sent, as it was sent."""
    return [str(call["params"].get("text")) for call in world.calls("sendMessage") if call["code"] == 200]


async def test_a_telegram_that_is_down_at_the_start_is_tried_until_it_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    await world.telegram.sim("fault", mode="outage", times=None)
    async with world.running():
        await until(world, lambda: len(world.calls("getMe")) == 4)
        assert world.chat.health.poll_age is None
        world.telegram.server.faults.clear()
        await until(world, lambda: world.chat.health.poll_age is not None or bool(world.calls("setMyCommands")))

        assert await world.says("/status")

    times = [call["at"] for call in world.calls("getMe")]
    assert times[1] - times[0] < 3_000 < times[3] - times[2], "it waits longer and longer"
    complaints = [record for record in caplog.records if "can't be reached" in record.getMessage()]
    assert [record.levelno for record in complaints][:2] == [logging.WARNING]


@pytest.mark.parametrize("code", [401, 404])
async def test_where_telegram_does_not_know_the_bot_its_token_and_its_address_are_named(
    caplog: pytest.LogCaptureFixture, code: int
) -> None:
    world = World()
    await world.telegram.sim("fault", method="getMe", mode="error", error_code=code, times=1)
    async with world.running():
        await until(world, lambda: len(world.calls("getMe")) == 2)

    (complaint,) = [record.getMessage() for record in caplog.records if "does not know the bot" in record.getMessage()]
    named = re.findall(r"[A-Z]+(?:_[A-Z]+)+", complaint)
    assert named == ["TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL"]
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


async def test_a_poll_that_died_is_noticed_and_begun_afresh(caplog: pytest.LogCaptureFixture) -> None:
    async with World().running() as world:
        await world.says("/status")
        # The library ends its polling for good after one such answer, and tells nobody.
        await world.telegram.sim("fault", method="getUpdates", mode="error", error_code=401)
        began = world.time.now()
        await until(world, lambda: len(world.calls("getMe")) == 2)

        assert world.time.now() - began >= DEAD_AFTER
        assert await world.says("/status")
    assert "connecting afresh" in caplog.text


async def test_another_poller_is_told_once_and_the_listening_stops_but_not_the_telling(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with World().running() as world:
        await world.says("/start")
        await world.telegram.sim("fault", method="getUpdates", mode="error", error_code=409, times=None)
        await world.until(lambda: len(world.calls("getUpdates")) == 1)
        world.time.pass_by(31)
        await world.until(lambda: len(world.calls("getUpdates")) == 2)  # the library waits a second
        world.time.pass_by(5)
        said = await world.until_written("Another program")
        polls = len(world.calls("getUpdates"))
        world.trader.tell(SOLD)
        await until(world, lambda: not world.store.unsent(1))

        assert world.chat.health.yielded
        assert "I trade on" in said
        assert "try again by myself" in said
        assert "#2959284" in (await world.written())[-1]
        assert len(world.calls("getUpdates")) <= polls + 1
    complaints = [record.getMessage() for record in caplog.records if "another program" in record.getMessage()]
    assert len(complaints) == 2


async def test_a_passing_conflict_ends_by_itself_and_the_owner_is_told_at_both_ends() -> None:
    async with World().running() as world:
        await world.says("/start")
        await world.telegram.sim("fault", method="getUpdates", mode="error", error_code=409, times=2)
        await world.until(lambda: len(world.calls("getUpdates")) == 1)
        world.time.pass_by(31)
        await world.until(lambda: len(world.calls("getUpdates")) == 2)  # the library waits a second
        await until(world, lambda: world.chat.health.yielded)
        await until(world, lambda: len(world.calls("getMe")) == 2)
        world.time.pass_by(1)
        assert await world.says("/status"), "commands are heard again"
        assert not world.chat.health.yielded
        await until(world, lambda: any("I hear your commands again" in text for text in told(world)))

        assert sum("Another program" in text for text in told(world)) == 1
        assert sum("I hear your commands again" in text for text in told(world)) == 1


def test_the_polling_is_left_to_another_program_longer_each_time() -> None:
    at = [1_000_000]
    ear = Ear(lambda: at[0])
    assert [ear.leave() for _ in range(6)] == [60, 120, 240, 480, 600, 600]

    ear.start()
    at[0] += 30_000
    ear.heard()
    assert not ear.made_peace(), "not yet for long enough"
    ear.failed(Conflict("again"))
    at[0] += 40_000
    ear.heard()
    assert not ear.made_peace(), "there was one in between"
    at[0] += 40_000
    assert ear.made_peace()
    assert not ear.made_peace(), "once"
    assert ear.leave() == 60


async def test_a_short_conflict_is_nothing() -> None:
    async with World().running() as world:
        await world.says("/start")
        await world.telegram.sim("fault", method="getUpdates", mode="error", error_code=409, times=2)
        await world.until(lambda: len(world.calls("getUpdates")) == 2)

        assert await world.says("/status")
        assert not world.chat.health.yielded


async def test_leaving_sends_what_is_waiting_and_ends() -> None:
    world = World()
    async with world.running():
        await world.says("/start")
        world.trader.tell(SOLD)
        world.trader.tell(SOLD)
    assert world.store.unsent(5) == []

    assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing of the chat goes on"


async def test_leaving_without_telegram_takes_seconds_and_loses_nothing() -> None:
    world = World()
    async with world.running():
        await world.says("/start")
        world.telegram.server.revoke(TOKEN)
        world.trader.tell(SOLD)

    assert len(world.store.unsent(5)) == 1


async def test_a_word_from_the_owner_wakes_what_waited_for_a_chat() -> None:
    world = World()
    async with world.running():
        await world.telegram.says("hi", user_id=STRANGER)  # so that the bot exists, and has no chat with its owner
        world.trader.tell(SOLD)
        await world.until(lambda: any(call["code"] in (400, 403) for call in world.calls("sendMessage")))
        await world.says("/start")

        assert "#2959284" in await world.until_written("2,530.40"), "without a minute's wait"


async def test_a_word_from_the_owner_does_not_shorten_what_telegram_asked_to_wait() -> None:
    async with World().running() as world:
        await world.says("/start")
        order = {"method": "sendMessage", "contains": "2959284", "mode": "error", "error_code": 429, "retry_after": 90}
        await world.telegram.sim("fault", **order)
        world.trader.tell(SOLD)
        await world.until(lambda: any(call["code"] == 429 for call in world.calls("sendMessage")))
        for _ in range(3):
            await world.says("/status")

        assert not any("#2959284" in text for text in await world.written())
        await until(world, lambda: not world.store.unsent(1), step=10)


async def test_the_owner_who_lets_the_bot_in_again_is_told_what_he_missed() -> None:
    async with World().running() as world:
        await world.says("/start")
        await world.telegram.sim("block", blocked=True)
        world.trader.tell(SOLD)
        await world.until(lambda: any(call["code"] == 403 for call in world.calls("sendMessage")))
        await world.telegram.sim("block", blocked=False)

        assert "#2959284" in await world.until_written("2,530.40")


async def test_the_token_is_in_no_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    async with World().running() as world:
        await world.says("/start")
        await world.telegram.sim("fault", method="getUpdates", mode="disconnect")
        await world.telegram.sim("fault", method="sendMessage", contains="2959284", mode="disconnect")
        await world.says("/status")
        world.trader.tell(SOLD)
        await until(world, lambda: not world.store.unsent(1))

    assert caplog.records
    assert TOKEN not in caplog.text
    assert world.chat.health.owner == OWNER
    assert world.chat.health.send_age is not None
