"""A level whose own price can not rest: it joins the touch, three times at most, and goes back as soon as it can."""

from decimal import Decimal

from strategy.grid import Wait
from strategy.market import Side
from strategy.notices import LevelJumped, LevelWaits
from strategy.orders import LevelId, OrderStatus, Refusal
from tests.builders import (
    ETH_USDC,
)
from tests.world import KEY, the_brief_world


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
