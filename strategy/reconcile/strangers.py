"""Orders under ids of ours that the books do not have, or have as over: another installation's, an old database's.

The owner decides about strangers. What he lets us adopt must be exact: every fill of it belongs to the grid, or none.
"""

from collections.abc import Sequence

from strategy.draft import Draft
from strategy.grid.requests import RECANCEL_AFTER, Wanted
from strategy.grid.room import Room
from strategy.grid.turning import asked
from strategy.messages import events as ev
from strategy.messages.by_hand import OrderResurfaced, StrangersSettled
from strategy.messages.commands import SettleStrangers
from strategy.messages.notices import StrangersTold
from strategy.messages.problems import Problem
from strategy.model.account import Halt
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level
from strategy.model.orders import Fill, OpenOrder, Order, OrderStatus, Purpose
from strategy.model.values import replace


def strangers_found(draft: Draft, event: ev.StrangersFound) -> None:
    """Ids of our block that the journal does not know: nothing is traded until the owner has chosen."""
    is_told = draft.account.halt is Halt.STRANGERS
    draft.set(halt=Halt.STRANGERS, strangers=event.orders or draft.account.strangers)
    if is_told:
        return
    draft.notices.append(StrangersTold(at=event.at, orders=len(event.orders), fills=event.fills))


def stranger_traded(draft: Draft, fill: Fill) -> None:
    """A fill under an id of ours was booked as somebody else's: its order can't be adopted any more."""
    account = draft.account
    if account.is_ours(fill.client_id):
        draft.set(strangers_traded=account.strangers_traded | {fill.order_id})


def settle_strangers(draft: Draft, event: SettleStrangers) -> Problem | None:
    """Adopt what fits if asked, leave or cancel the others, and go on under a new block of ids.

    The blocks before are given up: what is left there under ids that nobody wrote down is somebody else's from now on.
    """
    account = draft.account
    traded = [found for found in account.strangers if _has_traded(draft, found)]
    left = [found for found in account.strangers if not (event.adopt and _adopted(draft, found))]
    for found in left if event.cancel else ():
        draft.actions.append(ev.Cancel(symbol=found.symbol, client_id=None, order_id=found.order_id))
    if event.adopt:
        adopted = len(account.strangers) - len(left)
        draft.notices.append(StrangersSettled(at=draft.at, adopted=adopted, left=len(left), traded=len(traded)))
    halt = None if account.halt is Halt.STRANGERS else account.halt
    draft.set(block=event.block, next_id=1, earlier=(), strangers=(), strangers_traded=frozenset(), halt=halt)
    return None


def resurfaced(draft: Draft, event: ev.Resurfaced) -> None:
    """An order that was over rests at the exchange: nobody wants it. Told once, cancelled until it is gone."""
    found, asked_at = event.found, draft.account.resurfaced
    _learn_id(draft, event.order, found)
    if found.order_id not in asked_at:
        draft.notices.append(
            OrderResurfaced(
                at=draft.at,
                symbol=found.symbol,
                side=found.side,
                price=found.price,
                quantity=found.quantity - found.executed,
                executed=found.executed,
            )
        )
    elif draft.at - asked_at[found.order_id] < RECANCEL_AFTER:
        return
    draft.actions.append(ev.Cancel(symbol=found.symbol, client_id=found.client_id, order_id=found.order_id))
    draft.set(resurfaced={**asked_at, found.order_id: draft.at})


def _learn_id(draft: Draft, order: Order, found: OpenOrder) -> None:
    """It was given up and is there after all: what it has traded is its grid's, and is known by the exchange's id."""
    grid = draft.account.grids.get(order.grid_id)
    known = grid.orders.get(order.client_id, order) if grid else order  # a fill of it may have come in the meantime
    if grid and known.order_id is None:
        draft.put_order(grid, replace(known, order_id=found.order_id))


def _adopted(draft: Draft, found: OpenOrder) -> bool:
    """Make a stranger the order of the one level that asks for exactly this, if there is one."""
    if not _is_exact(draft, found):
        return False
    fitting = _fitting(draft, found)
    if len(fitting) != 1:
        return False
    _adopt(draft, *fitting[0], found)
    return True


def _is_exact(draft: Draft, found: OpenOrder) -> bool:
    """Whether the grid would get all its fills: none is booked yet, and the id was never given out by this database."""
    account = draft.account
    twins = sum(_wish(one) == _wish(found) or one.client_id == found.client_id for one in account.strangers)
    is_free = found.client_id is not None and account.never_gave_out(found.client_id)
    rests = found.quantity > 0 and not found.is_conditional  # ours never wait for a trigger, and all say how many
    return is_free and rests and twins == 1 and not _has_traded(draft, found)


def _has_traded(draft: Draft, found: OpenOrder) -> bool:
    return bool(found.executed) or found.order_id in draft.account.strangers_traded


def _wish(found: OpenOrder) -> object:
    return found.symbol, found.side, found.price, found.quantity


def _fitting(draft: Draft, found: OpenOrder) -> Sequence[tuple[Grid, Level]]:
    """The levels without an order that would ask for this one now."""
    return [
        (grid, level)
        for grid in draft.account.grids.values()
        if grid.phase.trades or grid.phase is Phase.PAUSED
        for level in grid.levels.values()
        if level.order is None and _fits(draft, grid, level, found)
    ]


def _fits(draft: Draft, grid: Grid, level: Level, found: OpenOrder) -> bool:
    if (grid.spec.symbol, level.side, level.price) != (found.symbol, found.side, found.price):
        return False
    room = Room.of(draft, grid)
    quantity, _ = asked(grid, level, room.coins, draft.account.fees)
    wanted = Wanted(purpose=Purpose.LEVEL, side=level.side, price=level.price, quantity=quantity)
    return quantity == found.quantity and not room.lacks_coins(wanted) and room.refuses(wanted) is None


def _adopt(draft: Draft, grid: Grid, level: Level, found: OpenOrder) -> None:
    assert found.client_id is not None
    order = Order(
        client_id=found.client_id,
        grid_id=grid.id,
        symbol=found.symbol,
        purpose=Purpose.LEVEL,
        level=level.id,
        side=level.side,
        price=level.price,
        quantity=found.quantity,
        status=OrderStatus.OPEN,
        order_id=found.order_id,
        intended_at=found.created_at,
        changed_at=draft.at,
    )
    _, lots = asked(grid, level, Room.of(draft, grid).coins, draft.account.fees)
    grid = draft.put_lots(grid, lots) if lots is not None else grid
    grid = draft.put_order(grid, order)
    draft.put_level(grid, replace(level, order=order.client_id, wait=None, wait_since=None))
    foreign = tuple(one for one in draft.account.foreign if one.order_id != found.order_id)
    draft.set(foreign=foreign)
