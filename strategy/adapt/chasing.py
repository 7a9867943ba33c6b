"""What the interval of a grid is by the account's volume goal: a notch at each look, never wider than its own.

What was traded and what it cost is what /points counts out of the ledger. It is compared with the part of the span
that is over. Nothing is bought or sold for it, and nothing is moved here.
"""

from decimal import Decimal

from strategy.adapt.spacing import MOVES_BY, Width, least_interval
from strategy.messages.widths import Chase, Pace
from strategy.model.account import Account
from strategy.model.chasing import LOOKS, own_interval
from strategy.model.durations import HOUR
from strategy.model.grid import Grid
from strategy.model.market import Fees, Market, Touch
from strategy.model.money import ONE, ZERO, ratio
from strategy.model.spec import GridSpec
from strategy.model.weeks import VolumeGoal

NOTCH = Decimal("1.5")
"""By how much the interval of one notch is that of the next."""


def narrowest(spec: GridSpec, fees: Fees, market: Market, touch: Touch) -> Decimal:
    """The narrowest that it may make of it at the price of now. One that is narrower by itself stays as it is."""
    least = max(market.price_up(spec.width_least * touch.ask), least_interval(spec, fees, market, touch))
    return min(own_interval(spec), least)


def rest_of(spec: GridSpec, goal: VolumeGoal | None) -> int:
    """For how long an interval stays at least, ms: as its owner has said, and no longer than a seventh of the span."""
    rest = spec.width_rest * HOUR
    return rest if goal is None else min(rest, goal.length // LOOKS)


def chase_of(account: Account, grid: Grid, at: int) -> Chase | None:
    """How the volume stands to its goal; None while nothing was counted of this span.

    What was told as spent or reached stays so until the span ends, whatever a later sale brings back.
    """
    limits = account.limits
    goal, counted = limits.goal, limits.counted
    if goal is None or goal.budget is None:
        return Chase(pace=Pace.NO_GOAL)
    span = goal.span(at)
    if counted is None or counted.begins != span.begins:
        return None
    passed = ratio(Decimal(at - span.begins), Decimal(goal.length))
    if counted.cost >= goal.budget or limits.budget_told == span.begins:
        pace = Pace.SPENT
    elif counted.volume >= goal.volume or limits.goal_told == span.begins:
        pace = Pace.REACHED
    elif grid.spec.width_own is not None and grid.adapted.widened_at < span.begins:
        pace = Pace.ANEW
    elif counted.cost > goal.budget * passed:
        pace = Pace.COSTLY
    else:
        pace = Pace.BEHIND if counted.volume < goal.volume * passed else Pace.AHEAD
    return Chase(pace=pace, goal=goal, volume=counted.volume, cost=counted.cost, passed=passed)


def chased(account: Account, grid: Grid, touch: Touch, at: int) -> Width | None:
    """What its interval comes to at this look; None while nothing was counted of this span."""
    chase = chase_of(account, grid, at)
    if chase is None:
        return None
    spec, market = grid.spec, grid.market
    own, now = own_interval(spec), spec.interval or ZERO
    if chase.is_over:
        return Width(interval=own, chase=chase)
    if chase.pace is Pace.BEHIND:
        least = narrowest(spec, account.fees, market, touch)
        # The smallest tick may have grown beyond its own: no price step that there is any more makes it wider.
        return Width(interval=min(own, max(least, market.price_up(now / NOTCH))), chase=chase)
    wider = market.price_up(now * NOTCH)
    # What would be left is less than levels are moved for: it would never come back to its own.
    return Width(interval=own if wider * (ONE + MOVES_BY) >= own else wider, chase=chase)
