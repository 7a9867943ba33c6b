"""The whole strategy as one pure function: `step(account, event)`. Routes an event to what it concerns, then plans."""

from collections.abc import Sequence
from functools import partial
from typing import assert_never

from strategy.account import readings
from strategy.account.commands import (
    panic,
    pause_grid,
    resume,
    set_lending,
    start_grid,
    stop_grid,
    tell_paused,
)
from strategy.account.compounding import grow
from strategy.account.envelopes import divide, is_shown
from strategy.account.holds import books_compared, confirm_live, orders_left, settle_left, settle_missing
from strategy.account.limits import set_limits, tell_held
from strategy.account.markets import markets_read
from strategy.account.tick import tick
from strategy.account.tuning import tune_grid
from strategy.account.volume import set_volume_goal, volume_counted, week_ended
from strategy.adapt.following import candles_read
from strategy.draft import Draft, Step
from strategy.grid import order_events
from strategy.grid.booking import filled_by
from strategy.grid.coins import tell_missing
from strategy.grid.keeping import within
from strategy.grid.order_events import plan
from strategy.messages import events as ev
from strategy.messages.by_hand import StrayCancelled
from strategy.messages.commands import (
    BookDifference,
    Command,
    Panic,
    PauseGrid,
    ResumeGrid,
    SetLending,
    SetLimits,
    SettleStrangers,
    StartGrid,
    StopGrid,
    TuneGrid,
)
from strategy.messages.crowds import OrdersEnded
from strategy.messages.doubts import BooksCompared, ConfirmLive, OrdersLeftFound, SettleLeft, SettleMissing
from strategy.messages.points import SetVolumeGoal, VolumeCounted, WeekEnded
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import opens
from strategy.model.ledger import FillEntry
from strategy.model.market import assets_of
from strategy.model.orders import EndedOrder, Fill, GridId, Order
from strategy.reconcile import recovery
from strategy.reconcile.strangers import resurfaced, settle_strangers, stranger_traded, strangers_found


def step(account: Account, event: ev.Event) -> Step:
    """What follows from an event: the new state, what to do, what to tell, what the ledger gains.

    Pure: the same account and event always give the same step. A failed assertion inside one grid parks that grid and
    leaves the others as they were.
    """
    draft = Draft(account=account, at=event.at)
    _decide(draft, event)
    return draft.finish()


class Run:
    """The same function over many events of which only the end is kept: nothing is copied between them."""

    def __init__(self, account: Account) -> None:
        self._draft = Draft(account=account, at=0)

    @property
    def account(self) -> Account:
        """As it stands. It goes on changing with the next event."""
        return self._draft.account

    def take(self, event: ev.Event) -> Draft:
        """What follows from the event: its actions, notices and entries, until the next one."""
        draft = self._draft
        draft.begin(event.at)
        _decide(draft, event)
        return draft


def _decide(draft: Draft, event: ev.Event) -> None:
    _handle(draft, event)
    if _may_divide(draft, event):
        for grid_id in divide(draft):
            within(draft, grid_id, plan)
    tell_missing(draft)
    tell_paused(draft)
    if draft.held:
        tell_held(draft)


def _may_divide(draft: Draft, event: ev.Event) -> bool:
    """Whether the money of the account may be another one, or be for other grids.

    What the sale of a grid that ends has brought is divided with what its buys had held, once a reading shows both.
    """
    if isinstance(event, _MOVES_MONEY):
        return draft.problem is None
    return any(
        is_shown(draft.account, draft.grid(grid_id).market.quote)
        for grid_id, was in draft.was.items()
        if was is not None and was.phase is not Phase.STOPPED and draft.grid(grid_id).phase is Phase.STOPPED
    )


_MOVES_MONEY = (StartGrid, TuneGrid, ResumeGrid, ev.Moved, ev.BalancesRead)


def _handle(draft: Draft, event: ev.Event) -> None:
    if isinstance(event, ev.OrderEvent):
        _order(draft, event)
    elif isinstance(event, Command):
        draft.problem = _command(draft, event)
        plan_all(draft)
    else:
        _fact(draft, event)


def _order(draft: Draft, event: ev.OrderEvent) -> None:
    """Something happened to an order; if it is not held in memory, reconciliation has already dealt with it."""
    order = recovery.find(draft.account, event.client_id)
    if order is not None:
        within(draft, order.grid_id, lambda draft, grid: _plan(draft, _folded(draft, grid, order, event)))


def _folded(draft: Draft, grid: Grid, order: Order, event: ev.OrderEvent) -> Grid:
    match event:
        case ev.OrderAccepted():
            return order_events.accepted(draft, grid, order, event)
        case ev.OrderRefused():
            return order_events.refused(draft, grid, order, event)
        case ev.OrderUnknown():
            return order_events.unknown(draft, grid, order, event)
        case ev.OrderEnded():
            return order_events.ended(draft, grid, order, event)
        case ev.CancelFailed():
            return order_events.cancel_failed(draft, grid, order, event)
        case ev.NeverArrived():
            return order_events.never_arrived(draft, grid, order, event)
        case _:
            assert_never(event)


def _command(draft: Draft, event: Command) -> Problem | None:  # noqa: C901, PLR0911, PLR0912 - one case a kind
    match event:
        case StartGrid():
            return start_grid(draft, event)
        case StopGrid():
            return stop_grid(draft, event)
        case PauseGrid():
            return pause_grid(draft, event)
        case ResumeGrid():
            return resume(draft, event)
        case TuneGrid():
            return tune_grid(draft, event)
        case Panic():
            return panic(draft, event)
        case SetVolumeGoal():
            set_volume_goal(draft, event)
            return None
        case SetLending():
            return set_lending(draft, event)
        case SetLimits():
            return set_limits(draft, event)
        case SettleStrangers():
            return settle_strangers(draft, event)
        case SettleLeft():
            return settle_left(draft, event)
        case SettleMissing():
            return settle_missing(draft, event)
        case ConfirmLive():
            return confirm_live(draft, event)
        case BookDifference():
            return readings.book_difference(draft, event)
        case _:
            assert_never(event)


def _fact(draft: Draft, event: ev.Fact) -> None:  # noqa: C901, PLR0912, PLR0915 - one case a kind, nothing else
    match event:
        case ev.Tick():
            tick(draft, event)
        case ev.Quoted():
            readings.quoted(draft, event)
        case ev.CandlesRead():
            candles_read(draft, event)
        case ev.Filled():
            _fill(draft, event)
        case OrdersEnded():
            _orders_ended(draft, event)
        case ev.OpenOrdersRead():
            _open_orders(draft, event)
        case ev.Restarted():
            _restarted(draft, event)
        case ev.Restored():
            _restored(draft, event)
        case ev.BalancesRead():
            readings.balances(draft, event)
        case ev.BalanceTold():
            readings.balance_told(draft, event)
        case ev.FeesRead():
            readings.fees(draft, event)
        case ev.MarketsRead():
            markets_read(draft, event)
        case ev.Moved():
            readings.moved(draft, event)
        case ev.DayStarted():
            readings.day_started(draft, event)
        case ev.Interrupted():
            readings.interrupted(draft, event)
        case ev.StrangersFound():
            strangers_found(draft, event)
        case OrdersLeftFound():
            orders_left(draft, event)
        case BooksCompared():
            books_compared(draft, event)
        case ev.Resurfaced():
            resurfaced(draft, event)
        case ev.Noted():
            readings.noted(draft, event)
        case ev.BlockTaken():
            readings.block_taken(draft, event)
        case ev.Told():
            readings.told(draft, event)
        case VolumeCounted():
            volume_counted(draft, event)
        case WeekEnded():
            week_ended(draft, event)
        case ev.DayReported():
            readings.day_reported(draft, event)
        case ev.Leaving():
            readings.leaving(draft, event)
        case _:
            assert_never(event)


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
    return _plan(draft, order_events.all_ended(draft, grid, over))


def _is_ours_or_told(draft: Draft, ended: EndedOrder) -> bool:
    """Whether an order that was cancelled along with the others is ours after all; told where it is somebody's."""
    order = recovery.find(draft.account, ended.client_id)
    if order is not None and recovery.same(order, ended) and order.order_id in (None, ended.order_id):
        return True
    stray = StrayCancelled(at=draft.at, symbol=ended.symbol, side=ended.side, price=ended.price)
    draft.notices.append(stray)
    return False


def _restarted(draft: Draft, event: ev.Restarted) -> None:
    readings.restarted(draft, event)
    plan_all(draft)
    readings.report_restart(draft, event)


def _restored(draft: Draft, event: ev.Restored) -> None:
    readings.restored(draft, event)
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
    readings.traded(draft, event.fill)

    def book(draft: Draft, grid: Grid) -> Grid:
        return _plan(draft, order_events.filled(draft, grid, order, event.fill))

    if not within(draft, order.grid_id, book):
        _book_parked(draft, order, event.fill)


def _is_its_grids(draft: Draft, order: Order, fill: Fill) -> bool:
    grid = draft.account.grids.get(order.grid_id)
    if grid is None or not recovery.traded(order, fill):
        return False
    # Known by our number alone, it can't have sold what the grid does not hold: somebody else has used the number.
    return order.order_id is not None or opens(fill.side) or fill.quantity <= grid.coins


def _foreign_fill(draft: Draft, fill: Fill) -> None:
    base, quote = assets_of(fill.symbol, draft.account.markets.get(fill.symbol))
    draft.book(FillEntry(at=draft.at, fill=fill, base=base, quote=quote, grid_id=None))


def _book_parked(draft: Draft, order: Order, fill: Fill) -> None:
    """The fill happened, whatever is wrong with the grid: the ledger has it, and the order has it."""
    _foreign_fill(draft, fill)
    draft.put_order(draft.grid(order.grid_id), filled_by(order, fill, draft.at))


def plan_all(draft: Draft) -> None:
    """Plan every grid that may have something to do."""
    for grid in draft.account.grids.values():
        if grid.phase is not Phase.STOPPED or grid.live:
            within(draft, grid.id, _plan)


def _plan(draft: Draft, grid: Grid) -> Grid:
    """What the levels are to be first, then what they lack."""
    return plan(draft, grow(draft, grid))
