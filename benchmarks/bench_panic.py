"""/panic with 2,000 live orders in 40 grids on three markets, over sockets: how long until none of them rests."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.desk import LEVELS, PRICES, Desk
from benchmarks.figures import show
from benchmarks.loopback import Counts, loopback_desk, server
from strategy.grid import MAX_GRIDS, GridSpec, Phase, Spacing

TICK = 3.0
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
            return await _panic(desk, counts)


async def _fill_up(desk: Desk) -> None:
    """Grids whose upper edge is a little above the price: nearly every level waits to buy."""
    symbols = list(PRICES)
    for number in range(MAX_GRIDS):
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
        await desk.until(lambda: len(desk.open_orders()) >= MAX_GRIDS * (LEVELS - 2) * share // 4)  # noqa: B023


def _rounded(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.1"))


async def _panic(desk: Desk, counts: Counts) -> Panic:
    orders, calls, begun = len(desk.open_orders()), counts.calls, time.perf_counter()
    await desk.app.trader.panic()
    ticking = asyncio.create_task(_ticks(desk))
    gone = 0.0
    while not gone:
        if not await desk.app.reader.exchange.open_orders():
            gone = time.perf_counter() - begun
    await desk.until(lambda: all(grid.phase is Phase.STOPPED for grid in desk.account.grids.values()))
    ticking.cancel()
    return Panic(orders=orders, gone=gone, told=time.perf_counter() - begun, calls=counts.calls - calls)


async def _ticks(desk: Desk) -> None:
    while True:
        await asyncio.sleep(TICK)
        await desk.app.reader.tick()


def _row(name: str, done: Panic) -> list[str]:
    return [name, str(done.orders), f"{done.gone:.2f}", f"{done.told:.2f}", str(done.calls)]


def main() -> None:
    """Print the table."""
    rows = [
        _row("market by market", asyncio.run(_measure(None))),
        _row("one by one", asyncio.run(_measure(10**6))),
    ]
    head = ("/panic", "orders", "gone after s", "booked after s", "calls")
    show(f"Panic: {MAX_GRIDS * LEVELS:,} orders in {MAX_GRIDS} grids", head, rows)


if __name__ == "__main__":
    main()
