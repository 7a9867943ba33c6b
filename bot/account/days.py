"""The owner's days, out of the ledger: their bounds by the owner's zone, and what each grid is worth at them.

A fill belongs to the day in which it was traded, whenever it was learned of; coins are valued at the price that was
recorded last before a day's bound. So a day's figures are the same whenever they are asked for, the days of any zone
add up to the total, and a zone that is changed neither loses nor repeats a part of one.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from bot.account.reader import Reader
from storage.curves import ALL, Curve
from storage.store import Snapshot, Store
from strategy.account.risk import last_price
from strategy.messages.events import DayStarted
from strategy.model.account import Account, Day, Offset
from strategy.model.durations import DAY, QUARTER
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Books, Closing, FillEntry, fold_all, without
from strategy.model.money import ZERO
from strategy.model.orders import GridId
from strategy.model.values import replace

LOOK_AHEAD = 3 * DAY
"""Milliseconds: this machine may sleep through the beginning of the next day."""
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


@cache
def offsets_from(zone: ZoneInfo, begins: int) -> tuple[Offset, ...]:
    """By how much the owner's clocks are ahead of UTC from a day's first moment on, and when that changes soon."""
    found = [Offset(at=begins, ahead=_ahead(zone, begins))]
    for at in range(begins, begins + LOOK_AHEAD, QUARTER):  # clocks are changed at a quarter of an hour
        if (ahead := _ahead(zone, at)) != found[-1].ahead:
            found.append(Offset(at=at, ahead=ahead))
    return tuple(found)


def _ahead(zone: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at / 1000, zone).utcoffset()
    assert offset is not None, "a zone has an offset"
    return int(offset.total_seconds() * 1000)


def check_day(reader: Reader, zone: ZoneInfo) -> None:
    """Tell the account where its day begins: once a day, when the zone was changed, and where late fills move it."""
    now, account = reader.clock(), reader.runner.account
    today = day_at(zone, now)
    begins, day = begin_of(zone, today), account.day
    offsets = offsets_from(zone, begins)
    known = day is not None and (day.date, day.begins, day.offsets) == (today.isoformat(), begins, offsets)
    if known and _is_settled(reader, begins, now):
        return
    _record_prices(reader.store, account, begins)
    start = totals_at(reader.store, account, begins)
    if reader.late_at and now - reader.late_at > BOOKED_WITHIN:
        reader.late_at = 0  # all of it is in these: a machine may sleep in between
    if day is None or not known or day.start != start:
        reader.runner.post(DayStarted(at=now, day=today.isoformat(), begins=begins, start=start, offsets=offsets))


def as_of_today(reader: Reader, zone: ZoneInfo) -> Account:
    """The account with the day that it is, and what is known of its beginning: it is told of both with a tick, and
    there is none as long as the exchange can't be reached at a start, or nothing can be written down.
    """
    now, account = reader.clock(), reader.runner.account
    today, day = day_at(zone, now), account.day
    begins = begin_of(zone, today)
    if day is not None and day.begins == begins and _is_settled(reader, begins, now):
        return account
    return replace(
        account, day=Day(date=today.isoformat(), begins=begins, start=totals_at(reader.store, account, begins))
    )


def _is_settled(reader: Reader, begins: int, now: int) -> bool:
    """Whether no late fill can move a day's beginning any more, nor has one done so that it was not told with."""
    return now - begins > LATE and not reader.late_at


def totals_at(store: Store, account: Account, at: int) -> dict[GridId, Decimal]:
    """Each grid's total at a moment. A grid that was made later is missing: it started at zero."""
    return {
        grid.id: total_of(
            without(grid.books, fold_all(store.happened_since(account.name, grid.id, at))),
            price_at(store, account, grid, at),
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


def curve_points(account: Account) -> dict[Curve, Decimal]:
    """The totals of this moment: of each grid that has something to lose, and of all in each quote, the ended too."""
    found: dict[Curve, Decimal] = {}
    for grid in account.grids.values():
        quote, total = grid.market.quote, grid.total(last_price(account, grid))
        found[quote, ALL] = found.get((quote, ALL), ZERO) + total
        if grid.phase is not Phase.STOPPED or grid.coins:
            found[quote, grid.id] = total
    return found


def _record_prices(store: Store, account: Account, begins: int) -> None:
    """The last prices known at a day's bound, unless later ones are recorded already: then it has its own."""
    there = [one for one in points(account, begins) if account.grids[one.grid_id].created_at < begins]
    wanted = [one for one in there if not store.snapshots(account.name, one.grid_id, begins)]
    if wanted:
        store.add_snapshots(account.name, wanted)


def price_at(store: Store, account: Account, grid: Grid, at: int) -> Decimal:
    """The price that was recorded last before a moment."""
    return store.price_at(account.name, grid.id, at) or grid.start_price


def total_of(books: Books, price: Decimal) -> Decimal:
    """What a grid has made, its coins valued at a price."""
    return books.cash + books.coins * price


def happened_at(entry: FillEntry | Closing) -> int:
    """By the exchange's clock where it is a fill."""
    return entry.fill.at if isinstance(entry, FillEntry) else entry.at
