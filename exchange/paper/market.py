"""Paper mode: live public prices, a simulated venue on this machine. No order leaves it, and no key is needed."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.backpack.client import BackpackClient
from exchange.backpack.stream import BackpackStream
from exchange.news import Connected, Disconnected, StreamEvent, TouchSeen
from exchange.paper.exchange import PaperExchange
from exchange.paper.listing import Listing
from exchange.paper.snapshot import restore, snapshot
from exchange.paper.state import StateDamaged, StateFile, StateOfAnother
from exchange.paper.venue import Venue
from exchange.port import AccountInfo, Balances, Candle, Day, Listed, Markets, Offer, Placement
from strategy.model.ledger import Movement
from strategy.model.market import Asset, Market, Side, Symbol, Touch
from strategy.model.money import ZERO
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Order, Unread

log = logging.getLogger(__name__)

KEY = "paper"
DATABASE = "database"
"""Where the file names the database that it belongs to; one from before has no name."""
_ANOTHERS = (
    "The paper venue's file {file} belongs to another database. Nothing was touched. Put that database back,"
    " or move the file away to begin anew on paper."
)


class PaperMarket:
    """An `Exchange` and a stream: prices are Backpack's, orders and balances are the venue's."""

    def __init__(
        self,
        client: BackpackClient,
        ws_url: str,
        *,
        state: Path | None,
        database: str,
        usdc: Decimal | None,
        clock: Callable[[], int],
    ) -> None:
        self._client = client
        self._file = StateFile(state) if state else None
        self._venue = Venue({}, clock=clock)
        self._markets: Mapping[Symbol, Market] = {}
        self._kept = _kept(self._file, state) if self._file else None
        self._database = database
        if state and self._kept and self._kept.get(DATABASE, database) != database:
            raise StateOfAnother(_ANOTHERS.format(file=state))
        self._usdc = usdc or ZERO
        self._paper: PaperExchange | None = None
        self._listener: Callable[[StreamEvent], None] = _nobody
        self._stream = BackpackStream(ws_url, None, (), self._on_price, clock=clock)

    def hear(self, listener: Callable[[StreamEvent], None]) -> None:
        """Where the news go."""
        self._listener = listener

    def watch(self, symbols: Iterable[Symbol]) -> None:
        """Follow the prices of these markets."""
        self._stream.watch(symbols)

    async def run(self) -> None:
        """Follow the prices until cancelled."""
        await self._stream.run()

    async def server_time(self) -> int:
        """This machine's clock: the venue is here."""
        return self._venue.clock()

    async def markets(self) -> Markets:
        """Backpack's markets. The first answer opens the venue, with what it held when the program ended."""
        self._markets = await self._client.markets()
        if self._paper is None:
            self._open()
        for symbol, listing in self._venue.listings.items():
            listing.market = self._markets.get(symbol, listing.market)
        return self._markets

    async def market(self, symbol: Symbol) -> Market:
        """Backpack's market as it is now; the venue goes by it, too."""
        market = await self._client.market(symbol)
        listing = self._venue.listings.get(symbol)
        if listing is not None:
            listing.market = market
        return market

    async def touch(self, symbol: Symbol) -> Touch | None:
        """The best bid and ask at Backpack; the venue fills what they went through."""
        touch = await self._client.touch(symbol)
        if touch is not None:
            self._quote(touch)
        return touch

    async def bids(self, symbol: Symbol) -> Sequence[Offer]:
        """The buyers at Backpack, with our own on paper among them."""
        bids = {offer.price: offer.quantity for offer in await self._client.bids(symbol)}
        for order in await self._account.open_orders():
            if order.symbol == symbol and order.side is Side.BUY and order.price is not None:
                bids[order.price] = bids.get(order.price, ZERO) + order.quantity - order.executed
        return tuple(Offer(price=price, quantity=bids[price]) for price in sorted(bids, reverse=True))

    async def days(self) -> Mapping[Symbol, Day]:
        """Backpack's tickers."""
        return await self._client.days()

    async def candles(self, symbol: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
        """Backpack's candles."""
        return await self._client.candles(symbol, interval, start, end)

    async def account(self) -> AccountInfo:
        """The venue's fees: those of Backpack's first tier."""
        return await self._account.account()

    async def balances(self) -> Balances:
        """The paper balances."""
        return await self._account.balances()

    async def open_orders(self) -> Listed[OpenOrder]:
        """The paper orders."""
        return await self._account.open_orders()

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """The paper fills."""
        return await self._account.fills(since, until)

    async def ended_order(self, symbol: Symbol, order_id: str) -> EndedOrder | Unread | None:
        """A paper order that is over."""
        return await self._account.ended_order(symbol, order_id)

    async def orders_since(self, symbol: Symbol | None, since: int) -> Listed[EndedOrder | OpenOrder]:
        """The paper order history."""
        return await self._account.orders_since(symbol, since)

    async def movements(self, since: int) -> Listed[Movement]:
        """Paper deposits: none."""
        return await self._account.movements(since)

    async def other_movements(self, since: int) -> Listed[Movement]:
        """Nothing of the kind happens on paper."""
        return await self._account.other_movements(since)

    async def settlements(self, since: int) -> Listed[Movement]:
        """There are no perpetuals on paper."""
        return await self._account.settlements(since)

    async def set_auto_lend(self, *, on: bool) -> None:
        """Nothing is lent on paper unless somebody asks for it."""
        await self._account.set_auto_lend(on=on)

    async def place(self, orders: Sequence[Order]) -> Sequence[Placement]:
        """Place on the venue."""
        placed = await self._account.place(orders)
        self._save()
        return placed

    async def cancel(self, symbol: Symbol, *, order_id: str | None, client_id: int | None) -> EndedOrder | None:
        """Cancel on the venue."""
        ended = await self._account.cancel(symbol, order_id=order_id, client_id=client_id)
        self._save()
        return ended

    async def cancel_all(self, symbol: Symbol) -> Listed[EndedOrder] | None:
        """Cancel everything on a market of the venue."""
        ended = await self._account.cancel_all(symbol)
        self._save()
        return ended

    @property
    def _account(self) -> PaperExchange:
        assert self._paper is not None, "the markets are read first"
        return self._paper

    def _open(self) -> None:
        if self._kept:
            markets = self._still_there()
            self._venue.listings = {symbol: Listing(self._markets[symbol], Decimal(1)) for symbol in markets}
            restore(self._venue, {**self._kept, "markets": markets})
        else:
            self._venue.open_account(KEY, {Asset("USDC"): self._usdc})
            self._save()
        self._paper = PaperExchange(self._venue, KEY)
        self._paper.subscribe(self._on_venue)

    def _still_there(self) -> dict[Symbol, Any]:
        """What was kept of the markets that Backpack has not delisted in the meantime."""
        kept = self._kept["markets"] if self._kept else {}
        return {Symbol(symbol): market for symbol, market in kept.items() if symbol in self._markets}

    def _on_price(self, event: StreamEvent) -> None:
        if isinstance(event, TouchSeen):
            self._quote(event.touch)
            self._listener(event)
        elif isinstance(event, Connected | Disconnected):
            self._listener(event)

    def _on_venue(self, event: StreamEvent) -> None:
        if not isinstance(event, TouchSeen):
            self._listener(event)

    def _quote(self, touch: Touch) -> None:
        if touch.symbol not in self._markets:
            return
        if touch.symbol not in self._venue.listings:
            self._venue.listings[touch.symbol] = Listing(self._markets[touch.symbol], touch.bid)
        before = self._venue.next_id, self._fill_count()
        self._venue.quote(touch.symbol, touch.bid, touch.ask)
        if before != (self._venue.next_id, self._fill_count()):
            self._save()

    def _fill_count(self) -> int:
        account = self._venue.accounts.get(KEY)
        return len(account.fills) if account else 0

    def _save(self) -> None:
        """What is not saved now is saved with the next change: nobody's money is at stake."""
        try:
            if self._file:
                self._file.save({**snapshot(self._venue), DATABASE: self._database})
        except OSError as failure:
            log.error("paper event=unsaved text=%r", str(failure))


def _kept(file: StateFile, path: Path | None) -> dict[str, Any] | None:
    try:
        return file.load()
    except (ValueError, AssertionError) as damaged:
        msg = f"The paper venue's file {path} is damaged. Move it away together with the paper database to begin anew."
        raise StateDamaged(msg) from damaged


def _nobody(_: StreamEvent) -> None:
    """Until somebody listens."""
