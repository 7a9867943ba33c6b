"""What is derived from all levels, lots and orders of a grid, kept up with each change instead of counted anew.

Nothing here is a fact of its own: `Derived.of` counts it from the grid, and the promises hold what was kept up against
that. It belongs to one grid as it stands (`owner`); a grid that finds another's counts anew, so that an old state may
be gone back to.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import TypeVar

from strategy.model.inventory import closes, opens
from strategy.model.levels import Level, Lot, Wait
from strategy.model.market import Market, Side, Touch
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, LevelId, Order, OrderStatus, Purpose

Id = TypeVar("Id", bound=int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Within these prices, and until then, a tick does nothing with a grid that stays as it is. None has no bound."""

    bid_above: Decimal | None = None
    bid_below: Decimal | None = None
    ask_above: Decimal | None = None
    ask_below: Decimal | None = None
    until: int | None = None
    """Milliseconds; from then on something may be due."""

    def holds(self, touch: Touch | None, at: int) -> bool:
        """Whether this tick is one of those."""
        if touch is None or (self.until is not None and at >= self.until):
            return False
        bid = touch.bid
        return (
            (self.bid_above is None or bid > self.bid_above)
            and (self.bid_below is None or bid < self.bid_below)
            and (self.ask_above is None or touch.ask > self.ask_above)
            and (self.ask_below is None or touch.ask < self.ask_below)
        )


@dataclass(slots=True, kw_only=True)
class Derived:
    """Sums and places of one grid."""

    market: Market
    window: int
    """Live orders on each side of the price, as the grid's spec has it."""
    coins: Decimal = ZERO
    cost: Decimal = ZERO
    bidding: Decimal = ZERO
    """What the live buys may still cost, in quote."""
    selling: Decimal = ZERO
    """Coins that sales may still take, or have taken without our knowing the fills yet."""
    live: dict[ClientId, Order] = field(default_factory=dict)
    over: dict[ClientId, Order] = field(default_factory=dict)
    """Those that ended and are still in memory."""
    unsettled: set[ClientId] = field(default_factory=set)
    """Those of them whose fills do not add up yet."""
    cancelling: set[ClientId] = field(default_factory=set)
    unclear: set[ClientId] = field(default_factory=set)
    """Live orders whose fate is not known."""
    doubted: set[ClientId] = field(default_factory=set)
    """Those, and the ones of which no answer has come yet."""
    bids: list[tuple[Decimal, ClientId]] = field(default_factory=list)
    """Prices of the live buys, the lowest first."""
    asks: list[tuple[Decimal, ClientId]] = field(default_factory=list)
    opening: list[tuple[int, LevelId]] = field(default_factory=list)
    """The levels that wait to buy, by rank."""
    closing: list[tuple[int, LevelId]] = field(default_factory=list)
    """Those that wait to sell."""
    ranks: dict[int, LevelId] = field(default_factory=dict)
    idle: set[LevelId] = field(default_factory=set)
    """The levels without an order."""
    far: set[LevelId] = field(default_factory=set)
    """Those of them that wait for the window."""
    frozen: set[LevelId] = field(default_factory=set)
    """The levels that wait for coins."""
    odd: set[LevelId] = field(default_factory=set)
    """The levels whose resting order stands elsewhere than they wait, or is of another size than they lack."""
    owner: object = field(default=None, compare=False, repr=False)
    """The grid that this is about."""
    near: frozenset[LevelId] | None = field(default=None, compare=False)
    """The levels near enough to the price for an order, once they were asked for."""
    is_swept: bool = field(default=False, compare=False)
    """No resting order is farther away than that, as far as was looked."""
    most: Decimal | None = field(default=None, compare=False)
    """What the coins may cost, once it was asked for; never carried across a change."""
    range: tuple[Decimal, Decimal] | None = field(default=None, compare=False)
    """The lowest buy and the highest sell price, once they were asked for."""
    is_still: bool = field(default=False, compare=False)
    """Nothing came of the last tick."""
    quiet: Quiet | None = field(default=None, compare=False)
    """Where a tick does nothing, once that was derived; never carried across a change."""

    @classmethod
    def of(
        cls,
        market: Market,
        window: int,
        levels: Mapping[LevelId, Level],
        lots: Mapping[LevelId, Lot],
        orders: Mapping[ClientId, Order],
    ) -> "Derived":
        """Counted from the beginning."""
        kept = cls(market=market, window=window)
        for lot in lots.values():
            kept.lot(None, lot)
        for order in orders.values():
            kept.order(None, order, None)
        for level in levels.values():
            kept.level(None, level)
        return kept

    # One change each: what was there, if anything was, and what is there now

    def lot(self, old: Lot | None, new: Lot | None) -> None:
        """A lot has changed, come or gone."""
        if old is not None:
            self.coins -= old.quantity
            self.cost -= old.cost
        if new is not None:
            self.coins += new.quantity
            self.cost += new.cost
        self.disturb()

    def level(self, old: Level | None, new: Level) -> None:
        """A level has changed, or is met for the first time."""
        level_id = new.id
        if old is None or old.side is not new.side or old.rank != new.rank:
            self._to_side(old, new)
        if old is None or old.order != new.order:
            _be(self.idle, level_id, new.order is None)
        if old is None or old.wait is not new.wait or old.order != new.order:
            _be(self.frozen, level_id, new.wait is Wait.COINS)
            _be(self.far, level_id, new.order is None and new.wait is Wait.WINDOW)
        if old is None or old.shape is not new.shape:
            self.range = None
        self._place(new)
        self.disturb()

    def order(self, old: Order | None, new: Order, level: Level | None) -> None:
        """An order has changed, or is met for the first time. `level` is the one it was placed for."""
        client_id, is_live = new.client_id, new.status.is_live
        if old is None or old.filled != new.filled or not is_live or client_id not in self.live:
            self._sum(old, -1)
            self._sum(new, 1)
        if is_live:
            if client_id not in self.live:
                insort(self.bids if new.side is Side.BUY else self.asks, (new.price, client_id))
                self.over.pop(client_id, None)
            self.live[client_id] = new
        else:
            self._ended(new)
        if old is None or old.status is not new.status or old.unknown_since != new.unknown_since or not is_live:
            self._doubt(new, is_live)
        if level is not None and level.order == client_id:
            self._place(level)
            self.is_swept = self.is_swept and self.near is not None and level.id in self.near
        self.disturb()

    def forget(self, order: Order) -> None:
        """An order that is over has left memory."""
        self._sum(order, -1)
        self.over.pop(order.client_id, None)
        self.unsettled.discard(order.client_id)
        self.disturb()

    def disturb(self) -> None:
        """Something has changed: what was quiet may be so no more."""
        self.quiet, self.is_still, self.most = None, False, None

    def around(self) -> frozenset[LevelId] | None:
        """The levels near enough for an order, or None where all of them are."""
        if len(self.opening) + len(self.closing) <= self.window:
            return None
        if self.near is None:
            nearest = (*self.opening[-self.window :], *self.closing[: self.window])
            self.near = frozenset(map(_level_id, nearest))
        return self.near

    def lacking(self) -> Set[LevelId]:
        """The levels without an order that may get one: those that are known to be too far away may not."""
        near = self.around()
        return self.idle if near is None else (self.idle - self.far) | (self.far & near)

    def is_complete(self) -> bool:
        """Whether each level has the order that it should, and every order is one that should be."""
        if self.odd or self.cancelling:
            return False
        return (self.is_swept or self.around() is None) and not self.lacking()

    def _doubt(self, new: Order, is_live: bool) -> None:
        client_id, is_unclear = new.client_id, is_live and new.unknown_since is not None
        _be(self.unsettled, client_id, not is_live and not new.is_settled)
        _be(self.cancelling, client_id, new.status is OrderStatus.CANCELLING)
        _be(self.unclear, client_id, is_unclear)
        _be(self.doubted, client_id, is_unclear or new.status is OrderStatus.INTENDED)

    def _to_side(self, old: Level | None, new: Level) -> None:
        if old is not None:
            waiting = self.opening if opens(old.side) else self.closing
            del waiting[bisect_left(waiting, (old.rank, old.id))]
            if self.ranks.get(old.rank) == old.id:  # another one may have taken its place in the meantime
                del self.ranks[old.rank]
        insort(self.opening if opens(new.side) else self.closing, (new.rank, new.id))
        self.ranks[new.rank] = new.id
        self.near, self.is_swept = None, False

    def _place(self, level: Level) -> None:
        order = self.live.get(level.order) if level.order is not None else None
        if order is not None and order.status is OrderStatus.OPEN and _is_odd(self.market, level, order):
            self.odd.add(level.id)
        else:
            self.odd.discard(level.id)

    def _ended(self, new: Order) -> None:
        if self.live.pop(new.client_id, None) is not None:
            prices = self.bids if new.side is Side.BUY else self.asks
            del prices[bisect_left(prices, (new.price, new.client_id))]
        self.over[new.client_id] = new

    def _sum(self, order: Order | None, sign: int) -> None:
        if order is None:
            return
        if closes(order.side):
            self.selling += sign * order.to_come
        elif order.status.is_live:
            self.bidding += sign * order.price * order.remaining


_level_id = itemgetter(1)


def _is_odd(market: Market, level: Level, order: Order) -> bool:
    stands = order.price == level.price or order.price == level.on_tick(market)
    return not stands or not is_its_size(market, level, order)


def is_its_size(market: Market, level: Level, order: Order) -> bool:
    """Whether a buy is for what the level lacks, or for as much of it as the market takes at once."""
    if order.purpose is not Purpose.LEVEL or closes(level.side):
        return True
    whole = level.quantity - level.done + order.filled
    return order.quantity == whole or order.quantity == market.fitting(whole)


def _be(members: set[Id], one: Id, there: bool) -> None:
    if there:
        members.add(one)
    else:
        members.discard(one)
