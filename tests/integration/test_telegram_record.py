"""The record of commands: who asked for what, and no code or key that would make anybody somebody."""

import base64
from collections.abc import AsyncIterator

import pytest

from tests.integration.chat_world import World
from tests.integration.test_telegram_people import ANN, BEN, code_for, join, quiet, says


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_a_link_that_somebody_else_opens_first_leaves_its_code_in_no_record(world: World) -> None:
    """It makes an operator of whoever reads it in the database, a backup or /log, as long as it is good."""
    await join(world, ANN, "viewer")
    code = await code_for(world, "operator")
    await world.says(f"/start {code}")
    await says(world, ANN, f"/start {code}")
    await world.telegram.says(f"/start@packgrid_bot  {code}", user_id=ANN)
    await quiet(world)

    assert code not in "".join(one.what for one in world.notebook.asked_for(50))
    assert any(one.what.startswith("/start (code)") for one in world.notebook.asked_for(50))
    assert await says(world, BEN, f"/start {code}"), "and it is good still"


async def test_a_key_that_is_pasted_into_the_chat_goes_into_no_database(world: World) -> None:
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
    key = base64.b64encode(bytes(range(32))).decode()
    for text in (f"my token is {token}", key, f"/risk daily={key}"):
        await world.says(text)

    written = "".join(one.what for one in world.notebook.asked_for(50))
    assert "my token is [token] -> unknown" in written
    assert "/risk daily=[key] -> refused" in written
    assert token not in written
    assert key not in written
