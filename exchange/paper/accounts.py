"""An account at the venue: its balances to the last digit, its orders, fills and transfers. No matching, no rules."""

from dataclasses import replace
from decimal import Decimal

from exchange.paper.records import Dust, Interest, Settlement, Transfer, VenueFill, VenueOrder, VenueRefusal
from strategy.model.market import Asset, Balance, Symbol
from strategy.model.money import ZERO

BPS = Decimal("0.0001")


class Account:
    """One account. Every change of a balance goes through `change`, which notes the asset for the announcement."""

    def __init__(self, key: str, *, maker_bps: Decimal, taker_bps: Decimal) -> None:
        self.key = key
        self.maker_bps = maker_bps
        self.taker_bps = taker_bps
        self.auto_lend = False
        self.balances: dict[Asset, Balance] = {}
        self.orders: dict[int, VenueOrder] = {}
        """Every order it ever had, oldest first."""
        self.open: dict[int, VenueOrder] = {}
        self.fills: list[VenueFill] = []
        self.perpetual_fills: list[VenueFill] = []
        """Of what is traded beside the spot markets: they move no balance but by what is settled."""
        self.transfers: list[Transfer] = []
        self.dust: list[Dust] = []
        self.interest: list[Interest] = []
        self.settlements: list[Settlement] = []
        self.touched: set[Asset] = set()

    def rate(self, *, is_maker: bool) -> Decimal:
        """The fee rate as a fraction."""
        return (self.maker_bps if is_maker else self.taker_bps) * BPS

    def balance(self, asset: Asset) -> Balance:
        """What it has of an asset."""
        return self.balances.get(asset, Balance())

    def change(self, asset: Asset, available: Decimal = ZERO, *, locked: Decimal = ZERO, lent: Decimal = ZERO) -> None:
        """Add to (or take from) the parts of a balance. No part ever falls below zero."""
        old = self.balance(asset)
        new = replace(old, available=old.available + available, locked=old.locked + locked, lent=old.lent + lent)
        assert new.available >= 0, f"{asset} available {new.available}"
        assert new.locked >= 0, f"{asset} locked {new.locked}"
        assert new.lent >= 0, f"{asset} lent {new.lent}"
        self.balances[asset] = new
        self.touched.add(asset)

    def require(self, asset: Asset, amount: Decimal, *, redeem: bool) -> None:
        """Make sure that an amount is available, out of lent funds where that is allowed."""
        balance = self.balance(asset)
        missing = amount - balance.available
        if missing > 0 and redeem and balance.lent >= missing:
            self.change(asset, missing, lent=-missing)
        elif missing > 0:
            raise VenueRefusal("INSUFFICIENT_FUNDS", "Insufficient funds")

    def sweep(self) -> None:
        """With auto-lend on, idle funds are lent out and can't be seen among the balances."""
        if not self.auto_lend:
            return
        for asset, balance in list(self.balances.items()):
            if balance.available > 0:
                self.change(asset, -balance.available, lent=balance.available)

    def put(self, order: VenueOrder) -> VenueOrder:
        """Remember an order as it now is."""
        self.orders[order.id] = order
        if order.status.is_open:
            self.open[order.id] = order
        else:
            self.open.pop(order.id, None)
        return order

    def find(self, symbol: Symbol, order_id: int | None, client_id: int | None) -> VenueOrder | None:
        """An open order by the venue's id or, without one, by the client's."""
        if order_id is not None:
            order = self.open.get(order_id)
            return order if order is not None and order.symbol == symbol else None
        wanted = (symbol, client_id)
        return next((order for order in self.open.values() if (order.symbol, order.client_id) == wanted), None)
