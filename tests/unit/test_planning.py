"""What a grid asks for: the orders it lacks, where they may stand, why a level waits, and which orders nobody wants."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.messages import events as ev
from strategy.messages.commands import ResumeGrid
from strategy.messages.events import Cancel, Place
from strategy.model.grid import Phase
from strategy.model.levels import RESIDUE, Lot, Wait
from strategy.model.market import BookState, Side
from strategy.model.orders import ClientId, GridId, LevelId, OrderStatus
from strategy.step import step
from tests.builders import (
    BLOCK,
    ETH_USDC,
    NOW,
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
from tests.world import World, a_world, the_brief_world


def waits(world: World) -> list[Wait | None]:
    return [level.wait for level in world.grid.levels.values()]


def test_each_level_gets_its_order_the_nearest_to_the_price_first() -> None:
    world = a_world(6, 1700, 2300, price=2000, seed_patience=600_000)

    levels = [order for order in world.placed() if order.level is not None]
    assert [order.price for order in levels] == [1900, 1800, 1700]


def test_a_level_that_bought_sells_and_one_that_sold_buys_again() -> None:
    world = the_brief_world()

    world.trade(1979)
    assert world.level(2).bought_at == 1980
    assert world.sell_prices == [Decimal("1987.92"), Decimal("2028.08")]

    world.trade(1990)
    assert world.level(2).side is Side.BUY
    assert world.grid.books.round_trips == 1


def test_only_a_window_of_orders_is_live_on_each_side_and_it_follows_the_price() -> None:
    world = a_world(12, 1400, 2600, price=2000, window=2)
    assert world.buy_prices == [1800, 1900]
    assert world.sell_prices == [2100, 2200]
    assert waits(world).count(Wait.WINDOW) == 8

    world.trade(2250)
    world.tick()

    assert world.buy_prices[-2:] == [2000, 2100]
    assert world.sell_prices[0] == 2300
    assert len(world.grid.live) <= 2 * 2 + 2 * 2


def test_within_the_window_an_order_of_another_size_takes_the_place_of_the_old_one() -> None:
    world = a_world(12, 1400, 2600, price=2000, window=1)
    old = {order.level: order.quantity for order in world.grid.live}

    assert world.tune(quote_per_order=Decimal(50)) is None
    world.tick(4)

    new = {order.level: order.quantity for order in world.grid.live if order.side is Side.BUY}
    assert new
    assert all(old[level] != quantity for level, quantity in new.items())
    assert_complete(world)


def test_an_order_far_beyond_the_window_is_cancelled_and_one_on_its_edge_is_kept() -> None:
    world = a_world(12, 1400, 2600, price=2000, window=1)
    assert world.buy_prices == [1900]

    for price in (2150, 2250):
        world.trade(price)
    assert world.buy_prices == [1900, 2000, 2100]

    world.trade(2350)
    assert world.buy_prices == [2000, 2100, 2200]


def test_a_level_outside_the_price_band_stays_virtual_until_the_price_is_near() -> None:
    world = World({a_market(band_low=Decimal("0.8"), band_high=Decimal("1.2")): Decimal(2000)})
    world.start(a_range(1500, 2500, 10))
    world.tick()
    assert world.buy_prices == [1600, 1700, 1800, 1900]
    assert world.level(1).wait is Wait.WINDOW

    world.trade(1850)

    assert world.buy_prices[0] == 1500
    assert not [reason for _, reason in world.refused]


def test_two_grids_never_cross_each_other() -> None:
    world = the_brief_world()
    world.trade(1979)
    lowest_sell = world.sell_prices[0]

    world.start(a_range(1900, 2005, 5, quote_per_order=Decimal(50)))
    world.walk(1989)
    world.tick(3)

    live = [order for grid in world.account.grids.values() for order in grid.live]
    assert all(order.price < lowest_sell for order in live if order.side is Side.BUY)


def test_a_level_in_the_way_of_our_own_order_waits_until_it_is_gone() -> None:
    """The other grid's sell at 2,010 stands below this level's buy at 2,020."""
    in_the_way = an_order(9, grid_id=GridId(2), level=LevelId(9), side=Side.SELL, price=Decimal(2010))
    other = replace(a_grid(a_level(9), orders=(in_the_way,)), id=GridId(2), phase=Phase.PARKED)
    account = an_account(a_grid(a_level()), other, touches={ETH_USDC: a_touch(2030)})
    tick = ev.Tick(at=NOW, touches={})

    waiting = step(account, tick)
    level = waiting.account.grids[GridId(1)].levels[LevelId(1)]
    assert (level.wait, waiting.actions) == (Wait.CROSSING, ())

    gone = replace(waiting.account, grids={GridId(1): waiting.account.grids[GridId(1)]})
    assert step(gone, replace(tick, at=NOW + 1_000)).actions == ()
    assert len(step(gone, replace(tick, at=NOW + 3_000)).actions) == 1


def test_orders_on_another_market_are_in_nobodys_way() -> None:
    sell = an_order(9, grid_id=GridId(2), symbol="SOL_USDC", side=Side.SELL, price=Decimal(2010))
    other = replace(a_grid(orders=(sell,), spec=a_spec(symbol="SOL_USDC"), phase=Phase.PARKED), id=GridId(2))

    assert len(step(an_account(a_grid(a_level()), other), ev.Tick(at=NOW, touches={})).actions) == 1


def test_a_sell_does_not_meet_our_own_buy_either() -> None:
    resting = an_order(9, grid_id=GridId(2), level=LevelId(9), side=Side.BUY, price=Decimal(2100))
    other = replace(a_grid(a_level(9), orders=(resting,)), id=GridId(2), phase=Phase.PARKED)
    lots = {LevelId(1): Lot(quantity=Decimal("0.02"), cost=Decimal(40))}
    account = an_account(a_grid(a_level(side=Side.SELL), lots=lots), other)

    done = step(account, ev.Tick(at=NOW, touches={}))

    assert done.account.grids[GridId(1)].levels[LevelId(1)].wait is Wait.CROSSING


def test_two_orders_of_one_tick_that_would_meet_each_other_are_not_both_placed() -> None:
    """Where bid and ask are far apart, a level sells lower than another one buys: neither is in the book yet."""
    lots = {LevelId(1): Lot(quantity=Decimal("0.02"), cost=Decimal(40))}
    grid = a_grid(a_level(1, side=Side.SELL), a_level(2), lots=lots)
    for bid, ask in ((2029, 2100), (1900, 2041), (1900, 2100)):
        wide = replace(a_touch(ask), bid=Decimal(bid))

        done = step(an_account(grid, touches={ETH_USDC: wide}), ev.Tick(at=NOW, touches={}))

        [placed] = [action.order for action in done.actions if isinstance(action, Place)]
        waiting = [level for level in done.account.grids[GridId(1)].levels.values() if level.wait is Wait.CROSSING]
        assert [level.side for level in waiting] == [placed.side.opposite]


def test_a_grid_buys_no_more_than_its_maximum_position() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2000, 4, quote_per_order=Decimal(500)))
    world.tick()
    assert len(world.buy_prices) == 4

    world.tune(max_position=Decimal(1010))
    for price in (1960, 1910, 1860, 1790):
        world.trade(price)

    assert world.grid.cost <= 2010


def test_the_coins_that_a_grid_holds_count_towards_its_position() -> None:
    full = a_spec(max_position=Decimal(1010))
    held = {LevelId(9): Lot(quantity=Decimal("0.5"), cost=Decimal(1000))}
    done = step(an_account(a_grid(a_level(), spec=full, lots=held)), ev.Tick(at=NOW, touches={}))

    assert not done.actions
    assert done.account.grids[GridId(1)].levels[LevelId(1)].wait is Wait.POSITION


def test_a_level_waits_while_the_position_is_full() -> None:
    world = World({a_market(): Decimal(2000)})
    with world.holding():
        world.start(a_range(1800, 2000, 4, quote_per_order=Decimal(500)))
        world.tune(max_position=Decimal(1010))
        world.road.unsent.clear()
        world.restart()
    world.tick(20)

    assert len(world.buy_prices) == 2
    assert waits(world).count(Wait.POSITION) == 2


@pytest.mark.parametrize("state", [BookState.CLOSED, BookState.CANCEL_ONLY])
def test_nothing_is_placed_on_a_market_that_takes_no_orders(state: BookState) -> None:
    account = an_account(a_grid(a_level(), market=a_market(state=state)))

    assert not step(account, ev.Tick(at=NOW, touches={})).actions


@pytest.mark.parametrize(
    "state",
    [
        {"ready": False},
        {"touches": {}},
        {"touches": {}, "markets": {}},
    ],
)
def test_nothing_is_placed_blindly(state: dict[str, object]) -> None:
    account = replace(an_account(a_grid(a_level())), **state)  # type: ignore[arg-type]  # fields of an account

    assert not step(account, ev.Tick(at=NOW, touches={})).actions


def test_what_is_too_small_to_sell_is_sold_with_the_next_coins_that_can_carry_it() -> None:
    lots = {
        RESIDUE: Lot(quantity=Decimal("0.00007"), cost=Decimal("0.14")),
        LevelId(1): Lot(quantity=Decimal("0.01995"), cost=Decimal(40)),
    }
    account = an_account(a_grid(a_level(side=Side.SELL), lots=lots))
    done = step(account, ev.Tick(at=NOW, touches={}))

    [action] = done.actions
    assert isinstance(action, Place)
    assert action.order.quantity == Decimal("0.0200")
    assert done.account.grids[GridId(1)].lots == {LevelId(1): Lot(quantity=Decimal("0.02002"), cost=Decimal("40.14"))}


def test_residue_that_would_not_sell_a_step_more_stays_where_it_is() -> None:
    lots = {
        RESIDUE: Lot(quantity=Decimal("0.00003"), cost=Decimal("0.06")),
        LevelId(1): Lot(quantity=Decimal("0.01995"), cost=Decimal(40)),
    }
    done = step(an_account(a_grid(a_level(side=Side.SELL), lots=lots)), ev.Tick(at=NOW, touches={}))

    assert done.account.grids[GridId(1)].lots == lots


def test_a_cancel_without_effect_is_sent_again_after_a_while() -> None:
    order = an_order(status=OrderStatus.CANCELLING, cancelled_at=NOW)
    account = an_account(a_grid(a_level(order=order.client_id), orders=(order,)))

    assert not step(account, ev.Tick(at=NOW + 4_999, touches={})).actions
    [action] = step(account, ev.Tick(at=NOW + 5_000, touches={})).actions
    assert action == Cancel(symbol=ETH_USDC, client_id=order.client_id, order_id=order.order_id)


def test_a_level_whose_rest_is_too_small_to_buy_turns() -> None:
    """It had bought a part when the grid was tuned down to that part."""
    lots = {LevelId(1): Lot(quantity=Decimal("0.0149"), cost=Decimal(30))}
    level = a_level(quantity=Decimal("0.015"), done=Decimal("0.015"), value=Decimal("30.3"))
    done = step(an_account(a_grid(level, lots=lots)), ev.Tick(at=NOW, touches={}))
    turned = done.account.grids[GridId(1)].levels[LevelId(1)]

    assert (turned.side, turned.bought_at) == (Side.SELL, Decimal(2020))


def test_the_ids_of_a_block_come_to_an_end_without_harm() -> None:
    """The last id was taken when the next one was asked for: neither order is sent, and nothing is left of them."""
    account = an_account(a_grid(a_level(1), a_level(2)), next_id=2**20 - 1)
    done = step(account, ev.Tick(at=NOW, touches={}))
    parked = done.account.grids[GridId(1)]

    assert parked == replace(account.grids[GridId(1)], phase=Phase.PARKED)
    assert not done.actions
    fresh = step(done.account, ev.BlockTaken(at=NOW, block=BLOCK + 1)).account
    resumed = step(fresh, ResumeGrid(at=NOW, grid_id=GridId(1)))
    ids = [action.order.client_id for action in resumed.actions if isinstance(action, Place)]
    assert ids == [ClientId((BLOCK + 1) * 2**20 + 1), ClientId((BLOCK + 1) * 2**20 + 2)]


def test_a_seeded_level_waits_for_its_coins_while_the_others_trade() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_spec(seed_patience=600_000))
    world.tick()

    assert world.phase() is Phase.SEEDING
    assert [order.level for order in world.grid.live] == [None, LevelId(2), LevelId(1)]
