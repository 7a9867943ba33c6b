"""A grid as it traded beside the same grid as it is played over the same time: what is asked and what comes of it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from bot.owner.backtests import Loaded, NotPlayed, Played, Wanted, wanted_of
from bot.owner.books import ended_at
from storage.store import Store
from strategy.account.risk import last_price
from strategy.model.account import Account
from strategy.model.durations import DAY, HOUR
from strategy.model.grid import Grid
from strategy.model.ledger import FillEntry
from strategy.model.market import Side
from strategy.model.money import ZERO
from strategy.model.orders import LevelId, Purpose

MOST_DAYS = 365
NEAR = HOUR
"""So far apart two trades of a level may be and still be the same."""
PIECE = 500
"""Fills read at once: some milliseconds."""
LATE = 5 * 60_000
"""What an hour's first point may come after its begin, ms: a point is written down every minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A level's order that was filled whole, or as far as it came."""

    level: LevelId
    side: Side
    at: int
    """When the last of it was filled, ms."""
    took: bool
    """Whether any of it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What the grid itself has come to, in quote."""

    total: Decimal
    grid_profit: Decimal
    stop_sales: Decimal
    floating: Decimal
    fees: Decimal
    round_trips: int
    trades: tuple[Trade, ...]
    down: int
    """Milliseconds for which nothing was written down: at least as long it was not running."""
    was_tuned: bool
    """It had another spec before: what is played is the one it has now."""

    @property
    def taken(self) -> Decimal:
        """The part of its trades that took."""
        return part_of(sum(one.took for one in self.trades), len(self.trades))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """The grid to be played from its own begin to its end, or to now, and its trades."""

    wanted: Wanted
    lived: Lived


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the same grid came to when it was played, and how far the trades of both are the same."""

    lived: Lived
    played: Played
    played_trades: int
    takers: int
    """Of them."""
    both: int
    """Trades of a level that both have, at about the same time."""
    lived_only: int
    played_only: int
    later: int
    """How much later it traded what both have, in the middle, ms; negative where earlier."""

    @property
    def played_taken(self) -> Decimal:
        """The part of those that were played that took."""
        return part_of(self.takers, self.played_trades)


class Comparing(Protocol):
    """What is needed of whoever has the books."""

    store: Store

    def account(self) -> Account:
        """As it is now."""

    def now(self) -> int:
        """Milliseconds UTC."""


CompareThem = Callable[[Compare, Loaded], Awaitable[Compared | NotPlayed]]


async def compare_of(whose: Comparing, grid: Grid) -> Compare:
    """What is to be compared. The ledger is read in pieces: a tick waits for none of them."""
    account, now = whose.account(), ended_at(grid, whose.now())
    since = max(grid.created_at, now - MOST_DAYS * DAY)
    days = max(1, -(-(now - since) // DAY))
    wanted = wanted_of(account, grid.market, days=days, now=now, free=grid.money, spec=grid.spec)
    price, books = last_price(account, grid), grid.books
    lived = Lived(
        total=grid.total(price),
        grid_profit=books.grid_profit,
        stop_sales=books.stop_sales,
        floating=grid.floating(price),
        fees=books.fees_value,
        round_trips=books.round_trips,
        trades=trades_of([one async for one in _fills(whose, account, grid, since)]),
        down=down(whose.store, account, grid, since, now),
        was_tuned=grid.before is not None,
    )
    return Compare(wanted=replace(wanted, since=since), lived=lived)


async def _fills(whose: Comparing, account: Account, grid: Grid, since: int) -> AsyncIterator[FillEntry]:
    store, read = whose.store, 0
    last = store.last_entry(account.name)
    while read < last:
        fills, number = store.traded_after(account.name, grid.id, since, after=read, until=last, limit=PIECE)
        for one in fills:
            yield one
        read = number if len(fills) == PIECE else last
        await asyncio.sleep(0)


def trades_of(fills: Iterable[FillEntry]) -> tuple[Trade, ...]:
    """The fills of the levels' orders, an order each, in the order of their last ones."""
    found = dict[object, Trade]()
    for entry in fills:
        if entry.purpose is Purpose.LEVEL and entry.level is not None:
            key = entry.fill.client_id if entry.fill.client_id is not None else entry.key
            before = found.pop(key, None)
            took = not entry.fill.is_maker or (before is not None and before.took)
            found[key] = Trade(level=entry.level, side=entry.fill.side, at=entry.fill.at, took=took)
    return tuple(sorted(found.values(), key=lambda one: one.at))


def matched(lived: Iterable[Trade], played: Iterable[Trade], near: int) -> tuple[list[int], int, int]:
    """By how much each that both have came later, and how many only the one and only the other has."""
    ours, theirs = _by_level(lived), _by_level(played)
    delays, only, other = list[int](), 0, 0
    for key in ours.keys() | theirs.keys():
        mine, its = ours[key], theirs[key]
        one = two = 0
        while one < len(mine) and two < len(its):
            apart = mine[one] - its[two]
            if abs(apart) <= near:
                delays.append(apart)
                one, two = one + 1, two + 1
            elif apart < 0:
                one, only = one + 1, only + 1
            else:
                two, other = two + 1, other + 1
        only += len(mine) - one
        other += len(its) - two
    return delays, only, other


def _by_level(trades: Iterable[Trade]) -> "defaultdict[tuple[LevelId, Side], list[int]]":
    found = defaultdict[tuple[LevelId, Side], list[int]](list)
    for one in trades:
        found[one.level, one.side].append(one.at)
    return found


def down(store: Store, account: Account, grid: Grid, since: int, until: int) -> int:
    """By the hours of its curve: those without a point, and what passed before the first of the others."""
    hours = {leg.at // HOUR: leg.at for leg in store.legs(account.name, (grid.market.quote, grid.id), since)}
    gone = 0
    for hour in range(since // HOUR + 1, until // HOUR):
        begins = hour * HOUR
        late = hours[hour] - begins if hour in hours else HOUR
        gone += late if late > LATE else 0
    return gone


def part_of(some: int, whole: int) -> Decimal:
    """As a fraction."""
    return Decimal(some) / whole if whole else ZERO
