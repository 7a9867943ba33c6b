"""What comes without words, or in bursts: pictures, places, forwarded lines, what Telegram itself tells of a chat."""

from itertools import count
from typing import Any

import pytest

from bot.demo.telegram import sim
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


async def test_an_album_is_one_message_to_whoever_sends_it_and_gets_one_answer() -> None:
    async with World().running() as world:
        await world.says("/version")
        for more in ({"caption": "/panic"}, {}, {"caption": "/panic"}, {"caption": "/stop 1"}):
            arrives(world, media_group_id="7", photo=[PICTURE], **more)
        await world.until(lambda: len(world.notebook.commands) == 5)

        assert (await world.written())[1:] == [
            "I read only what is typed: no pictures, voice messages or files, and not /panic, /stop 1 beneath them. "
            "Nothing was done; /panic stops everything."
        ]


async def test_what_nobody_could_know_not_to_be_obeyed_is_told_once_and_what_follows_anew() -> None:
    async with World().running() as world:
        for text in ("/status", "/status", "/stop 9", "/pnl"):
            sim.write(world.telegram.server.world, {"text": text, "forward_from": "Ben"})
        await world.until(lambda: len(world.notebook.commands) == 4)
        assert [text for text in await world.written() if "forwarded" in text] == [
            "/status, /stop 9, /pnl were forwarded, and I obey only what you write yourself: I did nothing. "
            "What you mean, please type."
        ]

        await world.says("/pnl", forward_from="Ben")
        told = [text for text in await world.written() if "forwarded" in text]
        assert len(told) == 2, "who sends more after he could read it gets another answer"
        assert told[-1].startswith("/pnl was forwarded")
