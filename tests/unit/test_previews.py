"""What a preview says is kept: at most that money, for a while and near that price; beyond it nothing is started."""

from decimal import Decimal

import pytest

from strategy.account.commands import preview_of
from strategy.draft import Draft
from strategy.grid.opening import Preview
from strategy.messages import events as ev
from strategy.messages.commands import StartGrid
from strategy.messages.problems import ProblemCode
from strategy.model.grid import Phase
from strategy.model.ledger import FillEntry
from strategy.model.orders import Purpose
from strategy.model.shown import PREVIEW_LIFE, Shown
from strategy.model.spec import GridSpec
from tests.builders import a_market, a_range, a_spec
from tests.promises.core import assert_promises
from tests.world import World


def seen(world: World, spec: GridSpec) -> Shown:
    world.read_balances()
    found = preview_of(Draft(account=world.account, at=world.now), spec)
    assert isinstance(found, Preview)
    return Shown(at=world.now, price=found.touch.middle, money=found.money, seed_cost=found.seed_cost)


def moved(world: World, price: int | str) -> None:
    world.walk(price)
    world.tell(ev.Quoted(at=world.now, touches={world.symbol: world.venue.touch(world.symbol)}))


SPEC = a_range(1800, 2200, 20, quote_per_order=Decimal(50), seed_patience=0)


@pytest.mark.parametrize(("price", "later"), [(1820, 0), (2180, 0), (2000, PREVIEW_LIFE + 1)])
def test_a_preview_that_price_or_time_have_left_behind_starts_nothing(price: int, later: int) -> None:
    world = World({a_market(): Decimal(2000)})
    shown = seen(world, SPEC)
    moved(world, price)
    world.now += later

    problem = world.ask(StartGrid, spec=SPEC, shown=shown)

    assert problem is not None
    assert problem.code is ProblemCode.PREVIEW_OVER
    assert not world.account.grids
    assert world.ask(StartGrid, spec=SPEC, shown=seen(world, SPEC)) is None


@pytest.mark.parametrize("spec", [SPEC, a_spec(grids=7, seed_patience=0)])
@pytest.mark.parametrize("price", ["1999.2", "2000", "2000.37", "2003"])
def test_a_preview_holds_while_the_price_moves_a_little(spec: GridSpec, price: str) -> None:
    world = World({a_market(): Decimal(2000)})
    shown = seen(world, spec)
    moved(world, price)

    assert world.ask(StartGrid, spec=spec, shown=shown) is None
    assert world.grid.money <= shown.money
    world.tick(2)
    assert world.grid.cost <= shown.seed_cost


def test_what_first_coins_have_cost_stays_spent_although_their_level_sells_them_again() -> None:
    """Its coins counted only as long as it had them: the others could be as much dearer."""
    world = World({a_market(): Decimal(150)}, money=100_000)
    world.rule(max_quantity="4")
    spec = a_range(100, 200, 10, quote_per_order=Decimal(399), seed_patience=30_000, max_loss=None)
    shown = seen(world, spec)
    assert world.ask(StartGrid, spec=spec, shown=shown) is None
    with world.holding():
        world.venue.walk(world.symbol, Decimal("149.5"))
    for price in ("161", "161.5", "162"):
        world.walk(price)
        world.tick()
    world.tick(30)
    seeds = [entry.fill for entry in world.entries if isinstance(entry, FillEntry) and entry.purpose is Purpose.SEED]
    sold = [entry for entry in world.entries if isinstance(entry, FillEntry) and entry.purpose is Purpose.LEVEL]

    assert world.phase() is Phase.RUNNING
    assert sold
    assert sum((fill.value for fill in seeds), Decimal(0)) <= shown.seed_cost
    assert_promises(world)


def test_seeds_cost_at_most_what_was_shown_also_when_the_price_runs_away() -> None:
    """The highest levels then wait to buy."""
    world = World({a_market(): Decimal(2000)})
    spec = a_range(1800, 2200, 20, quote_per_order=Decimal(50), seed_patience=20_000)
    shown = seen(world, spec)
    assert world.ask(StartGrid, spec=spec, shown=shown) is None
    for price in range(2005, 2100, 15):
        world.trade(price)
    world.tick(20)

    assert world.phase() is Phase.RUNNING
    assert world.grid.cost <= shown.seed_cost
    assert_promises(world)
