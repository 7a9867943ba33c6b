"""The books of a world at its end: the ledger against the venue to the last digit, the notices against the phone."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from bot.owner.noise import Noise, Preset, is_answer, is_danger, kind_of
from exchange.backpack.facts import settled_hours
from exchange.paper.translation import fill_of
from storage.desk import notice_of
from strategy.messages.notices import FillTold, LevelJumped, Notice
from strategy.model.account import Account
from strategy.model.ledger import SETTLED_IN
from strategy.model.market import Asset
from strategy.model.money import ZERO
from tests.promises import books, screens
from tests.promises.costs import the_cost_methods_agree
from tests.promises.grids import no_grid_parked
from tests.promises.promise import Violation, promise
from tests.promises.volume import chased_within_its_budget, fees_judged_truly, volume_told_once
from tests.simulation.phone import name_of
from tests.simulation.world import World
from tests.venue import totals, unbooked

MOST_FILLS = 100
"""The newest ones, of which /fills is held against what was told."""


class Row(NamedTuple):
    """A notice as it was written down."""

    id: int
    lane: str
    notice: Notice
    name: str
    """What the phone knows it by."""

    @classmethod
    def of(cls, id_: int, lane: str, data: str) -> "Row":
        """As the outbox has it."""
        notice = notice_of(data)
        return cls(id_, lane, notice, name_of(notice))


def unbalanced(world: World) -> Iterator[Violation]:
    """Differences between what is on the disk and what is true, once everything works again."""
    process, account = world.process, world.account
    if process is None or account is None:
        return
    if waiting := list(no_notice_waits(world)):
        yield from waiting
        return  # it is not over yet: what has to be read through whole is looked at then
    rows = [Row.of(*row) for row in world.disk.rows("SELECT id, lane, data FROM notice ORDER BY id")]
    entries, notices = process.app.store.entries(account.name), [row.notice for row in rows]
    yield from books.folds_equal_the_checkpoint(entries, account)
    for grid in account.grids.values():
        yield from the_cost_methods_agree(entries, grid, world.venue.touch(grid.spec.symbol).bid)
    opened_at, held = process.app.reader.opened_at, totals(world.held)
    held[SETTLED_IN] = held.get(SETTLED_IN, ZERO) - unbooked(world.held, entries, opened_at)
    yield from books.books_equal_the_exchange(account, held)
    settled = [(one.at, one.amount) for one in world.held.settlements if one.at > opened_at]
    yield from books.settled_by_the_hour(entries, settled_hours(settled))
    there = (fill for fill in world.held.fills if fill.at > opened_at)
    yield from books.every_fill_booked_once(entries, [fill_of(fill).mark for fill in there])
    # What another database promised may be sold: by orders that nobody remembers, or by the owner, who grabs at times.
    if not world.record.disks and not world.greedy:
        bases = {grid.market.base for grid in account.grids.values()}
        yield from books.reservations_covered(account, bases, only_coins=True)
    if rows and rows[-1].id == len(rows):  # none was told so long ago that it has been dropped
        yield from books.every_fill_told(entries, notices)
        yield from screens.fills_are_told_truly(process.app.trader.fills(limit=MOST_FILLS), notices)
        yield from books.told_is_made(entries, account, notices)
    else:
        world.happened["told long ago"] += 1
    yield from books.compounding_within_profit(entries, account)
    yield from no_grid_parked((), notices)
    yield from fees_judged_truly(notices)
    yield from volume_told_once(notices)
    yield from chased_within_its_budget(notices)
    sent = {id_ for (id_,) in world.disk.rows("SELECT id FROM notice WHERE sent_at IS NOT NULL")}
    yield from every_notice_told([row for row in rows if row.id in sent], set(world.phone.told))
    if not world.record.disks:
        pushed = {id_ for (id_,) in world.disk.rows("SELECT id FROM notice WHERE digest IS NULL")}
        yield from notices_in_order([row for row in rows if row.id in pushed], world.phone.told, world.noise)


def covered_when_opened(world: World, before: Account, account: Account, quote: Asset) -> None:
    """A grid was opened, and this is the account as it was written down then: what is promised of its quote is there.

    A rule that was changed meanwhile may ask for more than there is; so may one of another quote: there no grid is
    opened.
    """
    markets = [listing.market for listing in world.venue.listings.values()]
    here = [market for market in markets if market.quote == quote]
    ruled = any(not market.same_rules(world.opening[market.symbol]) for market in here)
    taken = any(market.base == quote for market in markets) and (world.greedy or world.record.disks)
    for name, text in () if ruled or taken else books.reservations_covered(account, [quote], before=before):
        world.record.broken(name, text)


@promise("no notice waits")
def no_notice_waits(world: World) -> Iterator[str]:
    """Everything that was written down has been sent, or is in a digest whose hour is not over."""
    if waiting := world.disk.rows("SELECT id, kind FROM notice WHERE sent_at IS NULL AND digest IS NULL"):
        yield f"{waiting}"


@promise("every notice told")
def every_notice_told(rows: Sequence[Row], told: Collection[str]) -> Iterator[str]:
    """What is marked as sent has reached the phone."""
    yield from (f"{row.id} {row.name} is marked and was never told" for row in rows if row.name not in told)


@promise("notices in order")
def notices_in_order(rows: Sequence[Row], told: Sequence[str], noise: Noise) -> Iterator[str]:
    """What is pushed, within a lane as it was written down. Digests come when their hour is over."""
    seen = {name: place for place, name in reversed(list(enumerate(told)))}  # the first time counts
    alike: dict[str, Row] = {}
    for row in rows:
        alike.setdefault(row.name, row)  # two alike in one millisecond have one name
    places: dict[str, list[int]] = defaultdict(list)
    for name, row in alike.items():
        for order in _orders(row, noise) if name in seen else ():
            places[order].append(seen[name])
    yield from (order for order, found in places.items() if found != sorted(found))


def _orders(row: Row, noise: Noise) -> list[str]:
    """The orders that a notice has a place in: fills and jumps are gathered past each other, and past nothing else.

    Where round trips are summed up they come after the news, and in quiet hours danger and answers before the rest.
    """
    if noise.preset is Preset.FILLS and noise.quiet is None:
        kinds = (FillTold, LevelJumped)
        return [f"{row.lane} without {kind.__name__}" for kind in kinds if not isinstance(row.notice, kind)]
    lane = row.lane if noise.quiet is None else f"{row.lane} {is_danger(row.notice)} {is_answer(row.notice)}"
    if isinstance(row.notice, FillTold | LevelJumped):
        return [f"{lane} {kind_of(row.notice)} {type(row.notice).__name__}"]
    return [lane]
