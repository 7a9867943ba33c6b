"""What keeps a whole process from trading until the owner has decided: whose orders, whose books, whose money it is.

Only cancelling goes on meanwhile. Whether something is to be held is found out elsewhere; here is what follows.
"""

from strategy.draft import Draft
from strategy.grid.opening import problem
from strategy.grid.order_events import ended
from strategy.grid.sequences import begin_stop
from strategy.messages.doubts import (
    BooksCompared,
    ConfirmLive,
    FillsMissing,
    HoldOver,
    OrdersLeft,
    OrdersLeftFound,
    SettleLeft,
    SettleMissing,
)
from strategy.messages.events import Cancel, OrderEnded
from strategy.messages.notices import Notice
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.account import Hold
from strategy.model.grid import Grid
from strategy.model.orders import EndedOrder, OrderStatus
from strategy.model.stops import StopReason


def orders_left(draft: Draft, event: OrdersLeftFound) -> None:
    """A lost database or a second installation would look like this: told once, gone once the orders are."""
    if not event.orders:
        _over(draft, Hold.LEFT_ORDERS)
        return
    symbols = tuple(sorted({found.symbol for found in event.orders}))
    _hold(draft, Hold.LEFT_ORDERS, OrdersLeft(at=event.at, orders=len(event.orders), symbols=symbols))
    draft.set(left=event.orders)


def books_compared(draft: Draft, event: BooksCompared) -> None:
    """Another account's database, or another exchange's, would look like this: told once, over if the fills appear."""
    if event.agree:
        _over(draft, Hold.MISSING_FILLS)
    else:
        _hold(draft, Hold.MISSING_FILLS, FillsMissing(at=event.at, fills=event.missing))


def settle_left(draft: Draft, event: SettleLeft) -> Problem | None:
    """Cancel what was shown to the owner, or nothing; then the ledger is opened."""
    for found in draft.account.left if event.cancel else ():
        draft.actions.append(Cancel(symbol=found.symbol, client_id=None, order_id=found.order_id))
    _release(draft, Hold.LEFT_ORDERS)
    return None


def settle_missing(draft: Draft, event: SettleMissing) -> Problem | None:
    """Trade on, or stop every grid. Nothing is sold: who knows whose coins those are."""
    for grid in draft.account.grids.values() if event.stop else ():
        if not grid.is_over or grid.live:
            _give_up(draft, begin_stop(draft, grid, StopReason.OWNER, sell=False))
    _release(draft, Hold.MISSING_FILLS)
    return None


def confirm_live(draft: Draft, event: ConfirmLive) -> Problem | None:
    """From now on orders may cost money."""
    assert event.at == draft.at
    _release(draft, Hold.UNCONFIRMED)
    return None


def held(draft: Draft) -> Problem | None:
    """Why a grid can't be opened or resumed now; that LIVE is still to be typed keeps nobody from looking."""
    account = draft.account
    why = account.stopped_by
    if why is Hold.UNCONFIRMED:
        why = account.halt
    return problem(ProblemCode.HALTED, halt=why.value) if why else None


def _give_up(draft: Draft, grid: Grid) -> None:
    """Its orders count as over: no record will ever say what became of them, and a stop would wait for it for ever.

    One that rests all the same is found by its id, cancelled and told; what it has traded is booked.
    """
    for order in grid.live:
        over = EndedOrder(
            order_id=order.order_id or "",
            client_id=order.client_id,
            symbol=order.symbol,
            side=order.side,
            status=OrderStatus.CANCELLED,
            executed=order.filled,
        )
        grid = ended(draft, grid, order, OrderEnded(at=draft.at, client_id=order.client_id, ended=over))


def _hold(draft: Draft, hold: Hold, told: Notice) -> None:
    if hold not in draft.account.holds:
        draft.set(holds=draft.account.holds | {hold})
        draft.notices.append(told)


def _over(draft: Draft, hold: Hold) -> None:
    if hold in draft.account.holds:
        _release(draft, hold)
        draft.notices.append(HoldOver(at=draft.at, hold=hold))


def _release(draft: Draft, hold: Hold) -> None:
    left = () if hold is Hold.LEFT_ORDERS else draft.account.left
    draft.set(holds=draft.account.holds - {hold}, left=left)
