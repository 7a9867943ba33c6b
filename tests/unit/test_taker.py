"""Grids of which no order rests: a level trades when the market reaches its price, and pays the taker fee twice."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from strategy.grid.opening import Preview, preview
from strategy.messages.by_hand import CoinsMissing
from strategy.messages.events import Quoted
from strategy.messages.notices import FillTold, LevelJumped
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Phase
from strategy.model.levels import Wait
from strategy.model.market import Fees, Side
from strategy.model.orders import Execution, Purpose, Refusal
from tests.builders import ETH, FEES, a_market, a_range, a_touch
from tests.promises.core import assert_complete, assert_promises, assert_reservations_are_covered
from tests.world import World, a_world

D = Decimal


def a_taking_world(**wishes: Any) -> World:
    """Ten levels of 100, the price between two lines."""
    return a_world(10, 1000, 2000, price=1550, **{"taker": True, **wishes})


def test_nothing_rests_and_each_level_waits_for_its_price() -> None:
    world = a_taking_world()
    world.tick(2)

    assert world.phase() is Phase.RUNNING
    assert not world.held.open
    assert {level.wait for level in world.grid.levels.values()} == {Wait.WINDOW}
    assert_promises(world)
    assert_complete(world)


def test_a_level_buys_and_sells_at_once_when_its_price_is_reached() -> None:
    world = a_taking_world()
    world.trade("1499.50")
    [bought] = [one for one in world.placed_for(Purpose.LEVEL) if one.side is Side.BUY]

    assert (bought.execution, bought.price) == (Execution.IMMEDIATE, D(1500))
    assert world.level(6).side is Side.SELL
    world.trade("1600.50")
    sales = [one for one in world.notices_of(FillTold) if one.side is Side.SELL]
    assert [one.level for one in sales] == [6]
    assert sales[0].price >= 1600
    assert sales[0].fee == sales[0].price * sales[0].quantity * FEES.taker
    assert_promises(world)
    assert_reservations_are_covered(world)


def test_never_worse_than_its_own_price() -> None:
    world = a_taking_world()
    world.trade(1250)
    world.trade(1850)

    for order in world.placed_for(Purpose.LEVEL):
        level = world.grid.levels[order.level or 0]  # type: ignore[index]
        buys = order.side is Side.BUY
        assert order.price <= level.buy_price if buys else order.price >= level.sell_price


def test_a_price_that_the_market_no_longer_admits_keeps_nobody_from_taking_below_it() -> None:
    world = a_taking_world()
    world.rule(max_price="1480")
    world.trade(1450)

    assert world.level(6).side is Side.SELL
    assert max(one.price for one in world.placed_for(Purpose.LEVEL)) <= 1480
    assert not world.notices_of(LevelJumped)
    assert_promises(world)


def test_what_was_not_there_is_asked_for_again_with_the_next_price_and_not_before() -> None:
    world = a_taking_world()
    world.refuse(Refusal.POST_ONLY)  # what an order that takes at once is answered where nothing was there
    world.trade(1450)

    assert world.level(6).wait is Wait.TOUCH
    asked = len(world.placed_for(Purpose.LEVEL))
    world.pump()
    assert len(world.placed_for(Purpose.LEVEL)) == asked
    world.tick()
    assert world.level(6).side is Side.SELL


def test_it_tries_as_often_as_it_takes() -> None:
    world = a_taking_world()
    world.refuse(Refusal.POST_ONLY, times=6)
    world.trade(1450)
    world.tick(7)

    assert world.level(6).side is Side.SELL


def test_a_part_is_taken_and_the_rest_with_later_prices() -> None:
    world = a_taking_world()
    world.fill_in_parts(D("0.3"))
    world.walk("1499.50")
    world.tick(1)
    level = world.level(6)
    if level.side is Side.BUY and level.done:
        assert level.wait is Wait.TOUCH
    world.fill_in_parts(None)
    world.tick(3)

    assert world.level(6).side is Side.SELL
    assert_promises(world)


def test_first_coins_are_taken_without_patience() -> None:
    world = World({a_market(): D(1550)})
    world.start(a_range(1000, 2000, 10, taker=True, seed_patience=30_000))
    [seed] = world.placed_for(Purpose.SEED)

    assert seed.execution is Execution.IMMEDIATE


def test_both_fees_are_counted_before_it_starts() -> None:
    fees = Fees(maker=D("0.0005"), taker=D("0.002"))
    spec = a_range(1900, 2100, 10, fee_buffer=D(0))
    rests, takes = (
        preview(one, a_market(), a_touch(2000), fees, D(10_000)) for one in (spec, replace(spec, taker=True))
    )

    assert isinstance(rests, Preview)
    assert isinstance(takes, Preview)
    assert takes.least_profit < rests.least_profit
    assert takes.fee_share > 3 * rests.fee_share
    assert takes.virtual == 0


def test_a_step_that_pays_two_makers_may_not_pay_two_takers() -> None:
    fees = Fees(maker=D("0.0005"), taker=D("0.002"))
    spec = a_range(1990, 2010, 4)
    found = preview(spec, a_market(), a_touch(2000), fees, D(10_000))
    refused = preview(replace(spec, taker=True), a_market(), a_touch(2000), fees, D(10_000))

    assert isinstance(found, Preview)
    assert isinstance(refused, Problem)
    assert refused.code is ProblemCode.LOSES


def test_prices_of_the_stream_alone_place_nothing() -> None:
    world = a_taking_world()
    before = len(world.placed())
    world.tell(Quoted(at=world.now, touches={world.symbol: a_touch(1450, at=world.now)}))

    assert len(world.placed()) == before


def test_coins_that_are_gone_are_told_once_wherever_the_price_is() -> None:
    world = a_taking_world()
    world.deposit(-world.totals[ETH], ETH)
    world.read_balances()
    for price in (1650, 1550, 1650, 1550):
        world.trade(price)

    assert [one.back for one in world.notices_of(CoinsMissing)] == [False]
