"""Promises about what is told of fees and of volume: each message is true by its own figures, and comes once."""

from collections import Counter
from collections.abc import Iterable, Iterator

from strategy.messages.fees import FeesChanged
from strategy.messages.notices import Notice
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.messages.widths import Chase, Pace, WidthChanged
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


@promise("the volume goal is chased within its budget")
def chased_within_its_budget(notices: Iterable[Notice]) -> Iterator[str]:
    """Each interval that follows the goal is told with figures that say so. It is the grid's own where there is nothing
    to chase, and for the rest of the span once its goal was told as reached or its budget as spent.
    """
    over: set[tuple[object, int]] = set()
    for told in notices:
        match told:
            case GoalReached(goal=goal) | BudgetSpent(goal=goal):
                over.add((goal, goal.span(told.at).begins))
            case WidthChanged(chase=Chase() as chase):
                aim, is_own = chase.goal, told.own is None
                ended = aim is not None and (aim, aim.span(told.at).begins) in over
                if not is_own and (chase.is_over or ended or told.after >= (told.own or told.after)):
                    yield f"{told}"
                if not (_says_so(chase) or (chase.is_over and ended)):
                    yield f"{told}"
            case _:
                pass


def _says_so(chase: Chase) -> bool:
    goal, volume, cost, passed = chase.goal, chase.volume, chase.cost, chase.passed
    if goal is None or goal.budget is None:
        return chase.pace is Pace.NO_GOAL
    spent, reached = cost >= goal.budget, volume >= goal.volume
    costly, behind = cost > goal.budget * passed, volume < goal.volume * passed
    says = {
        Pace.SPENT: spent,
        Pace.REACHED: reached and not spent,
        Pace.ANEW: not (spent or reached),
        Pace.COSTLY: costly and not (spent or reached),
        Pace.BEHIND: behind and not (costly or spent),
        Pace.AHEAD: not (behind or costly or spent or reached),
        Pace.NO_GOAL: False,
    }
    return says[chase.pace]
