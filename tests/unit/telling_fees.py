"""Examples of what is told of fees and of volume: every variant that has words of its own."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from strategy.messages.fees import FeesChanged, Judged
from strategy.messages.notices import Notice
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.model.market import Asset, Fees, Symbol
from strategy.model.orders import GridId
from strategy.model.turnover import Turnover
from strategy.model.weeks import VolumeGoal, week_of

D = Decimal
AT, GRID, USDC = 1_770_386_400_000, GridId(3), Asset("USDC")


def about_fees() -> Iterator[Notice]:
    """Another tier: nothing loses, several lose, and each way out of it."""
    yield a_change()
    yield replace(a_change(), before=Fees(maker=D("0.0008"), taker=D("0.001")))
    yield a_change(a_judgement(), a_judgement(GridId(5)))
    yield a_change(a_judgement(rate="-0.001"))
    yield a_change(a_judgement(has_out=False))
    yield a_change(a_judgement(step="0.01"))


def a_change(*judged: Judged) -> FeesChanged:
    losing = tuple(one.grid_id for one in judged)
    return FeesChanged(at=AT, maker=D("0.00085"), taker=D("0.00095"), losing=losing, judged=judged)


def a_judgement(grid_id: GridId = GRID, *, rate: str = "0.0004", step: str = "0.002", has_out: bool = True) -> Judged:
    """A grid that earns too little by these fees, or nothing."""
    return Judged(
        grid_id=grid_id,
        symbol=Symbol("ETH_USDC"),
        quote=USDC,
        least=D(rate) * 50,
        most=D(rate) * 51,
        rate=D(rate),
        share=D("0.81") if D(rate) > 0 else D(1),
        step=D(step),
        least_step=D("0.0028"),
        buffer=D("0.001"),
        has_out=has_out,
    )


def about_points() -> Iterator[Notice]:
    """A week that is over, a goal that is reached, a budget that is spent; with and without what may be missing."""
    week = {USDC: Turnover(fills=12, volume=D("2500.5"), own=D(100), fees=D("1.99"), realised=D("-3.2"))}
    yield PointsWeekOver(at=AT, ends=week_of(AT).begins, week=week)
    for budget, daily in ((None, False), (D(12), True)):
        goal = VolumeGoal(volume=D(50_000), budget=budget, daily=daily)
        reached = GoalReached(at=AT, goal=goal, volume=D("50010.5"), cost=D("8.15"))
        yield from (reached, replace(reached, following=(GridId(3), GridId(12))))
    spent = VolumeGoal(volume=D(50_000), budget=D(12), daily=True)
    told = BudgetSpent(at=AT, goal=spent, volume=D("42010.5"), cost=D("12.01"))
    yield from (told, replace(told, following=(GridId(3),)))
