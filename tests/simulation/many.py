"""Many worlds on all cores, one after the other on each."""

import gc
import multiprocessing
from collections.abc import Iterator, Sequence

from tests.simulation.script import script_of
from tests.simulation.world import Outcome, play


def played(seeds: Sequence[int], *, jobs: int | None = None) -> Iterator[Outcome]:
    """What became of the worlds of these seeds, in the order in which they end."""
    with multiprocessing.get_context("spawn").Pool(jobs, _settle_in) as pool:
        yield from pool.imap_unordered(one_played, seeds, chunksize=2)


def one_played(seed: int) -> Outcome:
    """What became of the world of a seed."""
    return play(script_of(seed))


def _settle_in() -> None:
    """What is loaded stays for good, and a world leaves little behind that only the collector could find."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
