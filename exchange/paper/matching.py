"""The matcher: the book of one market, with a house that has any quantity at the touch.

Pure: no clock, no I/O, no balances, no fees. Whoever owns the book keeps the accounts (see `venue.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange.paper.ladder import Ladder, Resting
from strategy.model.market import Side
from strategy.model.money import ZERO, floor_to


class TimeInForce(StrEnum):
    """How long an order lives. The words are the wire's."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class SelfTrade(StrEnum):
    """What happens where an order meets one of the same owner. The words are the wire's."""

    REJECT_TAKER = "RejectTaker"
    REJECT_MAKER = "RejectMaker"
    REJECT_BOTH = "RejectBoth"


class Expiry(StrEnum):
    """Why an order ended without having been filled or cancelled. The words are the wire's."""

    POST_ONLY = "PostOnlyTaker"
    IMMEDIATE_OR_CANCEL = "ImmediateOrCancel"
    FILL_OR_KILL = "FillOrKill"
    SELF_TRADE = "SelfTradePrevention"
    LIQUIDITY = "InsufficientLiquidity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An order on its way into the book. A market order has no limit, and a quantity or a budget in quote."""

    id: int
    owner: str
    side: Side
    limit: Decimal | None
    quantity: Decimal | None = None
    budget: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    self_trade: SelfTrade = SelfTrade.REJECT_TAKER

    def __post_init__(self) -> None:
        assert (self.quantity is None) != (self.budget is None)
        assert self.limit is None or self.quantity is not None

    def reaches(self, price: Decimal) -> bool:
        """Whether it may trade at this price."""
        if self.limit is None:
            return True
        return price <= self.limit if self.side is Side.BUY else price >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One execution at the maker's price. The house is the other side where `maker` or `taker` is None."""

    price: Decimal
    quantity: Decimal
    maker_side: Side
    maker: int | None = None
    taker: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an incoming order: its trades, the own orders it removed, and whether the rest now rests."""

    trades: Sequence[Trade] = ()
    removed: Sequence[int] = ()
    rests: bool = False
    expiry: Expiry | None = None
    """Set where a remainder (or the whole) ended unfilled."""


NO_TRADES: Sequence[Trade] = ()


class Book:
    """The resting orders of one market by price and time, and the house's bid and ask."""

    def __init__(self, *, tick_size: Decimal, step_size: Decimal) -> None:
        self._tick = tick_size
        self._step = step_size
        self._bids = Ladder(Side.BUY)
        self._asks = Ladder(Side.SELL)
        self._orders: dict[int, Resting] = {}
        self.house_bid = ZERO
        self.house_ask = ZERO
        self.part: Callable[[Decimal], Decimal] | None = None
        """For simulations: how much of a remaining quantity trades when the market goes through it (None: all)."""

    def change(self, *, tick_size: Decimal, step_size: Decimal) -> None:
        """Other steps from now on. What rests beside the new tick stays where it is."""
        self._tick, self._step = tick_size, step_size

    @property
    def bid(self) -> Decimal:
        """The best bid, the house's included."""
        best, house = self._bids.best(), self.house(Side.BUY)
        return max(house, best.price) if best else house

    @property
    def ask(self) -> Decimal:
        """The best ask, the house's included."""
        best, house = self._asks.best(), self.house(Side.SELL)
        return min(house, best.price) if best else house

    def house(self, side: Side) -> Decimal:
        """The house's price on a side. It makes room for what rests on the other: the book is never crossed."""
        other = self._ladder(side.opposite).best()
        if side is Side.BUY:
            return min(self.house_bid, other.price - self._tick) if other else self.house_bid
        return max(self.house_ask, other.price + self._tick) if other else self.house_ask

    def resting(self, side: Side) -> list[Resting]:
        """The resting orders of a side, best first."""
        return self._ladder(side).all()

    def crosses(self, side: Side, limit: Decimal) -> bool:
        """Whether an order at this price would trade at once."""
        return limit >= self.ask if side is Side.BUY else limit <= self.bid

    def walk(self, price: Decimal, volume: Decimal | None = None) -> Sequence[Trade]:
        """The market moves to a price in one go: whatever it trades through is filled, nearest first, as maker. The
        house asks that price and bids a tick less.

        An order exactly at the price is filled only out of `volume`, the quantity known to have traded there after
        everything that stood before it: without that, its place in the queue is unknown and nothing is assumed.
        """
        trades = self.quote(max(price - self._tick, self._tick), price, low=price, high=price)
        return trades if volume is None else [*trades, *self._trade_at(price, volume)]

    def quote(
        self, bid: Decimal, ask: Decimal, *, low: Decimal | None = None, high: Decimal | None = None
    ) -> Sequence[Trade]:
        """The house's touch is now this: bids above `low` (the ask) and asks below `high` (the bid) are filled."""
        self.house_bid, self.house_ask = bid, ask
        low = ask if low is None else low
        high = bid if high is None else high
        if not self._bids.reaches_past(low) and not self._asks.reaches_past(high):
            return NO_TRADES
        return self._sweep([*self._bids.past(low), *self._asks.past(high)])

    def place(self, incoming: Incoming) -> Outcome:
        """Match an order, and rest what may rest."""
        if incoming.post_only and incoming.limit is not None and self.crosses(incoming.side, incoming.limit):
            return Outcome(expiry=Expiry.POST_ONLY)
        if incoming.time_in_force is TimeInForce.FOK and not self._can_fill(incoming):
            return Outcome(expiry=Expiry.FILL_OR_KILL)
        trades, removed, left, stopped = self._take(incoming)
        if not left or (incoming.budget is not None and trades):  # what a budget leaves buys less than a step
            return Outcome(trades=trades, removed=removed)
        if stopped or incoming.limit is None or incoming.time_in_force is not TimeInForce.GTC:
            return Outcome(trades=trades, removed=removed, expiry=_why(incoming, stopped))
        self.rest(
            Resting(
                id=incoming.id,
                owner=incoming.owner,
                side=incoming.side,
                price=incoming.limit,
                remaining=left,
            )
        )
        return Outcome(trades=trades, removed=removed, rests=True)

    def rest(self, order: Resting) -> None:
        """Put an order behind the others at its price, unmatched."""
        self._orders[order.id] = order
        self._ladder(order.side).add(order)

    def cancel(self, order_id: int) -> bool:
        """Take an order out of the book. False where it does not rest."""
        order = self._orders.pop(order_id, None)
        if order is not None:
            self._ladder(order.side).remove(order)
        return order is not None

    def _take(self, incoming: Incoming) -> tuple[list[Trade], list[int], Decimal, bool]:
        """Trades, own orders removed, what is left (base, or quote of a budget), whether an own order stopped it."""
        left = incoming.quantity if incoming.quantity is not None else incoming.budget
        assert left is not None
        trades: list[Trade] = []
        removed: list[int] = []
        while left > 0:
            maker = self._next_maker(incoming)
            if maker is not None and maker.owner == incoming.owner:
                if incoming.self_trade is not SelfTrade.REJECT_TAKER:
                    self.cancel(maker.id)
                    removed.append(maker.id)
                if incoming.self_trade is not SelfTrade.REJECT_MAKER:
                    return trades, removed, left, True
                continue
            price = maker.price if maker else self.house(incoming.side.opposite)
            quantity = left if incoming.budget is None else floor_to(left / price, self._step)
            if quantity <= 0 or not incoming.reaches(price):
                break
            quantity = self._reduce(maker, quantity) if maker else quantity
            trades.append(
                Trade(
                    price=price,
                    quantity=quantity,
                    maker_side=incoming.side.opposite,
                    maker=maker.id if maker else None,
                    taker=incoming.id,
                )
            )
            left -= quantity if incoming.budget is None else quantity * price
        return trades, removed, left, False

    def _next_maker(self, incoming: Incoming) -> Resting | None:
        """The best resting order of the other side, if it comes before the house and within the limit."""
        maker = self._ladder(incoming.side.opposite).best()
        return maker if maker and self._is_met(incoming, maker) else None

    def _is_met(self, incoming: Incoming, maker: Resting) -> bool:
        house = self.house(maker.side)
        before = maker.price <= house if maker.side is Side.SELL else maker.price >= house
        return before and incoming.reaches(maker.price)

    def _can_fill(self, incoming: Incoming) -> bool:
        """Whether the whole order would trade at once: enough from others within the limit, no own order before it."""
        wanted = incoming.quantity or ZERO
        for maker in self.resting(incoming.side.opposite):
            if wanted <= 0 or not self._is_met(incoming, maker):
                break
            if maker.owner != incoming.owner:
                wanted -= maker.remaining
            elif incoming.self_trade is not SelfTrade.REJECT_MAKER:
                return False
        return wanted <= 0 or incoming.reaches(self.house(incoming.side.opposite))

    def _sweep(self, makers: Sequence[Resting]) -> list[Trade]:
        trades = []
        for maker in makers:
            part = maker.remaining if self.part is None else self.part(maker.remaining)
            if part > 0:
                trades.append(self._fill(maker, part))
        return trades

    def _trade_at(self, price: Decimal, volume: Decimal) -> list[Trade]:
        trades = []
        for side in Side:
            while volume > 0 and (maker := self._ladder(side).best()) and maker.price == price:
                trades.append(self._fill(maker, volume))
                volume -= trades[-1].quantity
        return trades

    def _fill(self, maker: Resting, quantity: Decimal) -> Trade:
        quantity = self._reduce(maker, quantity)
        return Trade(price=maker.price, quantity=quantity, maker_side=maker.side, maker=maker.id)

    def _reduce(self, maker: Resting, quantity: Decimal) -> Decimal:
        """Take at most this quantity out of a resting order; an empty one leaves the book."""
        quantity = min(quantity, maker.remaining)
        maker.remaining -= quantity
        if not maker.remaining:
            self.cancel(maker.id)
        return quantity

    def _ladder(self, side: Side) -> Ladder:
        return self._bids if side is Side.BUY else self._asks


def _why(incoming: Incoming, stopped: bool) -> Expiry:
    if stopped:
        return Expiry.SELF_TRADE
    if incoming.limit is None:
        return Expiry.LIQUIDITY
    return Expiry.FILL_OR_KILL if incoming.time_in_force is TimeInForce.FOK else Expiry.IMMEDIATE_OR_CANCEL
