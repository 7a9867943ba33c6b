"""Somebody's trigger orders, read in memory and over the wire: never ours, whatever they look like."""

from decimal import Decimal

import pytest

from bot.account.sweep import Sweep
from exchange.paper.records import NewOrder, Trigger
from exchange.port import Accepted
from strategy.messages.events import Cancel, Event
from strategy.model.market import Side
from strategy.model.orders import EndedOrder, OpenOrder, Order, OrderStatus
from strategy.reconcile.recovery import same
from tests.contract.both import ETH, Both
from tests.contract.scripted import API_KEY


def a_trigger(both: Both, like: Order, *, at: str = "1900", percent: str | None = None, limit: bool = True) -> str:
    """A trigger order under the client id, side and price of another order; its id."""
    share = None if percent is None else Decimal(percent)
    size = Decimal("0.1") if percent is None else None
    new = NewOrder(
        symbol=ETH,
        side=like.side,
        price=like.price if limit else None,
        client_id=like.client_id,
        trigger=Trigger(price=Decimal(at), quantity=size, percent=share),
    )
    return str(both.local.venue.place(API_KEY, new).id)


@pytest.mark.parametrize("percent", [None, "80"])
@pytest.mark.parametrize("limit", [True, False])
async def test_a_trigger_order_that_looks_like_ours_is_read_and_is_not(
    both: Both, percent: str | None, limit: bool
) -> None:
    order = both.order(Side.SELL, "1890")
    waits = a_trigger(both, order, percent=percent, limit=limit)
    (found,) = await both.exchange.open_orders()
    (listed,) = await both.exchange.orders_since(ETH, 0)

    price = Decimal(1890) if limit else None
    assert found == OpenOrder(
        order_id=waits,
        client_id=order.client_id,
        symbol=ETH,
        side=Side.SELL,
        price=price,
        quantity=Decimal(0),
        executed=Decimal(0),
        created_at=both.now,
        is_conditional=True,
    )
    assert listed == found
    assert not same(order, found)


async def test_a_trigger_order_is_not_ours_when_it_rests_and_when_it_is_over(both: Both) -> None:
    order = both.order(Side.BUY, "1850")
    triggered, failed = a_trigger(both, order), a_trigger(both, order, percent="0.0001")
    both.local.venue.walk(ETH, Decimal(1900))
    (rests,) = await both.exchange.open_orders()
    over = await both.exchange.ended_order(ETH, failed)

    assert (rests.order_id, rests.quantity, rests.is_conditional) == (triggered, Decimal("0.1"), True)
    assert isinstance(over, EndedOrder)
    assert (over.status, over.executed, over.reason) == (OrderStatus.EXPIRED, Decimal(0), "InvalidQuantity")
    assert not same(order, rests)
    assert not same(order, over)


async def test_cancelling_a_market_leaves_what_waits_for_a_trigger(both: Both) -> None:
    ours, _ = await both.place(Side.BUY, "1800")
    waits = a_trigger(both, ours)
    cancelled = await both.exchange.cancel_all(ETH)

    assert cancelled is not None
    assert [one.client_id for one in cancelled] == [ours.client_id]
    assert [one.order_id for one in await both.exchange.open_orders()] == [waits]


async def test_a_sweep_leaves_a_market_with_a_foreign_trigger_order_alone(both: Both) -> None:
    placed = [await both.place(Side.BUY, f"{1800 - number}") for number in range(3)]
    waits = a_trigger(both, placed[0][0])
    cancels = [
        Cancel(symbol=ETH, client_id=order.client_id, order_id=answer.order_id)
        for order, answer in placed
        if isinstance(answer, Accepted)
    ]
    posted: list[Event] = []
    sweep = Sweep(exchange=both.exchange, post=posted.append, clock=lambda: both.now)

    left = await sweep.run(ETH, cancels, {cancel.order_id or "" for cancel in cancels})

    assert (len(left), posted) == (3, [])
    assert len(await both.exchange.open_orders()) == 4
    assert waits in {one.order_id for one in await both.exchange.open_orders()}
