"""The account's limits as the owner sets them, and what is held back by them. What may be lost is in `losses`."""

from collections.abc import Iterator
from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.bounds import exposure, key_of, record
from strategy.grid.opening import problem
from strategy.grid.requests import cancel
from strategy.messages.commands import SetLimits
from strategy.messages.problems import Problem, ProblemCode
from strategy.messages.risk import HeldBack
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.inventory import opens
from strategy.model.levels import Wait
from strategy.model.limits import Bound, Bounds, Limits
from strategy.model.market import DOLLARS, Asset
from strategy.model.money import ONE
from strategy.model.orders import Order, OrderStatus
from strategy.model.values import replace
from strategy.model.valuing import price_in_usdc

TOLD_FOR = 60 * 60_000
"""Milliseconds after which it may be told again that orders have to wait."""
ROOM_AGAIN = Decimal("0.9")
"""And a limit on what may be held only once it was used less than this, and nothing waited for it."""
DRIFT = Decimal("1.01")
"""Buys paid in no dollar may be worth this much of a limit before they are taken back: a price moves both ways."""


def bounds_of(account: Account) -> Bounds:
    """What the owner has set for all grids together."""
    limits = account.limits
    return Bounds(
        daily_loss=account.daily_loss,
        drawdown=limits.drawdown,
        exposure=limits.exposure,
        exposure_of=limits.exposure_of,
        orders=limits.orders,
        trips=limits.trips,
        stops=limits.stops,
        stops_hours=limits.stops_hours,
    )


def set_limits(draft: Draft, event: SetLimits) -> Problem | None:
    """Other limits from now on; refused where those of before are not what was shown."""
    before, now, limits = bounds_of(draft.account), event.bounds, draft.account.limits
    if event.shown is not None and event.shown != before:
        return problem(ProblemCode.PREVIEW_OVER)
    limits = replace(
        limits,
        drawdown=now.drawdown,
        exposure=now.exposure,
        exposure_of=now.exposure_of,
        orders=now.orders,
        trips=now.trips,
        stops=now.stops,
        stops_hours=now.stops_hours,
        stopped=limits.stopped if now.stops is not None else (),
        paused_until=limits.paused_until if now.stops is not None else 0,
        peaks=limits.peaks if before.drawdown is not None and now.drawdown is not None else {},
        placed=limits.placed if now.orders is not None else (),
        closed=limits.closed if now.trips is not None else (),
        told={key: since for key, since in limits.told.items() if _limit(before, key) == _limit(now, key)},
    )
    draft.set(limits=limits, daily_loss=now.daily_loss, loss_ticks=0, high=None)
    withdraw_beyond(draft)
    return None


def _limit(bounds: Bounds, key: str) -> Decimal | int | None:
    """What a limit is set to, by what it is called in `Limits.told`: changing another is no new cause to tell it."""
    bound, of_coin, coin = key.partition(".")
    if of_coin:
        return bounds.exposure_of.get(Asset(coin))
    return {Bound.EXPOSURE: bounds.exposure, Bound.ORDERS: bounds.orders, Bound.TRIPS: bounds.trips}[Bound(bound)]


def watch_limits(draft: Draft) -> None:
    """At each tick: take back what is beyond them, and forget that the owner was told once they have room again."""
    limits = draft.account.limits
    if limits.exposure is not None or limits.exposure_of:
        withdraw_beyond(draft)
    told = {key: at for key, at in limits.told.items() if not _has_room_again(draft, key, at)}
    if len(told) != len(limits.told):
        draft.set(limits=replace(draft.account.limits, told=told))


def _has_room_again(draft: Draft, key: str, told_at: int) -> bool:
    """No sooner than a while later: what trades makes room and takes it all day long."""
    if draft.at < told_at + TOLD_FOR:
        return False
    for coin, most in _exposures(draft.account.limits):
        if key == key_of(Bound.EXPOSURE, coin):
            used = exposure(draft.account, coin)
            return used is not None and used < most * ROOM_AGAIN and not _waits(draft.account, coin)
    return True


def _waits(account: Account, coin: Asset | None) -> bool:
    """Whether a level has no room, so that an order larger than what is left waits all the time."""
    return any(
        level.wait is Wait.EXPOSURE
        for grid in account.grids.values()
        if coin is None or grid.market.base == coin
        for level in grid.levels.values()
    )


def _exposures(limits: Limits) -> Iterator[tuple[Asset | None, Decimal]]:
    if limits.exposure is not None:
        yield None, limits.exposure
    yield from limits.exposure_of.items()


def withdraw_beyond(draft: Draft) -> None:
    """Take the buys back that are beyond what may be held: those farthest from the price, as they would trade last."""
    for coin, most in _exposures(draft.account.limits):
        used = exposure(draft.account, coin, resting=True)
        if used is None:
            continue  # nothing more is bought until it can be counted
        over = used - most * _slack(draft.account, coin)
        for grid, order in _farthest_first(draft, coin) if over > 0 else ():
            if over <= 0:
                break
            over -= order.price * order.remaining * (price_in_usdc(draft.account, grid.market.quote) or ONE)
            cancel(draft, draft.grid(grid.id), order)


def _slack(account: Account, coin: Asset | None) -> Decimal:
    quotes = {grid.market.quote for grid in account.grids.values() if coin is None or grid.market.base == coin}
    return ONE if quotes <= DOLLARS else DRIFT


def _farthest_first(draft: Draft, coin: Asset | None) -> list[tuple[Grid, Order]]:
    resting = [
        (grid, order)
        for grid in draft.account.grids.values()
        if coin is None or grid.market.base == coin
        for order in grid.live
        if opens(order.side) and order.status is OrderStatus.OPEN
    ]
    return sorted(resting, key=lambda one: (_nearness(draft, *one), one[1].client_id))


def _nearness(draft: Draft, grid: Grid, order: Order) -> Decimal:
    touch = draft.touch(grid)
    return order.price / (touch.ask if touch else grid.start_price)


def tell_held(draft: Draft) -> None:
    """Tell of each limit for which an order had to wait in this step, where the owner does not know it yet."""
    for key, hit in sorted(draft.held.items()):
        limits = draft.account.limits
        if key in limits.told:
            continue
        draft.set(limits=replace(limits, told={**limits.told, key: draft.at}))
        record(draft, hit)
        draft.notices.append(
            HeldBack(at=draft.at, bound=hit.bound, coin=hit.coin, value=hit.value, threshold=hit.threshold)
        )
