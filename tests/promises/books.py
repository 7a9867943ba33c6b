"""Promises about the books: the ledger against the checkpoints, the venue and what was told; whose money is whose."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from strategy.account.risk import reserved_by
from strategy.grid.sizing import grown_by, wished
from strategy.messages.notices import FillTold, Notice, TripClosed
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.inventory import opens
from strategy.model.ledger import Books, Closing, Entry, FillEntry, Movement, MovementKind, fold_all, fold_balances
from strategy.model.market import Asset
from strategy.model.money import ZERO
from strategy.model.orders import GridId, LevelId, Purpose
from tests.promises.promise import promise


def books_of(entries: Iterable[Entry], grid_id: GridId) -> Books:
    """A grid's books from zero."""
    return fold_all(one for one in entries if not isinstance(one, Movement) and one.grid_id == grid_id)


@promise("folds equal the checkpoint")
def folds_equal_the_checkpoint(entries: Sequence[Entry], account: Account) -> Iterator[str]:
    """The ledger from zero is what the account and each grid say of themselves."""
    folded: dict[Asset, Decimal] = {}
    for entry in entries:
        folded = fold_balances(folded, entry)
    if folded != dict(account.expected):
        yield f"{folded} and {account.expected}"
    for grid in account.grids.values():
        if books_of(entries, grid.id) != grid.books:
            yield f"grid {grid.id}"


def _sales(entries: Sequence[Entry]) -> Iterator[tuple[GridId, Purpose, Decimal]]:
    """What levels and stops have realised, in its order. Coins that a stop gave back count as sold by it."""
    for entry in entries:
        if (
            isinstance(entry, FillEntry)
            and entry.grid_id is not None
            and entry.purpose in (Purpose.LEVEL, Purpose.STOP)
        ):
            yield entry.grid_id, entry.purpose, entry.realised or ZERO
        elif isinstance(entry, Closing) and entry.coins:
            yield entry.grid_id, Purpose.STOP, entry.value - entry.cost


@promise("compounding stays within what was realised")
def compounding_within_profit(entries: Sequence[Entry], account: Account) -> Iterator[str]:
    """What makes a grid's buys larger than was wished was earned at some time, by sales of its levels; and it is under
    the ceiling. A step that has grown since makes the wish no smaller.

    A level that was tuned down while it bought is as large as what it has got, and one that got another place in a
    ladder with a taper as large as it was, until it is to buy anew. While another ladder is on its way the levels are
    still those of another wish. What the sale of a stop has lost again counts no more once the grid has opened again.
    """
    most: dict[GridId, Decimal] = defaultdict(Decimal)
    earned: dict[GridId, Decimal] = defaultdict(Decimal)
    lost: dict[GridId, Decimal] = defaultdict(Decimal)
    again = {grid.id for grid in account.grids.values() if grid.adapted.stop_sales == grid.books.stop_sales != ZERO}
    for one, sale, realised in _sales(entries):
        if sale is Purpose.LEVEL:
            if one in lost:
                earned[one] = max(ZERO, earned[one] + min(ZERO, lost.pop(one)))
            earned[one] += realised
            most[one] = max(most[one], earned[one])
        elif one in again:
            lost[one] += realised
            most[one] = max(ZERO, earned[one] + min(ZERO, lost[one]))
    for grid in account.grids.values():
        if (share := grid.spec.compound) is None or grid.adapted.ladder is not None:
            continue
        wishes = {one.id: wished(grid.spec, one.rank, one.buy_price) for one in grid.levels.values()}
        anew = grid.derived.lacking() if grid.phase.trades else ()
        had = {one: size for one, size in grid.adapted.outsized.items() if not (one in anew and _is_bare(grid, one))}
        sizes = {one: max(own, had.get(one, ZERO)) for one, own in wishes.items()}
        grown, bound = grown_by(sizes, grid.levels.values()), share * most[grid.id]
        if grown > min(bound, grid.spec.compound_most or bound):
            yield f"grid {grid.id}: {grown} of {share} of {most[grid.id]}, at most {grid.spec.compound_most}"


def _is_bare(grid: Grid, one: LevelId) -> bool:
    level = grid.levels.get(one)
    return level is not None and opens(level.side) and not level.done and one not in grid.lots


@promise("books equal the exchange")
def books_equal_the_exchange(account: Account, totals: Mapping[Asset, Decimal]) -> Iterator[str]:
    """To the last digit, once nothing is on its way."""
    for asset in sorted({*account.expected, *totals}):
        known, there = account.expected.get(asset, ZERO), totals.get(asset, ZERO)
        if known != there:
            yield f"{asset}: the books say {known}, the exchange {there}"


@promise("what perpetuals settled is booked by the hour")
def settled_by_the_hour(entries: Iterable[Entry], hours: Iterable[Movement]) -> Iterator[str]:
    """Each hour that is booked with all that was settled in it, and no row twice."""
    booked = [one for one in entries if isinstance(one, Movement) and one.kind is MovementKind.SETTLEMENT]
    if len({one.key for one in booked}) < len(booked):
        yield "an hour is booked twice"
    sums: defaultdict[int, Decimal] = defaultdict(Decimal)
    for one in booked:  # what came late is booked beside what was booked in time
        sums[one.at] += one.amount
    until = max(sums, default=0)
    there = {hour.at: hour.amount for hour in hours if hour.at <= until}
    for at in sorted({*sums, *there}):
        if sums.get(at, ZERO) != there.get(at, ZERO):
            yield f"of the hour that ends at {at} {sums.get(at, ZERO)} is booked, and there was {there.get(at, ZERO)}"


@promise("every fill booked once")
def every_fill_booked_once(entries: Iterable[Entry], there: Iterable[tuple[str, str]] | None) -> Iterator[str]:
    """No mark twice; and just those of the exchange since the ledger was opened, once nothing is on its way."""
    booked = Counter(entry.fill.mark for entry in entries if isinstance(entry, FillEntry))
    yield from (f"{key} is booked {count} times" for key, count in booked.items() if count > 1)
    if there is not None:
        happened = set(there)
        yield from (f"{key} is not booked" for key in sorted(happened - booked.keys()))
        yield from (f"{key} is booked and never happened" for key in sorted(booked.keys() - happened))


@promise("every fill told")
def every_fill_told(entries: Iterable[Entry], notices: Iterable[Notice]) -> Iterator[str]:
    """With what it booked; those of the owner's own trades are not."""
    told = {notice.trade for notice in notices if isinstance(notice, FillTold)}
    ours = {entry.key for entry in entries if isinstance(entry, FillEntry) and entry.grid_id is not None}
    if untold := ours - told:
        yield f"{untold}"


@promise("told is made")
def told_is_made(entries: Iterable[Entry], account: Account, notices: Iterable[Notice]) -> Iterator[str]:
    """What the round trips were told to have earned is what was made, and each one was told. What a level has sold of
    one that is under way, or that a stop has ended, is told with the grid's figures.
    """
    told: dict[GridId, list[Decimal]] = defaultdict(list)
    for notice in notices:
        if isinstance(notice, TripClosed):
            told[notice.grid_id].append(notice.profit)
        elif isinstance(notice, FillTold) and notice.trip_profit is not None:
            told[notice.grid_id].append(notice.trip_profit)
    parts = _parts_sold(entries)
    for grid in account.grids.values():
        made = grid.books.grid_profit - sum(parts[grid.id].values(), ZERO)
        trips, earned = len(told[grid.id]), sum(told[grid.id], ZERO)
        if earned != made or trips != grid.books.round_trips:
            yield f"grid {grid.id}: {earned} told of {trips}, {made} made with {grid.books.round_trips}"
        for level in grid.levels.values():
            if level.earned != parts[grid.id].get(level.id, ZERO):
                yield f"grid {grid.id}: {level} has sold for {parts[grid.id].get(level.id, ZERO)}"


def _parts_sold(entries: Iterable[Entry]) -> Mapping[GridId, Mapping[LevelId, Decimal]]:
    """What each level has earned since the last round trip that it completed."""
    parts: dict[GridId, dict[LevelId, Decimal]] = defaultdict(dict)
    for entry in entries:
        if isinstance(entry, Movement) or entry.grid_id is None or entry.level is None:
            continue
        here = parts[entry.grid_id]
        if isinstance(entry, FillEntry) and entry.purpose is Purpose.LEVEL:
            here[entry.level] = here.get(entry.level, ZERO) + (entry.realised or ZERO)
        if isinstance(entry, Closing) or entry.closes:
            here.pop(entry.level, None)
    return parts


@promise("reservations covered")
def reservations_covered(
    account: Account,
    assets: Collection[Asset] | None = None,
    *,
    only_coins: bool = False,
    before: Account | None = None,
) -> Iterator[str]:
    """What the grids may still need of these assets, or of all, is there: quote for their buys, coins in their lots.

    Quote is promised at a price; what a jump costs is judged when a grid is opened (`only_coins` leaves it out). Not
    what it costs the others in that very step, from the account `before` it: first coins that are not bought any more
    leave a level that buys dearer.
    """
    every = {asset for grid in account.grids.values() for asset in (grid.market.base, grid.market.quote)}
    for asset in every if assets is None else assets:
        coins = (grid.coins for grid in account.grids.values() if grid.market.base == asset)
        promised = sum(coins, ZERO) if only_coins else _promised(account, asset, before or account)
        held = account.expected.get(asset, ZERO)
        if promised > held:
            yield f"{asset}: {promised} promised, {held} there"


def _promised(account: Account, asset: Asset, before: Account) -> Decimal:
    now, known = reserved_by(account, asset), reserved_by(before, asset)
    return sum((min(one, known.get(grid_id, one)) for grid_id, one in now.items()), ZERO)
