"""The clearing: what trades and the ends of orders do to accounts, the house and the fees, announced as it happens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from exchange.paper.accounts import Account
from exchange.paper.announcements import BalanceChanged, BookChanged, Change, News, OrderChanged, Traded
from exchange.paper.listing import Listing
from exchange.paper.matching import Trade
from exchange.paper.records import PublicTrade, Status, VenueOrder
from exchange.paper.rules import Choices
from exchange.paper.settlement import settle
from strategy.model.market import Asset, Side
from strategy.model.money import ZERO


class Clearing:
    """Keeps the money right. The sum over accounts, house and fees changes only by deposits and withdrawals."""

    def __init__(self, clock: Callable[[], int], choices: Choices) -> None:
        self.clock = clock
        self.choices = choices
        self.news = News()
        self.owners: dict[int, Account] = {}
        """Whose each open order is."""
        self.house: dict[Asset, Decimal] = {}
        """What the house gained or lost by trading with the accounts."""
        self.fees: dict[Asset, Decimal] = {}
        """What the accounts paid."""

    def accept(self, account: Account, order: VenueOrder) -> None:
        """An order was taken: it may trade now, or waits for its trigger."""
        self.owners[order.id] = account
        change = Change.TRIGGER_PLACED if order.status is Status.TRIGGER_PENDING else Change.ACCEPTED
        self.news.tell(OrderChanged(change=change, order=account.put(order)))

    def lock(self, listing: Listing, order: VenueOrder, sign: int = 1) -> None:
        """Lock what a resting order needs, or with -1 free it."""
        need = sign * order.need(order.remaining)
        self.owners[order.id].change(listing.paid_asset(order.side), -need, locked=need)

    def execute(self, listing: Listing, trades: Sequence[Trade]) -> None:
        """Carry out what the matcher found."""
        for trade in trades:
            at, trade_id = self.clock(), listing.next_trade_id
            listing.next_trade_id += 1
            for order_id in (trade.maker, trade.taker):
                if order_id is not None:
                    self._settle(listing, trade, order_id, trade_id, at)
            self._publish(listing, trade, trade_id, at)

    def end(self, order: VenueOrder, status: Status, *, expiry: str | None = None, system: str | None = None) -> None:
        """An open order is over, and the matcher no longer has it."""
        account = self.owners.pop(order.id)
        ended = account.put(replace(order, status=status, expiry=expiry, system=system, changed_at=self.clock()))
        if status is not Status.FILLED:  # the last fill has told that already
            self.news.tell(OrderChanged(change=_ENDS[status], order=ended))

    def book_changed(self, listing: Listing) -> None:
        """The price or the resting orders of a market changed."""
        listing.update_id += 1
        self.news.tell(BookChanged(symbol=listing.market.symbol, update_id=listing.update_id, at=self.clock()))

    def commit(self, account: Account) -> None:
        """End an operation on an account: announce everything that changed."""
        self._tell_balances(account)
        self.news.flush()

    def pay_house(self, amounts: Mapping[Asset, Decimal]) -> None:
        """What the house gets, or with a minus gives."""
        for asset, amount in amounts.items():
            _add(self.house, asset, amount)

    def _settle(self, listing: Listing, trade: Trade, order_id: int, trade_id: int, at: int) -> None:
        account = self.owners[order_id]
        order, fill = settle(
            account,
            account.orders[order_id],
            listing.market,
            trade,
            self.choices.fee_in,
            trade_id=trade_id,
            at=at,
        )
        if order.status is Status.FILLED:
            del self.owners[order_id]
        _add(self.fees, fill.fee_asset, fill.fee)
        if trade.maker is None or trade.taker is None:
            sign = 1 if order.side is Side.BUY else -1
            value = fill.quantity * fill.price
            self.pay_house({listing.market.base: -sign * fill.quantity, listing.market.quote: sign * value})
        self.news.tell(OrderChanged(change=Change.FILL, order=order, fill=fill))
        # What the taker redeemed for the rest of his order is not idle yet: his funds are swept when he is done.
        self._tell_balances(account, sweep=order_id == trade.maker)

    def _publish(self, listing: Listing, trade: Trade, trade_id: int, at: int) -> None:
        maker, taker = trade.maker or 0, trade.taker or 0
        buyer_is_maker = trade.maker_side is Side.BUY
        public = PublicTrade(
            id=trade_id,
            price=trade.price,
            quantity=trade.quantity,
            at=at,
            buyer_is_maker=buyer_is_maker,
            buy_order=maker if buyer_is_maker else taker,
            sell_order=taker if buyer_is_maker else maker,
        )
        listing.trades.append(public)
        self.news.tell(Traded(symbol=listing.market.symbol, trade=public))

    def _tell_balances(self, account: Account, *, sweep: bool = True) -> None:
        if sweep:
            account.sweep()
        for asset in sorted(account.touched):
            balance = account.balance(asset)
            self.news.tell(BalanceChanged(account=account.key, asset=asset, balance=balance, at=self.clock()))
        account.touched.clear()


_ENDS = {
    Status.CANCELLED: Change.CANCELLED,
    Status.EXPIRED: Change.EXPIRED,
    Status.TRIGGER_FAILED: Change.TRIGGER_FAILED,
}


def _add(sums: dict[Asset, Decimal], asset: Asset, amount: Decimal) -> None:
    sums[asset] = sums.get(asset, ZERO) + amount
