"""`make chaos`: many kills in one run, with a bar that shows how far it is, and a scorecard. No rule of its own."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.e2e.chaos import chaos

console = Console()


async def run(kills: int, seed: int, server: str | None = None) -> int:
    """Kill, calm down, judge, print. The exit status: 1 where something does not hold."""
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="packgrid-chaos-") as folder, Progress(*columns, console=console) as bar:
        task = bar.add_task(f"killing, seed {seed}", total=kills)
        async with chaos(Path(folder), seed, server=server) as world:
            for _ in range(kills):
                await world.kill()
                bar.advance(task)
            bar.update(task, description="waiting until all is quiet")
            wrong = await world.calm() or await world.wrong()
    console.print(scorecard({**world.counts, "seconds": round(time.monotonic() - began)}))
    for one in wrong:
        console.print(f"[red]✗[/] {one}", highlight=False)
    if wrong:
        console.print(f"Again with: make chaos ARGS='--kills {kills} --seed {seed}'")
        return 1
    console.print("[green]✓[/] The books equal the exchange, every fill was told, no order too many, none touched.")
    return 0


def scorecard(counts: Mapping[str, int]) -> Table:
    """What happened, and how often."""
    table = Table(title="Chaos", show_header=False)
    for name in sorted(counts):
        table.add_row(name, str(counts[name]))
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Kill Packgrid again and again while everything goes wrong.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--postgres", help="a PostgreSQL database to use, by its address; it is emptied first")
    arguments = parser.parse_args(argv)
    return asyncio.run(run(arguments.kills, arguments.seed, arguments.postgres))


if __name__ == "__main__":
    sys.exit(main())
