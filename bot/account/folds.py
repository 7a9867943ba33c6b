"""What was traded since some moments, read and folded in small pieces: after each the loop is free. Shows nothing.

A year of fills takes seconds to read, and no tick waits for them. What is booked while this reads is left out.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import reduce

from bot.account.days import happened_at
from storage.curves import Curve
from storage.store import Store
from strategy.model.account import Account
from strategy.model.curve import Leg
from strategy.model.durations import HOUR
from strategy.model.grid import Grid
from strategy.model.ledger import Books, Closing, FillEntry, fold
from strategy.model.orders import GridId

PIECE = 500
"""Fills read and folded at once: some milliseconds."""
Closed = Mapping[GridId, Sequence[Closing]]


async def traded(
    store: Store, account: Account, grid_id: GridId | None, since: int, last: int
) -> AsyncIterator[Sequence[FillEntry]]:
    """A grid's fills traded at or after this, of entries up to the number `last`; None: what was traded by hand."""
    read = 0
    while read < last:
        fills, number = store.traded_after(account.name, grid_id, since, after=read, until=last, limit=PIECE)
        yield fills
        read = number if len(fills) == PIECE else last
        await asyncio.sleep(0)


def closed_since(store: Store, account: Account, since: int) -> Closed:
    """What each grid closed without a fill since then: they are few."""
    return {grid_id: store.closed_since(account.name, grid_id, since) for grid_id in account.grids}


async def folds(
    store: Store, account: Account, grid: Grid, bounds: Iterable[int], closed: Sequence[Closing], last: int
) -> dict[int, Books]:
    """By each of these moments, the fold of what happened to a grid since."""
    found = {bound: _fold(Books(), closed, bound) for bound in bounds}
    if found:
        async for fills in traded(store, account, grid.id, min(found), last):
            found = {bound: _fold(books, fills, bound) for bound, books in found.items()}
    return found


def _fold(books: Books, entries: Iterable[FillEntry | Closing], since: int) -> Books:
    return reduce(fold, (entry for entry in entries if happened_at(entry) >= since), books)


async def hours(store: Store, account: Account, curve: Curve, since: int) -> AsyncIterator[Sequence[Leg]]:
    """A curve's hours from this moment on: a year of them is read piece by piece as well."""
    while legs := store.legs(account.name, curve, since, PIECE):
        yield legs
        since = legs[-1].at - legs[-1].at % HOUR + HOUR
        await asyncio.sleep(0)
