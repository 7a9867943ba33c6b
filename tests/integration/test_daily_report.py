"""Reports of days: each covers its own day, out of the ledger, and each is told once, whatever the zone does."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.account.days import begin_of, check_day, day_at, end_of, moment, totals_at
from bot.owner.noise import Noise
from bot.owner.reports import Days, longer_reports_if_due, report_if_due
from strategy.messages.reports import Report
from strategy.model.money import ZERO
from tests.integration.running import World, a_trading_world, a_while

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000
NINE = time(9)


def at(text: str) -> int:
    """Milliseconds of a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


async def minutes(world: World, zone: ZoneInfo, until: str, *, every: int = 20, report_time: time = NINE) -> None:
    """Time goes by with the jobs that a day has."""
    world.app.trader.zone = zone
    while world.now < at(until):
        world.now = min(world.now + every * 60_000, at(until))
        await jobs(world, zone, report_time)


async def jobs(world: World, zone: ZoneInfo, report_time: time = NINE) -> None:
    """What the jobs do for the day."""
    world.app.trader.zone = zone
    check_day(world.app.reader, zone)
    await a_while()
    await world.app.reader.tick()
    await report_if_due(world.app.reader, zone, report_time)
    await a_while()


def told(world: World) -> list[Report]:
    return [one for one in world.told(Report) if not one.leaving]


async def two_days(zone: ZoneInfo = SHANGHAI) -> World:
    """The ledger opens on the 22nd in UTC; trades on two Shanghai days, the prices of each bound recorded."""
    world = await a_trading_world()
    await jobs(world, zone)
    await minutes(world, zone, "2026-11-22T14:00:00")
    await world.trade(1960)
    await world.trade(2030)
    await minutes(world, zone, "2026-11-22T15:59:50")
    await world.trade(1980)
    await minutes(world, zone, "2026-11-22T16:00:30")
    await world.trade(1940)
    await world.trade(2100)
    await minutes(world, zone, "2026-11-23T00:00:00")
    return world


async def test_the_report_at_nine_covers_the_day_that_has_ended() -> None:
    world = await two_days()
    assert not told(world)
    await minutes(world, SHANGHAI, "2026-11-23T01:00:10")
    (report,) = told(world)
    assert (report.day, report.over, report.begins) == ("2026-11-22", True, None)
    (line,) = report.grids
    yesterday = await world.app.trader.report(day=date(2026, 11, 22))
    assert yesterday.grids == report.grids
    assert line.fills_today == 3
    await minutes(world, SHANGHAI, "2026-11-24T00:30:00")
    assert len(told(world)) == 1
    await minutes(world, SHANGHAI, "2026-11-24T01:00:10")
    assert [one.day for one in told(world)] == ["2026-11-22", "2026-11-23"]


async def test_each_day_shows_its_own_figures_and_the_days_add_up_to_the_total() -> None:
    world = await two_days()
    days = [(await world.app.trader.report(day=date(2026, 11, day))).grids[0] for day in (22, 23)]
    now = (await world.app.trader.report()).grids[0]
    assert now == days[1]
    assert days[0].standing != days[1].standing
    assert sum((day.standing.today for day in days), ZERO) == now.standing.total
    assert sum(day.trips_today for day in days) == now.standing.round_trips > 0
    assert sum(day.fills_today for day in days) == world.grid.books.fills
    assert sum((day.standing.fees for day in days), ZERO) == world.grid.books.fees_value
    for day in days:
        assert day.standing.total == day.standing.grid_profit + day.standing.floating
    assert now.standing.total == world.grid.total(now.standing.price)
    assert world.account.day is not None
    assert world.account.day.start[world.grid.id] == days[0].standing.total
    both = await world.app.trader.report(day=date(2026, 11, 22), last=date(2026, 11, 23))
    assert (both.day, both.last, both.over) == ("2026-11-22", "2026-11-23", False)
    assert both.grids[0].standing.today == now.standing.total
    assert both.grids[0].fills_today == world.grid.books.fills


async def test_a_past_day_shows_the_same_whenever_it_is_asked_for() -> None:
    world = await two_days()
    before = await world.app.trader.report(day=date(2026, 11, 22))
    await world.trade(1900)
    await world.trade(2050)
    await minutes(world, SHANGHAI, "2026-11-25T03:00:00", every=240)
    assert (await world.app.trader.report(day=date(2026, 11, 22))).grids == before.grids


@pytest.mark.parametrize("name", ["America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"])
async def test_the_days_of_another_zone_neither_lose_nor_repeat_a_part(name: str) -> None:
    world, zone = await two_days(), ZoneInfo(name)
    world.app.trader.zone = zone
    first, last = world.app.trader.known_days()
    days = [
        (await world.app.trader.report(day=first + timedelta(days=n))).grids for n in range((last - first).days + 1)
    ]
    lines = [line for grids in days for line in grids]
    assert sum((line.standing.today for line in lines), ZERO) == lines[-1].standing.total
    assert sum(line.fills_today for line in lines) == world.grid.books.fills


async def test_a_changed_zone_moves_the_days_start_to_its_own_midnight() -> None:
    world, zone = await two_days(), ZoneInfo("Europe/Berlin")
    await jobs(world, zone)
    day = world.account.day
    assert day is not None
    assert (day.date, day.begins) == ("2026-11-23", at("2026-11-22T23:00:00"))
    assert day.start == totals_at(world.store, world.account, at("2026-11-22T23:00:00"))


@pytest.mark.parametrize("zone", [ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Kiritimati")])
async def test_reports_go_on_where_the_last_one_ended_when_the_zone_is_changed(zone: ZoneInfo) -> None:
    world = await two_days()
    await minutes(world, SHANGHAI, "2026-11-23T01:00:10")
    await world.trade(1900)
    await world.trade(2100)
    await minutes(world, zone, "2026-11-26T23:00:00", every=120)
    reports = told(world)
    assert len({(one.day, one.begins) for one in reports}) == len(reports)
    assert reports[1].begins == datetime.fromtimestamp(at("2026-11-22T16:00:00") / 1000, zone).strftime(
        "%Y-%m-%d %H:%M"
    )
    assert all(one.begins is None for one in reports[2:])
    assert sum(one.grids[0].fills_today for one in reports) == world.grid.books.fills
    ended = reports[-1].grids[0].standing
    assert sum((one.grids[0].standing.today for one in reports), ZERO) == ended.total


async def test_a_report_that_was_due_while_the_process_was_down_is_sent_once_when_it_is_back() -> None:
    world = await two_days()
    await world.kill()
    world.now = at("2026-11-23T06:00:00")
    await world.begin_again()
    for _ in range(3):
        await jobs(world, SHANGHAI)
    assert [one.day for one in told(world)] == ["2026-11-22"]
    await world.kill()
    await world.begin_again()
    await jobs(world, SHANGHAI)
    assert len(told(world)) == 1


async def test_days_without_the_process_are_told_in_one_report() -> None:
    world = await two_days()
    await minutes(world, SHANGHAI, "2026-11-23T02:00:00")
    await world.kill()
    world.now = at("2026-11-26T06:00:00")
    await world.begin_again()
    await jobs(world, SHANGHAI)
    assert [(one.day, one.begins) for one in told(world)] == [("2026-11-22", None), ("2026-11-25", "2026-11-23 00:00")]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("2026-11-25T02:00:00", ("2026-11-24", "2026-11-22 00:00")),
        ("2026-11-24T00:30:00", ("2026-11-22", None)),  # half past eight: the 23rd is told at nine
    ],
)
async def test_a_first_night_without_the_process_leaves_nothing_out_of_the_first_report(
    back: str, expected: tuple[str, str | None]
) -> None:
    world = await two_days()
    await world.kill()
    world.now = at(back)
    await world.begin_again()
    await jobs(world, SHANGHAI)
    (first,) = told(world)
    assert (first.day, first.begins) == expected
    await minutes(world, SHANGHAI, "2026-11-25T02:00:00")
    assert sum(one.grids[0].fills_today for one in told(world)) == world.grid.books.fills


async def test_a_fill_belongs_to_the_day_of_its_trade_also_when_it_is_learned_of_later() -> None:
    world = await two_days()
    await world.kill()
    world.now = at("2026-11-23T15:00:00")
    world.venue.walk(world.grid.spec.symbol, Decimal(1900))
    traded = len(world.held.fills)
    world.now = at("2026-11-24T02:00:00")
    await world.begin_again()
    await jobs(world, SHANGHAI)
    assert world.grid.books.fills == traded
    today, yesterday = [(await world.app.trader.report(day=date(2026, 11, day))).grids[0] for day in (24, 23)]
    assert today.fills_today == 0
    assert (
        yesterday.fills_today == traded - (await world.app.trader.report(day=date(2026, 11, 22))).grids[0].fills_today
    )


GREENWICH = ZoneInfo("UTC")


async def traded_just_before_midnight() -> World:
    """A fill of the 22nd, which the history shows half an hour late, and no stream tells."""
    world = await a_trading_world(stream=False)
    await jobs(world, GREENWICH)
    await minutes(world, GREENWICH, "2026-11-22T23:59:00")
    world.venue.choices.history_lag = 30 * 60_000
    world.venue.walk(world.grid.spec.symbol, Decimal(1930))
    return world


async def test_status_and_report_name_one_figure_also_where_a_fill_is_learned_of_long_after_midnight() -> None:
    world = await traded_just_before_midnight()
    before = world.grid.books.fills
    await minutes(world, GREENWICH, "2026-11-23T00:40:00", every=1)

    (shown,), (today,) = world.app.trader.summary().grids, (await world.app.trader.report(day=date(2026, 11, 23))).grids
    assert world.grid.books.fills > before
    assert today.fills_today == 0
    assert shown.standing.today == today.standing.today


async def test_a_fill_that_is_booked_late_by_a_process_that_dies_moves_the_days_start_all_the_same() -> None:
    world = await traded_just_before_midnight()
    before = world.grid.books.fills
    await minutes(world, GREENWICH, "2026-11-23T00:20:00")
    world.venue.choices.history_lag = 0
    await world.app.reader.read_fills()
    await world.app.runner.settled()
    assert world.grid.books.fills > before
    await world.kill()
    await world.begin_again()
    await jobs(world, GREENWICH)

    (shown,), (today,) = world.app.trader.summary().grids, (await world.app.trader.report()).grids
    assert today.fills_today == 0
    assert shown.standing.today == today.standing.today


async def test_only_days_that_the_ledger_knows_are_known() -> None:
    world = await two_days()
    assert world.app.trader.known_days() == (date(2026, 11, 22), date(2026, 11, 23))


CHANGES = [
    ("Europe/Berlin", time(2, 30), "2026-03-27"),
    ("Europe/Berlin", time(2, 30), "2026-10-23"),
    ("Africa/Cairo", time(0), "2026-04-22"),
    ("Africa/Cairo", time(0), "2026-10-28"),
    ("America/Havana", time(0, 30), "2026-03-06"),
    ("America/Havana", time(0, 30), "2026-10-30"),
]


@pytest.mark.parametrize(("name", "report_time", "first"), CHANGES)
async def test_a_report_comes_exactly_once_a_day_across_the_change_of_summer_time(
    name: str, report_time: time, first: str
) -> None:
    zone, world = ZoneInfo(name), World()
    world.now = at(f"{first}T03:00:00")
    await world.begin()
    for _ in range(4 * 24 * 4):
        world.now += HOUR // 4
        check_day(world.app.reader, zone)
        await a_while()
        await report_if_due(world.app.reader, zone, report_time)
        await a_while()
    days = [one.day for one in told(world)]
    assert days == sorted(set(days))
    assert len(days) >= 3
    begin = date.fromisoformat(days[0])
    assert days == [(begin + timedelta(days=n)).isoformat() for n in range(len(days))]
    assert all(one.begins is None for one in told(world))


@pytest.mark.parametrize("name", ["Europe/Berlin", "Africa/Cairo", "America/Havana", "Asia/Shanghai"])
def test_the_days_of_a_year_follow_each_other_without_a_gap(name: str) -> None:
    zone, day = ZoneInfo(name), date(2026, 1, 1)
    hours = set()
    while day.year == 2026:
        begins, ends = begin_of(zone, day), end_of(zone, day)
        assert ends == begin_of(zone, day + timedelta(days=1))
        assert day_at(zone, begins) == day_at(zone, ends - 1) == day
        assert begins <= moment(zone, day, time(0, 30)) < ends
        hours.add((ends - begins) / HOUR)
        day += timedelta(days=1)
    assert hours == ({24} if name == "Asia/Shanghai" else {23, 24, 25})


async def test_a_week_is_told_once_on_its_day_with_what_its_days_made_together() -> None:
    """Sunday the 22nd is traded on; the week is told on Monday at nine, and never again, by no other process either."""
    world = await two_days()
    noise, known = Noise(weekly=0, daily_off=True), set[Days]()
    await longer_reports_if_due(world.app.reader, SHANGHAI, noise, NINE, known, world.now)
    await a_while()
    assert weeks(world) == [], "it is eight o'clock"

    await minutes(world, SHANGHAI, "2026-11-23T01:00:00")
    for told_before in (known, known, set[Days]()):
        await longer_reports_if_due(world.app.reader, SHANGHAI, noise, NINE, told_before, world.now)
        await a_while()

    [week] = weeks(world)
    assert (week.day, week.last) == ("2026-11-16", "2026-11-22")
    days = [one for one in told(world) if one.last is None and one.day <= "2026-11-22"]
    [line] = week.grids
    assert line.fills_today == sum(one.fills_today for day in days for one in day.grids) > 0
    assert line.standing.today == sum(one.standing.today for day in days for one in day.grids)
    assert line.standing.fees == sum(one.standing.fees for day in days for one in day.grids)


async def test_a_month_is_told_on_its_day_at_the_time_that_was_chosen() -> None:
    world = await two_days()
    noise = Noise(monthly=23, daily=8 * 60 + 30)
    for moment_of, expected in (("2026-11-23T00:20:00", 0), ("2026-11-23T00:40:00", 1)):
        await minutes(world, SHANGHAI, moment_of)
        await longer_reports_if_due(world.app.reader, SHANGHAI, noise, NINE, set(), world.now)
        await a_while()
        assert len(weeks(world)) == expected

    assert [(one.day, one.last) for one in weeks(world)] == [("2026-10-23", "2026-11-22")]


async def test_a_report_that_is_not_wanted_or_long_past_is_not_told() -> None:
    world = await two_days()
    await minutes(world, SHANGHAI, "2026-11-23T02:00:00")
    for noise in (Noise(), Noise(weekly=4), Noise(weekly=1), Noise(monthly=20)):
        await longer_reports_if_due(world.app.reader, SHANGHAI, noise, NINE, set(), world.now)
        await a_while()

    assert weeks(world) == []


async def test_a_week_and_a_month_that_ended_while_nobody_was_there_are_told_once_and_only_the_newest() -> None:
    """Off from the 23rd of November to the 17th of December: three weeks have ended, and a month on the 5th."""
    world = await two_days()
    await minutes(world, SHANGHAI, "2026-11-23T02:00:00")
    left, known = world.now, set[Days]()
    world.now = at("2026-12-17T03:00:00")
    noise = Noise(weekly=0, monthly=5)
    for asked_at in (left, left, world.now):
        await longer_reports_if_due(world.app.reader, SHANGHAI, noise, NINE, known, asked_at)
        await a_while()

    spans = [("2026-11-05", "2026-12-04"), ("2026-12-07", "2026-12-13")]
    assert [(one.day, one.last) for one in weeks(world)] == spans


def weeks(world: World) -> list[Report]:
    return [one for one in told(world) if one.last is not None]
