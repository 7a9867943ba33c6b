"""Does the backtest tell the truth, and does the program do again what it did: the real process on a recorded market,
beside the same market replayed, fill by fill; what it recorded, decided once more; and its twin on paper.
"""

import gzip
import re
import signal
import sqlite3
import zlib
from array import array
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from strategy.model.grid import Grid
from strategy.model.ledger import FillEntry
from strategy.model.market import Fees
from strategy.research.candles import Candles, Inner
from strategy.research.replay import Replay, Rules
from tests.e2e.books import Books
from tests.e2e.processes import Machine, Process

RECORDED = Path(__file__).parents[2] / "bot/demo/market/ETH_USDC-1m-2026-02-05.csv.gz"
CANDLES = 90
LEVELS = 12
TICK = Decimal("0.01")
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))
LOWER, APART = 1934, 4
GRID = (
    f"/grid ETH_USDC spacing=arithmetic lower={LOWER} upper={LOWER + LEVELS * APART} grids={LEVELS} usdc=50 maxloss=50%"
)


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    made = Machine(tmp_path, speed="1", market="manual", settings={"SEED_PATIENCE_SECONDS": "0", "FEE_BUFFER": "0%"})
    await made.start()
    try:
        yield made
    finally:
        await made.close()


def recorded(tick: Decimal) -> Candles:
    """The first ninety minutes of the demo's market."""
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        next(lines)
        rows = [line.split(",") for line in islice(lines, CANDLES)]
    at = array("q", (int(row[0]) for row in rows))
    opened, high, low, close = (array("q", (int(Decimal(row[one]) / tick) for row in rows)) for one in range(1, 5))
    return Candles(unit=tick, interval=60_000, at=at, open=opened, high=high, low=low, close=close)


async def claimed(machine: Machine) -> None:
    await machine.start_packgrid()
    code = (await machine.packgrid.printed(r"/start (\S+)"))[1]
    await machine.say(f"/start {code}")
    await machine.told("ready")


async def opened(machine: Machine) -> None:
    await machine.say(GRID)
    await machine.told("Each round trip earns")
    await machine.click("Start")
    await machine.told("is open on")
    await complete(machine)


async def moved(machine: Machine, price: Decimal) -> None:
    """The market goes there in one go, and whoever traded has had the time to put his next order."""
    await machine.exchange_control("price", {"symbol": "ETH_USDC", "price": str(price)})
    await complete(machine)


async def complete(machine: Machine) -> None:
    """Every level has its order, at its own price: one that was planned by a price which a fill had overtaken goes
    back there with the next tick. How late a program is, a replay does not know.
    """
    for _ in range(5_000):
        prices = [Decimal(order["price"]) for order in (await machine.state())["orders"]]
        if len(prices) == LEVELS and not any((price - LOWER) % APART for price in prices):
            return
    raise AssertionError(await machine.evidence())


UNNAMED: Mapping[str, Any] = {"key": "", "order_id": "", "client_id": None, "trade_id": None, "at": 0}


def told(entries: Sequence[FillEntry]) -> list[tuple[object, ...]]:
    """All of a fill but when it was, and by which numbers it goes at the exchange."""
    return [(one.level, replace(one.fill, **UNNAMED), one.realised, one.closes) for one in entries]


def replayed(grid: Grid, candles: Candles) -> Replay:
    """The same grid over the same market. The local exchange's house has any quantity at the touch: nothing slips."""
    replay = Replay(market=grid.market, candles=candles, rules=Rules(fees=FEES, slippage=Decimal(0)))
    assert replay.begin(replace(grid.spec, version=1)) is None
    replay.play()
    return replay


async def test_a_real_process_trades_a_recorded_market_as_its_replay_does_fill_by_fill(machine: Machine) -> None:
    """One difference is named: there a price is the ask, and in a replay the bid. So it begins a tick higher there."""
    candles = recorded(TICK)
    start = candles.price(candles.close[0]) + TICK
    await machine.exchange_control("price", {"symbol": "ETH_USDC", "price": str(start)})
    await claimed(machine)
    await opened(machine)
    for one in range(1, len(candles)):
        for _, price in candles.path(one, Inner.LIKELY):
            await moved(machine, candles.price(price))
    assert await machine.packgrid.end(signal.SIGTERM) == 0

    books = Books.read(machine.folder)
    (grid,) = books.account.grids.values()
    live = sorted(
        (one for one in books.entries if isinstance(one, FillEntry)), key=lambda entry: entry.fill.trade_id or 0
    )
    replay = replayed(grid, candles)

    assert len(live) > 2 * LEVELS, "too few fills to say anything"
    assert told(live) == told(replay.fills)
    last = candles.price(candles.close[-1])
    assert grid.books == replay.grid.books
    assert grid.total(last) == replay.grid.total(last)


async def test_what_a_killed_process_did_is_decided_once_more_and_a_changed_event_is_found(machine: Machine) -> None:
    await machine.exchange_control("price", {"symbol": "ETH_USDC", "price": "1940"})
    await claimed(machine)
    await opened(machine)
    for price in ("1915", "1962", "1931"):
        await moved(machine, Decimal(price))
    await machine.packgrid.end(signal.SIGKILL)
    await machine.exchange_control("price", {"symbol": "ETH_USDC", "price": "1957"})
    await machine.start_packgrid()
    await machine.told("I was away")
    await complete(machine)
    status, said = await asked(machine)
    assert (status, "0 differences" in said, "2 starts" in said) == (0, True, True), said
    for price in ("1911", "1949"):
        await moved(machine, Decimal(price))
    assert await machine.packgrid.end(signal.SIGTERM) == 0

    status, said = await asked(machine)
    assert (status, "0 differences" in said) == (0, True), said

    changed = change_the_price_of_a_fill(machine.folder / "packgrid.db")
    status, said = await asked(machine)
    assert status == 1, said
    assert "A difference" in said
    assert "Filled" in said
    assert changed in said


async def test_a_live_grid_has_its_twin_on_paper_beside_it_in_the_chat_also_after_a_kill(machine: Machine) -> None:
    """On paper it comes to the same wherever this program saw what the exchange did; nothing is ever sent for it."""
    await machine.exchange_control("price", {"symbol": "ETH_USDC", "price": "1950.02"})
    await claimed(machine)
    await opened(machine)
    for price in ("1941", "1961.3", "1939.7"):
        await moved(machine, Decimal(price))
    await machine.packgrid.end(signal.SIGKILL)
    await machine.start_packgrid()
    await machine.told("I was away")
    for price in ("1957.1", "1944.5", "1951"):
        await moved(machine, Decimal(price))
    before = await machine.state()

    await machine.say("/compare 1")
    said = await machine.told("Apart from PAPER")

    total, paper = (
        Decimal(one.replace("−", "-")) for one in re.findall(r"Total (\S+) USDC, on paper ([^\s,]+)", said)[0]
    )
    trips, paper_trips = re.findall(r"Round trips (\d+), on paper (\d+)", said)[0]
    assert (total, trips) == (paper, paper_trips), said
    assert int(trips) > 3, said
    assert "only on paper" not in said, said
    assert "LIVE" in said, said
    assert [one["id"] for one in (await machine.state())["orders"]] == [one["id"] for one in before["orders"]]
    assert await machine.packgrid.end(signal.SIGTERM) == 0


async def asked(machine: Machine) -> tuple[int, str]:
    """The exit status of `packgrid replay`, and all that it printed."""
    process = Process(("replay", "--last", "7d"), machine.folder, machine.packgrid.environment)
    await process.start()
    status = await process.end(signal.SIGCONT)  # which changes nothing: it is only waited for
    return status, "\n".join(process.lines)


def change_the_price_of_a_fill(file: Path) -> str:
    """In one recorded event, as if the engine had been given another price; which one."""
    with closing(sqlite3.connect(file)) as database, database:
        rows = database.execute("SELECT id, data FROM recorded WHERE what = 'events' ORDER BY id DESC").fetchall()
        for number, data in rows:
            text = zlib.decompress(data).decode()
            for price in ("1910", "1920", "1930", "1940", "1950"):
                given = f'"price":["=","{price}"]'
                if '["Filled"' in text and given in text:
                    other = text.replace(given, f'"price":["=","{price}.5"]', 1)
                    database.execute(
                        "UPDATE recorded SET data = ? WHERE id = ?", (zlib.compress(other.encode()), number)
                    )
                    return f"{price}.5"
    raise AssertionError("no fill was recorded")
