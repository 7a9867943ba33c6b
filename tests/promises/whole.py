"""What a world comes to once everything works again: nothing is missing, nothing is too much, nothing is unclear."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.venue import Venue
from strategy.adapt.highest import next_highest
from strategy.grid.limits import made_of, triggered
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level, Wait
from strategy.model.market import DOLLARS, Asset, Side, Symbol
from strategy.model.money import ONE, ZERO
from strategy.model.orders import Order, OrderStatus, Purpose
from tests.promises.promise import Violation, promise
from tests.venue import quote_price

MAY_WAIT = frozenset({Wait.WINDOW, Wait.TOUCH, Wait.CROSSING, Wait.POSITION, Wait.EXPOSURE, Wait.PACE})
"""Why a level may lack its order although everything works."""


LAGS = Decimal("1.01")
"""How far above the peak the bid may be: two looks come after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuses:
    """What a world has done to the account that everything working again does not undo. Each must be true and told."""

    waits: Collection[Wait] = MAY_WAIT
    """Why a level of a grid that trades may lack its order."""
    lacks: Callable[[Grid, Level], bool] = lambda *_: False
    """Why else it may."""
    is_smaller: Callable[[Grid, Level, Order], bool] = lambda *_: False
    """Why a level's buy may be smaller than what the level lacks."""
    seeds: bool = False
    """Whether first coins may be out of reach for ever."""
    stops: Callable[[Grid], bool] = lambda _: False
    """Why a stop may never end."""
    keeps: bool = False
    """Whether a stop with sale may keep coins: some were missing when it ended, and what came back is the owner's."""


NO_EXCUSES = Excuses()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What is true at the venue."""

    resting: Collection[int]
    """The client ids of our resting orders."""
    bids: Mapping[Symbol, Decimal]
    worth: Mapping[Asset, Decimal]
    """USDC for a unit of a quote; what nothing prices can't count."""

    @classmethod
    def at(cls, venue: Venue, resting: Collection[int]) -> "Outside":
        """As a venue has it now."""
        quotes = {listing.market.quote for listing in venue.listings.values()}
        worth = {quote: ONE if quote in DOLLARS else quote_price(venue, quote) for quote in quotes}
        return cls(
            resting=resting,
            bids={symbol: venue.touch(symbol).bid for symbol in venue.listings},
            worth={quote: price for quote, price in worth.items() if price is not None},
        )


def unfinished(account: Account, outside: Outside, excuses: Excuses = NO_EXCUSES) -> Iterator[Violation]:
    """What keeps an account from being whole."""
    yield from nothing_unclear(account)
    yield from what_is_live_rests(account, outside.resting)
    yield from a_lost_day_stops(account, outside)
    for grid in account.grids.values():
        if grid.phase.trades:
            yield from a_limit_stops(grid, outside.bids[grid.spec.symbol])
            yield from the_peak_follows(grid, outside.bids[grid.spec.symbol])
            yield from the_highest_follows(grid, outside.bids[grid.spec.symbol])
            yield from seeding_ends(grid, excuses)
            yield from a_full_set(grid, excuses)
            yield from the_right_orders(grid, excuses)
        else:
            yield from stopped_means_stopped(grid, excuses)
            yield from sold_means_flat(grid, excuses)


@promise("nothing stays unclear")
def nothing_unclear(account: Account) -> Iterator[str]:
    """Each order rests for certain, or is over and booked."""
    for grid in account.grids.values():
        for order in grid.orders.values():
            rests = order.status is OrderStatus.OPEN and order.unknown_since is None
            if not (rests or order.is_settled):
                yield f"{order}"


@promise("what is live rests")
def what_is_live_rests(account: Account, resting: Collection[int]) -> Iterator[str]:
    """No order is there that nobody wants, and none is wanted that is not there."""
    live = {order.client_id for grid in account.grids.values() for order in grid.live}
    yield from (f"order {one} rests and nobody wants it" for one in sorted(set(resting) - live))
    yield from (f"order {one} should rest and does not" for one in sorted(live - set(resting)))


@promise("a day's loss that is reached stops everything")
def a_lost_day_stops(account: Account, outside: Outside) -> Iterator[str]:
    """What was lost since midnight by the market's own prices, in all quotes together and in each of them alone."""
    at_work = any(grid.phase.trades or grid.phase is Phase.PAUSED for grid in account.grids.values())
    if account.day is None or account.daily_loss is None or account.halt is not None or not at_work:
        return
    changed: dict[Asset, Decimal] = defaultdict(Decimal)
    for grid in account.grids.values():
        change = grid.total(outside.bids[grid.spec.symbol]) - account.day.since.get(grid.id, ZERO)
        changed[grid.market.quote] += change * outside.worth.get(grid.market.quote, ZERO)
    if min(sum(changed.values(), ZERO), *changed.values()) <= -account.daily_loss:
        yield f"{dict(changed)}"


@promise("a limit that is reached stops")
def a_limit_stops(grid: Grid, bid: Decimal) -> Iterator[str]:
    """Where it stays reached: no grid trades beyond its own limits."""
    if (reached := triggered(grid, bid)) is not None:
        yield f"grid {grid.id}: {reached}"


@promise("the peak follows the price")
def the_peak_follows(grid: Grid, bid: Decimal) -> Iterator[str]:
    """From the start of a trailing take-profit on, while the grid trades, whether or not it has all its coins."""
    start = grid.spec.trail_start
    followed = grid.adapted.peak if grid.adapted.peak is not None else start
    if start is not None and followed is not None and bid > followed * LAGS:
        yield f"grid {grid.id}: {grid.adapted.peak}, it begins at {start}, and the bid is {bid}"


@promise("the highest follows the total")
def the_highest_follows(grid: Grid, bid: Decimal) -> Iterator[str]:
    """Where it is limited how far a grid's total comes down from it: of what it makes now no step is missing."""
    if grid.spec.max_drawdown is not None and made_of(grid, bid) > next_highest(grid) + (LAGS - 1) * grid.risked:
        yield f"grid {grid.id}: {grid.adapted.highest}, and it has made {made_of(grid, bid)}"


@promise("seeding ends")
def seeding_ends(grid: Grid, excuses: Excuses) -> Iterator[str]:
    """The first coins are bought, unless the coins that are there follow the price meanwhile."""
    waits = not grid.adapted.buying or grid.adapted.peak is not None
    if grid.phase is Phase.SEEDING and not (waits or excuses.seeds):
        yield f"grid {grid.id}: {grid.seeding}"


@promise("a full set of orders")
def a_full_set(grid: Grid, excuses: Excuses) -> Iterator[str]:
    """Each level has its order, or a reason for none."""
    for level in grid.levels.values() if grid.adapted.peak is None else ():
        seeds = grid.phase is Phase.SEEDING and level.side is Side.SELL
        paused = not grid.buys and level.side is Side.BUY
        if level.order is None and not (paused or seeds or level.wait in excuses.waits or excuses.lacks(grid, level)):
            yield f"grid {grid.id} {grid.phase} level {level}"


@promise("the right orders")
def the_right_orders(grid: Grid, excuses: Excuses) -> Iterator[str]:
    """Each buys what its level lacks, or sells what it holds, and never at a worse price than the level's own."""
    for level in grid.levels.values():
        if level.order is not None and not _is_right(grid, level, grid.orders[level.order], excuses):
            yield f"grid {grid.id} {level} {grid.orders[level.order]}"


def _is_right(grid: Grid, level: Level, order: Order, excuses: Excuses) -> bool:
    if level.side is Side.SELL:
        return order.price >= level.sell_price and order.remaining <= grid.lots[level.id].quantity
    lacks = level.quantity - level.done
    whole = order.remaining == lacks or order.quantity == grid.market.fitting(lacks + order.filled)
    smaller = order.remaining < lacks and excuses.is_smaller(grid, level, order)
    return order.price <= level.buy_price and (whole or smaller)


@promise("stopped means stopped")
def stopped_means_stopped(grid: Grid, excuses: Excuses) -> Iterator[str]:
    """A grid that does not trade has no orders, and a stop comes to its end; only a sale that rests may wait."""
    at_rest = grid.phase in (Phase.WAITING, Phase.PAUSED, Phase.STOPPED)
    waits = grid.stop is not None and grid.stop.rests and all(order.purpose is Purpose.STOP for order in grid.live)
    held_up = grid.phase is Phase.STOPPING and (waits or excuses.stops(grid))
    if not held_up and (grid.live or not at_rest):
        yield f"grid {grid.id}: {grid.phase}, {len(grid.live)} live orders"


@promise("a stop that sells ends flat")
def sold_means_flat(grid: Grid, excuses: Excuses) -> Iterator[str]:
    """It keeps at most what nobody would take."""
    sold = grid.phase is Phase.STOPPED and grid.stop is not None and grid.stop.sell
    if sold and grid.market.fitting(grid.coins) and not excuses.keeps:
        yield f"grid {grid.id}: {grid.coins}"
