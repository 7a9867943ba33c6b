"""The local servers as processes of their own, and the real client against them: for what crosses a socket."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx

from benchmarks.desk import KEY, SECRET, USDC, Desk, trading
from exchange.backpack.budget import Budget
from exchange.backpack.client import BackpackClient
from exchange.backpack.rest import http_client
from exchange.backpack.signing import Signer
from exchange.backpack.stream import BackpackStream
from exchange.news import StreamEvent
from strategy.model.market import Symbol

UNPACED = 1_000_000
"""Calls a minute: the pace that Backpack asks for would be timed otherwise."""


@asynccontextmanager
async def process(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`packgrid` with these arguments, killed at the end of the block: whatever it held is thrown away."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


@asynccontextmanager
async def server(folder: Path, *arguments: str) -> AsyncIterator[str]:
    """A local server; gives its address."""
    async with process(folder, *arguments, "--port", "0") as running:
        assert running.stdout is not None
        line = (await running.stdout.readline()).decode()
        found = re.search(r"http://[\d.]+:\d+", line)
        assert found, line
        yield found[0]


@dataclass(slots=True)
class Counts:
    """What was asked of the exchange, and what was heard from it."""

    calls: int = 0
    heard: asyncio.Queue[StreamEvent] = field(default_factory=asyncio.Queue)


@asynccontextmanager
async def loopback_desk(folder: Path, address: str, counts: Counts) -> AsyncIterator[Desk]:
    """The program against a server at `address`, with its stream."""
    async with AsyncExitStack() as stack:
        human = await stack.enter_async_context(httpx.AsyncClient(base_url=address, trust_env=False))
        opened = {"api_key": KEY, "balances": {asset: str(amount) for asset, amount in USDC.items()}}
        (await human.post("/sim/account", json=opened)).raise_for_status()
        client = await stack.enter_async_context(loopback_client(address, counts))

        async def walk(symbol: Symbol, price: Decimal) -> None:
            (await human.post("/sim/price", json={"symbol": symbol, "price": str(price)})).raise_for_status()

        # Another process may go on with the database: it belongs to this address.
        desk = await stack.enter_async_context(trading(client, folder, walk, backpack_api_url=address))
        await stack.enter_async_context(_stream(address, client, desk, counts))
        yield desk


@asynccontextmanager
async def loopback_client(address: str, counts: Counts) -> AsyncIterator[BackpackClient]:
    """The real client, which keeps no pace and counts its calls."""

    async def count(_: httpx.Request) -> None:
        counts.calls += 1

    async with http_client() as http:
        http.event_hooks["request"].append(count)
        budget = Budget(a_minute=UNPACED, burst=UNPACED, longest_wait=30)
        yield BackpackClient(address, Signer(KEY, SECRET), http=http, budget=budget)


@asynccontextmanager
async def _stream(address: str, client: BackpackClient, desk: Desk, counts: Counts) -> AsyncIterator[None]:
    def hear(event: StreamEvent) -> None:
        desk.app.reader.hear(event)
        counts.heard.put_nowait(event)
        desk.happened.set()

    url = f"{address.replace('http', 'ws', 1)}/ws"
    stream = BackpackStream(url, Signer(KEY, SECRET), (), hear, clock=client.now)
    desk.app.runner.after_drain.append(lambda _: stream.watch(desk.app.reader.prices.symbols()))
    listening = asyncio.create_task(stream.run())
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.wait([listening])
