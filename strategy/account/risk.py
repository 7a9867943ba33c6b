"""Limits: stop loss, take profit, maximum loss, daily loss, and whose money is whose. Judged before planning."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from strategy.grid.booking import seeds_missing
from strategy.grid.sizing import lost_to_rounding, paid, seed_margin
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import closes, opens
from strategy.model.levels import RESIDUE, Level, Lot
from strategy.model.market import Asset, Balance, Fees, Side, assets_of
from strategy.model.money import ONE, ZERO, share_of
from strategy.model.orders import GridId
from strategy.model.valuing import price_in_usdc


def totals(account: Account) -> dict[GridId, Decimal]:
    """Each grid's total at the last known bid."""
    return {grid.id: grid.total(last_price(account, grid)) for grid in account.grids.values()}


def last_price(account: Account, grid: Grid) -> Decimal:
    """The last bid seen, or the last one written down, or the price at which the grid started."""
    touch = account.touches.get(grid.spec.symbol)
    return touch.bid if touch else account.marks.get(grid.spec.symbol, grid.start_price)


def changes(account: Account, since: Mapping[GridId, Decimal]) -> dict[Asset, Decimal]:
    """By quote asset, how much the grids' totals changed since the given ones; new grids count from zero."""
    sums: dict[Asset, Decimal] = {}
    for grid_id, total in totals(account).items():
        quote = account.grids[grid_id].market.quote
        sums[quote] = sums.get(quote, ZERO) + total - since.get(grid_id, ZERO)
    return sums


def daily_loss(account: Account) -> Decimal | None:
    """The change in USDC (negative) at which the daily loss limit is reached: of all grids, or of one quote alone.

    What another quote has gained excuses no loss. Quotes count at what they are in USDC now; what has never had a price
    there can't be counted.
    """
    if account.daily_loss is None or account.day is None:
        return None
    found = [(one, price_in_usdc(account, asset)) for asset, one in changes(account, account.day.since).items()]
    valued = [one * price for one, price in found if price is not None]
    change = min([sum(valued, ZERO), *valued])
    return change if change <= -account.daily_loss else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """How far the grids of one quote have come down from their highest, in that quote."""

    money: Decimal
    equity: Decimal
    """What they were worth at the highest: their money, and what they had made of it by then."""


def falls(account: Account) -> dict[Asset, Fall]:
    """By quote, since the drawdown is limited. What another quote has gained excuses no loss.

    The grids that count are those at work, and those whose total has changed since.
    """
    found, now = {}, totals(account)
    for quote, peak in account.limits.peaks.items():
        grids = [grid for grid in account.grids.values() if grid.market.quote == quote]
        fall = sum((peak.totals.get(grid.id, ZERO) - now[grid.id] for grid in grids), ZERO)
        counted = [
            grid for grid in grids if grid.phase is not Phase.STOPPED or now[grid.id] != peak.totals.get(grid.id, ZERO)
        ]
        equity = sum((grid.money + peak.totals.get(grid.id, ZERO) for grid in counted), ZERO)
        found[quote] = Fall(money=max(ZERO, fall), equity=equity)
    return found


def reserved(grid: Grid, fees: Fees) -> Decimal:
    """Quote that the grid may still need: its buys, its missing seeds, and what its sales will not bring."""
    if grid.phase in (Phase.STOPPED, Phase.PARKED):
        return sum((order.price * order.remaining for order in grid.live if opens(order.side)), ZERO)
    if grid.phase is Phase.WAITING:
        return grid.money
    now, ladder = _in_use(grid, paid(grid.spec, fees)), grid.adapted.ladder
    return now if ladder is None else max(now, ladder.needs + grid.books.cash - ladder.cash)


def _in_use(grid: Grid, fees: Fees) -> Decimal:
    needs = sum((_needs(grid, level, fees) for level in grid.levels.values()), ZERO)
    rounding = max(ZERO, lost_to_rounding(tuple(grid.levels.values()), grid.market) - _stuck(grid, fees))
    price = grid.seeding.price if grid.seeding else None
    return needs + seeds_missing(grid) * (price or grid.start_price) * seed_margin(fees) + rounding


def _needs(grid: Grid, level: Level, fees: Fees) -> Decimal:
    """A buy in full; after it, what the coins will not bring (a level that was tuned up buys more than it sells)."""
    if opens(level.side):
        return level.buy_price * (level.quantity - level.done)
    held = grid.lots.get(level.id, Lot()).quantity
    coins = max(held, grid.seeding.wanted.get(level.id, ZERO)) if grid.seeding else held
    return max(ZERO, level.buy_price * level.quantity - coins * level.sell_price * (ONE - fees.maker))


def _stuck(grid: Grid, fees: Fees) -> Decimal:
    """What the coins cost that rounding has left over: the residue, and what of it was put to a level's coins."""
    stuck = grid.lots.get(RESIDUE, Lot()).cost
    for level in grid.levels.values():
        lot = grid.lots.get(level.id, Lot())
        over = lot.quantity - level.quantity * (ONE - fees.maker)
        if closes(level.side) and over > 0:
            stuck += share_of(lot.cost, over, lot.quantity)
    return stuck


def reservations(account: Account, asset: Asset) -> Decimal:
    """What the grids hold of an asset: quote for buys to come, or coins in their lots."""
    return sum(reserved_by(account, asset).values(), ZERO)


def reserved_by(account: Account, asset: Asset) -> dict[GridId, Decimal]:
    """The same, grid by grid: those that trade another asset hold nothing of it and are left out."""
    held: dict[GridId, Decimal] = {}
    for grid in account.grids.values():
        if grid.market.quote == asset:
            held[grid.id] = reserved(grid, account.fees)
        if grid.market.base == asset:
            held[grid.id] = held.get(grid.id, ZERO) + grid.coins
    return held


def free(account: Account, asset: Asset) -> Decimal:
    """What a new grid could use: not locked by foreign orders, not lent, not promised to a grid. May be negative.

    What is lent counts where our orders may take it back.
    """
    balance = account.balances.get(asset)
    if balance is None:
        return ZERO
    # The books know of fills since the balances were read; a withdrawal is seen in the balances before it is booked.
    held = min(balance.total, account.expected.get(asset, ZERO)) - out_of_reach(account, balance)
    return held - locked_by_others(account, asset) - reservations(account, asset)


def out_of_reach(account: Account, balance: Balance) -> Decimal:
    """What of a balance no order of ours could use, whatever it is free of."""
    return balance.staked + (ZERO if account.limits.uses_lent else balance.lent)


def locked_by_others(account: Account, asset: Asset) -> Decimal:
    """What open orders that are not ours hold of an asset."""
    locked = ZERO
    for order in account.foreign:
        base, quote = assets_of(order.symbol, account.markets.get(order.symbol))
        left = order.quantity - order.executed
        if order.side is Side.BUY and quote == asset:
            locked += left * (order.price or ZERO)
        elif order.side is Side.SELL and base == asset:
            locked += left
    return locked
