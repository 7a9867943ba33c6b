"""Buying the seeds and stopping: each step follows from the state, none is taken twice, and none is taken blindly."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy import events as ev
from strategy.grid import RESIDUE, Lot, Phase, Stop, StopReason, Wait
from strategy.market import BookState, Side
from strategy.money import ZERO
from strategy.notices import GridEnded, LevelWaits, SeedsBought
from strategy.orders import Execution, GridId, LevelId, Order, OrderStatus, Purpose, Refusal
from strategy.sequences import forget_seeds
from strategy.step import step
from tests.builders import (
    ETH_USDC,
    NOW,
    a_fill,
    a_grid,
    a_level,
    a_market,
    a_range,
    a_spec,
    a_touch,
    an_account,
    an_order,
)
from tests.world import World, a_world, the_brief_world


def of(world: World, purpose: Purpose) -> list[Order]:
    return [order for order in world.journal.values() if order.purpose is purpose]


def seeding(**wishes: object) -> World:
    world = World({a_market(): Decimal(2000)})
    world.start(a_spec(**{"seed_patience": 30_000, **wishes}))
    return world


def test_seeds_are_bought_as_maker_at_the_touch_first() -> None:
    [order] = of(seeding(), Purpose.SEED)

    assert (order.price, order.execution) == (Decimal("1999.99"), Execution.POST_ONLY)
    assert order.quantity == Decimal("0.0248")


def test_a_seed_that_the_touch_left_behind_is_moved_and_one_ahead_of_it_stays() -> None:
    world = seeding()
    world.tick()
    assert len(of(world, Purpose.SEED)) == 1

    world.trade(2003)
    world.tick()

    first, second = of(world, Purpose.SEED)
    assert (first.status, second.price) == (OrderStatus.CANCELLED, Decimal("2002.99"))


def test_seeds_that_arrive_begin_the_run_and_are_told() -> None:
    world = seeding()
    world.trade(1999)

    assert world.phase() is Phase.RUNNING
    [told] = world.notices_of(SeedsBought)
    assert told.coins >= Decimal("0.0247")
    assert told.cost == Decimal("0.0248") * Decimal("1999.99")
    assert world.level(3).bought_at == Decimal("1999.99")


def test_after_a_while_the_rest_is_bought_as_taker() -> None:
    world = seeding()
    world.fill_in_parts(Decimal("0.5"))
    world.trade(1999)
    assert 0 < world.grid.coins < Decimal("0.0247")

    world.tick(11)

    maker, taker = of(world, Purpose.SEED)
    assert (maker.status, taker.execution) == (OrderStatus.CANCELLED, Execution.IMMEDIATE)
    assert maker.filled + taker.filled < Decimal("0.0250")
    assert world.phase() is Phase.RUNNING


def test_seeds_too_few_to_buy_are_enough() -> None:
    world = World({a_market(step="0.0001", least="0.01"): Decimal(2000)})
    world.start(a_spec(seed_patience=30_000))
    world.fill_in_parts(Decimal("0.9"))
    world.trade(1999)
    world.tick(11)

    assert world.phase() is Phase.RUNNING
    assert len(of(world, Purpose.SEED)) == 1


def test_what_the_seeds_bring_too_much_is_residue_and_is_sold_with_the_rest() -> None:
    world = the_brief_world()

    assert world.grid.lots[LevelId(3)].quantity == Decimal("0.0247")
    assert world.grid.lots[RESIDUE].quantity == Decimal("0.0248") * (1 - world.account.fees.taker) - Decimal("0.0247")


def test_seeds_are_not_bought_from_our_own_sells() -> None:
    """The other grid's sell is the best ask: as taker the seeds would meet it, so they are bought as maker."""
    world = World({a_market(): Decimal(2000)})
    world.start(a_spec())
    world.tick()
    world.walk(Decimal("2028.08"))
    assert world.bid() == Decimal("2028.07")

    world.start(a_spec())
    world.tick()

    [_, seed] = of(world, Purpose.SEED)
    assert (seed.execution, seed.price) == (Execution.POST_ONLY, Decimal("2028.07"))
    world.trade(2029)
    world.tick(2)
    assert world.phase() is Phase.RUNNING
    assert not [order for order in world.held.orders.values() if order.expiry == "SelfTradePrevention"]


def test_a_takers_price_stays_below_our_own_sells() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_spec())
    world.tick()
    world.walk(2027)

    world.start(a_spec())

    [_, seed] = of(world, Purpose.SEED)
    assert (seed.execution, seed.price) == (Execution.IMMEDIATE, Decimal("2028.07"))


def test_no_seed_is_placed_above_a_sell_that_we_still_believe_in() -> None:
    """The history lags: the market is far above our sell, and we have not heard that it was filled."""
    sell = an_order(9, grid_id=GridId(2), level=LevelId(9), side=Side.SELL, price=Decimal(2010))
    other = replace(a_grid(a_level(9), orders=(sell,)), id=GridId(2), phase=Phase.PARKED)
    ours = seeding().grid
    account = an_account(replace(ours, orders={}), other, touches={ETH_USDC: a_touch(2500)})

    done = step(account, ev.Tick(at=NOW, touches={}))

    assert not [a for a in done.actions if isinstance(a, ev.Place) and a.order.purpose is Purpose.SEED]


@pytest.mark.parametrize(
    ("reason", "told", "again_after"),
    [
        (Refusal.POST_ONLY, False, 1_000),
        (Refusal.RATE_LIMIT, False, 5_000),
        (Refusal.FUNDS, True, 30_000),
        (Refusal.MARKET_STATE, False, 30_000),
    ],
)
def test_a_refused_seed_is_asked_again_later_and_told_if_it_matters(
    reason: Refusal, *, told: bool, again_after: int
) -> None:
    world = World({a_market(): Decimal(2000)})
    world.refuse(reason, times=3)
    world.start(a_range(2000, 2100, 1, seed_patience=600_000))
    [refused] = world.refused

    assert refused[0].purpose is Purpose.SEED
    assert world.grid.retry_at == world.now + again_after
    assert [(notice.level, notice.wait) for notice in world.notices_of(LevelWaits)] == [(None, Wait.MONEY)] * told


def test_a_stop_cancels_everything_and_keeps_the_coins() -> None:
    world = the_brief_world()
    held = world.grid.coins
    assert world.ask(ev.StopGrid, grid_id=world.grid.id) is None

    assert world.phase() is Phase.STOPPED
    assert not world.held.open
    assert world.grid.coins == held
    [ended] = world.notices_of(GridEnded)
    assert (ended.reason, ended.sold, ended.cancelled) == (StopReason.OWNER, False, 3)


def test_a_stop_that_sells_does_it_in_slices_of_a_thousand() -> None:
    world = a_world(10, 1500, 2500, quote_per_order=Decimal(500))
    world.ask(ev.StopGrid, grid_id=world.grid.id, sell=True)

    slices = of(world, Purpose.STOP)
    assert world.phase() is Phase.STOPPED
    assert [order.quantity for order in slices] == [Decimal("0.5000"), Decimal("0.5000"), slices[-1].quantity]
    assert slices[0].price == Decimal("1993.99")
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
        {"markets": {ETH_USDC: a_market(state=BookState.CLOSED)}},
    ],
)
def test_nothing_is_sold_blindly(state: dict[str, object]) -> None:
    lots = {LevelId(1): Lot(quantity=Decimal("0.75"), cost=Decimal(1500))}
    stop = Stop(reason=StopReason.OWNER, sell=True, at=NOW)
    grid = a_grid(a_level(), lots=lots, phase=Phase.STOPPING, stop=stop)
    done = step(replace(an_account(grid), **state), ev.Tick(at=NOW, touches={}))  # type: ignore[arg-type]  # its fields

    assert not done.actions
    assert done.account.grids[GridId(1)].phase is Phase.STOPPING


def test_a_slice_that_found_nobody_is_asked_again_with_newer_prices() -> None:
    """The market fell between the last tick and the stop: the slice's limit is above the bid, and it ends unfilled."""
    world = the_brief_world()
    world.stream = False
    world.walk(1985)
    world.ask(ev.StopGrid, grid_id=world.grid.id, sell=True)
    assert [order.status for order in of(world, Purpose.STOP)] == [OrderStatus.EXPIRED]

    world.tick(3)

    assert world.phase() is Phase.STOPPED
    assert world.grid.coins < world.grid.market.min_quantity


def test_a_stop_does_not_sell_to_another_grid_of_ours() -> None:
    world = World({a_market(): Decimal(2000)})
    one = world.start(a_spec())
    world.start(a_spec(grids=2, interval=Decimal(30)))
    world.tick()
    world.walk(Decimal("1970.01"))
    assert world.bid() == world.buy_prices[0] == 1970

    world.ask(ev.StopGrid, grid_id=one, sell=True)
    assert not of(world, Purpose.STOP)
    world.trade(1971)
    world.tick()

    assert {order.price for order in of(world, Purpose.STOP)} == {Decimal("1970.01")}
    assert world.account.grids[one].phase is Phase.STOPPED
    assert world.grid.coins > 0


def test_coins_that_come_late_are_sold_too() -> None:
    """A buy was filled while the stop was cancelling it."""
    world = the_brief_world()
    with world.holding():
        world.ask(ev.StopGrid, grid_id=world.grid.id, sell=True)
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
    world.ask(ev.StopGrid, grid_id=world.grid.id)
    assert world.phase() is Phase.STOPPED
    seeded = {number for number, lot in world.grid.lots.items() if lot.quantity > 0}

    assert world.ask(ev.ResumeGrid, grid_id=world.grid.id) is None
    world.tick(2)

    assert world.grid.seeding is None
    sides = {level.id: level.side for level in world.grid.levels.values()}
    assert all((sides[LevelId(number)] is Side.SELL) == (number in seeded) for number in (3, 4))


def test_levels_without_coins_wait_to_buy_when_seeds_are_given_up() -> None:
    levels = (a_level(1, side=Side.SELL), a_level(2, side=Side.SELL), a_level(3))
    grid = forget_seeds(a_grid(*levels, lots={LevelId(2): Lot(quantity=Decimal("0.02"), cost=Decimal(40))}))

    assert [level.side for level in grid.levels.values()] == [Side.BUY, Side.SELL, Side.BUY]


def test_a_stop_sale_whose_answer_was_lost_is_not_sent_twice() -> None:
    world = the_brief_world()
    world.ask(ev.PauseGrid, grid_id=world.grid.id)
    world.stream = False
    world.lose(request=False)
    world.ask(ev.StopGrid, grid_id=world.grid.id, sell=True)
    [sale] = of(world, Purpose.STOP)
    assert sale.unknown_since is not None

    world.tick(20)

    assert len(of(world, Purpose.STOP)) == 1
    assert world.phase() is Phase.STOPPED
    assert world.totals[world.grid.market.base] == world.grid.coins
    assert world.grid.coins < world.grid.market.min_quantity


def test_a_flat_grid_that_stops_with_sale_sells_nothing() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2000, 2))
    world.ask(ev.StopGrid, grid_id=world.grid.id, sell=True)

    assert not of(world, Purpose.STOP)
    assert world.phase() is Phase.STOPPED
    assert world.grid.coins == ZERO
