"""Attacks on the chat that no other test plays: the rest of the table in SECURITY.md is kept where its subject is."""

from dataclasses import replace

import pytest

from bot.telegram.connection.claim import LIFE
from strategy.model.market import Asset, Symbol
from tests.integration.chat_world import LINE, OWNER, STRANGER, World, a_grid
from tests.integration.test_telegram_access import press
from tests.unit.viewing import MARKET

HOSTILE = "<b>X</b>&_USDC"


async def test_a_symbol_with_markup_in_it_is_shown_as_it_is_written() -> None:
    async with World().running() as world:
        market = replace(MARKET, symbol=Symbol(HOSTILE), base=Asset("<b>X</b>&"))
        account = world.trader.account()
        world.trader.set(markets={**account.markets, market.symbol: market})
        (unpriced, *_) = await world.says(f"/grid {HOSTILE}")
        (unknown, *_) = await world.says("/grid <i>Y</i>_USDC")
        (typed, *_) = await world.says("/<b>stop</b>")

    assert HOSTILE in unpriced
    assert "<i>Y</i>_USDC" in unknown
    assert "<b>stop</b>" in typed
    refused = [call for call in world.calls("sendMessage") if call["code"] != 200]
    assert refused == [], "Telegram could read every message"


async def test_a_press_that_is_sent_again_does_nothing_again() -> None:
    """Telegram's own update, delivered twice, and the same data under another number."""
    async with World().running() as world:
        await world.says(LINE)
        data = (await world.messages())[-1]["buttons"][0][0]["data"]
        await world.clicks("Start")
        for _ in range(3):
            await press(world, OWNER, data)
        await world.says("/version")

    assert len(world.trader.account().grids) == 1
    assert [outcome for _, outcome in world.notebook.commands].count("too old") == 3


async def test_a_button_that_another_person_got_forwarded_is_nothing_to_him() -> None:
    """A forwarded message has no buttons; whoever makes up the press has no use for the number in it."""
    async with World().running() as world:
        number = await a_grid(world)
        await world.says(f"/stop {number}")
        await world.says("/stop")
        await world.says(LINE)
        await world.telegram.says("hi", user_id=STRANGER)
        asked = list(world.trader.asked)
        for data in [key["data"] for one in await world.messages() for row in one["buttons"] for key in row]:
            await press(world, STRANGER, data)
        await world.says("/version")

        assert world.trader.asked == asked
        assert await world.messages(STRANGER) == []


async def test_a_deep_link_is_worth_nothing_once_it_was_used_or_is_late() -> None:
    async with World().running() as world:
        await world.says("/start")
        codes = [(await world.says("/invite operator"))[0].rpartition("/start ")[2].split()[0] for _ in range(2)]
        await world.telegram.says(f"/start {codes[0]}", user_id=7001)
        await world.says("/version")
        world.telegram.clock.seconds += LIFE / 1000
        for code in (*codes, codes[0][:-1], codes[0].swapcase(), ""):
            await world.telegram.says(f"/start {code}", user_id=STRANGER)
        (members,) = await world.says("/members")

        assert await world.messages(STRANGER) == []
        assert "7001" in members
        assert str(STRANGER) not in members


A_BOT = {"id": 77, "is_bot": True, "first_name": "Helper", "username": "helper_bot"}
A_CHANNEL = {"id": -1_001_557_912_346, "type": "channel", "title": "News"}


@pytest.mark.parametrize(
    "said_of",
    [
        {"via_bot": A_BOT},
        {"sender_business_bot": A_BOT},
        {"business_connection_id": "abc"},
        {"guest_query_id": "abc"},
        {"guest_bot_caller_user": A_BOT},
        {"sender_chat": A_CHANNEL},
        {"from": A_BOT},
    ],
    ids=lambda said_of: next(iter(said_of)),
)
async def test_what_a_program_or_a_channel_writes_in_the_owners_name_is_not_heard(said_of: dict[str, object]) -> None:
    async with World().running() as world:
        await a_grid(world)
        before = len(await world.written())
        await world.telegram.says("/stop 1", said_of=said_of)
        await world.says("/version")

        assert not any(one.startswith("stop") for one in world.trader.asked)
        assert len(await world.written()) == before + 1
