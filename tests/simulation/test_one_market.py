"""What happens to one market, or to one kind of call, holds up no other: small scenes over the worlds' own road."""

import asyncio
from decimal import Decimal

import pytest

from strategy.model.grid import Phase
from strategy.model.market import Symbol
from strategy.model.orders import GridId
from tests.builders import ETH_USDC, a_range
from tests.simulation.test_findings import played
from tests.simulation.weather import Calls, Storm, Way
from tests.simulation.world import Death, World
from tests.venue import KEY

SOL_USDC = Symbol("SOL_USDC")
MINUTES = 240


async def two_grids(world: World) -> None:
    """Up, with a grid that sells at its stop beside one on another market. No stream tells of prices."""
    world.habits.set(tick_seconds=3.0)
    world.boot()
    assert world.process is not None
    trader = world.process.app.trader
    await trader.started.wait()
    trader.accept_live_word("LIVE")
    price = world.start_prices[SOL_USDC]
    stops = a_range(1900, 2100, 6, stop_loss=Decimal(1800), stop_sells=True)
    beside = a_range(int(price * 9 / 10), int(price * 11 / 10), 5, symbol=SOL_USDC, quote_per_order=Decimal(10))
    for number, spec in enumerate((stops, beside), start=1):
        await trader.preview(spec)
        assert await trader.start(spec) == GridId(number)
    await asyncio.sleep(10)
    world.stream.silent_until = world.now() + MINUTES * 1000


def is_stopped(world: World) -> bool:
    assert world.account is not None
    return world.account.grids[GridId(1)].phase is Phase.STOPPED


async def is_interrupted(world: World) -> bool:
    for _ in range(60):
        await asyncio.sleep(1)
        if world.account is not None and world.account.interruption is not None:
            return True
    return False


@pytest.mark.parametrize("way", [Way.S503, Way.S500, Way.S504, Way.HTML, Way.EMPTY, Way.LOSE_REQUEST, Way.LATE_ANSWER])
def test_a_market_whose_book_fails_or_hangs_keeps_no_other_from_its_stop(way: Way) -> None:
    async def scene(world: World) -> None:
        await two_grids(world)
        until = world.now() + MINUTES * 1000
        world.weather.begin(Storm(calls=Calls.READ, way=way, share=1.0, until=until, symbol=SOL_USDC))
        await asyncio.sleep(30)
        ticks = world.process.app.reader.ticks  # type: ignore[union-attr]
        world.venue.walk(ETH_USDC, Decimal(1790))
        await asyncio.sleep(20)
        assert is_stopped(world)
        await asyncio.sleep(40)
        assert world.account is not None
        assert world.account.interruption is None
        assert world.process.app.reader.ticks >= ticks + 13  # type: ignore[union-attr]
        assert way is Way.LATE_ANSWER or SOL_USDC in world.account.blind

    assert not played(scene)


def test_where_every_book_fails_it_is_the_exchange() -> None:
    async def scene(world: World) -> None:
        await two_grids(world)
        for symbol in (SOL_USDC, ETH_USDC):
            until = world.now() + MINUTES * 1000
            world.weather.begin(Storm(calls=Calls.READ, way=Way.S503, share=1.0, until=until, symbol=symbol))
        assert await is_interrupted(world)

    assert not played(scene)


def test_too_many_calls_are_everybodys() -> None:
    async def scene(world: World) -> None:
        await two_grids(world)
        until = world.now() + MINUTES * 1000
        world.weather.begin(Storm(calls=Calls.READ, way=Way.S429, share=1.0, until=until, symbol=SOL_USDC))
        assert await is_interrupted(world)

    assert not played(scene)


async def ticks_in(world: World, seconds: int) -> list[float]:
    """How long no tick came, each time, for so many seconds."""
    assert world.process is not None
    reader, gaps, last = world.process.app.reader, list[float](), world.elapsed()
    before = reader.ticks
    for _ in range(seconds * 4):
        await asyncio.sleep(0.25)
        if reader.ticks != before:
            gaps.append(world.elapsed() - last)
            before, last = reader.ticks, world.elapsed()
    return gaps


def test_slow_histories_keep_no_tick_waiting_whatever_is_read_of_them() -> None:
    """Once a minute, after a fill, and for orders whose answers were lost."""

    async def scene(world: World) -> None:
        await two_grids(world)
        until = world.now() + MINUTES * 1000
        world.weather.begin(Storm(calls=Calls.HISTORY, way=Way.SLOW, share=1.0, until=until))
        world.weather.begin(Storm(calls=Calls.PLACE, way=Way.LOSE_REQUEST, share=0.5, until=until))
        for price in (1950, 2010, 1930, 1990):
            world.venue.walk(ETH_USDC, Decimal(price))
            gaps = await ticks_in(world, 45)
            assert len(gaps) >= 13
            assert max(gaps) < 5
        world.venue.walk(ETH_USDC, Decimal(1790))
        await asyncio.sleep(10)
        assert world.account is not None
        assert world.account.grids[GridId(1)].stop is not None or is_stopped(world)

    assert not played(scene)


def test_a_process_that_ends_while_a_history_is_slow_leaves_in_order() -> None:
    async def scene(world: World) -> None:
        await two_grids(world)
        until = world.now() + MINUTES * 1000
        world.weather.begin(Storm(calls=Calls.HISTORY, way=Way.SLOW, share=1.0, until=until))
        world.venue.walk(ETH_USDC, Decimal(1950))
        await asyncio.sleep(4)
        world.death = Death(away=5)
        assert world.process is not None
        await world.process.leave()
        await asyncio.sleep(60)

    assert not played(scene)


def test_a_market_whose_history_fails_keeps_no_other_markets_order_from_its_end() -> None:
    async def scene(world: World) -> None:
        await two_grids(world)
        until = world.now() + MINUTES * 1000
        world.weather.begin(Storm(calls=Calls.HISTORY, way=Way.S503, share=1.0, until=until, symbol=SOL_USDC))
        before = {order.id for order in world.held.open.values()}
        for symbol in (SOL_USDC, ETH_USDC):
            order = next(order for order in world.held.open.values() if order.symbol == symbol)
            world.venue.cancel(KEY, symbol, order_id=order.id)
        await asyncio.sleep(30)
        assert world.account is not None
        assert world.account.interruption is None
        assert {order.symbol for order in world.held.open.values() if order.id not in before} == {ETH_USDC}

    assert not played(scene)
