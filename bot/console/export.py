"""`packgrid export`: the ledger as CSV files, also while the bot runs. It only reads."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot.account.days import begin_of, day_at, end_of
from bot.app import ACCOUNT
from bot.live import print_line
from bot.machine.clock import wall_milliseconds
from bot.owner.export import COLUMNS, Export, Wanted
from bot.settings import read_settings
from storage.errors import StorageError
from storage.store import Store
from strategy.model.orders import GridId


async def export(out: str, first: date | None, last: date | None, grid: int | None) -> None:
    """Write the files into a folder, those of the days from the first to the last, both in it."""
    settings = read_settings()
    store = Store.look(settings.database, now=wall_milliseconds)
    with ExitStack() as stack:
        stack.callback(store.close)
        account = store.load(ACCOUNT)
        if account is None:
            msg = "The database holds no account yet: nothing to export."
            raise StorageError(msg)
        zone, number = settings.zone, GridId(grid) if grid is not None else None
        if number is not None and number not in account.grids:
            there = ", ".join(map(str, sorted(account.grids))) or "none"
            msg = f"--grid {number}: there is no such grid. There are: {there}"
            raise argparse.ArgumentTypeError(msg)
        if first is not None and first > day_at(zone, wall_milliseconds()):
            msg = f"--from {first} has not begun"
            raise argparse.ArgumentTypeError(msg)
        since, until = begin_of(zone, first) if first else 0, end_of(zone, last) if last else 2**62
        to = stack.enter_context(_files(Path(out)))
        bar = stack.enter_context(
            Progress(TextColumn("ledger"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True))
        )
        task = bar.add_task("ledger", total=None)

        async def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        wanted = Wanted(since=since, until=until, grid_id=number)
        await Export(store=store, account=account, zone=zone, wanted=wanted).write(to, tell)
    print_line(f"Written to {out}: {', '.join(f'{name}.csv' for name in COLUMNS)}.")


@contextmanager
def _files(folder: Path) -> Iterator[dict[str, TextIO]]:
    """The files, each beside the one of before, which stays as it was unless all of them are whole."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in COLUMNS}
    beside = {name: path.with_suffix(".csv.new") for name, path in paths.items()}
    try:
        with ExitStack() as stack:
            yield {
                name: stack.enter_context(path.open("w", encoding="utf-8", newline="")) for name, path in beside.items()
            }
        for name, path in paths.items():
            beside[name].replace(path)
    finally:
        for path in beside.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
