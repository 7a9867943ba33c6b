"""A market's rules are the ones that hold now, at every use: what no longer fits is split, rounded, or waits."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.account.risk import reservations
from strategy.grid.opening import Preview, preview
from strategy.messages import events as ev
from strategy.messages.by_hand import RulesChanged
from strategy.messages.commands import StopGrid
from strategy.messages.notices import GridEnded, LevelJumped, LevelWaits, RangeLeft
from strategy.messages.problems import Problem
from strategy.model.grid import Phase
from strategy.model.levels import Wait
from strategy.model.market import BookState, Market, Side
from strategy.model.orders import Purpose
from tests.builders import ETH_USDC, FEES, USDC, a_market, a_range, a_spec, a_touch
from tests.promises.core import assert_complete, assert_promises
from tests.world import World, a_world, the_brief_world


def coarser(world: World) -> None:
    world.rule(tick_size="0.1")


def assert_on_the_tick(world: World, since: int) -> None:
    market = world.venue.listing(world.symbol).market
    orders = world.placed(since)
    assert orders
    assert all(order.price % market.tick_size == 0 and order.quantity % market.step_size == 0 for order in orders)
    assert not [order for order, _ in world.refused]


def test_counter_orders_lie_on_the_tick_that_holds_now() -> None:
    world = the_brief_world()
    coarser(world)
    since = len(world.actions)
    for price in (1979, 1989, 2050, 1990):
        world.trade(price)

    assert_on_the_tick(world, since)
    assert_promises(world)
    assert_complete(world)


def test_a_sale_on_stopping_lies_on_the_tick_that_holds_now() -> None:
    world = the_brief_world()
    coarser(world)
    world.trade("1999.9")
    since = len(world.actions)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)

    assert_on_the_tick(world, since)
    assert world.phase() is Phase.STOPPED
    assert not world.grid.market.fitting(world.grid.coins)


def test_first_coins_are_bought_on_the_tick_that_holds_now() -> None:
    world = World({a_market(): Decimal("2000.10")})
    world.start(a_range(1900, 2100, 6, seed_patience=600_000))
    coarser(world)
    since = len(world.actions)
    world.trade("2003.3")
    world.tick(2)
    world.now += 600_000
    world.tick(3)

    assert_on_the_tick(world, since)
    assert world.phase() is Phase.RUNNING


def test_an_order_that_rests_beside_a_new_tick_stays_where_it_is() -> None:
    world = the_brief_world()
    world.trade(1979)
    resting = dict(world.held.open)
    assert any(order.price and order.price % Decimal("0.1") for order in resting.values())
    coarser(world)
    world.tick(5)

    assert world.held.open == resting


def test_a_finer_tick_moves_nothing() -> None:
    world = the_brief_world()
    resting = set(world.held.open)
    world.rule(tick_size="0.001")
    world.tick(3)

    assert set(world.held.open) == resting


def test_a_change_of_rules_is_told_once_also_when_it_came_while_we_were_away() -> None:
    world = the_brief_world()
    coarser(world)
    world.rule(tick_size="0.1")
    world.venue.set_rules(world.symbol, min_quantity=Decimal("0.05"))
    world.restart()
    world.restart()

    first, second = world.notices_of(RulesChanged)
    assert (first.before.tick_size, first.now.tick_size, first.waiting) == (Decimal("0.01"), Decimal("0.1"), 0)
    assert (second.now.min_quantity, second.waiting, second.grids) == (Decimal("0.05"), 3, (world.grid.id,))


def test_a_state_is_no_rule_and_a_stopped_grid_hears_of_none() -> None:
    world = the_brief_world()
    world.tell(ev.MarketsRead(at=world.now, markets={ETH_USDC: a_market(state=BookState.CLOSED)}))
    world.tell(ev.MarketsRead(at=world.now, markets={ETH_USDC: a_market()}))
    world.ask(StopGrid, grid_id=world.grid.id)
    coarser(world)

    assert not world.notices_of(RulesChanged)
    assert world.grid.market.tick_size == Decimal("0.1")


def test_a_level_that_a_grown_minimum_has_left_behind_keeps_its_coins_and_waits() -> None:
    world = the_brief_world()
    world.trade(1979)
    held = world.grid.coins
    world.rule(min_quantity="0.5")
    for order in list(world.held.open.values()):
        world.venue.cancel("alice", world.symbol, order_id=order.id)
    world.pump()
    world.tick(3)
    lacking = world.grid.levels.values()
    assert {level.wait for level in lacking} == {Wait.MARKET}
    assert (world.grid.coins, [level.side for level in lacking]) == (held, [Side.BUY, Side.SELL, Side.SELL])
    assert not world.notices_of(LevelWaits)

    world.rule(min_quantity="0.0001")
    world.tick(4)

    assert_complete(world)
    assert all(level.order for level in world.grid.levels.values())


def test_an_order_above_the_largest_quantity_is_split() -> None:
    world = a_world(4, 1800, 2200, price=2100)
    world.rule(max_quantity="0.02", step_size="0.001")
    since = len(world.actions)
    for _ in range(8):
        world.trade(1790)
        world.trade(2290)

    assert max(order.quantity for order in world.placed(since)) == Decimal("0.02")
    assert not world.refused
    assert world.grid.books.round_trips >= 8
    assert_promises(world)


def test_a_sale_on_stopping_and_first_coins_are_split_at_the_largest_quantity() -> None:
    market = a_market(max_quantity=Decimal("0.06"), least="0.02", step="0.01")
    world = World({market: Decimal(2000)})
    world.start(a_range(1600, 2400, 8))
    world.tick(4)
    assert max(order.quantity for order in world.placed_for(Purpose.SEED)) == Decimal("0.06")
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(5)

    sales = world.placed_for(Purpose.STOP)
    assert all(Decimal("0.02") <= order.quantity <= Decimal("0.06") for order in sales)
    assert len(sales) >= 3
    assert world.phase() is Phase.STOPPED
    assert world.grid.coins < Decimal("0.02")


@pytest.mark.parametrize(("rule", "value", "side"), [("max_price", "2010", Side.SELL), ("min_price", "1995", Side.BUY)])
def test_a_price_outside_the_bounds_waits_with_its_reason(rule: str, value: str, side: Side) -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1900, 2100, 4))
    world.tick()
    world.rule(**{rule: value})
    for order in list(world.held.open.values()):
        world.venue.cancel("alice", world.symbol, order_id=order.id)
    world.pump()
    world.tick(2)

    waiting = {level.side for level in world.grid.levels.values() if level.wait is Wait.MARKET}
    assert waiting == {side}
    assert world.notices_of(RulesChanged)[0].waiting == 2
    assert not world.refused


def test_first_coins_wait_while_they_would_cost_more_than_the_highest_price() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1900, 2100, 4, seed_patience=20_000))
    world.rule(max_price="2004")
    world.trade(2010)
    world.tick(10)
    assert (world.phase(), bool(world.grid.coins)) == (Phase.SEEDING, False)

    world.trade(2003)
    world.tick(2)

    assert world.phase() is Phase.RUNNING
    assert max(order.price for order in world.placed_for(Purpose.SEED)) == Decimal(2004)
    assert not world.refused


def test_a_coarse_market_is_sold_at_its_lowest_price_and_never_at_zero() -> None:
    market = a_market("COIN", tick="0.01", step="1")
    world = World({market: Decimal("0.04")})
    world.start(a_range("0.01", "0.05", 4, symbol=market.symbol, quote_per_order=Decimal(20), fee_buffer=Decimal(0)))
    world.tick(2)
    world.trade("0.03")
    world.trade("0.02")
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(2)

    assert {order.price for order in world.placed_for(Purpose.STOP)} == {Decimal("0.01")}
    assert (world.phase(), world.grid.coins < 1) == (Phase.STOPPED, True)


def test_a_taker_never_reaches_farther_than_its_margin_because_of_a_coarse_tick() -> None:
    market = a_market("COIN", tick="1", step="1")
    spec = a_range(2, 8, 6, symbol=market.symbol, fee_buffer=Decimal(0))
    found = preview(spec, market, replace(a_touch(5, symbol=market.symbol), bid=Decimal(4)), FEES, Decimal(10_000))

    assert isinstance(found, Preview)
    assert found.seed_cost == found.seed_coins * 5


def test_a_stop_ends_although_the_smallest_quantity_has_grown_beyond_its_coins() -> None:
    world = the_brief_world()
    world.trade(1979)
    world.rule(min_quantity="0.5")
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick()

    assert world.phase() is Phase.STOPPED
    assert len(world.notices_of(GridEnded)) == 1
    assert not world.refused


def test_a_stop_whose_minimum_grows_under_way_names_what_is_left_and_ends() -> None:
    world = a_world(10, 1500, 2500, quote_per_order=Decimal(500))
    with world.holding():
        world.ask(StopGrid, grid_id=world.grid.id, sell=True)
        world.venue.set_rules(world.symbol, min_quantity=Decimal(3))
    assert world.phase() is Phase.STOPPING
    world.rule(min_quantity="3")
    world.now += 10_000
    world.tick(2)

    assert world.phase() is Phase.STOPPED
    assert not world.held.open


def test_a_waiting_grid_that_fits_no_more_waits_on_and_is_not_parked() -> None:
    world = World({a_market(): Decimal(1990)})
    world.start(a_range(2000, 2010, 10, wait_for_range=True, fee_buffer=Decimal("-0.01")))
    world.rule(tick_size="5")
    world.trade(2005)
    assert world.phase() is Phase.WAITING
    world.rule(tick_size="0.01", min_quantity="1")
    world.trade(2005)
    assert world.phase() is Phase.WAITING
    assert_promises(world)

    world.rule(min_quantity="0.0001")
    world.trade(2004)
    world.tick()

    assert world.phase() is Phase.RUNNING


def test_tuning_knows_the_rules_that_hold_now() -> None:
    world = the_brief_world()
    world.rule(min_quantity="0.05")

    refused = world.tune(quote_per_order=Decimal(60))

    assert isinstance(refused, Problem)
    assert dict(refused.facts)["minimum"] == Decimal("0.0501")
    assert world.tune(quote_per_order=Decimal(120)) is None


def test_prices_in_messages_lie_on_the_tick() -> None:
    world = the_brief_world()
    coarser(world)
    for price in (1900, 2100):
        world.trade(price)
        world.tick(45)

    told = [one.price for one in world.notices_of(RangeLeft)]
    told += [price for one in world.notices_of(LevelJumped) for price in (one.price, one.own_price)]
    assert told
    assert all(price % Decimal("0.1") == 0 for price in told)


def test_a_smallest_quantity_that_outgrows_the_levels_promises_no_more_than_one_of_them_has() -> None:
    world = the_brief_world()
    before = reservations(world.account, USDC)
    world.rule(min_quantity="300")
    world.tick()

    levels = world.grid.levels.values()
    most = max(level.quantity for level in levels) * max(level.buy_price for level in levels)
    assert world.grid.market.min_quantity == 300
    assert before <= reservations(world.account, USDC) <= before + most


def test_everything_is_sold_or_bought_is_said_only_when_it_is_so() -> None:
    fresh = World({a_market(): Decimal(1990)})
    fresh.start(a_range(1900, 2000, 4))
    fresh.tick()
    fresh.trade(1995)
    fresh.trade(2100)
    fresh.tick(45)
    holding = World({a_market(least="0.001"): Decimal(2000)})
    holding.start(a_spec(max_position=Decimal(200)))
    for price in (1900, 2100):
        holding.trade(price)
        holding.tick(45)

    [never] = fresh.notices_of(RangeLeft)
    below, above = holding.notices_of(RangeLeft)[0], holding.notices_of(RangeLeft)[-1]
    assert (never.whole, bool(never.coins)) == (
        fresh.grid.books.sold > 0 and not fresh.grid.coins,
        bool(fresh.grid.coins),
    )
    assert (below.whole, below.coins > 0) == (True, True)
    assert not above.back
    assert above.whole


@pytest.mark.parametrize("market", [a_market(step="0.003", least="0.05"), a_market(least="0")])
def test_what_fits_is_on_the_step_and_no_less_than_the_least(market: Market) -> None:
    least = market.least_quantity
    assert market.fitting(least) == least
    assert not market.fitting(least - market.step_size)
    assert not market.fitting(Decimal(0))
