"""What takes minutes has a message that says so: its end takes that place, also where Telegram or we are away."""

import asyncio

import pytest

from bot.telegram.answers.under_way import UNDER_WAY
from tests.integration.chat_world import World, a_grid
from tests.integration.test_telegram_backtest import RANGE, Desk


async def for_ever(*_asked: object) -> None:
    """What is looked for is not found while this process lives."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("line", [f"/backtest {RANGE}", "/suggest ETH_USDC 500", "/compare 1", "/shadow", "/audit"])
async def test_what_the_end_of_the_program_interrupts_says_so_when_it_is_back(line: str) -> None:
    world = World()
    async with world.running():
        await a_grid(world)
        world.play = world.suggest = world.compare = world.replay = for_ever  # type: ignore[assignment]
        world.trader.audit_gate = asyncio.Event()
        await world.says(line)
        working = (await world.messages())[-1]["message_id"]

    async with world.running():
        said = await world.until_written("Not finished")
        assert f"Send {line.split(maxsplit=1)[0]} again" in said
        assert next(one for one in await world.messages() if one["message_id"] == working)["text"] == said

    assert world.notebook.setting(UNDER_WAY) == "[]"


@pytest.mark.parametrize("fault", [{"mode": "error", "error_code": 429, "retry_after": 25}, {"mode": "drop_before"}])
async def test_what_is_found_while_telegram_takes_nothing_is_shown_once_it_does(fault: dict[str, object]) -> None:
    async with World().running() as world:
        desk = Desk(world)
        desk.gate.clear()
        await world.says(f"/backtest {RANGE}")
        await world.until_written("candles are there")
        await world.telegram.sim("fault", method="editMessageText", times=3, **fault)
        desk.gate.set()

        tried = len(world.calls("editMessageText"))
        for _ in range(3):
            tried += 1
            await world.until(lambda tried=tried: len(world.calls("editMessageText")) >= tried)  # type: ignore[misc]
            world.time.pass_by(25)

        assert "Backtest of ETH_USDC" in await world.until_written("Verdict")
        assert world.notebook.setting(UNDER_WAY) == "[]"
