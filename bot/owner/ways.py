"""What each way of stopping a grid comes to now: estimates, fees and slippage counted. Does nothing."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal

from bot.owner.views import Comes, Walked, WaysOut
from exchange.port import Exchange, ExchangeError, Offer
from strategy.account.risk import last_price
from strategy.grid.coins import missing
from strategy.grid.resting import break_even
from strategy.grid.sizing import TAKER_MARGIN
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.inventory import opens
from strategy.model.market import Symbol
from strategy.model.money import ONE, ZERO
from strategy.model.orders import GridId

READING_SECONDS = 2.0
"""For which whoever wants to stop waits for the book, at most."""


async def buyers(exchange: Exchange, symbol: Symbol) -> Sequence[Offer] | None:
    """The bids of a market's book; None where they can't be read at once."""
    with contextlib.suppress(ExchangeError, TimeoutError):
        async with asyncio.timeout(READING_SECONDS):
            return await exchange.bids(symbol)
    return None


async def ways_now(account: Callable[[], Account], exchange: Exchange, grid_id: GridId) -> WaysOut:
    """By the book of this moment."""
    bids = await buyers(exchange, account().grids[grid_id].spec.symbol)
    return ways_out(account(), account().grids[grid_id], bids)


def ways_out(account: Account, grid: Grid, bids: Sequence[Offer] | None) -> WaysOut:
    """Counted from the state as it is, and from the buyers that there are now, where they are known."""
    bid, fees = last_price(account, grid), account.fees
    coins = grid.coins - missing(account, grid)
    sells = grid.market.fitting(coins) or coins  # what is less than a step stays, and brings nothing
    even = break_even(grid, None, fees) if grid.coins else ZERO
    others = None if bids is None else _strangers(account, grid, bids)
    walked = None if others is None else walk(others, sells)
    beside = others[0].price if others else bid  # an order of our own may be the best bid, and buys nothing

    above = max(even, beside)  # where the market is past break-even, the sale rests beside the best ask

    def comes(each: Decimal) -> Comes:
        return Comes(proceeds=sells * each, total=grid.total(bid) + coins * (each - bid))

    now = comes(bid * (ONE - TAKER_MARGIN) * (ONE - fees.taker))
    if walked is not None:
        proceeds = walked.brings * (ONE - fees.taker)
        left = (coins - walked.sold) * (walked.lowest if walked.sold else ZERO)
        now = Comes(proceeds=proceeds, total=grid.total(bid) + proceeds + left - coins * bid)
    return WaysOut(
        coins=coins,
        price=bid,
        kept=Comes(proceeds=coins * bid, total=grid.total(bid)),
        now=now,
        walked=walked,
        slowly=comes(beside * (ONE - fees.maker)),
        even=comes(above * (ONE - fees.maker)),  # its price leaves room for a taker's fee, which it never pays
        even_price=even,
    )


def walk(bids: Sequence[Offer], coins: Decimal) -> Walked:
    """So many coins sold to the buyers of a book, the best first."""
    sold = brings = lowest = ZERO
    for offer in bids:
        part = min(offer.quantity, coins - sold)
        if part <= 0:
            continue
        sold, brings, lowest = sold + part, brings + part * offer.price, offer.price
    return Walked(sold=sold, brings=brings, lowest=lowest)


def _strangers(account: Account, grid: Grid, bids: Sequence[Offer]) -> list[Offer]:
    """The book without our own buys: the grid's are cancelled first, and no order of an account meets another."""
    symbol, own = grid.spec.symbol, dict[Decimal, Decimal]()
    for one in account.grids.values():
        if one.spec.symbol == symbol:
            for order in one.live:
                if opens(order.side):
                    own[order.price] = own.get(order.price, ZERO) + order.remaining
    for stranger in account.foreign:
        if stranger.symbol == symbol and opens(stranger.side) and stranger.price is not None:
            own[stranger.price] = own.get(stranger.price, ZERO) + stranger.quantity - stranger.executed
    left = ((one.price, one.quantity - own.get(one.price, ZERO)) for one in bids)
    return [Offer(price=price, quantity=quantity) for price, quantity in left if quantity > 0]
