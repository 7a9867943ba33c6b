"""Tuning a grid while it lives: sizes, targets and limits change; its coins, orders and history stay."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.account.risk import reserved
from strategy.account.tuning import tuning_of
from strategy.draft import Draft
from strategy.messages import events as ev
from strategy.messages.commands import TuneGrid
from strategy.messages.problems import ProblemCode
from strategy.model.grid import Phase
from strategy.model.levels import Lot, Wait
from strategy.model.market import Balance, Side
from strategy.model.orders import GridId, LevelId
from strategy.model.shown import Tuning, Withdrawn
from strategy.model.spec import GridSpec
from strategy.step import step
from tests.builders import NOW, USDC, a_grid, a_level, a_market, a_range, a_spec, an_account, an_order
from tests.promises.core import assert_complete, assert_promises
from tests.world import World, the_brief_world


def test_more_money_an_order_makes_larger_buys_and_leaves_the_coins_alone() -> None:
    world = the_brief_world()
    lots, books = world.grid.lots, world.grid.books

    assert world.tune(quote_per_order=Decimal(100)) is None

    buys = [order for order in world.grid.live if order.side is Side.BUY]
    assert sorted(order.quantity for order in buys) == [Decimal("0.0505"), Decimal("0.0515")]
    assert (world.grid.lots, world.grid.books) == (lots, books)
    assert world.grid.spec.version == 2
    bought = sum(level.quantity * level.buy_price for level in world.grid.levels.values())
    assert world.grid.money == bought + 3 * Decimal("0.0001") * 2020


def test_a_waiting_grid_sets_aside_what_the_tuned_one_would_have_needed() -> None:
    small, large = (World({a_market(): Decimal(2000)}) for _ in range(2))
    spec = a_range(1700, 1900, 4, wait_for_range=True)
    small.start(replace(spec, quote_per_order=Decimal(40)))
    large.start(spec)

    assert small.tune(quote_per_order=spec.quote_per_order) is None

    assert small.grid.money == large.grid.money
    assert small.grid.levels == large.grid.levels


def test_another_out_want_moves_the_sells() -> None:
    world = the_brief_world()

    assert world.tune(out_want=Decimal("0.01")) is None

    assert world.sell_prices == [Decimal("2040.20")]
    world.trade(1979)
    assert world.sell_prices[0] == Decimal("1999.80")


def test_what_a_level_has_bought_is_not_tuned_away() -> None:
    world = the_brief_world()
    world.fill_in_parts(Decimal("0.5"))
    world.trade(1979)
    done = world.level(2).done
    assert done == Decimal("0.0126")
    world.fill_in_parts(None)

    assert world.tune(quote_per_order=Decimal(20)) is None
    world.tick()

    assert world.level(2).quantity == done
    assert world.level(2).side is Side.SELL
    assert len(world.sell_prices) == 2


def test_a_limit_binds_orders_that_rest() -> None:
    """Those nearest the price stay; the others are withdrawn at once, and come back when the limit does."""
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1500, 2000, 20, quote_per_order=Decimal(50)))
    world.tick()
    assert len(world.buy_prices) == 20

    assert world.tune(max_position=Decimal(500)) is None
    assert world.buy_prices == [1725, 1750, 1775, 1800, 1825, 1850, 1875, 1900, 1925, 1950, 1975][-10:]

    for price in range(1990, 1490, -10):
        world.trade(price)
        assert world.grid.cost <= 500
    assert sum(level.wait is Wait.POSITION for level in world.grid.levels.values()) == 10

    assert world.tune(max_position=Decimal(1100)) is None
    world.trade(1900)
    assert_promises(world)


def test_no_more_money_is_set_aside_than_was_shown() -> None:
    world = a_fall_of_twenty()
    spec = replace(world.grid.spec, quote_per_order=Decimal(60))
    shown = seen(world, quote_per_order=Decimal(60))
    held = reserved(world.grid, world.account.fees)
    less = replace(shown, more=shown.more - Decimal("0.01"))

    refused = world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=less)
    assert refused is not None
    assert refused.code is ProblemCode.PREVIEW_OVER
    assert reserved(world.grid, world.account.fees) == held

    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=shown) is None
    assert reserved(world.grid, world.account.fees) == held + shown.more
    assert seen(world, quote_per_order=Decimal(40)).more == 0


def a_fall_of_twenty() -> World:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1500, 2000, 20, quote_per_order=Decimal(50)))
    world.tick()
    return world


def seen(world: World, **changes: Any) -> Withdrawn:
    """What the owner would be shown of this tuning."""
    found = tuning_of(Draft(account=world.account, at=world.now), world.grid.id, replace(world.grid.spec, **changes))
    assert isinstance(found, Tuning)
    return found.withdrawn


def test_what_a_limit_takes_off_the_book_is_known_before_it_does() -> None:
    world = a_fall_of_twenty()
    before = {order.client_id: order for order in world.grid.live}

    shown = seen(world, max_position=Decimal(500))
    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=limited(world), shown=shown) is None

    gone = [before[one] for one in before.keys() - {order.client_id for order in world.grid.live}]
    assert shown.orders == len(gone) == 10
    assert shown.value == sum(order.price * order.remaining for order in gone)
    assert seen(world, max_position=Decimal(500)).orders == 0, "what is withdrawn already is not counted again"


def test_orders_that_come_back_smaller_are_not_taken_off_the_book() -> None:
    world = a_fall_of_twenty()

    assert seen(world, quote_per_order=Decimal(25), max_position=Decimal(510)).orders == 0
    assert seen(world, quote_per_order=Decimal(25), max_position=Decimal(250)).orders == 10
    assert seen(world, max_position=Decimal(5000), stop_loss=Decimal(1400)).orders == 0


def test_a_sale_under_way_is_not_what_a_limit_withdraws() -> None:
    world = the_brief_world()
    assert world.sell_prices

    assert seen(world, max_position=Decimal(1)).orders == len(world.buy_prices)


def test_more_than_was_shown_is_never_taken_off_the_book() -> None:
    world = a_fall_of_twenty()
    shown, before = seen(world, max_position=Decimal(500)), world.grid
    less = replace(shown, orders=shown.orders - 1), replace(shown, value=shown.value - 1)

    for one in (*less, replace(shown, version=shown.version - 1)):
        refused = world.ask(TuneGrid, grid_id=world.grid.id, spec=limited(world), shown=one)
        assert refused is not None
        assert refused.code is ProblemCode.PREVIEW_OVER
        assert world.grid == before


def limited(world: World) -> GridSpec:
    return replace(world.grid.spec, max_position=Decimal(500))


def test_a_limit_that_is_tuned_while_nothing_may_be_placed_withdraws_all_the_same() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1500, 2000, 20, quote_per_order=Decimal(50)))
    world.tick()
    world.tell(ev.Interrupted(at=world.now, cause="maintenance", text=""))

    assert world.tune(max_position=Decimal(99)) is None

    assert world.buy_prices == [1975]


def test_an_order_for_more_than_the_tuned_amount_is_withdrawn_also_where_no_smaller_one_may_be_placed() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1600, 2000, 4, quote_per_order=Decimal(100)))
    world.tick()
    world.rule(min_price="1850")

    assert world.tune(quote_per_order=Decimal(50)) is None
    world.tick(2)
    assert world.buy_prices == [1900]
    assert world.level(4).wait is None
    assert [world.level(number).wait for number in (1, 2, 3)] == [Wait.MARKET] * 3

    world.rule(min_price="0.01")
    world.tick(2)
    assert_complete(world)
    assert all(level.buy_price * level.quantity <= 50 for level in world.grid.levels.values())


def test_an_order_that_rests_stays_where_another_would_be_too_small_by_now() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range("1600.05", "2000.05", 4, quote_per_order=Decimal(50)))
    world.tick()
    resting = set(world.held.open)
    world.rule(tick_size="0.1", min_quantity="0.5")
    world.tick(3)

    assert set(world.held.open) == resting


def test_a_limit_binds_the_seeds_too() -> None:
    """The coins nearest the price are bought, the levels above them wait to buy, and so do the buys below."""
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2200, 8, quote_per_order=Decimal(100), seed_patience=60_000))
    assert world.phase() is Phase.SEEDING

    assert world.tune(max_position=Decimal(250)) is None
    world.tick(2)
    world.trade(1999)
    world.tick(30)

    assert world.phase() is Phase.RUNNING
    assert 150 < world.grid.cost <= 250
    assert len(world.sell_prices) == 2
    assert not world.buy_prices
    assert_promises(world)


def test_a_limit_withdraws_the_seeds_also_while_nothing_may_be_placed() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2200, 8, quote_per_order=Decimal(100), seed_patience=60_000))
    world.tell(ev.Interrupted(at=world.now, cause="maintenance", text=""))

    assert world.tune(max_position=Decimal(250)) is None

    assert not world.buy_prices


def test_a_sale_makes_room_again_for_the_buys_that_a_limit_withdrew() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2000, 4, quote_per_order=Decimal(100)))
    world.tick()
    world.trade(1949)
    assert world.tune(max_position=Decimal(150)) is None
    assert not world.buy_prices

    world.trade(2001)
    world.tick()

    assert world.buy_prices == [1950]
    assert_promises(world)


def test_limits_change_and_nothing_else() -> None:
    world = the_brief_world()
    before, money = len(world.actions), world.grid.money

    assert world.tune(stop_loss=Decimal(1800), max_loss=Decimal("0.2"), sell_on_limit=True) is None

    assert len(world.actions) == before
    assert world.grid.spec.stop_loss == 1800
    assert world.grid.money == money


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"quote_per_order": Decimal("0.10")}, ProblemCode.TOO_SMALL, "usdc"),
        ({"out_want": Decimal("0.001")}, ProblemCode.LOSES, "out"),
        ({"quote_per_order": Decimal(6_000)}, ProblemCode.NO_MONEY, "usdc"),
        ({"stop_loss": Decimal(2_100)}, ProblemCode.BAD_LIMIT, "stop_loss"),
        ({"take_profit": Decimal(1_900)}, ProblemCode.BAD_LIMIT, "take_profit"),
    ],
)
def test_what_can_not_be_tuned_is_refused_and_changes_nothing(
    changes: dict[str, Any], code: ProblemCode, field: str | None
) -> None:
    world = the_brief_world()
    before = world.grid

    problem = world.tune(**changes)

    assert problem is not None
    assert (problem.code, problem.field) == (code, field)
    assert world.grid == before


def test_a_grid_that_is_stopping_is_not_tuned() -> None:
    account = an_account(a_grid(phase=Phase.STOPPING))
    problem = step(account, TuneGrid(at=NOW, grid_id=GridId(1), spec=a_grid().spec)).problem

    assert problem is not None
    assert problem.code is ProblemCode.WRONG_PHASE


def test_a_limit_is_not_judged_where_no_price_is_known_or_nothing_trades() -> None:
    spec = a_spec(take_profit=Decimal(1_900))
    for account in (an_account(a_grid(), touches={}), an_account(a_grid(phase=Phase.PAUSED))):
        assert step(account, TuneGrid(at=NOW, grid_id=GridId(1), spec=spec)).problem is None


def test_fees_that_rose_do_not_forbid_other_changes() -> None:
    """The target loses by now, but it is not what is being changed."""
    world = the_brief_world()
    world.charge(maker="0.003", taker="0.003")

    assert world.tune(stop_loss=Decimal(1800)) is None
    problem = world.tune(out_want=Decimal("0.0041"))

    assert problem is not None
    assert problem.code is ProblemCode.LOSES


def test_money_that_levels_with_coins_will_need_is_promised_now() -> None:
    """Every level holds coins: larger buys come only later, and must be paid for all the same."""
    market = a_market()
    world = World({market: Decimal(2000)}, money=1_000)
    world.start(a_range(2000, 2300, 3, quote_per_order=Decimal(100)))
    world.tick()
    assert not world.buy_prices

    world.read_balances()
    problem = world.tune(quote_per_order=Decimal(500))

    assert problem is not None
    assert problem.code is ProblemCode.NO_MONEY


def test_a_grid_of_lines_keeps_its_lines() -> None:
    lots = {LevelId(1): Lot(quantity=Decimal("0.02"), cost=Decimal(40))}
    grid = a_grid(a_level(side=Side.SELL), spec=a_range(2020, 2030, 1), lots=lots)
    account = an_account(grid, balances={USDC: Balance(available=Decimal(10_000))}, touches={})
    spec = replace(grid.spec, quote_per_order=None, total=Decimal(80))

    tuned = step(account, TuneGrid(at=NOW, grid_id=grid.id, spec=spec)).account.grids[grid.id]

    assert tuned.levels[LevelId(1)].sell_price == 2030
    assert tuned.levels[LevelId(1)].quantity == Decimal("0.0396")


def test_a_buy_of_which_a_smaller_amount_leaves_nothing_is_no_reason_to_fail() -> None:
    """The level has bought as much as the new amount asks for: its order for the rest has no rest any more."""
    rest = an_order(1, quantity=Decimal("0.01"))
    level = a_level(1, order=rest.client_id, done=Decimal("0.01"), value=Decimal("20.2"))
    grid = a_grid(level, a_level(2), orders=(rest,))
    account = an_account(grid)
    spec = replace(grid.spec, quote_per_order=Decimal(10), total=None)

    found = tuning_of(Draft(account=account, at=NOW), grid.id, spec)

    assert isinstance(found, Tuning)
    assert found.tuned.levels[level.id].quantity == Decimal("0.01")
    assert found.withdrawn.orders == 0
