"""A quiet tick with 1,000 live orders, and with 5,000: what it costs, what it asks, what it writes."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.desk import GRIDS, KEY, LEVELS, PATIENCE, PRICES, USDC, Desk, trading
from benchmarks.figures import median, show
from benchmarks.loopback import Counts, loopback_desk, server
from benchmarks.statements import Statements, counted
from bot.account.prices import STREAM_FRESH
from bot.account.reader import FILLS_EVERY
from bot.machine.clock import wall_milliseconds
from exchange.news import StreamEvent, TouchSeen
from exchange.paper.exchange import PaperExchange
from exchange.paper.faults import CallFault, Faults
from exchange.paper.listing import default_markets
from exchange.paper.venue import Venue
from strategy.model.market import Symbol

TICKS = 15
MANY = 100
"""Grids of the larger desk."""
TICK = Decimal("0.1")
MILLI = 1e3

Row = list[str]


class CountingFaults(Faults):
    """No fault ever, and a count of the calls that could have had one."""

    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self._counts = counts

    def take(self, call: str) -> CallFault | None:
        """One more call."""
        self._counts.calls += 1
        return super().take(call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One tick."""

    seconds: float
    processor: float
    calls: int
    statements: Statements


async def _measure() -> list[Row]:
    small = [*await _over_sockets(Counts(), GRIDS), *await _in_process(Counts(), GRIDS)]
    return [*small, *await _over_sockets(Counts(), MANY), *await _in_process(Counts(), MANY)]


async def _over_sockets(counts: Counts, grids: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        async with (
            server(Path(name), "exchange", "--market", "manual") as address,
            loopback_desk(Path(name), address, counts) as desk,
        ):
            return await _rows("over sockets", desk, counts, grids)


async def _in_process(counts: Counts, grids: int) -> list[Row]:
    venue = Venue(default_markets(), clock=wall_milliseconds)
    venue.open_account(KEY, USDC)
    exchange = PaperExchange(venue, KEY, faults=CountingFaults(counts))

    async def walk(symbol: Symbol, price: Decimal) -> None:
        venue.walk(symbol, price)

    with tempfile.TemporaryDirectory() as name:
        async with trading(exchange, Path(name), walk) as desk:

            def hear(event: StreamEvent) -> None:
                desk.app.reader.hear(event)
                counts.heard.put_nowait(event)

            exchange.subscribe(hear)
            return await _rows("in process", desk, counts, grids)


async def _rows(where: str, desk: Desk, counts: Counts, grids: int) -> list[Row]:
    await desk.fill_up(grids)
    assert len(desk.open_orders()) == grids * LEVELS
    name = f"{grids} grids, {where}"

    async def moved() -> None:
        """The stream tells of every market, and no fills are due."""
        await _move(desk, counts)

    async def silent() -> None:
        desk.clock.ahead += STREAM_FRESH

    async def due() -> None:
        desk.clock.ahead += FILLS_EVERY

    await due()
    await _cost(desk, counts)
    return [
        await _row(f"{name}, prices from the stream", desk, counts, moved),
        await _row(f"{name}, prices read", desk, counts, silent),
        await _row(f"{name}, prices and fills read", desk, counts, due),
    ]


async def _move(desk: Desk, counts: Counts) -> None:
    while not counts.heard.empty():
        counts.heard.get_nowait()
    waiting = set(PRICES)
    for symbol, price in PRICES.items():
        near = price + TICK
        await desk.walk(symbol, near + TICK if desk.app.runner.latest[symbol].ask == near else near)
    async with asyncio.timeout(PATIENCE):
        while waiting:
            event = await counts.heard.get()
            if isinstance(event, TouchSeen):
                waiting.discard(event.touch.symbol)


async def _row(name: str, desk: Desk, counts: Counts, before: Callable[[], Awaitable[None]]) -> Row:
    costs, orders = [], len(desk.open_orders())
    for _ in range(TICKS):
        await before()
        costs.append(await _cost(desk, counts))
    assert len(desk.open_orders()) == orders, "the ticks were not quiet"
    calls = sorted({cost.calls for cost in costs})
    return [
        name,
        f"{median(cost.processor for cost in costs) * MILLI:.1f}",
        f"{median(cost.seconds for cost in costs) * MILLI:.1f}",
        " or ".join(str(one) for one in calls),
        f"{median(cost.statements.reads for cost in costs):.0f}",
        str(sum(cost.statements.writes for cost in costs)),
        str(sum(cost.statements.commits for cost in costs)),
    ]


async def _cost(desk: Desk, counts: Counts) -> Cost:
    calls, begun, processor = counts.calls, time.perf_counter(), time.process_time()
    with counted() as statements:
        await desk.app.reader.tick()
    return Cost(
        seconds=time.perf_counter() - begun,
        processor=time.process_time() - processor,
        calls=counts.calls - calls,
        statements=statements,
    )


def main() -> None:
    """Print the table."""
    head = ("a quiet tick", "processor ms", "ms", "calls", "SELECTs", "rows written", "commits")
    show(
        f"Tick: grids of {LEVELS} levels, each with its order, on three markets; {TICKS} ticks each",
        head,
        asyncio.run(_measure()),
    )


if __name__ == "__main__":
    main()
