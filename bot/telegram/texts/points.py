"""/points: the points week, what its volume cost, the owner's goal. Promises no points: nobody knows the formula."""

from collections.abc import Iterator
from decimal import Decimal

from bot.owner.views import PointsView
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import coins, cost, gain, percent, price, worth
from bot.telegram.texts.phrases import day_and_time, duration, foot, lines
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.model.durations import HOUR
from strategy.model.market import USDC
from strategy.model.turnover import Turnovers
from strategy.model.weeks import GIVEN_OUT_AFTER, VolumeGoal

EACH = Decimal(10_000)
"""Of volume, for which its cost is told."""
SOONEST = HOUR
"""Milliseconds of a span after which its pace says something."""


def points(lang: str, seen: PointsView) -> Html:
    """The week now, the goal, the weeks before, and what points are."""
    head = say(
        lang,
        "points.head",
        ends=_moment(seen.span.ends),
        left=duration(lang, seen.span.ends - seen.at),
        given=_moment(seen.span.ends + GIVEN_OUT_AFTER),
    )
    last = _moment(seen.span.begins + GIVEN_OUT_AFTER)
    due = say(lang, "points.due", given=last) if seen.at < seen.span.begins + GIVEN_OUT_AFTER else None
    past = [say(lang, "points.past", ends=_day(one.ends), traded=_traded(lang, week)) for one, week in seen.past]
    return lines(
        head,
        *_week(lang, seen.week),
        due,
        *_goal(lang, seen),
        _apart(say(lang, "points.past.head")) if past else None,
        *past,
        None if seen.points is None else _apart(say(lang, "points.balance", points=coins(seen.points))),
        _apart(say(lang, "points.about")),
        foot(lang, seen.mode),
    )


def points_told(lang: str, told: PointsWeekOver | GoalReached | BudgetSpent) -> Html:
    """One of these as a message."""
    match told:
        case PointsWeekOver(ends=ends, week=week):
            quote, most = next(iter(week.items()), (USDC, None))
            volume = None if most is None else worth(most.volume, quote)
            given = _moment(ends + GIVEN_OUT_AFTER)
            head = say(lang, "points_week", ends=_moment(ends), given=given, volume=volume, quote=quote)
            return lines(head, *_week(lang, week, named=len(week) > 1))
        case GoalReached() | BudgetSpent():
            goal = told.goal
            return say(
                lang,
                told.kind,
                span=_span(lang, goal),
                goal=worth(goal.volume, USDC),
                volume=worth(told.volume, USDC),
                cost=cost(told.cost, USDC),
                budget=None if goal.budget is None else cost(goal.budget, USDC),
                each=_each(told.cost, told.volume),
                grids=listed(lang, tuple(map(str, told.following))) if told.following else None,
            )


def _week(lang: str, week: Turnovers, *, named: bool = True) -> Iterator[Html]:
    """What was traded, a line a quote; its volume not `named` where the headline has just said it."""
    for quote, one in week.items():
        yield say(
            lang,
            "points.week",
            volume=worth(one.volume, quote) if named else None,
            quote=quote,
            fills=one.fills,
            fees=cost(one.fees, quote),
            realised=gain(one.realised, quote),
            each=_each(one.cost, one.volume) if one.volume else None,
            own=worth(one.own, quote) if one.own else None,
        )
    if not week:
        yield say(lang, "points.none")


def _goal(lang: str, seen: PointsView) -> Iterator[Html]:
    goal, span, done = seen.goal, seen.goal_span, seen.goal_done
    if goal is None or span is None:
        yield _apart(say(lang, "points.goal.none"))
        return
    spent = goal.budget is not None and done.cost >= goal.budget
    head = say(
        lang,
        "points.goal",
        span=_span(lang, goal),
        volume=worth(done.volume, USDC),
        goal=worth(goal.volume, USDC),
        share=percent(done.volume / goal.volume),
    )
    yield _apart(head)
    yield say(
        lang,
        "points.cost",
        cost=cost(done.cost, USDC),
        budget=None if goal.budget is None else cost(goal.budget, USDC),
        each=_each(done.cost, done.volume) if done.volume else None,
    )
    if seen.unpriced:
        yield say(lang, "points.unpriced", quotes=listed(lang, seen.unpriced))
    passed, left = seen.at - max(span.begins, seen.known_since), span.ends - seen.at
    if done.volume and passed >= SOONEST:
        finish = done.volume + done.volume * left / passed
        paid = done.cost + done.cost * left / passed
        beyond = None if goal.budget is None or spent or paid <= goal.budget else cost(paid - goal.budget, USDC)
        yield say(lang, "points.pace", finish=worth(finish, USDC), cost=cost(paid, USDC), over=beyond)
    for one in seen.goal_followed_by:
        own = None if one.spec.width_own is None else price(one.spec.width_own)
        now = price(one.spec.interval or one.market.tick_size)
        yield say(lang, "points.follows", grid=one.id, now=now, own=own, quote=one.market.quote)
    yield say(lang, "points.spent" if spent else "points.goal.note")


def _apart(said: Html) -> Html:
    """After an empty line."""
    return Html("\n" + said)


def _traded(lang: str, week: Turnovers) -> str:
    shown = [
        say(lang, "points.traded", volume=worth(one.volume, quote), quote=quote, fees=cost(one.fees, quote))
        for quote, one in week.items()
    ]
    return Html("; ".join(shown)) if shown else say(lang, "points.none")


def _span(lang: str, goal: VolumeGoal) -> Html:
    return say(lang, "points.day" if goal.daily else "points.this_week")


def _each(spent: Decimal, volume: Decimal) -> str | None:
    return cost(spent * EACH / volume, USDC) if volume else None


def _moment(at: int) -> str:
    return " ".join(day_and_time(at))


def _day(at: int) -> str:
    return day_and_time(at)[0]
