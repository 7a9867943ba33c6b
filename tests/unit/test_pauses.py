"""A pause lasts until its owner ends it: a stop in between, whatever becomes of that, is no word of his."""

from decimal import Decimal
from typing import Any

import pytest

from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, SetLimits
from strategy.messages.exits import BuyingPaused, OpensAgain
from strategy.messages.notices import GridEnded, LimitReached, PhaseChanged
from strategy.model.account import Halt
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.limits import Bounds
from strategy.model.orders import GridId
from strategy.model.stops import StopReason
from strategy.model.values import replace
from tests.promises.core import assert_complete, assert_promises
from tests.world import World, a_world

D = Decimal


def a_paused_world(*, buying_only: bool = False, **wishes: Any) -> World:
    world = a_world(10, 100, 200, **{"max_loss": None, **wishes})
    world.ask(SetLimits, bounds=Bounds())
    assert world.ask(PauseGrid, grid_id=world.grid.id, buying_only=buying_only) is None
    world.tick(2)
    return world


def come_back_before_the_sale(world: World) -> None:
    """The stop is reached while the exchange is away, and when it is there again the price has come back."""
    go_away(world, D(94))
    assert world.phase() is Phase.STOPPING
    come_back(world, D(150))


def go_away(world: World, price: Decimal) -> None:
    """Nothing reaches the exchange any more, and its price goes on."""
    world.sends = False
    world.tell(ev.Interrupted(at=world.now, cause="maintenance", text=""))
    world.venue.walk(world.symbol, price)
    world.tick(2)


def come_back(world: World, price: Decimal) -> None:
    world.venue.walk(world.symbol, price)
    world.release()
    world.tell(ev.Restored(at=world.now))
    world.tick(15)


def lose_the_day(world: World, price: int = 110) -> None:
    world.tell(ev.DayStarted(at=world.now, day="2026-11-23", start={}, begins=world.now, offsets=()))
    world.ask(SetLimits, bounds=Bounds(daily_loss=D(40)))
    world.trade(price)
    world.tick(3)
    assert world.account.halt is Halt.DAILY_LOSS
    assert world.phase() is Phase.STOPPED
    world.trade(150)


def phases(world: World) -> list[Phase]:
    return [told.phase for told in world.notices_of(PhaseChanged)]


def wait_a_day(world: World) -> None:
    world.now += 24 * HOUR
    world.read_balances()
    world.tick(6)


def test_a_stop_that_is_called_off_leaves_a_paused_grid_paused_and_says_so_once() -> None:
    world = a_paused_world(stop_loss=D(95), sell_on_limit=True)
    come_back_before_the_sale(world)

    assert (world.phase(), world.grid.stop, world.grid.live) == (Phase.PAUSED, None, ())
    assert phases(world) == [Phase.PAUSED] * 2
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
    world.tick(3)
    assert_promises(world)
    assert_complete(world)


def test_a_stop_that_is_called_off_leaves_a_grid_that_ran_running() -> None:
    world = a_world(10, 100, 200, max_loss=None, stop_loss=D(95), sell_on_limit=True)
    world.ask(SetLimits, bounds=Bounds())
    come_back_before_the_sale(world)

    assert phases(world) == [Phase.RUNNING]
    assert world.grid.live


def test_lifting_a_loss_ends_no_pause_and_the_owners_word_does() -> None:
    world = a_paused_world()
    world.start(world.grid.spec)
    world.tick(3)
    lose_the_day(world)
    assert world.ask(ResumeGrid, grid_id=None) is None
    world.tick(3)
    paused, other = (world.account.grids[GridId(one)] for one in (1, 2))

    assert (paused.phase, paused.live, other.phase) == (Phase.PAUSED, (), Phase.RUNNING)
    assert phases(world) == [Phase.PAUSED, Phase.RUNNING, Phase.PAUSED]
    assert world.ask(ResumeGrid, grid_id=GridId(1)) is None
    assert world.account.grids[GridId(1)].phase is Phase.RUNNING


def test_buying_that_is_paused_is_not_paused_again_and_the_refusal_says_so() -> None:
    world = a_paused_world(buying_only=True)

    refused = world.ask(PauseGrid, grid_id=world.grid.id, buying_only=True)

    assert refused is not None
    assert dict(refused.facts)["phase"] == "buys_nothing", "running, as /status has it, would say nothing"


def test_lifting_a_loss_ends_no_pause_of_buying_either() -> None:
    world = a_paused_world(buying_only=True)
    lose_the_day(world)
    assert world.ask(ResumeGrid, grid_id=None) is None
    world.tick(3)

    assert (world.phase(), world.grid.adapted.buying, world.buy_prices) == (Phase.RUNNING, False, [])
    assert world.sell_prices
    assert [told.over for told in world.notices_of(BuyingPaused)] == [False] * 2


def test_a_loss_that_takes_the_place_of_a_stop_knows_of_the_pause() -> None:
    world = a_paused_world(stop_loss=D(95), sell_on_limit=True)
    world.start(replace(world.grid.spec, stop_loss=None))
    world.tick(3)
    world.tell(ev.DayStarted(at=world.now, day="2026-11-23", start={}, begins=world.now, offsets=()))
    go_away(world, D(94))
    world.ask(SetLimits, bounds=Bounds(daily_loss=D(40)))
    world.tick(3)
    assert (world.account.halt, world.account.grids[GridId(1)].phase) == (Halt.DAILY_LOSS, Phase.STOPPING)
    come_back(world, D(97))
    stop = world.account.grids[GridId(1)].stop
    assert stop is not None
    assert (stop.reason, stop.sell, stop.paused) == (StopReason.DAILY_LOSS, False, True)
    assert world.ask(ResumeGrid, grid_id=None) is None

    assert {one: grid.phase for one, grid in world.account.grids.items()} == {1: Phase.PAUSED, 2: Phase.RUNNING}


@pytest.mark.parametrize("sells", [False, True])
def test_a_paused_grid_does_not_open_again_by_itself_and_is_not_told_to(*, sells: bool) -> None:
    world = a_paused_world(stop_loss=D(95), sell_on_limit=sells, again=24)
    world.trade(90)
    world.tick(4)
    [limit], [ended] = world.notices_of(LimitReached), world.notices_of(GridEnded)
    assert (limit.again, ended.again_at) == (None, None)
    world.trade(150)
    wait_a_day(world)

    assert world.phase() is Phase.STOPPED
    assert not world.held.open
    assert not world.notices_of(OpensAgain)


def test_with_buying_paused_it_trades_on_with_its_coins_and_buys_nothing() -> None:
    world = a_paused_world(buying_only=True, stop_loss=D(95), again=24)
    bought = world.grid.books.bought
    world.trade(90)
    world.tick(4)
    assert world.notices_of(LimitReached)[0].again == 24
    world.trade(150)
    wait_a_day(world)

    assert (world.phase(), world.buy_prices, world.grid.books.bought) == (Phase.RUNNING, [], bought)
    assert world.sell_prices
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
    world.tick()
    assert world.buy_prices


def test_with_buying_paused_and_its_coins_sold_nothing_is_left_that_it_could_do() -> None:
    world = a_paused_world(buying_only=True, stop_loss=D(95), sell_on_limit=True, again=24)
    world.trade(90)
    world.tick(4)
    assert world.notices_of(LimitReached)[0].again is None
    world.trade(150)
    wait_a_day(world)

    assert (world.phase(), world.grid.again_at) == (Phase.STOPPED, None)
