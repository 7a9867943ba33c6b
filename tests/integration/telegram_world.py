"""A chat for tests: the local Bot API in process, a real python-telegram-bot on one side, a person on the other."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.demo.telegram.server import TelegramServer, create_app

TOKEN = "123456:TEST-token_of_the_right_shape"
ADDRESS = "http://127.0.0.1:8081"


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0

    def __call__(self) -> float:
        return self.seconds


class Telegram:
    def __init__(self, *, limits: bool = False, state_file: Path | None = None) -> None:
        self.clock = Clock()
        self.server = TelegramServer(clock=self.clock, limits=limits, state_file=state_file)
        self.transport = httpx.ASGITransport(app=create_app(self.server))
        self.http = httpx.AsyncClient(transport=self.transport, base_url=ADDRESS)

    @asynccontextmanager
    async def bot(self, token: str = TOKEN) -> AsyncIterator[Bot]:
        made = Bot(
            token,
            base_url=f"{ADDRESS}/bot",
            base_file_url=f"{ADDRESS}/file/bot",
            request=self.request(),
            get_updates_request=self.request(),
        )
        async with made:
            yield made

    def request(self) -> HTTPXRequest:
        return HTTPXRequest(httpx_kwargs={"transport": self.transport})

    async def says(self, text: str, **more: Any) -> dict[str, Any]:
        return await self.sim("message", text=text, **more)

    async def sim(self, act: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/sim/{act}", json=body)
        assert answer.status_code == 200, answer.text
        got: dict[str, Any] = answer.json()
        return got

    async def chat(self, chat_id: int = 4242, **query: Any) -> dict[str, Any]:
        got: dict[str, Any] = (await self.http.get(f"/sim/chat/{chat_id}", params=query)).json()
        return got

    async def raw(self, method: str, *, token: str = TOKEN, **params: Any) -> httpx.Response:
        return await self.http.post(f"/bot{token}/{method}", json=params)


@asynccontextmanager
async def on_a_port(app: Starlette) -> AsyncIterator[str]:
    """The app on a real socket of loopback, as long as the block lasts; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def a_picture(width: int = 4, height: int = 3) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\0" + b"\x88" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
