"""A trailing take-profit: one bad print moves nothing, the ladder rests meanwhile, and what it earned is told."""

from decimal import Decimal
from typing import Any

import pytest

from bot.languages import LANGUAGES
from bot.telegram.texts.exits import against_ladder
from strategy.grid.sizing import TAKER_MARGIN
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, StartGrid
from strategy.messages.exits import TrailBegun
from strategy.messages.notices import GridEnded, LimitReached
from strategy.messages.problems import ProblemCode
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.limits import Bound
from strategy.model.orders import GridId
from strategy.model.stops import StopReason, Trailed
from strategy.model.values import replace
from strategy.step import step
from tests.builders import (
    ETH,
    ETH_USDC,
    NOW,
    USDC,
    a_grid,
    a_level,
    a_market,
    a_range,
    a_spec,
    a_touch,
    an_account,
    an_order,
)
from tests.promises.core import assert_complete, assert_promises
from tests.world import World, a_world

D = Decimal


def a_trailing_world(**wishes: Any) -> World:
    """Levels from 100 to 200, ten apart, the price at 150; from 165 on the coins follow it, to 5 % below its peak."""
    given: dict[str, Any] = {"trail": D("0.05"), "trail_from": D(165), "max_loss": None, "quote_per_order": D(20)}
    return a_world(10, 100, 200, **(given | wishes))


def follow(world: World, *prices: int) -> None:
    for price in prices:
        world.trade(price)
        world.tick()


def stops_at(world: World) -> Decimal | None:
    return world.grid.trail_price


def test_from_its_start_on_the_ladder_rests_and_the_coins_follow_the_price() -> None:
    world = a_trailing_world()
    follow(world, 164)
    assert world.grid.adapted.peak is None
    assert world.held.open
    follow(world, 166)
    [told] = world.notices_of(TrailBegun)
    assert told.price == world.grid.adapted.peak == D("165.99")
    assert told.stop == world.grid.trail_price == D("165.99") * D("0.95")
    assert not world.held.open
    coins = world.grid.coins
    follow(world, 185, 178)

    assert world.grid.coins == coins
    assert world.grid.adapted.peak == D("184.99")
    assert not world.held.open
    assert world.phase() is Phase.RUNNING
    world.restart()
    world.tick(2)
    assert world.grid.adapted.peak == D("184.99")
    assert_promises(world)
    assert_complete(world)


def test_it_stops_below_its_peak_and_tells_what_that_earned_against_the_ladder() -> None:
    world = a_trailing_world()
    follow(world, 166, 190)
    coins, cash, fees = world.grid.coins, world.grid.books.cash, world.account.fees
    passed = [level for level in world.grid.levels.values() if level.id in world.grid.lots and level.sell_price <= 189]
    ladder = sum((world.grid.lots[level.id].quantity * level.sell_price for level in passed), D(0))
    follow(world, 180)
    world.tick(4)

    [limit], [ended] = world.notices_of(LimitReached), world.notices_of(GridEnded)
    assert (limit.reason, limit.sell) == (StopReason.TRAILING, True)
    assert limit.trailed is not None
    assert limit.trailed.ladder == ladder * (1 - fees.maker)
    assert limit.trailed.sale == limit.trailed.coins * limit.value * (1 - TAKER_MARGIN) * (1 - fees.taker)
    assert world.phase() is Phase.STOPPED
    assert ended.trailed is not None
    sold = coins - world.grid.coins - ended.released
    got = world.grid.books.cash - cash - ended.released * ended.standing.price
    assert abs(ended.trailed.sale - ended.trailed.coins * got / sold) < D("1e-9")
    assert ended.trailed.sale >= limit.trailed.sale
    assert [hit.bound for hit in world.account.limits.hits] == [Bound.TRAILING]
    assert world.grid.adapted.peak is None


def test_one_bad_print_is_no_peak() -> None:
    world = a_trailing_world()
    follow(world, 166)
    peak = world.grid.adapted.peak
    world.now += 3_000
    print_ = a_touch(500, at=world.now)
    for _ in range(2):  # the same price, looked at twice
        world.tell(ev.Tick(at=world.now, touches={print_.symbol: print_}))
    world.tick(3)

    assert world.grid.adapted.peak == peak
    assert world.grid.higher is None
    assert world.phase() is Phase.RUNNING


def test_two_looks_that_are_far_apart_are_no_peak() -> None:
    world = a_trailing_world()
    world.trade(170)
    assert world.grid.adapted.peak is None
    world.now += HOUR
    world.tick()
    assert world.grid.adapted.peak is None
    world.tick()
    assert world.grid.adapted.peak is not None


def test_the_take_profit_is_its_start_where_none_is_named() -> None:
    world = a_trailing_world(trail_from=None, take_profit=D(165))
    follow(world, 166)
    assert world.phase() is Phase.RUNNING
    assert world.grid.adapted.peak is not None


def test_a_take_profit_beside_its_own_start_stays_a_limit() -> None:
    world = a_trailing_world(take_profit=D(180), take_sells=False)
    follow(world, 166, 181)
    world.tick(3)
    [limit] = world.notices_of(LimitReached)
    assert (limit.reason, limit.sell, limit.trailed) == (StopReason.TAKE_PROFIT, False, None)


def test_it_keeps_the_coins_where_it_was_told_to_and_can_trade_on() -> None:
    world = a_trailing_world(take_sells=False)
    follow(world, 166, 155)
    world.tick(3)
    assert world.phase() is Phase.STOPPED
    [ended] = world.notices_of(GridEnded)
    assert ended.trailed is None
    assert world.grid.coins > 0
    assert world.ask(ResumeGrid, grid_id=GridId(1)) is None
    world.tick(2)
    assert world.phase() is Phase.RUNNING
    assert world.held.open


def test_paused_it_goes_on_and_turned_off_the_ladder_comes_back() -> None:
    world = a_trailing_world()
    follow(world, 166)
    world.ask(PauseGrid, grid_id=GridId(1))
    follow(world, 180)
    assert world.grid.adapted.peak == D("179.99")
    world.ask(ResumeGrid, grid_id=GridId(1))
    assert world.tune(trail=D("0.1")) is None
    assert stops_at(world) == D("179.99") * D("0.9")
    assert world.tune(trail=None) is None
    world.tick(3)

    assert stops_at(world) is None
    assert world.held.open
    assert_complete(world)


def test_paused_before_its_start_it_does_not_begin() -> None:
    world = a_trailing_world()
    world.ask(PauseGrid, grid_id=GridId(1))
    follow(world, 170)
    assert world.grid.adapted.peak is None


def test_another_start_begins_anew_and_none_at_all_is_refused() -> None:
    world = a_trailing_world()
    follow(world, 166)
    assert world.tune(trail_from=D(190)) is None
    assert world.grid.adapted.peak is None
    problem = world.tune(trail_from=None)
    assert problem is not None
    assert problem.code is ProblemCode.NO_TRAIL_START


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"trail": D("0.05")}, ProblemCode.NO_TRAIL_START),
        ({"trail": D("0.05"), "trail_from": D(140)}, ProblemCode.BAD_LIMIT),
    ],
)
def test_a_start_that_makes_no_sense_is_refused(wish: dict[str, Any], code: ProblemCode) -> None:
    world = a_world(10, 100, 200)
    problem = world.ask(StartGrid, spec=a_range(100, 200, quote_per_order=D(20), **{"trail": D("0.05"), **wish}))
    assert problem is not None
    assert (problem.code, problem.field) == (code, "trailfrom")


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_it_earned_is_told_with_its_figures(lang: str, *, done: bool) -> None:
    trail = Trailed(peak=D(190), coins=D("0.25"), ladder=D(45), sale=D("43.5"), held=D(1), cash=D(0))
    said = str(against_ladder(lang, trail, USDC, ETH, done=done))
    assert all(figure in said for figure in ("190", "0.25", "45.00", "43.50", "−1.50"))
    none = str(against_ladder(lang, replace(trail, coins=D(0)), USDC, ETH, done=done))
    assert "190" in none
    assert "45" not in none


@pytest.mark.parametrize("limit", [{"trail": D("0.05"), "trail_from": D(2010)}, {"take_profit": D(2010)}])
@pytest.mark.parametrize(("bid", "counts"), [(2019, True), (2020, False), (2021, True)])
def test_a_bid_that_may_be_our_own_is_no_price_to_sell_at(limit: dict[str, Any], bid: int, *, counts: bool) -> None:
    """Where others stand far apart, a level's own order, at 2,020 here, is the best bid."""
    ours = an_order(1, order_id="ex-1")
    orders = (replace(ours, price=D(2000)) if bid == 2019 else ours,)
    grid = a_grid(a_level(1, order=ours.client_id), orders=orders, spec=a_spec(max_loss=None, **limit))
    account = an_account(grid)
    for at in range(NOW, NOW + 3_000, 1_000):
        account = step(account, ev.Tick(at=at, touches={ETH_USDC: a_touch(bid, at=at)})).account

    known = account.grids[GridId(1)]
    assert (known.adapted.peak is not None or known.phase is not Phase.RUNNING) is counts


def test_another_ladder_while_the_coins_follow_the_price_does_not_end_that() -> None:
    """The coins that the new levels lack are bought once the ladder is back; until then the peak goes on."""
    world = a_trailing_world(trail=D("0.1"))
    follow(world, 166, 170, 160)
    assert world.tune(upper=D(300), grids=20) is None
    follow(world, 180, 200, 250)
    assert world.phase() is Phase.SEEDING
    assert (world.grid.adapted.peak, stops_at(world)) == (D("249.99"), D("249.99") * D("0.9"))
    assert not world.held.open
    assert_promises(world)
    assert_complete(world)
    follow(world, 224)
    world.tick(4)

    [told] = world.notices_of(LimitReached)
    assert told.reason is StopReason.TRAILING
    assert world.phase() is Phase.STOPPED


def test_the_ladder_that_came_meanwhile_is_there_once_following_is_turned_off() -> None:
    world = a_trailing_world(trail=D("0.1"))
    follow(world, 166, 170, 160)
    assert world.tune(upper=D(300), grids=20) is None
    follow(world, 175)
    assert world.tune(trail=None) is None
    world.tick(12)

    assert world.phase() is Phase.RUNNING
    assert len(world.held.open) == 20
    assert_complete(world)


def test_following_that_is_turned_off_with_another_ladder_is_off() -> None:
    """The ladder would rest for ever."""
    world = a_trailing_world()
    follow(world, 166, 170, 162)
    assert world.tune(trail=None, upper=D(300), grids=20) is None
    world.tick(12)

    assert world.grid.adapted.peak is None
    assert len(world.held.open) == 20
    assert_complete(world)


def test_it_begins_although_not_all_first_coins_are_bought() -> None:
    """Where the take profit is its start, nothing else would take the profit meanwhile."""
    world = World({a_market(): D(150)}, money=100_000)
    world.rule(max_quantity="1.0")
    wish = {"seed_patience": 30_000, "max_loss": None, "take_profit": D(165), "trail": D("0.05")}
    world.start(a_range(100, 200, 10, **wish))
    world.walk("149.5")
    world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True)
    world.tick(2)
    assert world.phase() is Phase.SEEDING
    assert world.grid.coins
    follow(world, 168, 185)
    assert world.grid.adapted.peak == D("184.99")
    follow(world, 170)
    world.tick(4)

    assert world.phase() is Phase.STOPPED
