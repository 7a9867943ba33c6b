"""The venue keeps its books whatever two accounts do to it: a random world of orders, walks, transfers and restarts."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.paper import upkeep
from exchange.paper.announcements import Announcement, BalanceChanged, OrderChanged
from exchange.paper.listing import default_markets
from exchange.paper.matching import SelfTrade, TimeInForce
from exchange.paper.records import NewOrder, Status, VenueOrder, VenueRefusal
from exchange.paper.rules import Choices, FeeIn
from exchange.paper.snapshot import restore, snapshot
from exchange.paper.translation import fill_of
from exchange.paper.venue import Venue
from strategy.model.ledger import flow_of
from strategy.model.market import Asset, Balance, Side, Symbol
from strategy.model.money import ZERO

ETH = Symbol("ETH_USDC")
KEYS = ("alice", "bob")
OPENING = {Asset("USDC"): Decimal(10_000), Asset("ETH"): Decimal(5)}
NEAR = st.integers(199_000, 201_000).map(lambda cents: Decimal(cents) / 100)
CLOSE = st.integers(-8, 8).map(lambda cents: Decimal(2000) + Decimal(cents) / 100)
PRICES = st.one_of(CLOSE, NEAR)
QUANTITIES = st.integers(1, 30_000).map(lambda steps: Decimal(steps) / 10_000)
BPS = st.integers(-2, 20).map(Decimal)
LIMIT_ORDERS = st.builds(
    NewOrder,
    symbol=st.just(ETH),
    side=st.sampled_from(Side),
    price=PRICES,
    quantity=QUANTITIES,
    time_in_force=st.sampled_from(TimeInForce),
    self_trade=st.sampled_from(SelfTrade),
    redeem=st.booleans(),
)
MAKER_ORDERS = LIMIT_ORDERS.map(lambda order: replace(order, post_only=True, time_in_force=TimeInForce.GTC))
MARKET_ORDERS = st.builds(
    NewOrder,
    symbol=st.just(ETH),
    side=st.sampled_from(Side),
    quantity=QUANTITIES,
    self_trade=st.sampled_from(SelfTrade),
)
BUDGET_ORDERS = MARKET_ORDERS.map(lambda order: replace(order, quantity=None, budget=(order.quantity or ZERO) * 2000))


class VenueWorld(RuleBasedStateMachine):
    """Two accounts, one market, everything that can be done to them."""

    @initialize(fee_in=st.sampled_from(FeeIn), part=st.sampled_from([None, Decimal("0.3"), Decimal("0.0001")]))
    def open(self, fee_in: FeeIn, part: Decimal | None) -> None:
        self.now = 1_770_000_000_000
        self.choices = Choices(fee_in=fee_in)
        self.part = (lambda left: min(left, part)) if part else None
        self.deposits = {asset: 2 * amount for asset, amount in OPENING.items()}
        self.told: dict[tuple[str, Asset], Balance] = {}
        self.orders_told: dict[int, VenueOrder] = {}
        self.venue = self.fresh()
        for key in KEYS:
            self.venue.open_account(key, OPENING)

    def fresh(self) -> Venue:
        venue = Venue({ETH: default_markets()[ETH]}, clock=lambda: self.now, choices=self.choices)
        venue.listing(ETH).book.part = self.part
        venue.listen(self.hear)
        return venue

    def hear(self, news: Announcement) -> None:
        match news:
            case BalanceChanged():
                self.told[news.account, news.asset] = news.balance
            case OrderChanged():
                self.orders_told[news.order.id] = news.order
            case _:
                pass

    def attempt(self, act: Callable[[], object]) -> None:
        """Do it; a refusal must leave everything as it was."""
        before = self.state()
        try:
            act()
        except VenueRefusal:
            assert self.state() == before

    def state(self) -> object:
        accounts = [(a.balances.copy(), a.orders.copy(), len(a.fills)) for a in self.venue.accounts.values()]
        return accounts, self.venue.next_id, self.venue.listing(ETH).next_trade_id

    @rule(key=st.sampled_from(KEYS), order=st.one_of(LIMIT_ORDERS, MAKER_ORDERS))
    def limit_order(self, key: str, order: NewOrder) -> None:
        self.attempt(lambda: self.venue.place(key, order))

    @rule(key=st.sampled_from(KEYS), order=st.one_of(MARKET_ORDERS, BUDGET_ORDERS))
    def market_order(self, key: str, order: NewOrder) -> None:
        self.attempt(lambda: self.venue.place(key, order))

    @rule(key=st.sampled_from(KEYS), which=st.integers(0, 50))
    def cancel(self, key: str, which: int) -> None:
        orders = list(self.venue.accounts[key].open)
        if orders:
            self.venue.cancel(key, ETH, order_id=orders[which % len(orders)])

    @rule(key=st.sampled_from(KEYS))
    def cancel_all(self, key: str) -> None:
        self.venue.cancel_all(key, ETH)

    @rule(price=PRICES, seconds=st.integers(0, 100))
    def walk(self, price: Decimal, seconds: int) -> None:
        self.now += seconds * 1000
        self.venue.walk(ETH, price)

    @rule(bid=PRICES, ticks=st.integers(1, 20))
    def quote(self, bid: Decimal, ticks: int) -> None:
        self.venue.quote(ETH, bid, bid + Decimal(ticks) / 100)

    @rule(key=st.sampled_from(KEYS), asset=st.sampled_from(list(OPENING)), amount=st.integers(-50, 50).map(Decimal))
    def transfer(self, key: str, asset: Asset, amount: Decimal) -> None:
        try:
            upkeep.transfer(self.venue, key, asset, amount)
        except VenueRefusal:
            return
        self.deposits[asset] += amount

    @rule(key=st.sampled_from(KEYS), maker=BPS, taker=BPS)
    def fees(self, key: str, maker: Decimal, taker: Decimal) -> None:
        upkeep.set_fees(self.venue, key, maker_bps=maker, taker_bps=taker)

    @rule(key=st.sampled_from(KEYS), on=st.booleans())
    def auto_lend(self, key: str, on: bool) -> None:
        upkeep.set_auto_lend(self.venue, key, on=on)

    @rule(key=st.sampled_from(KEYS))
    def dust(self, key: str) -> None:
        upkeep.convert_dust(self.venue, key)

    @rule(key=st.sampled_from(KEYS), side=st.sampled_from(Side), quantity=QUANTITIES)
    def system_fill(self, key: str, side: Side, quantity: Decimal) -> None:
        price = Decimal(2000)
        self.attempt(
            lambda: upkeep.system_fill(self.venue, key, ETH, side, price, quantity, system="CollateralConversion")
        )

    @rule()
    def restart(self) -> None:
        """Through JSON text, and nothing is different afterwards."""
        before = snapshot(self.venue)
        self.venue = self.fresh()
        restore(self.venue, json.loads(json.dumps(before)))
        assert snapshot(self.venue) == before

    @invariant()
    def money_is_conserved(self) -> None:
        for asset, amount in self.deposits.items():
            held = sum((account.balance(asset).total for account in self.venue.accounts.values()), ZERO)
            clearing = self.venue.clearing
            assert held + clearing.house.get(asset, ZERO) + clearing.fees.get(asset, ZERO) == amount

    @invariant()
    def no_part_of_a_balance_is_negative(self) -> None:
        for account in self.venue.accounts.values():
            for balance in account.balances.values():
                assert min(balance.available, balance.locked, balance.lent) >= 0

    @invariant()
    def what_is_locked_is_what_the_open_orders_need(self) -> None:
        for account in self.venue.accounts.values():
            for side, asset in ((Side.BUY, Asset("USDC")), (Side.SELL, Asset("ETH"))):
                needs = (order.need(order.remaining) for order in account.open.values() if order.side is side)
                assert account.balance(asset).locked == sum(needs, ZERO)

    @invariant()
    def nothing_fills_at_a_worse_price_than_its_limit_or_beyond_its_quantity(self) -> None:
        for account in self.venue.accounts.values():
            for fill in account.fills:
                order = account.orders[fill.order_id]
                sign = 1 if order.side is Side.BUY else -1
                assert order.price is None or sign * fill.price <= sign * order.price
            for order in account.orders.values():
                fills = [fill.quantity for fill in account.fills if fill.order_id == order.id]
                assert order.executed == sum(fills, ZERO)
                assert order.quantity is None or order.executed <= order.quantity
                assert (order.status is Status.FILLED) == (order.executed == order.quantity) or order.budget

    @invariant()
    def the_fills_explain_the_balances(self) -> None:
        """What the ledger computes from fills and transfers is what the venue holds."""
        for account in self.venue.accounts.values():
            base, quote = Asset("ETH"), Asset("USDC")
            flows = [flow_of(fill_of(fill), base, quote) for fill in account.fills]
            for asset, flow in ((base, [f.base for f in flows]), (quote, [f.quote for f in flows])):
                moved = sum((t.amount for t in account.transfers if t.asset == asset), ZERO)
                dust = sum((d.received if asset == quote else -d.quantity for d in account.dust), ZERO)
                assert OPENING[asset] + moved + dust + sum(flow, ZERO) == account.balance(asset).total

    @invariant()
    def the_book_is_never_crossed_and_its_orders_are_the_open_ones(self) -> None:
        book = self.venue.listing(ETH).book
        assert book.bid < book.ask
        resting = {order.id: order.remaining for side in Side for order in book.resting(side)}
        open_orders = {o.id: o.remaining for account in self.venue.accounts.values() for o in account.open.values()}
        assert resting == open_orders

    @invariant()
    def whoever_listened_knows_everything(self) -> None:
        for account in self.venue.accounts.values():
            for asset, balance in account.balances.items():
                assert self.told.get((account.key, asset), balance) == balance
            for order in account.orders.values():
                assert order.budget is not None or self.orders_told[order.id] == order


TestVenueWorld = VenueWorld.TestCase
TestVenueWorld.settings = settings(max_examples=40, stateful_step_count=40)
