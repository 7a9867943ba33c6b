"""Codes, names and the word that binds a group, with what nobody sees and comes along with what is pasted."""

from collections.abc import AsyncIterator

import pytest

from bot.demo.telegram.updates import push
from tests.integration.chat_world import OWNER, World
from tests.integration.test_telegram_people import ANN, GROUP, code_for, join, says


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        await running.says("/start")
        yield running


async def test_an_invitation_is_taken_with_the_marks_that_nobody_sees(world: World) -> None:
    code = await code_for(world, "viewer")

    (hello,) = await says(world, ANN, f"\u200e/start \u200b{code}\ufeff")

    assert hello.startswith("Your role here is viewer.")


@pytest.mark.parametrize("typed", ["\u200e/bind", "/bind\u200b", "／bind", "/bind。", "、bind", "/BIND\ufe0f"])
async def test_a_group_is_bound_as_any_command_is_read(world: World, typed: str) -> None:
    """Where the bot may read all that is written there."""
    await world.telegram.says("hello", chat_id=GROUP)
    telegram, done = world.telegram.server.world, len(world.notebook.commands)
    chat = {"id": GROUP, "type": "group", "title": "Desk"}
    message = {"message_id": 900, "date": telegram.now() // 1000, "chat": chat, "text": typed}
    push(telegram, telegram.current_bot(), "message", message | {"from": telegram.know(OWNER).json()})
    await world.until(lambda: len(world.notebook.commands) > done)

    assert "I answer here" in (await world.messages(GROUP))[-1]["text"]


async def test_a_member_whose_name_has_marks_that_nobody_sees_is_removed_by_it(world: World) -> None:
    name = "Ann\u200d\ufe0f"
    await join(world, ANN, "viewer", first_name=name)

    assert "Ann" in (await world.says(f"/revoke {name}"))[0]

    assert "Nobody else" in (await world.says("/members"))[0]
