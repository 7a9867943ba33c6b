"""What sold coins had cost, by each method: the pair (as the engine books), first in first out, and the average.

A method says which coins a sale took, and so what was realised and what is floating. It never changes the total.
"""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.model.ledger import Closing, FillEntry, flow_of
from strategy.model.money import ZERO, share_of

Booked = FillEntry | Closing
"""What moves a grid's coins or money."""


class Method(StrEnum):
    """Whose cost a sale takes."""

    PAIR = "pair"
    """Of the level's own lot: a round trip is one level's buy and sale."""
    FIFO = "fifo"
    """Of the coins that came first, whenever they were booked."""
    AVERAGE = "average"
    """Of all coins alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an entry did to coins and money, fees included."""

    coins: Decimal
    cash: Decimal
    """In quote. Coins that are given back to the owner bring what they are worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Coins that went out together and had come in together."""

    bought_at: int
    """When they were traded, by the exchange's clock."""
    key: str
    """Of the fill that brought them."""
    coins: Decimal
    cost: Decimal
    """In quote, fees included."""


@dataclass(slots=True)
class Costs:
    """The coins of a ledger under one method, fed entry by entry in the order of booking. Lives for one fold.

    `realised` and `cost` are in quote. At any price, realised + coins × price − cost is the total.
    """

    method: Method
    coins: Decimal = ZERO
    cost: Decimal = ZERO
    """Of the coins that are held."""
    realised: Decimal = ZERO
    """What the sales brought after fees, less what their coins had cost."""
    _queue: deque[Piece] = field(default_factory=deque)

    def take(self, entry: Booked) -> tuple[Piece, ...]:
        """One more entry: the coins that went out with it, where the method tells them apart."""
        change = change_of(entry)
        if change.coins > 0:
            self._bought(entry, change)
            return ()
        pieces = self._first(-change.coins) if self.method is Method.FIFO else ()
        cost = self._cost_of(entry, change, pieces)
        self.coins += change.coins
        self.cost -= cost
        self.realised += change.cash - cost
        return pieces

    def floating(self, price: Decimal) -> Decimal:
        """What the coins that are held are worth at a price, less what they cost."""
        return self.coins * price - self.cost

    def total(self, price: Decimal) -> Decimal:
        """The same by every method."""
        return self.realised + self.floating(price)

    def _bought(self, entry: Booked, change: Change) -> None:
        self.coins += change.coins
        self.cost -= change.cash
        if self.method is Method.FIFO:
            at = entry.fill.at if isinstance(entry, FillEntry) else entry.at
            place = len(self._queue)
            while place and self._queue[place - 1].bought_at > at:  # a fill that was learned of late came in earlier
                place -= 1
            self._queue.insert(place, Piece(bought_at=at, key=entry.key, coins=change.coins, cost=-change.cash))

    def _cost_of(self, entry: Booked, change: Change, pieces: tuple[Piece, ...]) -> Decimal:
        if self.method is Method.FIFO:
            return sum((piece.cost for piece in pieces), ZERO)
        if self.method is Method.AVERAGE:
            return share_of(self.cost, -change.coins, self.coins)
        return entry.cost if isinstance(entry, Closing) else change.cash - (entry.realised or ZERO)

    def _first(self, coins: Decimal) -> tuple[Piece, ...]:
        """So many coins from the front of the queue; of the last piece only a part, its rest stays there."""
        pieces = []
        while coins:
            oldest = self._queue.popleft()
            part = min(coins, oldest.coins)
            piece = Piece(
                bought_at=oldest.bought_at,
                key=oldest.key,
                coins=part,
                cost=share_of(oldest.cost, part, oldest.coins),
            )
            pieces.append(piece)
            if rest := oldest.coins - part:
                left = Piece(bought_at=oldest.bought_at, key=oldest.key, coins=rest, cost=oldest.cost - piece.cost)
                self._queue.appendleft(left)
            coins -= part
        return tuple(pieces)


def change_of(entry: Booked) -> Change:
    """What an entry did, its fee taken out of whatever it was charged in."""
    if isinstance(entry, Closing):
        return Change(coins=-entry.coins, cash=entry.value)
    flow = flow_of(entry.fill, entry.base, entry.quote, entry.fee_value)
    return Change(coins=flow.base, cash=flow.cash)
