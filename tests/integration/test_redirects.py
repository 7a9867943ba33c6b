"""Whoever answers a call may not send it on: what it carries, a signature or the bot's token, is for one server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import TelegramError
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request as Handshake
from websockets.http11 import Response as Answer

from bot.second_channel import Priority, ping, shout
from bot.telegram.connection.polling import Ear
from bot.telegram.connection.requests import request_of
from exchange.backpack.client import BackpackClient
from exchange.backpack.signing import Signer
from exchange.backpack.stream import BackpackStream
from exchange.news import Disconnected, StreamEvent
from exchange.port import ExchangeError
from tests.contract.scripted import API_KEY, SECRET
from tests.integration.telegram_world import TOKEN, on_a_port

METHODS = ["GET", "POST", "DELETE"]


class Elsewhere:
    """Another server, and one that sends everybody to it."""

    def __init__(self, status: int) -> None:
        self.status, self.heard, self.asked = status, list[str](), list[str]()

    async def take(self, request: Request) -> Response:
        self.heard.append(str(request.url))
        return Response("{}")

    @asynccontextmanager
    async def from_here(self) -> AsyncIterator[str]:
        """The address of the one that sends on."""
        async with on_a_port(Starlette(routes=[Route("/{path:path}", self.take, methods=METHODS)])) as there:

            async def send_on(request: Request) -> Response:
                self.asked.append(request.url.path)
                if request.url.path == "/api/v1/time":
                    return Response("1790000000000")
                return RedirectResponse(there + request.url.path, self.status)

            async with on_a_port(Starlette(routes=[Route("/{path:path}", send_on, methods=METHODS)])) as here:
                yield here


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_stream_that_is_sent_on_to_another_server_signs_nothing_there(status: int) -> None:
    """The library went there, and the key, a good signature and the belief in what was told went with it."""
    heard, told = list[str](), list[StreamEvent]()
    is_refused = asyncio.Event()

    async def take(socket: ServerConnection) -> None:
        heard.append(socket.request.path if socket.request else "")

    def hear(event: StreamEvent) -> None:
        told.append(event)
        is_refused.set()

    async with serve(take, "127.0.0.1", 0) as elsewhere:
        there = f"ws://127.0.0.1:{elsewhere.sockets[0].getsockname()[1]}/ws"

        def send_on(socket: ServerConnection, _: Handshake) -> Answer:
            answer = socket.respond(HTTPStatus(status), "")
            answer.headers["Location"] = there
            return answer

        async with serve(take, "127.0.0.1", 0, process_request=send_on) as server:
            here = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
            running = asyncio.create_task(BackpackStream(here, Signer(API_KEY, SECRET), (), hear).run())
            await is_refused.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert heard == []
    assert isinstance(told[0], Disconnected)
    assert str(status) in told[0].text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_call_that_is_sent_on_to_another_server_never_gets_there(status: int) -> None:
    elsewhere = Elsewhere(status)
    async with elsewhere.from_here() as here:
        client = BackpackClient(here, Signer(API_KEY, SECRET))
        with pytest.raises(ExchangeError):
            await client.account()
        await client.close()

        asks = request_of(Ear(lambda: 0))
        with pytest.raises(TelegramError):
            await Bot(TOKEN, base_url=f"{here}/bot", request=asks).send_message(1, "x")
        await asks.shutdown()

        assert await ping(f"{here}/beat-secret") == f"it answers {status}"
        told = await shout(f"{here}/alarm-secret", title="Packgrid", text="x", priority=Priority.LOW)
        assert told == f"it answers {status}"
    assert len(elsewhere.asked) >= 5
    assert elsewhere.heard == []
