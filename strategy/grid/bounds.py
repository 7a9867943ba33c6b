"""What all grids together may hold, and how often they may trade: asked before an order is planned."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from strategy.draft import Draft
from strategy.messages.risk import OpeningPaused
from strategy.model.account import Account
from strategy.model.durations import HOUR, MINUTE
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import opens
from strategy.model.levels import Wait
from strategy.model.limits import MOST_HITS, Bound, Hit, Limits
from strategy.model.market import USDC, Asset
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, Purpose
from strategy.model.values import replace
from strategy.model.valuing import price_in_usdc


@dataclass(slots=True)
class Left:
    """What of the account's limits a grid's next orders may use."""

    money: Decimal | None
    """USDC that the coins and buys of all grids may still cost; None without a limit."""
    worth: Decimal | None
    """USDC for a unit of the grid's quote; None where nothing says how much, so that no buy can be counted."""
    orders: int | None
    """How many may still be placed now; None without a limit."""
    tightest: Hit | None
    """The limit that leaves the least money."""

    def takes(self, cost: Decimal) -> bool:
        """Whether a buy for so much quote is within it."""
        return self.money is None or (self.worth is not None and cost * self.worth <= self.money)

    def spend(self, cost: Decimal) -> None:
        """Count a buy that is being placed."""
        if self.money is not None and self.worth is not None:
            self.money -= cost * self.worth

    def place(self) -> None:
        """Count an order that is being placed."""
        if self.orders is not None:
            self.orders -= 1


def left_for(account: Account, grid: Grid, at: int, *, but_seeds: bool = False) -> Left:
    """What is left for a grid. `but_seeds`: as if none of its first coins were asked for."""
    limits = account.limits
    money, worth, tightest = None, price_in_usdc(account, grid.market.quote), None
    for coin, most in bounds_on(limits, grid.market.base):
        used = exposure(account, coin)
        if worth is None or used is None:  # what can't be counted is not added to
            left, used = ZERO, most
        else:
            left = most - used + (seeds_under_way(grid) * worth if but_seeds else ZERO)
        if money is None or left < money:
            money, tightest = left, Hit(at=at, bound=Bound.EXPOSURE, value=used, threshold=most, unit=USDC, coin=coin)
    return Left(money=money, worth=worth, orders=left_to_place(limits, at), tightest=tightest)


def bounds_on(limits: Limits, coin: Asset) -> Iterator[tuple[Asset | None, Decimal]]:
    """The limits on what a coin's grids may hold: on all coins, and on this one."""
    if limits.exposure is not None:
        yield None, limits.exposure
    if coin in limits.exposure_of:
        yield coin, limits.exposure_of[coin]


def exposure(account: Account, coin: Asset | None = None, *, resting: bool = False) -> Decimal | None:
    """What the grids' coins have cost and their buys may still cost, in USDC; of one coin, or of all.

    None where a quote has no price, so that it can't be said. `resting`: without what is being cancelled.
    """
    whole = ZERO
    for grid in account.grids.values():
        if coin is None or grid.market.base == coin:
            held = at_stake(grid, resting=resting)
            worth = price_in_usdc(account, grid.market.quote) if held else ZERO
            if worth is None:
                return None
            whole += held * worth
    return whole


def at_stake(grid: Grid, *, resting: bool = False) -> Decimal:
    """What a grid's coins have cost, and what its buys may still cost or have cost without our knowing, in quote."""
    kept = grid.derived
    unknown = sum((_to_pay(grid, one) for one in kept.unsettled), ZERO)
    ending = sum((_to_pay(grid, one) for one in kept.cancelling), ZERO) if resting else ZERO
    return kept.cost + kept.bidding + unknown - ending


def _to_pay(grid: Grid, client_id: ClientId) -> Decimal:
    order = grid.orders[client_id]
    return order.price * order.to_come if opens(order.side) else ZERO


def seeds_under_way(grid: Grid) -> Decimal:
    """What the first coins that are asked for may still cost, in quote."""
    seeds = (order for order in grid.orders.values() if order.purpose is Purpose.SEED)
    return sum((order.price * order.to_come for order in seeds), ZERO)


def left_to_place(limits: Limits, at: int) -> int | None:
    """How many orders the limits on orders and round trips a minute leave; None where there is none."""
    left = None if limits.orders is None else limits.orders - len(within_a_minute(limits.placed, at))
    full = limits.trips is not None and len(within_a_minute(limits.closed, at)) >= limits.trips
    return 0 if full else left


def _pace(limits: Limits, at: int) -> Hit | None:
    for bound, most, moments in (
        (Bound.TRIPS, limits.trips, limits.closed),
        (Bound.ORDERS, limits.orders, limits.placed),
    ):
        count = len(within_a_minute(moments, at))
        if most is not None and count >= most:
            return Hit(at=at, bound=bound, value=Decimal(count), threshold=Decimal(most))
    return None


def within_a_minute(moments: tuple[int, ...], at: int) -> tuple[int, ...]:
    """Those of the last minute."""
    return tuple(one for one in moments if one > at - MINUTE)


def order_placed(draft: Draft) -> None:
    """An order of any purpose counts, although those of a stop are never held back."""
    limits = draft.account.limits
    if limits.orders is not None:
        placed = (*within_a_minute(limits.placed, draft.at), draft.at)
        draft.set(limits=replace(limits, placed=placed))


def trip_closed(draft: Draft) -> None:
    """A round trip has closed."""
    limits = draft.account.limits
    if limits.trips is not None:
        closed = (*within_a_minute(limits.closed, draft.at), draft.at)[-limits.trips :]
        draft.set(limits=replace(limits, closed=closed))


def stop_counted(draft: Draft) -> None:
    """A loss has stopped a grid. At as many as may be nothing opens for a while, and it is counted anew."""
    limits = draft.account.limits
    if limits.stops is None:
        return
    span = limits.stops_hours * HOUR
    stopped = (*(one for one in limits.stopped if one > draft.at - span), draft.at)
    if len(stopped) < limits.stops:
        draft.set(limits=replace(limits, stopped=stopped))
        return
    until = draft.at + span
    if until == limits.paused_until:
        return  # another loss of the same moment: the pause is as long already, and told
    draft.set(limits=replace(limits, stopped=(), paused_until=until))
    record(draft, Hit(at=draft.at, bound=Bound.STOPS, value=Decimal(len(stopped)), threshold=Decimal(limits.stops)))
    grids = draft.account.grids.values()
    waiting = sum(grid.phase is Phase.WAITING or grid.again_at is not None for grid in grids)
    draft.notices.append(
        OpeningPaused(at=draft.at, stops=len(stopped), hours=limits.stops_hours, until=until, waiting=waiting)
    )


def may_open(account: Account, at: int) -> bool:
    """Whether anything may open: not for a while after so many stops."""
    return at >= account.limits.paused_until


def record(draft: Draft, hit: Hit) -> None:
    """Keep a limit that was reached, with its figures."""
    limits = draft.account.limits
    draft.set(limits=replace(limits, hits=(*limits.hits, hit)[-MOST_HITS:]))


def note_held(draft: Draft, wait: Wait | None, left: Left) -> None:
    """What an order has to wait for: told with the step, where the owner does not know it yet."""
    if wait not in (Wait.EXPOSURE, Wait.PACE):
        return
    hit = left.tightest if wait is Wait.EXPOSURE else _pace(draft.account.limits, draft.at)
    if hit is not None:
        draft.held[key_of(hit.bound, hit.coin)] = hit


def key_of(bound: Bound, coin: Asset | None = None) -> str:
    """What a limit is called in `Limits.told`."""
    return bound if coin is None else f"{bound}.{coin}"
