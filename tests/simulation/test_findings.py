"""What the worlds have found in the program, each as a small scene of its own: it must not come back."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from bot.account import blocks
from exchange.news import FillSeen, OrderSeen
from exchange.paper import upkeep
from exchange.paper.matching import TimeInForce
from exchange.paper.records import NewOrder
from storage.errors import StorageUnavailable
from strategy.messages import events as ev
from strategy.model.account import Account, Halt
from strategy.model.grid import Phase
from strategy.model.ledger import FillEntry
from strategy.model.market import Side
from strategy.model.orders import BLOCK_SIZE, EndedOrder, GridId, Order, OrderStatus, following
from strategy.reconcile.recovery import Witnesses, never_arrived, vanished
from strategy.step import step
from tests.builders import ETH_USDC, NOW, USDC, a_fill, a_grid, a_level, a_range, an_account, an_open_order, an_order
from tests.promises.promise import Violation
from tests.simulation.books import unbalanced
from tests.simulation.drama import calm, on_stage
from tests.simulation.loop import run
from tests.simulation.script import script_of
from tests.simulation.surroundings import surroundings, swapped
from tests.simulation.world import Death, World
from tests.venue import KEY

Scene = Callable[[World], Awaitable[None]]
OURS = an_order(side=Side.SELL, order_id="ex-1")


def played(scene: Scene) -> Sequence[Violation]:
    """The promises that were broken in a scene, with the calm after it."""

    async def main() -> list[Violation]:
        world = World(script_of(0).keeping([]))
        async with on_stage(world):
            await scene(world)
            await calm(world)
        return world.record.violations

    with surroundings(0) as failures:
        return [*run(main()), *failures]


BY_HAND = NewOrder(
    symbol=ETH_USDC,
    side=Side.BUY,
    price=Decimal(2010),
    quantity=Decimal("0.01"),
    time_in_force=TimeInForce.IOC,
)
"""An order of the owner's own, which trades at once."""


async def with_a_grid(world: World) -> None:
    """Up, with one running grid around the price."""
    world.boot()
    assert world.process is not None
    trader = world.process.app.trader
    await trader.started.wait()
    trader.accept_live_word("LIVE")
    await trader.preview(a_range(1900, 2100, 6))
    assert await trader.start(a_range(1900, 2100, 6)) == GridId(1)
    await asyncio.sleep(5)


def test_a_fill_that_is_told_before_the_ledger_is_open_is_in_what_it_opens_with() -> None:
    async def scene(world: World) -> None:
        world.boot()
        world.venue.place(KEY, BY_HAND)
        await asyncio.sleep(5)
        assert not list(unbalanced(world))

    assert not played(scene)


def test_a_fill_of_the_owner_that_is_told_twice_at_once_is_booked_once() -> None:
    async def scene(world: World) -> None:
        await with_a_grid(world)
        news: list[FillSeen] = []
        unsubscribe = world.paper.subscribe(lambda one: news.append(one) if isinstance(one, FillSeen) else None)
        world.stream.silent_until = world.now() + 100
        world.venue.place(KEY, BY_HAND)
        unsubscribe()
        assert world.process is not None
        world.process.hear(news[0])
        world.process.hear(news[0])

    assert not played(scene)


def test_a_deposit_that_is_read_twice_before_it_is_written_is_booked_once() -> None:
    async def scene(world: World) -> None:
        await with_a_grid(world)
        assert world.process is not None
        upkeep.transfer(world.venue, KEY, USDC, Decimal(5))
        world.disk.is_full = True
        for _ in range(2):
            with suppress(StorageUnavailable):
                await world.process.app.reader.read_movements()

    assert not played(scene)


def test_an_older_database_does_not_give_out_ids_that_the_exchange_has_seen() -> None:
    async def scene(world: World) -> None:
        await with_a_grid(world)
        older, before = world.disk.copy(), world.account
        world.venue.walk(ETH_USDC, Decimal(1950))
        await asyncio.sleep(10)
        for order in list(world.held.open.values()):
            world.venue.cancel(KEY, ETH_USDC, order_id=order.id)
        world.death = Death(away=20, disk=older)
        assert world.process is not None
        world.process.died()
        await asyncio.sleep(40)
        assert before is not None
        assert world.account is not None
        assert world.account.block != before.block

    assert not played(scene)


def test_a_database_put_back_from_before_another_block_was_taken_finds_the_orders_under_it_to_be_strangers() -> None:
    async def scene(world: World) -> None:
        await with_a_grid(world)
        older, before = world.disk.copy(), world.account
        assert before is not None
        with swapped(blocks, "ALMOST_FULL", before.next_id):
            await asyncio.sleep(70)  # nothing of the old block is given out any more
            for price in (1950, 2010, 1940):
                world.venue.walk(ETH_USDC, Decimal(price))
                await asyncio.sleep(70)
        assert any(one.client_id // BLOCK_SIZE == following(before.block) for one in world.record.live())
        world.death = Death(away=20, disk=older)
        assert world.process is not None
        world.process.died()
        await asyncio.sleep(40)
        assert world.account is not None
        assert world.account.halt is Halt.STRANGERS

    assert not played(scene)


def known(order: Order, **fields: object) -> Account:
    level = a_level(side=order.side, order=order.client_id)
    return an_account(a_grid(level, orders=(order,)), **fields)


def test_a_fill_under_our_id_of_an_order_that_is_not_ours_is_the_owners() -> None:
    account = known(replace(OURS, status=OrderStatus.FILLED, filled=OURS.quantity))
    done = step(account, ev.Filled(at=NOW, fill=a_fill(OURS, 9, order_id="somebody's")))

    assert [entry.grid_id for entry in done.entries if isinstance(entry, FillEntry)] == [None]
    assert done.account.grids[GridId(1)].phase is Phase.RUNNING


def test_an_order_under_our_id_that_is_not_ours_does_not_hide_that_ours_is_gone() -> None:
    other = an_open_order(OURS, order_id="somebody's", side=Side.BUY)
    read = ev.OpenOrdersRead(at=NOW, asked_at=NOW, orders=(other,))

    assert vanished(known(OURS), read) == (OURS,)


def test_an_order_under_our_id_that_is_not_ours_is_no_witness_of_ours() -> None:
    intended = replace(OURS, status=OrderStatus.INTENDED, order_id=None, intended_at=NOW - 100_000)
    other = EndedOrder(
        order_id="somebody's",
        client_id=OURS.client_id,
        symbol=ETH_USDC,
        side=Side.BUY,
        status=OrderStatus.CANCELLED,
        executed=Decimal(0),
        price=OURS.price,
    )
    account = known(intended)
    balances = dict(account.balances)
    witnesses = Witnesses(asked_at=NOW, open_orders=(), history=(other,), fills=frozenset(), balances=balances)

    assert never_arrived(account, intended, witnesses) is not None


def test_news_of_an_order_under_our_id_that_is_not_ours_changes_nothing() -> None:
    async def scene(world: World) -> None:
        await with_a_grid(world)
        assert world.account is not None
        assert world.process is not None
        order = next(iter(world.account.grids[GridId(1)].live))
        ended = EndedOrder(
            order_id="1",
            client_id=order.client_id,
            symbol=ETH_USDC,
            side=order.side,
            status=OrderStatus.CANCELLED,
            executed=Decimal(0),
        )
        news = OrderSeen(symbol=ETH_USDC, order_id="1", client_id=order.client_id, ended=ended)
        world.process.hear(news)
        await asyncio.sleep(1)
        assert world.account.grids[GridId(1)].orders[order.client_id].status is OrderStatus.OPEN

    assert not played(scene)


def test_a_process_that_loses_its_database_in_a_read_ends() -> None:
    """Without a grid nothing else is written for an hour, and what is to be told waits all the while."""

    async def scene(world: World) -> None:
        world.boot()
        upkeep.set_auto_lend(world.venue, KEY, on=True)
        await asyncio.sleep(90)
        lost = world.process
        upkeep.set_auto_lend(world.venue, KEY, on=False)
        world.disk.rival()
        await asyncio.sleep(90)
        assert lost is not None
        assert lost.is_dead

    assert not played(scene)


def highest_bid(world: World) -> Decimal:
    assert world.account is not None
    live = world.account.grids[GridId(2)].live
    return max(order.price for order in live if order.side is Side.BUY)


def test_a_stop_whose_best_bid_is_another_grids_sells_where_no_tick_is_narrower_than_a_move() -> None:
    """World 10517: it asked for nothing, and told nobody, for as long as the price stayed between two ticks."""

    async def scene(world: World) -> None:
        world.habits.set(tick_seconds=3.0)
        await with_a_grid(world)
        assert world.process is not None
        trader, beside = world.process.app.trader, a_range(1850, 2000, 3, quote_per_order=Decimal(20))
        await trader.preview(beside)
        assert await trader.start(beside) == GridId(2)
        world.venue.set_rules(ETH_USDC, tick_size=Decimal(50))
        await asyncio.sleep(90)  # rules are read once a minute
        assert world.account is not None
        before = highest_bid(world)
        await trader.stop(GridId(1), sell=True)
        await asyncio.sleep(20)
        assert world.account.grids[GridId(1)].phase is Phase.STOPPED
        assert world.account.grids[GridId(1)].coins == 0
        await asyncio.sleep(20)
        assert highest_bid(world) == world.venue.touch(ETH_USDC).bid == before

    assert not played(scene)
