"""What holds everything until the owner has decided: nothing is placed and nothing sold meanwhile, cancels go out."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.draft import Step
from strategy.messages import events as ev
from strategy.messages.commands import Panic, ResumeGrid, StartGrid
from strategy.messages.doubts import (
    BooksCompared,
    ConfirmLive,
    FillsMissing,
    HoldOver,
    LiveUnconfirmed,
    OrdersLeft,
    OrdersLeftFound,
    SettleLeft,
    SettleMissing,
)
from strategy.messages.notices import Lane, lane_of
from strategy.messages.problems import ProblemCode
from strategy.model.account import Account, Halt, Hold
from strategy.model.grid import Phase
from strategy.model.levels import Lot
from strategy.model.market import Symbol
from strategy.model.orders import ClientId, GridId, LevelId, OrderStatus
from strategy.model.stops import Stop, StopReason
from strategy.step import step
from tests.builders import BLOCK, NOW, a_grid, a_level, a_range, an_account, an_open_order, an_order

LEFT = (an_open_order(an_order(1)), an_open_order(an_order(2)))
TICK = ev.Tick(at=NOW + 3000, touches={})


def held(*holds: Hold, **fields: Any) -> Account:
    return an_account(a_grid(a_level()), holds=frozenset(holds), **fields)


def placed(done: Step) -> int:
    return sum(isinstance(action, ev.Place) for action in done.actions)


@pytest.mark.parametrize("hold", Hold)
def test_while_something_is_held_nothing_is_placed_and_afterwards_the_levels_get_their_orders(hold: Hold) -> None:
    account = step(held(hold), TICK).account
    assert not account.grids[GridId(1)].live

    release: dict[Hold, ev.Event] = {
        Hold.LEFT_ORDERS: SettleLeft(at=NOW + 5000, cancel=False),
        Hold.MISSING_FILLS: SettleMissing(at=NOW + 5000, stop=False),
        Hold.UNCONFIRMED: ConfirmLive(at=NOW + 5000),
    }
    done = step(account, release[hold])

    assert not done.account.holds
    assert placed(done) == 1


@pytest.mark.parametrize("hold", Hold)
def test_while_something_is_held_no_coins_are_sold(hold: Hold) -> None:
    lots = {LevelId(1): Lot(quantity=Decimal("0.75"), cost=Decimal(1500))}
    stop = Stop(reason=StopReason.OWNER, sell=True, at=NOW)
    grid = a_grid(a_level(), lots=lots, phase=Phase.STOPPING, stop=stop)

    done = step(an_account(grid, holds=frozenset({hold})), TICK)

    assert not done.actions


@pytest.mark.parametrize("hold", Hold)
def test_while_something_is_held_orders_are_cancelled_all_the_same(hold: Hold) -> None:
    order = an_order(status=OrderStatus.OPEN, order_id="ex-1")
    grid = a_grid(a_level(order=order.client_id), orders=(order,))

    done = step(an_account(grid, holds=frozenset({hold})), Panic(at=NOW + 5000))

    assert [action.order_id for action in done.actions if isinstance(action, ev.Cancel)] == ["ex-1"]


def test_a_hold_is_told_once_and_its_end_too() -> None:
    missing = BooksCompared(at=NOW, agree=False, missing=2)
    first = step(held(), missing)
    assert first.notices == (FillsMissing(at=NOW, fills=2),)
    assert not step(first.account, missing).notices
    assert not step(held(), BooksCompared(at=NOW, agree=True)).notices

    over = step(first.account, BooksCompared(at=NOW, agree=True))

    assert over.notices == (HoldOver(at=NOW, hold=Hold.MISSING_FILLS),)
    assert not over.account.holds


def test_orders_that_a_new_database_finds_are_told_with_their_markets() -> None:
    found = step(held(), OrdersLeftFound(at=NOW, orders=LEFT))
    assert found.notices == (OrdersLeft(at=NOW, orders=2, symbols=(LEFT[0].symbol,)),)
    others = [replace(LEFT[0], symbol=Symbol(f"{coin}_USDC")) for coin in "DBCA"]
    [told] = step(held(), OrdersLeftFound(at=NOW, orders=(*LEFT, *others))).notices
    assert isinstance(told, OrdersLeft)
    assert told.symbols == ("A_USDC", "B_USDC", "C_USDC", "D_USDC", LEFT[0].symbol), "the same words at every start"

    gone = step(found.account, OrdersLeftFound(at=NOW, orders=()))

    assert gone.notices == (HoldOver(at=NOW, hold=Hold.LEFT_ORDERS),)
    assert not gone.account.left


@pytest.mark.parametrize("cancel", [True, False])
def test_exactly_the_orders_that_were_told_are_cancelled_or_none(cancel: bool) -> None:
    found = step(an_account(), OrdersLeftFound(at=NOW, orders=LEFT)).account

    done = step(found, SettleLeft(at=NOW, cancel=cancel))

    cancels = [ev.Cancel(symbol=one.symbol, client_id=None, order_id=one.order_id) for one in LEFT]
    assert list(done.actions) == (cancels if cancel else [])
    assert not done.account.left


def test_books_that_are_doubted_are_stopped_without_a_sale() -> None:
    stopped = a_grid(a_level(), id=GridId(2), phase=Phase.STOPPED)
    order = an_order(status=OrderStatus.OPEN, order_id="ex-1")
    grid = a_grid(a_level(order=order.client_id), orders=(order,))
    idle = replace(stopped, id=GridId(3), phase=Phase.RUNNING)
    late = replace(order, client_id=ClientId(9), grid_id=GridId(4), order_id="ex-9")
    ending = replace(a_grid(a_level(order=late.client_id), orders=(late,)), id=GridId(4), phase=Phase.STOPPED)
    account = an_account(grid, stopped, idle, ending, holds=frozenset({Hold.MISSING_FILLS}))

    done = step(account, SettleMissing(at=NOW, stop=True))

    grids = done.account.grids
    assert {grid.phase for grid in grids.values()} == {Phase.STOPPED}, "also a grid that has no order now"
    assert not done.actions
    assert all(one.is_settled for grid in grids.values() for one in grid.orders.values()), "also of one that had ended"
    assert grids[stopped.id] == stopped, "and of what is over nothing is told again"


def test_a_settled_hold_leaves_the_others_alone() -> None:
    account = held(Hold.LEFT_ORDERS, Hold.UNCONFIRMED, left=LEFT, halt=Halt.DAILY_LOSS)
    assert account.stopped_by is Hold.LEFT_ORDERS

    account = step(account, ConfirmLive(at=NOW)).account
    assert (account.holds, account.left) == (frozenset({Hold.LEFT_ORDERS}), LEFT)
    account = step(account, SettleLeft(at=NOW, cancel=False)).account

    assert account.stopped_by is Halt.DAILY_LOSS


def test_nothing_is_resumed_or_begun_meanwhile() -> None:
    for hold in Hold:
        for grid_id in (None, GridId(1)):
            problem = step(held(hold), ResumeGrid(at=NOW, grid_id=grid_id)).problem
            assert problem is not None
            assert (problem.code, dict(problem.facts)) == (ProblemCode.HALTED, {"halt": hold.value})


def test_a_grid_may_be_looked_at_before_LIVE_is_typed_and_places_nothing() -> None:  # noqa: N802 - the word itself
    account = an_account(holds=frozenset({Hold.UNCONFIRMED}))
    assert account.stopped_by is None, "nothing is open: it is asked at the first Start"

    started = step(account, StartGrid(at=NOW, spec=a_range(1900, 2100, 5)))

    assert started.problem is None
    assert not placed(started)
    assert started.account.stopped_by is Hold.UNCONFIRMED


def test_a_halt_refuses_a_new_grid_also_before_LIVE_is_typed() -> None:  # noqa: N802 - likewise
    account = an_account(holds=frozenset({Hold.UNCONFIRMED}), halt=Halt.DAILY_LOSS)
    problem = step(account, StartGrid(at=NOW, spec=a_range(1900, 2100, 5))).problem

    assert problem is not None
    assert dict(problem.facts) == {"halt": "daily_loss"}


def test_a_client_id_of_zero_is_nobodys() -> None:
    account = an_account(block=0)
    assert not account.is_ours(ClientId(0))
    assert account.is_ours(ClientId(1))
    assert not an_account(block=BLOCK).is_ours(None)


def test_what_holds_everything_overtakes_the_news() -> None:
    told = (
        OrdersLeft(at=NOW, orders=1, symbols=()),
        FillsMissing(at=NOW, fills=1),
        LiveUnconfirmed(at=NOW, grids=1),
        HoldOver(at=NOW, hold=Hold.LEFT_ORDERS),
    )
    assert {lane_of(notice) for notice in told} == {Lane.DANGER}


def test_a_second_grid_may_be_looked_at_and_opened_too_before_the_word_is_typed() -> None:
    started = step(held(Hold.UNCONFIRMED), StartGrid(at=NOW, spec=a_range(1900, 2100, 5)))

    assert started.problem is None
    assert not placed(started)
