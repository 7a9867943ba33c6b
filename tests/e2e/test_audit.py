"""`packgrid audit` as a person runs it: beside a running bot, on books that balance, and on books that were damaged."""

import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.processes import KEY, Machine, Process


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    made = Machine(tmp_path, speed="1", market="manual")
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def audited(machine: Machine) -> tuple[int, str]:
    """The exit status, and all that was printed."""
    process = Process(("audit",), machine.folder, machine.packgrid.environment)
    await process.start()
    status = await process.end(signal.SIGCONT)  # which changes nothing: it is only waited for
    return status, "\n".join(process.lines)


async def test_the_books_are_proved_from_the_command_line(machine: Machine) -> None:
    await machine.start_packgrid()
    await machine.packgrid.printed("is up")
    await machine.packgrid.printed(r"/start (\S+)")
    status, said = await audited(machine)
    assert status == 3
    assert "/audit" in said

    code = (await machine.packgrid.printed(r"/start (\S+)"))[1]
    await machine.say(f"/start {code}")
    await machine.told("ready")
    await machine.say("/notify fills")
    await machine.told("Every fill")
    await machine.say("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%")
    await machine.told("Each round trip earns")
    await machine.click("Start")
    await machine.told("is open on")
    await machine.exchange_control("price", {"symbol": "ETH_USDC", "price": "1900"})
    await machine.told(r"bought 0\.\d+ ETH|\+0\.\d+ ETH · bought")
    await machine.say("/audit")
    await machine.told("The books balance")
    assert await machine.packgrid.end(signal.SIGTERM) == 0

    await machine.exchange_control("deposit", {"api_key": KEY, "asset": "USDC", "amount": "250"})
    status, said = await audited(machine)
    assert (status, "+250: 1 deposit not booked yet" in said) == (0, True), said

    with closing(sqlite3.connect(machine.folder / "packgrid.db")) as database, database:
        database.execute("UPDATE fill SET price = '1' WHERE id = (SELECT max(id) FROM fill)")
    status, said = await audited(machine)
    assert status == 1, said
    assert "without an explanation" in said
    assert "price: 1 here" in said
