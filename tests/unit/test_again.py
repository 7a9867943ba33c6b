"""Opening again: never before its time nor after the owner's word, and with no more money than is left."""

from decimal import Decimal
from typing import Any

import pytest

from strategy.messages.commands import Panic, ResumeGrid, SetLimits, StartGrid, StopGrid
from strategy.messages.exits import OpensAgain
from strategy.messages.notices import GridEnded, LimitReached, PhaseChanged
from strategy.messages.problems import ProblemCode
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.limits import Bounds
from strategy.model.orders import GridId, LevelId
from strategy.model.stops import StopReason
from strategy.model.values import replace
from tests.builders import a_market, a_range, a_spec
from tests.promises.core import assert_complete, assert_promises
from tests.world import World, a_world, the_brief_world

D = Decimal


def a_stopped_world(*, sell: bool = True, **wishes: Any) -> World:
    """A grid that its stop loss has stopped, and that opens again after a day."""
    given: dict[str, Any] = {"stop_loss": D(95), "max_loss": None, "sell_on_limit": sell, "again": 24, "total": D(400)}
    world = a_world(10, 100, 200, **{"quote_per_order": None, **given, **wishes})
    world.ask(SetLimits, bounds=Bounds())
    world.trade(90)
    world.tick(4)
    assert world.phase() is Phase.STOPPED
    return world


def wait(world: World, hours: int | str) -> None:
    world.now += int(D(hours) * HOUR)
    world.tick(3)


def test_it_tells_when_it_opens_again_and_opens_no_sooner() -> None:
    world = a_stopped_world()
    [told], [ended] = world.notices_of(LimitReached), world.notices_of(GridEnded)
    assert told.again == 24
    assert ended.again_at == ended.at + 24 * HOUR == world.grid.again_at
    world.trade(150)
    wait(world, "23.9")
    assert world.phase() is Phase.STOPPED
    assert not world.held.open

    wait(world, "0.1")
    assert world.phase().trades
    assert world.grid.id == GridId(1)
    assert [one.phase for one in world.notices_of(PhaseChanged)][-1:] == [Phase.SEEDING]
    world.tick(3)
    assert_promises(world)
    assert_complete(world)


def test_it_opens_with_no_more_money_than_it_has_left_and_its_books_go_on() -> None:
    world = a_stopped_world()
    before, made = world.grid, world.grid.books.realised
    assert made < 0
    world.trade(150)
    wait(world, 24)
    grid = world.grid

    assert grid.money <= before.money + made
    assert grid.money > (before.money + made) * D("0.99")
    assert grid.spec.total is not None
    assert before.spec.total is not None
    assert grid.spec.total < before.spec.total
    assert (grid.books.stop_sales, grid.spec.version) == (before.books.stop_sales, 2)
    assert set(grid.levels).isdisjoint(before.levels)
    [told] = world.notices_of(OpensAgain)
    assert (told.money, told.before) == (grid.money, before.money)
    assert not told.coins
    assert told.needed is None


@pytest.mark.parametrize("lost", range(1, 200, 2))
def test_what_it_has_left_is_enough_however_little_less_than_before_it_is(lost: int) -> None:
    """Of orders in coarse steps a little less is no less: they are a step smaller then, instead of staying out."""
    world = the_brief_world(interval=D(20), take_profit=D(2060), max_loss=None, sell_on_limit=True, again=24)
    world.trade(2070)
    world.tick(4)
    grid = world.grid
    assert grid.phase is Phase.STOPPED
    left = grid.money - D(lost) / 100
    adapted = replace(grid.adapted, since=grid.books.realised + D(lost) / 100)
    world.account = replace(world.account, grids={grid.id: replace(grid, adapted=adapted)})
    world.trade(2000)
    wait(world, 24)

    [told] = world.notices_of(OpensAgain)
    assert told.needed is None
    assert told.money <= left


@pytest.mark.parametrize("left", ["0", "0.04", "0.15"])
def test_left_with_less_than_rounding_costs_it_stays_out(left: str) -> None:
    world = a_stopped_world()
    grid = world.grid
    since = grid.money + grid.books.realised - D(left)
    world.account = replace(world.account, grids={grid.id: replace(grid, adapted=replace(grid.adapted, since=since))})
    world.trade(150)
    wait(world, 24)

    assert world.phase() is Phase.STOPPED
    assert len(world.notices_of(OpensAgain)) == 1


def test_what_it_may_lose_counts_from_there_and_twice_stopped_it_has_less_again() -> None:
    world = a_stopped_world(stop_loss=None, max_loss=D("0.08"))
    first = world.grid
    assert first.stop is not None
    assert first.stop.reason is StopReason.MAX_LOSS
    world.trade(150)
    wait(world, 24)
    second = world.grid
    assert second.phase.trades
    world.tick(3)
    world.trade(80)
    world.tick(5)

    assert world.phase() is Phase.STOPPED
    *_, told = world.notices_of(LimitReached)
    assert told.threshold == second.money * D("0.08")
    assert told.value > world.grid.books.realised
    world.trade(150)
    wait(world, 24)
    assert world.grid.money <= first.money + world.grid.adapted.since
    assert world.grid.money < second.money


@pytest.mark.parametrize("command", [StopGrid, Panic])
def test_after_the_owners_word_it_stays_out(command: type) -> None:
    world = a_stopped_world()
    named = {"grid_id": GridId(1)} if command is StopGrid else {}
    assert world.ask(command, **named) is None
    assert world.phase() is Phase.STOPPED
    assert world.grid.again_at is None
    world.trade(150)
    wait(world, 48)

    assert world.phase() is Phase.STOPPED
    assert world.grid.is_over
    assert not world.notices_of(OpensAgain)


def test_sooner_than_after_a_day_is_refused_by_whatever_way_it_is_asked_for() -> None:
    world = World({a_market(): D(150)})
    begun = world.ask(StartGrid, spec=a_range(100, 200, again=23))
    world.start(a_range(100, 200, again=24))
    tuned = world.tune(again=1)

    for problem, hours in ((begun, 23), (tuned, 1)):
        assert problem is not None
        assert (problem.code, problem.field) == (ProblemCode.AGAIN_TOO_SOON, "again")
        assert dict(problem.facts) == {"hours": hours, "least": 24}
    assert world.grid.spec.again == 24


def test_tuned_off_it_stays_out_and_tuned_longer_it_waits_longer() -> None:
    world = a_stopped_world()
    world.trade(150)
    assert world.tune(again=48) is None
    wait(world, 30)
    assert world.phase() is Phase.STOPPED
    assert world.tune(again=None) is None
    wait(world, 48)

    assert world.phase() is Phase.STOPPED


def test_a_grid_that_the_owner_or_a_lost_day_stopped_does_not_come_back() -> None:
    world = a_world(10, 100, 200, again=24)
    world.ask(StopGrid, grid_id=GridId(1), sell=True)
    world.tick(4)
    assert world.phase() is Phase.STOPPED
    wait(world, 48)

    assert world.phase() is Phase.STOPPED


def test_the_time_that_passed_while_nobody_was_there_counts() -> None:
    world = a_stopped_world()
    world.venue.walk(world.symbol, D(150))
    world.restart(away=30 * HOUR)
    assert world.phase() is Phase.STOPPED
    world.tick(2)

    assert world.phase().trades


def test_it_waits_for_its_range_its_stop_and_its_gate_like_a_new_one() -> None:
    world = a_stopped_world(trigger=None)
    wait(world, 24)
    assert world.phase() is Phase.STOPPED  # the price is still below its stop
    assert world.grid.adapted.again_held == ProblemCode.BAD_LIMIT
    world.trade(98)
    wait(world, "0.1")
    assert world.phase() is Phase.WAITING  # and now below its range
    assert world.grid.adapted.last_level == max(world.grid.levels) == LevelId(20)
    assert world.tune(upper=D(210)) is None
    assert world.grid.adapted.last_level == max(world.grid.levels) == LevelId(20)
    world.trade(120)
    world.tick(2)

    assert world.phase().trades
    world.tick(3)
    assert_complete(world)


def test_a_range_of_parts_is_measured_anew() -> None:
    world = World({a_market(): D(150)})
    parts = {"below": D("0.2"), "above": D("0.1"), "lower": None, "upper": None}
    limits = {"max_loss": D("0.05"), "sell_on_limit": True, "again": 24}
    world.start(replace(a_range(100, 200, 5), **parts, **limits))  # type: ignore[arg-type]
    world.tick(3)
    lower = world.grid.lowest
    world.trade(115)
    world.tick(5)
    assert world.phase() is Phase.STOPPED
    wait(world, 24)
    assert world.phase().trades
    assert world.grid.lowest < lower


def test_where_the_money_is_gone_it_says_so_once_and_opens_when_it_is_back() -> None:
    world = a_stopped_world()
    world.trade(150)
    world.deposit(-9_700)
    world.read_balances()
    wait(world, 24)
    wait(world, 1)
    assert world.phase() is Phase.STOPPED
    [told] = world.notices_of(OpensAgain)
    assert told.needed is not None
    assert told.free is not None
    assert told.free < told.needed
    world.deposit(told.needed - told.free + D("0.01"))  # enough for its orders, and not for the time that it waits
    world.read_balances()
    wait(world, 1)
    assert world.phase() is Phase.STOPPED
    assert len(world.notices_of(OpensAgain)) == 1
    world.deposit(9_000)
    world.read_balances()
    wait(world, 1)

    assert world.phase().trades


def a_fallen_world() -> World:
    """The brief's grid, on a market of coarse steps, after its maximum loss has sold its coins."""
    world = World({a_market(step="0.01"): D(2_000)})
    world.start(a_spec(quote_per_order=D("63.2"), max_loss=D("0.1"), sell_on_limit=True, again=24))
    world.tick(2)
    world.trade(1_500)
    world.tick(5)
    assert world.phase() is Phase.STOPPED
    return world


@pytest.mark.parametrize(("price", "why"), [(2_000, ProblemCode.ROUNDING), (50, ProblemCode.BELOW_ZERO)])
def test_what_fits_no_more_stays_out(price: int, why: ProblemCode) -> None:
    world = a_fallen_world()
    world.trade(price)
    wait(world, 25)
    wait(world, 1)

    assert world.phase() is Phase.STOPPED
    assert world.grid.adapted.again_held == why
    assert [one.fits for one in world.notices_of(OpensAgain)] == [False]


def test_a_grid_that_kept_its_coins_trades_on_with_them_and_its_ladder() -> None:
    world = a_stopped_world(sell=False)
    before = world.grid
    assert before.coins > 0
    wait(world, 24)
    assert world.phase() is Phase.STOPPED  # still below its stop
    world.trade(105)
    world.trade(90)
    assert world.phase() is Phase.STOPPED  # seen once: it may be a bad print
    world.trade(105)
    world.tick()

    assert world.phase() is Phase.RUNNING
    assert (world.grid.levels.keys(), world.grid.coins) == (before.levels.keys(), before.coins)
    *_, told = world.notices_of(OpensAgain)
    assert told.coins == before.coins
    assert world.grid.adapted.again_from is None
    world.tick(3)
    assert_complete(world)


def test_kept_coins_and_no_money_for_the_buys_is_told() -> None:
    world = a_world(10, 100, 200, take_profit=D(205), max_loss=None, again=24, quote_per_order=D(100))
    world.trade(195)
    world.tick(2)
    assert world.tune(take_profit=D(194)) is not None
    world.trade(206)
    world.tick(4)
    assert world.phase() is Phase.STOPPED
    world.trade(150)
    world.deposit(-10_000 + 100)
    world.read_balances()
    wait(world, 24)

    assert world.phase() is Phase.STOPPED
    assert [one.needed is not None for one in world.notices_of(OpensAgain)] == [True]


def test_resumed_by_its_owner_it_does_not_open_a_second_time() -> None:
    world = a_stopped_world(sell=False)
    world.trade(120)
    assert world.ask(ResumeGrid, grid_id=GridId(1)) is None
    world.tick(2)
    assert world.phase() is Phase.RUNNING
    assert world.grid.adapted.again_from is None


def test_nothing_opens_again_while_everything_is_stopped() -> None:
    world = a_stopped_world()
    world.trade(150)
    world.start(a_range(100, 200, 10))
    world.tick(2)
    world.ask(SetLimits, bounds=Bounds(daily_loss=D("0.5")))
    world.trade(120)
    world.tick(3)
    assert world.account.halt is not None
    wait(world, 25)
    assert world.account.grids[GridId(1)].phase is Phase.STOPPED
    world.ask(ResumeGrid, grid_id=None)
    world.tick(3)
    assert world.account.grids[GridId(1)].phase is not Phase.STOPPED
