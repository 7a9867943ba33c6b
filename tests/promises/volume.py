"""Promises about what is told of fees and of volume: each message is true by its own figures, and comes once."""

from collections import Counter
from collections.abc import Iterable, Iterator

from strategy.messages.fees import FeesChanged
from strategy.messages.notices import Notice
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.model.weeks import week_of
from tests.promises.promise import promise


@promise("fees are judged truly")
def fees_judged_truly(notices: Iterable[Notice]) -> Iterator[str]:
    """Who is told to lose comes with the figures that say so, and no grid that earns enough is among them."""
    for told in notices:
        if isinstance(told, FeesChanged):
            ids = tuple(one.grid_id for one in told.judged)
            if ids != told.losing or not all(one.too_little for one in told.judged):
                yield f"{told}"


@promise("volume is told once")
def volume_told_once(notices: Iterable[Notice]) -> Iterator[str]:
    """A goal that is reached, a budget that is spent, a week that is over: once in its span, and truly."""
    seen: Counter[tuple[str, object, int]] = Counter()
    for told in notices:
        match told:
            case GoalReached(goal=goal):
                seen[told.kind, goal, goal.span(told.at).begins] += 1
                if told.volume < goal.volume:
                    yield f"{told}"
            case BudgetSpent(goal=goal):
                seen[told.kind, goal, goal.span(told.at).begins] += 1
                if goal.budget is None or told.cost < goal.budget:
                    yield f"{told}"
            case PointsWeekOver(ends=ends):
                seen[told.kind, None, ends] += 1
                if week_of(ends).begins != ends or told.at < ends:
                    yield f"{told}"
            case _:
                pass
    yield from (f"{one} was told {count} times" for one, count in seen.items() if count > 1)
