"""The wire between a process and the venue: requests and answers travel, and meet the weather. The exchange's port.

What left the process lives on without it: a request that is under way arrives although its sender is dead.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from operator import attrgetter
from random import Random
from typing import Any, TypeVar

from exchange.backpack.errors import failure, no_answer
from exchange.paper.exchange import PaperExchange
from exchange.port import (
    AccountInfo,
    BadAnswer,
    Balances,
    Candle,
    Day,
    ExchangeError,
    Listed,
    Markets,
    Offer,
    OutcomeUnknown,
    Placement,
    Refused,
    Unavailable,
)
from strategy.model.ledger import Movement
from strategy.model.market import BookState, Market, Symbol, Touch
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Order, Refusal, Unread
from tests.road import finished
from tests.simulation.disk import Killed
from tests.simulation.pages import Pages
from tests.simulation.record import Record
from tests.simulation.rows import Rows
from tests.simulation.trips import Trips
from tests.simulation.weather import Calls, Mishap, Way, Weather

Result = TypeVar("Result")
Shown = TypeVar("Shown", OpenOrder, EndedOrder | OpenOrder, Fill)

SILENCE = 10.0
"""Seconds after which the client gives an answer up."""
ACCEPTED_FOR = 5.0
"""Seconds for which the exchange accepts a request, whatever the program takes them for; it may be busy on top."""
BUSY = 3.0

READS = (Calls.READ, Calls.HISTORY)
IN_TIME = (Way.LATE_ANSWER, Way.SLOW)
"""Ways that end with the answer, if it comes before the client gives up."""
NO_BIDS = 20_000
"""Milliseconds."""
ABOUT_RIGHT = 1_000
"""Milliseconds by which a measurement of the clocks may be wrong."""

FIRST = ("open orders", "fills", "movements", "balances")
"""What a process reads before its first order. Movements it need only ask for: wallets may be away for hours."""

_STATUS = {Way.S429: 429, Way.S500: 500, Way.S503: 503, Way.S504: 504, Way.HTML: 502}
_BODY = {
    Way.S429: '{"code":"TOO_MANY_REQUESTS","message":"Too many requests"}',
    Way.S500: "Internal Server Error",
    Way.S503: '{"code":"SERVICE_UNAVAILABLE","message":"Unknown error, please check your request or try again later."}',
    Way.S504: "upstream request timeout",
    Way.HTML: "<html><head><title>502 Bad Gateway</title></head></html>",
}


class Wire:
    """What one process holds of the exchange. `cut` ends it with the process."""

    def __init__(
        self, paper: PaperExchange, weather: Weather, record: Record, now: Callable[[], int], trips: Trips
    ) -> None:
        self._paper = paper
        self._weather = weather
        self._record = record
        self._now = now
        self._trips = trips
        self.is_cut = False
        self.dies_at: str | None = None
        """Let the process die at its next placement: before the request leaves, or right after."""
        self.died: Callable[[], None] = lambda: None
        self.off_by: Callable[[], int] = lambda: 0
        """Milliseconds by which the process's clock is off: signed calls are refused for it until it is measured."""
        self.on_measured: Callable[[], None] = lambda: None
        self.bad_print: Decimal | None = None
        """The next price that is read is this part of the true one, and after it there are no bids for a while."""
        self.misprinted: Callable[[], None] = lambda: None
        """Called when that price is read."""
        self.no_bids_until = 0
        self.pages: Random | None = None
        """While set, the history is cut into pages differently each time."""
        self.rows: Rows | None = None
        """While set, lists come with rows that nobody can read."""
        self.paged: Pages | None = None
        """While set, fills of perpetuals stand between those of the grids."""
        self.lists_settled: Callable[[Listed[Movement]], Listed[Movement]] = lambda hours: hours
        """What is shown of that which perpetuals settled."""
        self.is_hollow: Callable[[str], bool] = lambda _: False
        """Whether the exchange answers with an empty list now, as if there were nothing."""
        self.kept: Callable[[Markets], Markets] = lambda markets: markets
        """What a cache shows of the markets."""
        self.lacks: Callable[[str, str], bool] = lambda _, __: False
        """Whether a list comes without the row of a key now."""
        self._seen: set[str] | None = None
        """What the last read of the open orders showed; None where it left rows out."""
        self._unread = set(FIRST)
        """What this process has not read yet of what it must know before it sends anything."""

    def cut(self) -> None:
        """The process is dead."""
        self.is_cut = True

    async def server_time(self) -> int:
        """The venue's clock."""
        return await self._read(self._paper.server_time, signed=False)

    async def measure(self) -> None:
        """Compare the clocks: what is about right is left as it is."""
        await self.server_time()
        if abs(self.off_by()) > ABOUT_RIGHT:
            self.on_measured()

    async def markets(self) -> Markets:
        """All markets."""
        markets = self.kept(await self._read(self._paper.markets, signed=False))
        return Markets() if self.is_hollow("markets") else markets

    async def market(self, symbol: Symbol) -> Market:
        """A market as it is now: at once, as a call that is made now and then would give each world another weather."""
        if self.is_cut:
            raise Killed
        return await self._paper.market(symbol)

    async def touch(self, symbol: Symbol) -> Touch | None:
        """The best bid and ask; None where the market is closed."""
        listing = self._paper.venue.listing(symbol)
        if listing.market.state is BookState.CLOSED or self._now() < self.no_bids_until:
            return None
        touch = await self._read(lambda: self._paper.touch(symbol), signed=False, symbol=symbol)
        if touch is not None and self.bad_print is not None:
            part, self.bad_print = self.bad_print, None
            self.misprinted()
            self.no_bids_until = self._now() + NO_BIDS
            return replace(touch, bid=touch.bid * part)
        return touch

    async def bids(self, symbol: Symbol) -> Sequence[Offer]:
        """The buyers in the book."""
        return await self._read(lambda: self._paper.bids(symbol), signed=False, symbol=symbol)

    async def days(self) -> Mapping[Symbol, Day]:
        """The last day of each market."""
        return await self._read(self._paper.days, signed=False)

    async def candles(self, symbol: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
        """Market history."""
        return await self._read(lambda: self._paper.candles(symbol, interval, start, end), signed=False, symbol=symbol)

    async def account(self) -> AccountInfo:
        """Fees and settings."""
        return await self._read(self._paper.account)

    async def balances(self) -> Balances:
        """All balances."""
        balances = await self._read(self._paper.balances, what="balances")
        return Balances() if self.is_hollow("balances") else balances

    async def open_orders(self) -> Listed[OpenOrder]:
        """Every resting order."""
        where = self.rows or self._paper
        whole = await self._read(where.open_orders, what="open orders")
        listed = self._thinned("open orders", whole)
        self._record.hidden = {one.client_id for one in whole} - {one.client_id for one in listed}
        self._seen = {order.order_id for order in listed} if not listed.passed_over else None
        return listed

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """The fill history, as far as the pages went."""
        where = self.rows or self.paged or self._paper
        found = await self._read(lambda: where.fills(since, until), what="fills", calls=Calls.HISTORY)
        found = self._thinned("fills", found)
        if self.pages is None or not found:
            return found
        left = found[: len(found) - self.pages.randint(0, min(5, len(found)))]
        return Listed(left, found.unread, cut=found.cut)

    async def ended_order(self, symbol: Symbol, order_id: str) -> EndedOrder | Unread | None:
        """An order of the history."""
        if self.is_hollow("history") or self.lacks("history", order_id):
            return await self._read(_nothing, symbol=symbol, calls=Calls.HISTORY)
        if self.rows is not None:
            rows = self.rows
            return await self._read(lambda: rows.ended_order(order_id), symbol=symbol, calls=Calls.HISTORY)
        return await self._read(lambda: self._paper.ended_order(symbol, order_id), symbol=symbol, calls=Calls.HISTORY)

    async def orders_since(self, symbol: Symbol | None, since: int) -> Listed[EndedOrder | OpenOrder]:
        """The order history."""
        where = self.rows or self._paper
        orders = await self._read(lambda: where.orders_since(symbol, since), symbol=symbol, calls=Calls.HISTORY)
        return self._thinned("history", orders)

    def _thinned(self, name: str, rows: Listed[Shown]) -> Listed[Shown]:
        """Without what the list leaves out now."""
        if self.is_hollow(name):
            return Listed(cut=rows.cut)
        key = attrgetter("key" if name == "fills" else "order_id")
        shown = [row for row in rows if not self.lacks(name, key(row))]
        return Listed(shown, rows.unread, rows.passed_over, cut=rows.cut, newest_at=rows.newest_at)

    async def movements(self, since: int) -> Listed[Movement]:
        """Deposits and withdrawals."""
        self._unread.discard("movements")
        return await self._read(lambda: self._paper.movements(since), calls=Calls.HISTORY)

    async def other_movements(self, since: int) -> Listed[Movement]:
        """Converted dust and interest."""
        return await self._read(lambda: self._paper.other_movements(since), calls=Calls.HISTORY)

    async def settlements(self, since: int) -> Listed[Movement]:
        """What perpetuals settled."""
        return self.lists_settled(await self._read(lambda: self._paper.settlements(since), calls=Calls.HISTORY))

    async def set_auto_lend(self, *, on: bool) -> None:
        """Switch auto-lend."""
        await self._call(Calls.CANCEL, lambda: finished(self._paper.set_auto_lend(on=on)), signed=True)

    async def place(self, orders: Sequence[Order]) -> Sequence[Placement]:
        """Send orders."""
        if self.dies_at == "before sending":
            self._die()
        if self._unread:
            self._record.broken("looks before it sends", f"has not read {sorted(self._unread)}")
        self._record.sending(orders)
        if self.dies_at == "after sending":
            if not self._is_expired():
                self._trips.begin(self._weather.hang(), self._record.placed, orders)
            self._die()
        answer = self._leave(Calls.PLACE, lambda: self._record.placed(orders), signed=True)
        try:
            outcomes = await answer
            self._record.heard(orders, outcomes)
            return outcomes
        except (Refused, OutcomeUnknown, Unavailable) as failed:
            return [failed] * len(orders)

    async def cancel(self, symbol: Symbol, *, order_id: str | None, client_id: int | None) -> EndedOrder | None:
        """Cancel one order."""
        return await self._call(
            Calls.CANCEL, lambda: self._record.cancelled(symbol, order_id=order_id, client_id=client_id), signed=True
        )

    async def cancel_all(self, symbol: Symbol) -> Listed[EndedOrder] | None:
        """Cancel everything on a market."""
        seen = self._seen
        return await self._call(Calls.CANCEL, lambda: self._record.all_cancelled(symbol, seen), signed=True)

    async def _read(
        self,
        ask: Callable[[], Coroutine[Any, Any, Result]],
        *,
        signed: bool = True,
        what: str = "",
        symbol: Symbol | None = None,
        calls: Calls = Calls.READ,
    ) -> Result:
        found = await self._leave(calls, lambda: finished(ask()), signed=signed, symbol=symbol)
        self._unread.discard(what)
        return found

    async def _call(self, calls: Calls, act: Callable[[], Result], *, signed: bool) -> Result:
        return await self._leave(calls, act, signed=signed)

    def _leave(
        self, calls: Calls, act: Callable[[], Result], *, signed: bool, symbol: Symbol | None = None
    ) -> asyncio.Future[Result]:
        """The request leaves the process; the answer, if one comes, is in the future."""
        if self.is_cut:
            raise Killed
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        mishap = self._weather.meet(calls, self._now(), symbol)
        if signed and self._is_expired():
            loop.call_later(self._weather.latency(), self._expired, answer)
        elif mishap is None:
            self._trips.begin(self._weather.latency(), self._arrive, answer, act)
        else:
            self._met(answer, act, calls, mishap)
        return answer

    def _is_expired(self) -> bool:
        """Whether the exchange refuses for its time what is signed now."""
        return abs(self.off_by()) > ACCEPTED_FOR * 1000

    def _expired(self, answer: asyncio.Future[Any]) -> None:
        self.on_measured()
        _fail(answer, Refused(Refusal.CLOCK, "Request has expired"))

    def _arrive(self, answer: asyncio.Future[Result], act: Callable[[], Result]) -> None:
        back = asyncio.get_running_loop().call_later
        try:
            result = act()
        except ExchangeError as refused:
            back(self._weather.latency(), _fail, answer, refused)
        else:
            back(self._weather.latency(), _tell, answer, result)

    def _met(self, answer: asyncio.Future[Result], act: Callable[[], Result], calls: Calls, mishap: Mishap) -> None:
        later = asyncio.get_running_loop().call_later
        later(SILENCE, self._no_answer, answer, calls)
        if _is_carried_out(mishap):
            self._trips.begin(mishap.travel, self._act, answer, act, mishap)
        if mishap.way not in IN_TIME:
            later(mishap.patience, self._wrong, answer, calls, mishap.way)

    def _act(self, answer: asyncio.Future[Result], act: Callable[[], Result], mishap: Mishap) -> None:
        try:
            result = act()
        except ExchangeError as refused:
            if mishap.way in IN_TIME:
                asyncio.get_running_loop().call_later(mishap.back, _fail, answer, refused)
            return
        if mishap.way in IN_TIME:
            asyncio.get_running_loop().call_later(mishap.back, _tell, answer, result)

    def _wrong(self, answer: asyncio.Future[Any], calls: Calls, way: Way) -> None:
        changes = calls not in READS
        if way in _STATUS:
            _fail(answer, failure(_STATUS[way], _BODY[way], changes=changes))
        elif way is Way.EMPTY or (way is Way.S202 and not changes):
            _fail(answer, BadAnswer("answer: no JSON"))
        elif way is Way.S202 and calls is Calls.CANCEL:
            _tell(answer, None)
        elif way is Way.S202:
            _fail(answer, OutcomeUnknown("The exchange has taken the request and not carried it out yet."))
        else:
            self._no_answer(answer, calls)

    @staticmethod
    def _no_answer(answer: asyncio.Future[Any], calls: Calls) -> None:
        _fail(answer, no_answer(ConnectionError("the connection was lost"), changes=calls not in READS))

    def _die(self) -> None:
        self.dies_at = None
        self.died()
        raise Killed


async def _nothing() -> None:
    """An order that the history does not show."""


def _is_carried_out(mishap: Mishap) -> bool:
    if mishap.way in (Way.LOSE_REQUEST, Way.S429) or mishap.travel >= ACCEPTED_FOR + BUSY:
        return False
    return mishap.carried_out or mishap.way not in (Way.S500, Way.S503, Way.S504, Way.HTML)


def _tell(answer: asyncio.Future[Any], result: Any) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
