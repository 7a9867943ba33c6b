"""Both local servers on real sockets for `packgrid check`, the settings that fit them, and what the check says."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo.backpack.server import LocalBackpack, build, milliseconds
from bot.demo.servers import HOST, serving
from bot.demo.telegram.server import TelegramServer, create_app
from bot.mode import Mode
from bot.settings import Settings, read_settings
from exchange.paper.accounts import Account
from strategy.model.market import Asset

TOKEN = "20002:a-bot-token-for-the-check-0123456789"
SEED = b"packgrid check: the seed of tests"[:32]
SECRET = b64encode(SEED).decode()
KEY = b64encode(bytes(SigningKey(SEED).verify_key)).decode()
NOBODY = f"http://{HOST}:9"
"""Where nothing listens."""


class Servers:
    """Both local servers, and the settings that fit them."""

    def __init__(self, folder: Path) -> None:
        self.offset = 0
        self.local: LocalBackpack = build("manual", clock=lambda: milliseconds() + self.offset)
        self.telegram = TelegramServer()
        self.folder = folder
        self.mounts = folder / "mountinfo"
        """Of a machine with one drive."""
        self.mounts.write_text("25 1 8:1 / / rw - ext4 /dev/sda1 rw\n", encoding="utf-8")
        self.ports = (0, 0)
        self.status: dict[str, object] = {"status": "Ok", "message": None}
        self.held: Account | None = None

    def open(self, usdc: str = "1000") -> Account:
        """The account of the key."""
        self.held = self.local.venue.open_account(KEY, {Asset("USDC"): Decimal(usdc)})
        return self.held

    def settings(self, **other: Any) -> Settings:
        """Live, with everything right unless said otherwise."""
        exchange, telegram = (f"http://{HOST}:{port}" for port in self.ports)
        right = {
            "mode": Mode.LIVE,
            "telegram_bot_token": TOKEN,
            "telegram_api_url": f"{telegram}/bot",
            "telegram_owner_id": 4242,
            "backpack_api_key": KEY,
            "backpack_api_secret": SECRET,
            "backpack_api_url": exchange,
            "database_url": f"sqlite:///{self.folder / 'packgrid.db'}",
        }
        return read_settings(env_file=None, **(right | other))

    async def _status(self, _: Request) -> JSONResponse:
        return JSONResponse(self.status)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Servers"]:
        """On real sockets while the block runs."""
        app = Starlette(routes=[Route("/api/v1/status", self._status), *self.local.routes()])
        async with serving(app, 0) as first, serving(create_app(self.telegram), 0) as second:
            self.ports = first, second
            yield self


class Said:
    """What the check printed."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text
        rows = [re.fullmatch(r"(good |WRONG)  ([\w-]+) +(.*)", line) for line in text.splitlines()]
        assert all(rows), text
        self.good = {row[2]: row[3] for row in rows if row and row[1] == "good "}
        self.wrong = {row[2]: row[3] for row in rows if row and row[1] == "WRONG"}
