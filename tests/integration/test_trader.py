"""What the owner can do, over the running process: propose, preview, start, tune, stop, and see what there is."""

import asyncio

import pytest

from bot.mode import Mode
from bot.owner.views import Wish
from exchange.paper.faults import FaultMode
from strategy.messages.notices import GridEnded
from strategy.messages.problems import ProblemCode
from strategy.model.grid import Phase
from strategy.model.market import Asset, Side
from strategy.model.orders import GridId
from tests.builders import ETH_USDC, a_range
from tests.integration.proposing import SOL_USDC, D, a_world, facts_of
from tests.integration.running import a_trading_world, a_while, assert_books, assert_whole

# Several grids


async def test_two_grids_on_one_market_hold_their_own_money_and_never_trade_with_each_other() -> None:
    world = await a_trading_world()
    second = await world.start(a_range(1890, 2090, 5))
    for price in (1965, 1925, 2035, 2075, 1985, 2000):
        await world.trade(price)
        await world.tick(2)
    assert len(world.account.grids) == 2
    assert all(order.expiry is None for order in world.held.orders.values())
    coins = sum((grid.coins for grid in world.account.grids.values()), D(0))
    assert coins == world.held.balances[Asset("ETH")].total
    assert world.account.grids[second].books.fills > 1
    assert_books(world)


async def test_grids_on_two_markets_each_follow_their_own_price() -> None:
    world = await a_trading_world()
    await world.start(a_range(140, 160, 5, symbol=SOL_USDC))
    await world.trade(149, SOL_USDC)
    await world.trade(147, SOL_USDC)
    await world.tick()
    eth, sol = world.account.grids[GridId(1)], world.account.grids[GridId(2)]
    assert world.app.reader.prices.symbols() == [ETH_USDC, SOL_USDC]
    assert sol.books.fills > eth.books.fills
    assert_whole(world)


async def test_two_grids_started_at_the_same_time_each_get_their_own_number() -> None:
    world = await a_world()
    for symbol in (ETH_USDC, SOL_USDC):
        await world.app.trader.price(symbol)
    started = await asyncio.gather(
        world.app.trader.start(a_range(1900, 2100, 5)),
        world.app.trader.start(a_range(140, 160, 5, symbol=SOL_USDC)),
    )
    assert {world.account.grids[one].spec.symbol for one in started if isinstance(one, int)} == {ETH_USDC, SOL_USDC}
    assert sorted(str(one) for one in started) == ["1", "2"]


# A grid's life


async def test_tuning_a_running_grid_changes_its_orders_and_keeps_its_history() -> None:
    world = await a_trading_world()
    await world.trade(1970)
    books = world.grid.books
    assert await world.app.trader.tune(world.grid.id, {"quote_per_order": D(150), "stop_loss": D(1500)}) is None
    await world.tick(3)

    assert (world.grid.books, world.grid.spec.stop_loss, world.grid.spec.version) == (books, D(1500), 2)
    buys = [order for order in world.grid.live if order.side is Side.BUY]
    assert buys
    assert all(D(149) < order.price * order.quantity <= D(150) for order in buys)
    assert_whole(world)
    assert await world.app.trader.tune(world.grid.id, {"stop_loss": None}) is None
    assert world.grid.spec.stop_loss is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quote_per_order": D(9000)}, ProblemCode.NO_MONEY),
        ({"quote_per_order": D("0.1")}, ProblemCode.TOO_SMALL),
        ({"stop_loss": D(2500)}, ProblemCode.BAD_LIMIT),
        ({"quote_per_order": D(50), "total": D(500)}, ProblemCode.BAD_LIMIT),
    ],
)
async def test_a_tuning_that_cannot_be_is_refused_and_changes_nothing(changes: Wish, code: ProblemCode) -> None:
    world = await a_trading_world()
    before = world.grid
    assert facts_of(await world.app.trader.tune(before.id, changes))["code"] is code
    assert world.grid == before


async def test_a_grid_that_is_not_there_is_named_with_those_that_are() -> None:
    world = await a_trading_world()
    trader = world.app.trader
    for answer in (
        await trader.tune(GridId(9), {"quote_per_order": D(50)}),
        await trader.pause(GridId(9)),
        await trader.resume(GridId(9)),
        await trader.stop(GridId(9), sell=False),
    ):
        assert facts_of(answer) == {"code": ProblemCode.UNKNOWN_GRID, "field": None, "id": 9, "grids": "1"}
    assert trader.line(GridId(9)) is None


async def test_stopping_with_the_coins_sold_ends_flat_and_without_orders() -> None:
    world = await a_trading_world()
    assert await world.app.trader.stop(world.grid.id, sell=True) is None
    await world.tick(3)
    assert world.grid.phase is Phase.STOPPED
    assert world.grid.coins < world.grid.market.min_quantity
    assert not world.held.open
    assert [one.sold for one in world.told(GridEnded)] == [True]
    assert_books(world)


async def test_pause_and_resume_take_the_orders_off_and_put_them_back() -> None:
    world = await a_trading_world()
    assert await world.app.trader.pause(world.grid.id) is None
    await world.tick()
    assert not world.held.open
    assert await world.app.trader.resume(world.grid.id) is None
    await world.tick(2)
    assert_whole(world)


async def test_panic_shows_how_far_it_has_come_and_leaves_everything_stopped() -> None:
    world = await a_trading_world()
    world.road.back.clear()
    progress = await world.app.trader.panic()
    assert (progress.orders_at_start, progress.orders_left, progress.done) == (5, 5, False)
    world.road.back.set()
    await world.tick()
    assert world.app.trader.panic_progress().done
    assert world.grid.phase is Phase.STOPPED
    assert not world.held.open


async def test_a_panic_counts_no_filled_order_as_cancelled() -> None:
    world = await a_trading_world(stream=False)
    world.road.cancel_out.clear()
    await world.app.trader.panic()
    await a_while()
    world.venue.walk(ETH_USDC, D(1970))
    world.road.cancel_out.set()
    await world.tick(8)

    progress = world.app.trader.panic_progress()
    assert progress.done
    assert (progress.orders_at_start, progress.cancelled, progress.others) == (5, 4, 1)


async def test_a_panic_during_a_stop_counts_what_is_cancelled_from_then_on() -> None:
    world = await a_trading_world(stream=False)
    world.road.cancel_out.clear()
    assert await world.app.trader.stop(world.grid.id, sell=False) is None
    await world.app.trader.panic()
    assert world.app.trader.panic_progress().cancelled == 0
    world.road.cancel_out.set()
    await world.tick(3)
    assert world.app.trader.panic_progress().cancelled == 5


# What there is to see


async def test_the_summary_adds_up() -> None:
    world = await a_trading_world()
    for price in (1970, 2030, 1985):
        await world.trade(price)
    await world.app.reader.reconcile()
    summary = world.app.trader.summary()
    (line,) = summary.grids
    assert line.standing.total == line.standing.grid_profit + line.standing.floating
    assert (summary.open_orders, summary.limbo, summary.foreign_orders) == (5, 0, 0)
    worth = sum(b.change * (1 if b.asset == "USDC" else line.standing.price) for b in summary.balances)
    assert worth == line.standing.total
    assert summary.mode is Mode.PAPER


async def test_an_order_in_limbo_is_counted_as_nothing_else() -> None:
    world = await a_trading_world(stream=False)
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "POST")
    await world.trade(1970)
    await world.tick()
    trader = world.app.trader

    assert (trader.summary().open_orders, trader.summary().limbo) == (4, 1)
    report = await trader.report(leaving=True)
    assert (report.orders_kept, report.orders_unknown) == (4, 1)
    assert world.grid.known_live == 4


async def test_orders_are_shown_nearest_the_price_first_and_fills_newest_first() -> None:
    world = await a_trading_world()
    await world.trade(1970)
    await world.trade(2030)
    prices = [order.price for order in world.app.trader.orders().ours]
    assert prices == sorted(prices, key=lambda price: abs(price - D("2029.99")) / price * price)
    view = world.app.trader.fills(limit=2)
    assert view.total == len(world.held.fills)
    assert [entry.fill.trade_id for entry in view.fills] == [f.trade_id for f in reversed(world.held.fills)][:2]


# Real money


@pytest.mark.parametrize(
    ("address", "needed"),
    [
        ("https://api.backpack.exchange", True),
        ("https://backpack.example", True),
        ("http://127.0.0.1:8090", False),
        ("http://localhost:8090", False),
    ],
)
async def test_the_word_is_wanted_where_real_money_is_traded_and_once_for_a_database(
    address: str, needed: bool
) -> None:
    live = {"mode": Mode.LIVE, "backpack_api_key": "k", "backpack_api_secret": "s", "backpack_api_url": address}
    world = await a_world(**live)
    trader = world.app.trader
    assert trader.needs_live_word() is needed
    assert [trader.accept_live_word(word) for word in ("live", "yes", "")] == [False, False, False]
    assert trader.needs_live_word() is needed
    assert trader.accept_live_word(" LIVE ")
    await world.kill()
    await world.begin_again()
    assert not world.app.trader.needs_live_word()


async def test_on_paper_no_word_is_wanted() -> None:
    world = await a_world()
    assert not world.app.trader.needs_live_word()
