"""Reconciliation: what follows from facts that were fetched. Start-up is the first one; the same code runs later."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, combinations

from strategy.messages.events import NeverArrived, OpenOrdersRead, OrderAccepted
from strategy.model.account import Account
from strategy.model.ledger import SETTLED_IN, Movement
from strategy.model.market import Asset, Balance, Side
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, EndedOrder, Fill, OpenOrder, Order, OrderStatus, Unread

SENT_WITHIN = 20_000
"""Milliseconds after its intent in which an order is signed and sent, or never: the dispatcher withdraws what is older,
and so does the client where it had to wait."""
WINDOW = 5_000
"""Milliseconds for which the exchange accepts a signed request."""
MARGIN = 10_000
"""Milliseconds on top, for a clock that is off and an answer that is slow."""
LAG = 10 * 60_000
"""Milliseconds by which the exchange's history may be behind: so far back it is read again."""
MOST_FEES = 10
"""Of which it is tried which ones explain a difference; of more than that one, or all."""


def accepted_orders(account: Account, read: OpenOrdersRead) -> Iterator[OrderAccepted]:
    """Orders of ours whose fate was open and that rest at the exchange: they did arrive, or are still there."""
    grids = account.grids.values()
    doubted = {client_id: grid.orders[client_id] for grid in grids for client_id in grid.derived.doubted}
    for found in read.orders if doubted else ():
        order = doubted.get(found.client_id) if found.client_id is not None else None
        if order is not None and same(order, found):
            yield OrderAccepted(at=read.at, client_id=order.client_id, order_id=found.order_id)


def vanished(account: Account, read: OpenOrdersRead) -> tuple[Order, ...]:
    """Orders of ours that should rest at the exchange and do not: filled, cancelled or expired. Their fills tell.

    One whose row may just not have been readable has not vanished.
    """
    seen = {found.order_id for found in read.orders}
    return tuple(
        order
        for grid in account.grids.values()
        for order in grid.orders.values()
        if order.status in (OrderStatus.OPEN, OrderStatus.CANCELLING)
        and order.changed_at < read.asked_at
        and order.order_id not in seen
        and not any(row.may_be(order) for row in read.unread)
    )


def waiting_for_fills(account: Account) -> tuple[Order, ...]:
    """Orders that are over, but whose fills do not add up yet."""
    return tuple(grid.orders[one] for grid in account.grids.values() for one in sorted(grid.derived.unsettled))


def in_limbo(account: Account) -> tuple[Order, ...]:
    """Orders whose arrival is unknown."""
    return tuple(order for order in unclear(account) if order.is_in_limbo)


def unclear(account: Account) -> tuple[Order, ...]:
    """Orders whose fate is unknown: those in limbo, and those that rest no more and whose fills are not shown yet."""
    return tuple(grid.orders[one] for grid in account.grids.values() for one in sorted(grid.derived.unclear))


def doubtful(account: Account) -> tuple[Order, ...]:
    """Orders that may have traded some time ago without our knowing."""
    return (*unclear(account), *waiting_for_fills(account))


def overdue(order: Order, now: int) -> bool:
    """Whether an intent can no longer arrive: past the time in which it is sent, the request's window and a margin."""
    return now > order.intended_at + SENT_WITHIN + WINDOW + MARGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Everything that could know of an order, asked in this order and all of it after the order was overdue."""

    asked_at: int
    """The exchange's own clock before the first of the other questions."""
    open_orders: Sequence[OpenOrder]
    history: Sequence[EndedOrder | OpenOrder]
    fills: frozenset[ClientId]
    """Client ids that the fill history shows."""
    balances: Mapping[Asset, Balance]
    unread: Sequence[Unread] = ()
    """Rows of any of these that could not be read: a witness that was not understood has not said no."""
    settles: bool = False
    """Whether perpetuals move the USDC of this account all the time: its books are never quite equal."""


def never_arrived(account: Account, order: Order, witnesses: Witnesses) -> NeverArrived | None:
    """Give an order up, if every witness agrees that the exchange never had it; None leaves it in limbo."""
    if order.status is not OrderStatus.INTENDED or not overdue(order, witnesses.asked_at):
        return None
    shown = (*witnesses.open_orders, *witnesses.history)
    if any(same(order, found) for found in shown) or order.client_id in witnesses.fills:
        return None
    if any(row.may_be(order) for row in witnesses.unread):
        return None
    market = account.grids[order.grid_id].market
    # A trade moves both balances: where the quote moves by itself, the coins tell alone.
    tells = (market.base,) if witnesses.settles and market.quote == SETTLED_IN else (market.base, market.quote)
    if differences(account, witnesses.balances, tells):
        return None
    return NeverArrived(at=witnesses.asked_at, client_id=order.client_id)


def differences(
    account: Account, balances: Mapping[Asset, Balance], assets: Sequence[Asset] | None = None
) -> dict[Asset, Decimal]:
    """By asset, the exchange's balance less what the books say; empty when they are equal."""
    compared = assets if assets is not None else tuple({*account.expected, *balances})
    found = {asset: balances.get(asset, Balance()).total - account.expected.get(asset, ZERO) for asset in compared}
    return {asset: difference for asset, difference in found.items() if difference}


def differing(account: Account) -> dict[Asset, Decimal]:
    """By asset, in what the books differ from the balances as they are known.

    Coins that the books have never had, and a market has, count: their only fill may be the one that is missing.
    """
    traded = {market.base for market in account.markets.values()}
    return differences(account, account.balances, tuple({*account.expected, *(traded & account.balances.keys())}))


def fees_on_top(account: Account, fees: Sequence[Movement], settled: Decimal = ZERO) -> tuple[Movement, ...]:
    """The withdrawals' fees that came on top, or what else may have moved: as few as are exactly what an asset lacks.

    `settled` is what perpetuals have moved of USDC and is not booked yet.
    """
    lacking = differences(account, account.balances, tuple({fee.asset for fee in fees})) if account.balances else {}
    found: list[Movement] = []
    for asset, gap in lacking.items():
        here = [fee for fee in fees if fee.asset == asset]
        counts = range(1, len(here) + 1) if len(here) <= MOST_FEES else (1, len(here))
        some = chain.from_iterable(combinations(here, count) for count in counts)
        lacks = gap - settled if asset == SETTLED_IN else gap
        found += next((fees for fees in some if sum((fee.amount for fee in fees), ZERO) == lacks), ())
    return tuple(found)


def as_known(account: Account, balances: Mapping[Asset, Balance], unread: Collection[Asset]) -> dict[Asset, Balance]:
    """Balances in which those that could not be read are as they were known, or else as the books have them."""
    kept = {
        asset: account.balances.get(asset, Balance(available=account.expected.get(asset, ZERO)))
        for asset in unread
        if asset in account.balances or asset in account.expected
    }
    return {**balances, **kept}


def find(account: Account, client_id: ClientId | None) -> Order | None:
    """An order of ours that is held in memory.

    One lookup a grid: 200 grids take 5 to 8 µs. An index of all orders that each step hands on would cost more.
    """
    if client_id is None:
        return None
    for grid in account.grids.values():
        if client_id in grid.orders:
            return grid.orders[client_id]
    return None


def held(account: Account) -> Mapping[ClientId | None, Order]:
    """Every order of ours that is held in memory, by its id: for whoever looks for many."""
    known = dict[ClientId | None, Order]()
    for grid in account.grids.values():
        known.update(grid.orders.items())
    return known


def same(order: Order, found: OpenOrder | EndedOrder) -> bool:
    """Ours means more than an id: the same market, side and price too (if an end tells it), and no trigger."""
    if found.is_conditional or order.client_id != found.client_id:
        return False
    if order.side is not found.side or order.symbol != found.symbol:
        return False
    return order.price == found.price or (found.price is None and isinstance(found, EndedOrder))


def traded(order: Order, fill: Fill) -> bool:
    """Whether a fill is this order's: somebody else's order may carry the same client id.

    An order that the exchange refused trades nothing, whoever uses its id; one that was given up might after all.
    """
    was_refused = order.order_id is None and order.executed is not None
    if was_refused or (order.order_id is not None and order.order_id != fill.order_id):
        return False
    no_worse = fill.price <= order.price if order.side is Side.BUY else fill.price >= order.price
    return (order.symbol, order.side) == (fill.symbol, fill.side) and no_worse and fill.quantity <= order.quantity


def not_ours(account: Account, orders: Sequence[OpenOrder]) -> tuple[OpenOrder, ...]:
    """Open orders that no order of ours in memory accounts for."""
    known = held(account)
    return tuple(found for found in orders if (order := known.get(found.client_id)) is None or not same(order, found))


def accounts_for(order: Order | None, found: OpenOrder) -> bool:
    """Whether an order of ours, if there is one of that id, is the one that rests there.

    Ours means more than the id: a database that was put back may have meant another order by it.
    """
    return order is not None and same(order, found)
