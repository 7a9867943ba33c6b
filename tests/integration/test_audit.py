"""The audit beside the running program: the real store and reader, the venue's own history, and trading meanwhile."""

import asyncio
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from bot.owner import audit as auditing
from bot.owner.views import Audit, AuditProgress, Cause, Unreadable
from exchange.paper import upkeep
from exchange.paper.records import NewOrder
from exchange.port import Unavailable
from storage.errors import StorageUnavailable
from storage.store import Store
from strategy.messages.notices import AutoLendFound, MovementSeen
from strategy.messages.problems import Problem
from strategy.messages.reports import CameBack
from strategy.model.ledger import MovementKind
from strategy.model.levels import Wait
from strategy.model.market import Asset, Side
from strategy.reconcile.recovery import LAG
from tests.builders import ETH, ETH_USDC, NOW, USDC, a_range
from tests.integration.running import KEY, World, a_trading_world, a_while, assert_whole
from tests.integration.stored import gone

D = Decimal
ROUND = (1930, 2010, 1960, 2080, 1990)


async def audited(world: World, seen: list[AuditProgress] | None = None) -> Audit:
    """An audit by the owner's side, with what it told on the way."""

    async def tell(progress: AuditProgress) -> None:
        if seen is not None:
            seen.append(progress)

    auditor = auditing.Auditor(
        exchange=world.road, store=world.store, account=lambda: world.account, clock=world.clock, sleep=world.sleep
    )
    found = await auditor.run(tell)
    assert found is not None
    return found


def causes(found: Audit, asset: Asset = USDC) -> dict[Cause, Decimal]:
    one = next(one for one in found.assets if one.asset == asset)
    return {part.cause: part.amount for part in one.parts}


async def test_the_books_of_a_running_program_balance_and_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "PIECE", 2)
    monkeypatch.setattr(auditing, "STRETCH", 4)
    world = await a_trading_world()
    for price in ROUND * 2:
        await world.trade(price)
    told: list[AuditProgress] = []
    world.road.asked_since.clear()

    found = await audited(world, told)

    assert found.balanced
    assert found.booked == found.agreed == len(world.held.fills)
    assert len(told) >= 3
    assert world.road.asked_since == sorted(set(world.road.asked_since)), "no window is read twice"
    await world.kill()


async def test_trading_goes_on_while_the_books_are_audited_and_fills_meanwhile_are_no_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(auditing, "PIECE", 1)
    world = await a_trading_world()
    await world.trade(1930)
    under_way = asyncio.create_task(audited(world))
    for price in ROUND:
        await asyncio.sleep(0)
        world.venue.walk(ETH_USDC, D(price))

    found = await under_way
    await a_while()

    assert not found.unexplained
    assert len(world.held.fills) > found.booked
    assert (await audited(world)).balanced
    await world.kill()


async def test_the_audit_writes_nothing_and_sends_nothing(tmp_path: Path) -> None:
    file = tmp_path / "packgrid.db"
    world = await a_trading_world(store=Store.open(f"sqlite:///{file}", now=lambda: NOW))
    await world.trade(1930)
    sent, before = len(world.road.sent), _dump(file)

    await audited(world)

    assert len(world.road.sent) == sent
    assert _dump(file) == before
    await world.kill()
    world.store.close()


async def test_a_fill_that_vanished_from_the_ledger_is_found_in_every_figure_it_was_part_of(tmp_path: Path) -> None:
    file = tmp_path / "packgrid.db"
    world = await a_trading_world(store=Store.open(f"sqlite:///{file}", now=lambda: NOW))
    await world.trade(1930)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM fill WHERE id = (SELECT max(id) FROM fill)")

    found = await audited(world)

    assert found.unexplained
    assert {wrong.name for wrong in found.kept_wrong} == {ETH, USDC}
    assert {wrong.name for wrong in found.grids[0].wrong} >= {"fills", "cash", "coins", "lots"}
    await world.kill()
    world.store.close()


async def test_a_deposit_is_explained_at_once_and_booked_within_the_minute() -> None:
    world = await a_trading_world()
    world.now += 1
    upkeep.transfer(world.venue, KEY, USDC, D(250))

    assert causes(await audited(world)) == {Cause.DEPOSIT: D(250)}
    await world.app.reader.reconcile()

    assert (await audited(world)).balanced
    await world.kill()


async def test_a_deposit_that_came_while_the_program_was_away_for_a_month_is_booked_at_the_start() -> None:
    world = await a_trading_world()
    await world.app.reader.reconcile()
    await world.kill()
    world.now += 1
    upkeep.transfer(world.venue, KEY, USDC, D(250))
    world.now += 30 * 86_400_000

    await world.begin_again()

    assert world.told(CameBack)[-1].balanced
    assert (await audited(world)).balanced
    await world.kill()


async def test_dust_is_booked_and_told_and_the_books_balance_again() -> None:
    world = await a_trading_world()
    await world.trade(2080)
    world.now += 1
    upkeep.convert_dust(world.venue, KEY)
    (dust,) = world.held.dust

    assert causes(await audited(world), ETH) == {Cause.DUST: -dust.quantity}
    await world.app.reader.reconcile()

    told = [(one.movement, one.asset, one.amount) for one in world.told(MovementSeen)]
    assert told == [(MovementKind.DUST, ETH, -dust.quantity), (MovementKind.DUST, USDC, dust.received)]
    assert (await audited(world)).balanced
    await world.kill()


async def test_interest_is_booked_without_a_word() -> None:
    world = await a_trading_world()
    world.now += 1
    upkeep.pay_interest(world.venue, KEY, USDC, D("0.0123"))

    assert causes(await audited(world)) == {Cause.INTEREST: D("0.0123")}
    await world.app.reader.reconcile()

    assert (await audited(world)).balanced
    assert not world.told(MovementSeen)
    await world.kill()


async def test_what_perpetuals_settled_in_the_running_hour_is_named_and_the_hours_before_are_booked() -> None:
    world = await a_trading_world()
    world.now += 1
    upkeep.settle(world.venue, KEY, D("-2.5"))
    assert causes(await audited(world)) == {Cause.SETTLEMENT: D("-2.5")}

    world.now += 2 * 3_600_000
    await world.app.reader.read_movements()
    await world.app.reader.reconcile()
    assert (await audited(world)).balanced

    upkeep.settle(world.venue, KEY, D("0.4"))
    assert causes(await audited(world)) == {Cause.SETTLEMENT: D("0.4")}
    await world.kill()


async def test_interest_that_was_read_and_not_booked_is_read_again_however_old_it_is_by_then() -> None:
    world = await a_trading_world()
    await world.app.reader.reconcile()
    world.now += 1
    upkeep.pay_interest(world.venue, KEY, USDC, D("0.0123"))
    world.now += 8 * 86_400_000  # asleep so long: what is older than a week is asked for at the first read only
    with gone(), pytest.raises(StorageUnavailable):
        await world.app.reader.read_movements()

    await world.app.reader.read_movements()

    assert not causes(await audited(world))
    await world.kill()


async def test_the_owners_own_trade_is_booked_as_foreign_and_the_grid_keeps_its_figures() -> None:
    world = await a_trading_world(stream=False)
    before = world.grid.books
    world.now += 1
    world.venue.place(KEY, NewOrder(symbol=ETH_USDC, side=Side.BUY, quantity=D("0.5")))

    assert set(causes(await audited(world))) == {Cause.FOREIGN}
    await world.tick(5)

    assert (await audited(world)).balanced
    assert world.grid.books == before
    await world.kill()


async def test_an_exchange_that_does_not_answer_is_said_so() -> None:
    world = await a_trading_world()
    world.road.down = Unavailable("maintenance", "System upgrade")

    async def tell(_: AuditProgress) -> None:
        raise AssertionError

    assert await world.app.trader.audit(tell) == Unreadable(text="System upgrade")
    await world.kill()


async def test_auto_lend_is_told_once_and_can_be_switched_off_from_the_chat() -> None:
    world = World()
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    await world.begin()
    await world.app.reader.reconcile()
    assert len(world.told(AutoLendFound)) == 1
    assert world.account.balances[USDC].lent == D(10_000)

    assert await world.app.trader.auto_lend(leave=False) is None

    assert not world.held.auto_lend
    assert world.account.balances[USDC].lent == 0
    await world.start()
    await world.tick()
    assert_whole(world)
    await world.kill()


async def test_auto_lend_that_the_owner_leaves_on_is_not_mentioned_again_until_it_was_off() -> None:
    world = World()
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    await world.begin()
    await world.app.trader.auto_lend(leave=True)
    await world.kill()
    await world.begin_again()
    assert len(world.told(AutoLendFound)) == 1

    for on in (False, True):
        upkeep.set_auto_lend(world.venue, KEY, on=on)
        await world.app.reader.reconcile()

    assert len(world.told(AutoLendFound)) == 2
    await world.kill()


async def test_lent_funds_are_taken_back_by_orders_where_the_owner_says_so() -> None:
    world = World()
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    await world.begin()
    assert isinstance(await world.app.trader.preview(a_range(1900, 2100)), Problem)

    await world.app.trader.use_lent(use=True)
    await world.start()
    await world.tick()
    await world.app.reader.reconcile()

    assert_whole(world)
    assert len(world.held.open) == len(world.grid.levels)
    (usdc,) = (line for line in world.app.trader.summary().balances if line.asset == USDC)
    assert usdc.free + usdc.held + usdc.foreign + usdc.unbooked == usdc.total == world.held.balance(USDC).total
    for on in (False, True):
        upkeep.set_auto_lend(world.venue, KEY, on=on)
        await world.app.reader.reconcile()
    assert len(world.told(AutoLendFound)) == 1, "grids use it now: there is nothing to warn of"
    await world.kill()


async def test_after_a_fill_the_next_tick_knows_how_much_is_still_lent() -> None:
    """The stream tells a balance and not what is lent of it: for a minute money was told as missing, and waited for."""
    world = World()
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    await world.begin()
    await world.app.trader.use_lent(use=True)
    await world.start()
    await world.tick(2)
    for price in (1960, 2010):
        await world.trade(price)

        for line in world.app.trader.summary().balances:
            assert line.total == world.held.balance(line.asset).total
            assert line.reserved <= line.held
    await world.kill()


async def test_that_lent_funds_may_be_used_outlives_the_process_and_can_be_taken_back() -> None:
    world = World()
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    await world.begin()
    await world.app.trader.use_lent(use=True)
    await world.kill()
    await world.begin_again()
    assert world.account.limits.uses_lent

    await world.app.trader.use_lent(use=False)

    (usdc,) = (line for line in world.app.trader.summary().balances if line.asset == USDC)
    assert (usdc.free, usdc.lent) == (D(0), D(10_000))
    await world.kill()


async def test_the_restart_report_names_each_order_whose_fate_is_unknown() -> None:
    world = await a_trading_world()
    world.now += 3_600_000
    await world.kill()
    world.venue.choices.history_lag = 60_000
    world.venue.walk(ETH_USDC, D(1930))

    await world.begin_again()

    report = world.told(CameBack)[-1]
    assert report.limbo == len(report.unclear) > 0
    assert not report.balanced
    assert set(causes(await audited(world))) == {Cause.LIMBO}
    waiting = {level.id for level in world.grid.levels.values() if level.wait is Wait.LIMBO}
    assert {one.level for one in report.unclear} == waiting

    world.now += 60_000
    await world.tick(5)
    assert (await audited(world)).balanced
    await world.kill()


async def test_a_start_reads_the_fills_of_the_time_away_and_not_the_whole_history() -> None:
    world = await a_trading_world()
    world.now += 3_600_000 * 5
    for price in ROUND:
        await world.trade(price)
    await world.tick(2)
    newest = world.held.fills[-1].at
    await world.kill()
    world.road.asked_since.clear()
    world.now += 3_600_000 * 5
    world.venue.walk(ETH_USDC, D(1930))

    await world.begin_again()

    compared, booked = world.road.asked_since[:2]
    assert compared in {fill.at for fill in world.held.fills}, "the newest booked ones are looked for"
    assert booked == newest - LAG > NOW
    assert_whole(world)
    await world.kill()


def _dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())
