"""What happens at a venue besides trading: transfers, fees, lending, dust, and the system's own orders and endings."""

from dataclasses import replace
from decimal import Decimal

from exchange.paper.accounts import Account
from exchange.paper.announcements import Change, OrderChanged
from exchange.paper.records import Dust, Interest, Settlement, Status, Transfer, VenueFill, VenueOrder, VenueRefusal
from exchange.paper.venue import Venue
from strategy.model.ledger import SETTLED_IN
from strategy.model.market import Asset, Side, Symbol
from strategy.model.money import ZERO


def transfer(
    venue: Venue,
    key: str,
    asset: Asset,
    amount: Decimal,
    *,
    fee: Decimal = ZERO,
    on_top: bool = False,
    redeem: bool = False,
) -> Transfer:
    """A deposit, or a withdrawal where the amount is negative; its fee is in it or on top.

    Of what is available, and with `redeem` of what is lent too.
    """
    account, moved = venue.accounts[key], amount - fee if on_top else amount
    account.require(asset, -moved, redeem=redeem)
    account.change(asset, moved)
    done = Transfer(id=len(account.transfers) + 1, asset=asset, amount=amount, at=venue.clock(), fee=fee)
    account.transfers.append(done)
    venue.clearing.commit(account)
    return done


def set_fees(venue: Venue, key: str, *, maker_bps: Decimal | None = None, taker_bps: Decimal | None = None) -> None:
    """Other fees from the next fill on, also for orders that rest already."""
    account = venue.accounts[key]
    account.maker_bps = account.maker_bps if maker_bps is None else maker_bps
    account.taker_bps = account.taker_bps if taker_bps is None else taker_bps


def set_auto_lend(venue: Venue, key: str, *, on: bool) -> None:
    """On: idle funds are lent out and vanish from the balances. Off: everything comes back."""
    account = venue.accounts[key]
    account.auto_lend = on
    if not on:
        for asset, balance in list(account.balances.items()):
            account.change(asset, balance.lent, lent=-balance.lent)
    venue.clearing.commit(account)


def lend(venue: Venue, key: str, asset: Asset, amount: Decimal) -> None:
    """Lend out, or with a negative amount take back. Nothing can be borrowed here."""
    account = venue.accounts[key]
    balance = account.balance(asset)
    if amount > balance.available:
        raise VenueRefusal("INSUFFICIENT_FUNDS", "Insufficient funds")
    if -amount > balance.lent:
        raise VenueRefusal("BORROW_LIMIT", "Borrow limit exceeded")
    account.change(asset, -amount, lent=amount)
    venue.clearing.commit(account)


def convert_dust(venue: Venue, key: str, asset: Asset | None = None) -> None:
    """Sell what is below the minimum quantity of its market to the house, at its bid and without a fee."""
    account = venue.accounts[key]
    for listing in venue.listings.values():
        market, amount = listing.market, account.balance(listing.market.base).available
        if asset not in (None, market.base) or not ZERO < amount < market.min_quantity:
            continue
        received = amount * listing.book.house_bid
        account.change(market.base, -amount)
        account.change(market.quote, received)
        venue.clearing.pay_house({market.base: amount, market.quote: -received})
        account.dust.append(
            Dust(
                id=len(account.dust) + 1,
                asset=market.base,
                quantity=amount,
                received=received,
                at=venue.clock(),
            )
        )
    venue.clearing.commit(account)


def pay_interest(venue: Venue, key: str, asset: Asset, amount: Decimal) -> None:
    """What is lent has earned something; it stays lent."""
    account = venue.accounts[key]
    account.change(asset, lent=amount)
    account.interest.append(Interest(asset=asset, amount=amount, at=venue.clock()))
    venue.clearing.commit(account)


def settle(venue: Venue, key: str, amount: Decimal, *, source: str = "RealizePnl") -> None:
    """Perpetuals have made, or with a minus cost, so much: of what is available, and then of what is lent."""
    account = venue.accounts[key]
    account.require(SETTLED_IN, -amount, redeem=True)
    account.change(SETTLED_IN, amount)
    number = len(account.settlements) + 1
    account.settlements.append(Settlement(id=number, amount=amount, at=venue.clock(), source=source))
    venue.clearing.commit(account)


def trade_perpetual(venue: Venue, key: str, symbol: Symbol, price: Decimal, quantity: Decimal) -> VenueFill:
    """A perpetual was traded: the fill history shows it beside the others. What it moves is settled apart."""
    account = venue.accounts[key]
    number = len(account.perpetual_fills) + 1
    fill = VenueFill(
        trade_id=number,
        order_id=number,
        client_id=None,
        symbol=symbol,
        side=Side.BUY if number % 2 else Side.SELL,
        price=price,
        quantity=quantity,
        fee=ZERO,
        fee_asset=SETTLED_IN,
        is_maker=True,
        at=venue.clock(),
    )
    account.perpetual_fills.append(fill)
    return fill


def expire(venue: Venue, order: VenueOrder, reason: str, *, system: str | None = None) -> None:
    """The system ends a resting order, for a reason in the wire's words."""
    venue.take_out(order, Status.EXPIRED, expiry=reason, system=system)
    venue.clearing.commit(venue.accounts[order.account])


def system_fill(
    venue: Venue, key: str, symbol: Symbol, side: Side, price: Decimal, quantity: Decimal, *, system: str
) -> VenueFill:
    """The system trades for an account with the house, without a trade id and without a fee (a conversion)."""
    account, listing = venue.accounts[key], venue.listing(symbol)
    sign = 1 if side is Side.BUY else -1
    value = price * quantity
    account.require(listing.paid_asset(side), value if side is Side.BUY else quantity, redeem=True)
    account.change(listing.market.base, sign * quantity)
    account.change(listing.market.quote, -sign * value)
    venue.clearing.pay_house({listing.market.base: -sign * quantity, listing.market.quote: sign * value})
    order = replace(
        _system_order(venue, account, symbol, side, quantity, system),
        executed=quantity,
        executed_quote=value,
        status=Status.FILLED,
    )
    fill = VenueFill(
        trade_id=None,
        order_id=order.id,
        client_id=None,
        symbol=symbol,
        side=side,
        price=price,
        quantity=quantity,
        fee=ZERO,
        fee_asset=listing.market.quote,
        is_maker=False,
        at=venue.clock(),
        system=system,
    )
    account.fills.append(fill)
    venue.clearing.news.tell(OrderChanged(change=Change.FILL, order=account.put(order), fill=fill))
    venue.clearing.commit(account)
    return fill


def _system_order(
    venue: Venue, account: Account, symbol: Symbol, side: Side, quantity: Decimal, system: str
) -> VenueOrder:
    return VenueOrder(
        id=venue.take_id(),
        account=account.key,
        symbol=symbol,
        side=side,
        price=None,
        quantity=quantity,
        system=system,
        created_at=venue.clock(),
        changed_at=venue.clock(),
    )
