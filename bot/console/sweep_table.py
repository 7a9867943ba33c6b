"""What a sweep has found as a table for the terminal, and what is to be thought of it."""

from collections.abc import Iterator, Sequence

import numpy as np

from bot.console.moments import day
from bot.console.sweeping import Swept, line, why
from bot.console.variants import typed
from bot.telegram.texts.numbers import gain
from strategy.research.sweep import NEIGHBOURS, among, is_lonely, luck

UNLIKELY = 0.05


def table(swept: Swept, best: Sequence[int]) -> str:
    """The best, a line each."""
    rows = [_head(swept), *(_row(swept, number, one) for number, one in enumerate(best, start=1))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(["", *_about(swept), "", *lines, "", *_below(swept, best), ""])


def _about(swept: Swept) -> Iterator[str]:
    plan = swept.plan
    candles, words = plan.case.candles, ", ".join(axis.word for axis in plan.axes)
    end = candles.at[-1] + candles.interval
    yield f"{plan.case.market.symbol} · {len(swept.variants):,} variants of {words} · by {plan.by}"
    yield (
        f"chosen by {day(candles.at[plan.case.first])} to {day(candles.at[plan.split])}, "
        f"checked by {day(candles.at[plan.split])} to {day(end)}"
    )
    if swept.refused:
        causes = ", ".join(f"{why(code)} ({count:,})" for code, count in swept.refused.items())
        yield f"{sum(swept.refused.values()):,} others can't be opened: {causes}"


def _head(swept: Swept) -> list[str]:
    seen = ["total", "%", "drawdown", "Calmar", "Sharpe", "trips", "beside"]
    return ["", *(axis.word for axis in swept.plan.axes), *seen, "luck", "│ unseen", "%", "drawdown", ""]


def _row(swept: Swept, number: int, one: int) -> list[str]:
    plan, found, quote = swept.plan, swept.found, swept.plan.case.market.quote
    near = among(swept.places, one)
    beside = np.median(found.total[list(near)]) if near else np.nan
    chance, after = luck(found, one), swept.outside.get(one)
    unseen = ["│ –", "–", "–"]
    if after is not None:
        money = float(swept.inside.ladders[one].money * swept.inside.scale.worth)
        unseen = [f"│ {gain(after.total, quote)}", f"{float(after.total) / money:+.1%}", f"{after.share:.1%}"]
    return [
        f"{number}",
        *(typed(axis.word, swept.variants[one][axis.word]) for axis in plan.axes),
        gain(swept.inside.outcome(one).total, quote),
        f"{found.part[one]:+.1%}",
        f"{found.drawdown[one]:.1%}",
        _ratio(found.calmar[one]),
        _ratio(found.sharpe[one]),
        f"{found.trips[one]:,.0f}",
        "–" if np.isnan(beside) else f"{beside:+,.0f}",
        "–" if chance is None else f"{chance:.0%}",
        *unseen,
        "lonely: luck" if is_lonely(swept.scores, one, near) else "",
    ]


def _below(swept: Swept, best: Sequence[int]) -> Iterator[str]:
    chance = luck(swept.found, best[0])
    if chance is not None:
        many = f"the best of {len(swept.variants):,} grids without any advantage has such a Sharpe ratio"
        verdict = "" if chance <= UNLIKELY else ": nothing that would tell it from luck"
        yield f"luck: in {chance:.0%} of cases {many}{verdict}."
    yield f"beside: the middle total of the {NEIGHBOURS} variants most like it. Lonely: hardly one of them is near."
    unseen = [float(one.total) for one in swept.outside.values()]
    if unseen:
        whole = sum(total > 0 for total in unseen)
        gained = f"{whole / len(unseen):.0%} of all variants gained"
        yield f"unseen: begun anew when the days of the choice were over; {gained}."
    yield "Played with every level's order in the book, first coins bought at once, no limit of prices or position."
    yield f"The first one: {line(swept, best[0])}"


def _ratio(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"
