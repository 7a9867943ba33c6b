"""Promises about orders: those that the account takes for live, and those that the venue has."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from exchange.paper.records import VenueOrder
from strategy.draft import Step
from strategy.messages.by_hand import StrangersSettled
from strategy.messages.events import Place
from strategy.model.market import Side, Symbol, Touch
from strategy.model.money import ZERO
from strategy.model.orders import Execution, Order, OrderStatus, Purpose
from tests.builders import INFINITY
from tests.promises.promise import promise


class Quoted(Protocol):
    """An order, as the account or the venue knows it."""

    @property
    def client_id(self) -> int | None:
        """Of ours."""

    @property
    def symbol(self) -> Symbol:
        """Where."""

    @property
    def side(self) -> Side:
        """Which."""

    @property
    def price(self) -> Decimal | None:
        """None for one that meets nobody in the book."""


class Doubts:
    """By order: those in limbo that could not rest when it was planned, or adopted, by the prices that were known then.

    The venue judges those: each of ours only rests or only takes, so one that arrives late is refused.
    """

    def __init__(self) -> None:
        self._doubted: dict[int, frozenset[int]] = {}

    def planned(self, step: Step) -> None:
        """Orders were written down: they go by these prices, whatever they are when the orders are sent."""
        begun = {action.order.client_id for action in step.actions if isinstance(action, Place)}
        adopts = any(isinstance(told, StrangersSettled) and told.adopted for told in step.notices)
        if begun or adopts:
            live = [order for grid in step.account.grids.values() for order in grid.live]
            doubted = {order.client_id for order in live if _can_not_rest(order, step.account.touches)}
            for one in begun:
                self._doubted[one] = frozenset(doubted)
            if adopts:  # what is adopted rests: one in limbo that would meet it does not, at whatever price
                doubted |= {order.client_id for order in live if order.unknown_since is not None}
                rests = {order.client_id for order in live if order.status is OrderStatus.OPEN}
                self._doubted |= dict.fromkeys(rests, frozenset(doubted))

    def excuse(self, one: Quoted, other: Quoted) -> bool:
        """Whether one of two was doubted when the other was planned: it may arrive before or after it."""
        return other.client_id in self._of(one) or one.client_id in self._of(other)

    def _of(self, order: Quoted) -> frozenset[int]:
        return self._doubted.get(order.client_id or 0, frozenset())


NO_DOUBTS = Doubts()


@promise("no own crossing")
def no_own_crossing(
    orders: Iterable[Quoted], others: Iterable[Quoted] | None = None, *, doubts: Doubts = NO_DOUBTS
) -> Iterator[str]:
    """Orders of ours never meet, whichever grid they belong to. With `others`: no order meets one of those."""
    buys, sells = _sides(orders)
    pairs = _crossings(buys, sells)
    if others is not None:
        buys_there, sells_there = _sides(others)
        pairs = (*_crossings(buys, sells_there), *_crossings(buys_there, sells))
    for buy, sell in pairs:
        if not doubts.excuse(buy, sell):
            yield f"{buy.symbol}: {buy.client_id} buys at {buy.price} and {sell.client_id} sells at {sell.price}"


@promise("one live order a level")
def one_order_a_level(orders: Iterable[Order]) -> Iterator[str]:
    """Among orders of ours, whatever became of them since."""
    levels = Counter((order.grid_id, order.level) for order in orders if order.purpose is Purpose.LEVEL)
    for (grid_id, level), count in levels.items():
        if count > 1:
            yield f"grid {grid_id} level {level} has {count}"


@promise("ids are used once")
def ids_used_once(intended: Sequence[int], at_venue: Iterable[int]) -> Iterator[str]:
    """A client id is never used twice, neither by us nor as the venue saw it; each is above those before it."""
    for ids in (intended, list(at_venue)):
        for client_id, count in Counter(ids).items():
            if count > 1:
                yield f"id {client_id} was used {count} times"
    if list(intended) != sorted(intended):
        yield f"ids went back: {intended}"


@promise("settled means whole")
def settled_means_whole(orders: Iterable[Order], at_venue: Mapping[int, VenueOrder]) -> Iterator[str]:
    """An order that is over and booked can get no more: the exchange has executed just as much of it."""
    for order in orders:
        if order.is_settled and order.order_id is not None:
            found = at_venue[int(order.order_id)]
            if order.filled != found.executed or found.status.is_open:
                yield f"id {order.client_id}: {order.filled} booked, {found.executed} executed, {found.status}"


def _can_not_rest(order: Order, touches: Mapping[Symbol, Touch]) -> bool:
    """Its answer is missing, and the market stands beyond it, or it takes at once or not at all."""
    if order.status is not OrderStatus.INTENDED or order.unknown_since is None:
        return False
    touch = touches.get(order.symbol)
    passed = touch is not None and (order.price >= touch.ask if order.side is Side.BUY else order.price <= touch.bid)
    return passed or order.execution is Execution.IMMEDIATE


def _sides(orders: Iterable[Quoted]) -> tuple[list[Quoted], list[Quoted]]:
    buys: list[Quoted] = []
    sells: list[Quoted] = []
    for order in orders:
        (buys if order.side is Side.BUY else sells).append(order)
    return buys, sells


def _crossings(buys: Iterable[Quoted], sells: Sequence[Quoted]) -> Sequence[tuple[Quoted, Quoted]]:
    lowest: dict[Symbol, Decimal] = defaultdict(lambda: INFINITY)
    for sell in sells:
        lowest[sell.symbol] = min(lowest[sell.symbol], _asked(sell))
    return [
        (buy, sell)
        for buy in buys
        if (buy.price or ZERO) >= lowest[buy.symbol]
        for sell in sells
        if sell.symbol == buy.symbol and (buy.price or ZERO) >= _asked(sell)
    ]


def _asked(sell: Quoted) -> Decimal:
    return INFINITY if sell.price is None else sell.price
