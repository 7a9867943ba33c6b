"""The owner trades perpetuals in the account of the grids: their profit, funding and fees move USDC all the time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.account.movements import LATE_EVERY
from exchange.paper import upkeep
from exchange.paper.faults import FaultMode
from strategy.messages.notices import MovementSeen
from strategy.model.durations import HOUR
from strategy.model.ledger import Movement, MovementKind
from strategy.model.levels import Wait
from strategy.reconcile.recovery import LAG
from tests.builders import NOW, USDC
from tests.integration.running import KEY, World, a_trading_world, assert_whole
from tests.promises import books
from tests.promises.promise import assert_kept
from tests.venue import totals, unbooked

D = Decimal
NEXT_HOUR = NOW - NOW % HOUR + HOUR


def booked(world: World) -> list[Movement]:
    return [one for one in world.store.movements("main") if one.kind is MovementKind.SETTLEMENT]


def assert_books_but_for_what_is_not_booked(world: World) -> None:
    held = totals(world.held)
    held[USDC] -= unbooked(world.held, world.store.movements("main"), world.app.reader.opened_at)
    assert_kept(books.books_equal_the_exchange(world.account, held))


async def test_what_they_settle_is_booked_by_whole_hours_and_told_once() -> None:
    world = await a_trading_world()
    world.now += 1
    upkeep.settle(world.venue, KEY, D("1.25"))
    upkeep.settle(world.venue, KEY, D("-0.05"), source="TradingFees")
    await world.app.reader.read_movements()
    assert not booked(world), "the hour goes on"

    world.now = NEXT_HOUR + LAG - 1
    upkeep.settle(world.venue, KEY, D("-0.5"), source="FundingPayment")
    await world.app.reader.read_movements()
    assert not booked(world), "rows of it may be missing yet"

    world.now += 1
    await world.app.reader.read_movements()
    assert [(one.at, one.asset, one.amount) for one in booked(world)] == [(NEXT_HOUR - 1, USDC, D("1.20"))]

    world.now = NEXT_HOUR + HOUR + LAG + 1
    for _ in range(2):
        await world.app.reader.read_movements()
    assert [one.amount for one in booked(world)] == [D("1.20"), D("-0.5")]
    assert [(one.movement, one.amount) for one in world.told(MovementSeen)] == [(MovementKind.SETTLEMENT, D("1.20"))]
    assert_books_but_for_what_is_not_booked(world)


async def test_what_was_settled_while_nobody_looked_is_booked_after_weeks_and_not_twice() -> None:
    world = await a_trading_world()
    for _ in range(3):
        world.now += 7 * 24 * HOUR
        upkeep.settle(world.venue, KEY, D("0.7"))
    world.now += 2 * HOUR
    await world.kill()
    await world.begin()
    assert [one.amount for one in booked(world)] == [D("0.7")] * 3

    await world.app.reader.read_movements()
    await world.kill()
    await world.begin()
    assert len(booked(world)) == 3
    assert_books_but_for_what_is_not_booked(world)
    await world.kill()


@pytest.mark.parametrize("looks_back", [False, True])
async def test_what_comes_late_is_booked_although_its_hour_is(looks_back: bool) -> None:
    """Rows of two hours that are booked, and of one between them that had none."""
    world = await a_trading_world()
    first = NEXT_HOUR + 60_000
    for at, amount in ((first, "1.25"), (first + 2 * HOUR, "0.5")):
        world.now = at
        upkeep.settle(world.venue, KEY, D(amount))
    world.now += HOUR + LAG
    await world.app.reader.read_movements()
    assert [one.amount for one in booked(world)] == [D("1.25"), D("0.5")]
    for at, amount in ((first, "0.03"), (first, "0.02"), (first + HOUR, "-0.01")):
        upkeep.settle(world.venue, KEY, D(amount))
        world.held.settlements[-1] = replace(world.held.settlements[-1], at=at)
    world.held.settlements.sort(key=lambda one: one.at)

    for times in (0, 1, 2):  # booked is what two readings show
        if looks_back:  # the books differ
            world.app.reader.movements.look_back(world.now - 12 * HOUR)
        else:
            world.now += LATE_EVERY
        assert len(booked(world)) == 2 + 2 * (times == 2)
        await world.app.reader.read_movements()
    amounts = [one.amount for one in sorted(booked(world), key=lambda one: one.at)]
    assert amounts == [D("1.25"), D("0.05"), D("-0.01"), D("0.5")]
    assert_books_but_for_what_is_not_booked(world)


async def test_rows_of_a_booked_hour_that_are_not_listed_for_a_while_are_not_taken_back() -> None:
    world = await a_trading_world()
    world.now = NEXT_HOUR + 60_000
    upkeep.settle(world.venue, KEY, D("1.25"))
    upkeep.settle(world.venue, KEY, D("0.5"))
    world.now += HOUR + LAG
    await world.app.reader.read_movements()
    for missing in (1, 0, 2, 1, 0):
        listed = list(world.held.settlements)
        del world.held.settlements[len(listed) - missing :]
        world.now += LATE_EVERY
        await world.app.reader.read_movements()
        world.held.settlements[:] = listed

    assert [one.amount for one in booked(world)] == [D("1.75")]
    assert_books_but_for_what_is_not_booked(world)


@pytest.mark.parametrize("dies", [False, True])
async def test_rows_that_are_not_listed_right_after_days_away_are_booked_later(dies: bool) -> None:
    world = await a_trading_world()
    await world.kill()
    for _ in range(5):
        world.now += 24 * HOUR
        upkeep.settle(world.venue, KEY, D("1.25"))
    world.now += 2 * HOUR
    listed = list(world.held.settlements)
    del world.held.settlements[1:3]
    await world.begin()
    assert [one.amount for one in booked(world)] == [D("1.25")] * 3
    if dies:
        await world.kill()
        await world.begin()
    world.held.settlements[:] = listed
    for _ in range(2):
        world.now += LATE_EVERY
        await world.app.reader.read_movements()

    assert [one.amount for one in booked(world)] == [D("1.25")] * 5
    assert_books_but_for_what_is_not_booked(world)


async def test_while_settlements_cannot_be_read_what_was_known_of_them_stays() -> None:
    """Else a difference in USDC would be told as unexplained, or a fee be taken for what perpetuals moved."""
    world = await a_trading_world()
    world.now += 1
    upkeep.settle(world.venue, KEY, D("1.25"))
    await world.app.reader.read_movements()
    assert world.app.reader.movements.settles

    for fault in (FaultMode.LOSE_REQUEST, FaultMode.LOSE_ANSWER, FaultMode.STATUS):
        world.road.go_wrong(fault, "GET /wapi/v1/history/settlement")
        await world.app.reader.read_movements()
        assert world.app.reader.movements.settles
    upkeep.transfer(world.venue, KEY, USDC, D(-20), fee=D("1.5"), on_top=True)
    world.road.go_wrong(FaultMode.STATUS, "GET /wapi/v1/history/settlement", times=2)
    for _ in range(2):
        await world.app.reader.reconcile()
    assert [str(one.amount) for one in world.told(MovementSeen)] == ["-20", "-1.5"]


async def test_an_hour_of_which_the_machines_clock_says_that_it_is_over_goes_on() -> None:
    world = await a_trading_world()
    world.now += 1
    upkeep.settle(world.venue, KEY, D("1.25"))
    reader, at = world.app.reader.movements, world.now
    reader.clock = lambda: at + 2 * HOUR
    await world.app.reader.read_movements()
    assert not booked(world)


async def test_a_lost_order_is_given_up_although_perpetuals_move_the_usdc_all_the_time() -> None:
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(1970)
    assert any(level.wait is Wait.LIMBO for level in world.grid.levels.values())

    for _ in range(60):
        upkeep.settle(world.venue, KEY, D("0.01"))
        await world.tick()
        await world.app.reader.read_movements()
    assert not any(level.wait is Wait.LIMBO for level in world.grid.levels.values())
    assert_books_but_for_what_is_not_booked(world)


async def test_a_withdrawals_fee_is_found_beside_what_perpetuals_move() -> None:
    world = await a_trading_world()
    world.now += 1
    upkeep.settle(world.venue, KEY, D("1.25"))
    upkeep.transfer(world.venue, KEY, USDC, D(-20), fee=D("1.5"), on_top=True)
    for _ in range(2):
        await world.app.reader.reconcile()
        await world.tick(25)
    assert [str(one.amount) for one in world.told(MovementSeen)] == ["-20", "-1.5"]
    assert_books_but_for_what_is_not_booked(world)


async def test_without_perpetuals_a_lost_order_waits_for_the_usdc_to_agree() -> None:
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.walk(1970)
    world.held.change(USDC, D("0.01"))  # nothing says why
    await world.tick(60)
    assert any(level.wait is Wait.LIMBO for level in world.grid.levels.values())

    world.held.change(USDC, D("-0.01"))
    await world.tick(60)
    assert not any(level.wait is Wait.LIMBO for level in world.grid.levels.values())
    assert_whole(world)
