"""A level whose own price can not rest: it joins the touch, three times at most, and goes back as soon as it can."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.messages.events import Filled, Place, Quoted
from strategy.messages.notices import LevelJumped, LevelWaits
from strategy.model.levels import Wait
from strategy.model.market import Side
from strategy.model.orders import Fill, LevelId, OrderStatus, Refusal
from strategy.step import step
from tests.builders import (
    ETH_USDC,
)
from tests.road import finished
from tests.venue import KEY
from tests.world import World, the_brief_world


def test_a_level_that_the_market_jumped_over_joins_the_touch_and_says_so() -> None:
    """It had no order when the price fell through it: it buys as maker, and at a better price than its own."""
    world = the_brief_world()
    world.stream = False
    world.venue.cancel_all(KEY, ETH_USDC)
    world.trade(1960)
    world.tick()

    [told] = world.notices_of(LevelJumped)
    assert (told.level, told.side, told.own_price) == (LevelId(2), Side.BUY, Decimal(1980))
    assert told.price == Decimal("1959.99")
    assert world.buy_prices == [1940, told.price]


def test_an_order_at_the_touch_goes_back_to_its_own_price_as_soon_as_that_can_rest() -> None:
    world = the_brief_world()
    world.venue.cancel_all(KEY, ETH_USDC)
    world.trade(1960)
    world.tick()
    assert world.buy_prices[-1] < 1980

    world.trade(1985)
    world.tick()

    assert world.buy_prices[-1] == 1980


@pytest.mark.parametrize(("price", "side"), [(1955, Side.SELL), (2045, Side.BUY)])
def test_a_fill_that_comes_before_the_new_price_makes_no_jump_of_its_counter_order(price: int, side: Side) -> None:
    world = the_brief_world()
    world.now += 1
    fill = _filled_by_walking(world, price)

    done = step(world.account, Filled(at=world.now, fill=fill))

    [order] = [action.order for action in done.actions if isinstance(action, Place)]
    assert (order.side, order.price) == (
        side,
        done.account.grids[order.grid_id].levels[order.level or LevelId(0)].price,
    )
    assert not [notice for notice in done.notices if isinstance(notice, LevelJumped)]


def test_a_fill_makes_no_second_look_of_a_price() -> None:
    """The other side of it may be a bad print, and one of those stops nothing."""
    world = the_brief_world()
    before = world.account.touches[ETH_USDC]
    world.now += 1

    done = step(world.account, Filled(at=world.now, fill=_filled_by_walking(world, 2045)))

    after = done.account.touches[ETH_USDC]
    assert (after.bid, after.at) == (before.bid, before.at)
    assert after.ask > before.ask


def test_a_fill_that_is_learned_of_late_says_nothing_of_the_price_of_now() -> None:
    world = the_brief_world()
    known = replace(world.account.touches[ETH_USDC], at=world.now + 5_000)
    world.now += 1
    fill = _filled_by_walking(world, 1955)
    quoted = step(world.account, Quoted(at=world.now, touches={ETH_USDC: known}))

    done = step(quoted.account, Filled(at=world.now + 6_000, fill=fill))

    assert done.account.touches[ETH_USDC] == known


def _filled_by_walking(world: World, price: int) -> Fill:
    """The fill that a move of the market makes, of which the process has heard nothing yet."""
    world.venue.walk(ETH_USDC, Decimal(price))
    [fill] = finished(world.exchange.fills(world.now))
    return fill


def test_a_refused_post_only_order_is_quoted_again_three_times_and_then_waits() -> None:
    world = the_brief_world()
    world.venue.cancel_all(KEY, ETH_USDC)
    world.trade(1960)
    world.venue.cancel_all(KEY, ETH_USDC)
    world.refuse(Refusal.POST_ONLY, times=100)
    since = len(world.actions)
    world.tick(12)

    tries = [order for order in world.placed(since) if order.level == LevelId(2)]
    assert len(tries) == 3
    assert world.level(2).wait is Wait.TOUCH
    assert world.level(2).refusals == 3

    world.road.refuse_no_more()
    world.trade(1990)
    world.tick(3)

    assert world.level(2).wait is None
    assert world.buy_prices[-1] == 1980


def test_it_is_the_same_where_the_exchange_takes_the_order_and_ends_it_at_once() -> None:
    world = the_brief_world()
    world.venue.choices.post_only_expires = True
    world.venue.cancel_all(KEY, ETH_USDC)
    with world.holding(sends=False, hears=True):
        world.tick()
        world.venue.walk(ETH_USDC, Decimal(1900))
    world.tick()

    assert not world.notices_of(LevelWaits)
    assert {order.status for order in world.journal.values() if order.order_id} >= {OrderStatus.EXPIRED}
    assert len(world.buy_prices) == 2


def test_a_post_only_order_is_never_quoted_where_the_round_trip_would_lose() -> None:
    world = the_brief_world()
    world.refuse(Refusal.POST_ONLY, times=5)
    for price in (1979, 1985, 2100, 1950, 1989):
        world.trade(price)

    for order in world.placed():
        level = world.grid.levels.get(order.level) if order.level else None
        assert level is None or order.side is Side.SELL or order.price <= level.buy_price
        assert level is None or order.side is Side.BUY or order.price >= level.buy_price
