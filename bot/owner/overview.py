"""Views of the account for the chat: pure functions over the frozen state, and counts from the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal

from bot.owner.views import BalanceLine, FillsView, OrdersView, PanicProgress, Together
from storage.store import Store, Trips
from strategy.account.limits import bounds_of
from strategy.account.risk import falls, free, last_price, locked_by_others, out_of_reach, reservations, reserved_by
from strategy.adapt.gate import awaits_of
from strategy.draft import standing
from strategy.grid.bounds import exposure, within_a_minute
from strategy.messages.notices import ORDERS
from strategy.messages.reports import GridLine
from strategy.model.account import Account, Interruption
from strategy.model.durations import HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Standing
from strategy.model.market import Asset, Balance, Side, Symbol, Touch
from strategy.model.money import ZERO
from strategy.model.orders import GridId, Order
from strategy.reconcile.recovery import unclear


def line(grid: Grid, counted: Trips, standing: Standing) -> GridLine:
    """One grid as every screen and report shows it: what it is now, what was counted, where it stands or stood."""
    return GridLine(
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        base=grid.market.base,
        quote=grid.market.quote,
        phase=grid.phase,
        fills_today=counted.fills,
        trips_today=counted.round_trips,
        standing=standing,
        orders=len(grid.live),
        fall=grid.adapted.fall,
    )


def grid_line(account: Account, grid: Grid, counted: Trips, at: int) -> GridLine:
    """One grid as it stands now; `counted` is what happened today."""
    unknown = grid.spec.fall is not None and account.past_of(grid.spec.symbol, at) is None
    return replace(
        line(grid, counted, standing(account, grid)), past_unknown=unknown, awaits=awaits_of(account, grid, at)
    )


def interruption_of(account: Account) -> Interruption | None:
    """Why nothing new rests: the exchange can't be traded on, or takes no order whatever it is."""
    if account.interruption is not None or account.refusing is None:
        return account.interruption
    return Interruption(cause=ORDERS, text=account.refusing.text, since=account.refusing.since)


def shown_grids(account: Account) -> list[Grid]:
    """All grids, so that the sums are whole; those that are over come last."""
    return sorted(account.grids.values(), key=lambda grid: (grid.phase is Phase.STOPPED and not grid.coins, grid.id))


def grid_lines(account: Account, today: Callable[[GridId], Trips], at: int) -> tuple[GridLine, ...]:
    """The lines of the grids worth one."""
    return tuple(grid_line(account, grid, today(grid.id), at) for grid in shown_grids(account))


def panic_progress(before: Sequence[Grid], account: Account, *, left: int, unwritten: bool) -> PanicProgress:
    """How far stopping these grids has come, as far as it is booked. `left` are orders that may still trade."""
    return PanicProgress(
        grids=len(before),
        orders_at_start=sum(len(grid.live) for grid in before),
        cancelled=sum(cancelled_since(grid, account.grids[grid.id]) for grid in before),
        orders_left=left,
        limbo=len(unclear(account)),
        unwritten=unwritten,
    )


def together(account: Account, at: int, zone: tzinfo) -> Together:
    """The limits of all grids together, and what is used of each."""
    limits = account.limits
    return Together(
        bounds=bounds_of(account),
        falls=falls(account),
        exposure={coin: exposure(account, coin) for coin in (None, *limits.exposure_of)},
        placed=len(within_a_minute(limits.placed, at)),
        closed=len(within_a_minute(limits.closed, at)),
        stopped=sum(one > at - limits.stops_hours * HOUR for one in limits.stopped),
        paused_for=limits.paused_until - at,
        hits=limits.hits,
        zone=zone,
    )


def unpriced(account: Account) -> frozenset[Symbol]:
    """The markets of the grids that have no price now: not read yet, or one side of the book is empty."""
    return frozenset(grid.spec.symbol for grid in account.grids.values()) - account.touches.keys()


def balance_lines(account: Account, put_in: dict[Asset, Decimal]) -> tuple[BalanceLine, ...]:
    """Every asset with a balance. `put_in` is the opening plus deposits less withdrawals."""
    return tuple(
        _balance_line(account, asset, balance, put_in.get(asset, ZERO))
        for asset, balance in sorted(account.balances.items())
        if balance.total or put_in.get(asset)
    )


def _balance_line(account: Account, asset: Asset, balance: Balance, put_in: Decimal) -> BalanceLine:
    """Orders and balances are read one after the other: what others lock is at most what is there. So are balances and
    what came in: until that is in the books it is no change, which is why the change goes by these.
    """
    usable = max(ZERO, balance.total - out_of_reach(account, balance))
    foreign = min(locked_by_others(account, asset), usable)
    return BalanceLine(
        asset=asset,
        available=balance.available,
        locked=balance.locked,
        lent=balance.lent,
        staked=balance.staked,
        reserved=reservations(account, asset),
        by_grid={grid_id: held for grid_id, held in reserved_by(account, asset).items() if held},
        uses_lent=account.limits.uses_lent,
        foreign=foreign,
        free=min(max(ZERO, free(account, asset)), usable - foreign),
        change=(account.expected.get(asset, ZERO) if account.expected else balance.total) - put_in,
    )


def live_orders(account: Account) -> tuple[Order, ...]:
    """Our live orders, nearest the price first."""
    orders = [order for grid in account.grids.values() for order in grid.live]

    def distance(order: Order) -> Decimal:
        price = last_price(account, account.grids[order.grid_id])
        return abs(order.price - price) / price

    return tuple(sorted(orders, key=distance))


def cancelled_since(before: Grid, now: Grid) -> int:
    """How many orders a stop has cancelled that began, or went on, with the grid as it was before."""
    if now.stop is None or now.stop == before.stop:
        return 0
    lasted = before.stop is not None and before.phase is Phase.STOPPING
    return now.stop.cancelled - (before.stop.cancelled if before.stop and lasted else 0)


def waiting_levels(account: Account) -> int:
    """Levels of trading grids without a live order."""
    return sum(
        level.order is None
        for grid in account.grids.values()
        if grid.phase.trades
        for level in grid.levels.values()
        if level.side is Side.BUY or level.id in grid.lots
    )


def prices_age(latest: Mapping[Symbol, Touch], symbols: Iterable[Symbol], now: int) -> int | None:
    """Milliseconds since the oldest price in use was read or heard."""
    return max((now - latest[symbol].at for symbol in symbols if symbol in latest), default=None)


def orders_view(account: Account) -> OrdersView:
    """Our live orders and the foreign ones."""
    bids = {symbol: touch.bid for symbol, touch in account.touches.items()}
    return OrdersView(ours=live_orders(account), foreign=account.foreign, bids=bids)


def fills_view(store: Store, name: str, grid_id: GridId | None, limit: int, before: int) -> FillsView:
    """Booked fills of ours, newest first, with what the round trips brought that they completed."""
    page = store.fills_page(name, grid_id=grid_id, limit=limit, offset=before)
    trips = {entry.key: store.trip_profit(name, entry) for entry in page if entry.closes}
    return FillsView(fills=tuple(page), total=store.fill_count(name, grid_id=grid_id), trips=trips, before=before)


def put_in(store: Store, name: str) -> dict[Asset, Decimal]:
    """By asset, what came in and went out without a trade, the opening balances included."""
    sums: dict[Asset, Decimal] = {}
    for entry in store.movements(name):
        sums[entry.asset] = sums.get(entry.asset, ZERO) + entry.amount
    return sums
