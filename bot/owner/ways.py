"""What each way of stopping a grid comes to now: estimates, fees and slippage counted. Does nothing."""

from decimal import Decimal

from bot.owner.views import Comes, WaysOut
from strategy.account.risk import last_price
from strategy.grid.coins import missing
from strategy.grid.resting import break_even
from strategy.grid.sizing import TAKER_MARGIN
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.money import ONE, ZERO


def ways_out(account: Account, grid: Grid) -> WaysOut:
    """Counted from the state as it is."""
    bid, fees = last_price(account, grid), account.fees
    coins = grid.coins - missing(account, grid)
    even = break_even(grid, None, fees) if grid.coins else ZERO

    def comes(each: Decimal) -> Comes:
        return Comes(proceeds=coins * each, total=grid.total(bid) + coins * (each - bid))

    return WaysOut(
        coins=coins,
        price=bid,
        kept=comes(bid),
        now=comes(bid * (ONE - TAKER_MARGIN) * (ONE - fees.taker)),
        slowly=comes(bid * (ONE - fees.maker)),
        even=comes(even * (ONE - max(fees.maker, fees.taker))),
        even_price=even,
    )
