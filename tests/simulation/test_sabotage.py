"""The worlds see what they should: every deliberate mistake in the running code breaks a promise in one of them."""

import pytest

from tests.simulation.lies import LIES
from tests.simulation.sabotage import BREAKAGES, Breakage
from tests.simulation.script import script_of
from tests.simulation.world import play

MOST_WORLDS = 200


@pytest.mark.parametrize("breakage", [*BREAKAGES, *LIES], ids=lambda breakage: breakage.name)
def test_the_mistake_is_caught(breakage: Breakage) -> None:
    with breakage.applied():
        caught = next((seed for seed in _seeds(breakage) if play(script_of(seed)).violation is not None), None)

    assert caught is not None, f"{breakage.name}: {MOST_WORLDS} worlds saw nothing"


def _seeds(breakage: Breakage) -> list[int]:
    """The world that caught it before comes first: it is quick. Then all the others."""
    return [breakage.caught_by, *range(MOST_WORLDS)]
