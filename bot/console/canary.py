"""The canary: one minimum order far from the price, placed and cancelled, to see that a key can trade."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from bot.account.blocks import free_block
from bot.app import ACCOUNT
from bot.machine.clock import wall_milliseconds
from exchange.port import Accepted, Exchange, ExchangeError, OutcomeUnknown, Placement
from storage.store import Store
from strategy.model.market import Market, Side, Symbol
from strategy.model.money import ONE, plain
from strategy.model.orders import BLOCK_SIZE, ClientId, GridId, Order, OrderStatus, Purpose

DISTANCE = Decimal("0.15")
"""How far below the bid it rests, as a fraction."""


async def sing(exchange: Exchange, markets: Mapping[Symbol, Market], now: Callable[[], int]) -> tuple[bool, str]:
    """Whether it came back, and what to say of it. Raises `ExchangeError` only before anything was placed.

    `now` is the exchange's time, ms: by another clock than that its order would be too old, or never be.
    """
    market = markets.get(Symbol("ETH_USDC")) or next(iter(markets.values()))
    touch = await exchange.touch(market.symbol)
    if touch is None:
        return False, f"{market.symbol} has no price now"
    order = _order(market, market.price_down(touch.bid * (ONE - DISTANCE)), now())
    shown = f"{plain(order.quantity)} {market.base} at {plain(order.price)} {market.quote}"
    (outcome,) = await exchange.place([order])
    if not isinstance(outcome, Accepted):
        return False, _not_taken(outcome, shown)
    try:
        ended = await exchange.cancel(market.symbol, order_id=outcome.order_id, client_id=None)
    except ExchangeError as failure:
        return False, f"the order for {shown} rests and was not cancelled ({failure}): cancel it at Backpack"
    if ended is None:
        return False, f"the cancel of the order for {shown} was taken and not carried out yet: look at Backpack"
    return True, f"placed and cancelled {shown}"


def _not_taken(outcome: Placement, shown: str) -> str:
    if isinstance(outcome, OutcomeUnknown):
        return f"whether the order for {shown} was taken is not known ({outcome}): cancel it at Backpack if it is there"
    if isinstance(outcome, ExchangeError):
        return f"the order for {shown} was not taken: {outcome}"
    return f"the order for {shown} ended at once"


def _order(market: Market, price: Decimal, at: int) -> Order:
    store = Store.open("sqlite://", now=wall_milliseconds)
    block = free_block(store, ACCOUNT, ())
    store.close()
    return Order(
        client_id=ClientId(block * BLOCK_SIZE + 1),
        grid_id=GridId(0),
        symbol=market.symbol,
        purpose=Purpose.LEVEL,
        side=Side.BUY,
        price=price,
        quantity=market.min_quantity,
        status=OrderStatus.INTENDED,
        intended_at=at,
        changed_at=at,
    )
