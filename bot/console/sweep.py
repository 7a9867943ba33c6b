"""`packgrid sweep`: many grids over one recorded market, ranked, and judged on days that nobody looked at."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from bot.console.backtest import case_of
from bot.console.bars import bar
from bot.console.cluster import connected
from bot.console.spread import play
from bot.console.sweep_files import draw, write
from bot.console.sweep_table import table
from bot.console.sweeping import Plan, Player, Swept, differs, sweep
from bot.console.variants import drawn, read, spread
from bot.console.wished import Case, Refused, given_of
from bot.history.extra import Missing
from bot.history.files import WrongHistory
from bot.machine.exits import Exit
from bot.settings import Settings, read_settings
from strategy.research.sweep import By

FEWEST = 20
"""Candles that either part has."""
CHECKED = 3
"""The best, which the engine plays again."""


def run(arguments: argparse.Namespace) -> int:
    """Sweep, print, write."""
    settings = read_settings()
    try:
        _sweep(settings, arguments)
    except Refused as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.SETTINGS
    except (WrongHistory, Missing) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.OUTSIDE
    return Exit.DONE


def _sweep(settings: Settings, arguments: argparse.Namespace) -> None:
    plan = plan_of(settings, arguments)
    with _player(arguments.cluster) as player, bar("variants", None) as told:
        since = time.perf_counter()
        swept = sweep(settings, plan, told, player)
        seconds = time.perf_counter() - since
    best = swept.ranked[: arguments.top]
    _print(table(swept, best))
    _check(swept, best[:CHECKED])
    if arguments.parquet:
        write(Path(arguments.parquet), swept)
        _print(f"Written to {arguments.parquet}: {len(swept.variants):,} variants.")
    if arguments.picture:
        draw(Path(arguments.picture), swept)
    _print(f"Swept in {seconds:.2f} s. What was is no promise of what will be.")


@contextmanager
def _player(cluster: str | None) -> Iterator[Player]:
    """What plays: this machine, or the cluster at an address."""
    if cluster is None:
        yield play
        return
    with connected(cluster) as there:
        yield there.play


def plan_of(settings: Settings, arguments: argparse.Namespace) -> Plan:
    """What was asked for."""
    lang = settings.language or "en"
    words, axes = read(lang, arguments.words)
    middle = copy(arguments)
    middle.words = list(words)
    case = case_of(settings, middle)
    count = arguments.variants
    evenly = arguments.search == "grid"
    variants = spread(axes, case.market, count) if evenly else drawn(axes, case.market, count, arguments.seed)
    given = given_of(lang, " ".join(words))
    split = _split(case, float(arguments.split))
    return Plan(case=case, given=given, axes=axes, variants=variants, split=split, by=By(arguments.by))


def _split(case: Case, part: float) -> int:
    length = len(case.candles) - case.first
    split = case.first + int(length * part)
    if split - case.first < FEWEST or len(case.candles) - split < FEWEST:
        msg = f"There are {length:,} candles: too few for days to look at and days to check them by."
        raise WrongHistory(msg)
    return split


def _check(swept: Swept, best: list[int]) -> None:
    with bar("the engine plays the best", len(best)) as told:
        for number, one in enumerate(best, start=1):
            wrong = differs(swept, one)
            assert wrong is None, f"engine and kernel differ, which is a mistake in Packgrid: {wrong}"
            told(number, 0)
    many = "best" if len(best) == 1 else f"{len(best)} best"
    _print(f"The engine that trades has played the {many} again: equal to the last digit.")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
