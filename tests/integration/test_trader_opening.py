"""Before a grid is started: what is proposed, what it would cost, and why it can't be, over the running process."""

from dataclasses import replace

import pytest

import bot.owner.trader
from bot.owner.proposal import market_named, similar
from exchange.paper.faults import FaultMode
from exchange.port import Unavailable
from strategy.grid.opening import Preview
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import Symbol
from strategy.model.spec import GridSpec
from tests.builders import ETH_USDC, a_market, a_range
from tests.integration.proposing import BTC_USDC, SOL_USDC, D, a_world, facts_of, proposed
from tests.integration.running import World, a_trading_world, a_while, assert_whole

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
    assert world.app.trader.board.similar(said)[0] == meant


@pytest.mark.parametrize("said", ["eth-usdc", "ETH/USDC", "Eth_Usdc"])
async def test_a_market_is_known_whatever_its_capitals_and_the_mark_in_it(said: str) -> None:
    world = await a_world()
    spec = await world.app.trader.propose(Symbol(said), {})

    assert isinstance(spec, GridSpec)
    assert spec.symbol == "ETH_USDC"


def test_a_market_with_small_letters_is_known_by_its_own_name() -> None:
    own = replace(a_market("BONK"), symbol=Symbol("kBONK_USDC"))

    for typed in ("kBONK_USDC", "KBONK_USDC", "kbonk-usdc"):
        assert market_named(typed, {own.symbol: own}) is own
    assert similar("kBONK_USD", [own.symbol]) == (own.symbol,)


async def test_nonsense_is_similar_to_nothing() -> None:
    world = await a_world()
    assert world.app.trader.board.similar("???") == ()
    assert world.app.trader.market("eth_usdc") is not None


async def test_a_market_whose_price_cannot_be_read_is_refused_with_that_reason() -> None:
    world = await a_world()
    world.road.go_wrong(FaultMode.LOSE_REQUEST, "GET /api/v1/depth")
    assert facts_of(await world.app.trader.propose(SOL_USDC, {}))["code"] is ProblemCode.NO_PRICE


async def test_somebody_who_asks_before_the_start_is_done_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.owner.trader, "STARTING_SECONDS", 0)
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
    each = await proposed(world, lower=D(1900), upper=D(2100), grids=D(5), quote_per_order=D(120))
    whole = await proposed(world, lower=D(1900), upper=D(2100), grids=D(5), total=D(600))
    first, second = await world.app.trader.preview(each), await world.app.trader.preview(whole)
    assert isinstance(first, Preview)
    assert isinstance(second, Preview)
    assert (first.levels, first.money) == (second.levels, second.money)
