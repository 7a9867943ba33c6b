"""The levels of a grid and the coins in them. Values and small questions; the engine changes them."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.model.market import Market, Side
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, LevelId
from strategy.model.values import replace

RESIDUE = LevelId(0)
"""The key of the lot that belongs to no level: what was too small to sell."""

KEPT = LevelId(-1)
"""The key of the lot that profit is kept in, where its owner wants it in coins. No level sells it."""


class Wait(StrEnum):
    """Why a level has no order at the exchange."""

    LIMBO = "limbo"
    """The fate of its order is unknown."""
    FILLS = "fills"
    """Its order ended, and the exchange's history has not shown all its fills yet."""
    WINDOW = "window"
    """Too far from the price: outside the band or beyond the chosen number of live orders; where none is to rest, away
    from it at all."""
    TOUCH = "touch"
    """Post-only was refused three times: it waits until its price can rest."""
    MONEY = "money"
    """The exchange said that the funds are not there."""
    CROSSING = "crossing"
    """Another order of ours stands in the way."""
    POSITION = "position"
    """The grid's maximum position is reached."""
    MARKET = "market"
    """The market takes no orders at present."""
    REFUSED = "refused"
    """Refused for a reason that waiting a little may mend."""
    COINS = "coins"
    """The account has no more the coins that it is to sell: they were sold by hand, or withdrawn."""
    EXPOSURE = "exposure"
    """The most that all grids may hold, of its coin or in all, is reached."""
    PACE = "pace"
    """As many orders, or round trips, as there may be in a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Coins with what they cost, fees included."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    """In quote, for the whole lot."""

    def plus(self, quantity: Decimal, cost: Decimal) -> "Lot":
        """The lot with more coins in it."""
        return Lot(quantity=self.quantity + quantity, cost=self.cost + cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Where a level stands and how much it trades there: what the owner's wish and the market make of it."""

    rank: int
    """Its place in the ladder, 1 for the lowest. A ladder that shifts gives its levels other ranks, never other ids."""
    buy_price: Decimal
    sell_price: Decimal
    quantity: Decimal
    """Coins a buy asks for, before fees."""
    initial: Side
    """The side it began on: SELL means that its coins were seeded."""

    def __post_init__(self) -> None:
        assert self.buy_price < self.sell_price, "a level buys below where it sells"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The last refusal of a level's order, where there may be another one for the same reason."""

    wait: Wait
    times: int
    """In a row."""
    at: int
    until: int
    """When it is tried again although nothing else is known."""
    price: Decimal
    """What was refused."""
    apart: Decimal
    """How far the level's price was from the market's then; zero where none was known."""
    needs: Decimal
    """What the order would have taken, of what it pays with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of the grid, bought at the lower and sold at the higher price: its shape, and how far it has come."""

    id: LevelId
    """For good, whatever becomes of the ladder: its coins, orders and history go by it."""
    shape: Shape
    side: Side
    order: ClientId | None = None
    done: Decimal = ZERO
    """Executed so far on this side, since the level last turned."""
    value: Decimal = ZERO
    """Price times quantity of that."""
    earned: Decimal = ZERO
    """Profit of the sale so far, since the level last turned."""
    fees: Decimal = ZERO
    """Fees of this round trip so far, in quote at the price of each fill."""
    bought_at: Decimal | None = None
    """Average price, without fees, at which the coins it holds were bought."""
    wait: Wait | None = None
    wait_since: int | None = None
    refusals: int = 0
    """Post-only refusals in a row, since an order of the level last rested and ended, or the level turned."""
    denied: Denied | None = field(default=None, compare=False)
    """Until an order of it is taken. Not stored: a new process asks sooner."""

    @property
    def rank(self) -> int:
        """Its place in the ladder, 1 for the lowest."""
        return self.shape.rank

    @property
    def buy_price(self) -> Decimal:
        """Where it buys."""
        return self.shape.buy_price

    @property
    def sell_price(self) -> Decimal:
        """Where it sells."""
        return self.shape.sell_price

    @property
    def quantity(self) -> Decimal:
        """Coins a buy asks for, before fees."""
        return self.shape.quantity

    @property
    def initial(self) -> Side:
        """The side it began on."""
        return self.shape.initial

    @property
    def price(self) -> Decimal:
        """Where this level waits now."""
        return self.shape.buy_price if self.side is Side.BUY else self.shape.sell_price

    def selling_at(self, price: Decimal) -> "Level":
        """The level with another selling price."""
        return self if price == self.sell_price else replace(self, shape=replace(self.shape, sell_price=price))

    def on_tick(self, market: Market) -> Decimal:
        """Where it waits, on the tick as it is now: a buy not higher, a sell not lower than its own price."""
        return market.price_down(self.price) if self.side is Side.BUY else market.price_up(self.price)
