"""Levels whose orders are refused again and again: each waits by itself, longer each time, until something changes."""

from decimal import Decimal
from itertools import pairwise

import pytest

from exchange.paper import upkeep
from strategy.grid.denials import DOUBLINGS, FAR_AFTER, LEAST
from strategy.grid.order_events import PROBE_AFTER
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, SetLending, StopGrid
from strategy.messages.notices import LevelWaits
from strategy.model.account import Account, Refusing
from strategy.model.grid import Phase
from strategy.model.levels import Level, Lot, Wait
from strategy.model.market import Asset, Balance, BookState, Side
from strategy.model.orders import LevelId, Order, OrderStatus, Purpose, Refusal
from strategy.model.values import replace
from strategy.step import step
from tests.builders import ETH, NOW, USDC, a_market, a_range, an_order
from tests.promises.core import assert_complete, assert_promises
from tests.unit.one_level import ONE, ORDER, one_level, refusal, the_grid, the_level
from tests.venue import KEY
from tests.world import World

D = Decimal
HOUR_OF_TICKS = 1200


def a_banded_world() -> World:
    """Forty levels from 1,800 to 2,200; the exchange takes none that is farther off than 3 %, and has not said so."""
    world = World({a_market(): D(2000)}, money=100_000)
    world.venue.set_rules(world.symbol, band_low=D("0.97"), band_high=D("1.03"))
    world.start(a_range(1800, 2200, 40, max_loss=None))
    world.tick(8)
    assert world.phase() is Phase.RUNNING
    return world


def asked_for(world: World, number: int, since: int = 0) -> list[Order]:
    return [order for order in world.placed(since) if order.level == number]


def resting(world: World, number: int) -> bool:
    level = world.level(number)
    return level.order is not None and world.grid.orders[level.order].status is OrderStatus.OPEN


def test_a_level_that_is_refused_as_too_far_off_holds_up_no_other() -> None:
    world = a_banded_world()
    assert (Refusal.PRICE_BAND in {why for _, why in world.refused}, world.grid.retry_at) == (True, 0)
    assert world.level(1).wait is Wait.WINDOW
    world.walk(1984)

    bought = [level for level in world.grid.levels.values() if 1985 <= level.buy_price < 2000]
    assert bought
    assert all(resting(world, level.id) for level in bought), "before the next tick"
    assert_promises(world, refused=(Refusal.PRICE_BAND,))


def test_it_is_asked_for_less_and_less_often_and_nobody_is_told() -> None:
    world = a_banded_world()
    world.tick(2 * HOUR_OF_TICKS)
    times = [order.intended_at for order in asked_for(world, 1)]
    waits = [(later - before) // 1000 for before, later in pairwise(times)]

    assert waits == [60, 120, 240, 480, 960, 1920]
    assert FAR_AFTER * 2**DOUBLINGS // 1000 == 3840
    assert not world.notices_of(LevelWaits)


def test_it_has_its_order_long_before_the_price_is_there() -> None:
    world = a_banded_world()
    world.tick(HOUR_OF_TICKS)
    assert not resting(world, 20 - 10)
    before = len(world.actions)
    for price in range(1998, 1920, -2):
        world.walk(price)
        world.tick(4)
        near = [level for level in world.grid.levels.values() if price - 50 < level.buy_price < price - 5]
        assert all(resting(world, level.id) for level in near), price

    assert max(len(asked_for(world, number, before)) for number in range(1, 41)) <= 7


def test_a_price_that_comes_a_little_nearer_or_has_just_come_burns_no_ids() -> None:
    world = a_banded_world()
    world.tick(30)
    denied, asked = world.level(1).denied, len(asked_for(world, 1))
    assert denied is not None
    world.walk(1985)
    world.tick(20)
    assert len(asked_for(world, 1)) == asked, "by less than a tenth"
    world.walk(1975)
    world.tick()
    first = len(asked_for(world, 1))
    world.walk(1956)
    world.tick(LEAST // 3_000 - 1)
    assert (first, len(asked_for(world, 1))) == (asked + 1, asked + 1), "too soon"
    world.tick(2)
    assert len(asked_for(world, 1)) == asked + 2


def test_of_one_order_too_many_the_others_know_nothing() -> None:
    world = World({a_market(): D(2000)}, money=100_000)
    world.venue.choices.max_orders = 6
    world.start(a_range(1600, 2000, 10, max_loss=None))
    world.tick(HOUR_OF_TICKS)
    assert len(world.buy_prices) == 6
    assert len(asked_for(world, 1)) == 6
    assert world.grid.retry_at == 0
    world.venue.choices.max_orders = None
    world.restart()
    world.tick(2)

    assert len(world.buy_prices) == 10, "a new process asks sooner"


def a_poor_world() -> World:
    """Of the money for ten levels nine tenths are gone, by a hand that nobody has heard of."""
    world = World({a_market(): D(2000)}, money=1_000)
    world.start(a_range(1600, 2000, 10, quote_per_order=D(90), max_loss=None))
    world.tick(2)
    for order in list(world.held.open.values()):
        world.venue.cancel(KEY, world.symbol, order_id=order.id)
    upkeep.transfer(world.venue, KEY, world.grid.market.quote, D(-900))
    world.read_balances()
    world.tick(2)
    return world


def test_a_level_without_money_is_asked_for_less_and_less_often_and_told_once() -> None:
    world = a_poor_world()
    world.tick(HOUR_OF_TICKS)
    lacking = [level for level in world.grid.levels.values() if level.wait is Wait.MONEY]
    assert len(lacking) == 9
    assert {len(asked_for(world, level.id)) for level in lacking} <= {8, 9}
    assert [told.wait for told in world.notices_of(LevelWaits)] == [Wait.MONEY] * 9


@pytest.mark.parametrize(("uses_lent", "lent"), [(True, D(900)), (True, D(0)), (False, D(900))])
def test_that_lent_money_did_not_come_back_is_said_where_it_may_be_used(*, uses_lent: bool, lent: Decimal) -> None:
    """'Lent funds count only where /balance lent=yes was said' was told to an owner who had said it."""
    before = one_level()
    balances = {**before.balances, USDC: replace(before.balances.get(USDC, Balance()), lent=lent)}
    account = replace(before, balances=balances, limits=replace(before.limits, uses_lent=uses_lent))

    [told] = step(account, refusal(Refusal.FUNDS)).notices

    assert isinstance(told, LevelWaits)
    assert (told.wait, told.lent) == (Wait.MONEY, uses_lent and bool(lent))


def test_money_that_comes_ends_the_wait() -> None:
    world = a_poor_world()
    world.tick(HOUR_OF_TICKS)
    world.read_balances()
    world.deposit(5)  # not enough for one
    world.read_balances()
    assert all(level.denied for level in world.grid.levels.values() if level.wait is Wait.MONEY)
    world.deposit(895)
    world.read_balances()
    world.tick(2)

    assert len(world.buy_prices) == 10
    assert_complete(world)


def test_where_lent_money_comes_back_and_nothing_shows_it_one_level_finds_out_and_the_others_follow() -> None:
    """What can't be called back looks like what can: each level waited for half an hour more."""
    world = World({a_market(): D(2000)}, money=1_000)
    world.ask(SetLending, use=True)
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    world.read_balances()
    world.refuse(Refusal.FUNDS, times=10_000)
    world.start(a_range(1600, 2000, 10, quote_per_order=D(90), max_loss=None))
    world.tick(4 * HOUR_OF_TICKS)
    assert not world.buy_prices
    asked = [len(asked_for(world, number)) for number in range(1, 11)]
    assert max(asked[:9]) <= 14 < asked[9] <= 64, "one finds out for all of them"
    world.mend()
    before = len(world.actions)
    world.tick(100)

    assert len(world.buy_prices) == 10, "within five minutes"
    assert len(world.placed(before)) == 10, "none was asked for twice"


def read(account: Account, asset: Asset, available: int) -> Account:
    there = {**account.balances, asset: Balance(available=D(available))}
    return step(account, ev.BalancesRead(at=NOW, asked_at=NOW, balances=there)).account


def test_coins_that_come_end_the_wait_of_a_sale_and_money_does_not() -> None:
    sale = replace(ORDER, side=Side.SELL, price=D(2030))
    account = step(one_level(sale), refusal(Refusal.FUNDS)).account
    account = read(account, USDC, 100_000)
    assert the_level(account).denied is not None
    account = step(account, ev.BalanceTold(at=NOW, asset=ETH, balance=Balance(available=D(1)))).account

    assert the_level(account).denied is None


@pytest.mark.parametrize("reason", [Refusal.FUNDS, Refusal.PRICE_BAND, Refusal.OTHER])
def test_each_refusal_in_a_row_doubles_the_wait_up_to_a_bound_and_an_order_that_is_taken_ends_it(
    reason: Refusal,
) -> None:
    account, waits = one_level(), list[int]()
    for _ in range(9):
        account = step(account, refusal(reason)).account
        level = the_level(account)
        assert level.denied is not None
        waits.append(level.denied.until - NOW)
        grid = the_grid(account)
        again = {grid.id: replace(grid, orders={ORDER.client_id: ORDER}, levels={ONE: again_asked(level)})}
        account = replace(account, grids=again)

    assert waits == [waits[0] * 2**n for n in range(7)] + [waits[0] * 64] * 2
    taken = step(account, ev.OrderAccepted(at=NOW, client_id=ORDER.client_id, order_id="x"))
    assert (the_level(taken).denied, the_level(taken).wait) == (None, None)


def again_asked(level: Level) -> Level:
    return replace(level, order=ORDER.client_id)


def test_a_touch_that_has_gone_on_ends_what_was_remembered_and_the_exchanges_limits_do_not() -> None:
    first = step(one_level(), refusal(Refusal.FUNDS)).account
    grid = the_grid(first)
    again = replace(
        first,
        grids={grid.id: replace(grid, orders={ORDER.client_id: ORDER}, levels={ONE: again_asked(the_level(first))})},
    )

    assert the_level(step(again, refusal(Refusal.RATE_LIMIT))).denied is not None
    assert the_level(step(again, refusal(Refusal.POST_ONLY))).denied is None


def test_while_all_are_refused_no_wait_grows() -> None:
    """One at a time is tried then: that is wait enough."""
    account = replace(one_level(), refusing=Refusing(text="no", since=NOW))
    done = step(account, refusal(Refusal.OTHER))

    assert the_level(done).denied is None
    assert the_grid(done).retry_at == NOW + PROBE_AFTER


@pytest.mark.parametrize("what", ["tune", "resume", "state", "rules"])
def test_what_the_owner_or_the_exchange_changes_ends_the_wait(what: str) -> None:
    world = a_poor_world()
    world.tick(HOUR_OF_TICKS)
    account, touches = world.account, world.account.touches
    assert any(level.denied for level in world.grid.levels.values())
    match what:
        case "tune":
            assert world.tune(quote_per_order=D(80)) is None
        case "resume":
            world.ask(PauseGrid, grid_id=world.grid.id)
            assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
        case "state":
            closed = {one: replace(market, state=BookState.CANCEL_ONLY) for one, market in account.markets.items()}
            world.tell(ev.MarketsRead(at=world.now, markets=closed))
        case _:
            world.rule(tick_size="0.02")
    assert world.account.touches.keys() == touches.keys()

    levels = world.grid.levels.values()
    assert all(level.denied is None or level.denied.times == 1 for level in levels)


# The sale of a stop


@pytest.mark.parametrize("reason", [Refusal.KEY, Refusal.RATE_LIMIT, Refusal.PRICE_BAND, Refusal.OTHER])
def test_the_sale_of_a_stop_waits_for_no_refusal_but_its_own(reason: Refusal) -> None:
    """A level's order, one of a level that is gone, first coins: that any of them was refused is nothing to it."""
    seed = an_order(8, purpose=Purpose.SEED, level=None, status=OrderStatus.INTENDED, order_id=None)
    gone = an_order(9, level=LevelId(7), status=OrderStatus.INTENDED, order_id=None)
    account = one_level(lots={ONE: Lot(quantity=D(1), cost=D(2000))})
    grid = replace(the_grid(account), retry_at=NOW + 30_000)
    orders = {one.client_id: one for one in (ORDER, seed, gone)}
    account = replace(account, grids={grid.id: replace(grid, orders=orders)})
    account = step(account, StopGrid(at=NOW, grid_id=grid.id, sell=True)).account
    assert the_grid(account).retry_at == 0
    for order in (ORDER, seed, gone):
        refused = ev.OrderRefused(at=NOW, client_id=order.client_id, reason=reason, text="no")
        account = step(account, refused).account

    assert (the_grid(account).phase, the_grid(account).retry_at) == (Phase.STOPPING, 0)


def test_the_sale_of_a_stop_is_asked_again_soon_however_often_it_was_refused() -> None:
    world = World({a_market(): D(2000)})
    world.start(a_range(1800, 2200, 10, max_loss=None))
    world.tick(3)
    world.refuse(Refusal.PRICE_BAND, times=30)
    before = world.now
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(130)

    assert world.phase() is Phase.STOPPED
    sales = [order.intended_at - before for order in world.placed_for(Purpose.STOP)]
    assert len(sales) > 30
    assert max(later - first for first, later in pairwise(sales)) <= 13_000


def test_a_refusal_of_an_order_that_its_level_has_given_up_holds_up_nobody() -> None:
    account = one_level()
    grid = the_grid(account)
    moved_on = replace(account, grids={grid.id: replace(grid, levels={ONE: replace(the_level(account), order=None)})})
    done = step(moved_on, refusal(Refusal.OTHER))

    assert (the_grid(done).retry_at, done.notices) == (0, ())
