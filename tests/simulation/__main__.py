"""`make simulate`: many worlds on all cores, with a progress bar, a scorecard, and the shortest trace of what broke."""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation.many import played
from tests.simulation.places import POSTGRES
from tests.simulation.scorecard import Scorecard
from tests.simulation.script import script_of
from tests.simulation.shrink import shortest, told
from tests.simulation.world import Outcome, play

SHOWN = 3
"""Broken worlds whose traces are printed."""


def main() -> int:
    """The exit status: 1 where a promise was broken."""
    wanted, console = _arguments(), Console()
    if wanted.postgres:
        os.environ[POSTGRES] = wanted.postgres
    if wanted.seed is not None:
        return _one(wanted.seed, console)
    card = Scorecard()
    started = time.monotonic()
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    outcomes = _in_small(seeds, wanted.steps) if wanted.postgres else played(seeds, jobs=wanted.jobs)
    try:
        for outcome in _shown(outcomes, len(seeds), console):
            card.add(outcome)
    except BrokenProcessPool:  # what the others came to is told all the same
        console.print(f"A process died, and {len(seeds) - card.worlds:,} worlds were not played.")
    card.seconds = time.monotonic() - started
    console.print(card.table())
    if wanted.json:
        wanted.json.write_text(json.dumps(card.data(), indent=2) + "\n", encoding="utf-8")
    for outcome in card.violations[:SHOWN]:
        console.print(told(shortest(script_of(outcome.seed))), markup=False, highlight=False)
    return 1 if card.violations or card.worlds < len(seeds) else 0


def _one(seed: int, console: Console) -> int:
    outcome = play(script_of(seed))
    if outcome.violation is None:
        console.print(f"world {seed}: every promise was kept in {outcome.steps} steps")
        return 0
    console.print(told(shortest(script_of(seed)), lines=400), markup=False, highlight=False)
    return 1


def _in_small(seeds: range, steps: int) -> Iterator[Outcome]:
    """One after the other in this process, and only the first steps of each: a server takes ten times as long."""
    for script in map(script_of, seeds):
        yield play(script.keeping(script.acts[:steps]))


def _shown(outcomes: Iterable[Outcome], count: int, console: Console) -> Iterator[Outcome]:
    number, left = MofNCompleteColumn(), TimeRemainingColumn()
    columns = (TextColumn("worlds"), BarColumn(), number, left, TextColumn("{task.fields[broken]}"))
    with Progress(*columns, console=console, refresh_per_second=2) as progress:
        bar, broken = progress.add_task("worlds", total=count, broken=""), 0
        for outcome in outcomes:
            if outcome.violation is not None:
                broken += 1
                console.print(f"world {outcome.seed}: {outcome.violation}", markup=False, highlight=False)
            progress.update(bar, advance=1, broken=f"{broken} broken" if broken else "")
            yield outcome


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one world, and show what breaks in it")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count(), help="processes")
    parser.add_argument("--postgres", help="a PostgreSQL database that they may empty, by its address")
    parser.add_argument("--steps", type=int, default=60, help="of each world on PostgreSQL")
    parser.add_argument("--json", type=Path, help="where to write the scorecard")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
