"""Market history: the public trades of a market, a page at a time, the newest first. Nothing of the account."""

from exchange.backpack.aside import rows_of
from exchange.backpack.budget import Budget
from exchange.backpack.fields import Fields, items
from exchange.backpack.rest import Call, Rest
from exchange.backpack.signing import Params
from exchange.port import Listed, PastTrade
from strategy.model.market import Symbol
from strategy.model.money import plain

TRADES_A_CALL = 1000


async def page(rest: Rest, budget: Budget, symbol: Symbol, offset: int) -> Listed[PastTrade]:
    """The trades from the one that so many are newer than. One that could not be read is beside the others."""
    params: Params = {"symbol": symbol, "limit": TRADES_A_CALL, "offset": offset}
    answer = await rest.send(Call(method="GET", path="/api/v1/trades/history", params=params), narrower=budget)
    return rows_of(items(answer.value(), "trades"), lambda row: [trade_of(row)], of_orders=False)


def trade_of(value: object) -> PastTrade:
    """A public trade."""
    trade = Fields(value, "trade")
    return PastTrade(
        id=trade.whole("id"),
        at=trade.time("timestamp"),
        price=plain(trade.positive("price")),
        quantity=plain(trade.positive("quantity")),
    )
