"""Some hundreds of hostile worlds, each played to its end over the real store: every promise is kept in all of them."""

import multiprocessing
from collections.abc import Sequence

import pytest

from tests.simulation.script import LEAST_STEPS, script_of
from tests.simulation.shrink import shortest, told
from tests.simulation.world import Outcome, play

WORLDS = 200
"""`make simulate SEEDS=20000` plays many more."""
AT_ONCE = 25

NAMED = {
    13: "the stream told of a fill before a new ledger was open, and the opening balances were never booked",
    17: "a database that was put back gave out ids again that the exchange had seen",
}
"""Worlds that once broke a promise, and why."""


@pytest.mark.parametrize("first", range(0, WORLDS, AT_ONCE))
def test_every_promise_is_kept_in_every_world(first: int) -> None:
    with multiprocessing.get_context("spawn").Pool() as pool:
        outcomes = pool.map(_outcome, range(first, first + AT_ONCE), chunksize=1)

    assert all(outcome.steps >= LEAST_STEPS for outcome in outcomes)
    assert not _broken(outcomes)


@pytest.mark.parametrize("seed", NAMED, ids=lambda seed: f"world-{seed}")
def test_a_world_that_was_once_broken_is_whole(seed: int) -> None:
    assert not _broken([_outcome(seed)])


def test_a_world_is_the_same_each_time_it_is_played() -> None:
    first, again = (play(script_of(3), tracing=True) for _ in range(2))

    assert first.trace == again.trace


def _outcome(seed: int) -> Outcome:
    return play(script_of(seed))


def _broken(outcomes: Sequence[Outcome]) -> str:
    """The shortest trace of the first world that broke a promise."""
    broken = [outcome for outcome in outcomes if outcome.violation is not None]
    return told(shortest(script_of(broken[0].seed))) if broken else ""
