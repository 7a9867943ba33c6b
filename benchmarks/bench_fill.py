"""From a trade at the exchange to the counter-order accepted there, over loopback sockets with the stream."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from benchmarks.desk import GRIDS, LEVELS, Desk
from benchmarks.figures import median, percentile, show
from benchmarks.loopback import Counts, loopback_desk, server
from exchange.news import FillSeen, OrderSeen
from strategy.model.market import Side, Symbol
from strategy.model.orders import Order

SYMBOL = Symbol("ETH_USDC")
FILLS = 100
TICK = Decimal("0.01")
PATIENCE = 30
SLOW = 0.95
MILLI = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Seconds, from the moment the market was told to move."""

    heard: float
    """Until our stream had told us of the fill."""
    answered: float
    """Until our stream had told us that the counter-order was accepted: it stood at the exchange a little before."""


async def _measure(grids: int) -> list[Reaction]:
    with tempfile.TemporaryDirectory() as name:
        counts = Counts()
        async with (
            server(Path(name), "exchange", "--market", "manual") as address,
            loopback_desk(Path(name), address, counts) as desk,
        ):
            await desk.fill_up(grids)
            return [await _fill(desk, counts, Side.SELL if turn % 2 else Side.BUY) for turn in range(FILLS)]


async def _fill(desk: Desk, counts: Counts, side: Side) -> Reaction:
    """Bring the market to our nearest order of a side, then one tick through it, and no farther."""
    order = desk.nearest(SYMBOL, side)
    await desk.walk(SYMBOL, order.price)
    await desk.until(lambda: abs(desk.app.runner.latest[SYMBOL].middle - order.price) <= TICK)
    while not counts.heard.empty():
        counts.heard.get_nowait()
    begun = time.perf_counter()
    moving = asyncio.create_task(desk.walk(SYMBOL, order.price + (TICK if side is Side.SELL else -TICK)))
    heard = answered = 0.0
    async with asyncio.timeout(PATIENCE):
        while not answered:
            event = await counts.heard.get()
            if isinstance(event, FillSeen):
                assert event.fill.client_id == order.client_id, "another order was filled"
                heard = time.perf_counter() - begun
            elif isinstance(event, OrderSeen) and event.ended is None:
                answered = time.perf_counter() - begun
    await moving
    await desk.until(lambda: _at_rest(desk, order))
    return Reaction(heard=heard, answered=answered)


def _at_rest(desk: Desk, filled: Order) -> bool:
    """Whether every level has its order again."""
    orders = desk.open_orders()
    return len(orders) == len(desk.account.grids) * LEVELS and filled.client_id not in {one.client_id for one in orders}


def _row(name: str, seconds: Sequence[float]) -> list[str]:
    return [name, f"{median(seconds) * MILLI:.1f}", f"{percentile(seconds, SLOW) * MILLI:.1f}"]


def main() -> None:
    """Print the table."""
    rows = []
    for grids in (1, GRIDS):
        reactions = asyncio.run(_measure(grids))
        for name, seconds in (
            ("market moves to fill heard", [one.heard for one in reactions]),
            ("fill heard to counter-order accepted", [one.answered - one.heard for one in reactions]),
            ("market moves to counter-order accepted", [one.answered for one in reactions]),
        ):
            rows.append(_row(f"{grids * LEVELS:,} live orders: {name}", seconds))
    show(f"Fill to counter-order, {FILLS} fills each", ("over sockets, with the stream", "median ms", "95 % ms"), rows)


if __name__ == "__main__":
    main()
