"""The shortest world that still breaks the same promise: kinds of faults are left out first, then steps."""

from collections.abc import Callable, Sequence

from tests.simulation.script import Act, Script
from tests.simulation.world import Outcome, play

MOST_TRIES = 160


def shortest(script: Script, *, tries: int = MOST_TRIES) -> Outcome:
    """Play ever smaller parts of a world that breaks a promise; the smallest one that still does, with its trace."""
    violation = play(script).violation
    assert violation is not None, f"world {script.seed} breaks nothing"
    left = tries

    def still(smaller: Script) -> bool:
        nonlocal left
        left -= 1
        found = play(smaller).violation if left >= 0 else None
        return found is not None and found.name == violation.name

    script = _without_kinds(script, still)
    script = script.keeping(_without_stretches(script, still))
    return play(script, tracing=True)


def _without_kinds(script: Script, still: Callable[[Script], bool]) -> Script:
    for kind in sorted(script.kinds):
        smaller = script.without(kind)
        if still(smaller):
            script = smaller
    return script


def _without_stretches(script: Script, still: Callable[[Script], bool]) -> Sequence[Act]:
    """Leave out halves, quarters and so on, as long as the promise is still broken."""
    acts, size = list(script.acts), len(script.acts) // 2
    while size >= 1:
        start = len(acts) - size
        while start >= 0:
            fewer = [*acts[:start], *acts[start + size :]]
            if still(script.keeping(fewer)):
                acts = fewer
            start -= size
        size //= 2
    return acts


def told(outcome: Outcome, *, lines: int = 80) -> str:
    """What a person needs: the seed, the broken promise, and the end of the shortest trace."""
    violation = outcome.violation
    assert violation is not None
    return "\n".join(
        [
            f"world {outcome.seed}: {violation}",
            f"again: python -m tests.simulation --seed {outcome.seed}",
            f"the shortest trace ({outcome.steps} steps):",
            *outcome.trace[-lines:],
        ]
    )
