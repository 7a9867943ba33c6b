"""Buying the seeds: as maker first, as taker after a while, never from ourselves, each coin once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.account.risk import reserved
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, StopGrid
from strategy.messages.notices import FillTold, LevelWaits, SeedsBought
from strategy.model.adapted import Seeding
from strategy.model.grid import Phase
from strategy.model.ledger import FillEntry, flow_of
from strategy.model.levels import RESIDUE, Lot, Wait
from strategy.model.market import Fees, Side
from strategy.model.orders import Execution, GridId, LevelId, OrderStatus, Purpose, Refusal
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
from tests.promises.core import assert_complete
from tests.world import World, the_brief_world


def seeding(**wishes: object) -> World:
    world = World({a_market(): Decimal(2000)})
    world.start(a_spec(**{"seed_patience": 30_000, **wishes}))
    return world


def test_seeds_are_bought_as_maker_at_the_touch_first() -> None:
    [order] = seeding().placed_for(Purpose.SEED)

    assert (order.price, order.execution) == (Decimal("1999.99"), Execution.POST_ONLY)
    assert order.quantity == Decimal("0.0248")


def test_a_seed_that_the_touch_left_behind_is_moved_and_one_ahead_of_it_stays() -> None:
    world = seeding()
    world.tick()
    assert len(world.placed_for(Purpose.SEED)) == 1

    world.trade(2003)
    world.tick()

    first, second = world.placed_for(Purpose.SEED)
    assert (first.status, second.price) == (OrderStatus.CANCELLED, Decimal("2002.99"))


def test_seeds_are_not_chased_without_end_where_a_maker_pays_more_than_a_taker() -> None:
    world = World({a_market(): Decimal(2000)}, fees=Fees(maker=Decimal("0.0003"), taker=Decimal(0)))
    world.start(a_range(1990, 2456, 11, seed_patience=30_000))
    world.tick(3)

    assert len(world.placed_for(Purpose.SEED)) == 1


def test_seeds_that_arrive_begin_the_run_and_are_told() -> None:
    world = seeding()
    world.trade(1999)

    assert world.phase() is Phase.RUNNING
    assert not world.notices_of(SeedsBought), "one thing, one message: it is told with the fill that brought them"
    [told] = [fill.seeds for fill in world.notices_of(FillTold) if fill.seeds]
    assert told.coins >= Decimal("0.0247")
    assert told.cost == Decimal("0.0248") * Decimal("1999.99")
    assert world.level(3).bought_at == Decimal("1999.99")


def test_seeds_go_to_the_lowest_level_first() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2200, 4, seed_patience=600_000))
    world.fill_in_parts(Decimal("0.6"))
    low, high = LevelId(3), LevelId(4)
    wanted = {level: world.level(level).quantity for level in (low, high)}

    world.walk(1999)
    assert world.grid.lots[low].quantity == wanted[low]
    assert 0 < world.grid.lots[high].quantity < wanted[high]
    world.tick()
    assert world.sell_prices == [2100]
    world.walk(1998)
    world.fill_in_parts(None)
    world.trade(1997)

    assert world.grid.lots[high].quantity == wanted[high]
    assert world.sell_prices == [2100, 2200]
    seeds = [entry for entry in world.entries if isinstance(entry, FillEntry) and entry.purpose is Purpose.SEED]
    fees = sum((flow_of(entry.fill, entry.base, entry.quote).fee_value for entry in seeds), Decimal(0))
    shares = [world.level(level).fees for level in (low, high)]
    assert all(shares), "a round trip of theirs tells what its coins have cost in fees, too"
    theirs = 1 - world.grid.lots[RESIDUE].quantity / world.grid.coins
    assert abs(sum(shares, Decimal(0)) / fees - theirs) < Decimal("1e-6"), "what is over takes its own part along"


def test_seeds_that_cost_more_than_the_floor_are_sold_above_what_they_cost() -> None:
    """Otherwise the level would sell below the price at which it buys again at once."""
    world = seeding()
    world.trade(2026)
    world.trade(2026)
    world.trade(2025)

    assert world.level(3).bought_at == Decimal("2025.99")
    assert world.level(3).sell_price == Decimal("2034.1")


def test_no_coins_are_bought_for_a_level_that_the_market_has_passed() -> None:
    """Sold at once at the touch they would lose the fees: the level waits to buy instead."""
    world = seeding()
    world.trade(2040)
    world.trade(2040)

    assert world.grid.seeding is None
    assert world.level(3).side is Side.BUY
    assert world.buy_prices == [1940, 1980, 2020]


def test_a_few_coins_of_a_level_that_the_market_has_passed_are_residue() -> None:
    """Too few to sell by themselves: the level waits to buy instead of waiting for ever."""
    world = seeding()
    world.fill_in_parts(Decimal("0.001"))
    world.trade(1999)
    assert 0 < world.grid.coins < world.grid.market.min_quantity

    world.trade(2040)
    world.tick(2)

    assert world.level(3).side is Side.BUY
    assert list(world.grid.lots) == [RESIDUE]
    assert world.buy_prices[-1] == 2020


@pytest.mark.parametrize("given_up_by", ["a price that came and went", "a pause", "a stop"])
def test_seeds_that_arrive_after_they_were_given_up_are_their_levels_coins(given_up_by: str) -> None:
    """As residue they would stand beside the money that is set aside for buying them again."""
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2200, 4, seed_patience=600_000))
    with world.holding(sends=True):
        world.walk(1999)
        if given_up_by == "a pause":
            world.ask(PauseGrid, grid_id=world.grid.id)
            world.ask(ResumeGrid, grid_id=world.grid.id)
        elif given_up_by == "a stop":
            world.ask(StopGrid, grid_id=world.grid.id, sell=False)
        else:
            world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(2300, at=world.now)}))

    world.tick(2)
    if world.phase() is Phase.STOPPED:
        world.ask(ResumeGrid, grid_id=world.grid.id)
    assert [world.level(number).side for number in (3, 4)] == [Side.SELL, Side.SELL]
    assert world.grid.lots[LevelId(3)].quantity == world.level(3).quantity
    assert world.grid.lots.get(RESIDUE, Lot()).quantity < Decimal("0.001")
    assert world.grid.cost + reserved(world.grid, world.account.fees) <= world.grid.money
    assert_complete(world)


def test_after_a_while_the_rest_is_bought_as_taker() -> None:
    world = seeding()
    world.fill_in_parts(Decimal("0.5"))
    world.trade(1999)
    assert 0 < world.grid.coins < Decimal("0.0247")

    world.tick(11)

    maker, taker = world.placed_for(Purpose.SEED)
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
    assert len(world.placed_for(Purpose.SEED)) == 1


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

    [_, seed] = world.placed_for(Purpose.SEED)
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

    [_, seed] = world.placed_for(Purpose.SEED)
    assert (seed.execution, seed.price) == (Execution.IMMEDIATE, Decimal("2028.07"))


def test_no_seed_is_placed_above_a_sell_that_we_still_believe_in() -> None:
    """The history lags: the market is far above our sell, and we have not heard that it was filled."""
    sell = an_order(9, grid_id=GridId(2), level=LevelId(9), side=Side.SELL, price=Decimal(2010))
    other = replace(a_grid(a_level(9), orders=(sell,)), id=GridId(2), phase=Phase.PARKED)
    ours = seeding().grid
    account = an_account(replace(ours, orders={}), other, touches={ETH_USDC: a_touch(2020)})

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


def test_a_level_that_sells_while_others_are_seeded_ends_its_trip_and_gets_no_second_coins() -> None:
    """Seeded anew it would not turn, and what it made would be told to nobody."""
    sale = an_order(1, side=Side.SELL, price=Decimal(2030))
    has, waits = a_level(1, side=Side.SELL, order=sale.client_id), a_level(2, side=Side.SELL)
    lots = {has.id: Lot(quantity=Decimal("0.02"), cost=Decimal("40.4"))}
    wanted = {has.id: Decimal("0.02"), waits.id: Decimal("0.02")}
    seeds = an_order(3, purpose=Purpose.SEED, level=None, price=Decimal(2025))
    grid = a_grid(has, waits, orders=(sale, seeds), lots=lots)
    account = an_account(replace(grid, phase=Phase.SEEDING, seeding=Seeding(started_at=NOW, wanted=wanted)))

    sold = step(account, ev.Filled(at=NOW, fill=a_fill(sale, 1)))
    after = step(sold.account, ev.Filled(at=NOW, fill=a_fill(seeds, 2))).account.grids[grid.id]

    [told] = [notice for notice in sold.notices if isinstance(notice, FillTold)]
    assert told.trip_profit == sold.account.grids[grid.id].books.grid_profit
    assert after.levels[has.id].side is Side.BUY
    assert (has.id in after.lots, waits.id in after.lots) == (False, True)


def test_another_ladder_tells_what_it_has_bought_and_not_what_the_grid_held_before() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1900, 2100, 4, seed_patience=600_000))
    world.trade(1999)
    held, cost = world.grid.coins, world.grid.cost
    assert held > 0

    world.tune(upper=Decimal(2150), grids=5)
    world.tick(2)
    world.trade(1998)

    told = [fill.seeds for fill in world.notices_of(FillTold) if fill.seeds][1:]
    assert [(seeds.coins, seeds.cost) for seeds in told] == [(world.grid.coins - held, world.grid.cost - cost)]
