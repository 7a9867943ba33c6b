"""/version, /logs and /diag: what the program says of itself, and that no secret is in it."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.live import secrets_of
from bot.machine.program import program_version
from bot.mode import Mode
from bot.settings import Settings, read_settings
from tests.integration.chat_world import OWNER, World, a_grid
from tests.integration.check_world import KEY, SECRET, TOKEN

HEART = "https://hc.example/ping/3f1c2a77-beef-4d2e-9c1f-000000000001"
DATABASE = "postgresql+psycopg://packgrid:hunter22hunter@db.example/books"


def a_world(folder: Path, *lines: str) -> World:
    """A chat whose program has every secret that there is, and a log that somebody has written them into."""
    log = folder / "packgrid.log"
    log.write_text("".join(f"2026-11-22 09:00:0{number}.000+00:00 {line}\n" for number, line in enumerate(lines)))
    settings = read_settings(
        env_file=None,
        mode=Mode.LIVE,
        telegram_bot_token=TOKEN,
        telegram_owner_id=OWNER,
        backpack_api_key=KEY,
        backpack_api_secret=SECRET,
        database_url=DATABASE,
        heartbeat_url=HEART,
        alarm_url="https://ntfy.example/a-topic-of-mine",
        log_file=str(log),
    )
    world = World()
    world.inside = replace(world.inside, settings=settings, secrets=secrets_of(settings))
    return world


async def test_the_version_is_a_line() -> None:
    async with World().running() as world:
        (said,) = await world.says("/version")

    assert f"Packgrid {program_version()}" in said
    assert "paper" in said


async def test_the_last_lines_of_the_log_are_shown_without_secrets(tmp_path: Path) -> None:
    world = a_world(tmp_path, "INFO a <b>one</b>", f"WARNING bot two {TOKEN}", f"ERROR x three {SECRET} {HEART}")
    async with world.running():
        (said,) = await world.says("/logs")
        (trouble,) = await world.says("/logs 1 errors")

    assert "a <b>one</b>" in said, "what stands there is shown as it stands"
    assert "three" in said
    assert "three" in trouble
    assert "two" not in trouble
    assert not [secret for secret in (TOKEN, SECRET, HEART, "beef") if secret in said]


@pytest.mark.parametrize("words", ["0", "many", "5 6", "errors errors", "-1"])
async def test_what_logs_does_not_understand_is_said_with_an_example(tmp_path: Path, words: str) -> None:
    async with a_world(tmp_path, "INFO a one").running() as world:
        assert "/logs 30 errors" in (await world.says(f"/logs {words}"))[0]


async def test_without_a_log_that_is_said() -> None:
    async with World().running() as world:
        assert "There is no log" in (await world.says("/logs"))[0]


async def test_the_bundle_names_every_setting_and_holds_no_secret(tmp_path: Path) -> None:
    world = a_world(tmp_path, f"INFO a {TOKEN} and {SECRET} and {DATABASE} and {HEART}")
    async with world.running():
        await a_grid(world)
        (caption,) = await world.says("/diag")
    assert "No key and no token" in caption
    sent = world.calls("sendDocument")[-1]
    assert sent["code"] == 200
    bundle = world.inside.bundle()

    missing = [name for name in Settings.model_fields if f"\n{name.upper()}: " not in bundle]
    assert missing == []
    assert "BACKPACK_API_SECRET: set, not shown" in bundle
    assert "TELEGRAM_OWNER_ID: set, not shown" in bundle
    assert "GRID_COUNT: 3" in bundle
    assert "db.example/books" in bundle
    assert "command_log: " in bundle
    shown = [one for one in (TOKEN, SECRET, KEY, HEART, "beef", "a-topic-of-mine", "hunter22hunter") if one in bundle]
    assert shown == []


def test_a_setting_that_is_a_secret_is_one_by_its_kind() -> None:
    """A new secret is masked because of what it is, not because somebody has thought of it here."""
    secret = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr or not field.repr}

    assert secret >= {"telegram_bot_token", "backpack_api_key", "backpack_api_secret", "heartbeat_url", "alarm_url"}
