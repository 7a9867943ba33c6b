"""The owner's reports, out of the ledger: each grid's figures within a day. Decides nothing but whether one is due.

What a day is, and what coins are worth at its bounds, is in `bot.account.days`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.account.days import begin_of, day_at, end_of, moment, price_at, total_of
from bot.account.folds import closed_since, folds
from bot.account.reader import Reader
from bot.owner.noise import Noise
from bot.owner.overview import line, shown_grids
from storage.store import Store, Trips
from strategy.account.risk import last_price
from strategy.messages.events import DayReported, Told
from strategy.messages.machine import Shadowed
from strategy.messages.reports import GridLine, Report
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.ledger import Books, Standing, without

Days = tuple[date, date]
LATE_DAYS = 2
"""For how many days a week's report may be late, although the program has run in the meantime."""
LONGEST_DAYS = 40
"""Whatever was due before that is in the newest week and month, or older than both."""


async def report_if_due(reader: Reader, zone: ZoneInfo, report_time: time, shadow: Shadowed | None = None) -> None:
    """Post the report of what ended with the last local day, once its time has come, and only if it was not told yet.

    It begins where the last one ended, the first one with the day on which the books were opened: a process that was
    down for days, or a changed zone, leaves nothing out. It says what the night's shadow replay came to, if there is
    one.
    """
    now, day = reader.clock(), reader.runner.account.day
    today = day_at(zone, now)
    last = today - timedelta(days=1 if now >= moment(zone, today, report_time) else 2)
    begins, ends = begin_of(zone, last), end_of(zone, last)
    if day is None or not reader.opened_at or ends <= max(day.reported, reader.opened_at):
        return
    since = day.reported or begin_of(zone, day_at(zone, reader.opened_at))
    span = Span(day=last, begins=since, ends=ends, over=True)
    told = await report_of(reader.store, reader.runner.account, span, at=now)
    first = datetime.fromtimestamp(span.begins / 1000, zone).strftime("%Y-%m-%d %H:%M")
    report = replace(told, begins=None if span.begins == begins else first, shadow=shadow)
    reader.runner.post(DayReported(at=now, report=report, until=ends))


async def longer_reports_if_due(
    reader: Reader, zone: ZoneInfo, noise: Noise, usual: time, told: set[Days], asked_at: int
) -> None:
    """Post the report of a week or a month that has ended, once: whether it was told is seen in what is written down.

    `told` is what this process knows of that already. `asked_at`: when this was asked last, or the program was last
    seen at work: what came due since then, or lately, is told, however long it was away; of several the newest.
    """
    now, account = reader.clock(), reader.runner.account
    for days in sorted(_ended(zone, asked_at, now, noise, usual) - told):
        first, last = days
        span = span_of(zone, first, now, last)
        if span.ends > reader.opened_at and not reader.store.was_reported(
            account.name, first.isoformat(), last.isoformat()
        ):
            reader.runner.post(Told(at=now, notice=await report_of(reader.store, account, span, at=now)))
        told.add(days)


def time_of(noise: Noise, usual: time) -> time:
    """When reports come."""
    return usual if noise.daily is None else time(noise.daily // 60, noise.daily % 60)


def _ended(zone: ZoneInfo, since: int, now: int, noise: Noise, usual: time) -> set[Days]:
    """The newest week and the newest month whose reports came due since then: first and last day of each."""
    today, clock = day_at(zone, now), time_of(noise, usual)
    back = max(LATE_DAYS, min((today - day_at(zone, since)).days + 1, LONGEST_DAYS))
    days = [today - timedelta(days=one) for one in range(back)]
    due = [day for day in days if now >= moment(zone, day, clock)]
    found = set[Days]()
    for day in [day for day in due if day.weekday() == noise.weekly][:1]:
        found.add((day - timedelta(days=7), day - timedelta(days=1)))
    for day in [day for day in due if day.day == noise.monthly][:1]:
        begins = (day.replace(day=1) - timedelta(days=1)).replace(day=day.day)
        found.add((begins, day - timedelta(days=1)))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a report covers: from `begins` up to, not including, `ends`, in ms. One that is not over ends now."""

    day: date
    last: date | None = None
    """Of several days the last one."""
    begins: int
    ends: int
    over: bool


def span_of(zone: ZoneInfo, day: date, now: int, last: date | None = None) -> Span:
    """A local day, or all up to the last one, as far as it has come."""
    ends = end_of(zone, last or day)
    several = last if last != day else None
    return Span(day=day, last=several, begins=begin_of(zone, day), ends=ends, over=ends <= now)


async def report_of(store: Store, account: Account, span: Span, *, at: int) -> Report:
    """Every grid that there was, with what it did within the span and how it stood at its end.

    The account is as it was last saved: what is booked while this reads is left out.
    """
    closed, written = closed_since(store, account, span.begins), store.last_entry(account.name)
    lines = []
    for grid in shown_grids(account):
        if grid.created_at < span.ends:
            since = await folds(store, account, grid, {span.begins, span.ends}, closed[grid.id], written)
            lines.append(line_of(store, account, grid, span, since))
    last = None if span.last is None else span.last.isoformat()
    return Report(at=at, day=span.day.isoformat(), last=last, grids=tuple(lines), over=span.over)


def line_of(store: Store, account: Account, grid: Grid, span: Span, folded: Mapping[int, Books]) -> GridLine:
    """One grid's line: what happened since each of the two bounds, and the prices recorded at them."""
    since, later = folded[span.begins], folded[span.ends]
    within = without(since, later)
    end = without(grid.books, later)
    price = price_at(store, account, grid, span.ends) if span.over else last_price(account, grid)
    total = end.cash + end.coins * price
    standing = Standing(
        today=total - total_of(without(grid.books, since), price_at(store, account, grid, span.begins)),
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
