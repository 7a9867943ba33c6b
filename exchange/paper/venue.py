"""The venue: accounts that trade on the matcher's books by an exchange's rules. No wire, no network, no own clock.

What is not trading (transfers, fees, lending, the system's own orders) is in `upkeep.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from exchange.paper.accounts import Account
from exchange.paper.announcements import Listener
from exchange.paper.clearing import Clearing
from exchange.paper.listing import Listing
from exchange.paper.matching import Expiry, Incoming, Trade
from exchange.paper.records import NewOrder, Status, VenueOrder, VenueRefusal
from exchange.paper.rules import Choices, check
from exchange.paper.settlement import reserve_rate
from exchange.paper.triggers import Triggers, pulled, reason, sent, waiting
from strategy.model.market import Asset, BookState, Market, Side, Symbol, Touch
from strategy.model.money import ZERO

FIRST_ORDER_ID = 8_284_661_001
MAKER_BPS = Decimal(8)
TAKER_BPS = Decimal(10)


class Venue:
    """An exchange in memory. Operations raise `VenueRefusal` and then have changed nothing."""

    def __init__(
        self,
        markets: Mapping[Symbol, tuple[Market, Decimal]],
        *,
        clock: Callable[[], int],
        choices: Choices | None = None,
    ) -> None:
        """Markets with the price each starts at; `clock` gives milliseconds since 1970 UTC."""
        self.clock = clock
        self.choices = choices or Choices()
        self.listings = {symbol: Listing(market, price) for symbol, (market, price) in markets.items()}
        self.accounts: dict[str, Account] = {}
        self.clearing = Clearing(clock, self.choices)
        self.next_id = FIRST_ORDER_ID
        self.triggers = Triggers()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every announcement from now on; call what is returned to stop."""
        return self.clearing.news.listen(listener)

    def open_account(
        self,
        key: str,
        balances: Mapping[Asset, Decimal],
        *,
        maker_bps: Decimal = MAKER_BPS,
        taker_bps: Decimal = TAKER_BPS,
    ) -> Account:
        """A new account with what it begins with. Opening balances are no deposits."""
        assert key not in self.accounts
        account = self.accounts[key] = Account(key, maker_bps=maker_bps, taker_bps=taker_bps)
        for asset, amount in balances.items():
            account.change(asset, amount)
        self.clearing.commit(account)
        return account

    def listing(self, symbol: Symbol) -> Listing:
        """A market by its symbol."""
        listing = self.listings.get(symbol)
        if listing is None:
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "Invalid market symbol")
        return listing

    def touch(self, symbol: Symbol) -> Touch:
        """The best bid and ask, resting orders included."""
        return self.listing(symbol).touch(self.clock())

    def walk(
        self,
        symbol: Symbol,
        price: Decimal,
        *,
        at: int | None = None,
        volume: Decimal = ZERO,
        spare: Decimal | None = None,
    ) -> None:
        """The market moves to a price in one go and fills what it trades through.

        `at` is the market's own time where that is not the clock's, `volume` what traded there (for the candles),
        `spare` the part of it that is known to have reached the orders resting exactly at the price.
        """
        listing = self.listing(symbol)
        listing.price = price
        listing.tape.record(price, self.clock() if at is None else at, volume)
        self._moved(listing, listing.book.walk(price, spare) if listing.is_matching else ())

    def quote(self, symbol: Symbol, bid: Decimal, ask: Decimal) -> None:
        """The market's touch is now this (live prices): what it went through is filled.

        A crossed one is no market, only two prices of different moments: whoever takes could buy and sell at it and
        never end. It passes, and nothing trades.
        """
        if bid > ask:
            return
        listing = self.listing(symbol)
        listing.price = bid
        listing.tape.record(bid, self.clock())
        self._moved(listing, listing.book.quote(bid, ask) if listing.is_matching else ())

    def place(self, key: str, new: NewOrder) -> VenueOrder:
        """Take, match and perhaps rest an order, or let it wait for its trigger; the order as it is afterwards."""
        account, listing = self.accounts[key], self.listing(new.symbol)
        self.validate(new)
        self._check_account(account, new)
        if new.trigger is None:
            order = self._numbered(account, new, self._secured(account, listing, new))
            self._match(account, listing, order)
        else:
            order = waiting(self._numbered(account, new, ZERO), new.trigger, listing.price)
            self.clearing.accept(account, order)
            self.triggers.add(order)
            self._pull_triggers(listing)
        self.clearing.commit(account)
        return account.orders[order.id]

    def validate(self, new: NewOrder) -> None:
        """Refuse an order that breaks a rule of its market: what is looked at in all orders of a batch before any."""
        listing = self.listing(new.symbol)
        check(listing.market, new, listing.price, listing.book)
        if new.price is not None and self.choices.secret_rule(new.symbol, new.price):
            raise VenueRefusal("INVALID_ORDER", "Invalid order")

    def cancel(
        self, key: str, symbol: Symbol, *, order_id: int | None = None, client_id: int | None = None
    ) -> VenueOrder:
        """Cancel an open order; the order as it is afterwards."""
        account, listing = self.accounts[key], self.listing(symbol)
        if listing.market.state is BookState.CLOSED:
            raise VenueRefusal("TRADING_PAUSED", "Trading is paused")
        order = account.find(symbol, order_id, client_id)
        if order is None and self.choices.cancel_missing_is_404:
            raise VenueRefusal("RESOURCE_NOT_FOUND", "Not Found", 404)
        if order is None:
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "Order not found")
        self.take_out(order, Status.CANCELLED)
        self.clearing.commit(account)
        return account.orders[order.id]

    def cancel_all(self, key: str, symbol: Symbol, *, waiting: bool | None = None) -> list[VenueOrder]:
        """Cancel an account's open orders on a market: those that wait for a trigger, the others, or (None) all."""
        self.listing(symbol)
        orders = [
            order
            for order in self.accounts[key].open.values()
            if order.symbol == symbol and waiting in (None, order.status is Status.TRIGGER_PENDING)
        ]
        return [self.cancel(key, symbol, order_id=order.id) for order in orders]

    def set_state(self, symbol: Symbol, state: BookState) -> None:
        """Open or restrict a market; one that opens again catches up with the price it has reached."""
        listing = self.listing(symbol)
        listing.market = replace(listing.market, state=state)
        self.walk(symbol, listing.price, at=listing.tape.time)

    def set_rules(self, symbol: Symbol, **changes: Decimal | None) -> None:
        """Change a market's rules by their names; what rests stays as it is, and the price goes to the tick."""
        listing = self.listing(symbol)
        listing.market = replace(listing.market, **changes)  # type: ignore[arg-type]  # rules are decimals or None
        listing.book.change(tick_size=listing.market.tick_size, step_size=listing.market.step_size)
        price = max(listing.market.price_near(listing.price), 2 * listing.market.tick_size)
        self.walk(symbol, price, at=listing.tape.time)

    def take_id(self) -> int:
        """The next order id."""
        self.next_id += 1
        return self.next_id - 1

    def take_out(
        self, order: VenueOrder, status: Status, *, expiry: str | None = None, system: str | None = None
    ) -> None:
        """End an open order and free what it locked. A commit of its account must follow."""
        if order.status is Status.TRIGGER_PENDING:
            self.triggers.drop(order)
            self.clearing.end(order, status, expiry=expiry, system=system)
            return
        listing = self.listing(order.symbol)
        listing.book.cancel(order.id)
        self.clearing.lock(listing, order, -1)
        self.clearing.end(order, status, expiry=expiry, system=system)
        self.clearing.book_changed(listing)

    def _moved(self, listing: Listing, trades: Sequence[Trade]) -> None:
        self.clearing.execute(listing, trades)
        self.clearing.book_changed(listing)
        self._pull_triggers(listing)
        self.clearing.news.flush()

    def _pull_triggers(self, listing: Listing) -> None:
        """Send the orders whose price the market has reached. What can't be sent then is over."""
        due = self.triggers.take_due(listing) if listing.is_matching else ()
        for order in due:
            account = self.accounts[order.account]
            new = sent(order, account, listing)
            try:
                self.validate(new)
                reserve = self._secured(account, listing, new)
            except VenueRefusal as refusal:
                self.clearing.end(order, Status.TRIGGER_FAILED, expiry=reason(refusal, new))
            else:
                self._match(account, listing, pulled(order, new, reserve, self.clock()))
        for key in sorted({order.account for order in due}):  # a listener may act on what it hears: nothing is due now
            self.clearing.commit(self.accounts[key])

    def _secured(self, account: Account, listing: Listing, new: NewOrder) -> Decimal:
        """Make sure that an order may be sent and is paid for; the rate to lock on top for its fee."""
        crosses = new.price is not None and listing.book.crosses(new.side, new.price)
        if new.post_only and crosses and not self.choices.post_only_expires:
            raise VenueRefusal("INVALID_ORDER", "Order would immediately match and take")
        reserve = reserve_rate(account, listing.market, new.side, self.choices.fee_in)
        account.require(listing.paid_asset(new.side), _cost(listing, new) * (1 + reserve), redeem=new.redeem)
        return reserve

    def _check_account(self, account: Account, new: NewOrder) -> None:
        most = self.choices.max_orders
        if most is not None and len(account.open) >= most:
            raise VenueRefusal("ORDER_LIMIT", "Too many open orders")
        checked = self.choices.unique_client_ids and new.client_id is not None
        if checked and account.find(new.symbol, None, new.client_id) is not None:
            raise VenueRefusal("INVALID_CLIENT_REQUEST", "Duplicate client id")

    def _numbered(self, account: Account, new: NewOrder, reserve: Decimal) -> VenueOrder:
        at = self.clock()
        return VenueOrder(
            id=self.take_id(),
            account=account.key,
            symbol=new.symbol,
            side=new.side,
            price=new.price,
            quantity=new.quantity,
            budget=new.budget,
            time_in_force=new.time_in_force,
            post_only=new.post_only,
            client_id=new.client_id,
            self_trade=new.self_trade,
            reserve=reserve,
            redeem=new.redeem,
            created_at=at,
            changed_at=at,
        )

    def _match(self, account: Account, listing: Listing, order: VenueOrder) -> None:
        self.clearing.accept(account, order)
        outcome = listing.book.place(
            Incoming(
                id=order.id,
                owner=order.account,
                side=order.side,
                limit=order.price,
                quantity=order.quantity,
                budget=order.budget,
                time_in_force=order.time_in_force,
                post_only=order.post_only,
                self_trade=order.self_trade,
            )
        )
        self.clearing.execute(listing, outcome.trades)
        for order_id in outcome.removed:
            self.take_out(account.orders[order_id], Status.EXPIRED, expiry=Expiry.SELF_TRADE)
        order = account.orders[order.id]
        if outcome.rests:
            self.clearing.lock(listing, order)
        elif outcome.expiry is not None:
            self.clearing.end(order, Status.EXPIRED, expiry=outcome.expiry)
        elif order.status.is_open:  # a budget is spent when less than a step of it is left
            self.clearing.end(order, Status.FILLED)
        self.clearing.book_changed(listing)


def _cost(listing: Listing, new: NewOrder) -> Decimal:
    """What an order costs at the worst, in what it pays with."""
    worst = new.price if new.price is not None else listing.book.house(new.side.opposite)
    if new.side is Side.BUY:
        cost = new.quantity * worst if new.quantity is not None else new.budget
    else:
        cost = new.quantity if new.quantity is not None else (new.budget or ZERO) / worst
    return cost or ZERO
