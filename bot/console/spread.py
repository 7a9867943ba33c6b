"""Ladders played by all processors of this machine, the first ones while others are still being made."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from os import cpu_count

import numpy as np

from strategy.research.kernel import Course, Results
from strategy.research.ladders import Ladder
from strategy.research.loop import Whole

SHARE = 16
"""Ladders that are played in one piece of work."""


def play(
    course: Course,
    ladders: Iterable[Ladder],
    told: Callable[[int], None] = lambda _: None,
    threads: int | None = None,
) -> Results:
    """What they come to, in their order, whatever the threads. `told` hears how many are done."""
    work, played, done = [], [], 0
    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        jobs = []
        for few in shares(ladders):
            work.append(few)
            jobs.append(pool.submit(course.play, few))
        for few, job in zip(work, jobs, strict=True):
            played.append((job.result().states, job.result().totals))
            done += len(few)
            told(done)
    return join(course, work, played)


def shares(ladders: Iterable[Ladder]) -> Iterator[tuple[Ladder, ...]]:
    """Pieces of work."""
    rest = iter(ladders)
    while few := tuple(islice(rest, SHARE)):
        yield few


def join(course: Course, work: Sequence[Sequence[Ladder]], played: Sequence[tuple[Whole, Whole]]) -> Results:
    """The results of all pieces, in their order."""
    assert played, "nothing to play"
    return Results(
        scale=course.scale,
        ladders=[ladder for few in work for ladder in few],
        states=np.concatenate([states for states, _ in played]),
        totals=np.concatenate([totals for _, totals in played]),
        last=course.last,
    )
