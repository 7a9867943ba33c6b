"""Backpack over REST: the `Exchange` of live trading. One method an endpoint; meaning is in `wire` and `facts`."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import httpx

from exchange.backpack import facts, history, klines, trades, wire
from exchange.backpack.aside import rows_of
from exchange.backpack.budget import Budget
from exchange.backpack.errors import NotFound
from exchange.backpack.fields import Fields, fail, items
from exchange.backpack.rest import Answer, Call, Connections, Rest, http_client, system_milliseconds
from exchange.backpack.signing import Param, Params, Signer
from exchange.port import (
    AccountInfo,
    BadAnswer,
    Balances,
    BatchRefused,
    Candle,
    Day,
    Listed,
    Markets,
    Offer,
    OutcomeUnknown,
    PastTrade,
    Placement,
    Refused,
    Unavailable,
)
from strategy.model.ledger import Movement
from strategy.model.market import Asset, Market, Symbol, Touch
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Order, Refusal, Unread
from strategy.reconcile.recovery import SENT_WITHIN, WINDOW

log = logging.getLogger(__name__)

Result = TypeVar("Result")

MOST_ORDERS_A_CALL = 20
DEPTH, DEEP = "5", "1000"

# Backpack allows 2000 a minute, and 30 of market history: we stay below, with those that come at once on top.
CALLS_A_MINUTE = 1800
CALLS_AT_ONCE = 60
HISTORY_A_MINUTE = 24
HISTORY_AT_ONCE = 5


class BackpackClient:
    """One account at Backpack; without a signer only what is public.

    `clock` is this machine's in ms; `window` is how long the exchange accepts a request, in ms. A given `http` client
    stays the caller's to close.
    """

    def __init__(
        self,
        base_url: str,
        signer: Signer | None,
        *,
        http: httpx.AsyncClient | None = None,
        clock: Callable[[], int] = system_milliseconds,
        window: int = WINDOW,
        budget: Budget | None = None,
        history_budget: Budget | None = None,
    ) -> None:
        self._http = Connections(http_client if http is None else lambda: http)
        self._owns_http = http is None
        self._history_budget = history_budget or Budget(
            a_minute=HISTORY_A_MINUTE, burst=HISTORY_AT_ONCE, longest_wait=600
        )
        self._rest = Rest(
            base_url,
            signer,
            http=self._http,
            clock=clock,
            window=window,
            budget=budget or Budget(a_minute=CALLS_A_MINUTE, burst=CALLS_AT_ONCE, longest_wait=30),
        )
        self._resting: tuple[str, Listed[OpenOrder]] | None = None
        """The last answer about open orders: read once, as thousands of rows take longer to read than to fetch."""
        self._kinds: Params = history.SPOT
        """What histories are asked for alone; nothing, once the exchange has refused that."""

    def __repr__(self) -> str:
        return f"BackpackClient({self._rest.base_url!r})"

    async def close(self) -> None:
        """Close our own connections."""
        if self._owns_http:
            await self._http.close()

    @property
    def offset(self) -> int:
        """The exchange's clock less ours, ms, as last measured."""
        return self._rest.offset

    def now(self) -> int:
        """The exchange's clock as far as we know it, ms."""
        return self._rest.now()

    async def measure_offset(self) -> int:
        """Compare the clocks. Done by itself before the first signed call and after a refusal for the time."""
        return await self._rest.measure_offset()

    async def server_time(self) -> int:
        """The exchange's clock, ms."""
        return await self._rest.server_time()

    async def check_status(self) -> None:
        """`Unavailable` where the exchange says that it is in maintenance."""
        status = Fields(await self._public("/api/v1/status"), "status")
        if status.text("status") != "Ok":
            raise Unavailable("maintenance", status.text_or_none("message") or status.text("status"))

    async def markets(self) -> Markets:
        """All spot markets. One that can't be read is logged, and named where its symbol can.

        The list comes from a cache: it is up to a quarter of an hour old.
        """
        return _markets_of(items(await self._public("/api/v1/markets"), "markets"))

    async def market(self, symbol: Symbol) -> Market:
        """A spot market as it is now."""
        market = facts.market_of(await self._public("/api/v1/market", {"symbol": symbol}))
        return market if market.symbol == symbol else fail("market.symbol", "another market's")

    async def touch(self, symbol: Symbol) -> Touch | None:
        """The best bid and ask; None where a side is empty or the market is closed."""
        try:
            depth = await self._public("/api/v1/depth", {"symbol": symbol, "limit": DEPTH})
        except NotFound:
            return None
        return facts.touch_of(depth, symbol)

    async def bids(self, symbol: Symbol) -> Sequence[Offer]:
        """The buyers in the book; none where the market is closed. It costs what a price costs."""
        try:
            depth = await self._public("/api/v1/depth", {"symbol": symbol, "limit": DEEP})
        except NotFound:
            return ()
        return facts.bids_of(depth)

    async def days(self) -> Mapping[Symbol, Day]:
        """The last 24 hours of each market. A row that can't be read is left out: nothing is decided by it."""
        rows = items(await self._public("/api/v1/tickers", {"interval": "1d"}), "tickers")
        return dict(rows_of(rows, facts.day_of, of_orders=False))

    async def candles(self, symbol: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
        """Candles that open in [start, end), ms, oldest first; see `klines`."""
        return await klines.download(self._rest, self._history_budget, symbol, interval, start, end)

    async def trades(self, symbol: Symbol, offset: int) -> Listed[PastTrade]:
        """Public trades, the newest first, from the one that so many are newer than; see `trades`."""
        return await trades.page(self._rest, self._history_budget, symbol, offset)

    async def account(self) -> AccountInfo:
        """Fees and settings."""
        return facts.account_of(await self._private("/api/v1/account", "accountQuery"))

    async def balances(self) -> Balances:
        """All balances. What is lent is hidden from the first list and added from the second.

        Where the second is refused (not offered in a country), nothing is lent if auto-lend is off; if it is on, the
        refusal is passed on: half a balance is worse than none.
        """
        capital = facts.capital_of(await self._private("/api/v1/capital", "balanceQuery"))
        return facts.with_lent(capital, *await self._lent())

    async def open_orders(self) -> Listed[OpenOrder]:
        """Every resting spot order, ours and foreign. An answer that is the last one word for word is not read anew."""
        answer = await self._rest.send(Call(method="GET", path="/api/v1/orders", instruction="orderQueryAll"))
        if self._resting is None or self._resting[0] != answer.text:
            self._resting = answer.text, history.open_orders_of(items(answer.value(), "orders"))
        return self._resting[1]

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """Spot fills at or after `since` and before `until`, system fills included, oldest first."""
        return await self._of_spot(lambda of: history.fills(self._rest, since, until, of))

    async def ended_order(self, symbol: Symbol, order_id: str) -> EndedOrder | Unread | None:
        """An order that the history shows as over."""
        return await history.ended_order(self._rest, symbol, order_id)

    async def orders_since(self, symbol: Symbol | None, since: int) -> Listed[EndedOrder | OpenOrder]:
        """Spot orders of a market (None: of all) that were made at or after `since`, newest first."""
        return await self._of_spot(lambda of: history.orders_since(self._rest, symbol, since, of))

    async def _of_spot(self, read: Callable[[Params], Awaitable[Result]]) -> Result:
        """Read what spot markets have had, or else everything: how a call with that filter is signed is not certain,
        and a refused signature would be taken for a bad key. Whatever else is wrong is refused once more, except for
        the time: the next call has another.
        """
        try:
            return await read(self._kinds)
        except Refused as refused:
            if not self._kinds or refused.reason is Refusal.CLOCK:
                raise
            found = await read({})
            self._kinds = {}
            log.warning("a history with a filter for spot markets is refused: it is read without")
            return found

    async def movements(self, since: int) -> Listed[Movement]:
        """Deposits that have arrived and withdrawals. Their time is that of their making, not of their arrival."""
        return await history.movements(self._rest, since)

    async def other_movements(self, since: int) -> Listed[Movement]:
        """Converted dust, interest and loans."""
        return await history.other_movements(self._rest, since)

    async def settlements(self, since: int) -> Listed[Movement]:
        """What perpetuals settled, by the hour."""
        return await history.settlements(self._rest, since)

    async def place(self, orders: Sequence[Order]) -> Sequence[Placement]:
        """Send up to 20 orders in one call, never twice. One outcome an order; nothing is raised for their fate.

        Each is sent in the time for which its intent is good, or none of them: whoever dates intents goes by `now`.
        Backpack takes up to 50 and looks at all of them first: one that is invalid and all are refused.
        """
        assert len(orders) <= MOST_ORDERS_A_CALL
        if not orders:
            return []
        until = min(order.intended_at for order in orders) + SENT_WITHIN
        try:
            bodies = [wire.order_body(order) for order in orders]
            if len(orders) == 1:
                answer = await self._change("POST", "/api/v1/order", "orderExecute", bodies[0], until=until)
                return [wire.placement(settled(answer), orders[0])]
            answer = await self._change("POST", "/api/v1/orders", "orderExecute", bodies, until=until)
            return wire.placements(settled(answer), orders)
        except Refused as refused:
            whole = BatchRefused(refused.reason, refused.text)
            return [refused if len(orders) == 1 else whole] * len(orders)
        except (OutcomeUnknown, Unavailable) as failed:
            return [failed] * len(orders)

    async def cancel(self, symbol: Symbol, *, order_id: str | None, client_id: int | None) -> EndedOrder | None:
        """Cancel by the exchange's id, else by ours. Does not wait for the budget."""
        body: dict[str, Param] = {"symbol": symbol}
        if order_id is not None:
            body["orderId"] = order_id
        else:
            assert client_id is not None
            body["clientId"] = client_id
        answer = await self._change("DELETE", "/api/v1/order", "orderCancel", body, urgent=True)
        if answer.is_pending:
            return None
        cancelled = wire.order_of(answer.value())
        return cancelled if isinstance(cancelled, EndedOrder) else None

    async def cancel_all(self, symbol: Symbol) -> Listed[EndedOrder] | None:
        """Cancel every resting limit order of a market; trigger orders, which are never ours, stay."""
        body: dict[str, Param] = {"symbol": symbol, "orderType": "RestingLimitOrder"}
        answer = await self._change("DELETE", "/api/v1/orders", "orderCancelAll", body, urgent=True)
        if answer.is_pending:
            return None
        orders = history.orders_of(items(answer.value(), "orders"))
        return Listed((order for order in orders if isinstance(order, EndedOrder)), orders.unread, orders.passed_over)

    async def set_auto_lend(self, *, on: bool) -> None:
        """Switch the account's auto-lend."""
        await self._change("PATCH", "/api/v1/account", "accountUpdate", {"autoLend": on})

    async def _lent(self) -> tuple[Mapping[Asset, Decimal], Mapping[Asset, str]]:
        try:
            return facts.lent_of(await self._private("/api/v1/borrowLend/positions", "borrowLendPositionQuery"))
        except Refused as refused:
            if refused.reason in (Refusal.KEY, Refusal.CLOCK) or (await self.account()).auto_lend:
                raise
            return {}, {}

    async def _public(self, path: str, params: Params | None = None) -> object:
        return (await self._rest.send(Call(method="GET", path=path, params=params))).value()

    async def _private(self, path: str, instruction: str) -> object:
        return (await self._rest.send(Call(method="GET", path=path, instruction=instruction))).value()

    async def _change(
        self,
        method: str,
        path: str,
        instruction: str,
        body: Params | Sequence[Params],
        *,
        urgent: bool = False,
        until: int | None = None,
    ) -> Answer:
        call = Call(method=method, path=path, instruction=instruction, body=body, until=until)
        return await self._rest.send(call, urgent=urgent)


def settled(answer: Answer) -> object:
    """What the exchange says became of a placement; 202 says nothing."""
    if answer.is_pending:
        raise OutcomeUnknown("The exchange has taken the request and not carried it out yet.")
    return answer.value()


def _markets_of(rows: Sequence[object]) -> Markets:
    unread: dict[Symbol, str] = {}

    def read(row: object) -> list[Market]:
        try:
            return [facts.market_of(row)] if facts.is_spot_market(row) else []
        except BadAnswer as unreadable:
            symbol = row.get("symbol") if isinstance(row, dict) else None
            if isinstance(symbol, str):
                unread[Symbol(symbol)] = str(unreadable)
            raise

    listed = rows_of(rows, read, of_orders=False)
    return Markets({market.symbol: market for market in listed}, unread)
