"""The venue as an `Exchange`, in process: for paper mode and for simulations. Prices come from whoever walks it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from exchange.backpack.errors import NotFound, failure, no_answer, refusal
from exchange.backpack.facts import settled_hours
from exchange.backpack.wire import ended_at_once
from exchange.news import StreamEvent
from exchange.paper import translation, upkeep
from exchange.paper.faults import TAKEN, FaultMode, Faults
from exchange.paper.history import fills_at, orders_at
from exchange.paper.records import VenueOrder, VenueRefusal, number_of
from exchange.paper.venue import Venue
from exchange.port import (
    INTERVALS,
    Accepted,
    AccountInfo,
    Balances,
    BatchRefused,
    Candle,
    Day,
    Ended,
    Listed,
    Markets,
    Offer,
    OutcomeUnknown,
    Placement,
    Refused,
    Unavailable,
)
from strategy.model.ledger import Movement
from strategy.model.market import BookState, Fees, Market, Side, Symbol, Touch
from strategy.model.money import ONE, plain
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Order, Refusal, Unread

Result = TypeVar("Result")


class PaperExchange:
    """One account of a venue. Faults are matched with the calls that Backpack's client would send; none delays."""

    def __init__(self, venue: Venue, key: str, *, faults: Faults | None = None) -> None:
        self.venue = venue
        self.faults = faults or Faults()
        self._key = key
        self._account = venue.accounts[key]
        self._shown_last: dict[int, tuple[VenueOrder, OpenOrder]] = {}
        """The open orders as they were shown last."""

    def subscribe(self, callback: Callable[[StreamEvent], None]) -> Callable[[], None]:
        """Hear what Backpack's stream would tell, at once; call what is returned to stop."""
        return self.venue.listen(translation.stream_of(self.venue, self._key, callback))

    async def server_time(self) -> int:
        """The venue's clock."""
        return self._call("GET /api/v1/time", self.venue.clock)

    async def markets(self) -> Markets:
        """All markets."""
        listings = self.venue.listings
        return self._call("GET /api/v1/markets", lambda: Markets({s: row.market for s, row in listings.items()}))

    async def market(self, symbol: Symbol) -> Market:
        """A market."""
        return self._call("GET /api/v1/market", lambda: self.venue.listing(symbol).market)

    async def touch(self, symbol: Symbol) -> Touch | None:
        """The best bid and ask; None where the market is closed."""
        touch = self._call("GET /api/v1/depth", lambda: self.venue.touch(symbol))
        return None if self.venue.listing(symbol).market.state is BookState.CLOSED else touch

    async def bids(self, symbol: Symbol) -> Sequence[Offer]:
        """The buyers in the venue's book; none where the market is closed."""
        levels = self._call("GET /api/v1/depth", lambda: self.venue.listing(symbol).levels(Side.BUY))
        if self.venue.listing(symbol).market.state is BookState.CLOSED:
            return ()
        return tuple(Offer(price=price, quantity=levels[price]) for price in sorted(levels, reverse=True))

    async def days(self) -> Mapping[Symbol, Day]:
        """The last 24 hours of each listing, in its market's own time."""
        tapes = {symbol: listing.tape for symbol, listing in self.venue.listings.items()}
        days = self._call("GET /api/v1/tickers", lambda: {symbol: tape.day() for symbol, tape in tapes.items()})
        return {
            symbol: Day(price=bar.close, change=bar.close / bar.open - ONE, turnover=bar.quote_volume)
            for symbol, bar in days.items()
            if bar
        }

    async def candles(self, symbol: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
        """Candles of what the venue was walked through, as if it had ended now."""
        if interval not in INTERVALS:
            raise Refused(Refusal.OTHER, f"There are no candles of {interval}. Possible: {', '.join(INTERVALS)}.")
        bars = self._call(
            "GET /api/v1/klines",
            lambda: self.venue.listing(symbol).tape.candles(INTERVALS[interval], self.venue.clock(), start),
        )
        return Listed(
            Candle(
                at=bar.at,
                open=plain(bar.open),
                high=plain(bar.high),
                low=plain(bar.low),
                close=plain(bar.close),
                volume=plain(bar.volume),
            )
            for bar in bars
            if start <= bar.at < end
        )

    async def account(self) -> AccountInfo:
        """Fees and settings."""
        return self._call("GET /api/v1/account", self._info)

    async def balances(self) -> Balances:
        """All balances, lent funds included."""
        return self._call("GET /api/v1/capital", lambda: Balances(self._account.balances))

    async def open_orders(self) -> Listed[OpenOrder]:
        """Every resting order of the account."""
        orders = self._call("GET /api/v1/orders", lambda: list(self._account.open.values()))
        shown, self._shown_last = self._shown_last, {}
        for order in orders:
            before = shown.get(order.id)
            is_same = before is not None and before[0] is order  # an order that changes is another value
            self._shown_last[order.id] = before if before and is_same else (order, translation.open_order(order))
        return Listed(one for _, one in self._shown_last.values())

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """Every fill at or after `since` and before `until`, oldest first."""
        fills = self._call("GET /wapi/v1/history/fills", lambda: fills_at(self._account, self._horizon()))
        end = self.venue.clock() + 1 if until is None else until
        return Listed(translation.fill_of(fill) for fill in fills if since <= fill.at < end)

    async def ended_order(self, symbol: Symbol, order_id: str) -> EndedOrder | Unread | None:
        """An order that the history shows as over."""
        orders = self._call("GET /wapi/v1/history/orders", lambda: orders_at(self._account, self._horizon()))
        found = next((o for o in orders if str(o.id) == order_id and o.symbol == symbol), None)
        return translation.ended_order(found) if found is not None and not found.status.is_open else None

    async def orders_since(self, symbol: Symbol | None, since: int) -> Listed[EndedOrder | OpenOrder]:
        """Orders of a market (None: of all) back to `since`, newest first."""
        orders = self._call("GET /wapi/v1/history/orders", lambda: orders_at(self._account, self._horizon()))
        here = (order for order in reversed(orders) if symbol is None or order.symbol == symbol)
        wanted = [order for order in here if order.created_at >= since]
        return Listed(map(translation.order_of, wanted))

    async def movements(self, since: int) -> Listed[Movement]:
        """Deposits and withdrawals at or after `since`, oldest first."""
        transfers = self._call("GET /wapi/v1/capital/deposits", lambda: list(self._account.transfers))
        wanted = (transfer for transfer in transfers if transfer.at >= since)
        return Listed(move for transfer in wanted for move in translation.movements(transfer))

    async def other_movements(self, since: int) -> Listed[Movement]:
        """Converted dust and interest at or after `since`, oldest first. Nothing can be borrowed here."""
        dust = self._call("GET /wapi/v1/history/dust", lambda: list(self._account.dust))
        interest = self._call("GET /wapi/v1/history/interest", lambda: list(self._account.interest))
        moves = [*(move for one in dust for move in translation.dust_moves(one)), *map(translation.interest, interest)]
        return Listed(sorted((move for move in moves if move.at >= since), key=lambda move: move.at))

    async def settlements(self, since: int) -> Listed[Movement]:
        """What perpetuals settled, by the hour, oldest first."""
        settled = self._call("GET /wapi/v1/history/settlement", lambda: list(self._account.settlements))
        shown = (one for one in settled if since <= one.at <= self._horizon())
        return Listed(settled_hours((one.at, one.amount) for one in shown))

    async def place(self, orders: Sequence[Order]) -> Sequence[Placement]:
        """Send orders in one call; one answer an order. One that breaks a rule of its market spoils the whole."""
        if not orders:
            return []
        call = "POST /api/v1/order" if len(orders) == 1 else "POST /api/v1/orders"
        try:
            return self._call(call, lambda: self._placed_all(orders), changes=True)
        except Refused as refused:
            whole = BatchRefused(refused.reason, refused.text)
            return [refused if len(orders) == 1 else whole] * len(orders)
        except (OutcomeUnknown, Unavailable) as failed:
            return [failed] * len(orders)

    async def cancel(self, symbol: Symbol, *, order_id: str | None, client_id: int | None) -> EndedOrder | None:
        """Cancel by the venue's id, else by ours."""
        number = number_of(order_id) if order_id is not None else None
        try:
            cancelled = self._call(
                "DELETE /api/v1/order",
                lambda: self.venue.cancel(self._key, symbol, order_id=number, client_id=client_id),
                changes=True,
            )
        except _Taken:
            return None
        return translation.ended_order(cancelled)

    async def cancel_all(self, symbol: Symbol) -> Listed[EndedOrder] | None:
        """Cancel everything on a market but what waits for a trigger, as Backpack's client does."""
        try:
            cancelled = self._call(
                "DELETE /api/v1/orders",
                lambda: self.venue.cancel_all(self._key, symbol, waiting=False),
                changes=True,
            )
        except _Taken:
            return None
        return Listed(map(translation.ended_order, cancelled))

    async def set_auto_lend(self, *, on: bool) -> None:
        """Switch the account's auto-lend."""
        self._call("PATCH /api/v1/account", lambda: upkeep.set_auto_lend(self.venue, self._key, on=on), changes=True)

    def _placed_all(self, orders: Sequence[Order]) -> list[Placement]:
        for order in orders if len(orders) > 1 else ():
            self.venue.validate(translation.new_order(order))
        return [self._placed(order) for order in orders]

    def _placed(self, order: Order) -> Placement:
        try:
            placed = self.venue.place(self._key, translation.new_order(order))
        except VenueRefusal as refused:
            return _refused(refused)
        if placed.status.is_open:
            return Accepted(order_id=str(placed.id))
        # The answer to a placement names no reason for its end, only the history does.
        return Ended(ended=ended_at_once(replace(translation.ended_order(placed), reason=None), order))

    def _info(self) -> AccountInfo:
        fees = Fees(maker=self._account.rate(is_maker=True), taker=self._account.rate(is_maker=False))
        return AccountInfo(fees=fees, auto_lend=self._account.auto_lend, auto_borrow=False)

    def _horizon(self) -> int:
        return self.venue.clock() - self.venue.choices.history_lag

    def _call(self, call: str, act: Callable[[], Result], *, changes: bool = False) -> Result:
        """Carry out a call, with the fault that waits for it."""
        fault = self.faults.take(call)
        mode = fault.mode if fault else None
        if mode is FaultMode.LOSE_REQUEST:
            raise no_answer(ConnectionError("the request was lost"), changes=changes)
        is_taken = fault is not None and mode is FaultMode.STATUS and fault.status == TAKEN
        if fault and mode is FaultMode.STATUS and not fault.processed and not is_taken:
            raise failure(fault.status, fault.body, changes=changes)
        try:
            result = act()
        except VenueRefusal as refused:
            raise _refused(refused) from refused
        if is_taken:
            raise _Taken("The exchange has taken the request and not carried it out yet.")
        if fault and mode is FaultMode.STATUS:
            raise failure(fault.status, fault.body, changes=changes)
        if mode is FaultMode.LOSE_ANSWER:
            raise no_answer(ConnectionError("the answer was lost"), changes=changes)
        return result


class _Taken(OutcomeUnknown):
    """Answered with 202; here it is carried out at once, and the caller does not know."""


def _refused(refused: VenueRefusal) -> Refused:
    missing = refused.status == 404 or refused.message == "Order not found"
    return (NotFound if missing else Refused)(refusal(refused.code, refused.message), str(refused))
