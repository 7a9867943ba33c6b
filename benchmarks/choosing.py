"""What a choice by rule is worth: made on July to December 2025 alone, played on what came after (about 20 minutes).

Nothing in it was changed after it had been run: what is tried, by what it is chosen and what it is played on were
written down first. Tried are 144 grids that lose 8 % at most: 15 to 24 % below the price, 4 to 10 % above it, steps of
1.5 to 3 %, opened at once, behind the gate, or with a pause after a fast fall. Of those that hold what is asked of the
proposal on paths sewn of the first half, without its drift, the one whose neighbours have the best median is taken.
Beside it stands the one of the 144 that is nearest to the proposal, which was chosen otherwise.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from math import log
from multiprocessing import Pool

from rich.progress import track

from benchmarks.bench_defaults import HEAD, PATHS, TITLE, Outcome, laid, row_of, times_of, window, windows
from benchmarks.figures import median, percentile, show
from bot.owner.careful import DRAWDOWN, LOSS
from strategy.model.money import ONE
from strategy.model.spec import Spacing

BELOW = (15, 18, 21, 24)
ABOVE = (4, 6, 8, 10)
"""Per cents of the price."""
STEPS = (Decimal("0.015"), Decimal("0.02"), Decimal("0.03"))
ENTRIES: Mapping[str, Mapping[str, object]] = {
    "gate": {"gate_hours": 168},
    "pause": {"fall": Decimal("0.05"), "fall_hours": 24, "fall_pause": 48},
    "at once": {},
}
Place = tuple[int, int, int, int]
TRIED = list(product(range(4), range(4), range(3), range(3)))
PROPOSED = (2, 1, 1, 0)
CHOOSE_BY = 60
"""Paths of the first half."""
WORST, FALL, FEES, POSITIVE = -85, 0.12, 0.12, 0.6
"""What is asked of the proposal: nine windows in ten no worse, no deeper fall, no more fees, so many positive."""
_CENT = Decimal("0.01")


def fields_of(place: Place, times: Decimal) -> Mapping[str, object]:
    """A grid's fields in a market that moves so many times as far as usual."""
    down, up, step, entry = place
    below, above = Decimal(BELOW[down]) / 100, Decimal(ABOVE[up]) / 100
    return {
        "spacing": Spacing.GEOMETRIC,
        "grids": round(log((ONE + above) / (ONE - below)) / log(ONE + STEPS[step])),
        "below": (ONE - (ONE - below) ** times).quantize(_CENT, ROUND_HALF_UP),
        "above": ((ONE + above) ** times - ONE).quantize(_CENT, ROUND_HALF_UP),
        "max_loss": LOSS * times,
        "max_drawdown": DRAWDOWN * times,
        "loss_sells": True,
        **list(ENTRIES.values())[entry],
    }


def named(place: Place) -> str:
    """A grid in words."""
    down, up, step, entry = place
    return f"chosen: -{BELOW[down]} / +{ABOVE[up]} %, steps of {STEPS[step]:.1%}, {list(ENTRIES)[entry]}"


def _played(task: tuple[str, int, Sequence[Place]]) -> tuple[str, Mapping[Place, Outcome]]:
    name, number, places = task
    candles, first = window(name, number)
    times = times_of(candles, first)
    return name, {place: laid(fields_of(place, times), times, candles, first) for place in places}


def holds(found: Sequence[Outcome]) -> bool:
    """Whether that is what is asked of the proposal, but for the median, which is what is chosen by."""
    results = [one.result for one in found]
    share = sum(one.fees for one in found) / sum(one.gross for one in found)
    fall, above = max(one.drawdown for one in found), sum(one > 0 for one in results) / len(results)
    return percentile(results, 0.1) > WORST and fall < FALL and share < FEES and above >= POSITIVE


def chosen(found: Mapping[Place, Sequence[Outcome]]) -> Place:
    """The best of those that hold, by the median of what its neighbours and itself have for one."""
    own = {place: median(one.result for one in outcomes) for place, outcomes in found.items()}
    near = {place: median(own[one] for one in own if _are_near(one, place)) for place in own}
    return max((place for place in found if holds(found[place])), key=lambda place: near[place])


def _are_near(one: Place, other: Place) -> bool:
    return one[3] == other[3] and all(abs(here - there) <= 1 for here, there in zip(one[:3], other[:3], strict=True))


def main() -> None:
    """Print what was chosen, and what came of it beside the proposal."""
    first = [("first", number, TRIED) for number in range(CHOOSE_BY)]
    with Pool(2) as pool:
        played = list(track(pool.imap(_played, first), "choosing", total=len(first)))
        best = chosen({place: [found[place] for _, found in played] for place in TRIED})
        both = {named(best): best, "where the proposal is": PROPOSED}
        places = [*windows(), *(("second", number) for number in range(PATHS))]
        later = [(name, number, list(both.values())) for name, number in places]
        played += list(track(pool.imap(_played, later), "playing", total=len(later)))
    kinds = {"first half, driftless": ["first"], "second half, driftless": ["second"]}
    kinds["recorded, later"] = [name for name, _ in windows()]
    show(
        TITLE,
        HEAD,
        [
            row_of(rule, kind, [found[place] for name, found in played if name in names])
            for kind, names in kinds.items()
            for rule, place in both.items()
        ],
    )


if __name__ == "__main__":
    main()
