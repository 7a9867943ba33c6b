"""`packgrid sweep`: many grids over one recorded market, ranked, and judged on days that nobody looked at."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.console.backtest import case_of
from bot.console.bars import bar
from bot.console.cluster import connected
from bot.console.folds import folds
from bot.console.folds import told as told_of
from bot.console.searching import learned
from bot.console.spread import play
from bot.console.sweep_files import draw, write
from bot.console.sweep_table import table
from bot.console.sweeping import Plan, Player, Swept, differs, sweep
from bot.console.variants import Axis, Variant, drawn, read, spread
from bot.console.wished import Case, Refused, given_of
from bot.history.extra import Missing
from bot.history.files import WrongHistory
from bot.history.shapes import Bad
from bot.machine.exits import Exit
from bot.settings import Settings, read_settings
from bot.telegram.typed.parsing import unset_by
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
    except (WrongHistory, Missing, Bad) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.OUTSIDE
    return Exit.DONE


def _sweep(settings: Settings, arguments: argparse.Namespace) -> None:
    plan = plan_of(settings, arguments)
    with _player(arguments.cluster) as player:
        since = time.perf_counter()
        if arguments.search == "optuna":
            with bar("searched", None) as told:
                found = learned(settings, plan, arguments.variants, arguments.seed, told, player)
            plan = replace(plan, variants=found)
        with bar("variants", None) as told:
            swept = sweep(settings, plan, told, player)
        walk = folds(swept, arguments.folds, player) if arguments.folds else []
        seconds = time.perf_counter() - since
    best = swept.ranked[: arguments.top]
    _print(table(swept, best))
    if walk:
        _print(told_of(swept, walk))
    _check(swept, [*best[:CHECKED], *(one.best for one in walk)])
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
    given = given_of(lang, " ".join(words), unset_by(settings.defaults))
    case = case_of(settings, arguments, given)
    variants = _variants(case, axes, arguments)
    split = _split(case, float(arguments.split), arguments.folds or 1)
    return Plan(case=case, given=given, axes=axes, variants=variants, split=split, by=By(arguments.by))


def _variants(case: Case, axes: Sequence[Axis], arguments: argparse.Namespace) -> list[Variant]:
    """Those that are known before any is played."""
    match arguments.search:
        case "grid":
            return spread(axes, case.market, arguments.variants)
        case "optuna":
            return []
        case _:
            return drawn(axes, case.market, arguments.variants, arguments.seed)


def _split(case: Case, part: float, folds: int) -> int:
    length = len(case.candles) - case.first
    split = case.first + int(length * part)
    if split - case.first < FEWEST or len(case.candles) - split < FEWEST * folds:
        parts = "days to check them by" if folds == 1 else f"{folds} parts to check them by: ask for fewer --folds"
        msg = f"There are {length:,} candles: too few for days to look at and {parts}."
        raise WrongHistory(msg)
    return split


def _check(swept: Swept, best: list[int]) -> None:
    best = list(dict.fromkeys(best))
    with bar("the engine plays the best", len(best)) as told:
        for number, one in enumerate(best, start=1):
            wrong = differs(swept, one)
            assert wrong is None, f"engine and kernel differ, which is a mistake in Packgrid: {wrong}"
            told(number, 0)
    many = "best" if len(best) == 1 else f"{len(best)} that were chosen"
    _print(f"The engine that trades has played the {many} again: equal to the last digit.")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
