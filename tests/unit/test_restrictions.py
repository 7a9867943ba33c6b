"""Restricted markets: what each state pauses, told once at its beginning and once at its end."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from strategy.messages import events as ev
from strategy.messages.notices import Lane, MarketRestricted, lane_of
from strategy.model.grid import Phase
from strategy.model.market import BookState, Market, Symbol
from strategy.step import step
from tests.builders import ETH_USDC, NOW, a_grid, a_market, an_account
from tests.world import World, the_brief_world


def reading(world: World, state: BookState) -> None:
    world.now += 60_000
    world.tell(ev.MarketsRead(at=world.now, markets={ETH_USDC: a_market(state=state)}))


def told(world: World) -> list[tuple[BookState | None, int]]:
    return [(one.state, one.lasted) for one in world.notices_of(MarketRestricted)]


@pytest.mark.parametrize("state", [BookState.CLOSED, BookState.CANCEL_ONLY])
def test_nothing_is_placed_while_no_orders_are_taken_and_both_ends_are_told_once(state: BookState) -> None:
    world = the_brief_world()
    reading(world, state)
    reading(world, state)
    world.trade(1979)
    assert world.sell_prices == [Decimal("2028.08")]
    assert told(world) == [(state, 0)]

    lasted = world.now
    reading(world, BookState.OPEN)
    lasted = world.now - lasted
    reading(world, BookState.OPEN)
    world.tick()

    assert world.sell_prices == [Decimal("1987.92"), Decimal("2028.08")]
    assert [state for state, _ in told(world)] == [state, None]
    assert told(world)[-1][1] >= 60_000 + lasted


def test_makers_trade_on_where_only_resting_orders_are_taken() -> None:
    world = the_brief_world()
    reading(world, BookState.POST_ONLY)
    world.trade(1979)

    assert world.sell_prices == [Decimal("1987.92"), Decimal("2028.08")]
    assert told(world) == [(BookState.POST_ONLY, 0)]


def test_a_market_that_takes_only_limit_orders_is_a_market_like_any_other() -> None:
    world = the_brief_world()
    reading(world, BookState.LIMIT_ONLY)

    assert told(world) == []


def test_one_restriction_after_another_is_one_time_of_trouble() -> None:
    world = the_brief_world()
    for state in (BookState.CANCEL_ONLY, BookState.CLOSED, BookState.LIMIT_ONLY):
        reading(world, state)

    assert told(world) == [(BookState.CANCEL_ONLY, 0), (BookState.CLOSED, 0), (None, 120_000)]


def test_a_market_in_use_that_is_listed_no_more_is_closed() -> None:
    world = the_brief_world()
    reading(world, BookState.OPEN)
    world.tell(ev.MarketsRead(at=world.now, markets={}))

    assert world.account.markets[ETH_USDC].state is BookState.CLOSED
    assert told(world) == [(BookState.CLOSED, 0)]


@pytest.mark.parametrize(
    ("phase", "markets"),
    [
        (Phase.STOPPED, {ETH_USDC: a_market(state=BookState.CLOSED)}),
        (Phase.RUNNING, {ETH_USDC: a_market(), Symbol("SOL_USDC"): a_market("SOL", state=BookState.CLOSED)}),
    ],
)
def test_only_markets_in_use_are_told_of(phase: Phase, markets: Mapping[Symbol, Market]) -> None:
    done = step(an_account(a_grid(phase=phase)), ev.MarketsRead(at=NOW, markets=markets))

    assert done.account.markets == markets
    assert not done.notices


def test_what_stops_trading_overtakes_news() -> None:
    assert lane_of(MarketRestricted(at=NOW, symbol=ETH_USDC, state=None, lasted=5)) is Lane.DANGER
