"""The opening gate: only the start waits, all that was asked for holds at once, and nothing is decided by a guess."""

from decimal import Decimal

import pytest

from bot.account.past import hours_of
from strategy.account.commands import preview_of
from strategy.adapt.gate import awaits_of
from strategy.draft import Draft
from strategy.grid.opening import Preview
from strategy.messages import events as ev
from strategy.messages.commands import StartGrid
from strategy.messages.gates import Awaited, Until
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.levels import Wait
from strategy.model.past import GAP, Hour
from strategy.model.spec import GridSpec, Spacing
from tests.builders import a_market, a_range, a_spec, a_touch
from tests.road import finished
from tests.world import World

D = Decimal
GATE = 24


def a_world(price: int = 2000, *, average: int = 2000, hours: int = 48) -> World:
    """A market that stood at `average` for so many hours, and stands at `price` now; its past is known."""
    world = World({a_market(): D(price)})
    world.lived(hours, average)
    know(world)
    return world


def know(world: World) -> None:
    """Read the market's past."""
    read = hours_of(world.symbol, finished(world.exchange.candles(world.symbol, "1h", 0, world.now + 1)))
    world.tell(ev.CandlesRead(at=world.now, symbol=world.symbol, hours=read))


def previewed(world: World, spec: GridSpec) -> Preview | Problem:
    world.read_balances()
    return preview_of(Draft(account=world.account, at=world.now), spec)


def awaited(world: World) -> list[Until]:
    return [one.until for one in awaits_of(world.account, world.grid, world.now)]


def test_a_grid_above_the_average_opens_at_once() -> None:
    world = a_world(1985)
    found = previewed(world, a_range(1500, 2500, gate_hours=GATE))
    assert isinstance(found, Preview)
    assert not found.waits
    world.start(found.spec)

    assert world.phase().trades


def test_below_it_it_waits_without_orders_and_says_for_what() -> None:
    world = a_world(1970)
    found = previewed(world, a_range(1500, 2500, gate_hours=GATE))
    assert isinstance(found, Preview)
    assert found.waits
    assert not found.seed_cost
    assert found.awaits == (Awaited(until=Until.AVERAGE, threshold=D("1980.00"), price=D("1969.99"), hours=GATE),)
    world.start(found.spec)
    world.tick(3)
    assert world.phase() is Phase.WAITING
    assert not world.held.open

    world.trade(1990)
    assert world.phase() is Phase.WAITING  # seen once: it may be a bad print
    world.tick()
    assert world.phase() is not Phase.WAITING
    assert world.held.open


def test_an_average_falls_with_the_market_and_opens_the_gate_without_a_rise() -> None:
    world = a_world(1970)
    world.start(a_range(1500, 2500, gate_hours=GATE))
    for _ in range(GATE):
        world.now += HOUR
        world.venue.listing(world.symbol).tape.record(world.price, world.now)
    world.tick(4)

    assert world.phase() is not Phase.WAITING


def test_one_bad_print_opens_nothing() -> None:
    world = a_world(1970)
    world.start(a_range(1500, 2500, gate_hours=GATE))
    world.trade(1990)
    world.trade(1970)
    world.trade(1990)
    assert world.phase() is Phase.WAITING
    touch = a_touch(1990, at=world.now)
    world.tell(ev.Tick(at=touch.at, touches={touch.symbol: touch}))
    assert world.phase() is Phase.WAITING  # the same price, looked at twice

    world.now += HOUR
    world.venue.listing(world.symbol).tape.record(world.price, world.now)
    world.tick(2)
    assert world.phase() is Phase.WAITING  # the first look is too long ago to count
    world.tick()
    assert world.phase() is not Phase.WAITING


def test_a_gate_stays_closed_while_the_past_is_not_known() -> None:
    world = a_world(1970)
    world.start(a_range(1500, 2500, gate_hours=GATE))
    world.candles = False
    world.restart(away=GAP + 1)
    world.trade(2100)
    world.tick(3)
    assert world.phase() is Phase.WAITING
    assert awaited(world) == [Until.PAST]

    world.candles = True
    world.tick(3)
    assert world.phase() is not Phase.WAITING


def test_a_grid_may_be_started_before_the_past_is_known_and_waits_for_it() -> None:
    world = World({a_market(): D(2000)})
    world.lived(48)
    world.start(a_range(1500, 2500, gate_hours=GATE))
    assert world.phase() is Phase.WAITING
    world.tick(4)

    assert world.phase() is not Phase.WAITING


def test_a_market_that_is_too_young_is_refused_with_what_it_has() -> None:
    world = a_world(hours=10)
    found = previewed(world, a_range(1500, 2500, gate_hours=GATE))

    assert isinstance(found, Problem)
    assert found.code is ProblemCode.NO_HISTORY
    assert dict(found.facts) == {"symbol": world.symbol, "hours": GATE, "known": 10}
    assert found.field == "gate"


@pytest.mark.parametrize(("trigger", "until", "reached"), [(2100, Until.RISE, 2101), (1900, Until.DROP, 1899)])
def test_a_trigger_is_reached_from_either_side(trigger: int, until: Until, reached: int) -> None:
    world = a_world()
    world.start(a_range(1500, 2500, trigger=D(trigger)))
    world.tick(2)
    assert awaited(world) == [until]
    world.trade(reached)
    assert not world.held.open
    world.tick()

    assert world.phase() is not Phase.WAITING
    assert world.grid.start_price == D(reached) - D("0.005")


def test_a_trigger_at_the_price_of_now_waits_for_nothing() -> None:
    world = a_world()
    world.start(a_range(1500, 2500, trigger=D("1999.995")))

    assert world.phase() is not Phase.WAITING


@pytest.mark.parametrize("trigger", [2600, 1400])
@pytest.mark.parametrize("wait", [False, True])
def test_a_trigger_beyond_the_range_is_refused(trigger: int, wait: bool) -> None:
    found = previewed(a_world(), a_range(1500, 2500, trigger=D(trigger), wait_for_range=wait))

    assert isinstance(found, Problem)
    assert found.code is ProblemCode.TRIGGER_OUTSIDE
    assert dict(found.facts)["price"] == trigger


def test_a_trigger_inside_the_range_needs_no_wait_where_the_price_is_outside() -> None:
    world = a_world(2700, average=2700)
    world.start(a_range(1500, 2500, trigger=D(2400)))
    world.tick()
    assert awaited(world) == [Until.DROP, Until.RANGE]
    world.trade(2390)
    world.tick()

    assert world.phase() is not Phase.WAITING


def test_a_gate_alone_does_not_excuse_a_price_outside_the_range() -> None:
    world = a_world(2600, average=2700)
    closed = a_range(1500, 2500, gate_hours=GATE)
    found = previewed(world, closed)
    assert isinstance(found, Problem)
    assert found.code is ProblemCode.OUTSIDE

    world.start(a_range(1500, 2500, gate_hours=GATE, wait_for_range=True))
    assert awaited(world) == [Until.AVERAGE, Until.RANGE]
    world.trade(2400)
    world.tick(2)
    assert awaited(world) == [Until.AVERAGE]


def test_below_the_range_the_lower_edge_is_what_it_waits_for() -> None:
    world = a_world(1400, average=1400)
    world.start(a_range(1500, 2500, wait_for_range=True))

    (one,) = awaits_of(world.account, world.grid, world.now)
    assert (one.until, one.threshold, one.price) == (Until.RANGE, D(1500), D(1400))


def test_an_interval_grid_is_made_around_the_price_at_which_it_opens() -> None:
    world = a_world()
    found = previewed(world, a_spec(trigger=D(1900)))
    assert isinstance(found, Preview)
    assert found.levels[0].buy_price < 1900 < found.levels[-1].sell_price
    world.start(found.spec)
    world.trade(1800)
    world.tick()

    assert world.phase() is not Phase.WAITING
    assert world.grid.lowest < 1800 < world.grid.highest


def test_a_grid_whose_limit_is_reached_does_not_open() -> None:
    world = a_world(1970)
    world.start(a_range(1500, 2500, gate_hours=GATE, stop_loss=D(1960)))
    for _ in range(GATE):
        world.now += HOUR
        world.venue.walk(world.symbol, D(1950))
    world.tick(4)
    assert not awaited(world)
    assert world.phase() is Phase.WAITING

    world.trade(1965)
    world.tick(3)
    assert world.phase() is not Phase.WAITING


def test_a_stop_must_lie_below_the_trigger() -> None:
    world = a_world()
    assert isinstance(previewed(world, a_range(1500, 2500, trigger=D(1900), stop_loss=D(1800))), Preview)
    found = previewed(world, a_range(1500, 2500, trigger=D(1900), stop_loss=D(1950)))

    assert isinstance(found, Problem)
    assert found.code is ProblemCode.BAD_LIMIT


def test_a_running_grid_waits_for_nothing() -> None:
    world = a_world()
    world.start(a_range(1500, 2500, gate_hours=GATE))
    world.tick()
    world.trade(1600)
    world.tick()

    assert awaited(world) == []
    assert world.phase().trades
    assert world.ask(StartGrid, spec=a_range(1500, 2500, trigger=D(1500))) is None


@pytest.mark.parametrize("price", [1000, 4000])
def test_what_is_measured_where_it_opens_has_the_money_that_its_levels_need_there(price: int) -> None:
    """What it may lose, and hold, goes by that: not by what they needed where the price was when it was asked for."""
    world = a_world(2000, average=2500)
    parts = {"lower": None, "upper": None, "below": D("0.1"), "above": D("0.1")}
    amount = {"quote_per_order": None, "base_per_order": D("0.1"), "interval": None, "out_want": None}
    spec = a_spec(spacing=Spacing.ARITHMETIC, grids=10, gate_hours=GATE, max_loss=D("0.05"), **parts, **amount)
    world.start(spec)
    assert world.phase() is Phase.WAITING
    world.walk(price)
    world.now += HOUR
    past = [Hour(at=world.now - world.now % HOUR - n * HOUR, high=D(9), low=D(9), close=D(9)) for n in range(30, 0, -1)]
    world.tell(ev.CandlesRead(at=world.now, symbol=world.symbol, hours=tuple(past)))
    world.read_balances()
    world.tick(30)
    grid = world.grid
    needs = sum((level.quantity * level.buy_price for level in grid.levels.values()), D(0))

    assert grid.phase.trades
    assert needs < grid.money < needs * D("1.02")
    assert grid.most_loss == grid.money * D("0.05")
    assert grid.max_position == max(D(1000), grid.money)
    assert not [level for level in grid.levels.values() if level.wait is Wait.POSITION]
