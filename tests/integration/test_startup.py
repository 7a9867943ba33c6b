"""Every way to die, and what the next start makes of it: over a real database and a venue that outlives the process."""

from decimal import Decimal

import pytest

from exchange.paper import upkeep
from exchange.paper.faults import FaultMode
from strategy.messages.events import Leaving
from strategy.messages.notices import FillTold, LimitReached, Trouble
from strategy.messages.reports import CameBack
from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.ledger import MovementKind
from strategy.model.market import Asset
from strategy.model.orders import OrderStatus
from strategy.reconcile.recovery import in_limbo
from tests.builders import a_range
from tests.integration.running import KEY, World, a_trading_world, a_while, assert_whole

DAY = 86_400_000
OVERDUE_TICKS = 15
"""Ticks after which an intent that never arrived is given up: more than the 35 s in which it may still arrive."""


async def came_back(world: World) -> CameBack:
    """The newest restart report."""
    return world.told(CameBack)[-1]  # type: ignore[no-any-return]


async def test_a_first_start_opens_the_ledger_once_with_what_the_account_holds() -> None:
    world = World(usdc="1234.5")
    await world.begin()
    await world.kill()
    await world.begin_again()

    (opening,) = world.store.movements("main")
    assert (opening.kind, opening.asset, opening.amount) == (MovementKind.OPENING, "USDC", Decimal("1234.5"))
    assert not world.told(CameBack)
    assert world.account.ready


async def test_a_deposit_while_the_ledger_is_opened_is_in_it_once() -> None:
    world = World(usdc="1000")

    def deposit() -> None:
        world.now += 65
        upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(5))

    world.road.meanwhile.append(deposit)
    await world.begin()
    await world.app.reader.reconcile()

    (opening,) = world.store.movements("main")
    assert opening.amount == world.account.expected[Asset("USDC")] == 1005


async def test_books_are_not_begun_on_an_answer_that_shows_nothing_at_all() -> None:
    """Whether the account is bare or the answer is can't be told: its owner is, and it goes on by itself."""
    world = World(usdc="1000")
    world.road.bare = 5
    await world.begin()

    (opening,) = world.store.movements("main")
    assert opening.amount == 1000
    assert [(one.cause, one.over) for one in world.told(Trouble)] == [("empty", False), ("empty", True)]
    assert world.account.ready


async def test_killed_after_the_commit_and_before_the_sending_the_orders_are_given_up_and_placed_anew() -> None:
    world = World()
    await world.begin()
    world.road.out.clear()
    await world.start()
    intended = {order.client_id for order in world.grid.live}
    assert intended
    assert not world.held.orders
    await world.kill()

    world.now += 60_000
    await world.begin_again()
    report = await came_back(world)
    assert report.limbo == len(intended)
    assert {order.client_id for order in in_limbo(world.account)} == intended
    await world.tick()

    assert not in_limbo(world.account)
    await world.tick(3)
    assert_whole(world)
    assert not intended & {order.client_id for order in world.held.orders.values()}


async def test_killed_before_the_answer_the_orders_are_found_at_the_exchange() -> None:
    world = World(stream=False)
    await world.begin()
    world.road.back.clear()
    await world.start()
    placed = set(world.held.open)
    assert placed
    assert all(order.status is OrderStatus.INTENDED for order in world.grid.live)
    await world.kill()

    await world.begin_again()
    assert not in_limbo(world.account)
    assert placed <= {*world.held.orders}
    await world.tick(2)
    assert_whole(world)


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_request_that_hung_when_the_process_died_is_waited_for_until_it_can_no_longer_arrive(
    arrives: bool,
) -> None:
    world = World()
    await world.begin()
    world.road.out.clear()
    await world.start()
    hung = list(world.road.sent)
    await world.kill()

    await world.begin_again()
    await world.tick(2)
    assert len(world.road.sent) == len(hung), "nothing is sent again meanwhile"
    if arrives:
        for orders in hung:
            await world.road.arrive(orders)
    await world.tick(OVERDUE_TICKS)
    await world.tick(3)

    assert_whole(world)
    first = {order.client_id for orders in hung for order in orders}
    assert bool(first & {order.client_id for order in world.held.orders.values()}) is arrives


async def test_killed_before_a_fill_is_committed_the_next_start_books_it() -> None:
    world = await a_trading_world()
    (level,) = [one for one in world.grid.levels.values() if one.buy_price == 1980]
    await world.app.reader.reconcile()
    world.venue.walk(world.grid.spec.symbol, Decimal(1970))
    await world.kill()
    assert level.id not in world.store.load("main").grids[world.grid.id].lots  # type: ignore[union-attr]

    world.now += 14 * 60_000
    await world.begin_again()
    report = await came_back(world)
    assert (report.away, report.fills, report.balanced, report.limbo) == (14 * 60_000, 1, True, 0)
    assert report.placed == 1, "the sell of the level that was filled"
    assert_whole(world)


async def test_the_restart_report_has_what_the_fills_earned_and_what_was_placed_for_them() -> None:
    world = await a_trading_world()
    await world.kill()
    for price in (1970, 2030, 1970):  # buys the level at 1,980, sells it and the one at 2,020, and buys again
        world.venue.walk(world.grid.spec.symbol, Decimal(price))

    world.now += 60_000
    await world.begin_again()
    report = await came_back(world)
    fills = world.told(FillTold)[-report.fills :]
    assert report.fills == len(world.held.fills) - 1
    assert report.profit == sum((one.trip_profit or Decimal(0) for one in fills), Decimal(0))
    assert report.placed == report.fills
    await world.tick()
    assert_whole(world)


async def test_a_notice_of_a_process_that_died_is_still_waiting_to_be_sent() -> None:
    world = await a_trading_world()
    await world.trade(1970)
    await world.kill()
    await world.begin_again()

    waiting = [row.notice for row in world.store.unsent(50)]
    assert [one.trade for one in waiting if isinstance(one, FillTold)] == [one.trade for one in world.told(FillTold)]


async def test_however_often_it_is_killed_nothing_is_sent_twice_or_lost() -> None:
    world = World(stream=False)
    await world.begin()
    await world.start()
    for round_, price in enumerate((1970, 1930, 2030, 2070, 1990, 1950, 2010, 2050)):
        world.venue.walk(world.grid.spec.symbol, Decimal(price))
        (world.road.out if round_ % 2 else world.road.back).clear()
        world.now += 3_000
        await world.app.reader.tick()
        await a_while()
        await world.kill()
        await world.begin_again()
    await world.tick(OVERDUE_TICKS)
    await world.tick(3)

    assert_whole(world)
    assert len(world.held.fills) > 4


async def test_the_exchange_that_does_not_answer_at_the_start_is_asked_again_and_told_once() -> None:
    world = World()
    world.road.go_wrong(FaultMode.STATUS, "GET", times=5)
    await world.begin()

    assert world.slept == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert world.account.ready
    troubles = world.told(Trouble)
    assert [one.over for one in troubles] == [False, True]


async def test_a_stop_that_was_passed_while_the_process_was_away_comes_before_any_buy() -> None:
    world = World()
    await world.begin()
    await world.start(a_range(1900, 2100, 5, stop_loss=Decimal(1890)))
    await world.tick()
    await world.kill()
    world.venue.walk(world.grid.spec.symbol, Decimal(1850))
    sent = len(world.road.sent)

    world.now += 60_000
    await world.begin_again()
    assert len(world.road.sent) == sent
    await world.tick(2)
    assert len(world.road.sent) == sent
    assert [one.reason.value for one in world.told(LimitReached)] == ["stop_loss"]
    assert world.grid.phase is Phase.STOPPED


async def test_a_daily_loss_of_the_time_away_comes_before_any_buy() -> None:
    world = World(daily_loss_limit="5")
    await world.begin()
    await world.start()
    await world.tick()
    await world.kill()
    world.venue.walk(world.grid.spec.symbol, Decimal(1850))
    sent = len(world.road.sent)

    world.now += 60_000
    await world.begin_again()
    await world.tick(3)
    assert len(world.road.sent) == sent
    assert world.account.halt is Halt.DAILY_LOSS


async def test_midnight_that_passed_while_the_process_was_away_counts_from_the_last_known_price() -> None:
    world = await a_trading_world()
    await world.app.reader.reconcile()
    await world.kill()
    world.venue.walk(world.grid.spec.symbol, Decimal(1850))

    world.now += 86_400_000
    await world.begin_again()
    day = world.account.day
    assert day is not None
    fills = world.told(FillTold)
    assert day.date == "2026-11-23"
    assert day.start[world.grid.id] > (await world.app.trader.report()).grids[0].standing.total
    assert fills


async def test_deposits_while_away_are_booked_and_the_books_balance() -> None:
    world = await a_trading_world()
    await world.kill()
    world.now += 60_000
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal("500.5"))
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(-20))

    world.now += 1000
    await world.begin_again()
    report = await came_back(world)
    assert report.balanced is True
    kinds = [one.kind for one in world.store.movements("main")]
    assert kinds == [MovementKind.OPENING, MovementKind.DEPOSIT, MovementKind.WITHDRAWAL]
    assert_whole(world)


@pytest.mark.parametrize("came_up", [True, False])
async def test_transfers_of_weeks_ago_are_booked_although_nobody_could_read_them_for_long(*, came_up: bool) -> None:
    """A process that could not read them was alive all the same, whether it had come up or not."""
    world = await a_trading_world()
    if not came_up:
        await world.kill()
        world.now += 10 * DAY
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(-20), fee=Decimal("1.5"), on_top=True)
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal("500.5"))
    world.now += 10 * DAY
    world.road.go_wrong(FaultMode.STATUS, "GET /wapi/v1/capital/deposits", times=None)
    if not came_up:
        await world.begin_again()
    await world.app.reader.reconcile()
    world.app.runner.post(Leaving(at=world.now, cancel=False))
    await a_while()
    await world.kill()

    world.road.faults.clear()
    world.now += 1000
    await world.begin_again()
    assert (await came_back(world)).balanced is True
    kinds = [one.kind for one in world.store.movements("main")]
    assert sorted(kinds) == [MovementKind.DEPOSIT, MovementKind.OPENING, *[MovementKind.WITHDRAWAL] * 2]
    assert_whole(world)


async def test_a_fee_that_came_on_top_is_booked_although_its_withdrawal_was_booked_weeks_later_by_another_process() -> (
    None
):
    world = await a_trading_world()
    await world.kill()
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(-20), fee=Decimal("1.5"), on_top=True)
    world.now += 40 * DAY
    upkeep.transfer(world.venue, KEY, Asset("USDC"), Decimal(5))
    world.road.go_wrong(FaultMode.STATUS, "GET /api/v1/capital", times=None)
    await world.begin_again()
    assert len(world.store.movements("main")) == 3
    await world.kill()

    world.road.faults.clear()
    await world.begin_again()
    assert (await came_back(world)).balanced is False
    for _ in range(6):
        await world.app.reader.reconcile()
        await world.tick(25)
    assert Decimal("-1.5") in [one.amount for one in world.store.movements("main")]
    assert_whole(world)
