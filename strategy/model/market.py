"""What is traded and under which rules: markets, sides, fees, balances, the touch. Values only."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from strategy.model.money import ONE, ZERO, ceil_to, floor_to, nearest_to

Symbol = NewType("Symbol", str)
Asset = NewType("Asset", str)

USDC = Asset("USDC")
DOLLARS = frozenset(map(Asset, ("USDC", "USDT", "USD", "USDS", "USDG", "USD1", "PYUSD", "FDUSD", "DAI")))
"""Assets that count as a US dollar: an amount of USDC is the same number of them."""


def priced_by(quote: Asset) -> Symbol | None:
    """The market whose price says what a unit of this asset is in USDC; None for a dollar, which needs none."""
    return None if quote in DOLLARS else Symbol(f"{quote}_{USDC}")


class Side(StrEnum):
    """Buy or sell."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class MarketKind(StrEnum):
    """Spot now, perpetual later."""

    SPOT = "spot"
    PERPETUAL = "perpetual"


class BookState(StrEnum):
    """What the exchange accepts on a market at present."""

    OPEN = "open"
    CLOSED = "closed"
    CANCEL_ONLY = "cancel_only"
    LIMIT_ONLY = "limit_only"
    POST_ONLY = "post_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A market and its rules. Prices are in quote, quantities in base."""

    symbol: Symbol
    kind: MarketKind = MarketKind.SPOT
    base: Asset
    quote: Asset
    tick_size: Decimal
    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    band_low: Decimal | None = None
    """A limit price below `band_low` times the last price is refused (0.75 = 25 % under it)."""
    band_high: Decimal | None = None
    state: BookState = BookState.OPEN

    def __post_init__(self) -> None:
        assert self.tick_size > 0
        assert self.step_size > 0

    def price_down(self, price: Decimal) -> Decimal:
        """The price rounded down to the tick."""
        return floor_to(price, self.tick_size)

    def price_up(self, price: Decimal) -> Decimal:
        """The price rounded up to the tick."""
        return ceil_to(price, self.tick_size)

    def price_near(self, price: Decimal) -> Decimal:
        """The price rounded to the nearest tick."""
        return nearest_to(price, self.tick_size)

    def quantity_down(self, quantity: Decimal) -> Decimal:
        """The quantity rounded down to the step."""
        return floor_to(quantity, self.step_size)

    def quantity_up(self, quantity: Decimal) -> Decimal:
        """The quantity rounded up to the step."""
        return ceil_to(quantity, self.step_size)

    def price_above(self, price: Decimal) -> Decimal:
        """The lowest price on the tick that is higher than this one."""
        return self.price_down(price) + self.tick_size

    def price_below(self, price: Decimal) -> Decimal:
        """The highest price on the tick that is lower than this one; zero or less where there is none."""
        return self.price_up(price) - self.tick_size

    def allows(self, price: Decimal) -> bool:
        """Whether a limit order may have this price: above zero, and within the market's bounds."""
        above = price > 0 and (self.min_price is None or price >= self.min_price)
        return above and (self.max_price is None or price <= self.max_price)

    def fitting(self, quantity: Decimal) -> Decimal:
        """The most of a quantity that one order may have: on the step, at most the largest. Zero: too little."""
        most = quantity if self.max_quantity is None else min(quantity, self.max_quantity)
        fits = self.quantity_down(most)
        return fits if fits > 0 and fits >= self.min_quantity else ZERO

    @property
    def takes_orders(self) -> bool:
        """Whether new orders are taken, as far as was read."""
        return self.state not in (BookState.CLOSED, BookState.CANCEL_ONLY)

    @property
    def least_quantity(self) -> Decimal:
        """The smallest quantity that an order may have."""
        return self.quantity_up(max(self.min_quantity, self.step_size))

    def same_rules(self, other: "Market") -> bool:
        """Whether both say the same of prices and quantities, whatever state they are in."""
        return replace(self, state=other.state) == other

    def in_band(self, price: Decimal, last: Decimal) -> bool:
        """Whether the exchange would take a limit order at `price` while it last traded at `last`."""
        above = self.band_low is None or price >= self.band_low * last
        below = self.band_high is None or price <= self.band_high * last
        return above and below


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Fee rates as fractions: `Decimal("0.0008")` is 0.08 % or 8 basis points. Negative is a rebate."""

    maker: Decimal
    taker: Decimal

    def break_even_step(self) -> Decimal:
        """The rise from buy to sell price, as a fraction, at which a round trip of two maker orders earns nothing."""
        return ONE / ((ONE - self.maker) * (ONE - self.maker)) - ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What the exchange says an account has of an asset. `lent` and `staked` are the account's, and can't trade."""

    available: Decimal = ZERO
    locked: Decimal = ZERO
    lent: Decimal = ZERO
    staked: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Everything of this asset, locked, lent and staked included."""
        return self.available + self.locked + self.lent + self.staked

    def told(self, news: "Balance", *, uses_lent: bool) -> "Balance":
        """With what the stream has told since, which says nothing of what is lent: where orders use that, one may have
        taken it back, and until it is read anew it is not there twice.
        """
        lent = self.lent
        if uses_lent:
            lent = min(lent, max(ZERO, self.total - self.staked - news.total))
        return replace(news, lent=lent, staked=self.staked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """The best bid and ask of a market at a moment."""

    symbol: Symbol
    bid: Decimal
    ask: Decimal
    at: int
    """Milliseconds since 1970 UTC."""

    @property
    def middle(self) -> Decimal:
        """Half way between bid and ask."""
        return (self.bid + self.ask) / 2


def assets_of(symbol: Symbol, market: Market | None = None) -> tuple[Asset, Asset]:
    """Base and quote of a market; read off its name where the market is not known any more."""
    if market is not None:
        return market.base, market.quote
    base, quote, *_ = [*symbol.split("_"), ""]
    return Asset(base), Asset(quote)


def in_quote(usdc: Decimal, quote: Asset, quote_price: Decimal | None) -> Decimal | None:
    """An amount of USDC in the quote of a market; None where no price says how much it is: nothing is guessed."""
    price = ONE if quote in DOLLARS else quote_price
    return None if price is None else usdc / price
