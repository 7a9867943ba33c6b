"""What ends without a fill: told equals made, nothing is held for ever, and what is set aside is never exceeded."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from strategy.account.limits import bounds_of
from strategy.audit.refold import Refold
from strategy.messages.commands import SetLimits, StopGrid
from strategy.messages.notices import GridEnded, TripClosed
from strategy.model.grid import Phase
from strategy.model.ledger import Closing, fold_balances
from strategy.model.levels import RESIDUE
from strategy.model.market import Side
from strategy.model.money import ZERO
from strategy.model.orders import GridId, LevelId, Purpose, Refusal
from tests.builders import a_market, a_range
from tests.promises.books import books_of
from tests.promises.core import assert_promises
from tests.venue import KEY
from tests.world import World, a_world, the_brief_world

ROUGH = a_market(least="0.1", step="0.001")


def a_rough_world() -> World:
    """A market whose smallest quantity is a hundred steps."""
    world = World({ROUGH: Decimal(2000)}, money=20_000)
    world.start(a_range(1800, 2200, 8, quote_per_order=Decimal(300)))
    world.tick(2)
    return world


def cancelled_by_hand(world: World, side: Side) -> None:
    for order in list(world.held.open.values()):
        if order.side is side and order.executed:
            world.venue.cancel(KEY, world.symbol, order_id=order.id)
    world.pump()


def test_a_round_trip_whose_rest_cannot_be_sold_is_counted_and_told() -> None:
    world = a_rough_world()
    world.ask(SetLimits, bounds=replace(bounds_of(world.account), trips=5))
    before = world.grid.books
    world.fill_in_parts(Decimal("0.6"))
    world.walk(2060)
    cancelled_by_hand(world, Side.SELL)

    [told] = world.notices_of(TripClosed)
    level = world.level(told.level)
    assert (level.side, level.done) == (Side.BUY, ZERO)
    assert told.profit == world.grid.books.grid_profit - before.grid_profit > 0
    assert world.grid.books.round_trips == before.round_trips + 1
    assert told.standing.round_trips == world.grid.books.round_trips
    assert len(world.account.limits.closed) == 1, "it is one of those of which there may be so many a minute"
    assert 0 < world.grid.lots[RESIDUE].quantity < ROUGH.min_quantity
    assert_promises(world)


def test_what_is_left_over_goes_along_with_the_next_sale() -> None:
    world = a_rough_world()
    world.fill_in_parts(Decimal("0.6"))
    world.walk(2060)
    cancelled_by_hand(world, Side.SELL)
    left = world.grid.lots[RESIDUE].quantity
    world.mend()
    world.trade(1990)
    world.trade(2290)

    assert left >= ROUGH.step_size
    assert world.grid.coins < ROUGH.step_size * 8
    assert_promises(world)


@pytest.mark.parametrize("seed", range(6))
def test_told_equals_made_whatever_is_filled_in_parts_and_cancelled(seed: int) -> None:
    dice, world = Random(seed), a_rough_world()
    for _ in range(60):
        world.fill_in_parts(Decimal(dice.choice(["0.2", "0.5", "0.7"])) if dice.random() < 0.7 else None)
        world.trade(Decimal(dice.randint(180_000, 220_000)) / 100)
        for order in list(world.held.open.values()):
            if dice.random() < 0.3:
                world.venue.cancel(KEY, world.symbol, order_id=order.id)
        world.pump()
        assert_promises(world)
        assert set_aside_is_kept(world)
    assert world.notices_of(TripClosed)


def test_what_is_set_aside_is_not_exceeded_by_what_is_left_over() -> None:
    world = World({ROUGH: Decimal(2199)}, money=20_000)
    world.start(a_range(1800, 2200, 8, quote_per_order=Decimal(300)))
    for price in (2140, 2160):
        world.trade(price)
    world.fill_in_parts(Decimal("0.6"))
    world.walk(2210)
    cancelled_by_hand(world, Side.SELL)
    assert world.grid.lots[RESIDUE].quantity > Decimal("0.05")
    assert set_aside_is_kept(world)
    world.mend()
    world.tick(2)

    assert len(world.buy_prices) == 8
    assert set_aside_is_kept(world)


def set_aside_is_kept(world: World) -> bool:
    """What the grid has spent and bids for, less what it has earned, is within its money."""
    grid = world.grid
    bidding = sum((order.price * order.remaining for order in grid.live if order.side is Side.BUY), ZERO)
    return bidding - grid.books.cash + grid.books.realised <= grid.money


def test_dust_is_named_and_given_back_when_a_stop_has_sold_what_can_be_sold() -> None:
    world = the_brief_world()
    world.trade(1979)
    total = world.grid.total(world.bid())
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)

    grid, [ended] = world.grid, world.notices_of(GridEnded)
    assert 0 < ended.released < ended.least == grid.market.min_quantity
    assert (grid.coins, grid.books.coins, ended.missing) == (ZERO, ZERO, ZERO)
    assert world.totals[grid.market.base] == ended.released
    assert abs(grid.total(world.bid()) - total) < 1
    assert grid.total(Decimal(1)) == grid.total(Decimal(9999)) == ended.standing.total
    assert_promises(world)
    assert world.ask(StopGrid, grid_id=grid.id, sell=True) is not None


def test_a_grid_that_kept_only_dust_gives_it_back_when_it_is_asked_to_sell() -> None:
    world = the_brief_world()
    world.trade(1979)
    world.ask(StopGrid, grid_id=world.grid.id)
    world.rule(min_quantity="1")
    held = world.grid.coins
    assert held
    assert world.ask(StopGrid, grid_id=world.grid.id, sell=True) is None

    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, ZERO)
    assert world.notices_of(GridEnded)[-1].released == held
    assert not world.placed_for(Purpose.STOP)
    assert_promises(world)


def test_a_smallest_quantity_that_grows_during_a_sale_ends_the_stop_with_what_is_left_named() -> None:
    world = a_world(10, 1500, 2500, quote_per_order=Decimal(500))
    with world.holding():
        world.ask(StopGrid, grid_id=world.grid.id, sell=True)
        world.venue.set_rules(world.symbol, min_quantity=Decimal(3))
    world.rule(min_quantity="3")
    world.now += 10_000
    world.tick(2)

    [ended] = world.notices_of(GridEnded)
    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, ZERO)
    assert world.totals[world.grid.market.base] == ended.released
    assert_promises(world, refused=[Refusal.QUANTITY])


def test_a_closing_changes_no_balance() -> None:
    two, three, four = Decimal(2), Decimal(3), Decimal(4)
    closing = Closing(at=1, key="release:1:1", grid_id=GridId(1), coins=two, value=three, cost=four)
    books = books_of([closing], closing.grid_id)

    assert (books.coins, books.cash, books.stop_sales, books.round_trips) == (Decimal(-2), Decimal(3), Decimal(-1), 0)
    assert fold_balances({}, closing) == {}


def test_an_audit_folds_closings_into_the_books_of_their_grid() -> None:
    refold = Refold()
    refold.book([Closing(at=1, key="trip:1:2", grid_id=GridId(1), level=LevelId(2))])

    assert refold.books[GridId(1)].round_trips == 1
    assert (refold.balances, refold.movements) == ({}, {})
