"""The whole strategy as one pure function: `step(account, event)`. Routes an event to what it concerns, then plans."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from strategy import engine, facts, recovery
from strategy import events as ev
from strategy.account import Account, Step
from strategy.booking import filled_by
from strategy.coins import tell_missing
from strategy.commands import (
    panic,
    pause_grid,
    resume,
    set_daily_loss,
    start_grid,
    stop_grid,
    tell_paused,
)
from strategy.crowds import OrdersEnded
from strategy.doubts import BooksCompared, ConfirmLive, OrdersLeftFound, SettleLeft, SettleMissing
from strategy.draft import Draft
from strategy.engine import plan
from strategy.grid import Grid, Phase
from strategy.holds import books_compared, confirm_live, orders_left, settle_left, settle_missing
from strategy.ledger import FillEntry
from strategy.market import Asset, Side
from strategy.notices import GridParked
from strategy.orders import EndedOrder, Fill, GridId, Order
from strategy.outside import StrayCancelled
from strategy.problems import Problem
from strategy.restrictions import markets_read
from strategy.strangers import resurfaced, settle_strangers, stranger_traded, strangers_found
from strategy.tick import tick
from strategy.tuning import tune_grid


def step(account: Account, event: ev.Event) -> Step:
    """What follows from an event: the new state, what to do, what to tell, what the ledger gains.

    Pure: the same account and event always give the same step. A failed assertion inside one grid parks that grid and
    leaves the others as they were.
    """
    draft = Draft(account=account, at=event.at)
    _handle(draft, event)
    tell_missing(draft, account)
    tell_paused(draft, account)
    return draft.finish()


def _handle(draft: Draft, event: ev.Event) -> None:
    kind = type(event)
    if kind in ORDER_EVENTS:
        _order(draft, event)
    elif kind in COMMANDS:
        draft.problem = COMMANDS[kind](draft, event)
        plan_all(draft)
    else:
        FACTS[kind](draft, event)


def _order(draft: Draft, event: Any) -> None:
    """Something happened to an order; if it is not held in memory, reconciliation has already dealt with it."""
    order = recovery.find(draft.account, event.client_id)
    if order is None:
        return
    fold = ORDER_EVENTS[type(event)]
    within(draft, order.grid_id, lambda draft, grid: plan(draft, fold(draft, grid, order, event)))


def _orders_ended(draft: Draft, event: OrdersEnded) -> None:
    """A crowd's end. To plan after each of thousands would take seconds in which nothing else is done."""
    by_grid: dict[GridId, list[ev.OrderEnded]] = {}
    for one in (*event.orders, *(one for one in event.others if _is_ours_or_told(draft, one))):
        order = recovery.find(draft.account, one.client_id)
        if order is not None:
            ended = ev.OrderEnded(at=draft.at, client_id=order.client_id, ended=one)
            by_grid.setdefault(order.grid_id, []).append(ended)
    for grid_id, over in by_grid.items():
        within(draft, grid_id, partial(_all_ended, over=over))


def _all_ended(draft: Draft, grid: Grid, *, over: Sequence[ev.OrderEnded]) -> Grid:
    return plan(draft, engine.all_ended(draft, grid, over))


def _is_ours_or_told(draft: Draft, ended: EndedOrder) -> bool:
    """Whether an order that was cancelled along with the others is ours after all; told where it is somebody's."""
    order = recovery.find(draft.account, ended.client_id)
    if order is not None and recovery.same(order, ended) and order.order_id in (None, ended.order_id):
        return True
    stray = StrayCancelled(at=draft.at, symbol=ended.symbol, side=ended.side, price=ended.price)
    draft.notices.append(stray)
    return False


def _tick(draft: Draft, event: ev.Tick) -> None:
    tick(draft, event, within)


def _restarted(draft: Draft, event: ev.Restarted) -> None:
    facts.restarted(draft, event)
    plan_all(draft)
    facts.report_restart(draft, event)


def _restored(draft: Draft, event: ev.Restored) -> None:
    facts.restored(draft, event)
    plan_all(draft)


def _open_orders(draft: Draft, event: ev.OpenOrdersRead) -> None:
    for found in recovery.accepted_orders(draft.account, event):
        _handle(draft, found)
    draft.set(foreign=recovery.not_ours(draft.account, event.orders))


def _fill(draft: Draft, event: ev.Filled) -> None:
    order = recovery.find(draft.account, event.fill.client_id) or event.order
    if order is None or not _is_its_grids(draft, order, event.fill):
        _foreign_fill(draft, event.fill)
        stranger_traded(draft, event.fill)
        return
    grid = draft.grid(order.grid_id)
    if order.client_id not in grid.orders:
        draft.put_order(grid, order)
    facts.traded(draft, event.fill)

    def book(draft: Draft, grid: Grid) -> Grid:
        return plan(draft, engine.filled(draft, grid, order, event.fill))

    if not within(draft, order.grid_id, book):
        _book_parked(draft, order, event.fill)


def _is_its_grids(draft: Draft, order: Order, fill: Fill) -> bool:
    grid = draft.account.grids.get(order.grid_id)
    if grid is None or not recovery.traded(order, fill):
        return False
    # Known by our number alone, it can't have sold what the grid does not hold: somebody else has used the number.
    return order.order_id is not None or fill.side is Side.BUY or fill.quantity <= grid.coins


def _foreign_fill(draft: Draft, fill: Fill, grid_id: GridId | None = None) -> None:
    market = draft.account.markets.get(fill.symbol)
    base, _, quote = fill.symbol.partition("_")
    draft.book(
        FillEntry(
            at=draft.at,
            fill=fill,
            base=market.base if market else Asset(base),
            quote=market.quote if market else Asset(quote),
            grid_id=grid_id,
        )
    )


def _book_parked(draft: Draft, order: Order, fill: Fill) -> None:
    """The fill happened, whatever is wrong with the grid: the ledger has it, and the order has it."""
    _foreign_fill(draft, fill)
    draft.put_order(draft.grid(order.grid_id), filled_by(order, fill, draft.at))


def plan_all(draft: Draft) -> None:
    """Plan every grid that may have something to do."""
    for grid in draft.account.grids.values():
        if grid.phase is not Phase.STOPPED or grid.live:
            within(draft, grid.id, plan)


def within(draft: Draft, grid_id: GridId, work: Callable[[Draft, Grid], Grid]) -> bool:
    """Work on one grid. A failed assertion undoes the work, parks the grid and tells the owner."""
    before, counts = draft.account, (len(draft.actions), len(draft.notices), len(draft.entries))
    try:
        work(draft, draft.grid(grid_id))
    except AssertionError as failure:
        del draft.actions[counts[0] :], draft.notices[counts[1] :], draft.entries[counts[2] :]
        draft.account = before
        _park(draft, draft.grid(grid_id), str(failure))
        return False
    return True


def _park(draft: Draft, grid: Grid, text: str) -> None:
    if grid.phase is Phase.PARKED:
        return
    draft.put(replace(grid, phase=Phase.PARKED))
    draft.notices.append(
        GridParked(at=draft.at, grid_id=grid.id, symbol=grid.spec.symbol, text=text or "an assertion failed")
    )


ORDER_EVENTS: dict[type, Callable[[Draft, Grid, Order, Any], Grid]] = {
    ev.OrderAccepted: engine.accepted,
    ev.OrderRefused: engine.refused,
    ev.OrderUnknown: engine.unknown,
    ev.OrderEnded: engine.ended,
    ev.CancelFailed: engine.cancel_failed,
    ev.NeverArrived: engine.never_arrived,
}

COMMANDS: dict[type, Callable[[Draft, Any], Problem | None]] = {
    ev.StartGrid: start_grid,
    ev.StopGrid: stop_grid,
    ev.PauseGrid: pause_grid,
    ev.ResumeGrid: resume,
    ev.TuneGrid: tune_grid,
    ev.Panic: panic,
    ev.SetDailyLoss: set_daily_loss,
    ev.SettleStrangers: settle_strangers,
    SettleLeft: settle_left,
    SettleMissing: settle_missing,
    ConfirmLive: confirm_live,
    ev.BookDifference: facts.book_difference,
}

FACTS: dict[type, Callable[[Draft, Any], None]] = {
    ev.Tick: _tick,
    ev.Quoted: facts.quoted,
    ev.Filled: _fill,
    OrdersEnded: _orders_ended,
    ev.OpenOrdersRead: _open_orders,
    ev.Restarted: _restarted,
    ev.Restored: _restored,
    ev.BalancesRead: facts.balances,
    ev.BalanceTold: facts.balance_told,
    ev.FeesRead: facts.fees,
    ev.MarketsRead: markets_read,
    ev.Moved: facts.moved,
    ev.DayStarted: facts.day_started,
    ev.Interrupted: facts.interrupted,
    ev.StrangersFound: strangers_found,
    OrdersLeftFound: orders_left,
    BooksCompared: books_compared,
    ev.Resurfaced: resurfaced,
    ev.Noted: facts.noted,
    ev.BlockTaken: facts.block_taken,
    ev.Told: facts.told,
    ev.DayReported: facts.day_reported,
    ev.Leaving: facts.leaving,
}
