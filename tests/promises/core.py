"""The promises of the core's world (`tests.world`), as assertions on it: at any moment, and once everything works."""

from collections.abc import Collection, Iterator

from exchange.paper.translation import fill_of
from strategy.messages.events import Place
from strategy.model.orders import Refusal
from tests.promises import books
from tests.promises.costs import the_cost_methods_agree
from tests.promises.grids import broken_by_itself, no_grid_parked
from tests.promises.orders import ids_used_once, no_own_crossing, one_order_a_level, settled_means_whole
from tests.promises.promise import Violation, assert_kept, promise
from tests.promises.quiet import a_quiet_tick_does_nothing
from tests.promises.whole import Outside, unfinished
from tests.world import World

IMPOSSIBLE = (Refusal.FUNDS, Refusal.SELF_TRADE, Refusal.PRICE, Refusal.QUANTITY, Refusal.PRICE_BAND)


def assert_promises(world: World, *, refused: Collection[Refusal] = ()) -> None:
    """Everything that never has an exception, whatever is on its way.

    `refused`: what a rule explains that was changed before anybody could read it.
    """
    assert_kept(broken(world, refused))


def assert_complete(world: World) -> None:
    """Nothing is missing and nothing is too much: what a world comes to once everything works again."""
    resting = [order.client_id or 0 for order in world.held.open.values()]
    assert_kept(unfinished(world.account, Outside.at(world.venue, resting)))
    for grid in world.account.grids.values():
        assert_kept(the_cost_methods_agree(world.entries, grid, world.bid(grid.spec.symbol)))


def assert_reservations_are_covered(world: World) -> None:
    """What the grids may still need is there."""
    assert_kept(books.reservations_covered(world.account))


def broken(world: World, refused: Collection[Refusal]) -> Iterator[Violation]:
    """The promises that a world breaks at this moment."""
    account, held = world.account, world.held
    for grid in account.grids.values():
        yield from broken_by_itself(grid, world.bid(grid.spec.symbol))
        yield from settled_means_whole(grid.orders.values(), held.orders)
        yield from a_quiet_tick_does_nothing(account, grid, world.now)
    live = [order for grid in account.grids.values() for order in grid.live]
    there = {order.client_id for order in held.open.values()}
    yield from one_order_a_level(live)
    yield from no_own_crossing(live, doubts=world.doubts)
    yield from no_own_crossing(order for order in live if order.client_id in there)
    intended = [action.order.client_id for action in world.actions if isinstance(action, Place)]
    yield from ids_used_once(intended, [one.client_id for one in held.orders.values() if one.client_id is not None])
    yield from nothing_impossible_is_asked(world, refused)
    yield from no_grid_parked(account.grids.values(), world.notices)
    yield from books.folds_equal_the_checkpoint(world.entries, account)
    yield from books.compounding_within_profit(world.entries, account)
    yield from books.told_is_made(world.entries, account, world.notices)
    yield from books.every_fill_told(world.entries, world.notices)
    fills = [fill_of(fill).mark for fill in held.fills] if world.is_settled else None
    yield from books.every_fill_booked_once(world.entries, fills)
    if world.is_settled:
        yield from books.books_equal_the_exchange(account, world.totals)


@promise("nothing impossible is asked for")
def nothing_impossible_is_asked(world: World, refused: Collection[Refusal]) -> Iterator[str]:
    """Where nobody else trades: no order is refused for what was known before, and none meets another of ours."""
    for order, reason in world.road.refused:
        if reason in IMPOSSIBLE and reason not in refused:
            yield f"{reason}: {order}"
    for ended in world.held.orders.values():
        if ended.expiry == "SelfTradePrevention":
            yield f"{ended}"
