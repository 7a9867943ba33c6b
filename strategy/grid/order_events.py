"""One grid: fold what happened to one of its orders into it, then plan what is missing."""

import re
from collections.abc import Sequence
from typing import assert_never

from strategy.draft import Draft
from strategy.grid.booking import book_fill, level_of, settle
from strategy.grid.denials import denied, may_call_back, taken_after_all
from strategy.grid.planning import is_whole, may_place, trade, withdraw
from strategy.grid.requests import clear as clear_orders
from strategy.grid.requests import recancel
from strategy.grid.reshaping import go_on, trim
from strategy.grid.sequences import seed, unwind
from strategy.messages.events import CancelFailed, NeverArrived, OrderAccepted, OrderEnded, OrderRefused, OrderUnknown
from strategy.messages.notices import ORDERS, LevelWaits, Trouble
from strategy.model.account import Refusing
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level, Wait
from strategy.model.money import ZERO
from strategy.model.orders import Execution, Fill, Order, OrderStatus, Purpose, Refusal
from strategy.model.values import replace

FORGET_AFTER = 60_000
"""Milliseconds that an ended order stays in memory, so that a late copy of its fill is recognised."""

PAUSE_AFTER = {
    Refusal.RATE_LIMIT: 5_000,
    Refusal.UNAVAILABLE: 2_000,
    Refusal.KEY: 30_000,
    Refusal.CLOCK: 5_000,
}
"""Milliseconds for which a refusal of this kind holds up the whole grid. A level's own hold up that level alone."""

WAITS = {
    Refusal.POST_ONLY: Wait.TOUCH,
    Refusal.FUNDS: Wait.MONEY,
    Refusal.SELF_TRADE: Wait.CROSSING,
    Refusal.MARKET_STATE: Wait.MARKET,
    Refusal.PRICE_BAND: Wait.WINDOW,
    Refusal.ORDER_LIMIT: Wait.WINDOW,
    Refusal.PRICE: Wait.REFUSED,
    Refusal.QUANTITY: Wait.REFUSED,
    Refusal.OTHER: Wait.REFUSED,
}
"""What a level waits for after a refusal; after the others it is simply asked again."""

TOLD = (Wait.MONEY, Wait.REFUSED)

MOST_KNOWN = 20
"""Reasons for which first coins or a sale were refused that are remembered as told: they are written down."""

FIGURES = re.compile(r"\d[\d.,]*")

PROBE_AFTER = 30_000
"""Milliseconds between two tries while every order is refused; each is a single order."""

SOON = 1_000
"""Milliseconds until there are newer prices to ask again with."""


def plan(draft: Draft, grid: Grid) -> Grid:
    """Ask for the orders that the grid's state lacks, and for the end of those that nobody wants."""
    if grid.adapted.ladder is not None and grid.phase not in (Phase.STOPPING, Phase.PARKED):
        grid = go_on(draft, grid)
    grid = trim(draft, grid)
    match grid.phase:
        case Phase.SEEDING | Phase.RUNNING:
            if is_whole(grid):
                return grid
            if grid.adapted.peak is not None:  # the ladder rests while its coins follow the price
                return clear_orders(draft, grid)
            grid = withdraw(draft, recancel(draft, grid))
            touch = may_place(draft, grid)
            return trade(draft, seed(draft, grid, touch), touch) if touch else grid
        case Phase.STOPPING:
            return unwind(draft, grid)
        case Phase.PAUSED | Phase.STOPPED:
            return clear_orders(draft, grid)
        case Phase.WAITING | Phase.PARKED:
            return grid
        case _:
            assert_never(grid.phase)


def accepted(draft: Draft, grid: Grid, order: Order, event: OrderAccepted) -> Grid:
    """The exchange has it. An order that its fills have already ended stays as it is."""
    status = OrderStatus.OPEN if order.status is OrderStatus.INTENDED else order.status
    known = replace(order, order_id=event.order_id, status=status, changed_at=draft.at, unknown_since=None)
    grid = _takes_orders(draft, draft.put_order(grid, known), order)
    level = level_of(grid, order)
    if level is None or level.order != order.client_id or not (level.wait or level.denied):
        return grid
    grid = draft.put_level(grid, replace(level, wait=None, wait_since=None, denied=None))
    return taken_after_all(draft, grid, level)


def refused(draft: Draft, grid: Grid, order: Order, event: OrderRefused) -> Grid:
    """The exchange certainly does not have it: the level is free again, and may have to wait."""
    if order.status is not OrderStatus.INTENDED:
        return grid
    gone = replace(order, status=OrderStatus.REJECTED, executed=ZERO, changed_at=draft.at, unknown_since=None)
    return _held_up(draft, draft.put_order(grid, gone), gone, event.reason, event.text)


def unknown(draft: Draft, grid: Grid, order: Order, event: OrderUnknown) -> Grid:
    """Nobody knows what became of it: limbo, until reconciliation does. Never retried."""
    if not order.status.is_live or order.unknown_since is not None:
        return grid
    grid = draft.put_order(grid, replace(order, unknown_since=event.at))
    level = level_of(grid, order)
    if level is None:
        return grid
    return draft.put_level(grid, replace(level, wait=Wait.LIMBO, wait_since=event.at))


def ended(draft: Draft, grid: Grid, order: Order, event: OrderEnded) -> Grid:
    """The exchange says that it is over. Its level is free once the fills add up to what was executed."""
    if not order.status.is_live:
        return grid
    over = replace(
        order,
        status=event.ended.status,
        executed=event.ended.executed,
        order_id=order.order_id or event.ended.order_id,
        changed_at=draft.at,
        unknown_since=None,
    )
    grid = _counted(draft, draft.put_order(grid, over), over)
    if over.executed:
        grid = _takes_orders(draft, grid, over)
    level = level_of(grid, order)
    if not over.is_settled:
        return draft.put_level(grid, replace(level, wait=Wait.FILLS, wait_since=draft.at)) if level else grid
    if over.status is OrderStatus.EXPIRED and not over.filled:
        return _held_up(draft, grid, over, event.ended.refused, event.ended.reason or "")
    return settle(draft, grid, over)


def all_ended(draft: Draft, grid: Grid, over: Sequence[OrderEnded]) -> Grid:
    """Several orders of the grid's are over."""
    for event in over:
        grid = ended(draft, grid, grid.orders[event.client_id], event)
    return grid


def _counted(draft: Draft, grid: Grid, over: Order) -> Grid:
    """What a stop has cancelled, as the exchange says it: an order that was filled in the meantime is none of them."""
    if grid.stop is None or over.status is not OrderStatus.CANCELLED:
        return grid
    return draft.change(grid, stop=replace(grid.stop, cancelled=grid.stop.cancelled + 1))


def cancel_failed(draft: Draft, grid: Grid, order: Order, event: CancelFailed) -> Grid:
    """The cancel did not work. Whatever became of the order will be seen by reconciliation; nothing is assumed."""
    if order.status is not OrderStatus.CANCELLING:
        return grid
    return draft.put_order(grid, replace(order, cancelled_at=event.at))


def never_arrived(draft: Draft, grid: Grid, order: Order, event: NeverArrived) -> Grid:
    """Every witness agrees: the level is free."""
    if order.status is not OrderStatus.INTENDED:
        return grid
    gone = replace(order, status=OrderStatus.REJECTED, changed_at=event.at, unknown_since=None)
    return settle(draft, draft.put_order(grid, gone), gone)


def filled(draft: Draft, grid: Grid, order: Order, fill: Fill) -> Grid:
    """A fill of ours, booked once whatever road it comes by."""
    return grid if fill.key in order.trades else book_fill(draft, grid, order, fill)


def forget_ended(draft: Draft, grid: Grid) -> Grid:
    """Drop orders that ended a while ago; the journal keeps them."""
    old = draft.at - FORGET_AFTER
    gone = [order for order in grid.derived.over.values() if order.changed_at <= old and order.is_settled]
    return draft.forget(grid, gone) if gone else grid


def _held_up(draft: Draft, grid: Grid, order: Order, reason: Refusal, text: str) -> Grid:
    """The exchange said no: whoever asked for the order waits a while, so that one no never leads to the next. The sale
    of a stop waits for none but its own.
    """
    pause = PAUSE_AFTER.get(reason)
    if pause and _holds(grid, order):
        grid = draft.change(grid, retry_at=draft.at + pause)
    level = level_of(grid, order)
    if level is not None and level.order == order.client_id:
        return _level_waits(draft, grid, level, order, reason, text)
    return grid if order.purpose is Purpose.LEVEL else _alone_waits(draft, grid, order, reason, text)


def _holds(grid: Grid, order: Order) -> bool:
    """Whether a refusal of this order may hold up the grid."""
    return grid.phase is not Phase.STOPPING or order.purpose is Purpose.STOP


def _takes_orders(draft: Draft, grid: Grid, order: Order) -> Grid:
    """The exchange has taken an order: what was told of refusals is over, and told to be."""
    refusing = draft.account.refusing
    if refusing is not None:
        draft.set(refusing=None)
        lasted = draft.at - refusing.since
        draft.notices.append(Trouble(at=draft.at, cause=ORDERS, text=refusing.text, over=True, lasted=lasted))
    if not grid.refused or order.purpose is Purpose.LEVEL:
        return grid
    # What takes at once is taken before it is known whether it meets anything: that says nothing of what is in its way.
    met_nobody = order.execution is Execution.IMMEDIATE and not (order.executed or order.filled)
    is_blocked = met_nobody and Wait.CROSSING in grid.refused.splitlines()
    return draft.change(grid, refused=Wait.CROSSING if is_blocked else "")


def _tell(draft: Draft, grid: Grid, level: Level | None, wait: Wait, text: str) -> None:
    """Tell once why an order has to wait; where all are refused, that, and no more of each."""
    if draft.account.refusing is not None:
        return
    if wait is not Wait.REFUSED or not _all_are_refused(draft):
        draft.notices.append(_waits(draft, grid, level, wait, text))
        return
    draft.set(refusing=Refusing(text=text, since=draft.at))
    draft.notices.append(Trouble(at=draft.at, cause=ORDERS, text=text, over=False, lasted=0))


def _all_are_refused(draft: Draft) -> bool:
    """Whether nothing of ours rests, and this is not the first that was refused."""
    grids = draft.account.grids.values()
    if any(order.status in (OrderStatus.OPEN, OrderStatus.CANCELLING) for grid in grids for order in grid.live):
        return False
    return any(level.wait is Wait.REFUSED for grid in grids for level in grid.levels.values())


def _level_waits(draft: Draft, grid: Grid, level: Level, order: Order, reason: Refusal, text: str) -> Grid:
    wait = WAITS.get(reason)
    post_only = reason is Refusal.POST_ONLY
    if wait in TOLD and level.wait is not wait:
        _tell(draft, grid, level, wait, text)
    last = None if post_only else level.denied
    if draft.account.refusing is not None:
        grid = draft.grid(grid.id)
        grid = draft.change(grid, retry_at=draft.at + PROBE_AFTER) if _holds(grid, order) else grid
    elif wait is not None and not post_only:
        last = denied(draft, grid, level, order, wait)
    return draft.put_level(
        grid,
        replace(
            level,
            order=None,
            wait=wait,
            wait_since=draft.at if wait else None,
            refusals=level.refusals + post_only,
            denied=last,
        ),
    )


def _alone_waits(draft: Draft, grid: Grid, order: Order, reason: Refusal, text: str) -> Grid:
    """A seed or a stop slice came to nothing: told unless it is ordinary, once a reason, and asked again later."""
    wait = WAITS.get(reason)
    if wait is Wait.WINDOW:
        wait = Wait.REFUSED  # a level's price may come near; this one is the market's own, and still not taken
    said, known = _without_figures(text), grid.refused.splitlines()
    is_blocked = wait is Wait.CROSSING and order.purpose is Purpose.STOP  # by an order of its owner's: ours step aside
    said = Wait.CROSSING if is_blocked else said
    all_are = draft.account.refusing is not None  # which was told, and is over before this is
    if wait is not None and (wait in TOLD or is_blocked) and said not in known and not all_are:
        _tell(draft, grid, None, wait, text)
        grid = draft.change(grid, refused="\n".join([*known, said][-MOST_KNOWN:]))
    delay = 10_000 if order.purpose is Purpose.STOP else 30_000
    soon = wait is None or wait is Wait.TOUCH
    if not _holds(grid, order):
        return grid
    return draft.change(grid, retry_at=max(grid.retry_at, draft.at + (SOON if soon else delay)))


def _without_figures(text: str) -> str:
    """What is the same in two refusals for one reason: the price in it may be another each time."""
    return FIGURES.sub("#", " ".join(text.split()))


def _waits(draft: Draft, grid: Grid, level: Level | None, wait: Wait, text: str) -> LevelWaits:
    is_lent = any(may_call_back(draft.account, asset) for asset in (grid.market.base, grid.market.quote))
    return LevelWaits(
        at=draft.at,
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        level=level.id if level else None,
        wait=wait,
        text=text,
        lent=is_lent and wait is Wait.MONEY,
    )
