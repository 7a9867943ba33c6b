"""The resting orders of one side of a book, sorted by price and time. Pure; knows nothing of matching."""

from bisect import bisect_left, insort
from dataclasses import dataclass
from decimal import Decimal

from strategy.model.market import Side


@dataclass(slots=True, kw_only=True)
class Resting:
    """An order in a book. Only the book changes it."""

    id: int
    owner: str
    side: Side
    price: Decimal
    remaining: Decimal
    arrival: int = 0
    """Counts down, so that of two orders at a price the older ranks higher. Given by the ladder."""


Row = tuple[Decimal, int, Resting]
"""Rank and arrival before the order: tuples are compared fast, and arrivals differ, so orders never are."""

NEWEST = 1
"""Ranks above every arrival at the same price."""


class Ladder:
    """One side of a book. Prices rank by how good they are: a bid's rank is its price, an ask's is its negative."""

    def __init__(self, side: Side) -> None:
        self._rows: list[Row] = []
        self._sells = side is Side.SELL
        self._arrivals = 0

    def best(self) -> Resting | None:
        """The order that trades first."""
        return self._rows[-1][2] if self._rows else None

    def reaches_past(self, price: Decimal) -> bool:
        """Whether an order is better than this price: a bid above it, an ask below it."""
        return bool(self._rows) and self._rows[-1][0] > (-price if self._sells else price)

    def past(self, price: Decimal) -> list[Resting]:
        """The orders better than this price, best first."""
        start = bisect_left(self._rows, (-price if self._sells else price, NEWEST))
        return [row[2] for row in reversed(self._rows[start:])]

    def all(self) -> list[Resting]:
        """Every order, best first."""
        return [row[2] for row in reversed(self._rows)]

    def add(self, order: Resting) -> None:
        """Behind the orders at the same price."""
        self._arrivals -= 1
        order.arrival = self._arrivals
        insort(self._rows, (self._rank(order), order.arrival, order))

    def remove(self, order: Resting) -> None:
        """Take out an order that is in the ladder."""
        index = bisect_left(self._rows, (self._rank(order), order.arrival))
        assert self._rows[index][2] is order
        del self._rows[index]

    def _rank(self, order: Resting) -> Decimal:
        return -order.price if self._sells else order.price
