"""The real program against both local servers over sockets: claimed, traded, killed, restarted, limited, stopped."""

import gzip
import re
import signal
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from storage.store import Store
from strategy.model.ledger import fold_balances
from strategy.model.orders import GridId
from tests.e2e.processes import OWNER, Machine
from tests.promises.books import books_of

DEMO_MARKET = Path(__file__).parents[2] / "bot/demo/market/ETH_USDC-1m-2026-02-05.csv.gz"
GRID = "/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4% maxloss=50%"


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    market = tmp_path / "market.csv"
    market.write_bytes(gzip.decompress(DEMO_MARKET.read_bytes()))
    made = Machine(tmp_path, speed="200", market=f"candles:{market}")
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def test_a_grid_lives_through_a_kill_and_a_limit_and_its_books_equal_the_exchange(machine: Machine) -> None:
    await machine.start_packgrid()
    code = (await machine.packgrid.printed(r"/start (\S+)"))[1]
    await machine.say("/start wrong-code", user=666)
    await machine.say(f"/start {code}")
    await machine.told("ready")
    await machine.say("/notify fills")
    await machine.told("Every fill")

    await machine.say(GRID)
    await machine.told("Each round trip earns")
    await machine.click("Start")
    await machine.told(r"[Ss]old 0\.\d+ ETH")

    await machine.packgrid.end(signal.SIGKILL)
    await machine.start_packgrid()
    await machine.told("I was away")
    await machine.say("/risk daily=1")
    await machine.told("Daily loss limit reached")
    await machine.told(r"Grid 1 .* has stopped")

    assert await machine.packgrid.end(signal.SIGTERM) == 0
    await _books_equal_the_exchange(machine)
    await _every_fill_was_told(machine)
    assert await machine.chat(666) == [] or all(one["from"] == "user" for one in await machine.chat(666))


async def _books_equal_the_exchange(machine: Machine) -> None:
    state = await machine.state()
    store = Store.open(f"sqlite:///{machine.folder / 'packgrid.db'}", now=lambda: 0)
    try:
        account = store.load("main")
        entries = store.entries("main")
    finally:
        store.close()
    assert account is not None
    balances: dict[Any, Decimal] = {}
    for entry in entries:
        balances = fold_balances(balances, entry)
    exchange = {asset: Decimal(one["available"]) + Decimal(one["locked"]) for asset, one in state["balances"].items()}
    assert {asset: total for asset, total in balances.items() if total} == {
        asset: total for asset, total in exchange.items() if total
    }
    assert books_of(entries, GridId(1)) == account.grids[GridId(1)].books
    assert state["orders"] == []


async def _every_fill_was_told(machine: Machine) -> None:
    state = await machine.state()
    texts = " ".join(one.get("text") or "" for one in await machine.chat(OWNER) if one["from"] == "bot")
    told = set(re.findall(r"#(\d+)", texts))
    assert {str(fill["tradeId"]) for fill in state["fills"]} <= told
    assert len(state["fills"]) > 3
