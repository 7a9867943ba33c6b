"""What the owner decides in the running program: strangers are adopted, differences booked, resurfaced orders over."""

from dataclasses import replace
from decimal import Decimal

from bot.owner.views import Audit, AuditProgress, Unreadable
from exchange.paper import upkeep
from exchange.paper.faults import FaultMode
from exchange.paper.records import NewOrder
from strategy.messages.by_hand import OrderResurfaced, StrangersSettled
from strategy.messages.events import BlockTaken
from strategy.messages.problems import Problem
from strategy.model.account import Halt
from strategy.model.ledger import FillEntry, Movement, MovementKind
from strategy.model.market import Asset
from strategy.model.orders import ClientId, Order
from strategy.reconcile.recovery import in_limbo
from tests.builders import ETH_USDC, USDC
from tests.integration.running import KEY, World, a_trading_world, assert_books

D = Decimal


async def a_world_with_a_stranger() -> tuple[World, Order]:
    """An order of a level was replaced, at the exchange, by the same one under an id that nobody wrote down."""
    world = await a_trading_world()
    known = next(order for order in world.grid.live if order.price == 1980)
    await world.kill()
    world.venue.cancel(KEY, ETH_USDC, order_id=int(known.order_id or 0))
    strange = replace(known, client_id=ClientId(known.client_id + 500))
    await world.road.arrive([strange])
    return world, strange


def assert_all_ours(world: World) -> None:
    """What rests is what the levels have, and every level has its order."""
    resting = {order.client_id for order in world.held.open.values()}
    assert {level.order for level in world.grid.levels.values()} == resting
    assert_books(world)


async def test_an_adopted_order_is_its_levels_order_and_its_fill_is_booked_to_the_grid() -> None:
    world, strange = await a_world_with_a_stranger()
    await world.begin_again()
    assert world.account.halt is Halt.STRANGERS

    assert await world.app.trader.settle_strangers(cancel=False, adopt=True) is None
    await world.tick(2)
    assert [(one.adopted, one.left) for one in world.told(StrangersSettled)] == [(1, 0)]
    assert strange.client_id in {order.client_id for order in world.grid.live}
    assert_all_ours(world)

    await world.trade(1970)
    await world.tick(2)
    booked = [entry for entry in world.store.entries("main") if isinstance(entry, FillEntry)]
    assert [entry.grid_id for entry in booked if entry.fill.client_id == strange.client_id] == [world.grid.id]
    assert_all_ours(world)


async def test_an_adopted_order_is_known_to_the_next_process_too() -> None:
    world, strange = await a_world_with_a_stranger()
    await world.begin_again()
    await world.app.trader.settle_strangers(cancel=False, adopt=True)
    await world.kill()
    world.venue.walk(ETH_USDC, D(1970))

    await world.begin_again()
    await world.tick(2)

    assert world.account.halt is None
    assert world.grid.orders[strange.client_id].filled == strange.quantity
    assert_all_ours(world)


async def test_a_fill_that_comes_while_the_owner_decides_keeps_an_order_from_being_adopted() -> None:
    """It was booked as somebody else's, as nobody wrote its id down: no grid can have it afterwards."""
    world, strange = await a_world_with_a_stranger()
    await world.begin_again()
    listing = world.venue.listing(ETH_USDC)
    listing.book.part = lambda left: left / 2
    await world.walk("1979.5")
    listing.book.part = None

    await world.app.trader.settle_strangers(cancel=False, adopt=True)
    await world.tick(2)

    assert [(one.adopted, one.left, one.traded) for one in world.told(StrangersSettled)] == [(0, 1, 1)]
    assert strange.client_id in {order.client_id for order in world.held.open.values()}
    assert strange.client_id not in world.grid.orders
    assert_books(world)


async def a_world_with_an_order_that_is_over() -> tuple[World, NewOrder]:
    """And the very same order, so that it can come back: it never seemed to arrive, so that no answer named its id."""
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(2070)
    (old,) = in_limbo(world.account)
    await world.tick(40)
    assert old.client_id not in world.grid.orders, "given up, and forgotten"
    again = NewOrder(symbol=ETH_USDC, side=old.side, price=old.price, quantity=old.quantity, client_id=old.client_id)
    return world, again


async def test_an_order_that_resurfaces_is_told_once_and_taken_off_the_book() -> None:
    world, old = await a_world_with_an_order_that_is_over()
    resurfaced = world.venue.place(KEY, old).id
    world.road.cancel_out.clear()

    await world.tick(5)
    assert resurfaced in world.held.open
    world.road.cancel_out.set()
    await world.tick(3)

    assert resurfaced not in world.held.open
    assert world.road.cancelled.count(ClientId(old.client_id or 0)) == 3, (
        "asked for again after a while, and not each tick"
    )
    [told] = world.told(OrderResurfaced)
    assert (told.price, told.quantity) == (old.price, old.quantity)
    assert world.account.halt is None
    assert_books(world)


async def test_an_order_under_an_id_of_an_earlier_block_resurfaces_like_any_other() -> None:
    world, old = await a_world_with_an_order_that_is_over()
    world.app.runner.post(BlockTaken(at=world.clock(), block=world.account.block + 1))
    await world.app.runner.settled()
    assert old.price is not None
    stranger = world.venue.place(KEY, replace(old, price=old.price - 1)).id
    resurfaced = world.venue.place(KEY, old).id

    await world.tick(3)

    assert resurfaced not in world.held.open
    assert stranger in world.held.open
    assert len(world.told(OrderResurfaced)) == 1
    assert world.account.halt is Halt.STRANGERS, "an id of ours, and not what was written down under it"


# A difference that nothing explains


async def a_world_in_limbo_with_an_airdrop(amount: str = "5") -> World:
    """The request for an order was lost, and money came in without any record."""
    world = await a_trading_world()
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.walk(1970)
    airdrop(world, amount)
    await world.tick(40)
    assert len(in_limbo(world.account)) == 1, "it can't be given up while the books differ"
    return world


def airdrop(world: World, amount: str) -> None:
    world.held.change(Asset("USDC"), D(amount))
    world.venue.clearing.commit(world.held)


async def audited(world: World) -> Audit:
    async def tell(_: AuditProgress) -> None: ...

    found = await world.app.trader.audit(tell)
    assert isinstance(found, Audit)
    return found


async def test_a_difference_is_booked_by_the_owner_alone_and_frees_the_order_in_limbo() -> None:
    world = await a_world_in_limbo_with_an_airdrop()
    found = await audited(world)
    assert found.bookable == {USDC: D(5)}
    assert not [one for one in world.store.movements("main") if one.kind is MovementKind.UNEXPLAINED]

    assert await world.app.trader.book_difference(found.bookable) is None
    await world.tick(15)

    booked = [one for one in world.store.movements("main") if one.kind is MovementKind.UNEXPLAINED]
    assert [(one.asset, one.amount) for one in booked] == [(USDC, D(5))]
    assert not in_limbo(world.account)
    assert all(level.order is not None for level in world.grid.levels.values())
    assert_books(world)
    assert (await audited(world)).balanced


async def test_a_difference_that_is_another_by_now_is_not_booked() -> None:
    world = await a_world_in_limbo_with_an_airdrop()
    found = await audited(world)
    airdrop(world, "0.01")

    refused = await world.app.trader.book_difference(found.bookable)

    assert isinstance(refused, Problem)
    assert in_limbo(world.account)
    movements: list[Movement] = world.store.movements("main")
    assert {one.kind for one in movements} == {MovementKind.OPENING}
    assert await world.app.trader.book_difference((await audited(world)).bookable) is None


async def test_what_a_record_explains_by_now_is_booked_as_what_it_is() -> None:
    """The audit saw a difference; by the time the owner presses, a deposit explains it."""
    world = await a_trading_world()
    airdrop(world, "5")
    found = await audited(world)
    world.held.change(USDC, D(-5))
    upkeep.transfer(world.venue, KEY, USDC, D(5))

    assert isinstance(await world.app.trader.book_difference(found.bookable), Problem)
    assert [one.kind for one in world.store.movements("main")][-1] is MovementKind.DEPOSIT
    assert_books(world)


async def test_without_an_answer_of_the_exchange_nothing_is_booked() -> None:
    world = await a_trading_world()
    airdrop(world, "5")
    found = await audited(world)
    world.road.go_wrong(FaultMode.STATUS, "GET", status=503)

    assert isinstance(await world.app.trader.book_difference(found.bookable), Unreadable)
    assert world.account.expected[USDC] + 5 == world.held.balance(USDC).total
