"""`packgrid run` as a process against both local servers: its memory, its share of a core, and what its start costs.

Reads /proc, so it measures on Linux only.
"""

import asyncio
import os
import tempfile
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path

from benchmarks.desk import GRIDS, KEY, LEVELS, SECRET
from benchmarks.figures import show
from benchmarks.loopback import Counts, loopback_desk, process, server

WARM_UP = 2.0
WATCHED = 9.0
LOOK_AGAIN = 0.02
PATIENCE = 60
MEBI = 1 << 20
ALL = 100_000
UP = "app event=trading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What the process took."""

    resident: int
    """Bytes in memory after a while."""
    peak: int
    started: float
    """Processor seconds from its start until it trades: interpreter, database, first reconciliation."""
    processor: float
    """Fraction of a core while it ticks every three seconds and nothing happens."""


async def _measure(grids: int) -> Footprint:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with server(folder, "exchange", "--market", "manual") as exchange, server(folder, "telegram") as telegram:
            async with loopback_desk(folder, exchange, Counts()) as desk:
                if grids:
                    await desk.fill_up(grids)
                    desk.clock.ahead = 0
                desk.app.store.mark_sent([row.id for row in desk.app.store.unsent(ALL)], None)
            return await _watch(folder, exchange, telegram)


async def _watch(folder: Path, exchange: str, telegram: str) -> Footprint:
    log = folder / "packgrid.log"
    environment = {
        "MODE": "live",
        "BACKPACK_API_KEY": KEY,
        "BACKPACK_API_SECRET": SECRET,
        "BACKPACK_API_URL": exchange,
        "BACKPACK_WS_URL": f"{exchange.replace('http', 'ws', 1)}/ws",
        "TELEGRAM_BOT_TOKEN": "30003:a-benchmark-bot-on-this-machine-01",
        "TELEGRAM_API_URL": f"{telegram}/bot",
        "TELEGRAM_OWNER_ID": "4242",
        "DATABASE_URL": f"sqlite:///{folder / 'packgrid.db'}",
        "DAILY_LOSS_LIMIT": "",
        "LOG_FILE": str(log),
        "TICK_SECONDS": "3",
    }
    async with process(folder, "run", environment=environment) as running:
        async with asyncio.timeout(PATIENCE):
            while not (log.exists() and UP in log.read_text()):
                assert running.returncode is None, (await running.communicate())[0].decode()
                await asyncio.sleep(LOOK_AGAIN)
        started = _processor_seconds(running)
        await asyncio.sleep(WARM_UP)
        before = _processor_seconds(running)
        await asyncio.sleep(WATCHED)
        return Footprint(
            resident=_memory(running, "VmRSS"),
            peak=_memory(running, "VmHWM"),
            started=started,
            processor=(_processor_seconds(running) - before) / WATCHED,
        )


def _memory(running: Process, field: str) -> int:
    """A field of /proc/PID/status, in bytes."""
    status = Path(f"/proc/{running.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def _processor_seconds(running: Process) -> float:
    """User and system time of the process so far."""
    fields = Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    rows = []
    for grids in (0, GRIDS):
        found = asyncio.run(_measure(grids))
        rows.append(
            [
                f"{grids} grids, {grids * LEVELS:,} live orders",
                f"{found.resident / MEBI:.0f}",
                f"{found.peak / MEBI:.0f}",
                f"{found.started:.1f}",
                f"{found.processor:.1%}",
            ]
        )
    show("packgrid run", ("with", "resident MiB", "peak MiB", "processor s until it trades", "of a core"), rows)


if __name__ == "__main__":
    main()
