"""Stopping a grid: cancel, confirm, sell in slices, verify. No step is taken twice, and none is taken blindly."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.paper.records import NewOrder
from strategy.grid.sequences import forget_seeds
from strategy.grid.sizing import least_to_take
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, StopGrid
from strategy.messages.notices import GridEnded, LevelWaits
from strategy.model.account import Account, Halt, Interruption
from strategy.model.grid import Phase
from strategy.model.levels import Lot, Wait
from strategy.model.market import BookState, Side, Touch
from strategy.model.money import ZERO
from strategy.model.orders import Execution, GridId, LevelId, Order, OrderStatus, Purpose, Refusal
from strategy.model.stops import Stop, StopReason
from strategy.step import step
from tests.builders import (
    NOW,
    a_fill,
    a_grid,
    a_level,
    a_market,
    a_range,
    a_spec,
    an_account,
    an_order,
)
from tests.venue import KEY
from tests.world import World, a_world, the_brief_world


def test_a_stop_cancels_everything_and_keeps_the_coins() -> None:
    world = the_brief_world()
    held = world.grid.coins
    assert world.ask(StopGrid, grid_id=world.grid.id) is None

    assert world.phase() is Phase.STOPPED
    assert not world.held.open
    assert world.grid.coins == held
    [ended] = world.notices_of(GridEnded)
    assert (ended.reason, ended.sold, ended.cancelled) == (StopReason.OWNER, False, 3)


def test_a_stop_that_is_asked_for_again_goes_on_counting() -> None:
    stop = Stop(reason=StopReason.OWNER, sell=False, at=NOW, orders=3, cancelled=2)
    resting = an_order(status=OrderStatus.CANCELLING)
    grid = a_grid(a_level(), phase=Phase.STOPPING, stop=stop, orders=(resting,))

    after = step(an_account(grid), StopGrid(at=NOW, grid_id=grid.id, sell=True)).account.grids[grid.id]

    assert after.stop == replace(stop, sell=True)


def test_a_stop_that_sells_does_it_in_slices_of_a_thousand() -> None:
    world = a_world(10, 1500, 2500, quote_per_order=Decimal(500))
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)

    slices = world.placed_for(Purpose.STOP)
    assert world.phase() is Phase.STOPPED
    assert [order.quantity for order in slices] == [Decimal("0.5000"), Decimal("0.5000"), slices[-1].quantity]
    assert slices[0].price == Decimal("1994.00")
    assert world.grid.coins < world.grid.market.min_quantity


def test_a_last_slice_is_never_too_small_to_sell() -> None:
    market = a_market(least="0.3")
    lots = {LevelId(1): Lot(quantity=Decimal("0.75"), cost=Decimal(1500))}
    stop = Stop(reason=StopReason.OWNER, sell=True, at=NOW)
    grid = a_grid(a_level(), market=market, lots=lots, phase=Phase.STOPPING, stop=stop)

    [action] = step(an_account(grid), ev.Tick(at=NOW, touches={})).actions

    assert isinstance(action, ev.Place)
    assert action.order.quantity == Decimal("0.75")


@pytest.mark.parametrize(
    "state",
    [
        {"touches": {}},
        {"ready": False},
        {"halt": Halt.STRANGERS},
        {"interruption": Interruption(cause="unreachable", text="", since=NOW)},
    ],
)
def test_nothing_is_sold_blindly(state: dict[str, object]) -> None:
    lots = {LevelId(1): Lot(quantity=Decimal("0.75"), cost=Decimal(1500))}
    stop = Stop(reason=StopReason.OWNER, sell=True, at=NOW)
    grid = a_grid(a_level(), lots=lots, phase=Phase.STOPPING, stop=stop)
    done = step(replace(an_account(grid), **state), ev.Tick(at=NOW, touches={}))  # type: ignore[arg-type]  # its fields

    assert not done.actions
    assert done.account.grids[GridId(1)].phase is Phase.STOPPING


def test_nothing_is_sold_on_a_market_that_takes_no_orders() -> None:
    lots = {LevelId(1): Lot(quantity=Decimal("0.75"), cost=Decimal(1500))}
    stop = Stop(reason=StopReason.OWNER, sell=True, at=NOW)
    market = a_market(state=BookState.CLOSED)
    grid = a_grid(a_level(), lots=lots, phase=Phase.STOPPING, stop=stop, market=market)

    assert not step(an_account(grid), ev.Tick(at=NOW, touches={})).actions


def test_a_slice_that_found_nobody_is_asked_again_with_newer_prices() -> None:
    """The market fell between the last tick and the stop: the slice's limit is above the bid, and it ends unfilled."""
    world = the_brief_world()
    world.stream = False
    world.walk(1985)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    assert [order.status for order in world.placed_for(Purpose.STOP)] == [OrderStatus.EXPIRED]

    world.tick(3)

    assert world.phase() is Phase.STOPPED
    assert world.grid.coins < world.grid.market.min_quantity


@pytest.mark.parametrize("reason", ["its owner", "its loss"])
def test_a_stop_sells_to_no_other_grid_of_ours_and_waits_for_none(reason: str) -> None:
    """The other grid's buy was the best bid: the stop waited for the market, in silence and for as long as it took."""
    world, one = beside_another_bid(stop_loss=Decimal("1970.01") if reason == "its loss" else None, stop_sells=True)
    [in_the_way] = [order for order in world.grid.live if order.price == world.bid()]
    if reason == "its owner":
        world.ask(StopGrid, grid_id=one, sell=True)
    world.tick(4)

    taken_back = world.journal[in_the_way.client_id]
    assert (taken_back.status, taken_back.filled) == (OrderStatus.CANCELLED, ZERO), "it was not sold to"
    assert (world.account.grids[one].phase, world.account.grids[one].coins) == (Phase.STOPPED, ZERO)
    assert [order.status for order in world.placed_for(Purpose.STOP)] == [OrderStatus.FILLED]
    world.tick(2)
    assert world.bid() == in_the_way.price == world.buy_prices[-1], "the buy is back"


def test_no_buy_of_ours_goes_before_a_sale_that_has_begun() -> None:
    """It was put back in the moment in which it was gone, and stood in the way anew."""
    world, one = beside_another_bid()
    world.ask(StopGrid, grid_id=one, sell=True)
    world.refuse(Refusal.UNAVAILABLE, times=4)
    before = len(world.actions)
    world.tick(4)

    assert world.account.grids[one].phase is Phase.STOPPING, "Backpack takes no sale at the moment"
    assert {order.purpose for order in world.placed(before)} == {Purpose.STOP}
    assert {level.wait for level in world.grid.levels.values() if level.order is None} == {Wait.CROSSING}
    world.tick(4)
    assert world.account.grids[one].phase is Phase.STOPPED
    assert all(level.order is not None for level in world.grid.levels.values())


def test_a_buy_below_the_best_bid_stays_where_it_is() -> None:
    world, one = beside_another_bid()
    world.trade("1975")
    kept = [order.client_id for order in world.grid.live]
    world.ask(StopGrid, grid_id=one, sell=True)
    world.tick(4)

    assert world.account.grids[one].phase is Phase.STOPPED
    assert [order.client_id for order in world.grid.live] == kept


def beside_another_bid(**wishes: Any) -> tuple[World, GridId]:
    """A grid with coins beside another one, whose buy is the best bid of their market."""
    world = World({a_market(): Decimal(2000)})
    one = world.start(a_spec(**wishes))
    world.start(a_spec(grids=2, interval=Decimal(30)))
    world.tick()
    world.walk(Decimal("1970.01"))
    assert world.bid() == world.buy_prices[-1] == 1970
    return world, one


def test_a_sale_that_would_meet_an_order_of_its_owners_own_says_so_once_and_goes_on_when_that_is_gone() -> None:
    world = the_brief_world()
    by_hand = NewOrder(symbol=world.symbol, side=Side.BUY, price=Decimal("2000.01"), quantity=Decimal("0.5"))
    world.trade("2000.02")
    placed = world.venue.place(KEY, by_hand)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(40)

    [told] = world.notices_of(LevelWaits)
    assert (told.level, told.wait) == (None, Wait.CROSSING)
    assert world.phase() is Phase.STOPPING
    world.venue.cancel(KEY, world.symbol, order_id=placed.id)
    world.tick(5)
    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, ZERO)


def test_coins_that_come_late_are_sold_too() -> None:
    """A buy was filled while the stop was cancelling it."""
    world = the_brief_world()
    with world.holding():
        world.ask(StopGrid, grid_id=world.grid.id, sell=True)
        world.walk(1979)
    world.tick()

    assert world.phase() is Phase.STOPPED
    assert world.grid.books.bought > 90
    assert world.grid.coins < world.grid.market.min_quantity


def test_a_stop_waits_for_the_fills_that_the_exchange_reported() -> None:
    """The order ended with an execution that no fill has shown yet: the stop is not over."""
    order = an_order(status=OrderStatus.CANCELLED, executed=Decimal("0.01"))
    stop = Stop(reason=StopReason.OWNER, sell=False, at=NOW)
    grid = a_grid(a_level(order=order.client_id), orders=(order,), phase=Phase.STOPPING, stop=stop)
    waiting = step(an_account(grid), ev.Tick(at=NOW, touches={}))
    assert waiting.account.grids[GridId(1)].phase is Phase.STOPPING

    fill = a_fill(order, quantity=Decimal("0.01"))
    done = step(waiting.account, ev.Filled(at=NOW, fill=fill))

    assert done.account.grids[GridId(1)].phase is Phase.STOPPED


def test_a_stop_during_the_seeding_keeps_what_was_bought_and_a_resume_buys_no_seeds() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2200, 4, seed_patience=600_000, quote_per_order=Decimal(50)))
    world.fill_in_parts(Decimal("0.6"))
    world.trade(1999)
    world.ask(StopGrid, grid_id=world.grid.id)
    assert world.phase() is Phase.STOPPED
    seeded = {number for number, lot in world.grid.lots.items() if lot.quantity > 0}

    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
    world.tick(2)

    assert world.grid.seeding is None
    sides = {level.id: level.side for level in world.grid.levels.values()}
    assert all((sides[LevelId(number)] is Side.SELL) == (number in seeded) for number in (3, 4))


def test_levels_without_coins_wait_to_buy_when_seeds_are_given_up() -> None:
    sold = a_level(4, side=Side.SELL, done=Decimal("0.02"), value=Decimal(40), earned=Decimal(1))
    levels = (a_level(1, side=Side.SELL), a_level(2, side=Side.SELL), a_level(3), sold)
    grid = forget_seeds(a_grid(*levels, lots={LevelId(2): Lot(quantity=Decimal("0.02"), cost=Decimal(40))}))

    assert [level.side for level in grid.levels.values()] == [Side.BUY, Side.SELL, Side.BUY, Side.SELL]
    assert grid.levels[sold.id].earned == 1, "it has made something, which is told when its trip ends"


def test_a_stop_sale_whose_answer_was_lost_is_not_sent_twice() -> None:
    world = the_brief_world()
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.stream = False
    world.lose(request=False)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    [sale] = world.placed_for(Purpose.STOP)
    assert sale.unknown_since is not None

    world.tick(20)

    assert len(world.placed_for(Purpose.STOP)) == 1
    assert world.phase() is Phase.STOPPED
    assert 0 < world.totals[world.grid.market.base] < world.grid.market.min_quantity
    assert not world.grid.coins


def test_a_stopped_grid_is_left_alone() -> None:
    account = an_account(a_grid(phase=Phase.STOPPED))

    assert step(account, ev.Tick(at=NOW, touches={})).account == account


def test_a_flat_grid_that_stops_with_sale_sells_nothing() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2000, 2))
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)

    assert not world.placed_for(Purpose.STOP)
    assert world.phase() is Phase.STOPPED
    assert world.grid.coins == ZERO


def test_a_sale_below_the_lowest_price_that_a_market_takes_waits_and_says_so_once() -> None:
    world = the_brief_world()
    world.rule(min_price="2500")
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(40)

    [told] = world.notices_of(LevelWaits)
    assert (told.level, told.wait) == (None, Wait.MARKET)
    assert not world.placed_for(Purpose.STOP)
    world.rule(min_price=None)
    world.tick(2)
    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, ZERO)


def test_a_sale_below_the_lowest_price_says_so_whatever_was_refused_before() -> None:
    world = the_brief_world()
    world.refuse(Refusal.OTHER)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.rule(min_price="2500")
    world.tick(40)

    assert [told.wait for told in world.notices_of(LevelWaits)] == [Wait.REFUSED, Wait.MARKET]
    world.rule(min_price=None)
    world.tick(10)
    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, ZERO)


def test_a_sale_where_the_lowest_price_is_above_the_highest_asks_for_nothing_and_says_so_once() -> None:
    world = the_brief_world()
    world.rule(max_price="1500")
    world.rule(min_price="1600")
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(40)

    assert [told.wait for told in world.notices_of(LevelWaits)] == [Wait.MARKET]
    assert not world.placed_for(Purpose.STOP)


def selling_at(
    bid: str, tick: str, beside: Order | None = None, least: Decimal | None = None
) -> tuple[Account, ev.Tick]:
    """A grid that is to sell its coins at a best bid, on such a tick; beside a parked one with an order."""
    lots = {LevelId(1): Lot(quantity=Decimal("0.75"), cost=Decimal(1500))}
    stop = Stop(reason=StopReason.OWNER, sell=True, at=NOW)
    market = replace(a_market(tick=tick), min_price=least)
    grids = [a_grid(a_level(), market=market, lots=lots, phase=Phase.STOPPING, stop=stop)]
    if beside is not None:
        level = a_level(order=beside.client_id)
        grids.append(a_grid(level, id=beside.grid_id, market=market, orders=(beside,), phase=Phase.PARKED))
    touch = Touch(symbol=market.symbol, bid=Decimal(bid), ask=Decimal(2000), at=NOW)
    return an_account(*grids), ev.Tick(at=NOW, touches={market.symbol: touch})


@pytest.mark.parametrize(("bid", "price"), [("1966.67", 1950), ("1950.01", 1950), ("1950", 1950), ("99.99", 50)])
def test_a_sale_to_a_bid_beside_the_tick_asks_for_the_price_beneath_it(bid: str, price: int) -> None:
    """Such a bid rests from before the tick was so wide: no order can name its price, and any below it gets it."""
    [sale] = step(*selling_at(bid, "50")).actions

    assert isinstance(sale, ev.Place)
    assert (sale.order.price, sale.order.execution) == (Decimal(price), Execution.IMMEDIATE)


def test_a_buy_of_ours_at_the_price_beneath_such_a_bid_steps_aside_first() -> None:
    buy = an_order(grid_id=GridId(2), price=Decimal(1950), order_id="ex-1", status=OrderStatus.OPEN)
    farther = replace(buy, price=Decimal(1900))

    [aside] = step(*selling_at("1966.67", "50", buy)).actions
    [sale] = step(*selling_at("1966.67", "50", farther)).actions

    assert isinstance(aside, ev.Cancel)
    assert aside.client_id == buy.client_id
    assert isinstance(sale, ev.Place)


@pytest.mark.parametrize(("bid", "least"), [("49.99", None), ("49.99", Decimal(50)), ("70", Decimal(60))])
def test_a_bid_beneath_which_a_market_has_no_price_is_waited_for_and_told_once(bid: str, least: Decimal | None) -> None:
    account, tick = selling_at(bid, "50", least=least)
    first = step(account, tick)
    second = step(first.account, replace(tick, at=NOW + 60_000))

    assert not first.actions
    assert not second.actions
    assert [told.wait for told in first.notices if isinstance(told, LevelWaits)] == [Wait.MARKET]
    assert not second.notices


def test_a_taker_sells_to_a_bid_beside_the_tick_as_soon_as_it_reaches_his_price() -> None:
    market = a_market(tick="50")

    assert least_to_take(market, Decimal("1966.67")) == 1950
    assert least_to_take(market, Decimal(2000)) == 2000
    assert least_to_take(replace(market, max_price=Decimal(1900)), Decimal("1966.67")) == 1900


def test_a_sale_above_the_highest_price_that_a_market_takes_asks_for_that_one() -> None:
    world = the_brief_world()
    world.rule(max_price="1500")
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(2)

    assert [order.price for order in world.placed_for(Purpose.STOP)] == [Decimal(1500)]
    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, ZERO)
