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
from tests.simulation.world import World

SOL_USDC = Symbol("SOL_USDC")
MINUTES = 240


async def two_grids(world: World) -> None:
    """Up, with a grid that sells at its stop beside one on another market. No stream tells of prices."""
    world.tick_seconds = 3.0
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


@pytest.mark.parametrize("way", [Way.S503, Way.S500, Way.S504, Way.HTML, Way.EMPTY, Way.LOSE_REQUEST])
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
        assert SOL_USDC in world.account.blind

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
