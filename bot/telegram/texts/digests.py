"""A digest: what was not told by itself, the money first, a line a grid, and the headline of whatever else happened."""

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import NamedTuple

from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.fills import mark_of
from bot.telegram.texts.levels import jumped_headlines
from bot.telegram.texts.notices import headline
from bot.telegram.texts.numbers import percent_change, price, summed
from bot.telegram.texts.phrases import day_and_time, fitted, foot, moment
from strategy.messages.notices import FillTold, LevelJumped, Notice, TripClosed
from strategy.model.market import Asset
from strategy.model.orders import GridId

Made = FillTold | TripClosed


class Hours(NamedTuple):
    """What a digest covers, in ms, by the owner's clocks."""

    begins: int
    ends: int
    zone: tzinfo


def digest(lang: str, told: Sequence[Notice], hours: Hours, mode: str, *, off: int = 0) -> Html:
    """All of these in one message; `off` more are of kinds that the owner has switched off."""
    by_grid: dict[GridId, list[Made]] = {}
    for one in told:
        if isinstance(one, FillTold | TripClosed):
            by_grid.setdefault(one.grid_id, []).append(one)
    times = [(at, day_and_time(at, hours.zone)[1]) for at in (hours.begins, hours.ends)]
    span = "–".join(said for _, said in times)
    shown_span = Html("–".join(moment(at, said, "t") for at, said in times))  # once: Telegram keeps a hundred entities
    shown = _profits(by_grid)
    head = _head(lang, by_grid, shown, shown_span, len(told))
    grids = [_of_grid(lang, made, shown.parts.get(grid), span) for grid, made in sorted(by_grid.items())]
    jumped = [one for one in told if isinstance(one, LevelJumped)]
    others = [one for one in told if not isinstance(one, FillTold | TripClosed | LevelJumped)]
    items = [*grids, *jumped_headlines(lang, jumped), *(headline(lang, one) for one in others)]
    tail = [say(lang, "digest.off", off=off)] if off else []
    tail += [say(lang, "digest.fills")] if by_grid else []
    first, *rest = [*items, *tail] or [head]
    fold = fitted(lang, f"{head}\n<blockquote expandable>{first}", rest, "</blockquote>")
    return Html("\n".join((fold, foot(lang, mode))))


class _Shown(NamedTuple):
    """What was made as it is shown: the parts sum to the totals."""

    parts: dict[GridId, str]
    totals: dict[Asset, str]
    lost: bool


def _profits(by_grid: dict[GridId, list[Made]]) -> _Shown:
    quotes: dict[Asset, dict[GridId, Decimal]] = {}
    for grid, made in by_grid.items():
        profits = [profit for one in made if (profit := _profit(one)) is not None]
        if profits:
            quotes.setdefault(made[0].quote, {})[grid] = sum(profits, Decimal(0))
    parts, totals, lost = dict[GridId, str](), dict[Asset, str](), False
    for quote, own in quotes.items():
        each, total, value = summed(list(own.values()), quote)
        parts |= dict(zip(own, each, strict=True))
        totals[quote] = total
        lost |= value < 0
    return _Shown(parts, totals, lost)


def _profit(one: Made) -> Decimal | None:
    return one.profit if isinstance(one, TripClosed) else one.trip_profit


def _head(lang: str, by_grid: dict[GridId, list[Made]], shown: _Shown, span: str, count: int) -> Html:
    made = [one for own in by_grid.values() for one in own]
    if not made:
        return say(lang, "digest.head.none", count=count, span=span)
    return say(
        lang,
        "digest.head",
        mark=mark_of((Decimal(-1) if shown.lost else Decimal(1)) if shown.totals else None),
        made=listed(lang, (f"{total} {quote}" for quote, total in shown.totals.items())) or None,
        grid=next(iter(by_grid)) if len(by_grid) == 1 else None,
        span=span,
        **_counts(made),
    )


def _of_grid(lang: str, made: Sequence[Made], profit: str | None, span: str) -> Html:
    first, last = made[0].standing.price, made[-1].standing.price
    return say(
        lang,
        "digest.grid",
        grid=made[0].grid_id,
        span=span,
        profit=profit,
        quote=made[0].quote,
        price=price(last),
        change=percent_change(first, last) if first != last and first else None,
        **_counts(made),
    )


def _counts(made: Sequence[Made]) -> dict[str, int | None]:
    trips = sum(_profit(one) is not None for one in made)
    return {"fills": sum(isinstance(one, FillTold) for one in made), "trips": trips or None}
