"""What must hold in any world at any moment, as assertions on it. Used by the property tests after every step."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from strategy.account.risk import reservations
from strategy.grid.room import may_rest
from strategy.messages.events import Place
from strategy.messages.notices import FillTold, GridParked, TripClosed
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import fold_all, fold_balances
from strategy.model.levels import Level, Wait
from strategy.model.market import Asset, Side
from strategy.model.money import ZERO
from strategy.model.orders import Order, OrderStatus, Purpose, Refusal
from tests.builders import INFINITY
from tests.world import World

MAY_WAIT = frozenset({Wait.WINDOW, Wait.TOUCH, Wait.CROSSING, Wait.POSITION})
"""Why a level may lack an order although everything works."""


def assert_promises(world: World) -> None:
    """Everything that never has an exception, whatever is on its way."""
    for grid in world.account.grids.values():
        assert_one_grid(world, grid)
    assert_never_crossed(world)
    assert_ids_used_once(world)
    assert not world.notices_of(GridParked), world.notices_of(GridParked)
    never = (Refusal.FUNDS, Refusal.SELF_TRADE, Refusal.PRICE, Refusal.QUANTITY, Refusal.PRICE_BAND)
    assert not [refused for refused in world.road.refused if refused[1] in never]
    if world.is_settled:
        assert_books_equal_the_exchange(world)


def assert_one_grid(world: World, grid: Grid) -> None:
    """The promises that a grid keeps by itself."""
    levels = [order for order in grid.live if order.purpose is Purpose.LEVEL]
    assert _highest_buy(levels) < _lowest_sell(levels), "the highest buy stays below the lowest sell"
    assert max(Counter(order.level for order in levels).values(), default=0) <= 1, "one live order a level"
    assert grid.coins == grid.books.coins, "lots equal what was bought and not sold"
    assert all(lot.quantity > 0 for lot in grid.lots.values())
    assert sum((order.remaining for order in grid.live if order.side is Side.SELL), ZERO) <= grid.coins, "never short"
    assert fold_all(world.entries, grid.id) == grid.books, "books refolded from zero equal the checkpoint"
    price = world.bid(grid.spec.symbol)
    assert grid.total(price) == grid.books.cash + grid.books.coins * price, "total = cash + coins"
    assert grid.total(price) == grid.books.realised + grid.floating(price), "total = the sum of its parts"
    for level in grid.levels.values():
        assert level.order is None or level.order in grid.orders
    assert_told_is_made(world, grid)


def assert_told_is_made(world: World, grid: Grid) -> None:
    """What the round trips are told to have earned, and what those under way have so far, is all that sales made."""
    told = [one.trip_profit or ZERO for one in world.notices_of(FillTold) if one.grid_id == grid.id]
    told += [one.profit for one in world.notices_of(TripClosed) if one.grid_id == grid.id]
    under_way = sum((level.earned for level in grid.levels.values()), ZERO)
    assert sum(told, ZERO) + under_way == grid.books.grid_profit, "told is not what was made"
    trips = [one for one in world.notices_of(FillTold) if one.grid_id == grid.id and one.trip_profit is not None]
    closed = [one for one in world.notices_of(TripClosed) if one.grid_id == grid.id]
    assert len(trips) + len(closed) == grid.books.round_trips, "a round trip was not told"


def assert_never_crossed(world: World) -> None:
    """Orders of ours never meet, whichever grid they belong to: those in the book, and those that may get there.

    One in limbo that takes at once, or that the market has passed, never will.
    """
    for symbol, listing in world.venue.listings.items():
        touch = world.account.touches.get(symbol)
        live = [o for grid in world.account.grids.values() for o in grid.live if o.symbol == symbol]
        there = {order.client_id for order in world.held.open.values()}
        for orders in ([o for o in live if may_rest(o, touch)], [o for o in live if o.client_id in there]):
            assert _highest_buy(orders) < _lowest_sell(orders), "our own orders cross"
        assert listing.book.bid < listing.book.ask
    ended = world.held.orders.values()
    assert not [order for order in ended if order.expiry == "SelfTradePrevention"]


def assert_ids_used_once(world: World) -> None:
    """A client id is never used twice, neither by us nor as the venue saw it."""
    placed = [action.order.client_id for action in world.actions if isinstance(action, Place)]
    assert len(set(placed)) == len(placed)
    assert placed == sorted(placed)
    seen = [order.client_id for order in world.held.orders.values() if order.client_id is not None]
    assert len(set(seen)) == len(seen)


def assert_books_equal_the_exchange(world: World) -> None:
    """To the last digit, and from zero."""
    known = {asset: amount for asset, amount in world.account.expected.items() if amount}
    assert known == {asset: amount for asset, amount in world.totals.items() if amount}
    folded: dict[Asset, Decimal] = {}
    for entry in world.entries:
        folded = fold_balances(folded, entry)
    assert folded == dict(world.account.expected)


def assert_reservations_are_covered(world: World) -> None:
    """What the grids may still need is there: in quote for their buys, in coins for their lots."""
    for asset, held in world.account.expected.items():
        promised = reservations(world.account, asset)
        assert promised <= held, f"{asset}: {promised} promised, {held} there"


def assert_complete(world: World) -> None:
    """Nothing is missing and nothing is too much: what a world comes to once everything works again."""
    live = [order for grid in world.account.grids.values() for order in grid.live]
    assert {order.status for order in live} <= {OrderStatus.OPEN}, live
    assert {order.client_id for order in live} == {order.client_id for order in world.held.open.values()}
    for grid in world.account.grids.values():
        if grid.phase is Phase.RUNNING:
            lacking = [level for level in grid.levels.values() if level.order is None]
            assert all(level.wait in MAY_WAIT for level in lacking), lacking
            assert all(_is_right(grid, level) for level in grid.levels.values() if level.order is not None)
        else:
            assert grid.phase in (Phase.WAITING, Phase.PAUSED, Phase.STOPPED), grid.phase
            assert not grid.live
        if grid.phase is Phase.STOPPED and grid.stop is not None and grid.stop.sell:
            assert grid.coins < grid.market.min_quantity, "a stop that sells ends flat"


def _is_right(grid: Grid, level: Level) -> bool:
    """Its order buys what the level lacks, or sells what it holds, and never at a worse price than its own."""
    assert level.order is not None
    order = grid.orders[level.order]
    if level.side is Side.BUY:
        return order.price <= level.buy_price and order.remaining == level.quantity - level.done
    return order.price >= level.sell_price and order.remaining <= grid.lots[level.id].quantity


def _highest_buy(orders: Iterable[Order]) -> Decimal:
    return max((order.price for order in orders if order.side is Side.BUY), default=ZERO)


def _lowest_sell(orders: Iterable[Order]) -> Decimal:
    return min((order.price for order in orders if order.side is Side.SELL), default=INFINITY)
