"""The account's lists as Backpack would send them, some rows so that nobody can read them; read as the client reads.

Rows of others may have anything wrong with them. Ours may be unreadable, but never say something that is not so.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from bot.demo.backpack.rendering import Json, fill_json, order_json, past_order_json
from exchange.backpack import history
from exchange.paper.exchange import PaperExchange
from exchange.paper.history import fills_at, orders_at
from exchange.paper.venue import Venue
from exchange.port import Listed
from strategy.model.market import Symbol
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Unread

BAD: tuple[Any, ...] = (None, "", "Unheard", "-1", -7, True, [], {}, "NaN", 2**40)
NOTHING: tuple[Any, ...] = (None, "", "Unheard", [], {}, "NaN")
"""What is no number: a fill that can be read is booked as it says."""
SAYS_NOTHING: tuple[Any, ...] = (None, "", [], {}, "NaN")
"""What says nothing wrong of an order of ours, as it says nothing at all."""
OURS = ("side", "symbol", "executedQuantity", "status", "quantity", "price")
"""Fields without which a row of ours says nothing at all."""
OF_FILLS = ("side", "symbol", "quantity", "price", "fee", "feeSymbol")


class Rows:
    """One account's lists. Each row keeps what is wrong with it for as long as this lasts."""

    def __init__(self, paper: PaperExchange, key: str, seed: int, is_ours: Callable[[int], bool], share: float) -> None:
        self._venue: Venue = paper.venue
        self._account = paper.venue.accounts[key]
        self._seed = seed
        self._is_ours = is_ours
        self._share = share

    async def open_orders(self) -> Listed[OpenOrder]:
        """Every resting order."""
        rows = [order_json(order, self._venue.listing(order.symbol).market) for order in self._account.open.values()]
        return history.open_orders_of([self._spoilt(row, int(str(row["id"])), OURS) for row in rows])

    async def fills(self, since: int, until: int | None) -> Listed[Fill]:
        """The fill history."""
        end = self._venue.clock() + 1 if until is None else until
        fills = [fill for fill in fills_at(self._account, self._horizon()) if since <= fill.at < end]
        rows = [self._spoilt(fill_json(fill), fill.order_id, OF_FILLS) for fill in fills]
        return history.fills_of(rows)

    async def ended_order(self, order_id: str) -> EndedOrder | Unread | None:
        """An order of the history."""
        return history.ended_of([row for number, row in self._past() if str(number) == order_id], order_id)

    async def orders_since(self, symbol: Symbol | None, since: int) -> Listed[EndedOrder | OpenOrder]:
        """The order history, newest first."""
        orders = self._account.orders
        wanted = [
            row
            for number, row in self._past()
            if symbol in (None, orders[number].symbol) and orders[number].created_at >= since
        ]
        return history.orders_of(wanted)

    def _past(self) -> list[tuple[int, object]]:
        orders = reversed(orders_at(self._account, self._horizon()))
        rows = [(one.id, past_order_json(one, self._venue.listing(one.symbol).market)) for one in orders]
        return [(number, self._spoilt(row, number, OURS)) for number, row in rows]

    def _horizon(self) -> int:
        return self._venue.clock() - self._venue.choices.history_lag

    def _spoilt(self, row: Json, number: int, ours: tuple[str, ...]) -> object:
        """The row, or what became of it."""
        dice = Random(self._seed + number)
        if dice.random() >= self._share:
            return row
        if self._is_ours(number):
            name = dice.choice([name for name in ours if name in row])
            return {**row, name: dice.choice(SAYS_NOTHING)} if dice.random() < 0.7 else _without(row, name)
        spoilt: object = row
        for name in dice.sample(sorted(row), dice.randint(1, len(row))):
            if name in ("id", "orderId", "clientId", "tradeId", "timestamp"):
                continue
            assert isinstance(spoilt, dict)
            bad = NOTHING if "tradeId" in row else BAD
            spoilt = {**spoilt, name: dice.choice(bad)} if dice.random() < 0.7 else _without(spoilt, name)
            if isinstance(spoilt.get("feeSymbol"), str) and spoilt["feeSymbol"] == "Unheard":
                spoilt = {**spoilt, "feeSymbol": ""}  # that could be an asset: nobody could know that it is none
        return spoilt


def _without(row: Json, name: str) -> Json:
    return {key: value for key, value in row.items() if key != name}
