"""A store that fails slowly is let rest for a while: what asks meanwhile is not held up by it."""

import pytest

from storage.errors import StorageUnavailable
from storage.limits import Patience


class Steady:
    """A clock in seconds that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fails(patience: Patience, clock: Steady, after: float) -> None:
    """The store is asked, and fails after so long."""
    with pytest.raises(StorageUnavailable, match="is gone"), patience.over():
        _end(clock, after)


def _end(clock: Steady, after: float) -> None:
    clock.now += after
    msg = "is gone"
    raise StorageUnavailable(msg)


def test_a_store_that_failed_slowly_is_not_asked_until_it_has_rested_three_times_as_long() -> None:
    clock = Steady()
    patience = Patience(clock)
    fails(patience, clock, after=2)

    clock.now = 7.9
    with pytest.raises(StorageUnavailable, match="did not answer in time"), patience.over():
        pass
    clock.now = 8
    with patience.over():
        pass


def test_one_that_fails_at_once_is_asked_again_at_once() -> None:
    clock = Steady()
    patience = Patience(clock)
    for _ in range(2):
        fails(patience, clock, after=0)
