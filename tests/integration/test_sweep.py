"""A crowd of cancels: one call for the market where all that rests there is to go, one by one where not."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.paper.faults import FaultMode
from exchange.paper.records import NewOrder, Trigger
from exchange.port import Listed
from strategy.messages.by_hand import StrayCancelled
from strategy.messages.crowds import OrdersEnded
from strategy.messages.events import Cancel, CancelFailed, Event, OrderAccepted, OrderEnded
from strategy.messages.notices import GridEnded
from strategy.model.grid import Phase
from strategy.model.market import Side, Symbol
from strategy.model.orders import BLOCK_SIZE, EndedOrder, Order, OrderStatus
from strategy.step import step
from tests.builders import ETH_USDC, an_account
from tests.integration.running import KEY, World, a_trading_world, a_while, assert_books
from tests.integration.test_dispatcher import Desk

CROWD = 5


class Crowd(Desk):
    """A dispatcher with five orders of ours at rest, for which five is a crowd."""

    async def rest(self) -> list[Cancel]:
        self.dispatcher.crowd = CROWD
        return await self.rest_of(CROWD)

    async def rest_of(self, many: int) -> list[Cancel]:
        orders = [self.order(number, 1900 - number) for number in range(1, many + 1)]
        await self.submit(*orders)
        self.posted.clear()
        return [self.cancel(order) for order in orders]

    def cancel(self, order: Order) -> Cancel:
        found = next(one for one in self.held.open.values() if one.client_id == order.client_id)
        return Cancel(symbol=order.symbol, client_id=order.client_id, order_id=str(found.id))

    def foreign(self, **more: Any) -> int:
        new = NewOrder(symbol=ETH_USDC, side=Side.BUY, price=Decimal(1500), quantity=Decimal("0.1"))
        return self.venue.place(KEY, replace(new, **more)).id

    def ask_for_the_end_of(self, event: Event) -> None:
        """Post it; of an order that has arrived the end is asked for at once, as a stopping grid does."""
        self.posted.append(event)
        if isinstance(event, OrderAccepted):
            cancel = Cancel(symbol=ETH_USDC, client_id=event.client_id, order_id=event.order_id)
            self.dispatcher.submit([cancel])

    async def cancel_all(self, cancels: list[Cancel]) -> list[Event]:
        self.dispatcher.submit(cancels)
        await a_while()
        return self.posted


@pytest.fixture
def desk() -> Crowd:
    return Crowd()


def ended(posted: list[Event]) -> set[int]:
    """The numbers of the orders that are said to be over."""
    return {(one.client_id or 0) % BLOCK_SIZE for one in ends(posted)}


def ends(posted: list[Event]) -> list[EndedOrder]:
    """Whatever they were told by: one call for each, or one for all."""
    swept = [end for one in posted if isinstance(one, OrdersEnded) for end in one.orders]
    return [*swept, *(one.ended for one in posted if isinstance(one, OrderEnded))]


async def test_a_market_on_which_all_is_to_go_is_cancelled_in_one_call(desk: Crowd) -> None:
    posted = await desk.cancel_all(await desk.rest())

    [told] = posted
    assert isinstance(told, OrdersEnded)
    assert ended(posted) == {1, 2, 3, 4, 5}
    assert desk.road.cancelled == []
    assert desk.held.open == {}


STOP = Trigger(price=Decimal(1500), quantity=Decimal("0.1"))


@pytest.mark.parametrize(
    "foreign",
    [
        {},
        {"client_id": 0},
        {"client_id": 99},
        {"quantity": None, "trigger": STOP},
        {"quantity": None, "trigger": STOP, "price": None},
    ],
)
async def test_a_foreign_order_on_the_market_makes_it_one_by_one_and_stays(
    desk: Crowd, foreign: dict[str, Any]
) -> None:
    cancels = await desk.rest()
    theirs = desk.foreign(**foreign)
    posted = await desk.cancel_all(cancels)

    assert ended(posted) == {1, 2, 3, 4, 5}
    assert len(desk.road.cancelled) == CROWD
    assert list(desk.held.open) == [theirs]


async def test_a_row_that_can_not_be_read_makes_it_one_by_one(desk: Crowd) -> None:
    cancels = await desk.rest()
    theirs = desk.foreign()
    desk.road.unreadable.add(str(theirs))
    await desk.cancel_all(cancels)

    assert list(desk.held.open) == [theirs]


async def test_a_row_that_was_passed_over_makes_it_one_by_one(desk: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    cancels, shown = await desk.rest(), desk.road.open_orders
    theirs = desk.foreign()

    async def without_theirs() -> Any:
        return Listed([row for row in await shown() if row.order_id != str(theirs)], passed_over=1)

    monkeypatch.setattr(desk.road, "open_orders", without_theirs)
    await desk.cancel_all(cancels)

    assert list(desk.held.open) == [theirs]


@pytest.mark.parametrize("mode", [FaultMode.LOSE_ANSWER, FaultMode.LOSE_REQUEST])
async def test_an_unknown_outcome_is_looked_at_again(desk: Crowd, mode: FaultMode) -> None:
    cancels = await desk.rest()
    desk.road.go_wrong(mode, "DELETE /api/v1/orders")
    posted = await desk.cancel_all(cancels)

    assert desk.held.open == {}
    was_lost = mode is FaultMode.LOSE_REQUEST
    assert len(ended(posted)) == (CROWD if was_lost else 0)
    assert sum(isinstance(one, CancelFailed) for one in posted) == (0 if was_lost else CROWD)


@pytest.mark.parametrize("times", [1, 2])
async def test_orders_that_can_not_be_read_are_cancelled_one_by_one(desk: Crowd, times: int) -> None:
    cancels = await desk.rest()
    desk.road.go_wrong(FaultMode.LOSE_REQUEST, "GET /api/v1/orders", times=times)
    posted = await desk.cancel_all(cancels)

    assert ended(posted) == {1, 2, 3, 4, 5}
    assert desk.held.open == {}


async def test_a_look_that_hangs_or_waits_for_the_budget_holds_up_no_cancel(
    desk: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancels don't wait where the exchange has said that it was too much; the look before a crowd of them did."""
    monkeypatch.setattr("bot.account.sweep.LOOKED_WITHIN", 0.01)
    cancels = await desk.rest()
    monkeypatch.setattr(desk.road, "open_orders", asyncio.Event().wait)
    await desk.cancel_all(cancels)
    async with asyncio.timeout(5):
        await desk.dispatcher.close()
    assert ended(desk.posted) == {1, 2, 3, 4, 5}
    assert not desk.held.open


async def test_an_order_of_somebody_that_came_in_between_is_told(desk: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    cancels, sweep = await desk.rest(), desk.road.cancel_all

    async def late(symbol: Symbol) -> Listed[EndedOrder] | None:
        desk.foreign()
        return await sweep(symbol)

    monkeypatch.setattr(desk.road, "cancel_all", late)
    posted = await desk.cancel_all(cancels)

    [told] = [one for one in posted if isinstance(one, OrdersEnded)]
    [stray] = told.others
    assert step(an_account(), told).notices == (
        StrayCancelled(at=desk.now, symbol=ETH_USDC, side=Side.BUY, price=Decimal(1500)),
    )
    assert stray.client_id is None


async def test_a_crowd_waits_for_the_orders_that_are_under_way(desk: Crowd) -> None:
    cancels = await desk.rest()
    desk.road.out.clear()
    await desk.submit(desk.order(9, 1800))
    desk.dispatcher.submit(cancels)
    await a_while()
    assert len(desk.held.open) == CROWD

    desk.road.out.set()
    desk.dispatcher.post = desk.ask_for_the_end_of
    await a_while()

    assert ended(desk.posted) == {1, 2, 3, 4, 5, 9}
    assert [(one or 0) % BLOCK_SIZE for one in desk.road.cancelled] == [9]


async def test_an_order_that_has_just_arrived_is_looked_at_again(desk: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    cancels, shown, looks = await desk.rest(), desk.road.open_orders, []
    new = desk.order(9, 1800)
    await desk.submit(new)

    async def meanwhile() -> Any:
        looks.append(await shown())
        if len(looks) == 1:
            desk.dispatcher.submit([desk.cancel(new)])
        return looks[-1]

    monkeypatch.setattr(desk.road, "open_orders", meanwhile)
    await desk.cancel_all(cancels)

    assert desk.held.open == {}
    assert len(desk.road.cancelled) <= 1


async def test_what_waits_to_be_cancelled_is_not_queued_again(desk: Crowd) -> None:
    desk.dispatcher.crowd = 100
    cancels = await desk.rest_of(12)
    desk.road.cancel_out.clear()
    desk.dispatcher.submit(cancels)
    desk.dispatcher.submit(cancels[8:])
    desk.road.cancel_out.set()
    await a_while()

    assert len(desk.road.cancelled) == 12


async def test_an_order_that_was_filled_first_is_not_said_to_be_cancelled(desk: Crowd) -> None:
    cancels = await desk.rest()
    desk.venue.walk(ETH_USDC, Decimal(1898))
    posted = await desk.cancel_all(cancels)

    assert ended(posted) == {3, 4, 5} or ended(posted) == {2, 3, 4, 5}
    assert all(one.status is OrderStatus.CANCELLED for one in ends(posted))


async def test_nothing_is_placed_on_a_market_while_it_is_swept(desk: Crowd) -> None:
    cancels = await desk.rest()
    desk.dispatcher.submit([*cancels])
    posted = await desk.submit(desk.order(9, 1800))

    assert [(one.client_id or 0) % BLOCK_SIZE for one in desk.held.open.values()] == [9]
    assert posted


async def test_a_panic_counts_what_was_cancelled_and_not_what_was_filled() -> None:
    world: World = await a_trading_world(stream=False)
    live = len(world.grid.live)
    await world.app.trader.panic()
    await a_while()
    await world.tick(3)

    (told,) = world.told(GridEnded)
    assert world.grid.phase is Phase.STOPPED
    assert told.cancelled == live
    assert_books(world)


async def test_an_order_that_fills_before_its_cancel_arrives_is_not_counted_as_cancelled() -> None:
    world: World = await a_trading_world(stream=False)
    live = len(world.grid.live)
    world.road.cancel_out.clear()
    await world.app.trader.panic()
    await a_while()
    world.venue.walk(ETH_USDC, Decimal(1970))
    world.road.cancel_out.set()
    await a_while()
    await world.tick(8)

    (told,) = world.told(GridEnded)
    assert told.cancelled == live - 1
    progress = world.app.trader.panic_progress()
    assert (progress.done, progress.cancelled, progress.others) == (True, live - 1, 1)
    assert_books(world)
