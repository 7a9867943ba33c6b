"""What became of the grids of each named market is what a person has read. `python -m tests.scenarios` tells anew."""

import pytest

from tests.scenarios.played import SCENARIOS, SEEN, Scenario, told


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_a_named_market_ends_as_it_was_reviewed(scenario: Scenario) -> None:
    assert told(scenario) == (SEEN / f"{scenario.name}.txt").read_text("utf-8")
