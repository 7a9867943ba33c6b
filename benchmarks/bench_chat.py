"""/status and a button with 20 grids trading: from the owner's finger to the answer in his chat, over sockets."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.desk import GRIDS, LEVELS, Desk, settings_of
from benchmarks.figures import median, percentile, show
from benchmarks.loopback import Counts, loopback_desk, server
from bot.live import chat_of

OWNER = 4242
NOBODYS = "123456:a-token_of_the_right_shape_and_no_more"
"""The token: the local server takes any of this shape."""
TURNS = 100
WARM = 5
"""Turns before those that count."""
TICK = 3.0
A_TURN = 6_000
"""Milliseconds that the program's clock is put forward for each turn: it answers only thirty a minute."""
WAIT = 20
SLOW = 0.95
MILLI = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Seconds from what the owner did to what he saw."""

    status: float
    button: float


@dataclass(frozen=True, slots=True)
class _Phone:
    http: httpx.AsyncClient

    async def does(self, what: str, **body: Any) -> None:
        (await self.http.post(f"/sim/{what}", json=body)).raise_for_status()

    async def sees(self, part: str) -> None:
        """Wait until the newest message of the bot holds this."""
        since = 0
        async with asyncio.timeout(WAIT):
            while True:
                asked = {"since": since, "wait": WAIT}
                chat = (await self.http.get(f"/sim/chat/{OWNER}", params=asked)).json()
                said = [one["text"] for one in chat["messages"] if one["from"] == "bot"]
                if said and part in said[-1]:
                    return
                since = chat["version"]

    async def turn(self) -> Turn:
        """/status, and under it the button that shows the orders in its place."""
        await self.does("reset")  # whoever looks is sent the whole chat: it stays short
        begun = time.monotonic()
        await self.does("message", text="/status")
        await self.sees("Balances")
        status, begun = time.monotonic() - begun, time.monotonic()
        await self.does("click", label="Orders")
        await self.sees("open orders")
        return Turn(status=status, button=time.monotonic() - begun)


@asynccontextmanager
async def _chatting(desk: Desk, folder: Path, address: str) -> AsyncIterator[_Phone]:
    settings = settings_of(
        folder, telegram_bot_token=NOBODYS, telegram_api_url=f"{address}/bot", telegram_owner_id=OWNER, language="en"
    )
    chat = chat_of(desk.app, settings)
    running = asyncio.create_task(chat.run())
    try:
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=WAIT + 5) as http:
            yield _Phone(http)
    finally:
        await chat.stop()
        await running


async def _measure() -> list[Turn]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            server(folder, "exchange", "--market", "manual") as exchange,
            server(folder, "telegram") as telegram,
            loopback_desk(folder, exchange, Counts()) as desk,
        ):
            await desk.fill_up(GRIDS)
            async with _chatting(desk, folder, telegram) as phone:
                return await _turns(desk, phone)


async def _turns(desk: Desk, phone: _Phone) -> list[Turn]:
    async with httpx.AsyncClient(base_url=phone.http.base_url, trust_env=False) as http:
        while not (await http.get("/sim/outbox")).json()["calls"]:  # noqa: ASYNC110  # the bot says that it is there
            await asyncio.sleep(TICK / 100)
    await phone.does("limits", enabled=False)
    await phone.does("message", text="/notify danger")
    while desk.app.trader.notebook.unsent(1):  # noqa: ASYNC110  # that its grids are open is told whatever was chosen
        await asyncio.sleep(TICK / 100)
    ticking = asyncio.create_task(_ticks(desk))
    done = []
    for _ in range(WARM + TURNS):
        desk.clock.ahead += A_TURN
        done.append(await phone.turn())
    ticking.cancel()
    return done[WARM:]


async def _ticks(desk: Desk) -> None:
    while True:
        await desk.app.reader.tick()
        await asyncio.sleep(TICK)


def _row(name: str, seconds: list[float]) -> list[str]:
    return [name, f"{median(seconds) * MILLI:.1f}", f"{percentile(seconds, SLOW) * MILLI:.1f}"]


def main() -> None:
    """Print the table."""
    turns = asyncio.run(_measure())
    rows = [
        _row("/status", [one.status for one in turns]),
        _row("a button: the orders in its place", [one.button for one in turns]),
    ]
    head = ("over both local servers", "median ms", "95 % ms")
    show(f"The chat: {GRIDS} grids, {GRIDS * LEVELS:,} orders, {TURNS} turns", head, rows)


if __name__ == "__main__":
    main()
