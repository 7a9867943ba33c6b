"""The dispatcher: cancels first, batches, outcomes item by item; an order is sent once, in time, or not at all."""

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from bot.account.dispatcher import Dispatcher
from bot.account.sweep import Sweep
from exchange.paper.faults import FaultMode
from exchange.paper.listing import default_markets
from exchange.paper.rules import Choices
from exchange.paper.venue import Venue
from strategy.messages.events import (
    Cancel,
    CancelFailed,
    Event,
    Interrupted,
    OrderAccepted,
    OrderEnded,
    OrderRefused,
    OrderUnknown,
    Place,
)
from strategy.model.market import Asset, Side
from strategy.model.orders import Execution, Order, OrderStatus, Refusal
from strategy.reconcile.recovery import SENT_WITHIN
from tests.builders import ETH_USDC, NOW, an_order
from tests.integration.running import KEY, Road, a_while


@dataclass
class Desk:
    """A dispatcher over the venue, with everything it posted."""

    choices: Choices = field(default_factory=Choices)
    now: int = NOW
    posted: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.venue = Venue(default_markets(), clock=lambda: self.now, choices=self.choices)
        self.held = self.venue.open_account(KEY, {Asset("USDC"): Decimal(10_000)})
        self.road = Road(self.venue)
        sweep = Sweep(exchange=self.road, post=self.posted.append, clock=lambda: self.now)
        self.dispatcher = Dispatcher(exchange=self.road, post=self.posted.append, sweep=sweep, clock=lambda: self.now)

    def order(self, number: int, price: int = 1900, **more: Any) -> Order:
        """A buy that the venue takes, unless made otherwise."""
        wanted = {"price": Decimal(price), "status": OrderStatus.INTENDED, "order_id": None, "intended_at": self.now}
        return an_order(number, **(wanted | more))

    async def submit(self, *orders: Order) -> list[Event]:
        """Have orders sent; what was posted since."""
        before = len(self.posted)
        self.dispatcher.submit([Place(order=order) for order in orders])
        await a_while()
        return self.posted[before:]


def cancel_of(order: Order, order_id: str | None = None) -> Cancel:
    return Cancel(symbol=order.symbol, client_id=order.client_id, order_id=order_id)


async def test_orders_go_in_batches_of_twenty_two_at_a_time() -> None:
    desk = Desk()
    desk.road.out.clear()
    await desk.submit(*(desk.order(number, 1600 + number) for number in range(1, 51)))
    assert [len(orders) for orders in desk.road.sent] == [20, 20]

    desk.road.out.set()
    await a_while()
    assert [len(orders) for orders in desk.road.sent] == [20, 20, 10]
    assert len(desk.held.open) == 50
    assert [type(event) for event in desk.posted] == [OrderAccepted] * 50


async def test_each_order_of_a_batch_has_its_own_outcome() -> None:
    desk = Desk()
    good, crossing, dear = desk.order(1), desk.order(2, 2100), desk.order(3, 1950, quantity=Decimal(900))
    taker = desk.order(4, 2010, execution=Execution.IMMEDIATE)

    accepted, refused, too_dear, ended = await desk.submit(good, crossing, dear, taker)

    assert isinstance(accepted, OrderAccepted)
    assert accepted.order_id in {str(one) for one in desk.held.open}
    assert isinstance(refused, OrderRefused)
    assert isinstance(too_dear, OrderRefused)
    assert (refused.reason, too_dear.reason) == (Refusal.POST_ONLY, Refusal.FUNDS)
    assert isinstance(ended, OrderEnded)
    assert ended.ended.status is OrderStatus.FILLED


async def test_one_bad_order_holds_up_no_other() -> None:
    """A batch is refused whole: its halves go out by themselves, until the guilty one is alone."""
    desk = Desk()
    far = desk.order(7, 1)
    orders = [far if number == 7 else desk.order(number, 1800 + number) for number in range(1, 21)]

    events = await desk.submit(*orders)

    refused = [event for event in events if isinstance(event, OrderRefused)]
    assert [(event.client_id, event.reason) for event in refused] == [(far.client_id, Refusal.PRICE_BAND)]
    assert {order.client_id for order in desk.held.open.values()} == {one.client_id for one in orders if one is not far}
    assert len(events) == 20
    assert len(desk.road.sent) < 11


async def test_a_batch_that_is_refused_for_the_key_is_not_tried_in_halves() -> None:
    desk = Desk()
    desk.road.go_wrong(FaultMode.STATUS, "POST", status=401)
    events = await desk.submit(desk.order(1), desk.order(2))

    assert [type(event) for event in events] == [OrderRefused, Interrupted] * 2
    assert len(desk.road.sent) == 1


async def test_what_is_left_of_a_refused_batch_is_not_sent_too_late() -> None:
    desk = Desk()
    desk.road.back.clear()
    good = desk.order(1)
    await desk.submit(good, desk.order(2, 1))
    desk.now += SENT_WITHIN + 1
    desk.road.back.set()
    await a_while()

    assert [event.reason for event in desk.posted if isinstance(event, OrderRefused)] == [Refusal.UNAVAILABLE] * 2
    assert not desk.held.open


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        (FaultMode.LOSE_REQUEST, {}),
        (FaultMode.LOSE_ANSWER, {}),
        (FaultMode.STATUS, {"status": 503}),
        (FaultMode.STATUS, {"status": 500, "processed": True}),
    ],
)
async def test_a_sending_without_an_answer_makes_all_its_orders_unknown_and_is_not_repeated(
    mode: FaultMode, more: dict[str, Any]
) -> None:
    desk = Desk()
    desk.road.go_wrong(mode, "POST", **more)
    posted = await desk.submit(desk.order(1), desk.order(2))
    assert [type(event) for event in posted] == [OrderUnknown, OrderUnknown]
    assert len(desk.road.sent) == 1


async def test_a_sending_that_breaks_in_us_leaves_its_orders_unknown_and_the_next_ones_go_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk()
    place = desk.road.place

    async def broken(_: object) -> object:
        raise OSError("the disk of a test")

    desk.road.place = broken  # type: ignore[method-assign,assignment]
    (unknown,) = await desk.submit(desk.order(2))
    desk.road.place = place  # type: ignore[method-assign]
    assert isinstance(unknown, OrderUnknown)
    assert "order event=broken" in caplog.text
    assert [type(event) for event in await desk.submit(desk.order(3))] == [OrderAccepted]


async def test_a_refusal_because_of_too_many_calls_or_no_connection_leaves_no_doubt() -> None:
    desk = Desk()
    desk.road.go_wrong(FaultMode.STATUS, "POST", status=429)
    (refused,) = await desk.submit(desk.order(1))
    assert isinstance(refused, OrderRefused)
    assert refused.reason is Refusal.RATE_LIMIT


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_may_not_trade_interrupts_with_its_cause(status: int) -> None:
    desk = Desk()
    desk.road.go_wrong(FaultMode.STATUS, "POST", status=status)
    refused, interrupted = await desk.submit(desk.order(1))
    assert isinstance(refused, OrderRefused)
    assert isinstance(interrupted, Interrupted)
    assert (refused.reason, interrupted.cause) == (Refusal.KEY, "key")


async def test_an_order_that_has_waited_too_long_is_not_sent() -> None:
    desk = Desk()
    old, fresh = desk.order(1), desk.order(2, intended_at=NOW + SENT_WITHIN)
    desk.now += SENT_WITHIN + 1

    posted = {event.client_id: event for event in await desk.submit(old, fresh) if not isinstance(event, Interrupted)}  # type: ignore[union-attr]

    assert isinstance(posted[old.client_id], OrderRefused)
    assert isinstance(posted[fresh.client_id], OrderAccepted)
    assert desk.road.sent == [(fresh,)]


async def test_a_batch_of_orders_that_are_all_too_old_makes_no_call() -> None:
    desk = Desk()
    old = desk.order(1)
    desk.now += SENT_WITHIN + 1
    await desk.submit(old)
    assert not desk.road.sent


async def test_a_cancel_withdraws_an_order_that_is_still_waiting_here() -> None:
    desk = Desk()
    desk.road.out.clear()
    orders = [desk.order(number, 1600 + number) for number in range(1, 42)]
    await desk.submit(*orders)
    desk.dispatcher.submit([cancel_of(orders[40])])
    desk.road.out.set()
    await a_while()

    assert not desk.road.cancelled
    assert all(orders[40] not in batch for batch in desk.road.sent)
    refused = [event for event in desk.posted if isinstance(event, OrderRefused)]
    assert [event.client_id for event in refused] == [orders[40].client_id]


async def test_cancels_are_sent_while_placements_hang_and_before_those_that_wait() -> None:
    desk = Desk()
    (resting,) = await desk.submit(desk.order(100))
    assert isinstance(resting, OrderAccepted)
    desk.road.back.clear()
    waiting = [desk.order(number, 1600 + number) for number in range(1, 61)]
    await desk.submit(*waiting)
    desk.dispatcher.submit([cancel_of(desk.order(100), resting.order_id)])
    await a_while()

    assert desk.road.cancelled == [desk.order(100).client_id]
    assert [len(orders) for orders in desk.road.sent] == [1, 20, 20]
    assert int(resting.order_id) not in desk.held.open


async def test_cancels_go_out_eight_at_a_time() -> None:
    desk = Desk()
    placed = await desk.submit(*(desk.order(number, 1600 + number) for number in range(1, 13)))
    desk.road.cancel_out.clear()
    desk.dispatcher.submit(
        [
            Cancel(symbol=ETH_USDC, client_id=event.client_id, order_id=event.order_id)
            for event in placed
            if isinstance(event, OrderAccepted)
        ]
    )
    await a_while()
    assert len(desk.road.cancelled) == 8
    desk.road.cancel_out.set()
    await a_while()
    assert len(desk.road.cancelled) == 12
    assert not desk.held.open


async def test_no_cancel_is_sent_for_a_client_id_alone_which_somebody_else_may_use_too() -> None:
    desk = Desk()
    order = desk.order(1)
    await desk.submit(order)
    desk.dispatcher.submit([cancel_of(order)])
    await a_while()
    assert not desk.road.cancelled

    accepted = desk.posted[-1]
    assert isinstance(accepted, OrderAccepted)
    desk.dispatcher.submit([cancel_of(order, accepted.order_id)])
    await a_while()
    ended = desk.posted[-1]
    assert isinstance(ended, OrderEnded)
    assert ended.ended.status is OrderStatus.CANCELLED


@pytest.mark.parametrize("lost", [FaultMode.LOSE_REQUEST, FaultMode.LOSE_ANSWER])
async def test_a_cancel_without_an_answer_and_one_of_an_order_that_is_over_both_say_so(lost: FaultMode) -> None:
    desk = Desk()
    order = desk.order(1)
    await desk.submit(order)
    desk.road.go_wrong(lost, "DELETE")
    accepted = desk.posted[-1]
    assert isinstance(accepted, OrderAccepted)
    desk.dispatcher.submit([cancel_of(order, accepted.order_id), cancel_of(desk.order(77), "77")])
    await a_while()
    assert [type(event) for event in desk.posted[-2:]] == [CancelFailed, CancelFailed]


async def test_closing_withdraws_what_waits_and_waits_for_what_is_under_way() -> None:
    desk = Desk()
    desk.road.back.clear()
    orders = [desk.order(number, 1600 + number) for number in range(1, 46)]
    await desk.submit(*orders)
    closing = asyncio.create_task(desk.dispatcher.close())
    await a_while()
    assert not closing.done()

    desk.road.back.set()
    await closing
    assert len([event for event in desk.posted if isinstance(event, OrderAccepted)]) == 40
    assert [event.client_id for event in desk.posted if isinstance(event, OrderRefused)] == [
        order.client_id for order in orders[40:]
    ]


async def test_closing_sends_the_cancels_that_still_wait() -> None:
    desk = Desk()
    placed = await desk.submit(*(desk.order(number, 1600 + number) for number in range(1, 21)))
    for event in placed:
        assert isinstance(event, OrderAccepted)
        desk.dispatcher.submit([Cancel(symbol=ETH_USDC, client_id=event.client_id, order_id=event.order_id)])
    await desk.dispatcher.close()
    assert not desk.held.open


async def test_an_order_that_ends_at_once_because_it_would_take_says_why() -> None:
    desk = Desk(Choices(post_only_expires=True))
    crossing = replace(desk.order(1, 2100), side=Side.BUY)
    (ended,) = await desk.submit(crossing)
    assert isinstance(ended, OrderEnded)
    assert (ended.ended.status, ended.ended.reason) == (OrderStatus.EXPIRED, "PostOnlyTaker")
