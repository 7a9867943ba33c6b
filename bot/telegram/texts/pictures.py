"""What stands on pictures, in each language: the same figures as on the screens, ready to be drawn. Draws nothing."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from bot.mode import Mode
from bot.owner.views import (
    Bar,
    BooksView,
    CardPicture,
    CurvePicture,
    DaysPicture,
    Head,
    LadderPicture,
    Made,
    MarketPicture,
    Picture,
    Point,
    Rung,
    Span,
    Step,
    Summary,
    Theme,
    Tone,
    Trade,
    so_far,
    tone_of,
)
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import HUNDRED, Figures, cost, gain, percent, price, signed, worth
from bot.telegram.texts.phrases import day_and_time, duration, lines
from bot.telegram.texts.profit import lines_of, named
from bot.telegram.texts.sums import Sums, a_day, whole_share
from strategy.grid.opening import Preview
from strategy.grid.sizing import most_an_order
from strategy.messages.reports import Report
from strategy.model.account import Account
from strategy.model.curve import Leg
from strategy.model.durations import SECOND
from strategy.model.grid import Grid
from strategy.model.levels import Level, Wait
from strategy.model.market import Asset, Side
from strategy.model.money import ZERO

MOST_DAYS = 14
"""Bars that can be told from each other on a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A grid at one moment, and for whom it is drawn."""

    summary: Summary
    account: Account
    grid: Grid
    theme: Theme
    zone: tzinfo


def market_picture(lang: str, seen: Seen, *, bars: Sequence[Bar], trades: Sequence[Trade]) -> MarketPicture:
    """A grid's ladder on its market."""
    account, grid = seen.account, seen.grid
    bid = account.touches[grid.spec.symbol].bid if grid.spec.symbol in account.touches else grid.start_price
    limits = (("stop", grid.stop_price), ("take", grid.spec.take_profit))
    return MarketPicture(
        head=_head_of(lang, seen),
        bars=tuple(bars),
        rungs=tuple(
            Rung(price=level.price, side=level.side, frozen=level.wait is Wait.COINS)
            for level in sorted(grid.levels.values(), key=lambda level: level.rank)
        ),
        trades=tuple(trades),
        price=bid,
        limits=tuple((unmarked(lang, f"picture.{name}", price=price(at)), at) for name, at in limits if at is not None),
        words=(unmarked(lang, "picture.buys"), unmarked(lang, "picture.sells"), unmarked(lang, "picture.price")),
        ahead=ahead_of(seen.zone, seen.summary.at),
    )


def ladder_picture(lang: str, seen: Preview, *, theme: Theme, mode: Mode, at: int, zone: tzinfo) -> LadderPicture:
    """A grid before it is opened: the money first, then what a round trip earns, and each level."""
    market, levels, spec = seen.market, seen.levels, seen.spec
    least, most = (gain(one, market.quote, fine=True) for one in (seen.least_profit, seen.most_profit))
    counts = [sum(level.side is side for level in levels) for side in (Side.BUY, Side.SELL)]
    now = market.price_near(seen.touch.middle)
    limits = (("stop", spec.stop_loss, Tone.BAD), ("take", spec.take_profit, Tone.GOOD))
    return LadderPicture(
        head=Head(
            theme=theme,
            title=unmarked(lang, "picture.new", symbol=spec.symbol),
            figure=unmarked(lang, "picture.new.money", money=cost(seen.money, market.quote), quote=market.quote),
            tone=Tone.PLAIN,
            note=unmarked(
                lang,
                "picture.new.note",
                levels=len(levels),
                order=worth(most_an_order(spec, levels), market.quote),
                least=least,
                most=None if most == least else most,
                quote=market.quote,
            ),
            mark=unmarked(lang, f"picture.mark.{mode}"),
            foot=foot_of(lang, at, zone),
        ),
        steps=tuple(_step(level, market.quote) for level in levels),
        price=now,
        price_name=price(now),
        limits=tuple(
            (unmarked(lang, f"picture.{name}", price=price(limit)), limit, tone)
            for name, limit, tone in limits
            if limit is not None
        ),
        words=(
            unmarked(lang, "picture.new.buys", count=counts[0]),
            unmarked(lang, "picture.new.sells", count=counts[1]),
            unmarked(lang, "picture.price"),
        ),
    )


def _step(level: Level, quote: Asset) -> Step:
    value = level.quantity * level.price
    money = cost(value, quote) if level.side is Side.BUY else worth(value, quote)
    return Step(
        low=level.buy_price, high=level.sell_price, side=level.side, name=price(level.price), money=f"{money} {quote}"
    )


def curve_picture(
    lang: str, seen: Seen, *, curve: Sequence[Point], bars: Sequence[Bar], fall: Leg | None
) -> CurvePicture:
    """A grid's equity since it began, or since what is known of it, beside its coins held and its money kept.

    `fall` knows the deepest fall of /pnl, which may lie between two points that are drawn.
    """
    grid, summary = seen.grid, seen.summary
    made = so_far(seen.account, grid, summary.at)
    known = [(at, grid.money + total) for at, total in curve]
    begins = (grid.created_at, grid.money)
    first = [] if known and known[0][0] <= grid.created_at else [begins]
    held = [(bar.at, grid.money * bar.close / grid.start_price) for bar in bars if bar.at >= grid.created_at]
    return CurvePicture(
        head=_head_of(lang, seen),
        equity=(*first, *known, (summary.at, grid.money + made.total)),
        holding=(begins, *held) if held else (),
        money=grid.money,
        words=_curve_words(lang, grid, fall),
        percent=unmarked(lang, "picture.percent", value="{x:,.1f}"),
        ahead=ahead_of(seen.zone, seen.summary.at),
    )


def _curve_words(lang: str, grid: Grid, fall: Leg | None) -> tuple[str, str, str, str]:
    equity, holding, cash = (unmarked(lang, f"picture.{name}") for name in ("equity", "holding", "cash"))
    deepest = None if fall is None else f"{cost(fall.fall, grid.market.quote)} {grid.market.quote}"
    share = None if fall is None else percent(fall.fall / grid.money, up=True)
    return equity, holding, cash, unmarked(lang, "picture.fall", deepest=deepest, share=share)


def days_picture(lang: str, seen: Seen, *, curve: Sequence[Point]) -> DaysPicture:
    """What a grid made on each of the last days."""
    grid, at = seen.grid, seen.summary.at
    now = so_far(seen.account, grid, at).total
    return DaysPicture(
        head=_head_of(lang, seen),
        days=by_day([(grid.created_at, ZERO), *curve, (at, now)], seen.zone)[-MOST_DAYS:],
    )


def by_day(points: Sequence[Point], zone: tzinfo) -> tuple[tuple[str, Decimal], ...]:
    """The change in each local day of a curve that begins with its first point. A day without a point is left out."""
    ends: dict[str, Decimal] = {}
    for at, total in points:
        ends[day_and_time(at, zone)[0]] = total
    found, before = [], points[0][1]
    for day, total in ends.items():
        found.append((day[5:], total - before))
        before = total
    return tuple(found)


def report_picture(lang: str, theme: Theme, told: Report, mode: Mode, zone: tzinfo) -> CardPicture:
    """A report: its day or days first, then the total and its parts. Of several quotes the one of most grids."""
    sums = Sums(told.grids)
    quote = max(sums.by_quote, key=lambda one: len(sums.by_quote[one]))
    own, figures = sums.by_quote[quote], sums.total(quote)
    today = sums.today(quote)
    rows = [
        ("total", f"{figures['total']} {quote}", tone_of(sums.amount(quote))),
        *_part_rows(figures),
        ("trips", str(sum(line.trips_today for line in own)), Tone.PLAIN),
        ("fills", str(sum(line.fills_today for line in own)), Tone.PLAIN),
        ("fees", str(figures["fees"]), Tone.PLAIN),
    ]
    return CardPicture(
        head=Head(
            theme=theme,
            title=unmarked(lang, "picture.day", day=told.day, last=told.last),
            figure=f"{figures['today']} {quote}",
            tone=tone_of(today),
            note=unmarked(lang, "picture.days.note" if told.last else "picture.day.note", grids=len(own)),
            mark=unmarked(lang, f"picture.mark.{mode}"),
            foot=foot_of(lang, told.at, zone),
        ),
        rows=_named_rows(lang, rows),
    )


def share_picture(
    lang: str, theme: Theme, summary: Summary, books: BooksView, quote: Asset, zone: tzinfo, curve: Sequence[Point]
) -> CardPicture:
    """What can be shown to somebody: the total before the grid profit, of which period, and whether it was paper."""
    shown = books.shown
    own = [line for line in lines_of(summary.grids, shown) if line.quote == quote]
    sums, made = Sums(own), shown.quotes[quote]
    figures, amount = sums.total(quote), sums.amount(quote)
    share, daily = whole_share(made), a_day(made, quote).get("total")
    title = " ".join(dict.fromkeys(line.symbol for line in own)) if len(own) <= 2 else quote
    begins, ends = (day_and_time(at, zone)[0] for at in (made.begins, made.ends))
    rows = [
        ("share", unmarked(lang, "picture.percent", value=signed(share * HUNDRED, 2)), tone_of(share))
        if share is not None
        else None,
        *_part_rows(figures),
        ("daily", daily, _tone_said(daily)) if daily is not None else None,
        ("trips", str(made.round_trips), Tone.PLAIN),
        ("fees", str(figures["fees"]), Tone.PLAIN),
        ("money", cost(made.money, quote), Tone.PLAIN),
        ("lasted", as_read(duration(lang, made.length)), Tone.PLAIN),
    ]
    span = as_read(named(lang, shown.period)) if shown.period.span is not Span.START else None
    return CardPicture(
        head=Head(
            theme=theme,
            title=unmarked(lang, "picture.share", symbols=title, span=span),
            figure=unmarked(lang, "picture.total", total=figures["total"], quote=quote),
            tone=tone_of(amount),
            note=f"{begins} – {ends}",
            mark=unmarked(lang, f"picture.mark.{summary.mode}"),
            foot=unmarked(lang, "picture.foot"),
        ),
        rows=_named_rows(lang, [row for row in rows if row is not None]),
        curve=whole_curve(made, curve),
    )


def whole_curve(made: Made, curve: Sequence[Point]) -> tuple[Decimal, ...]:
    """What was written down of a period, from its begin to its end: it rises where the total above it is a profit."""
    known = tuple(total for at, total in curve if at > made.begins)
    if made.curve is None or len(known) < 2:
        return ()
    return made.curve.last - made.total, *known, made.curve.last


def in_words(picture: Picture) -> Html:
    """What a picture says, where it can't be drawn."""
    head = picture.head
    first = " · ".join(part for part in (head.title, head.mark) if part)
    rows = [f"{name}: {figure}" for name, figure, _ in picture.rows] if isinstance(picture, CardPicture) else []
    if isinstance(picture, DaysPicture):
        rows = [f"{day}: {signed(made, 2)}" for day, made in picture.days]
    shown = [html.escape(line, quote=False) for line in (head.note, *rows)]
    return lines(f"<b>{html.escape(first, quote=False)}</b>", f"<b>{html.escape(head.figure, quote=False)}</b>", *shown)


def _head_of(lang: str, seen: Seen) -> Head:
    summary, grid = seen.summary, seen.grid
    line = next(line for line in summary.grids if line.grid_id == grid.id)
    figures, made = Sums(summary.grids).of(line), so_far(seen.account, grid, summary.at)
    share, daily = whole_share(made), a_day(made, line.quote).get("total")
    return Head(
        theme=seen.theme,
        title=unmarked(lang, "picture.grid", grid=grid.id, symbol=line.symbol),
        figure=unmarked(
            lang,
            "picture.total",
            total=figures["total"],
            quote=line.quote,
            share=None if share is None else signed(share * HUNDRED, 2),
        ),
        tone=tone_of(made.total),
        note=unmarked(lang, "picture.parts", **figures, daily=daily),
        mark=unmarked(lang, f"picture.mark.{summary.mode}"),
        foot=foot_of(lang, summary.at, seen.zone),
    )


def _part_rows(figures: Figures) -> list[tuple[str, str, Tone]]:
    names = ("grid_profit", "stopped", "floating")
    return [(name, said, _tone_said(said)) for name in names if (said := figures[name]) is not None]


def _tone_said(said: str) -> Tone:
    return Tone.GOOD if said.startswith("+") else Tone.BAD if said.startswith("−") else Tone.PLAIN


def _named_rows(lang: str, rows: Sequence[tuple[str, str, Tone]]) -> tuple[tuple[str, str, Tone], ...]:
    return tuple((unmarked(lang, f"picture.row.{name}"), figure, tone) for name, figure, tone in rows)


def foot_of(lang: str, at: int, zone: tzinfo) -> str:
    return unmarked(lang, "picture.foot", time=" ".join(day_and_time(at, zone)))


def ahead_of(zone: tzinfo, at: int) -> int:
    offset = datetime.fromtimestamp(at / SECOND, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds()) * SECOND


def unmarked(lang: str, key: str, /, **values: str | int | None) -> str:
    return as_read(say(lang, key, **values))


def as_read(said: Html) -> str:
    """A sentence without tags as it is read, not as Telegram takes it."""
    return html.unescape(said)
