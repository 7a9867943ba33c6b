"""What a trade does to the balances of an account, its fee included. No matching, no announcements."""

from dataclasses import replace
from decimal import Decimal

from exchange.paper.accounts import Account
from exchange.paper.matching import Trade
from exchange.paper.records import Status, VenueFill, VenueOrder
from exchange.paper.rules import FeeIn, fee_asset
from strategy.model.market import Market, Side
from strategy.model.money import ZERO


def settle(
    account: Account, order: VenueOrder, market: Market, trade: Trade, fee_in: FeeIn, *, trade_id: int, at: int
) -> tuple[VenueOrder, VenueFill]:
    """Move the money of one side of a trade; the order and the fill as they are afterwards.

    A maker pays out of what its order locked, a taker out of what is available.
    """
    is_maker = trade.maker == order.id
    value = trade.price * trade.quantity
    buys = order.side is Side.BUY
    paid_asset, paid = (market.quote, value) if buys else (market.base, trade.quantity)
    got_asset, got = (market.base, trade.quantity) if buys else (market.quote, value)
    rate = ZERO if fee_in is FeeIn.NONE else account.rate(is_maker=is_maker)
    charged_in = fee_asset(fee_in, market, order.side)
    on_paid = min(rate, order.reserve) * paid if charged_in == paid_asset else ZERO
    on_got = rate * got if charged_in == got_asset else ZERO
    locked = order.need(trade.quantity) if is_maker else ZERO
    account.change(paid_asset, locked - paid - on_paid, locked=-locked)
    account.change(got_asset, got - on_got)
    fill = VenueFill(
        trade_id=trade_id,
        order_id=order.id,
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        price=trade.price,
        quantity=trade.quantity,
        fee=on_paid + on_got,
        fee_asset=charged_in,
        is_maker=is_maker,
        at=at,
    )
    account.fills.append(fill)
    return account.put(_after(order, fill)), fill


def reserve_rate(account: Account, market: Market, side: Side, fee_in: FeeIn) -> Decimal:
    """The rate to lock on top of what an order pays: none where the fee comes out of what it receives."""
    paid = market.quote if side is Side.BUY else market.base
    if fee_in is FeeIn.NONE or fee_asset(fee_in, market, side) != paid:
        return ZERO
    return max(account.rate(is_maker=True), account.rate(is_maker=False), ZERO)


def _after(order: VenueOrder, fill: VenueFill) -> VenueOrder:
    executed = order.executed + fill.quantity
    return replace(
        order,
        executed=executed,
        executed_quote=order.executed_quote + fill.price * fill.quantity,
        status=Status.FILLED if executed == order.quantity else Status.PARTIALLY_FILLED,
        changed_at=fill.at,
    )
