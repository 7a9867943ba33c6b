"""What a member does to the trading: the owner knows by whom, and nobody with a role is a stranger anywhere."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.chat_world import OWNER, STRANGER, World, a_grid
from tests.integration.test_telegram_access import press
from tests.integration.test_telegram_people import ANN, GROUP, join, quiet, says


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        await running.says("/start")
        yield running


async def test_the_owner_hears_who_has_stopped_or_paused_his_grid(world: World) -> None:
    first, second = await a_grid(world), await a_grid(world)
    await join(world, ANN, "operator", first_name="Ann <b>")
    await says(world, ANN, f"/stop {first} sell")
    assert not [text for text in await world.written() if text.startswith("Ann <b> (operator)")], "that only asks"

    await says(world, ANN, f"/pause {first} {second}")
    await says(world, ANN, f"/resume {first}")
    await says(world, ANN, "/stop")
    await press_newest(world, ANN, f"Grid {second}")
    await press_newest(world, ANN, "Stop")
    await says(world, ANN, "/panic")

    told = [text for text in await world.written() if text.startswith("Ann <b> (operator): ")]
    deeds = [text.partition(": ")[2] for text in told]
    assert deeds == [f"/pause {first} {second}", f"/resume {first}", f"/stop {second}", "/panic"]


async def test_of_what_he_does_himself_the_owner_is_not_told_by_whom(world: World) -> None:
    number = await a_grid(world)
    await world.says(f"/pause {number}")
    await world.says("/panic")

    assert not [text for text in await world.written() if "(owner)" in text]


async def test_a_member_is_no_stranger_in_a_group_that_is_not_bound(world: World) -> None:
    await join(world, ANN, "viewer")
    for user in (OWNER, ANN):
        await world.telegram.says("/status", user_id=user, chat_id=GROUP)
    await world.telegram.says("/status", user_id=STRANGER, chat_id=GROUP)
    await quiet(world)
    world.time.pass_by(61)

    told = await world.until_written("Refused in the last")
    assert "1 message of strangers" in told
    assert f"From 1 person: {STRANGER}." in told


@pytest.mark.parametrize(
    "words", ["TOPIC_CLOSED", "message thread not found", "not enough rights to send text messages to the chat"]
)
async def test_what_cannot_be_answered_in_the_group_is_answered_where_he_is_alone(world: World, words: str) -> None:
    """A panic was obeyed there, and whoever had given it heard nothing."""
    await a_grid(world)
    await join(world, ANN, "operator")
    await says(world, OWNER, "/bind", GROUP)
    refused = {"error_code": 400, "description": f"Bad Request: {words}", "times": None}
    await world.telegram.sim("fault", method="sendMessage", contains=str(GROUP), mode="error", **refused)
    before = len(await world.messages(GROUP))

    for user in (ANN, OWNER):
        done = len(world.notebook.commands)
        await world.telegram.says("/panic", user_id=user, chat_id=GROUP)
        await world.until(lambda done=done: len(world.notebook.commands) > done)  # type: ignore[misc]
        told = [one["text"] for one in await world.messages(user) if "write in the group" in one["text"]]
        assert any("Panic done" in text for text in told), told
        assert not [one for one in await world.messages(user) if one["buttons"] and one["text"] in told]
    assert len(await world.messages(GROUP)) == before


async def press_newest(world: World, user: int, label: str) -> None:
    """He presses the newest button whose words begin so."""
    done = len(world.notebook.commands)
    keys = [key for one in await world.messages(user) for row in one["buttons"] for key in row]
    await press(world, user, next(key["data"] for key in reversed(keys) if key["label"].startswith(label)))
    await world.until(lambda: len(world.notebook.commands) > done)
