"""What stands of people: in the record of commands no code or key, in lists no name that looks like something else."""

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


async def test_whoever_calls_himself_by_anothers_number_protects_nobody_from_being_removed(world: World) -> None:
    await join(world, ANN, "operator", first_name="Ann")
    await join(world, BEN, "viewer", first_name=str(ANN))

    assert "Ann" in (await world.says(f"/revoke {ANN}"))[0]
    (said,) = await world.says("/members")
    assert "Ann" not in said
    assert f"({BEN}): viewer" in said


async def test_two_of_one_name_are_told_apart_on_their_buttons(world: World) -> None:
    await join(world, ANN, "operator", first_name="Ann")
    await join(world, BEN, "viewer", first_name="Ann")
    await world.says("/members")

    await world.clicks(f"Remove Ann ({BEN})")
    (said,) = await world.says("/members")
    assert f"({ANN}): operator" in said
    assert str(BEN) not in said


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202erotarepo \u2066An\u200bn", "rotarepo Ann"),
        ("Z" + "\u0351\u0352\u0353" * 40 + "oe", "Z\u0353\u0353oe"),
        ("Ann\nThe owner\u2028Ben", "Ann The owner Ben"),
        ("\u200f\u202e", str(ANN)),
        ("Zoë 张伟", "Zoë 张伟"),
    ],
)
async def test_a_name_turns_nothing_around_and_piles_nothing_up(world: World, name: str, shown: str) -> None:
    await join(world, ANN, "viewer", first_name=name)
    (said,) = await world.says("/members")
    assert f"\n{shown} ({ANN}): viewer" in said
