"""The books of a world at its end: the ledger against the venue to the last digit, the notices against the phone."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from exchange.paper.translation import fill_of
from storage.desk import notice_of
from storage.store import Store
from strategy.messages.notices import FillTold, GridParked, LevelJumped, Notice, TripClosed
from strategy.model.account import Account
from strategy.model.grid import Phase
from strategy.model.ledger import FillEntry, fold_all, fold_balances
from strategy.model.market import Asset
from strategy.model.money import ZERO
from tests.simulation.phone import name_of
from tests.simulation.world import World


def unbalanced(world: World) -> Iterator[tuple[str, str]]:
    """Differences between what is on the disk and what is true, once everything works again."""
    process, account = world.process, world.account
    if process is None or account is None:
        return
    if waiting := world.disk.rows("SELECT id, kind FROM notice WHERE sent_at IS NULL"):
        yield "every notice told", f"{waiting} wait"
        return  # it is not over yet: what has to be read through whole is looked at then
    store = process.app.store
    yield from _ledger(world, store, account)
    # What another database promised may be sold: by orders that nobody remembers, or by the owner, who grabs at times.
    if not world.record.disks and not world.greedy:
        yield from _reserved(account)
    yield from _made(world, account)
    yield from _notices(world)


def _ledger(world: World, store: Store, account: Account) -> Iterator[tuple[str, str]]:
    entries = store.entries(account.name)
    folded: dict[Asset, Decimal] = {}
    for entry in entries:
        folded = fold_balances(folded, entry)
    if folded != dict(account.expected):
        yield "folds equal the checkpoint", f"{folded} and {account.expected}"
    known = {asset: amount for asset, amount in account.expected.items() if amount}
    held = {asset: balance.total for asset, balance in world.held.balances.items() if balance.total}
    if known != held:
        yield "books equal the exchange", f"the books say {known}, the venue {held}"
    for grid in account.grids.values():
        if fold_all(entries, grid.id) != grid.books:
            yield "folds equal the checkpoint", f"grid {grid.id}"
    booked = Counter(entry.key for entry in entries if isinstance(entry, FillEntry))
    twice = [key for key, count in booked.items() if count > 1]
    told = {data for (data,) in world.disk.rows("SELECT json_extract(data, '$.trade') FROM notice WHERE kind = 'fill'")}
    untold = {entry.key for entry in entries if isinstance(entry, FillEntry) and entry.grid_id is not None} - told
    if untold:
        yield "every fill told", f"{untold}"
    opened = process_opened_at(world)
    there = {fill_of(fill).key for fill in world.held.fills if fill.at > opened}
    if twice or not there <= booked.keys():
        yield "every fill booked once", f"twice {twice}, missing {there - booked.keys()}"


def process_opened_at(world: World) -> int:
    """When today's ledger began."""
    return world.process.app.reader.opened_at if world.process is not None else 0


def _reserved(account: Account) -> Iterator[tuple[str, str]]:
    """Coins of grids are there. (Quote is promised at a price; what a jump costs is judged when a grid is opened.)"""
    grids = account.grids.values()
    for grid in grids:
        if grid.phase is Phase.PARKED:
            continue
        held = account.expected.get(grid.market.base, ZERO)
        promised = sum((one.coins for one in grids if one.market.base == grid.market.base), ZERO)
        if promised > held:
            yield "reservations covered", f"{grid.market.base}: {promised} promised, {held} there"


def _orders(lane: str, notice: Notice) -> list[str]:
    """The orders that a notice has a place in: fills and jumps are gathered past each other, and past nothing else."""
    return [f"{lane} without {kind.__name__}" for kind in (FillTold, LevelJumped) if not isinstance(notice, kind)]


def _made(world: World, account: Account) -> Iterator[tuple[str, str]]:
    """What the round trips were told to have earned is what was made, and each one was told."""
    told: dict[int, list[Decimal]] = defaultdict(list)
    for (data,) in world.disk.rows("SELECT data FROM notice WHERE kind IN ('fill', 'trip_closed') ORDER BY id"):
        notice = notice_of(data)
        if isinstance(notice, TripClosed):
            told[notice.grid_id].append(notice.profit)
        elif isinstance(notice, FillTold) and notice.trip_profit is not None:
            told[notice.grid_id].append(notice.trip_profit)
    for grid in account.grids.values():
        made = grid.books.grid_profit - sum((level.earned for level in grid.levels.values()), ZERO)
        if sum(told[grid.id], ZERO) != made or len(told[grid.id]) != grid.books.round_trips:
            yield "told is made", f"grid {grid.id}: {sum(told[grid.id], ZERO)} told, {made} made"


def _notices(world: World) -> Iterator[tuple[str, str]]:
    rows = world.disk.rows("SELECT id, lane, data FROM notice ORDER BY id")
    told = set(world.phone.told)
    first: dict[str, list[int]] = defaultdict(list)
    ordered = set[str]()
    seen = {name: place for place, name in reversed(list(enumerate(world.phone.told)))}  # the first time counts
    for number, lane, data in rows:
        notice = notice_of(data)
        if isinstance(notice, GridParked):
            yield "no grid parked", notice.text
        name = name_of(notice)
        if name not in told:
            yield "every notice told", f"{number} {name} is marked and was never told"
        elif name not in ordered:  # two alike in one millisecond have one name
            ordered.add(name)
            for order in _orders(lane, notice):
                first[order].append(seen[name])
    for lane, places in first.items():
        if not world.record.disks and places != sorted(places):
            yield "notices in order", lane
