"""Many worlds on all cores, one after the other on each."""

import gc
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.simulation.script import script_of
from tests.simulation.world import Outcome, play


def played(seeds: Sequence[int], *, jobs: int | None = None) -> Iterator[Outcome]:
    """What became of the worlds of these seeds, in the order in which they end.

    Raises BrokenProcessPool where a process that plays them dies: none waits for the worlds that it had.
    """
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _settle_in) as pool:
        for ended in as_completed([pool.submit(one_played, seed) for seed in seeds]):
            yield ended.result()


def one_played(seed: int) -> Outcome:
    """What became of the world of a seed."""
    return play(script_of(seed))


def _settle_in() -> None:
    """What is loaded stays for good, and a world leaves little behind that only the collector could find."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
