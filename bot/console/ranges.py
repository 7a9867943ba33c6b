"""How far a result reaches: other ends of the candles first, and markets that might have been. On all processors."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from os import cpu_count

from bot.console.wished import Case, Refused
from bot.history.extra import extra
from strategy.research.candles import Inner

FEWEST_PATHS, MOST_PATHS = 10, 20
MOST_FILLS = 150_000
"""That the paths of a grid may come to in all, where their number was not given: they take some seconds."""
ALONE = 4_000
"""Fills for which no other process is worth its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Totals, in quote."""

    low_first: Decimal
    high_first: Decimal
    paths: tuple[Decimal, ...] = ()
    """Of the markets that might have been, the smallest first."""

    def at(self, part: Decimal) -> Decimal | None:
        """The path at this part of them: the one in ten, say, that only one in ten is below."""
        return self.paths[int(part * (len(self.paths) - 1) + Decimal("0.5"))] if self.paths else None


def paths_for(fills: int) -> int:
    """How many paths are played, unless it was said: fewer for a grid that trades more."""
    return max(FEWEST_PATHS, min(MOST_PATHS, MOST_FILLS // max(1, fills)))


def range_of(case: Case, paths: int, seed: int, fills: int, told: Callable[[int, int], None]) -> Range:
    """The totals, and `told` of each that is there."""
    if paths:
        extra("numpy")
    tasks: list[Inner | int] = [Inner.LOW_FIRST, Inner.HIGH_FIRST, *range(seed, seed + paths)]
    if fills * len(tasks) <= ALONE or cpu_count() == 1:
        totals = [_told(told, number, _total(case, task)) for number, task in enumerate(tasks, start=1)]
    else:
        with ProcessPoolExecutor(min(cpu_count() or 1, len(tasks)), initializer=_take, initargs=(case,)) as pool:
            found = enumerate(pool.map(_total_of_mine, tasks), start=1)
            totals = [_told(told, number, total) for number, total in found]
    low, high, *others = totals
    assert low is not None, "the same grid starts at the same price"
    assert high is not None, "likewise"
    return Range(low_first=low, high_first=high, paths=tuple(sorted(one for one in others if one is not None)))


def _told(told: Callable[[int, int], None], number: int, total: Decimal | None) -> Decimal | None:
    told(number, 0)
    return total


_MINE: list[Case] = []
"""The case of this process: given once, not with each task."""


def _take(case: Case) -> None:
    _MINE.append(case)


def _total_of_mine(task: Inner | int) -> Decimal | None:
    return _total(_MINE[0], task)


def _total(case: Case, task: Inner | int) -> Decimal | None:
    """The total of one; None of a path on which the grid would not have been started."""
    if isinstance(task, Inner):
        case = replace(case, rules=replace(case.rules, inner=task))
    else:
        from strategy.research.bootstrap import driftless

        case = replace(case, candles=driftless(case.candles, case.market.tick_size, task))
    try:
        replay = case.begun()
    except Refused:
        return None
    replay.play()
    return replay.grid.total(case.candles.price(case.candles.close[-1]))
