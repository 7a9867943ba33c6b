"""The promises, as questions to a world: `broken_now` at every step, `unfinished` once everything works again."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from exchange.paper.records import VenueOrder
from strategy.grid.coins import there
from strategy.grid.limits import triggered
from strategy.grid.opening import least_order
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase, StopReason
from strategy.model.levels import Level, Wait
from strategy.model.market import Asset, Fees, Side
from strategy.model.money import ONE, ZERO
from strategy.model.orders import Order, OrderStatus
from tests.builders import INFINITY, USDC
from tests.simulation.markets import in_quote, quote_price
from tests.simulation.world import World

MAY_WAIT = frozenset({Wait.WINDOW, Wait.TOUCH, Wait.CROSSING, Wait.POSITION})
"""Why a level may lack its order although everything works."""
ALL = '%"cause":"orders"%'
"""In the notice that every order is refused."""
LATE_SECONDS, LATE_TICKS = 20, 3
"""Without a tick for longer than both, something holds them up."""
TOLD = frozenset({Wait.MONEY, Wait.REFUSED})
"""Why it may lack it if the owner was told."""


def broken_now(world: World) -> Iterator[tuple[str, str]]:
    """Promises that never have an exception, whatever is on its way. What is as it was is not looked at again."""
    world.remember_bids()
    seen, rest = world.seen, (len(world.record.lost), *world.held.open)
    if seen.resting != rest:
        seen.resting = rest
        yield from _broken_orders(world)
    account = None if world.record.mixed_up else world.account  # what another's books say is nobody's promise
    for grid in account.grids.values() if account is not None else ():
        if seen.grids.get(grid.id) is not grid:
            seen.grids[grid.id] = grid
            yield from _broken_grid(grid)
            yield from _beyond_limit(grid)
            yield from _stopped_by_nothing(world, grid)
            yield from _settled_too_early(world, grid)


def _broken_orders(world: World) -> Iterator[tuple[str, str]]:
    resting = list(_ours_resting(world))
    levels = Counter((sent.grid_id, sent.level) for _, sent in resting if sent.level is not None)
    for place, count in levels.items():
        if count > 1:
            yield "one live order a level", f"grid and level {place} have {count}"
    for symbol in world.start_prices:
        here = [order for order, _ in resting if order.symbol == symbol]
        if _highest_buy(here) >= _lowest_sell(here):
            yield "no own crossing", f"{symbol}: {_highest_buy(here)} and {_lowest_sell(here)}"


def _broken_grid(grid: Grid) -> Iterator[tuple[str, str]]:
    if grid.phase is Phase.PARKED:
        yield "no grid parked", f"grid {grid.id}"
    coins = grid.coins
    if coins != grid.books.coins:
        yield "lots equal the books", f"grid {grid.id}: {coins} and {grid.books.coins}"
    if any(lot.quantity <= 0 for lot in grid.lots.values()):
        yield "lots equal the books", f"grid {grid.id} has an empty lot"
    selling = sum((order.remaining for order in grid.live if order.side is Side.SELL), ZERO)
    if selling > coins:
        yield "never short", f"grid {grid.id} sells {selling} of {coins}"
    for level in grid.levels.values():
        if level.side is Side.BUY and level.done > level.quantity and grid.spec.version == 1:
            yield "a level buys once", f"grid {grid.id} level {level.id}: {level.done} of {level.quantity}"
        if level.order is not None and level.order not in grid.orders:
            yield "levels know their orders", f"grid {grid.id} level {level.id}"


def _beyond_limit(grid: Grid) -> Iterator[tuple[str, str]]:
    """A buy that rests, and that nobody has asked to be gone, may be filled."""
    resting = [order for order in grid.live if order.side is Side.BUY and order.status is OrderStatus.OPEN]
    bidding = sum((order.price * order.remaining for order in resting), ZERO)
    if grid.phase.trades and bidding and grid.cost + bidding > grid.max_position:
        yield "a limit binds what rests", f"grid {grid.id}: {grid.cost} and {bidding} of {grid.max_position}"


def _stopped_by_nothing(world: World, grid: Grid) -> Iterator[tuple[str, str]]:
    """A stop that a price began: the market has truly been there."""
    reason, spec, tick = grid.stop.reason if grid.stop else None, grid.spec, world.opening[grid.spec.symbol].tick_size
    start, apart = world.start_prices[spec.symbol], max(in_quote(ONE, grid.market.quote), tick)
    low, high = world.went.get(spec.symbol, (start, start))
    if reason is StopReason.STOP_LOSS and (spec.stop_loss or ZERO) < min(low, start) - apart:
        yield "one bad print stops nothing", f"grid {grid.id}: {spec.stop_loss}, and it went down to {low}"
    if reason is StopReason.TAKE_PROFIT and (spec.take_profit or INFINITY) > max(high, start) + apart:
        yield "one bad print stops nothing", f"grid {grid.id}: {spec.take_profit}, and it went up to {high}"


def _settled_too_early(world: World, grid: Grid) -> Iterator[tuple[str, str]]:
    """An order that is over and booked can get no more: the exchange has executed just as much of it."""
    settled = {order.client_id: order for order in grid.orders.values() if order.is_settled and order.order_id}
    for client_id in settled.keys() - world.seen.settled:
        world.seen.settled.add(client_id)
        booked, found = settled[client_id].filled, world.held.orders[int(settled[client_id].order_id or 0)]
        if booked != found.executed or found.status.is_open:
            yield "settled means whole", f"id {client_id}: {booked} booked, {found.executed} executed, {found.status}"


def unfinished(world: World) -> Iterator[tuple[str, str]]:
    """What keeps a world from being whole again, once nothing goes wrong any more."""
    account = world.account
    if account is None or not account.ready:
        yield "comes up", "the process does not run"
        return
    if account.interruption is not None:
        yield "comes up", f"interrupted: {account.interruption}"
    yield from _ticks(world)
    yield from _orders(world, account)
    yield from _day(world, account)
    for grid in account.grids.values():
        yield from _levels(world, account, grid)


def _ticks(world: World) -> Iterator[tuple[str, str]]:
    """Prices are judged, whatever was done to this machine's clock."""
    assert world.process is not None
    seen, count = world.seen, (world.process, world.process.app.reader.ticks)
    if seen.ticks != count:
        seen.ticks, seen.ticked_at = count, world.elapsed()
    elif world.elapsed() - seen.ticked_at > max(LATE_SECONDS, LATE_TICKS * world.tick_seconds):
        yield "ticks come", f"none for {world.elapsed() - seen.ticked_at:.0f} s"


def _day(world: World, account: Account) -> Iterator[tuple[str, str]]:
    """What was lost since midnight by the market's own prices, in all quotes together and in each of them alone."""
    at_work = any(grid.phase.trades or grid.phase is Phase.PAUSED for grid in account.grids.values())
    if account.day is None or account.daily_loss is None or account.halt is not None or not at_work:
        return
    changed: dict[Asset, Decimal] = defaultdict(Decimal)
    for grid in account.grids.values():
        quote, bid = grid.market.quote, world.venue.touch(grid.spec.symbol).bid
        in_usdc = ONE if quote == USDC else quote_price(world.venue, quote) or ZERO  # what nothing prices can't count
        changed[quote] += (grid.total(bid) - account.day.since.get(grid.id, ZERO)) * in_usdc
    if min(sum(changed.values()), *changed.values()) <= -account.daily_loss:
        yield "a day's loss that is reached stops everything", f"{dict(changed)}"


def _orders(world: World, account: Account) -> Iterator[tuple[str, str]]:
    live = {order.client_id: order for grid in account.grids.values() for order in grid.live}
    unsettled = [o for grid in account.grids.values() for o in grid.orders.values() if not o.is_settled]
    doubtful = [order for order in unsettled if order.status is not OrderStatus.OPEN]
    if doubtful:
        yield "nothing stays unclear", f"{doubtful}"
    resting = {sent.client_id for _, sent in _ours_resting(world)}
    if resting - live.keys():
        yield "no order that nobody wants", f"{resting - live.keys()}"
    if live.keys() - resting:
        yield "no order that is not there", f"{live.keys() - resting}"


def _levels(world: World, account: Account, grid: Grid) -> Iterator[tuple[str, str]]:
    if not grid.phase.trades or account.stopped_by is not None:
        held_up = grid.phase is Phase.STOPPING and (_coins_are_held_up(world) or _may_not_sell(world, grid))
        if not held_up and (grid.phase in (Phase.STOPPING, Phase.PARKED) or (grid.live and not account.halt)):
            yield "stopped means stopped", f"grid {grid.id}: {grid.phase}, {len(grid.live)} live orders"
        if grid.phase is Phase.STOPPED and grid.stop and grid.stop.sell and _could_sell(world, account, grid):
            yield "a stop that sells ends flat", f"grid {grid.id}: {grid.coins}"
        return
    touch = world.venue.touch(grid.spec.symbol)
    if (reached := triggered(grid, touch.bid)) is not None:
        yield "a limit that is reached stops", f"grid {grid.id}: {reached}"
    for level in grid.levels.values():
        if level.order is None and not _is_excused(world, grid, level):
            yield "a full set of orders", f"grid {grid.id} {grid.phase} level {level}"
        elif level.order is not None and not _is_right(world, grid, level):
            yield "the right orders", f"grid {grid.id} {level} {grid.orders[level.order]}"


def _could_sell(world: World, account: Account, grid: Grid) -> bool:
    """What came back after a stop that found coins missing is the owner's to sell: he was told of it."""
    was_missing = world.greedy or world.record.disks
    return bool(grid.market.fitting(there(account, grid))) and not was_missing


def _may_not_sell(world: World, grid: Grid) -> bool:
    """The best bid is below the market's lowest price, or what may be asked is refused and nobody knows beforehand.

    In both cases the owner was told that the sale waits.
    """
    market, bid = world.venue.listing(grid.spec.symbol).market, world.venue.touch(grid.spec.symbol).bid
    highest = bid if market.max_price is None else min(bid, market.price_down(market.max_price))
    if market.min_price is not None and bid < market.min_price:
        wait = Wait.MARKET
    elif world.choices.secret_rule(grid.spec.symbol, highest):
        wait = Wait.REFUSED
    else:
        return False
    like = f'%"grid_id":{grid.id},%"level":null,"wait":"{wait}"%'
    told = world.disk.rows("SELECT 1 FROM notice WHERE kind = 'level_waits' AND data LIKE ?", like)
    if wait is Wait.REFUSED and not told:
        told = world.disk.rows("SELECT 1 FROM notice WHERE kind = 'trouble' AND data LIKE ?", ALL)
    return grid.stop is not None and grid.stop.sell and bool(told)


def _coins_are_held_up(world: World) -> bool:
    """Orders that nobody remembers and that the owner has left alone lock the coins: a stop asks for them for ever."""
    return any(world.record.ours.get(order.id) in world.record.lost for order in world.held.open.values())


def _is_excused(world: World, grid: Grid, level: Level) -> bool:
    if grid.phase is Phase.SEEDING and level.side is Side.SELL:
        return True
    if level.wait is Wait.COINS:  # the owner took them, or an order that nobody remembers sold them
        like = f'%"grid_id":{grid.id},%"back":false%'
        return bool(world.disk.rows("SELECT 1 FROM notice WHERE kind = 'coins_missing' AND data LIKE ?", like))
    if level.wait is Wait.REFUSED and not _is_refused(world, grid, level):
        return False
    if level.wait is Wait.REFUSED and world.disk.rows(
        "SELECT 1 FROM notice WHERE kind = 'trouble' AND data LIKE ?", ALL
    ):
        return True
    if level.wait in TOLD:
        like = f'%"level":{level.id},"wait":"{level.wait}"%'
        return bool(world.disk.rows("SELECT 1 FROM notice WHERE kind = 'level_waits' AND data LIKE ?", like))
    if level.wait is Wait.MARKET:
        return _has_no_room(world, grid, level)
    return level.wait in MAY_WAIT


def _is_refused(world: World, grid: Grid, level: Level) -> bool:
    """Whether the venue, for a reason that it tells nobody beforehand, takes no order at what the level would ask."""
    own, at_touch = _prices(world, grid, level)
    return any(world.choices.secret_rule(grid.spec.symbol, price) for price in (level.price, own, at_touch))


def _has_no_room(world: World, grid: Grid, level: Level) -> bool:
    """Whether the market's rules, as they are at the venue, really have no room for what the level would ask."""
    market = world.venue.listing(grid.spec.symbol).market
    fees = world.account.fees if world.account is not None else Fees(maker=ZERO, taker=ZERO)
    touch, buys = world.venue.touch(grid.spec.symbol), level.side is Side.BUY
    own, at_touch = _prices(world, grid, level)
    goes = own < touch.ask if buys else own > touch.bid
    price = own if goes and not level.refusals else at_touch
    takes_at_once = level.quantity if market.max_quantity is None else min(level.quantity, market.max_quantity)
    return takes_at_once < least_order(market, fees) or not market.allows(price)


def _prices(world: World, grid: Grid, level: Level) -> tuple[Decimal, Decimal]:
    """The level's own price on the tick of today, and the one that would rest beside the touch."""
    market, touch = world.venue.listing(grid.spec.symbol).market, world.venue.touch(grid.spec.symbol)
    own = level.on_tick(market)
    if level.side is Side.BUY:
        return own, min(own, market.price_down(touch.bid))
    return own, max(own, market.price_up(touch.ask))


def _is_right(world: World, grid: Grid, level: Level) -> bool:
    """It buys what the level lacks, or sells what it holds, and never at a worse price than the level's own."""
    assert level.order is not None
    order = grid.orders[level.order]
    if level.side is Side.BUY:
        lacks = level.quantity - level.done
        whole = order.remaining == lacks or order.quantity == grid.market.fitting(lacks + order.filled)
        return order.price <= level.buy_price and (whole or _could_not_grow(world, grid, level, order))
    return order.price >= level.sell_price and order.remaining <= grid.lots[level.id].quantity


def _could_not_grow(world: World, grid: Grid, level: Level, order: Order) -> bool:
    """An order that is smaller than the level lacks stays where a larger one would be refused or have to wait."""
    market, lacks = world.venue.listing(grid.spec.symbol).market, level.quantity - level.done
    bidding = sum((one.price * one.remaining for one in grid.live if one.side is Side.BUY), ZERO)
    whole = market.fitting(lacks)
    beyond = grid.cost + bidding + (whole - order.remaining) * order.price > grid.max_position
    refused = not market.allows(level.on_tick(market)) or world.account is None or world.account.refusing is not None
    return order.remaining < lacks and (beyond or refused or not whole)


def _ours_resting(world: World) -> Iterator[tuple[VenueOrder, Order]]:
    """Our orders at the venue that today's database can know."""
    for order in world.held.open.values():
        if order.id in world.record.ours:
            sent = world.record.sent[world.record.ours[order.id]]
            if sent.client_id not in world.record.lost:
                yield order, sent


def _highest_buy(orders: list[VenueOrder]) -> Decimal:
    return max((order.price for order in orders if order.side is Side.BUY and order.price), default=ZERO)


def _lowest_sell(orders: list[VenueOrder]) -> Decimal:
    return min((order.price for order in orders if order.side is Side.SELL and order.price), default=INFINITY)
