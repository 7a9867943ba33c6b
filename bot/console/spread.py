"""Ladders played by all processors of this machine, the first ones while others are still being made."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from os import cpu_count

import numpy as np

from strategy.research.kernel import Course, Results
from strategy.research.ladders import Ladder

SHARE = 16
"""Ladders that are played in one piece of work."""


def play(
    course: Course,
    ladders: Iterable[Ladder],
    told: Callable[[int], None] = lambda _: None,
    threads: int | None = None,
) -> Results:
    """What they come to, in their order, whatever the threads. `told` hears how many are done."""
    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        played, done = [], 0
        for job in [pool.submit(course.play, few) for few in _shares(ladders)]:
            played.append(job.result())
            done += len(played[-1])
            told(done)
    assert played, "nothing to play"
    return Results(
        scale=course.scale,
        ladders=[ladder for some in played for ladder in some.ladders],
        states=np.concatenate([some.states for some in played]),
        totals=np.concatenate([some.totals for some in played]),
        last=played[0].last,
    )


def _shares(ladders: Iterable[Ladder]) -> Iterator[tuple[Ladder, ...]]:
    rest = iter(ladders)
    while few := tuple(islice(rest, SHARE)):
        yield few
