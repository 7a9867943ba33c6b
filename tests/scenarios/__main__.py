"""`python -m tests.scenarios`: tell all scenarios anew, to be read as a diff before they are kept."""

from tests.scenarios.played import SCENARIOS, SEEN, told

for scenario in SCENARIOS:
    (SEEN / f"{scenario.name}.txt").write_text(told(scenario), "utf-8")
