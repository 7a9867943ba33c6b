"""A stream that has fallen behind and goes on telling: what it tells was so a minute ago, and is no news."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from bot.account.prices import STREAM_FRESH
from exchange.news import BalanceSeen, Connected, TouchSeen
from exchange.port import Exchange
from strategy.draft import Step
from strategy.messages.events import Noted, Quoted, Tick
from strategy.model.grid import Phase
from strategy.model.market import Asset, Balance, Symbol, Touch
from tests.builders import ETH, ETH_USDC, a_range
from tests.integration.running import TICK, World, a_trading_world, a_while
from tests.integration.stored import answers_lost, gone

USDC = Asset("USDC")
BEHIND = 60_000


def a_touch(bid: int, at: int) -> TouchSeen:
    """A price that the stream tells."""
    return TouchSeen(touch=Touch(symbol=ETH_USDC, bid=Decimal(bid), ask=Decimal(bid + 1), at=at))


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Answers with a book from before the price that the stream has told meanwhile."""

    world: World

    async def touch(self, symbol: Symbol) -> Touch:
        began = self.world.now
        self.world.now += 50
        self.world.app.reader.hear(a_touch(2010, began + 40))
        return Touch(symbol=symbol, bid=Decimal(1990), ask=Decimal(1991), at=began + 20)


async def test_a_stop_does_not_wait_for_a_stream_that_has_fallen_behind() -> None:
    """Each of its prices was newer than the one before and taken for one of now, so that none was read: the stop came
    by as much too late.
    """
    world = World(stream=False)
    await world.begin()
    await world.start(replace(a_range(1900, 2100, 5), stop_loss=Decimal(1850)))
    await world.tick()
    world.app.reader.hear(Connected())
    began = world.now
    for told in range(8):
        world.venue.walk(ETH_USDC, Decimal(1800 - told))
        world.now += TICK
        world.app.reader.hear(a_touch(2000 + told, began + 100 * told))
        await world.app.reader.tick()
        await a_while()

    assert world.grid.phase is not Phase.RUNNING
    assert world.account.touches[ETH_USDC].bid < 1801


async def test_a_book_that_the_stream_has_overtaken_brings_no_old_price_back() -> None:
    """It was answered before the market moved, and taken in after the stream had told so."""
    world = await a_trading_world(stream=False)
    reader = world.app.reader
    reader.hear(Connected())
    world.now += STREAM_FRESH
    reader.prices.exchange = cast("Exchange", Overtaken(world))

    assert (await reader.prices.read())[ETH_USDC].bid == 2010


async def test_a_tick_that_waits_behind_a_newer_price_does_not_bring_the_old_one_back() -> None:
    """Both are there when the writer comes to them: the tick with what it was made of, the stream's after."""
    world = await a_trading_world(stream=False)
    world.app.reader.hear(Connected())
    runner, steps = world.app.runner, list[Step]()
    runner.after_drain.append(steps.extend)
    old = a_touch(2000, world.now).touch
    world.app.reader.hear(TouchSeen(touch=old))
    runner.post(Tick(at=world.now, touches={ETH_USDC: old}), Quoted(at=world.now, touches={ETH_USDC: old}))
    world.now += 5
    world.app.reader.hear(a_touch(2010, world.now))
    await runner.settled()
    runner.post(Noted(at=world.now))
    await runner.settled()

    assert {one.account.touches[ETH_USDC].bid for one in steps} == {2010}


async def test_of_two_ticks_that_wait_for_a_lost_answer_the_older_one_brings_no_old_price_back() -> None:
    """The one whose save may have happened stays where it is, and is decided anew once it is known that it has not."""
    world = await a_trading_world(stream=False)
    world.app.reader.hear(Connected())
    runner, steps = world.app.runner, list[Step]()
    runner.after_drain.append(steps.extend)
    new, away = a_touch(2010, world.now + 5), gone()

    async def meanwhile(_seconds: float) -> None:
        world.now += 5
        world.app.reader.hear(new)
        runner.post(Tick(at=world.now, touches={ETH_USDC: runner.latest[ETH_USDC]}))
        away.__exit__(None, None, None)

    runner.sleep = meanwhile
    with answers_lost(written=False, times=1, then=lambda _: away.__enter__()):
        runner.post(Tick(at=world.now, touches={ETH_USDC: a_touch(2000, world.now).touch}), Noted(at=world.now))
        await a_while()

    assert len(steps) == 4, "the price, both ticks and what was to be written"
    assert {one.account.touches[ETH_USDC].bid for one in steps} == {2010}


async def test_a_market_that_the_stream_tells_of_after_a_tick_without_its_price_is_not_blind() -> None:
    world = await a_trading_world(stream=False)
    world.app.reader.hear(Connected())
    world.app.runner.post(Tick(at=world.now, touches={}, blind=frozenset({ETH_USDC})))
    world.now += 5
    world.app.reader.hear(a_touch(2010, world.now))
    await world.app.runner.settled()

    assert world.account.touches[ETH_USDC].bid == 2010
    assert not world.account.blind


async def test_a_price_that_is_asked_for_is_not_one_that_the_stream_has_overtaken() -> None:
    world = await a_trading_world(stream=False)
    reader = world.app.reader
    reader.hear(Connected())
    world.now += STREAM_FRESH
    reader.prices.exchange = cast("Exchange", Overtaken(world))

    touch = await world.app.trader.price(ETH_USDC)

    assert touch is not None
    assert touch.bid == 2010


async def test_a_price_that_took_a_moment_is_one() -> None:
    world = await a_trading_world(stream=False)
    world.app.reader.hear(Connected())
    world.now += 2_500
    world.app.reader.hear(a_touch(2010, world.now - 2_000))

    assert world.app.runner.latest[ETH_USDC].bid == 2010


async def test_a_balance_that_is_told_late_is_read() -> None:
    world = await a_trading_world(stream=False)
    await world.app.reader.read_balances()
    there = world.account.balances[USDC]
    world.app.reader.hear(BalanceSeen(asset=USDC, balance=Balance(available=Decimal(1)), at=world.now - BEHIND))
    await world.app.runner.settled()
    assert world.account.balances[USDC] == there

    world.held.balances[USDC] = replace(world.held.balances[USDC], available=there.available + 5)
    await world.tick()
    assert world.account.balances[USDC].available == there.available + 5


async def test_news_of_another_asset_do_not_make_the_late_one_forgotten() -> None:
    world = await a_trading_world(stream=False)
    await world.app.reader.read_balances()
    there = world.account.balances
    world.app.reader.hear(BalanceSeen(asset=USDC, balance=Balance(available=Decimal(1)), at=world.now - BEHIND))
    world.app.reader.hear(BalanceSeen(asset=ETH, balance=there.get(ETH, Balance()), at=world.now))

    world.held.balances[USDC] = replace(there[USDC], available=there[USDC].available + 5)
    await world.tick()
    assert world.account.balances[USDC].available == there[USDC].available + 5
