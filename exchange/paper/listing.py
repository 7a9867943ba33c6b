"""A market as the venue runs it: its rules, its book, its past. Changed only by the venue."""

from collections import deque
from decimal import Decimal

from exchange.paper.matching import Book
from exchange.paper.records import PublicTrade
from exchange.paper.tape import Tape
from strategy.model.market import USDC, Asset, BookState, Market, Side, Symbol, Touch
from strategy.model.money import ZERO

MOST_TRADES = 1000
FIRST_TRADE_ID = 1_000_001
HOUSE_SIZE = Decimal(1000)
"""The size shown for the house, which has any."""


class Listing:
    """One market."""

    def __init__(self, market: Market, price: Decimal) -> None:
        self.market = market
        self.book = Book(tick_size=market.tick_size, step_size=market.step_size)
        self.price = price
        """The last active price."""
        self.tape = Tape()
        self.trades: deque[PublicTrade] = deque(maxlen=MOST_TRADES)
        self.next_trade_id = FIRST_TRADE_ID
        self.update_id = 0
        self.house_size = HOUSE_SIZE
        self.book.walk(price)

    @property
    def is_matching(self) -> bool:
        """Whether orders are matched in the market's present state."""
        return self.market.state not in (BookState.CLOSED, BookState.CANCEL_ONLY)

    def paid_asset(self, side: Side) -> Asset:
        """What an order of a side pays with."""
        return self.market.quote if side is Side.BUY else self.market.base

    def levels(self, side: Side) -> dict[Decimal, Decimal]:
        """Size by price: the house's, and what rests."""
        levels = {self.book.house(side): self.house_size}
        for order in self.book.resting(side):
            levels[order.price] = levels.get(order.price, ZERO) + order.remaining
        return levels

    def touch(self, at: int) -> Touch:
        """The best bid and ask."""
        return Touch(symbol=self.market.symbol, bid=self.book.bid, ask=self.book.ask, at=at)


def default_markets() -> dict[Symbol, tuple[Market, Decimal]]:
    """The markets of the local exchange, with the prices they start at."""
    return {
        market.symbol: (market, Decimal(price))
        for market, price in (
            (_market("ETH", tick="0.01", step="0.0001"), "2000"),
            (_market("SOL", tick="0.01", step="0.01"), "150"),
            (_market("BTC", tick="0.1", step="0.00001"), "60000"),
            (_market("SOL", "BTC", tick="0.0000001", step="0.01"), "0.0025"),
        )
    }


def _market(base: str, quote: str = USDC, *, tick: str, step: str) -> Market:
    return Market(
        symbol=Symbol(f"{base}_{quote}"),
        base=Asset(base),
        quote=Asset(quote),
        tick_size=Decimal(tick),
        step_size=Decimal(step),
        min_quantity=Decimal(step),
        min_price=Decimal(tick),
        band_low=Decimal("0.75"),
        band_high=Decimal("1.25"),
    )
