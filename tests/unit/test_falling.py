"""The fast-fall pause: begun by two looks, told with its figures, kept over a restart, never ended by a guess."""

from dataclasses import replace
from decimal import Decimal

from strategy.grid.buying import fallen_from
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid
from strategy.messages.gates import FallOver, FallPaused
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.model.past import GAP, Past
from tests.builders import a_market, a_range, a_spec, a_touch
from tests.venue import KEY
from tests.world import World

FALL = {"fall": Decimal("0.05"), "fall_hours": 24, "fall_pause": 48}


def a_falling_world(**wishes: object) -> World:
    """Ten levels from 1,500 to 2,500 at 2,000, whose market has stood there for two days."""
    world = World({a_market(): Decimal(2000)})
    world.lived(48)
    world.start(a_range(1500, 2500, 10, **(FALL | wishes)))
    world.tick(2)
    return world


def fallen(world: World, price: int = 1890) -> None:
    """The price falls, and is seen there twice."""
    world.trade(price)
    world.tick()


def let_pass(world: World, hours: int) -> None:
    """The market stands still for so long."""
    for _ in range(hours):
        world.now += HOUR
        world.venue.listing(world.symbol).tape.record(world.price, world.now)


def test_after_a_fast_fall_buys_are_withdrawn_and_sells_stay() -> None:
    world = a_falling_world()
    sells, buys = world.sell_prices, world.buy_prices
    assert buys
    fallen(world)

    assert not world.buy_prices
    assert set(sells) <= set(world.sell_prices)
    (told,) = world.notices_of(FallPaused)
    assert (told.highest, told.price, told.hours) == (Decimal(2000), world.bid(), 24)
    assert told.until == told.at + 48 * HOUR
    assert told.orders == len(buys) - 1  # one was met on the way down
    assert not told.again


def test_one_bad_print_and_a_slower_fall_pause_nothing() -> None:
    world = a_falling_world()
    world.trade(1890)
    assert world.grid.fell_at
    world.trade(1990)
    assert not world.grid.fell_at
    world.trade(1905)
    world.tick(2)

    assert not world.notices_of(FallPaused)


def test_the_same_price_looked_at_twice_is_one_look() -> None:
    world = a_falling_world()
    world.walk(1890)
    touch = a_touch(1890, at=world.now + 5)
    for _ in range(3):
        world.tell(ev.Tick(at=touch.at, touches={touch.symbol: touch}))

    assert not world.notices_of(FallPaused)


def test_a_pause_ends_by_itself_is_told_and_the_buys_come_back() -> None:
    world = a_falling_world()
    fallen(world)
    let_pass(world, 48)
    world.tick(2)

    (over,) = world.notices_of(FallOver)
    assert over.lasted >= 48 * HOUR
    assert world.buy_prices
    assert world.grid.adapted.fall is None


def test_a_pause_goes_on_where_the_price_is_still_that_far_below() -> None:
    world = a_falling_world(fall_hours=200)
    fallen(world)
    let_pass(world, 48)
    world.tick(3)

    assert [told.again for told in world.notices_of(FallPaused)] == [False, True]
    assert not world.notices_of(FallOver)
    assert not world.buy_prices
    assert world.grid.adapted.fall is not None
    assert world.grid.adapted.fall.at == world.notices_of(FallPaused)[0].at


def test_a_pause_survives_a_restart_and_is_not_told_again() -> None:
    world = a_falling_world()
    fallen(world)
    world.restart(away=HOUR)
    world.tick(3)

    assert not world.buy_prices
    assert len(world.notices_of(FallPaused)) == 1


def test_a_fall_while_nobody_looked_is_found_before_anything_is_bought() -> None:
    world = a_falling_world()
    world.die()
    for order in list(world.held.open.values()):
        world.venue.cancel(KEY, order.symbol, order_id=order.id)
    world.walk(1890)
    world.candles = False
    world.now += HOUR
    before = len(world.actions)
    world.start_up(HOUR)
    world.tick(3)
    assert not [order for order in world.placed(before) if order.side is Side.BUY]
    assert world.account.past_of(world.symbol, world.now) is None

    world.candles = True
    world.tick(4)
    assert not [order for order in world.placed(before) if order.side is Side.BUY]
    assert len(world.notices_of(FallPaused)) == 1


def test_a_past_that_is_not_known_withdraws_nothing_and_ends_no_pause() -> None:
    world = a_falling_world()
    world.candles = False
    world.now += GAP + HOUR
    buys = world.buy_prices
    world.trade(1890)
    world.tick(3)
    assert not world.notices_of(FallPaused)
    assert set(world.buy_prices) == {price for price in buys if price < 1890}

    world.candles = True
    world.tick(4)
    world.candles = False
    let_pass(world, 48)
    world.tick(3)
    assert world.grid.adapted.fall is not None
    assert not world.notices_of(FallOver)


def test_first_coins_are_not_bought_during_a_pause_and_are_after_it() -> None:
    world = World({a_market(): Decimal(2000)})
    world.lived(48)
    with world.holding(sends=False, hears=True):
        world.start(a_range(1500, 2500, 10, **FALL, seed_patience=30_000))
    world.fill_in_parts(Decimal("0.01"))
    fallen(world)
    assert world.phase() is Phase.SEEDING
    held = world.grid.coins
    world.tick(5)
    assert world.grid.coins == held
    assert not [order for order in world.grid.live if order.side is Side.BUY]

    world.fill_in_parts(None)
    let_pass(world, 48)
    world.tick(20)
    assert world.phase() is Phase.RUNNING


def test_without_the_rule_a_pause_is_over_and_a_grid_that_is_paused_by_hand_begins_none() -> None:
    world = a_falling_world()
    fallen(world)
    world.tune(fall=None)
    world.tick(2)
    assert len(world.notices_of(FallOver)) == 1
    assert world.buy_prices

    world.tune(fall=Decimal("0.05"))
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.tick(3)
    assert len(world.notices_of(FallPaused)) == 1
    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick(2)
    assert len(world.notices_of(FallPaused)) == 2


def test_a_market_of_which_nothing_is_known_has_not_fallen() -> None:
    """Its past was read, and nothing was ever traded there."""
    world = a_falling_world()
    grid, at = world.grid, world.now

    assert fallen_from(grid, Past(at=at), Decimal(1), at) is None
    assert fallen_from(replace(grid, spec=a_spec()), Past(at=at), Decimal(1), at) is None
