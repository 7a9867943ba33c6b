"""A limit counts by two looks, each with a price of its own; what has no price is not judged, and says so."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from strategy.account.risk import last_price
from strategy.draft import Draft
from strategy.grid.looks import LOOKS_APART, LOOKS_WITHIN, Look, look_at, may_be_ours
from strategy.messages import events as ev
from strategy.messages.commands import ResumeGrid, SetLimits, StopGrid
from strategy.messages.notices import LimitReached, MarketRestricted, PhaseChanged
from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.limits import Bounds
from strategy.model.market import BookState, Side, Symbol
from strategy.model.orders import GridId, Purpose
from strategy.model.stops import StopReason
from tests.builders import (
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
from tests.promises.core import assert_promises
from tests.world import TICK, World, the_brief_world

BAD = 1_700


def watched(**wishes: object) -> World:
    world = the_brief_world(**({"stop_loss": Decimal(1800), "sell_on_limit": True} | wishes))
    world.stream = False
    return world


def look(world: World, price: int, *, at: int | None = None) -> None:
    """A tick that shows this price, from now unless said otherwise."""
    world.now += 1_000
    touch = a_touch(price, at=world.now if at is None else at)
    world.tell(ev.Tick(at=world.now, touches={ETH_USDC: touch}))


@pytest.mark.parametrize(
    ("since", "which"),
    [
        (None, Look.FIRST),
        (0, Look.SAME),
        (LOOKS_APART - 1, Look.SAME),
        (LOOKS_APART, Look.SECOND),
        (LOOKS_WITHIN, Look.SECOND),
        (LOOKS_WITHIN + 1, Look.FIRST),
    ],
)
def test_a_second_look_is_apart_from_the_first_and_not_too_far(since: int | None, which: Look) -> None:
    assert look_at(a_touch(2_000, at=NOW), None if since is None else NOW - since) is which


def test_one_price_that_is_looked_at_on_several_ticks_stops_nothing() -> None:
    world = watched()
    at = world.now + 1_000
    for _ in range(5):
        look(world, BAD, at=at)

    assert world.phase() is Phase.RUNNING
    look(world, 2_000)
    look(world, BAD)
    assert world.phase() is Phase.RUNNING
    look(world, BAD)
    assert world.notices_of(LimitReached)


def test_a_bad_print_does_not_choose_the_limit_that_a_look_before_has_seen_reached() -> None:
    """The maximum loss keeps the coins, the stop loss sells them; the price has never been near it."""
    world = watched(max_loss=Decimal("0.01"), loss_sells=False)
    look(world, 1_900)
    look(world, BAD)

    assert world.phase() in (Phase.STOPPING, Phase.STOPPED)
    assert [told.reason for told in world.notices_of(LimitReached)] == [StopReason.MAX_LOSS]
    world.tick(3)
    assert world.grid.coins > 0


def test_two_looks_at_two_limits_are_one_at_each() -> None:
    world = watched(max_loss=Decimal("0.01"), loss_sells=False)
    look(world, BAD)
    look(world, 1_900)
    assert world.phase() is Phase.RUNNING
    look(world, 1_900)
    [told] = world.notices_of(LimitReached)
    assert told.reason is StopReason.MAX_LOSS
    assert [one.total for _, one in told.standings] == [told.value], "as every screen shows it"


def test_a_price_and_then_none_stops_nothing_and_an_old_look_proves_nothing() -> None:
    world = watched()
    look(world, BAD)
    for _ in range(400):
        world.now += 1_000
        world.tell(ev.Tick(at=world.now, touches={}, blind=frozenset({ETH_USDC})))
    assert ETH_USDC not in world.account.touches

    look(world, BAD)
    assert world.phase() is Phase.RUNNING


def test_one_price_that_is_looked_at_twice_is_no_daily_loss() -> None:
    world = watched(stop_loss=None)
    world.ask(SetLimits, bounds=Bounds(daily_loss=Decimal(1)))
    at = world.now + 1_000
    for _ in range(5):
        look(world, BAD, at=at)
    assert world.account.halt is None

    world.tell(ev.Tick(at=world.now, touches={}, blind=frozenset({ETH_USDC})))
    look(world, BAD)
    assert world.account.halt is None
    look(world, BAD)
    assert world.account.halt is not None


def test_a_sale_waits_for_a_price_that_came_back_and_is_made_when_it_falls_again() -> None:
    world = watched()
    look(world, BAD)
    world.sends = world.hears = False
    look(world, BAD)
    world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(2_000, at=world.now + 1)}))
    world.release()
    assert world.phase() is Phase.STOPPING
    assert not world.placed_for(Purpose.STOP)

    look(world, BAD)
    assert world.placed_for(Purpose.STOP)
    assert world.grid.stop is not None
    assert world.grid.stop.judged


def test_a_sale_for_a_price_that_came_back_is_called_off_after_a_while() -> None:
    world = watched()
    look(world, BAD)
    world.sends = world.hears = False
    look(world, BAD)
    world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(2_000, at=world.now + 1)}))
    world.release()
    coins = world.grid.coins
    world.tick(12)

    assert world.phase() is Phase.RUNNING
    assert world.notices_of(PhaseChanged)[-1].phase is Phase.RUNNING
    assert world.grid.coins == coins
    assert {order.side for order in world.grid.live} == {Side.BUY, Side.SELL}
    assert_promises(world)


def test_a_sale_that_is_called_off_while_the_day_is_lost_leaves_its_grid_stopped_until_the_owner_resumes() -> None:
    world = watched()
    look(world, BAD)
    world.sends = world.hears = False
    look(world, BAD)
    world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(2_000, at=world.now + 1)}))
    world.account = replace(world.account, halt=Halt.DAILY_LOSS)  # by another grid's loss
    world.release()
    coins = world.grid.coins
    world.tick(13)

    assert world.phase() is Phase.STOPPED
    assert world.grid.stop is not None
    assert world.grid.stop.reason is StopReason.DAILY_LOSS
    assert world.grid.coins == coins

    assert world.ask(ResumeGrid, grid_id=None) is None
    world.tick()
    assert world.phase() is Phase.RUNNING
    assert {order.side for order in world.grid.live} == {Side.BUY, Side.SELL}
    assert_promises(world)


@pytest.mark.parametrize("last", [frozenset({ETH_USDC}), frozenset[Symbol]()], ids=["blind", "nothing said"])
@pytest.mark.parametrize("minutes", [5])
def test_a_market_without_a_price_is_told_once_and_so_is_its_end(minutes: int, last: frozenset[Symbol]) -> None:
    world = watched()
    for _ in range(minutes * 60_000 // TICK):
        world.now += TICK
        world.tell(ev.Tick(at=world.now, touches={}, blind=frozenset({ETH_USDC})))
    world.tell(ev.Tick(at=world.now, touches={}, blind=last))
    world.tick(2)

    lost, back = world.notices_of(MarketRestricted)
    assert (lost.blind, lost.lasted, back.blind) == (True, 0, True)
    assert back.lasted >= minutes * 60_000


def test_a_sale_on_a_closed_market_says_that_it_waits() -> None:
    world = watched()
    world.venue.set_state(ETH_USDC, BookState.CLOSED)
    world.tell(ev.MarketsRead(at=world.now, markets={ETH_USDC: world.venue.listing(ETH_USDC).market}))
    before = len(world.notices_of(MarketRestricted))

    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(40)

    assert [told.state for told in world.notices_of(MarketRestricted)[before:]] == [BookState.CLOSED]


def test_a_bad_print_that_was_written_down_and_then_no_price_is_no_daily_loss() -> None:
    world = watched(stop_loss=None, max_loss=None)
    world.ask(SetLimits, bounds=Bounds(daily_loss=Decimal(1)))
    look(world, BAD)
    world.tell(ev.Noted(at=world.now))
    for _ in range(5):
        world.now += 1_000
        world.tell(ev.Tick(at=world.now, touches={}, blind=frozenset({ETH_USDC})))

    assert world.account.halt is None


def test_a_market_that_lost_its_price_counts_at_the_last_one_and_never_at_that_of_the_start() -> None:
    world = watched(stop_loss=None, max_loss=None)
    look(world, 1_990)
    world.tell(ev.Tick(at=world.now, touches={}, blind=frozenset({ETH_USDC})))

    assert last_price(world.account, world.grid) == a_touch(1_990).bid


def a_thin_world(**wishes: object) -> World:
    """A market where nobody else bids for anything like the price: its best bids are the buys of our own grid."""
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1800, 2200, 8, **({"sell_on_limit": True, "quote_per_order": Decimal(30)} | wishes)))
    world.tick(4)
    thin(world, 1990)
    return world


def thin(world: World, ask: int) -> None:
    """The others ask for this much, and bid next to nothing."""
    world.venue.quote(world.symbol, Decimal(1000), Decimal(ask))
    world.pump()
    world.tick(2)


def test_while_a_buy_of_ours_is_the_best_bid_nobody_has_sold_for_less_and_no_stop_is_reached() -> None:
    """Whoever sells for less meets it first. What others bid beneath it is no price: to sell there for it alone would
    be to give the coins away.
    """
    world = a_thin_world(stop_loss=Decimal(1700), max_loss=Decimal("0.5"))
    assert world.bid() == max(world.buy_prices) == 1950
    world.tick(100)

    assert world.phase() is Phase.RUNNING
    assert not world.notices_of(LimitReached)
    assert not world.placed_for(Purpose.STOP)


@pytest.mark.parametrize(("bid", "is_ours"), [("2020", True), ("2019.99", True), ("2020.01", False)])
def test_the_best_bid_may_be_that_of_any_grid_on_its_market(bid: str, *, is_ours: bool) -> None:
    """Whichever grid it is that has a buy there, and whatever those beside it have. Not one on another market."""
    order, far = an_order(price=Decimal(2020)), an_order(2, price=Decimal(1500))
    nearest, farther = (a_grid(a_level(order=one.client_id), orders=(one,)) for one in (order, far))
    sol = a_market("SOL")
    elsewhere = a_grid(spec=a_spec(symbol=sol.symbol), market=sol)
    touch = replace(a_touch(2030), bid=Decimal(bid))
    for grids in permutations((nearest, replace(farther, id=GridId(2)), replace(a_grid(), id=GridId(3)))):
        account = an_account(*grids, replace(elsewhere, id=GridId(4)))
        assert may_be_ours(Draft(account=account, at=NOW), touch) is is_ours
    alone = an_account(nearest)
    assert not may_be_ours(Draft(account=alone, at=NOW), replace(touch, symbol=sol.symbol))


def test_a_fall_through_our_own_buys_reaches_the_stop_once_the_last_of_them_is_filled() -> None:
    world = a_thin_world(stop_loss=Decimal(1700), max_loss=Decimal("0.5"))
    for ask in range(1940, 1740, -50):
        assert world.phase() is Phase.RUNNING
        thin(world, ask)

    assert not world.buy_prices
    [told] = world.notices_of(LimitReached)
    assert (told.reason, told.value) == (StopReason.STOP_LOSS, Decimal(1000))
    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, Decimal(0))


def test_a_maximum_loss_counts_the_coins_at_our_own_buy_as_the_market_comes_down_to_it() -> None:
    world = a_thin_world(max_loss=Decimal("0.03"))
    for ask in (1940, 1890):
        assert not world.notices_of(LimitReached)
        thin(world, ask)

    [told] = world.notices_of(LimitReached)
    assert told.reason is StopReason.MAX_LOSS
    assert world.phase() is Phase.STOPPED
