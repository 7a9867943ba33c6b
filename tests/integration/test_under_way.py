"""Money that was on its way when the ledger was opened: it is booked when it arrives, and once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.account.limbo import FIRST, LONGEST
from bot.account.movements import OPENED_WITH
from exchange.paper import upkeep
from exchange.paper.faults import FaultMode
from exchange.port import Listed
from strategy.messages.notices import MovementSeen
from strategy.model.market import Asset
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Unread
from strategy.reconcile.recovery import differences
from tests.builders import NOW, USDC
from tests.integration.running import KEY, Road, World, a_while, assert_books, assert_whole
from tests.integration.test_audit import audited

MINUTE, DAY = 60_000, 86_400_000


def arrives(world: World, amount: int, *, made: int, fee: Decimal = Decimal(0), on_top: bool = False) -> None:
    moved = upkeep.transfer(world.venue, KEY, USDC, Decimal(amount), fee=fee, on_top=on_top)
    world.held.transfers.remove(moved)
    world.held.transfers.insert(0, replace(moved, at=made))


async def reconciled(world: World, times: int = 2) -> None:
    for _ in range(times):
        world.now += MINUTE
        await world.app.reader.reconcile()
        await a_while()


async def a_world_that_has_begun() -> World:
    world = World()
    await world.begin()
    await world.start()
    await world.tick(3)
    return world


@pytest.mark.parametrize("ago", [1, 2 * MINUTE, 6 * DAY])
async def test_a_deposit_made_before_the_first_start_is_booked_when_it_arrives(ago: int) -> None:
    world = await a_world_that_has_begun()
    arrives(world, 500, made=NOW - ago)
    await reconciled(world)

    assert [one.amount for one in world.told(MovementSeen)] == [500]
    assert_whole(world)
    await world.kill()
    await world.begin_again()
    await reconciled(world)
    assert len(world.told(MovementSeen)) == 1
    assert_books(world)
    assert not any(asset.parts for asset in (await audited(world)).assets)


async def test_a_withdrawal_asked_for_before_the_first_start_is_booked_with_its_fee_when_it_leaves() -> None:
    world = await a_world_that_has_begun()
    arrives(world, -50, made=NOW - MINUTE, fee=Decimal("1.5"), on_top=True)
    await reconciled(world)

    assert {one.amount for one in world.told(MovementSeen)} == {Decimal(-50), Decimal("-1.5")}
    assert_books(world)


async def test_what_the_opening_balances_held_is_not_booked_although_it_is_listed_later() -> None:
    world = World()
    arrives(world, 500, made=NOW - MINUTE)
    hidden, world.held.transfers[:] = list(world.held.transfers), []
    await world.begin()
    await world.start()
    await world.tick(3)
    world.held.transfers[:] = hidden
    await reconciled(world)

    assert not world.told(MovementSeen)
    assert_whole(world)


async def test_what_was_listed_before_is_not_booked_even_where_as_much_is_missing() -> None:
    world = World()
    arrives(world, 500, made=NOW - MINUTE)
    await world.begin()
    world.held.change(USDC, Decimal(500))
    world.venue.clearing.commit(world.held)
    await reconciled(world)

    assert not world.told(MovementSeen)
    assert differences(world.account, world.account.balances) == {USDC: 500}


async def test_a_ledger_that_was_opened_before_this_was_written_down_keeps_its_beginning() -> None:
    world = await a_world_that_has_begun()
    world.store.set_setting(OPENED_WITH, None)
    arrives(world, 500, made=NOW - MINUTE)
    await reconciled(world)

    assert not world.told(MovementSeen)


async def test_what_could_not_be_decided_on_is_not_forgotten_with_the_process_however_old_it_is() -> None:
    """The books differed by more, the machine was off for weeks, and newer money came: the older was read no more."""
    world = await a_world_that_has_begun()
    arrives(world, 500, made=NOW - MINUTE)
    world.held.change(USDC, Decimal(7))
    world.venue.clearing.commit(world.held)
    await reconciled(world)
    assert not world.told(MovementSeen)
    await world.kill()
    world.now += 12 * DAY
    await world.begin_again()
    arrives(world, 3, made=world.now)
    await reconciled(world)
    await world.kill()
    await world.begin_again()
    world.held.change(USDC, Decimal(-7))
    world.venue.clearing.commit(world.held)
    await reconciled(world)

    assert [one.amount for one in world.told(MovementSeen)] == [3, 500]
    assert_books(world)


class Counted(Road):
    """Says how often the order history was asked."""

    asked = 0

    async def orders_since(self, symbol: object, since: int) -> Listed[EndedOrder | OpenOrder]:
        """As the venue shows it."""
        self.asked += 1
        return await super().orders_since(symbol, since)  # type: ignore[arg-type]


async def test_a_round_of_witnesses_that_settles_nothing_is_not_made_again_at_once() -> None:
    """The books differ for a reason that nobody knows: the order is left in limbo, and other calls have their turn."""
    world = World(stream=False)
    road = Counted(world.venue)
    world.road = road
    world.app = world.build()
    await world.begin()
    await world.start()
    await world.tick(2)
    world.held.change(USDC, Decimal(7))
    world.held.change(Asset("ETH"), Decimal(7))
    world.venue.clearing.commit(world.held)
    road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(1950)
    await world.tick(15)
    begun = road.asked
    assert begun
    await world.tick(200)  # ten minutes
    assert world.grid.derived.unclear
    assert road.asked - begun <= 10 * MINUTE // LONGEST + LONGEST.bit_length() - FIRST.bit_length() + 2

    world.held.change(USDC, Decimal(-7))
    world.held.change(Asset("ETH"), Decimal(-7))
    world.venue.clearing.commit(world.held)
    await world.tick(LONGEST // 3_000 + 2)
    assert not world.grid.derived.unclear
    assert_whole(world)


class Unreadable(Road):
    """Its list of fills is cut, and after a while always has a row that can't be read."""

    readable = 1_000

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """As the venue shows them, with that row."""
        shown, self.readable = await super().fills(since, until), self.readable - 1
        unread = () if self.readable > 0 else (Unread(text="fill.price: missing"),)
        return Listed(shown, unread, cut="more than 1,000 pages", newest_at=max((fill.at for fill in shown), default=0))


async def test_fills_that_are_read_again_and_again_are_kept_once() -> None:
    """Each round of witnesses kept those of a cut list once more: for weeks, a million each minute."""
    world = World(stream=False)
    world.road = road = Unreadable(world.venue)
    world.app = world.build()
    await world.begin()
    await world.start()
    await world.tick(2)
    road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(1950)
    await world.tick(20)
    road.readable = 0
    await world.tick(400)
    assert world.grid.derived.unclear
    kept = world.app.reader.limbo._passed  # noqa: SLF001 - what is kept is seen nowhere else
    assert len(kept) == len(world.held.fills)
