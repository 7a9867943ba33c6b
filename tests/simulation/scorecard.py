"""What many worlds came to: counts, violations, time, for a person and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table

from tests.simulation.world import Outcome


@dataclass(slots=True)
class Scorecard:
    """The sums over all worlds that were played."""

    worlds: int = 0
    steps: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    violations: list[Outcome] = field(default_factory=list)
    seconds: float = 0

    def add(self, outcome: Outcome) -> None:
        """One more world."""
        self.worlds += 1
        self.steps += outcome.steps
        self.happened += outcome.happened
        if outcome.violation is not None:
            self.violations.append(outcome)

    def data(self) -> dict[str, object]:
        """For JSON."""
        return {
            "worlds": self.worlds,
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
            "worlds_per_second": round(self.worlds / self.seconds, 2) if self.seconds else None,
            "faults": {str(name): count for name, count in sorted(self.happened.items(), key=lambda row: str(row[0]))},
            "violations": [_violation(outcome) for outcome in self.violations],
        }

    def table(self) -> Table:
        """For a terminal."""
        table = Table(title="Simulated worlds", show_header=False, title_justify="left")
        rows: Sequence[tuple[str, object]] = (
            ("worlds", f"{self.worlds:,}"),
            ("steps", f"{self.steps:,}"),
            ("seconds", f"{self.seconds:,.1f}"),
            ("worlds a second", f"{self.worlds / self.seconds:.1f}" if self.seconds else "-"),
            ("violations", len(self.violations)),
        )
        for name, value in rows:
            table.add_row(name, str(value))
        table.add_section()
        for name, count in sorted(self.happened.items(), key=lambda row: -row[1]):
            table.add_row(str(name), f"{count:,}")
        return table


def _violation(outcome: Outcome) -> dict[str, object]:
    assert outcome.violation is not None
    return {"seed": outcome.seed, "name": outcome.violation.name, "text": outcome.violation.text}
