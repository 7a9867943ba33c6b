"""How far a result reaches: other ends of the candles first, and markets that might have been.

The compiled kernel plays them in a process beside this one, while the engine plays here. What it does not play the
engine plays, on all processors.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from os import cpu_count

from bot.console.wished import Case, Refused
from bot.history.extra import extra, has
from bot.machine.pools import pool
from strategy.research.candles import Inner
from strategy.research.replay import Replay
from strategy.research.scale import Unsupported, unplayed

FEWEST_PATHS, MOST_PATHS = 10, 20
MOST_FILLS = 150_000
"""That the paths of a grid may come to in all, where their number was not given: they take some seconds."""
ALONE = 4_000
"""Fills for which no other process is worth its start."""

Told = Callable[[int, int], None]
Task = Inner | int
"""The recorded market by another rule, or the market that might have been of this number."""


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


@dataclass(slots=True, kw_only=True)
class Ranging:
    """A range that may be under way already."""

    case: Case
    paths: int | None
    """That were asked for."""
    seed: int
    pool: ProcessPoolExecutor | None = None
    """The process in which the kernel plays."""
    jobs: list[Future[Decimal | None]] = field(default_factory=list)

    def paths_for(self, fills: int) -> int:
        """How many paths are played of a grid with so many fills."""
        if self.paths is None and has("numpy"):
            return paths_for(fills)
        return self.paths or 0

    def found(self, fills: int, told: Told) -> Range:
        """The totals, and `told` of each that is there."""
        tasks = _tasks(self.paths_for(fills), self.seed)
        try:
            totals = _heard(self._by_kernel(tasks) if self.pool else by_engine(self.case, tasks, fills), told)
        except Unsupported:  # of this grid, seen only once it stood
            totals = _heard(by_engine(self.case, tasks, fills), told)
        low, high, *others = totals
        assert low is not None, "the same grid starts at the same price"
        assert high is not None, "likewise"
        return Range(low_first=low, high_first=high, paths=tuple(sorted(one for one in others if one is not None)))

    def _by_kernel(self, tasks: list[Task]) -> Iterator[Decimal | None]:
        self.ask(tasks)
        return (job.result() for job in self.jobs)

    def ask(self, tasks: list[Task]) -> None:
        """Let it begin with those that it has not been asked for yet."""
        assert self.pool is not None, "there is one where it plays"
        self.jobs += [self.pool.submit(_total_of_mine, task) for task in tasks[len(self.jobs) :]]


@contextmanager
def ranging(replay: Replay, case: Case, paths: int | None, seed: int) -> Iterator[Ranging]:
    """The range of a grid that has just begun; where the kernel plays it, that begins here."""
    if paths:
        extra("numpy")
    is_played = has("numpy") and has("numba") and not unplayed(replay.grid.spec, replay.market, replay.rules)
    if not is_played:
        yield Ranging(case=case, paths=paths, seed=seed)
        return
    with pool(1, _take, case, replay) as beside:
        found = Ranging(case=case, paths=paths, seed=seed, pool=beside)
        found.ask(_tasks(FEWEST_PATHS if paths is None else paths, seed))
        try:
            yield found
        finally:
            beside.shutdown(wait=False, cancel_futures=True)


def paths_for(fills: int) -> int:
    """How many paths are played, unless it was said: fewer for a grid that trades more."""
    return max(FEWEST_PATHS, min(MOST_PATHS, MOST_FILLS // max(1, fills)))


def _tasks(paths: int, seed: int) -> list[Task]:
    return [Inner.LOW_FIRST, Inner.HIGH_FIRST, *range(seed, seed + paths)]


def by_engine(case: Case, tasks: list[Task], fills: int) -> Iterator[Decimal | None]:
    """The totals as the engine plays them, each with so many fills, in their order."""
    if fills * len(tasks) <= ALONE or cpu_count() == 1:
        yield from (by_engine_alone(case, task) for task in tasks)
        return
    with pool(min(cpu_count() or 1, len(tasks)), _take, case) as beside:
        yield from beside.map(_engine_total_of_mine, tasks)


def _heard(totals: Iterable[Decimal | None], told: Told) -> list[Decimal | None]:
    heard = []
    for number, total in enumerate(totals, start=1):
        told(number, 0)
        heard.append(total)
    return heard


_MINE: list[tuple[Case, Replay | None]] = []
"""The case of this process, and the grid as it has begun: given once, not with each task."""


def _take(case: Case, begun: Replay | None = None) -> None:
    _MINE.append((case, begun))


def _total_of_mine(task: Task) -> Decimal | None:
    return by_kernel_alone(_MINE[0][0], task, _MINE[0][1])


def _engine_total_of_mine(task: Task) -> Decimal | None:
    return by_engine_alone(_MINE[0][0], task)


def by_kernel_alone(case: Case, task: Task, begun: Replay | None = None) -> Decimal | None:
    """The total of one, in this process; None of a path on which the grid would not have been started. `begun` is the
    grid as it has begun on the recorded market, where it is known.
    """
    from strategy.research.standing import total_of

    case = _market_of(case, task)
    replay = _begun(case) if begun is None or _differs(case, begun) else begun.elsewhere(case.candles, case.rules)
    return None if replay is None else total_of(replay)


def by_engine_alone(case: Case, task: Task) -> Decimal | None:
    """The same, played by the engine."""
    replay = _begun(_market_of(case, task))
    if replay is None:
        return None
    replay.play()
    return replay.grid.total(replay.candles.price(replay.candles.close[-1]))


def _market_of(case: Case, task: Task) -> Case:
    if isinstance(task, Inner):
        return replace(case, rules=replace(case.rules, inner=task))
    from strategy.research.bootstrap import driftless

    return replace(case, candles=driftless(case.candles, case.market.tick_size, task))


def _differs(case: Case, begun: Replay) -> bool:
    """Whether the grid may begin otherwise than it has: at another price, or after another past that it goes by."""
    if case.candles is begun.candles:
        return False
    return bool(case.spec.hours_back) or case.candles.close[case.first] != begun.candles.close[case.first]


def _begun(case: Case) -> Replay | None:
    try:
        return case.begun()
    except Refused:
        return None
