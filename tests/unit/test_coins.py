"""Coins that are gone: the owner sells or withdraws what a grid holds. Frozen, told once, resumed when it is back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.paper import upkeep
from exchange.paper.records import NewOrder
from strategy.grid.coins import missing, sellable, there
from strategy.messages import events as ev
from strategy.messages.by_hand import CoinsMissing
from strategy.messages.commands import PauseGrid, ResumeGrid, StopGrid
from strategy.messages.events import Place
from strategy.messages.notices import GridEnded
from strategy.model.grid import Phase
from strategy.model.ledger import Movement, MovementKind
from strategy.model.levels import RESIDUE, Lot, Wait
from strategy.model.market import Side
from strategy.model.money import ZERO
from strategy.model.orders import GridId, LevelId, OrderStatus, Purpose
from strategy.model.stops import Stop, StopReason
from strategy.step import step
from tests.builders import ETH, ETH_USDC, NOW, USDC, a_grid, a_level, a_market, a_range, a_spec, an_account, an_order
from tests.promises.core import assert_complete, assert_promises
from tests.unit.one_level import the_grid
from tests.venue import KEY
from tests.world import World, a_world

D = Decimal
LOT = Lot(quantity=D("0.02"), cost=D(40))


def a_world_without(coins: str) -> World:
    """Five levels around 2,000, the two above it with coins; the owner pauses, withdraws coins and resumes."""
    world = a_world(5, 1900, 2100)
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.deposit(-D(coins), ETH)
    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick()
    return world


def frozen(world: World) -> list[LevelId]:
    return [level.id for level in world.grid.levels.values() if level.wait is Wait.COINS]


def told(world: World) -> list[bool]:
    """Each time, whether the coins were back."""
    return [notice.back for notice in world.notices_of(CoinsMissing)]


def test_levels_whose_coins_were_withdrawn_are_frozen_and_the_owner_is_told_once() -> None:
    world = a_world_without("0.03")
    held = world.grid.coins

    world.tick(20)

    assert frozen(world) == [LevelId(5)]
    assert len(world.sell_prices) == 1, "the coins that are there are for sale, the nearest level first"
    [notice] = world.notices_of(CoinsMissing)
    assert (notice.held, notice.needed, notice.levels, notice.back) == (held - D("0.03"), held, 1, False)
    assert not world.refused
    assert_promises(world)


def test_levels_go_on_by_themselves_when_the_coins_are_back_and_it_is_told_once() -> None:
    world = a_world_without("0.03")

    world.deposit("0.03", ETH)
    world.tick(20)

    assert told(world) == [False, True]
    assert len(world.sell_prices) == 2
    assert_complete(world)


def test_coins_that_the_owner_sells_by_hand_freeze_and_those_that_he_buys_resume() -> None:
    world = a_world(5, 1900, 2100)
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.venue.place(KEY, NewOrder(symbol=ETH_USDC, side=Side.SELL, quantity=D("0.0979")))
    world.pump()
    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick()
    assert frozen(world) == [LevelId(4), LevelId(5)]

    world.venue.place(KEY, NewOrder(symbol=ETH_USDC, side=Side.BUY, quantity=D("0.11")))
    world.pump()
    world.tick()

    assert told(world) == [False, True]
    assert_complete(world)


def test_the_other_levels_trade_on_while_some_are_frozen() -> None:
    world = a_world_without("0.03")

    for price in (1970, 2030, 1970, 2030):
        world.trade(price)

    assert world.grid.books.round_trips >= 1
    assert len(frozen(world)) == 1
    assert told(world) == [False]
    assert_promises(world)


def test_a_frozen_level_stays_frozen_whatever_else_is_in_its_way() -> None:
    """Out of its window a level waits for the price; one that lacks coins does so first, and nothing else is told."""
    world = a_world(6, 1700, 2300, window=1)
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.deposit(-world.grid.coins, ETH)
    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick()
    assert LevelId(4) in frozen(world)

    for price in (1910, 1850, 1930):
        world.trade(price)

    assert LevelId(4) in frozen(world)
    assert told(world) == [False]


def test_two_grids_on_one_coin_never_sell_more_than_there_is() -> None:
    world = World({a_market(): D(2000)})
    for spec in (a_range(1900, 2100, 5), a_spec()):
        world.start(spec)
    world.tick()
    world.ask(PauseGrid, grid_id=GridId(1))
    world.deposit(-world.account.grids[GridId(1)].coins, ETH)
    world.ask(ResumeGrid, grid_id=GridId(1))
    world.tick(3)

    assert [notice.grid_id for notice in world.notices_of(CoinsMissing)] == [GridId(1)]
    selling = [order for grid in world.account.grids.values() for order in grid.live if order.side is Side.SELL]
    assert {order.grid_id for order in selling} == {GridId(2)}


def test_residue_that_is_in_the_books_alone_holds_up_no_sale() -> None:
    """The owner had the dust converted: the next sale would take it along, and goes without it."""
    world = a_world(5, 1900, 2100)
    world.trade(1970)
    world.trade(2030)
    residue = world.grid.lots[RESIDUE].quantity
    upkeep.transfer(world.venue, KEY, ETH, -residue)
    dust = Movement(at=world.now, key="dust:1", kind=MovementKind.DUST, asset=ETH, amount=-residue)
    world.tell(ev.Moved(at=world.now, movement=dust))

    for price in (1970, 2030, 1970, 2030):
        world.trade(price)

    assert not world.notices_of(CoinsMissing)
    assert world.account.expected[ETH] >= ZERO
    assert_promises(world)


def test_without_a_ledger_nothing_is_known_to_be_missing() -> None:
    grid = a_grid(a_level(side=Side.SELL), lots={LevelId(1): LOT})

    done = step(an_account(grid, expected={}), ev.Tick(at=NOW, touches={}))

    assert [action.order.quantity for action in done.actions if isinstance(action, Place)] == [D("0.02")]


@pytest.mark.parametrize(
    ("order", "left"),
    [
        (an_order(side=Side.SELL), "0.01"),
        (an_order(side=Side.SELL, filled=D("0.015"), trades=("a",)), "0.025"),
        (an_order(side=Side.SELL, status=OrderStatus.FILLED, executed=D("0.02")), "0.01"),
        (an_order(side=Side.SELL, status=OrderStatus.CANCELLED, executed=D("0.005")), "0.025"),
        (an_order(side=Side.SELL, status=OrderStatus.CANCELLED, executed=ZERO), "0.03"),
        (an_order(side=Side.BUY), "0.03"),
    ],
)
def test_what_may_be_sold_is_what_no_sale_of_ours_asks_for_or_has_sold_already(order: object, left: str) -> None:
    """An order that is over and whose fills are not booked yet has sold coins that the books still have."""
    grid = a_grid(a_level(order=order.client_id), orders=(order,))  # type: ignore[attr-defined, arg-type]
    account = an_account(grid, expected={USDC: D(1), ETH: D("0.03")})

    assert sellable(account, ETH) == D(left)
    assert sellable(replace(account, grids={GridId(2): replace(grid, market=a_market("SOL"))}), ETH) == D("0.03")


# Stopping


def test_a_stop_that_sells_sells_what_is_there_and_says_what_is_not() -> None:
    world = a_world_without("0.03")
    held = world.grid.coins

    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(3)

    assert world.phase() is Phase.STOPPED
    assert sum((order.filled for order in world.placed_for(Purpose.STOP)), ZERO) == D("0.0680")
    [ended] = world.notices_of(GridEnded)
    assert (ended.sold, ended.missing) == (True, D("0.03"))
    assert D("0.03") <= world.grid.coins < held
    assert not world.refused
    assert_promises(world)


def test_coins_that_come_back_after_such_a_stop_are_sold_by_another() -> None:
    world = a_world_without("0.03")
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.deposit("0.03", ETH)

    assert world.ask(StopGrid, grid_id=world.grid.id, sell=True) is None
    world.tick(3)

    assert world.grid.coins < world.grid.market.min_quantity
    assert [notice.missing for notice in world.notices_of(GridEnded)] == [D("0.03"), ZERO]


def test_a_stop_that_keeps_the_coins_says_which_are_not_there() -> None:
    world = a_world_without("0.03")

    world.ask(StopGrid, grid_id=world.grid.id)

    [ended] = world.notices_of(GridEnded)
    assert (ended.sold, ended.missing) == (False, D("0.03"))


def test_what_is_missing_of_one_coin_is_none_of_another() -> None:
    sol = a_market("SOL")
    grid = a_grid(a_level(), lots={LevelId(1): LOT})
    held = {LevelId(1): Lot(quantity=D(7), cost=D(700))}
    other = replace(a_grid(a_level(), lots=held, market=sol, spec=a_spec(symbol=sol.symbol)), id=GridId(2))
    account = an_account(grid, other)

    assert (missing(account, grid), missing(account, other)) == (ZERO, ZERO)
    assert (sellable(account, ETH), sellable(account, sol.base)) == (LOT.quantity, D(7))
    short = replace(account, expected={**account.expected, ETH: D("0.015")})
    assert (missing(short, grid), missing(short, other)) == (D("0.005"), ZERO)
    assert (there(short, grid), there(short, other)) == (D("0.015"), D(7))
    third = replace(grid, id=GridId(3))
    gone = an_account(grid, third, expected={USDC: D(1)})
    assert missing(gone, grid) == missing(gone, third) == LOT.quantity, "no grid lacks more than it holds"


def test_what_is_too_little_to_sell_is_not_worth_a_word() -> None:
    stop = Stop(reason=StopReason.OWNER, sell=False, at=NOW)
    grid = a_grid(a_level(), lots={RESIDUE: Lot(quantity=D("0.00005"), cost=D("0.1"))}, phase=Phase.STOPPING, stop=stop)

    done = step(an_account(grid, expected={USDC: D(1)}), ev.Tick(at=NOW, touches={}))

    assert the_grid(done).phase is Phase.STOPPED
    [ended] = [notice for notice in done.notices if isinstance(notice, GridEnded)]
    assert ended.missing == ZERO
