"""A code of the authenticator app before much money is put at risk; what takes risk away never asks for one."""

from decimal import Decimal
from typing import Any

import pytest

from bot.machine.totp import STEP, code_at
from strategy.model.account import Halt
from tests.integration.chat_world import LINE, OWNER, World, a_grid

SECRET = b"12345678901234567890"


def a_world(above: str | None = "100") -> World:
    return World(totp=(SECRET, None if above is None else Decimal(above)))


def code(world: World, steps: int = 0) -> str:
    return code_at(SECRET, world.time.now() + steps * STEP)


async def test_a_start_above_the_sum_begins_only_with_the_code_of_now() -> None:
    async with a_world().running() as world:
        await world.says(LINE)
        assert "Type the six digits" in (await world.clicks("Start"))[0]
        assert "Nothing was done" in (await world.says("000000"))[0]
        assert not world.trader.account().grids

        right = code(world)
        await world.says(f"{right[:3]} {right[3:]}")
        await world.until_written("is open on")

        assert len(world.trader.account().grids) == 1
        assert right not in "".join(text for text, _ in world.notebook.commands), "no code stands in the record"
        await world.says(LINE)
        await world.clicks("Start")
        assert "used already" in (await world.says(right))[0]
        assert len(world.trader.account().grids) == 1


async def test_a_small_start_asks_for_none_and_without_a_sum_every_start_does() -> None:
    async with a_world("100000").running() as world:
        assert await a_grid(world)
    async with a_world(None).running() as world:
        await world.says(LINE)
        assert "Type the six digits" in (await world.clicks("Start"))[0]


async def test_the_question_can_be_left_and_survives_a_restart() -> None:
    world = a_world()
    async with world.running():
        await world.says(LINE)
        await world.clicks("Start")
    async with world.running():
        await world.says(code(world))
        await world.until_written("is open on")
        await world.says(LINE)
        await world.clicks("Start")
        await world.says("/cancel")
        world.telegram.clock.seconds += 60
        assert "I only understand commands" in (await world.says(code(world)))[0]

    assert len(world.trader.account().grids) == 1


async def test_after_five_wrong_codes_none_is_taken_and_stopping_still_works() -> None:
    async with a_world().running() as world:
        await world.says(LINE)
        await world.clicks("Start")
        said = [(await world.says("111111"))[0] for _ in range(5)]
        assert "none is taken for 15 min" in said[-1]
        await world.says(LINE)
        assert "none is taken for 15 min" in (await world.clicks("Start"))[0]
        assert not world.trader.account().grids
        await world.says("/panic")

        assert world.trader.asked[-1] == "panic"


@pytest.mark.parametrize("text", ["/stop 1", "/pause 1", "/panic"])
async def test_what_takes_risk_away_asks_for_no_code(text: str) -> None:
    async with a_world().running() as world:
        await world.says(LINE)
        await world.clicks("Start")
        await world.says(code(world))
        await world.until_written("is open on")
        await world.says(text)

        assert world.trader.asked[-1].startswith(text.split(maxsplit=1)[0].removeprefix("/"))


async def test_wider_limits_ask_for_a_code_and_narrower_ones_do_not() -> None:
    async with a_world().running() as world:
        await world.says("/risk daily=150")
        assert world.trader.asked[-1] == "daily 150"
        await world.says("/risk daily=5000")
        asked: list[Any] = list(world.trader.asked)
        assert "Type the six digits" in (await world.clicks("Apply"))[0]
        assert world.trader.asked == asked
        await world.says(code(world))

        assert world.trader.asked[-1] == "daily 5000"


async def test_a_wider_limit_asks_for_a_code_however_little_money_goes_with_it() -> None:
    """One more USDC an order beside `maxloss=off` made it a change of three USDC, which needed none."""
    async with a_world("200").running() as world:
        number = await a_grid(world)
        await world.says(f"/tune {number} usdc=51 maxloss=off")

        assert "Type the six digits" in (await world.clicks("Apply"))[0]
        assert world.trader.account().grids[number].spec.max_loss is not None
        await world.says(code(world))
        assert world.trader.account().grids[number].spec.max_loss is None
        await world.says(f"/tune {number} usdc=52")
        assert "is tuned" in (await world.clicks("Apply"))[0], "little money by itself needs none"


async def test_small_starts_need_no_code_until_they_are_a_large_one_together() -> None:
    world = a_world("320")
    async with world.running():
        await a_grid(world)
        await world.says(LINE)
        await world.clicks("Start")
        assert len(world.trader.account().grids) == 2
    async with world.running():
        await world.says(LINE)
        assert "with what needed no code within 24 hours" in (await world.clicks("Start"))[0]
        assert len(world.trader.account().grids) == 2, "also after a restart"


@pytest.mark.parametrize("typed", [True, False])
async def test_what_a_loss_limit_has_stopped_trades_on_only_with_a_code(typed: bool) -> None:
    async with a_world().running() as world:
        world.trader.set(halt=Halt.DAILY_LOSS)
        said = await world.says("/resume" if typed else "/decide")
        said = said if typed else await world.clicks("Resume all")

        assert "Type the six digits" in said[0]
        assert "resume" not in "".join(world.trader.asked)
        await world.says(code(world))
        assert "resume" in world.trader.asked[-1]


async def test_in_a_group_the_code_is_asked_for_in_private() -> None:
    async with a_world().running() as world:
        await world.says("/start")
        group = -100_500
        done = len(world.notebook.commands)
        for text in ("/bind", LINE):
            await world.telegram.says(text, chat_id=group)
        await world.until(lambda: len(world.notebook.commands) == done + 2)
        await world.telegram.sim("click", label="Start", user_id=OWNER, chat_id=group)
        await world.until(lambda: len(world.notebook.commands) == done + 3)
        said = [one["text"] for one in await world.messages(group)]
        assert "where nobody reads along" in said[-1]
        await world.says(code(world))

        await world.until_written("is open on")
