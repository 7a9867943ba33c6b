"""The end of a whole market's orders, told at once: each as if told alone, planned once; somebody's is told."""

from dataclasses import replace
from decimal import Decimal

from strategy.messages.by_hand import StrayCancelled
from strategy.messages.crowds import OrdersEnded
from strategy.model.market import Side
from strategy.model.orders import ClientId, EndedOrder, GridId, Order, OrderStatus
from strategy.step import step
from tests.builders import ETH_USDC, NOW, a_grid, a_level, an_account, an_order
from tests.unit.one_level import ORDER, one_level, over, the_grid

RESTING = replace(ORDER, status=OrderStatus.OPEN, order_id="ex-1")


def ended(order: Order, **changes: object) -> EndedOrder:
    known = replace(over(order, OrderStatus.CANCELLED).ended, price=order.price)
    return replace(known, **changes)  # type: ignore[arg-type]  # whatever a test says


def test_an_end_that_is_told_with_others_does_what_it_does_alone() -> None:
    alone = over(RESTING, OrderStatus.CANCELLED)
    together = OrdersEnded(at=NOW, orders=(alone.ended, alone.ended, replace(alone.ended, client_id=ClientId(999))))

    assert step(one_level(RESTING), together) == step(one_level(RESTING), alone)


def test_what_was_executed_first_is_never_taken_for_cancelled() -> None:
    partly = over(RESTING, OrderStatus.CANCELLED, executed="0.01")
    done = step(one_level(RESTING), OrdersEnded(at=NOW, orders=(partly.ended,)))

    assert not the_grid(done).orders[RESTING.client_id].is_settled


def test_the_ends_of_a_crowd_are_planned_once() -> None:
    orders = tuple(an_order(number, status=OrderStatus.OPEN, order_id=f"ex-{number}") for number in (1, 2, 3))
    first = an_account(a_grid(a_level(order=orders[0].client_id), orders=orders), touches={})
    done = step(first, OrdersEnded(at=NOW, orders=tuple(over(one, OrderStatus.CANCELLED).ended for one in orders)))

    assert not done.account.grids[GridId(1)].live


def test_an_order_of_ours_that_had_just_arrived_is_no_stray() -> None:
    done = step(one_level(ORDER), OrdersEnded(at=NOW, orders=(), others=(ended(ORDER),)))

    assert not done.notices
    assert the_grid(done).orders[ORDER.client_id].status is OrderStatus.CANCELLED


def test_somebodys_order_that_was_cancelled_along_is_told_although_it_carries_our_id() -> None:
    theirs = (
        ended(RESTING, client_id=None),
        ended(RESTING, client_id=ClientId(999)),
        ended(RESTING, price=Decimal(7)),
        ended(RESTING, order_id="ex-7"),
    )
    done = step(one_level(RESTING), OrdersEnded(at=NOW, orders=(), others=theirs))

    prices = [notice.price for notice in done.notices if isinstance(notice, StrayCancelled)]
    assert prices == [RESTING.price, RESTING.price, Decimal(7), RESTING.price]
    told = StrayCancelled(at=NOW, symbol=ETH_USDC, side=Side.BUY, price=RESTING.price)
    assert done.notices[0] == told
    assert the_grid(done).live == (RESTING,)
