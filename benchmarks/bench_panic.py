"""/panic with 2,000 live orders in 40 grids on three markets, over sockets: how long until none of them rests."""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.desk import LEVELS, PRICES, Desk
from benchmarks.figures import show
from benchmarks.loopback import Counts, loopback_client, loopback_desk, server
from strategy.model.grid import Phase
from strategy.model.spec import GridSpec, Spacing

GRIDS = 40
TICK = 3.0
LOOK = 0.1
"""Seconds between two looks at what still rests."""
READY = b"watching\n"
APART = Decimal("0.00002")
"""How far two grids are from each other, as a part of the price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panic:
    """One panic."""

    orders: int
    gone: float
    """Seconds until nothing rested at the exchange."""
    told: float
    """Seconds until every grid was stopped in the books."""
    processor: float
    """Processor seconds of ours until then: what a loaded machine does not change."""
    calls: int


async def _measure(crowd: int | None) -> Panic:
    counts = Counts()
    with tempfile.TemporaryDirectory() as name:
        async with (
            server(Path(name), "exchange", "--market", "manual") as address,
            loopback_desk(Path(name), address, counts) as desk,
        ):
            await _fill_up(desk)
            if crowd is not None:
                desk.app.runner.dispatcher.crowd = crowd
            return await _panic(desk, address, counts)


async def _fill_up(desk: Desk) -> None:
    """Grids whose upper edge is a little above the price: nearly every level waits to buy."""
    symbols = list(PRICES)
    for number in range(GRIDS):
        symbol = symbols[number % len(symbols)]
        spec = GridSpec(
            symbol=symbol,
            spacing=Spacing.ARITHMETIC,
            grids=LEVELS,
            lower=_rounded(PRICES[symbol] * (Decimal("0.8") + number * APART)),
            upper=_rounded(PRICES[symbol] * (Decimal("1.001") + number * APART)),
            quote_per_order=Decimal(100),
            max_loss=None,
        )
        started = await desk.app.trader.start(spec)
        assert isinstance(started, int), started
    for share in (1, 2, 3, 4):  # each part has its own time: the placing is not what is measured
        await desk.until(lambda: len(desk.open_orders()) >= GRIDS * (LEVELS - 2) * share // 4)  # noqa: B023


def _rounded(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.1"))


async def _panic(desk: Desk, address: str, counts: Counts) -> Panic:
    """From the press to the last confirmation. Another process looks when nothing rests any more."""
    orders, calls = len(desk.open_orders()), counts.calls
    async with _watcher(address) as empty:
        begun, used = time.monotonic(), time.process_time()
        await desk.app.trader.panic()
        ticking = asyncio.create_task(_ticks(desk))
        await desk.until(lambda: all(grid.phase is Phase.STOPPED for grid in desk.account.grids.values()))
        told, used = time.monotonic() - begun, time.process_time() - used
        ticking.cancel()
        gone = await empty() - begun
    return Panic(orders=orders, gone=gone, told=told, processor=used, calls=counts.calls - calls)


@asynccontextmanager
async def _watcher(address: str) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """Another process that looks at the open orders; it says when (by the system's clock) there are none any more."""
    command = (sys.executable, "-m", "benchmarks.bench_panic", address)
    watching = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert watching.stdout is not None
    lines = watching.stdout
    assert await lines.readline() == READY

    async def empty() -> float:
        return float(await lines.readline())

    try:
        yield empty
    finally:
        if watching.returncode is None:
            watching.kill()
        await watching.wait()


async def _watch(address: str) -> None:
    async with loopback_client(address, Counts()) as client:
        assert await client.open_orders(), "there is something to watch"
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()
        while await client.open_orders():  # noqa: ASYNC110  # it is another process that changes
            await asyncio.sleep(LOOK)
        print(time.monotonic())


async def _ticks(desk: Desk) -> None:
    while True:
        await asyncio.sleep(TICK)
        await desk.app.reader.tick()


def _row(name: str, done: Panic) -> list[str]:
    return [name, str(done.orders), f"{done.gone:.2f}", f"{done.told:.2f}", f"{done.processor:.2f}", str(done.calls)]


def main() -> None:
    """Print the table; with an address, watch the open orders there."""
    if sys.argv[1:]:
        asyncio.run(_watch(sys.argv[1]))
        return
    rows = [
        _row("market by market", asyncio.run(_measure(None))),
        _row("one by one", asyncio.run(_measure(10**6))),
    ]
    head = ("/panic", "orders", "gone after s", "booked after s", "processor s", "calls")
    show(f"Panic: {GRIDS * LEVELS:,} orders in {GRIDS} grids", head, rows)


if __name__ == "__main__":
    main()
