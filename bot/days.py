"""The owner's days, out of the ledger: their bounds by his zone, each grid's figures within them. Decides nothing.

A fill belongs to the day in which it was traded, whenever it was learned of; coins are valued at the price that was
recorded last before a day's bound. So a day's figures are the same whenever they are asked for, the days of any zone
add up to the total, and a zone that is changed neither loses nor repeats a part of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.reader import Reader
from bot.summary import line, shown_grids
from storage.store import Snapshot, Store, Trips
from strategy.account import Account
from strategy.events import DayReported, DayStarted
from strategy.grid import Grid, Phase
from strategy.ledger import Books, Closing, FillEntry, Standing, fold, without
from strategy.orders import GridId
from strategy.reports import GridLine, Report
from strategy.risk import last_price

LATE = 10 * 60_000
"""Milliseconds into a day in which fills of the day before may still be learned of."""
BOOKED_WITHIN = 120_000
"""Milliseconds after which a fill that was learned of later than that is in the books for certain."""


def day_at(zone: ZoneInfo, at: int) -> date:
    """The local date of a moment."""
    return datetime.fromtimestamp(at / 1000, zone).date()


def moment(zone: ZoneInfo, day: date, clock: time) -> int:
    """When a clock at the owner's shows this, in ms: of two such moments the first; where it is left out, then."""
    return int(datetime.combine(day, clock, zone).timestamp() * 1000)


def begin_of(zone: ZoneInfo, day: date) -> int:
    """A day's first moment. It ends with the next one's."""
    return moment(zone, day, time())


def end_of(zone: ZoneInfo, day: date) -> int:
    """The first moment that is not in it any more: it may have 23 hours, or 25."""
    return begin_of(zone, day + timedelta(days=1))


def check_day(reader: Reader, zone: ZoneInfo) -> None:
    """Tell the account where its day begins: once a day, when the zone was changed, and where late fills move it."""
    now, account = reader.clock(), reader.runner.account
    today = day_at(zone, now)
    begins, day = begin_of(zone, today), account.day
    known = day is not None and (day.date, day.begins) == (today.isoformat(), begins)
    if known and now - begins > LATE and now - reader.late_at > BOOKED_WITHIN:
        return
    _record_prices(reader.store, account, begins)
    start = totals_at(reader.store, account, begins)
    if day is None or not known or day.start != start:
        reader.runner.post(DayStarted(at=now, day=today.isoformat(), begins=begins, start=start))


def report_if_due(reader: Reader, zone: ZoneInfo, report_time: time) -> None:
    """Post the report of what ended with the last local day, once its time has come, and only if it was not told yet.

    It begins where the last one ended: a process that was down for days, or a changed zone, leaves nothing out.
    """
    now, day = reader.clock(), reader.runner.account.day
    today = day_at(zone, now)
    if day is None or (now < moment(zone, today, report_time) and not day.reported):
        return
    last = today - timedelta(days=1 if now >= moment(zone, today, report_time) else 2)
    begins, ends = begin_of(zone, last), end_of(zone, last)
    if ends <= max(day.reported, reader.opened_at):
        return
    span = Span(day=last, begins=day.reported or begins, ends=ends, over=True)
    told = report_of(reader.store, reader.runner.account, span, at=now)
    first = datetime.fromtimestamp(span.begins / 1000, zone).strftime("%Y-%m-%d %H:%M")
    report = told if span.begins == begins else replace(told, begins=first)
    reader.runner.post(DayReported(at=now, report=report, until=ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a report covers: from `begins` up to, not including, `ends`, in ms. One that is not over ends now."""

    day: date
    begins: int
    ends: int
    over: bool


def span_of(zone: ZoneInfo, day: date, now: int) -> Span:
    """A local day, as far as it has come."""
    ends = end_of(zone, day)
    return Span(day=day, begins=begin_of(zone, day), ends=ends, over=ends <= now)


def report_of(store: Store, account: Account, span: Span, *, at: int) -> Report:
    """Every grid that there was, with what it did within the span and how it stood at its end."""
    lines = [line_of(store, account, grid, span) for grid in shown_grids(account) if grid.created_at < span.ends]
    return Report(at=at, day=span.day.isoformat(), grids=tuple(lines), over=span.over)


def line_of(store: Store, account: Account, grid: Grid, span: Span) -> GridLine:
    """One grid's line: folds over its fills, and the prices recorded at the two bounds."""
    entries = store.happened_since(account.name, grid.id, span.begins)
    since, within = _fold(entries), _fold([one for one in entries if _happened_at(one) < span.ends])
    later = without(since, within)
    end = without(grid.books, later)
    price = _price_at(store, account, grid, span.ends) if span.over else last_price(account, grid)
    total = end.cash + end.coins * price
    standing = Standing(
        today=total - _total(without(grid.books, since), _price_at(store, account, grid, span.begins)),
        total=total,
        grid_profit=end.grid_profit,
        stop_sales=end.stop_sales,
        floating=total - end.realised,
        fees=within.fees_value,
        fees_apart=within.fees_apart,
        round_trips=end.round_trips,
        coins=end.coins,
        price=price,
        money=grid.money,
    )
    counted = Trips(fills=within.fills, round_trips=within.round_trips, realised=within.realised)
    return line(grid, counted, standing)


def totals_at(store: Store, account: Account, at: int) -> dict[GridId, Decimal]:
    """Each grid's total at a moment. A grid that was made later is missing: it started at zero."""
    return {
        grid.id: _total(
            without(grid.books, _fold(store.happened_since(account.name, grid.id, at))),
            _price_at(store, account, grid, at),
        )
        for grid in account.grids.values()
        if grid.created_at < at
    }


def points(account: Account, at: int) -> list[Snapshot]:
    """What each grid is worth now, with the price, as a point of its curve: those that are over and flat have none."""
    found = []
    for grid in account.grids.values():
        if grid.phase is not Phase.STOPPED or grid.coins:
            price = last_price(account, grid)
            point = Snapshot(
                at=at,
                grid_id=grid.id,
                symbol=grid.spec.symbol,
                price=price,
                total=grid.total(price),
                grid_profit=grid.books.grid_profit,
                floating=grid.floating(price),
            )
            found.append(point)
    return found


def _record_prices(store: Store, account: Account, begins: int) -> None:
    """The last prices known at a day's bound, unless later ones are recorded already: then it has its own."""
    there = [one for one in points(account, begins) if account.grids[one.grid_id].created_at < begins]
    wanted = [one for one in there if not store.snapshots(account.name, one.grid_id, begins)]
    if wanted:
        store.add_snapshots(account.name, wanted)


def _price_at(store: Store, account: Account, grid: Grid, at: int) -> Decimal:
    return store.price_at(account.name, grid.id, at) or grid.start_price


def _total(books: Books, price: Decimal) -> Decimal:
    return books.cash + books.coins * price


def _happened_at(entry: FillEntry | Closing) -> int:
    """By the exchange's clock where it is a fill."""
    return entry.fill.at if isinstance(entry, FillEntry) else entry.at


def _fold(entries: Sequence[FillEntry | Closing]) -> Books:
    books = Books()
    for entry in entries:
        books = fold(books, entry)
    return books
