"""A sale of a stop that rests in the book: slowly beside the best ask, or nowhere below break-even. Takes nothing."""

from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.coins import there
from strategy.grid.requests import Wanted, cancel, intend, recancel
from strategy.grid.room import Room
from strategy.grid.sizing import largest_buy
from strategy.messages.exits import SaleRests
from strategy.model.grid import Grid
from strategy.model.inventory import CLOSING
from strategy.model.market import Fees, Market, Touch, in_quote
from strategy.model.money import ONE, ZERO, ratio
from strategy.model.orders import Execution, Order, OrderStatus, Purpose
from strategy.model.stops import Stop, Way
from strategy.model.values import replace

SLICE = Decimal(1000)
"""The most that one slice of a sale is worth, in USDC."""
CHASE_AFTER = 10_000
"""Milliseconds that an order rests before it follows the best ask down."""


def resting_sale(grid: Grid) -> tuple[Order, ...]:
    """The live orders of the sale, once nothing else of the grid can trade."""
    if grid.stop is None or not grid.stop.rests or grid.stop.before is None:
        return ()
    return tuple(order for order in grid.live if order.purpose is Purpose.STOP)


def rest(draft: Draft, grid: Grid, stop: Stop, touch: Touch) -> Grid:
    """Have the sale rest where it should; nothing else of the grid is live. Follows from the state alone."""
    begins = stop.before is None
    if begins:
        stop = replace(stop, before=grid.books.stop_sales)
        grid = draft.change(grid, stop=stop)
    price = asked_price(grid, stop, touch, draft.account.fees)
    if begins:
        draft.notices.append(_told(draft, grid, stop, price))
    if grid.live:
        return _follow(draft, recancel(draft, grid), price)
    sellable = grid.market.quantity_down(there(draft.account, grid))
    whole = grid.market.fitting(sellable)
    wanted = Wanted(
        purpose=Purpose.STOP,
        side=CLOSING,
        price=price,
        quantity=whole if stop.way is Way.BREAK_EVEN else slice_of(grid.market, sellable, most_at_once(grid) / price),
        execution=Execution.POST_ONLY,
    )
    goes = grid.market.allows(price) and grid.market.in_band(price, touch.middle)
    return intend(draft, grid, wanted) if goes and Room.of(draft, grid).refuses(wanted) is None else grid


def asked_price(grid: Grid, stop: Stop, touch: Touch, fees: Fees) -> Decimal:
    """Beside the best ask; for break-even never below it."""
    beside = grid.market.price_up(touch.ask)
    return max(beside, break_even(grid, stop, fees)) if stop.way is Way.BREAK_EVEN else beside


def break_even(grid: Grid, stop: Stop | None, fees: Fees) -> Decimal:
    """The price at which the coins, with what of them this stop has sold already, bring what they cost.

    Counted with the higher of both fees, so that a worse tier makes no loss of it.
    """
    brought = grid.books.stop_sales - stop.before if stop is not None and stop.before is not None else ZERO
    after_fees = grid.coins * (ONE - max(fees.maker, fees.taker))
    return max(grid.market.tick_size, grid.market.price_up(ratio(grid.cost - brought, after_fees)))


def most_at_once(grid: Grid) -> Decimal:
    """What one slice is worth at most, in quote: where no price says what 1,000 USDC are, as much as an order."""
    return in_quote(SLICE, grid.market.quote, grid.spec.quote_price) or largest_buy(tuple(grid.levels.values()))


def slice_of(market: Market, sellable: Decimal, wanted: Decimal) -> Decimal:
    """What is sold at once. What would be left is either nothing, or enough for another order where that can be."""
    slice_ = market.fitting(max(market.least_quantity, min(wanted, sellable)))
    rest = sellable - slice_
    if not rest or market.fitting(rest):
        return slice_
    whole = market.fitting(sellable)
    return whole if whole == sellable else market.fitting(sellable - market.least_quantity) or slice_


def _follow(draft: Draft, grid: Grid, price: Decimal) -> Grid:
    """Take back what rests behind the best ask, or below what a worse fee has made of break-even."""
    for order in grid.live:
        behind = order.price > price and draft.at - order.intended_at >= CHASE_AFTER
        below = _is_floored(grid) and order.price < price
        if order.status is OrderStatus.OPEN and (behind or below):
            grid = cancel(draft, grid, order)
    return grid


def _is_floored(grid: Grid) -> bool:
    return grid.stop is not None and grid.stop.way is Way.BREAK_EVEN


def _told(draft: Draft, grid: Grid, stop: Stop, price: Decimal) -> SaleRests:
    return SaleRests(
        at=draft.at,
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        base=grid.market.base,
        quote=grid.market.quote,
        way=stop.way,
        coins=grid.coins,
        price=price,
    )
