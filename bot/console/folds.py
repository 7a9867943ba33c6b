"""Walking forward: a sweep's choice made anew several times, each by all days before, and played on those after."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

import numpy as np

from bot.console.moments import day
from bot.console.spread import play
from bot.console.sweeping import Player, Swept, courses, lasted
from bot.console.variants import typed
from bot.telegram.texts.numbers import gain
from strategy.model.money import ZERO
from strategy.research.kernel import Course, Outcome
from strategy.research.ladders import Ladder
from strategy.research.sweep import day_ends, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One choice, and what came of it."""

    cut: int
    """The first candle that the choice did not see."""
    end: int
    best: int
    """The number of the variant."""
    total: Decimal
    """On the days that it was chosen by."""
    money: Decimal
    after: Outcome | None
    """Begun anew at the cut; None where it can't be opened there."""


def folds(swept: Swept, count: int, by: Player = play) -> list[Fold]:
    """The days that the sweep did not look at, in so many parts: each is played by what all before it would choose."""
    plan, candles = swept.plan, swept.plan.case.candles
    inside, outside = courses(plan.case, plan.split)
    length = len(candles) - plan.split
    cuts = [plan.split + length * one // count for one in range(count + 1)]
    return [_fold(swept, inside, outside, span, by) for span in pairwise(cuts)]


def _fold(swept: Swept, inside: Course, outside: Course, span: tuple[int, int], by: Player) -> Fold:
    plan, (cut, end) = swept.plan, span
    found, figures = swept.inside, swept.found
    if cut != plan.split:
        ends = day_ends(plan.case.candles, plan.case.first, cut)
        course = replace(inside, span=(plan.case.first, cut), ends=ends)
        found = by(course, swept.inside.ladders, lambda _: None)
        figures = judged(found, lasted(plan.case, course))
    best = int(np.argmax(figures.score(plan.by)))
    course = replace(outside, track=inside.track, span=(cut - 1, end), ends=())
    ladder = course.ladder(swept.inside.ladders[best].spec)
    after = by(course, [ladder], lambda _: None).outcome(0) if isinstance(ladder, Ladder) else None
    money = swept.inside.ladders[best].money * swept.inside.scale.worth
    return Fold(cut=cut, end=end, best=best, total=found.outcome(best).total, money=money, after=after)


def told(swept: Swept, found: list[Fold]) -> str:
    """As a table, and what all of them come to."""
    rows = [_head(swept), *(_row(swept, number, one) for number, one in enumerate(found, start=1))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join((*_about(found), "", *lines, "", *_below(swept, found), ""))


def _about(found: list[Fold]) -> Iterator[str]:
    yield f"Walking forward, {len(found)} times: chosen by all days before, begun anew on the days after."


def _head(swept: Swept) -> list[str]:
    return ["", "played on", *(axis.word for axis in swept.plan.axes), "total before", "│ unseen", "%", "drawdown"]


def _row(swept: Swept, number: int, one: Fold) -> list[str]:
    plan, at = swept.plan, swept.plan.case.candles.at
    quote, variant = plan.case.market.quote, swept.variants[one.best]
    unseen = ["│ –", "–", "–"]
    if one.after is not None:
        part = f"{one.after.total / one.money:+.1%}"
        unseen = [f"│ {gain(one.after.total, quote)}", part, f"{one.after.share:.1%}"]
    return [
        f"{number}",
        f"{day(at[one.cut])} to {day(at[one.end - 1])}",
        *(typed(axis.word, variant[axis.word]) for axis in plan.axes),
        gain(one.total, quote),
        *unseen,
    ]


def _below(swept: Swept, found: list[Fold]) -> Iterator[str]:
    played = [one.after.total for one in found if one.after is not None]
    quote = swept.plan.case.market.quote
    gained = sum(total > 0 for total in played)
    yield f"unseen in all: {gain(sum(played, ZERO), quote)} {quote}; {gained} of {len(played)} gained."
