"""What comes without words: pictures, places, and what Telegram itself tells of a chat. None answers a question."""

from itertools import count
from typing import Any

import pytest

from bot.demo.telegram.updates import push
from tests.integration.chat_world import LINE, OWNER, World

PICTURE = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
_numbers = count(900)


def arrives(world: World, kind: str = "message", **content: Any) -> None:
    """Something of the owner's, as Telegram would deliver it."""
    telegram = world.telegram.server.world
    chat = {"id": OWNER, "type": "private", "first_name": "Sam"}
    head = {"message_id": next(_numbers), "date": int(telegram.now() // 1000), "chat": chat}
    push(telegram, telegram.current_bot(), kind, head | {"from": telegram.know(OWNER).json()} | content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"photo": [PICTURE], "caption": "/panic"}, "not /panic beneath one. Nothing was done"),
        ({"voice": {"file_id": "a", "file_unique_id": "b", "duration": 1}}, "not the words beneath one"),
        ({"dice": {"emoji": "x", "value": 3}}, "not the words beneath one"),
    ],
)
async def test_what_is_no_words_is_answered_and_answers_no_question(content: dict[str, Any], says: str) -> None:
    async with World().running() as world:
        world.trader.live_word_needed = True
        await world.says(LINE)
        await world.clicks("Start")

        arrives(world, **content)
        assert says in await world.until_written("I read only what is typed")
        assert world.trader.asked == []

        await world.says("LIVE")
        assert world.trader.asked == ["start ETH_USDC"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("message", {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86_400}}),
        ("message", {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": OWNER, "type": "private"}}}),
        ("edited_message", {"location": {"longitude": 1.0, "latitude": 1.0}}),
    ],
)
async def test_what_telegram_tells_of_a_chat_is_no_word_of_anybody(kind: str, content: dict[str, Any]) -> None:
    async with World().running() as world:
        world.trader.live_word_needed = True
        await world.says(LINE)
        await world.clicks("Start")
        written = len(await world.written())

        arrives(world, kind, **content)
        await world.says("LIVE")

        assert world.trader.asked == ["start ETH_USDC"]
        assert not [one for one in (await world.written())[written:] if "only" in one or "edited" in one]
