"""One grid along a path of prices: what it quotes, earns and asks for its coins, and what a stop leaves of it."""

import copy
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.messages.commands import StartGrid, StopGrid
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.money import ONE, ZERO
from strategy.model.orders import LevelId, Order, Purpose
from strategy.model.spec import GridSpec
from strategy.step import step
from tests.builders import INFINITY, a_market
from tests.promises.core import assert_complete, assert_promises
from tests.property.wishes import MOVES, PARTS, interval_specs, paths_of_prices, specs, within_reach
from tests.world import World, a_world

MOVING = st.lists(MOVES, min_size=1, max_size=25)


@settings(max_examples=30)
@given(paths_of_prices())
def test_the_highest_buy_stays_below_the_lowest_sell(prices: list[Decimal]) -> None:
    world = a_world(levels=10, lower=100, upper=200)

    for price in prices:
        world.trade(price)

        assert max(world.buy_prices, default=ZERO) < min(world.sell_prices, default=INFINITY)


@settings(max_examples=30)
@given(paths_of_prices(101, 199), PARTS)
def test_every_level_has_its_order_and_every_round_trip_earns(prices: list[Decimal], part: Decimal | None) -> None:
    world = a_world(levels=10, lower=100, upper=200)
    world.fill_in_parts(part)

    for price in prices:
        world.trade(price)
        assert_promises(world)

    world.mend()
    world.trade(prices[-1] + 1)
    world.tick(4)
    assert_complete(world)
    assert world.grid.books.grid_profit >= world.grid.books.round_trips


@settings(max_examples=30)
@given(interval_specs(), MOVING)
def test_an_interval_grid_asks_what_the_brief_says(spec: GridSpec, moves: list[int]) -> None:
    """Max(floor, average real buy price) x (1 + out_want), rounded up to the tick."""
    world = World({a_market(): Decimal(2_000)})
    if world.ask(StartGrid, spec=spec) is not None:
        return
    out = ONE + (spec.out_want or ZERO)

    for move in moves:
        world.trade(within_reach(world.price + Decimal(move) / 100))

        for level in world.grid.levels.values():
            least = max(level.buy_price, level.bought_at or ZERO) * out
            assert least <= level.sell_price < least + world.grid.market.tick_size
            assert level.side is Side.BUY or level.sell_price > level.buy_price
        for order in world.grid.live:
            assert order.side is Side.BUY or order.price >= world.grid.levels[_level(order)].sell_price


@settings(max_examples=30)
@given(specs(), MOVING, st.booleans(), PARTS)
def test_a_stop_that_sells_ends_flat_however_the_price_moves(
    spec: GridSpec, moves: list[int], stream: bool, part: Decimal | None
) -> None:
    world = World({a_market(): Decimal(2_000)})
    world.stream = stream
    if world.ask(StartGrid, spec=spec) is not None:
        return
    world.tick()
    world.fill_in_parts(part)
    half = len(moves) // 2

    for move in moves[:half]:
        world.trade(within_reach(world.price + Decimal(move) / 100))
    with world.holding(sends=True):
        world.ask(StopGrid, grid_id=world.grid.id, sell=True)
        for move in moves[half:]:
            world.walk(within_reach(world.price + Decimal(move) / 100))
    world.tick(8)

    assert world.grid.phase is Phase.STOPPED
    assert world.grid.coins < world.grid.market.min_quantity
    assert not world.held.open


@settings(max_examples=25)
@given(specs(), MOVING)
def test_the_step_is_a_pure_function(spec: GridSpec, moves: list[int]) -> None:
    """The same account and event give the same step, and neither is changed by it."""
    world = World({a_market(): Decimal(2_000)})
    account = world.account
    world.ask(StartGrid, spec=spec)
    for move in moves:
        world.trade(within_reach(world.price + Decimal(move) / 100))
    since = next(i for i, event in enumerate(world.events) if isinstance(event, StartGrid))

    for event in world.events[since:]:
        before, asked = copy.deepcopy(account), copy.deepcopy(event)
        first, again = step(account, event), step(account, event)

        assert first == again
        assert account == before
        assert event == asked
        account = first.account
    assert account == world.account


@settings(max_examples=30)
@given(specs(), st.lists(st.booleans(), min_size=1, max_size=6), st.booleans(), MOVES)
def test_whatever_was_lost_is_found_and_nothing_is_sent_twice(
    spec: GridSpec, losses: list[bool], stream: bool, move: int
) -> None:
    """Requests or answers are lost at the start; the world comes to its full set of orders all the same."""
    world = World({a_market(): Decimal(2_000)})
    world.stream = stream
    for is_request in losses:
        world.lose(request=is_request)
    if world.ask(StartGrid, spec=spec) is not None:
        return
    world.trade(within_reach(world.price + Decimal(move) / 100))
    assert_promises(world)

    world.mend()
    world.tick(18)
    world.trade(world.price + Decimal("0.37"))
    world.tick(18)

    assert_promises(world)
    assert_complete(world)


def _level(order: Order) -> LevelId:
    assert order.purpose is Purpose.LEVEL
    assert order.level is not None
    return order.level
