"""What a replay makes of an interval that follows the volume goal: one grid alone has no goal. Plays nothing."""

from strategy.grid.opening import problem
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.chasing import chases
from strategy.model.spec import GridSpec
from strategy.model.values import replace


def wants_goal(spec: GridSpec) -> Problem | None:
    """Such a wish is not played, and refused for that."""
    return problem(ProblemCode.NOT_PLAYED, "width") if chases(spec) else None


def without_goal(spec: GridSpec) -> GridSpec:
    """The wish of a grid that is taken over: what the goal has made of its interval stays as it is."""
    return replace(spec, width=None) if chases(spec) else spec
