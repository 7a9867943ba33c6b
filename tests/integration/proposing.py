"""What the tests of the trader begin with: a world that is up, a proposal, the facts of a refusal."""

from collections.abc import Mapping
from decimal import Decimal

from bot.owner.views import Wished
from strategy.messages.problems import Problem
from strategy.model.market import Symbol
from strategy.model.spec import GridSpec
from tests.builders import ETH_USDC
from tests.integration.running import World

SOL_USDC, BTC_USDC = Symbol("SOL_USDC"), Symbol("BTC_USDC")
D = Decimal


async def a_world(**how: object) -> World:
    """Up, with no grid yet."""
    world = World(**how)  # type: ignore[arg-type]
    await world.begin()
    return world


async def proposed(world: World, symbol: Symbol = ETH_USDC, **wish: Wished) -> GridSpec:
    spec = await world.app.trader.propose(symbol, wish)
    assert isinstance(spec, GridSpec), spec
    return spec


def facts_of(found: object) -> Mapping[str, object]:
    """The facts of a refusal, and its code."""
    assert isinstance(found, Problem), found
    return {"code": found.code, "field": found.field, **dict(found.facts)}
