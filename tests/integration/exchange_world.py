"""A local Backpack in process, with a clock that stands still, and a caller that signs like the reference says."""

import asyncio
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
from nacl.signing import SigningKey

from bot.demo.backpack.limits import Rates
from bot.demo.backpack.server import LocalBackpack, build
from bot.demo.backpack.streams import BEAT
from exchange.paper.rules import Choices

NOW = 1_750_793_021_519
SEED = bytes(range(32))
API_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SECRET = b64encode(SEED).decode()
SYMBOL = "ETH_USDC"


class World:
    """The exchange, its clock, and one account's calls."""

    def __init__(
        self,
        market: str = "manual",
        *,
        state_file: Path | None = None,
        choices: Choices | None = None,
        rates: Rates | None = None,
    ) -> None:
        self.now = NOW
        self.slept: list[float] = []
        self._beats: asyncio.Queue[None] = asyncio.Queue()
        self.local: LocalBackpack = build(
            market,
            state_file=state_file,
            clock=lambda: self.now,
            sleep=self._sleep,
            choices=choices,
            rates=rates,
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.local.app()), base_url="http://127.0.0.1:8090")

    async def _sleep(self, seconds: float) -> None:
        """Nobody waits, but what the sockets send by time is sent when `beat` says so."""
        if seconds == BEAT:
            await self._beats.get()
        else:
            self.slept.append(seconds)

    def beat(self, times: int = 1) -> None:
        """So many fifths of a second have passed for the sockets."""
        for _ in range(times):
            self._beats.put_nowait(None)

    async def sim(self, what: str, **body: object) -> Any:
        """A command of the control side."""
        answer = await self.http.post(f"/sim/{what}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def open(self, **balances: str) -> None:
        """Open the account; 10,000 USDC and 2 ETH unless said otherwise."""
        await self.sim("account", api_key=API_KEY, balances=balances or {"USDC": "10000", "ETH": "2"})

    async def state(self) -> Any:
        """What the control side shows of the account."""
        return (await self.http.get("/sim/state", params={"api_key": API_KEY})).json()

    async def call(
        self,
        method: str,
        path: str,
        instruction: str,
        params: dict[str, Any] | list[dict[str, Any]] | None = None,
        *,
        seed: bytes = SEED,
        signed_at: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """A signed call: parameters in the query of a GET, in the body of everything else."""
        timestamp = self.now if signed_at is None else signed_at
        items = params if isinstance(params, list) else [params or {}]
        text = "&".join(f"instruction={instruction}{_sorted(item)}" for item in items)
        signature = SigningKey(seed).sign(f"{text}&timestamp={timestamp}&window=5000".encode()).signature
        signing = {
            "X-API-Key": API_KEY,
            "X-Signature": b64encode(signature).decode(),
            "X-Timestamp": str(timestamp),
            "X-Window": "5000",
        }
        query = params if method == "GET" and isinstance(params, dict) else None
        body = None if method == "GET" else json.dumps(params or {})
        return await self.http.request(method, path, params=query, content=body, headers=signing | (headers or {}))

    async def place(self, side: str, price: str | None, quantity: str | None, **more: object) -> httpx.Response:
        """A post-only limit order, unless told otherwise; None leaves a member out."""
        order: dict[str, object] = {"symbol": SYMBOL, "side": side, "orderType": "Limit", "postOnly": True}
        order |= {"price": price, "quantity": quantity, **more}
        given = {name: value for name, value in order.items() if value is not None}
        return await self.call("POST", "/api/v1/order", "orderExecute", given)

    async def fills(self, **filters: Any) -> Any:
        """The fill history."""
        return (await self.call("GET", "/wapi/v1/history/fills", "fillHistoryQueryAll", filters)).json()


def _sorted(params: dict[str, Any]) -> str:
    return "".join(f"&{name}={_text(params[name])}" for name in sorted(params))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
