"""What the owner can do, over the running process: propose, preview, start, tune, stop, and see what there is."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

import bot.trader
from bot.views import Mode
from exchange.port import Unavailable
from exchange.simulated.faults import FaultMode
from strategy.grid import GridSpec, Phase
from strategy.market import Asset, Side, Symbol
from strategy.notices import GridEnded, Problem, ProblemCode
from strategy.opening import Preview
from strategy.orders import GridId
from tests.builders import ETH_USDC, a_range
from tests.integration.running import World, a_trading_world, a_while, assert_books, assert_whole

SOL_USDC, BTC_USDC = Symbol("SOL_USDC"), Symbol("BTC_USDC")
D = Decimal


async def a_world(**how: object) -> World:
    """Up, with no grid yet."""
    world = World(**how)  # type: ignore[arg-type]
    await world.begin()
    return world


async def proposed(world: World, symbol: Symbol = ETH_USDC, **words: Decimal | str) -> GridSpec:
    spec = await world.app.trader.propose(symbol, words)
    assert isinstance(spec, GridSpec), spec
    return spec


def facts_of(found: object) -> Mapping[str, object]:
    """The facts of a refusal, and its code."""
    assert isinstance(found, Problem), found
    return {"code": found.code, "field": found.field, **dict(found.facts)}


# Proposals


@pytest.mark.parametrize(("symbol", "interval"), [(ETH_USDC, 40), (SOL_USDC, 3), (BTC_USDC, 1200)])
async def test_what_is_proposed_on_any_market_can_be_started_and_trades(symbol: Symbol, interval: int) -> None:
    world = await a_world()
    spec = await proposed(world, symbol)
    assert spec.interval == interval
    assert isinstance(await world.app.trader.preview(spec), Preview)
    assert isinstance(await world.app.trader.start(replace(spec, seed_patience=0)), int)
    await a_while()
    await world.tick(3)
    assert len(world.grid.levels) == 3
    assert_whole(world)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ETH_USD", "ETH_USDC"),
        ("eth-usdc", "ETH_USDC"),
        ("ETH/USDC", "ETH_USDC"),
        ("ETHUSDC", "ETH_USDC"),
        ("ETH", "ETH_USDC"),
        ("SLO_USDC", "SOL_USDC"),
        ("btc_usdt", "BTC_USDC"),
    ],
)
async def test_an_unknown_market_is_answered_with_what_was_probably_meant(said: str, meant: str) -> None:
    world = await a_world()
    found = facts_of(await world.app.trader.propose(Symbol(said), {}))
    assert found["code"] is ProblemCode.UNKNOWN_MARKET
    assert str(found["suggestions"]).split(", ")[0] == meant
    assert world.app.trader.similar(said)[0] == meant


async def test_nonsense_is_similar_to_nothing() -> None:
    world = await a_world()
    assert world.app.trader.similar("???") == ()
    assert world.app.trader.market("eth_usdc") is not None


async def test_a_market_whose_price_cannot_be_read_is_refused_with_that_reason() -> None:
    world = await a_world()
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "GET /api/v1/depth")
    assert facts_of(await world.app.trader.propose(SOL_USDC, {}))["code"] is ProblemCode.NO_PRICE


async def test_somebody_who_asks_before_the_start_is_done_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.trader, "STARTING_SECONDS", 0)
    world = World()
    world.road.down = Unavailable("maintenance", "System in maintenance")
    await world.begin()
    found = facts_of(await world.app.trader.preview(a_range(1900, 2100, 5)))
    assert found["code"] in (ProblemCode.INTERRUPTED, ProblemCode.UNKNOWN_MARKET, ProblemCode.NO_PRICE)
    assert not world.account.expected or world.store.movements("main")


async def test_nothing_is_started_while_the_exchange_is_away() -> None:
    world = await a_world(stream=False)
    world.road.down = Unavailable("maintenance", "System in maintenance")
    await world.tick()
    found = facts_of(await world.app.trader.start(a_range(1900, 2100, 5)))
    assert (found["code"], found["cause"]) == (ProblemCode.INTERRUPTED, "maintenance")


# Money


async def test_money_beyond_the_balance_names_what_is_free_what_is_held_and_what_would_fit() -> None:
    world = await a_trading_world(usdc="1000")
    trader = world.app.trader
    found = facts_of(await trader.preview(a_range(1900, 2100, 5, quote_per_order=D(200))))
    assert (found["code"], found["field"], found["quote"]) == (ProblemCode.NO_MONEY, "usdc", "USDC")
    free, held, fits = (D(str(found[name])) for name in ("free", "reserved", "fits"))
    assert held == next(line.reserved for line in trader.summary().balances if line.asset == "USDC")
    assert free == next(line.free for line in trader.summary().balances if line.asset == "USDC")

    assert isinstance(await trader.preview(a_range(1900, 2100, 5, quote_per_order=fits)), Preview)
    assert isinstance(await trader.preview(a_range(1900, 2100, 5, quote_per_order=fits + D("0.1"))), Problem)


async def test_a_total_that_does_not_fit_is_answered_in_totals() -> None:
    world = await a_world(usdc="100")
    spec = await proposed(world, lower=D(1900), upper=D(2100), total=D(600))
    found = facts_of(await world.app.trader.preview(spec))
    assert (found["code"], found["field"]) == (ProblemCode.NO_MONEY, "total")
    fitting = replace(spec, total=D(str(found["fits"])))
    assert isinstance(await world.app.trader.preview(fitting), Preview)


async def test_money_an_order_and_a_total_divide_alike() -> None:
    world = await a_world()
    each = await proposed(world, lower=D(1900), upper=D(2100), grids=D(5), usdc=D(120))
    whole = await proposed(world, lower=D(1900), upper=D(2100), grids=D(5), total=D(600))
    first, second = await world.app.trader.preview(each), await world.app.trader.preview(whole)
    assert isinstance(first, Preview)
    assert isinstance(second, Preview)
    assert (first.levels, first.money) == (second.levels, second.money)


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
    assert world.app.reader.symbols() == [ETH_USDC, SOL_USDC]
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
    assert await world.app.trader.tune(world.grid.id, {"usdc": D(150), "stop": D(1500)}) is None
    await world.tick(3)

    assert (world.grid.books, world.grid.spec.stop_loss, world.grid.spec.version) == (books, D(1500), 2)
    buys = [order for order in world.grid.live if order.side is Side.BUY]
    assert buys
    assert all(D(149) < order.price * order.quantity <= D(150) for order in buys)
    assert_whole(world)
    assert await world.app.trader.tune(world.grid.id, {"stop": "off"}) is None
    assert world.grid.spec.stop_loss is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"usdc": D(9000)}, ProblemCode.NO_MONEY),
        ({"usdc": D("0.1")}, ProblemCode.TOO_SMALL),
        ({"stop": D(2500)}, ProblemCode.BAD_LIMIT),
        ({"usdc": D(50), "total": D(500)}, ProblemCode.BAD_LIMIT),
    ],
)
async def test_a_tuning_that_cannot_be_is_refused_and_changes_nothing(
    changes: dict[str, Decimal | str | None], code: ProblemCode
) -> None:
    world = await a_trading_world()
    before = world.grid
    assert facts_of(await world.app.trader.tune(before.id, changes))["code"] is code
    assert world.grid == before


async def test_a_grid_that_is_not_there_is_named_with_those_that_are() -> None:
    world = await a_trading_world()
    trader = world.app.trader
    for answer in (
        await trader.tune(GridId(9), {"usdc": D(50)}),
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


# What there is to see


async def test_the_summary_adds_up() -> None:
    world = await a_trading_world()
    for price in (1970, 2030, 1985):
        await world.trade(price)
    await world.app.reader.reconcile()
    summary = world.app.trader.summary()
    (line,) = summary.grids
    assert line.standing.total == line.standing.grid_profit + line.standing.floating
    assert summary.today == {"USDC": line.standing.today}
    assert (summary.open_orders, summary.limbo, summary.foreign_orders) == (5, 0, 0)
    worth = sum(b.change * (1 if b.asset == "USDC" else line.standing.price) for b in summary.balances)
    assert worth == line.standing.total
    assert summary.mode is Mode.PAPER


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
