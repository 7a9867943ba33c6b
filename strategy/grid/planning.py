"""What a grid is missing: the orders that its state asks for and the exchange does not have, and those nobody wants."""

from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.bounds import note_held
from strategy.grid.closing import turn
from strategy.grid.denials import RETRY_AFTER, denial
from strategy.grid.requests import Wanted, cancel, intend
from strategy.grid.reshaping import leaving
from strategy.grid.room import Room, beyond_limit, rests
from strategy.grid.sizing import least_to_take, most_to_pay
from strategy.grid.turning import asked, lacks_seeds
from strategy.messages.notices import LevelJumped
from strategy.model.derived import is_its_size
from strategy.model.grid import Grid
from strategy.model.inventory import closes, opens
from strategy.model.levels import Level, Wait
from strategy.model.market import Market, Side, Touch
from strategy.model.orders import Execution, LevelId, Order, OrderStatus, Purpose
from strategy.model.values import replace

MAX_REQUOTES = 3
WINDOW_SLACK = 2
"""An order is kept while its level is at most this much beyond the window: a price on the edge moves nothing."""


def is_whole(grid: Grid) -> bool:
    """Whether planning has nothing to do for a running grid, wherever the price is: nothing to ask for or to cancel."""
    kept = grid.derived
    if grid.adapted.peak is not None:
        return not kept.live
    if grid.seeding is not None or grid.adapted.ladder is not None or (not grid.buys and kept.bids):
        return False
    return kept.is_complete() and kept.bidding <= grid.max_position - kept.cost


def may_place(draft: Draft, grid: Grid) -> Touch | None:
    """The prices to plan with, or None while nothing may be placed for this grid: a limit that was seen comes first."""
    account = draft.account
    if not account.ready or account.stopped_by or account.interruption or draft.at < grid.retry_at:
        return None
    if grid.warned or account.loss_ticks or account.has_ended(grid.spec, draft.at):
        return None
    return account.touches.get(grid.spec.symbol) if grid.market.takes_orders else None


def withdraw(draft: Draft, grid: Grid) -> Grid:
    """Take the buys off the book that are beyond the maximum position, or all of them where none is wanted (after a
    fast fall, or while buying is paused), also while nothing may be placed.
    """
    buys = beyond_limit(draft, grid) if grid.buys else [order for order in grid.live if opens(order.side)]
    for order in buys:
        if order.status is OrderStatus.OPEN:
            grid = cancel(draft, grid, order)
    return grid


def trade(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Give each level its order, the nearest to the price first."""
    near = grid.derived.around()
    grid = _cancel_strays(draft, grid, touch, near)
    lacking = grid.derived.lacking() - leaving(grid) if grid.adapted.ladder else grid.derived.lacking()
    takes = grid.spec.taker
    idle = [level for one in lacking if _may_try(draft, level := grid.levels[one], touch, takes=takes)]
    if not idle:
        return grid
    room, middle = Room.of(draft, grid), touch.middle
    if not room.may_buy:
        idle = [level for level in idle if closes(level.side)]
    if len(idle) > 1:
        idle.sort(key=lambda level: (abs(level.price - middle), level.rank))
    if draft.account.refusing:
        # A single one is tried at a time, in turn: what the nearest two meet is not all there is.
        idle.sort(key=lambda level: (level.wait_since or 0) if level.wait is Wait.REFUSED else 0)
    for level in idle:
        grid = _place_level(draft, grid, level, touch, room, near)
        if draft.account.refusing and grid.levels[level.id].order is not None:
            break
    return grid


def _may_try(draft: Draft, level: Level, touch: Touch, *, takes: bool) -> bool:
    since = level.wait_since or 0
    if level.wait is Wait.TOUCH:
        fresh = touch.at > since
        return fresh and (takes or level.refusals < MAX_REQUOTES or rests(level.side, level.price, touch))
    delay = RETRY_AFTER.get(level.wait) if level.wait else None
    return delay is None or draft.at >= since + delay


def _place_level(
    draft: Draft, grid: Grid, level: Level, touch: Touch, room: Room, near: frozenset[LevelId] | None
) -> Grid:
    quantity, lots = asked(grid, level, room.coins, draft.account.fees)
    if not quantity:
        return _turn_or_wait(draft, grid, level)
    wanted = _wanted(grid, level, quantity, touch)
    if not grid.market.allows(wanted.price):
        return _wait(draft, grid, level, Wait.MARKET)
    far = (near is not None and level.id not in near) or _is_away(grid, level, wanted, touch)
    # Coins first: a level that lacks them does so whatever else is in its way, and its owner was told.
    wait = Wait.COINS if room.lacks_coins(wanted) else Wait.WINDOW if far else None
    wait = wait or denial(draft, level, touch, wanted.price) or room.refuses(wanted)
    if wait:
        note_held(draft, wait, room.left)
        return _wait(draft, grid, level, wait)
    far_better = abs(wanted.price - level.price) > level.sell_price - level.buy_price
    if far_better and not level.refusals and not grid.spec.taker:
        draft.notices.append(_jumped(draft, grid, level, wanted.price))
    room.take(wanted)
    grid = draft.put_lots(grid, lots) if lots is not None else grid
    return intend(draft, grid, wanted, grid.levels[level.id])


def _wanted(grid: Grid, level: Level, quantity: Decimal, touch: Touch) -> Wanted:
    if not grid.spec.taker:
        price = _price(grid.market, level, touch)
        return Wanted(purpose=Purpose.LEVEL, side=level.side, price=price, quantity=quantity)
    price, execution = _taking(grid.market, level, touch), Execution.IMMEDIATE
    return Wanted(purpose=Purpose.LEVEL, side=level.side, price=price, quantity=quantity, execution=execution)


def _is_away(grid: Grid, level: Level, wanted: Wanted, touch: Touch) -> bool:
    """Whether the exchange would refuse the price as too far off, or what takes has not been reached yet."""
    unreached = grid.spec.taker and rests(level.side, level.on_tick(grid.market), touch)
    return unreached or not grid.market.in_band(wanted.price, touch.middle)


def _turn_or_wait(draft: Draft, grid: Grid, level: Level) -> Grid:
    """What is left to trade is too little for the market: the level turns, or waits where it has traded nothing yet."""
    grid = turn(draft, grid, level)
    if grid.levels[level.id] is not level or lacks_seeds(grid, level):
        return grid
    return _wait(draft, grid, level, Wait.MARKET)


def _price(market: Market, level: Level, touch: Touch) -> Decimal:
    """Its own price, or the touch where the market has gone past it: never worse than its own, always on the tick."""
    own = level.on_tick(market)
    if rests(level.side, own, touch) and not level.refusals:
        return own
    if level.side is Side.BUY:
        return min(own, market.price_down(touch.bid))
    return max(own, market.price_up(touch.ask))


def _taking(market: Market, level: Level, touch: Touch) -> Decimal:
    """Where it trades at once: a little past the touch, never worse than its own price."""
    own = level.on_tick(market)
    if level.side is Side.BUY:
        return min(own, most_to_pay(market, touch.ask))
    return max(own, least_to_take(market, touch.bid))


def _wait(draft: Draft, grid: Grid, level: Level, wait: Wait) -> Grid:
    if level.wait is wait:
        return grid
    return draft.put_level(grid, replace(grid.levels[level.id], wait=wait, wait_since=draft.at))


def _cancel_strays(draft: Draft, grid: Grid, touch: Touch, near: frozenset[LevelId] | None) -> Grid:
    kept = grid.derived
    strays = set(kept.odd)
    if near is not None and not kept.is_swept:
        strays |= {one for one in grid.levels.keys() - kept.idle - near if _stands_beyond(grid, one, near)}
    for level_id in sorted(strays):
        level = grid.levels[level_id]
        assert level.order is not None, "a stray is an order"
        order = grid.orders[level.order]
        beyond = near is not None and _beyond(grid, level, near)
        stray = _should_go_back(grid.market, level, order, touch) or not is_its_size(grid.market, level, order)
        if beyond or (stray and _can_be_replaced(draft, grid, level, order, touch)):
            grid = cancel(draft, grid, order)
    grid.derived.is_swept = near is not None
    return grid


def _can_be_replaced(draft: Draft, grid: Grid, level: Level, order: Order, touch: Touch) -> bool:
    """Whether the level would get another order for this one: a good one is not given up for one that would wait."""
    left = level.quantity - level.done if opens(level.side) else order.remaining
    if order.remaining > left:
        return True  # it would buy more than the owner wants by now, whether another order can take its place or not
    quantity = grid.market.fitting(left)
    price = _price(grid.market, replace(level, refusals=0), touch)
    wanted = Wanted(purpose=Purpose.LEVEL, side=level.side, price=price, quantity=quantity)
    room = Room.of(draft, grid)
    room.without(order)
    fits = quantity and grid.market.allows(price) and grid.market.in_band(price, touch.middle)
    may = room.may_buy or closes(level.side)
    goes = fits and may and not draft.account.refusing and not room.lacks_coins(wanted)
    return bool(goes) and room.refuses(wanted) is None


def _should_go_back(market: Market, level: Level, order: Order, touch: Touch) -> bool:
    """Whether the order stands elsewhere and could rest at the level's price. What rests beside a new tick may stay."""
    own = level.on_tick(market)
    return order.price not in (level.price, own) and market.allows(own) and rests(level.side, own, touch)


def _beyond(grid: Grid, level: Level, near: frozenset[LevelId]) -> bool:
    if level.id in near:
        return False
    ranks = grid.derived.ranks
    around = [ranks.get(rank) for rank in range(level.rank - WINDOW_SLACK, level.rank + WINDOW_SLACK + 1)]
    return not any(one in near and grid.levels[one].side is level.side for one in around if one is not None)


def _stands_beyond(grid: Grid, level_id: LevelId, near: frozenset[LevelId]) -> bool:
    level = grid.levels[level_id]
    order = grid.orders.get(level.order) if level.order is not None else None
    return order is not None and order.status is OrderStatus.OPEN and _beyond(grid, level, near)


def _jumped(draft: Draft, grid: Grid, level: Level, price: Decimal) -> LevelJumped:
    return LevelJumped(
        at=draft.at,
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        quote=grid.market.quote,
        level=level.id,
        side=level.side,
        own_price=level.on_tick(grid.market),
        price=price,
    )
