"""Why a command on a grid is refused, where several of them may be for the same reason."""

from decimal import Decimal

from strategy.adapt.spacing import measures
from strategy.grid.limits import Trigger
from strategy.grid.opening import problem
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.account import Account
from strategy.model.chasing import chases
from strategy.model.grid import Grid
from strategy.model.market import Asset
from strategy.model.spec import GridSpec


def limit_reached(trigger: Trigger, quote: Asset) -> Problem:
    """A limit that is reached already, so that the grid would stop again at once."""
    return problem(
        ProblemCode.BAD_LIMIT,
        trigger.reason.value,
        field=trigger.reason.value,
        value=trigger.threshold,
        price=trigger.value,
        quote=quote,
    )


def wrong_phase(grid: Grid) -> Problem:
    """The grid is not in a phase in which this can be done."""
    return problem(ProblemCode.WRONG_PHASE, id=grid.id, phase=grid.phase.value)


def buys_nothing(grid: Grid) -> Problem:
    """Its buying is paused already, while it trades on."""
    return problem(ProblemCode.WRONG_PHASE, id=grid.id, phase="buys_nothing")


def no_goal(account: Account, spec: GridSpec) -> Problem | None:
    """An interval that is to follow the volume goal, and no goal, or none that says what it may cost."""
    goal = account.limits.goal
    if not chases(spec) or (goal is not None and goal.budget is not None):
        return None
    return problem(ProblemCode.NO_GOAL, "width")


def crossed(spec: GridSpec, lowest: Decimal, highest: Decimal) -> Problem | None:
    """Bounds that leave no room: those of a shift inside the ladder, and a least interval above the most."""
    if spec.follows_down and spec.shift_low is not None and spec.shift_low > lowest:
        return _beyond("shiftlow", spec.shift_low, lowest)
    if spec.follows_up and not spec.endless and spec.shift_high is not None and spec.shift_high < highest:
        return _beyond("shifthigh", spec.shift_high, highest)
    if measures(spec) and spec.width_least > spec.width_most:
        return _beyond("widthleast", spec.width_least, spec.width_most)
    return None


def _beyond(word: str, value: Decimal, bound: Decimal) -> Problem:
    return problem(ProblemCode.BAD_LIMIT, word, field=word, value=value, price=bound)
