"""How updates reach a bot: offsets, long polls that push each other away, webhooks, and one real port."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import Conflict, NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest

from bot.demo.telegram.server import TelegramServer, create_app
from bot.telegram.connection import requests
from bot.telegram.connection.requests import Renewing
from tests.integration.telegram_world import TOKEN, Telegram, on_a_port

OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def texts(world: Telegram, **params: Any) -> list[str]:
    got = (await world.raw("getUpdates", **params)).json()["result"]
    return [one["message"]["text"] for one in got]


async def test_an_offset_confirms_what_is_below_it_and_a_negative_one_keeps_the_last() -> None:
    world = Telegram()
    numbers = [(await world.says(text))["update_id"] for text in "abcd"]

    assert await texts(world, limit=2) == ["a", "b"]
    assert await texts(world, offset=numbers[1]) == ["b", "c", "d"]
    assert await texts(world, offset=-1) == ["d"]
    assert await texts(world) == ["d"]
    assert await texts(world, offset=numbers[3] + 1) == []


async def test_a_poll_waits_until_something_is_said() -> None:
    world = Telegram()
    await world.raw("getMe")
    poll = asyncio.create_task(texts(world, timeout=50))
    await asyncio.sleep(0)

    await world.says("news")

    assert await poll == ["news"]


async def test_the_older_of_two_polls_is_ended_with_a_conflict() -> None:
    world = Telegram()
    older = asyncio.create_task(world.raw("getUpdates", timeout=50))
    younger = asyncio.create_task(texts(world, timeout=50))

    answer = await older

    assert answer.json() == {"ok": False, "error_code": 409, "description": OTHER_POLL}
    await world.says("for the younger")
    assert await younger == ["for the younger"]


async def test_only_the_wanted_kinds_are_kept_and_presses_not_for_long() -> None:
    world = Telegram()
    await world.raw("getUpdates", allowed_updates=["callback_query"])
    await world.says("unwanted")
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await world.raw("sendMessage", chat_id=4242, text="x", reply_markup=keyboard)
    await world.sim("click", data="go")

    (kept,) = (await world.raw("getUpdates")).json()["result"]
    assert kept["callback_query"]["data"] == "go"
    assert isinstance(kept["callback_query"]["chat_instance"], str)
    world.clock.seconds += 151
    assert (await world.raw("getUpdates")).json()["result"] == []


async def test_a_press_on_a_deleted_message_carries_an_inaccessible_one() -> None:
    world = Telegram()
    await world.says("hi")
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    sent = (await world.raw("sendMessage", chat_id=4242, text="x", reply_markup=keyboard)).json()["result"]
    await world.raw("deleteMessage", chat_id=4242, message_id=sent["message_id"])

    await world.sim("click", label="Go", message_id=sent["message_id"])

    press = (await world.raw("getUpdates")).json()["result"][-1]["callback_query"]
    assert press["message"]["date"] == 0


async def test_in_a_group_a_bot_hears_only_commands() -> None:
    world = Telegram()
    await world.says("hello all", chat_id=-100, user_id=7)
    await world.says("/status", chat_id=-100, user_id=7)

    (update,) = (await world.raw("getUpdates")).json()["result"]

    assert update["message"]["chat"] == {"id": -100, "type": "supergroup", "title": "Group"}
    assert update["message"]["from"]["id"] == 7


async def test_on_a_real_port_two_pollers_conflict_and_a_broken_connection_is_a_network_error() -> None:
    telegram = TelegramServer()
    async with on_a_port(create_app(telegram)) as address, httpx.AsyncClient(base_url=address) as person:
        async with Bot(TOKEN, base_url=f"{address}/bot") as one, Bot(TOKEN, base_url=f"{address}/bot") as two:
            polls = {asyncio.create_task(bot.get_updates(timeout=20)) for bot in (one, two)}
            ended, (younger,) = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
            with pytest.raises(Conflict):
                await ended.pop()
            await person.post("/sim/message", json={"text": "hi"})
            assert [update.message and update.message.text for update in await younger] == ["hi"]

            await person.post("/sim/fault", json={"method": "sendMessage", "mode": "disconnect"})
            with pytest.raises(NetworkError):
                await one.send_message(4242, "did it arrive?")
        chat = (await person.get("/sim/chat/4242")).json()
        assert chat["messages"][-1]["text"] == "did it arrive?"
        telegram.close()


async def test_a_webhook_gets_the_updates_with_its_secret_and_polls_are_refused() -> None:
    taken: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    async def receive(request: Request) -> Response:
        await taken.put((request.headers["x-telegram-bot-api-secret-token"], await request.json()))
        return Response()

    world = Telegram()
    async with on_a_port(Starlette(routes=[Route("/hook", receive, methods=["POST"])])) as address:
        assert (await world.raw("setWebhook", url=f"{address}/hook", secret_token="s3cret")).json()["result"] is True
        await world.says("pushed")
        secret, update = await taken.get()
        assert (secret, update["message"]["text"]) == ("s3cret", "pushed")
        refused = await world.raw("getUpdates")
        assert "while webhook is active" in refused.json()["description"]
        assert (await world.raw("deleteWebhook")).json()["result"] is True
        world.server.close()


async def test_calls_that_were_given_up_while_they_connected_silence_nobody() -> None:
    """The library keeps the place of such a call for ever: here it has only one."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n5")
        writer.close()

    made: list[HTTPXRequest] = []

    def make() -> BaseRequest:
        made.append(HTTPXRequest(connection_pool_size=1, pool_timeout=0.05, httpx_kwargs={"trust_env": False}))
        return made[-1]

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, Renewing(make) as request:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        calls = [asyncio.create_task(request.do_request(address, "GET")) for _ in range(2)]
        await asyncio.sleep(0)
        for given_up in calls:
            given_up.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert await request.do_request(address, "GET") == (200, b"5")
    assert len(made) == 2


async def test_another_time_out_is_no_reason_for_new_connections() -> None:
    made: list[BaseRequest] = []

    class Slow(HTTPXRequest):
        async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
            raise TimedOut from httpx.ReadTimeout("")

    def make() -> BaseRequest:
        made.append(Slow())
        return made[-1]

    async with Renewing(make) as request:
        with pytest.raises(TimedOut):
            await request.do_request("http://127.0.0.1/", "GET")
    assert len(made) == 1


async def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(HTTPXRequest):
        async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    monkeypatch.setattr(requests, "CALL_SECONDS", 0.0)
    async with Renewing(Endless) as request:
        with pytest.raises(TimedOut, match="no whole answer"):
            await request.do_request("http://127.0.0.1/", "GET")
