"""Why a level of a world may lack its order, and a stop last: by the venue's own rules, and by what was told."""

from decimal import Decimal
from functools import partial

from strategy.grid.bounds import bounds_on, exposure
from strategy.grid.sizing import least_order
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.levels import Level, Wait
from strategy.model.market import Fees, Side
from strategy.model.money import ZERO
from strategy.model.orders import Order
from strategy.model.valuing import price_in_usdc
from tests.promises.whole import Excuses
from tests.simulation.world import World

ALL = '%"cause":"orders"%'
"""In the notice that every order is refused."""
TOLD = frozenset({Wait.MONEY, Wait.REFUSED})
"""Why a level may lack its order if the owner was told."""


def excuses(world: World) -> Excuses:
    """What this world does to its grids, and what they do about it."""
    return Excuses(
        lacks=partial(_is_excused, world),
        is_smaller=partial(_could_not_grow, world),
        seeds=True,
        stops=lambda grid: _coins_are_held_up(world) or _may_not_sell(world, grid),
        keeps=bool(world.greedy or world.record.disks),
    )


def _may_not_sell(world: World, grid: Grid) -> bool:
    """The best bid is below the market's lowest price, or that is above its highest; or what may be asked is refused,
    and nobody knows beforehand. In each case the owner was told that the sale waits.
    """
    market, bid = world.venue.listing(grid.spec.symbol).market, world.venue.touch(grid.spec.symbol).bid
    highest = bid if market.max_price is None else min(bid, market.price_down(market.max_price))
    if market.min_price is not None and highest < market.min_price:
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
    record = world.record
    return any(record.ours.get(one.id) in record.lost or one.id in record.forgotten for one in world.held.open.values())


def _is_excused(world: World, grid: Grid, level: Level) -> bool:
    if level.wait is Wait.COINS:  # the owner took them, or an order that nobody remembers sold them
        like = f'%"grid_id":{grid.id},%"back":false%'
        return bool(world.disk.rows("SELECT 1 FROM notice WHERE kind = 'coins_missing' AND data LIKE ?", like))
    if level.wait is Wait.REFUSED and not _is_refused(world, grid, level):
        return False
    if level.wait is Wait.REFUSED and world.disk.rows(
        "SELECT 1 FROM notice WHERE kind = 'trouble' AND data LIKE ?", ALL
    ):
        return True
    if level.wait is Wait.MONEY and _has_money(world, grid, level):
        return False
    if level.wait in TOLD:
        like = f'%"level":{level.id},"wait":"{level.wait}"%'
        return bool(world.disk.rows("SELECT 1 FROM notice WHERE kind = 'level_waits' AND data LIKE ?", like))
    return level.wait is Wait.MARKET and _has_no_room(world, grid, level)


def _has_money(world: World, grid: Grid, level: Level) -> bool:
    """Whether the venue would give what the level's order needs, out of what is lent too if it may."""
    account = world.account
    balance = world.held.balance(grid.market.quote if level.side is Side.BUY else grid.market.base)
    usable = balance.available + (balance.lent if account is not None and account.limits.uses_lent else ZERO)
    needed = level.buy_price * level.quantity if level.side is Side.BUY else level.quantity
    return usable >= needed


def _is_refused(world: World, grid: Grid, level: Level) -> bool:
    """Whether the venue, for a reason that it tells nobody beforehand, takes no order at what the level would ask."""
    market, (own, at_touch) = world.venue.listing(grid.spec.symbol).market, _prices(world, grid, level)
    within = at_touch if market.max_price is None else min(at_touch, market.price_down(market.max_price))
    return any(world.choices.secret_rule(grid.spec.symbol, price) for price in (level.price, own, at_touch, within))


def _has_no_room(world: World, grid: Grid, level: Level) -> bool:
    """Whether the market's rules, as they are at the venue, really have no room for what the level would ask."""
    market = world.venue.listing(grid.spec.symbol).market
    fees = world.account.fees if world.account is not None else Fees(maker=ZERO, taker=ZERO)
    touch, buys = world.venue.touch(grid.spec.symbol), level.side is Side.BUY
    own, at_touch = _prices(world, grid, level)
    price = own if (own < touch.ask if buys else own > touch.bid) and not level.refusals else at_touch
    takes_at_once = level.quantity if market.max_quantity is None else min(level.quantity, market.max_quantity)
    held = None if buys or level.id not in grid.lots else market.fitting(grid.lots[level.id].quantity)
    return takes_at_once < least_order(market, fees) or not market.allows(price) or (held is not None and not held)


def _prices(world: World, grid: Grid, level: Level) -> tuple[Decimal, Decimal]:
    """The level's own price on the tick of today, and the one that would rest beside the touch."""
    market, touch = world.venue.listing(grid.spec.symbol).market, world.venue.touch(grid.spec.symbol)
    own = level.on_tick(market)
    if level.side is Side.BUY:
        return own, min(own, market.price_down(touch.bid))
    return own, max(own, market.price_up(touch.ask))


def _could_not_grow(world: World, grid: Grid, level: Level, order: Order) -> bool:
    """An order that is smaller than the level lacks stays where a larger one would be refused or have to wait."""
    market, lacks, account = world.venue.listing(grid.spec.symbol).market, level.quantity - level.done, world.account
    bidding = sum((one.price * one.remaining for one in grid.live if one.side is Side.BUY), ZERO)
    whole = market.fitting(lacks)
    more = whole * max(order.price, level.price) - order.remaining * order.price  # a larger one goes to its own place
    beyond = grid.cost + bidding + more > grid.max_position
    if account is None or account.refusing is not None or not market.allows(level.on_tick(market)):
        return True
    return beyond or not whole or _is_beyond_exposure(account, grid, more)


def _is_beyond_exposure(account: Account, grid: Grid, more: Decimal) -> bool:
    """Whether all grids together, or those of this coin, may not hold so much more, in the grid's quote."""
    worth = price_in_usdc(account, grid.market.quote)
    for coin, most in bounds_on(account.limits, grid.market.base):
        used = exposure(account, coin)
        if used is None or worth is None or used + more * worth > most:
            return True
    return False
