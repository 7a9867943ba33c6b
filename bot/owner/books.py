"""What the grids have made in a period: folds over the ledger and the recorded prices. Shows nothing, changes nothing.

It reads in small pieces and yields after each, as an audit does: a tick never waits for a year of fills.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import reduce

from bot.account.days import price_at, total_of
from bot.account.folds import closed_since, folds, hours
from bot.owner.periods import Period
from storage.curves import ALL, Curve
from storage.store import Store
from strategy.account.risk import last_price
from strategy.grid.coins import missing
from strategy.model.account import Account
from strategy.model.curve import Leg, joined, point
from strategy.model.durations import DAY, HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Books, without
from strategy.model.market import Asset
from strategy.model.money import ONE, ZERO
from strategy.model.orders import GridId

YEAR = Decimal(365)
YEARLY_AFTER = 7 * DAY
"""A rate a year that is made of less says nothing."""
_NOTHING = Books()
Moment = tuple[int, Decimal]
"""A time and the total then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one grid, or all in one quote, made in a period, in quote: its parts are changes, after fees."""

    grid_profit: Decimal = ZERO
    stop_sales: Decimal = ZERO
    floating: Decimal = ZERO
    fees: Decimal = ZERO
    fees_apart: Mapping[Asset, Decimal] = field(default_factory=dict)
    fills: int = 0
    round_trips: int = 0
    money: Decimal = ZERO
    """What was set aside for it: of several grids the most that was so at one time."""
    kept: Decimal = ZERO
    """Of that, what the coins cost that it has kept, where it is over."""
    over_at: int | None = None
    """When the rest of it was free again, within the period."""
    begins: int = 0
    ends: int = 0
    """Between these there was a grid."""
    coins_instead: Decimal = ZERO
    """What the same money had made as coins, bought at the period's first price and never sold."""
    curve: Leg | None = None
    """Of the total within the period, as far as it was written down."""

    @property
    def total(self) -> Decimal:
        """What it comes to. Deposits and withdrawals are in none of it."""
        return self.grid_profit + self.stop_sales + self.floating

    @property
    def length(self) -> int:
        """Milliseconds."""
        return self.ends - self.begins

    def share(self, figure: Decimal) -> Decimal | None:
        """A figure as a fraction of the money."""
        return figure / self.money if self.money else None

    def daily(self, figure: Decimal) -> Decimal | None:
        """A figure for each day; None before the first is over: a part of a day promises no whole one."""
        return figure * DAY / self.length if self.length >= DAY else None

    @property
    def yearly(self) -> Decimal | None:
        """The total as a fraction of the money a year, no interest on interest; None where seven days are not over."""
        share = self.share(self.total)
        return share * YEAR * DAY / self.length if share is not None and self.length >= YEARLY_AFTER else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A grid's coins and what must be known of them, in quote."""

    coins: Decimal
    gone: Decimal
    """Of these, what the account has no more."""
    average: Decimal
    """Cost of a coin, fees included."""
    even: Decimal
    """The price at which selling them all, its taker fee paid, leaves the total at nothing. Not above zero: any."""
    tick: Decimal
    """The market's tick size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksOf:
    """A period's figures."""

    period: Period
    grids: Mapping[GridId, Made]
    """Those that there were in it."""
    quotes: Mapping[Asset, Made]


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksView:
    """Everything /pnl shows beside the standings."""

    shown: BooksOf
    beside: tuple[BooksOf, ...] = ()
    held: Mapping[GridId, Held] = field(default_factory=dict)


async def books_view(
    store: Store, account: Account, periods: Sequence[Period], *, now: int, only: GridId | None = None
) -> BooksView:
    """The figures of these periods, the first of which is the one that was asked for.

    The account is as it was last saved: what is booked while this reads is left out.
    """
    grids = [grid for grid in account.grids.values() if only is None or grid.id == only]
    earliest = min((period.begins for period in periods if period.begins), default=now)
    closed = closed_since(store, account, earliest)
    last = store.last_entry(account.name)
    made: list[dict[GridId, Made]] = [{} for _ in periods]
    for grid in grids:
        bounds = {period.begins for period in periods if period.begins > grid.created_at}
        later = await folds(store, account, grid, bounds, closed[grid.id], last)
        for period, found in zip(periods, made, strict=True):
            if ended_at(grid, now) > period.begins or later.get(period.begins, _NOTHING) != _NOTHING:
                found[grid.id] = await _made(store, account, grid, period, later.get(period.begins), now)
    views = [
        BooksOf(period=period, grids=found, quotes=await _by_quote(store, account, found, now, only))
        for period, found in zip(periods, made, strict=True)
    ]
    held = {grid.id: one for grid in grids if (one := held_by(grid, account)) is not None}
    return BooksView(shown=views[0], beside=tuple(views[1:]), held=held)


def so_far(account: Account, grid: Grid, now: int) -> Made:
    """One grid's figures since it began, as far as they need no store: without its curve and what coins had made."""
    books, price = grid.books, last_price(account, grid)
    return Made(
        grid_profit=books.grid_profit,
        stop_sales=books.stop_sales,
        floating=grid.floating(price),
        fees=books.fees_value,
        fees_apart=books.fees_apart,
        fills=books.fills,
        round_trips=books.round_trips,
        money=grid.money,
        kept=_kept(grid),
        over_at=over_at(grid),
        begins=grid.created_at,
        ends=max(grid.created_at + 1, ended_at(grid, now)),
    )


def over_at(grid: Grid) -> int | None:
    """When all of its money was free again that no coin of its holds, if it is over."""
    if grid.phase is not Phase.STOPPED or grid.stop is None:
        return None
    return grid.stop.at if grid.stop.over is None else grid.stop.over


def ended_at(grid: Grid, now: int) -> int:
    """When its money was free again: it is over and holds no coins. Else now."""
    over = over_at(grid)
    return now if over is None or grid.coins else over


def _kept(grid: Grid) -> Decimal:
    """What of its money its coins hold."""
    return min(grid.cost, grid.money)


def held_by(grid: Grid, account: Account) -> Held | None:
    """What is to be known of its coins, if it has any."""
    if not grid.coins:
        return None
    after_fee = grid.coins * (ONE - account.fees.taker)
    return Held(
        coins=grid.coins,
        gone=missing(account, grid),
        average=grid.cost / grid.coins,
        even=-grid.books.cash / after_fee,
        tick=grid.market.tick_size,
    )


async def _made(store: Store, account: Account, grid: Grid, period: Period, later: Books | None, now: int) -> Made:
    """One grid's figures; `later` is None where it began within the period."""
    began = grid.created_at if later is None else period.begins
    first = grid.start_price if later is None else price_at(store, account, grid, began)
    before, books, price = (
        without(grid.books, later if later is not None else grid.books),
        grid.books,
        last_price(account, grid),
    )
    total, over = total_of(before, first), over_at(grid)
    floating, was_over = total - before.realised, over is not None and over <= began
    # What was free before the period began has made nothing in it.
    money, worth = (_kept(grid), grid.cost + floating) if was_over else (grid.money, grid.money + total)
    ends, curve = ended_at(grid, now), (grid.market.quote, grid.id)
    final = price if ends == now else price_at(store, account, grid, ends)
    return Made(
        grid_profit=books.grid_profit - before.grid_profit,
        stop_sales=books.stop_sales - before.stop_sales,
        floating=grid.floating(price) - floating,
        fees=books.fees_value - before.fees_value,
        fees_apart=_more(books.fees_apart, before.fees_apart),
        fills=books.fills - before.fills,
        round_trips=books.round_trips - before.round_trips,
        money=money,
        kept=_kept(grid),
        over_at=over,
        begins=began,
        ends=max(began + 1, ends),  # also by a clock that was set back
        coins_instead=worth * (final / first - ONE),
        curve=await _curve(store, account, curve, (began, total), (now, grid.total(price))),
    )


def _more(fees: Mapping[Asset, Decimal], before: Mapping[Asset, Decimal]) -> dict[Asset, Decimal]:
    changes = {asset: fee - before.get(asset, ZERO) for asset, fee in fees.items()}
    return {asset: change for asset, change in changes.items() if change}


async def _curve(store: Store, account: Account, curve: Curve, begin: Moment, end: Moment) -> Leg | None:
    """The total within a period, from its two bounds and what was written down between them.

    Where that began late only what is known is told, from then on; where nothing was, nothing is.
    """
    pieces = hours(store, account, curve, begin[0] - begin[0] % HOUR)
    legs = [leg async for some in pieces for leg in some if leg.at >= begin[0]]
    written = legs[0].at if legs else end[0]
    if written - begin[0] <= 2 * HOUR:
        return joined([point(*begin), *legs, point(*end)])
    return joined([*legs, point(*end)]) if legs else None


async def _by_quote(
    store: Store, account: Account, found: Mapping[GridId, Made], now: int, only: GridId | None
) -> dict[Asset, Made]:
    """What the grids of each quote come to together."""
    own: dict[Asset, list[Made]] = {}
    for grid_id, one in found.items():
        own.setdefault(account.grids[grid_id].market.quote, []).append(one)
    if only is not None:
        return {quote: one for quote, (one,) in own.items()}
    return {quote: await _together(store, account, quote, some, now) for quote, some in own.items()}


async def _together(store: Store, account: Account, quote: Asset, some: Sequence[Made], now: int) -> Made:
    whole = reduce(_plus, some)
    grids = [grid for grid in account.grids.values() if grid.market.quote == quote]
    total = sum((grid.total(last_price(account, grid)) for grid in grids), ZERO)
    bounds = (whole.begins, total - whole.total), (now, total)
    return replace(whole, money=most_at_once(some), curve=await _curve(store, account, (quote, ALL), *bounds))


def _plus(one: Made, other: Made) -> Made:
    fees = {asset: one.fees_apart.get(asset, ZERO) for asset in (*one.fees_apart, *other.fees_apart)}
    return Made(
        grid_profit=one.grid_profit + other.grid_profit,
        stop_sales=one.stop_sales + other.stop_sales,
        floating=one.floating + other.floating,
        fees=one.fees + other.fees,
        fees_apart={asset: fee + other.fees_apart.get(asset, ZERO) for asset, fee in fees.items()},
        fills=one.fills + other.fills,
        round_trips=one.round_trips + other.round_trips,
        begins=min(one.begins, other.begins),
        ends=max(one.ends, other.ends),
        coins_instead=one.coins_instead + other.coins_instead,
    )


def most_at_once(some: Sequence[Made]) -> Decimal:
    """The most money that was in grids at one time: money that went from one into the next counts once."""
    changes = [change for one in some for change in _holds(one)]
    held = most = ZERO
    for _, change in sorted(changes):  # at the same moment what ends is free before what begins
        held += change
        most = max(most, held)
    return most


def _holds(made: Made) -> tuple[Moment, ...]:
    """When money was set aside for it, and when it was free again: all but its coins' once it is over."""
    over = made.ends if made.over_at is None else max(made.begins, made.over_at)
    kept = min(made.kept, made.money)
    return (made.begins, made.money), (over, kept - made.money), (made.ends, -kept)
