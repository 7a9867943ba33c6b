"""Coins of grids: where nobody takes any none is ever missed; where the owner does, no sale asks for what is gone."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.records import VenueRefusal
from strategy.grid.coins import frozen
from strategy.messages.by_hand import CoinsMissing
from strategy.messages.commands import PauseGrid, ResumeGrid, StartGrid, StopGrid
from strategy.messages.notices import GridEnded
from strategy.model.market import Fees, Market, Side
from strategy.model.money import ZERO
from strategy.model.orders import GridId
from strategy.model.spec import GridSpec
from tests.builders import ETH, a_market
from tests.promises.core import assert_promises
from tests.property.wishes import FEES, MOVES, PARTS, specs, within_reach
from tests.world import World

MARKETS = st.sampled_from(["0.0001", "0.001"]).map(lambda step: a_market(step=step))
TAKEN = st.sampled_from([None, None, -50, -7, 3, 60]).map(lambda coins: coins and Decimal(coins) / 1000)
"""Coins that go or come between two moves of the market."""


@settings(max_examples=60)
@given(MARKETS, FEES, st.lists(specs(), min_size=1, max_size=2), st.lists(MOVES, min_size=1, max_size=30), PARTS)
def test_a_grid_that_nobody_interferes_with_never_waits_for_coins(
    market: Market, fees: Fees, wishes: Sequence[GridSpec], moves: Sequence[int], part: Decimal | None
) -> None:
    """Whatever the fees leave over: they are taken in coins on every buy."""
    world = World({market: Decimal(2_000)}, fees=fees)
    for spec in wishes:
        world.ask(StartGrid, spec=spec)
    world.fill_in_parts(part)

    for move in moves:
        world.trade(within_reach(world.price + Decimal(move) / 100))

    for grid in world.account.grids.values():
        assert not frozen(grid)
        world.ask(StopGrid, grid_id=grid.id, sell=True)
    world.mend()
    world.tick(10)
    assert not world.notices_of(CoinsMissing)
    assert not any(notice.missing for notice in world.notices_of(GridEnded))


@settings(max_examples=60)
@given(st.lists(specs(), min_size=1, max_size=2), st.lists(st.tuples(MOVES, TAKEN), min_size=1, max_size=20))
def test_no_sale_asks_for_coins_that_are_gone_and_all_go_on_when_they_are_back(
    wishes: Sequence[GridSpec], moves: Sequence[tuple[int, Decimal | None]]
) -> None:
    world = World({a_market(): Decimal(2_000)})
    for spec in wishes:
        world.ask(StartGrid, spec=spec)
    world.tick(2)

    for move, coins in moves:
        take(world, coins)
        world.trade(within_reach(world.price + Decimal(move) / 100))
        assert_promises(world)
        assert asked_for(world) <= world.account.expected.get(ETH, ZERO)
        assert_told(world)

    world.deposit(10, ETH)
    world.tick(2)
    assert not any(frozen(grid) for grid in world.account.grids.values())
    assert_told(world)


def take(world: World, coins: Decimal | None) -> None:
    """Coins come, or go: what is for sale is locked, so the orders are off the book while the owner takes any."""
    grids = list(world.account.grids)
    for grid_id in grids:
        world.ask(PauseGrid, grid_id=grid_id)
    try:
        if coins:
            world.deposit(coins, ETH)
    except VenueRefusal:
        pass  # it has not as many
    for grid_id in grids:
        world.ask(ResumeGrid, grid_id=grid_id)


def asked_for(world: World) -> Decimal:
    live = (order for grid in world.account.grids.values() for order in grid.live if order.side is Side.SELL)
    return sum((order.remaining for order in live), ZERO)


def assert_told(world: World) -> None:
    """Beginning and end in turn for each grid, and the last one is how it stands."""
    said: dict[GridId, list[bool]] = defaultdict(list)
    for notice in world.notices_of(CoinsMissing):
        said[notice.grid_id].append(notice.back)
    for grid in world.account.grids.values():
        told = said[grid.id]
        assert all(before is not after for before, after in pairwise(told))
        assert not told or told[0] is False
        assert bool(frozen(grid)) is (bool(told) and not told[-1])
