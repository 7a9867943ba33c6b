"""A bare yes answers the one question right above it, and in any doubt does nothing and says what to press or type."""

from collections.abc import AsyncIterator

import pytest

from bot.telegram.answers.conversation import BUTTON_LIFE
from strategy.model.orders import GridId
from tests.integration.chat_world import LINE, World, a_grid, hold_coins

WHICH = "Nothing was done: I can't tell which question you say yes to."


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


@pytest.mark.parametrize("yes", ["yes", "ok", "OK.", "Yes!", "确认", "是", "好", "好的。"])
async def test_a_bare_yes_starts_what_the_preview_right_above_it_shows(world: World, yes: str) -> None:
    """It was answered with how to type other figures."""
    await world.says(LINE)
    await world.says(yes)

    assert world.trader.asked == ["start ETH_USDC"]
    assert world.notebook.commands[-1] == (f"{yes} [start]", "done")


async def test_it_applies_a_tuning_and_a_limit_and_sells_as_shown(world: World) -> None:
    number = await a_grid(world)
    await world.says("/tune 1 usdc=60")
    assert "is tuned" in (await world.says("ok"))[0]

    await world.says("/risk daily=off")
    await world.says("好")
    assert world.trader.account().daily_loss is None

    await hold_coins(world, number)
    world.trader.asked.clear()
    await world.says("/stop 1 sell")
    await world.says("yes")
    assert len(world.trader.asked) == 1


async def test_an_ok_to_anything_that_came_in_between_starts_nothing(world: World) -> None:
    await world.says(LINE)
    await world.says("/status")

    [said] = await world.says("ok")

    assert said.startswith(WHICH)
    assert "/grid yes" in said
    assert world.trader.asked == []


async def test_of_several_open_questions_none_is_guessed(world: World) -> None:
    await a_grid(world)
    world.trader.asked.clear()
    await world.says(LINE)
    await world.says("/tune 1 usdc=60")

    [said] = await world.says("yes")

    assert said.startswith(WHICH)
    assert "/grid yes, /tune 1 yes" in said
    assert world.trader.account().grids[GridId(1)].spec.quote_per_order == 50
    assert world.trader.asked == []


async def test_a_reply_says_which_of_them_is_meant(world: World) -> None:
    await a_grid(world)
    await world.says("/risk daily=off")
    asked = (await world.messages())[-1]["message_id"]
    await world.says("/tune 1 usdc=60")

    await world.says("yes", reply_to=asked)

    assert world.trader.account().daily_loss is None
    assert world.trader.account().grids[GridId(1)].spec.quote_per_order == 50


async def test_a_card_with_several_ways_is_no_question_for_a_yes(world: World) -> None:
    number = await a_grid(world)
    await hold_coins(world, number)
    world.trader.asked.clear()
    await world.says("/stop")

    [said] = await world.says("yes")

    assert said.startswith(WHICH)
    assert "/stop 1 sell yes, /stop 1 slowly yes, /stop 1 breakeven yes" in said
    assert world.trader.asked == []


async def test_what_is_too_old_or_done_is_nothing_to_say_yes_to(world: World) -> None:
    assert (await world.says("yes"))[0].startswith("There is nothing to say yes to")
    await world.says(LINE)
    world.time.pass_by(BUTTON_LIFE / 1000 + 1)
    assert (await world.says("yes"))[0].startswith("There is nothing to say yes to")
    await world.says(LINE)
    await world.clicks("Cancel")
    assert (await world.says("好"))[0].startswith("There is nothing to say yes to")
    assert world.trader.asked == []


async def test_an_answer_to_a_question_in_words_stays_one(world: World) -> None:
    await world.says(LINE)
    await world.says("/grid")

    assert not (await world.says("yes"))[0].startswith(WHICH)
    assert world.trader.asked == []


async def test_an_ok_that_telegram_sends_by_itself_starts_nothing(world: World) -> None:
    """A scheduled one, or the greeting of a shop: whoever wrote it had not seen the question."""
    await world.says(LINE)

    [said] = await world.says("ok", said_of={"is_from_offline": True})

    assert said.startswith(WHICH)
    assert world.trader.asked == []
