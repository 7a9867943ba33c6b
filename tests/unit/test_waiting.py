"""A grid that waits for the price to come into its range: when it begins, with which levels, and when it may not."""

from decimal import Decimal

from strategy.messages import events as ev
from strategy.messages.gates import Begun
from strategy.messages.notices import PhaseChanged
from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.market import Side
from strategy.step import step
from tests.builders import (
    ETH_USDC,
    NOW,
    USDC,
    a_grid,
    a_market,
    a_range,
    a_touch,
    an_account,
)
from tests.world import World


def test_a_waiting_grid_begins_when_the_price_comes_into_its_range() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1700, 1900, 4, wait_for_range=True))
    assert world.phase() is Phase.WAITING
    world.trade(1950)
    assert not world.held.open

    world.trade(1840)

    assert world.grid.start_price == Decimal("1839.995")
    assert {level.id for level in world.grid.levels.values() if level.initial is Side.SELL} == {4}
    [told] = world.notices_of(PhaseChanged)
    assert (told.phase, told.begun) == (
        Phase.SEEDING,
        Begun(price=Decimal("1840.00"), money=world.grid.money, quote=USDC),
    )
    assert world.held.open


def test_a_waiting_grid_that_needs_no_seeds_runs_at_once() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1700, 1900, 2, wait_for_range=True))
    world.trade(1900)

    assert world.phase() is Phase.RUNNING


def test_a_waiting_grid_does_not_begin_during_a_halt() -> None:
    grid = a_grid(phase=Phase.WAITING)
    done = step(an_account(grid, halt=Halt.DAILY_LOSS), ev.Tick(at=NOW, touches={}))

    assert done.account.grids[grid.id].phase is Phase.WAITING


def test_a_waiting_grid_whose_shape_no_longer_fits_the_market_waits_on() -> None:
    grid = a_grid(phase=Phase.WAITING, spec=a_range(2000, "2000.05", 3), market=a_market(tick="0.1"))
    done = step(an_account(grid), ev.Tick(at=NOW, touches={ETH_USDC: a_touch(2040)}))

    assert done.account.grids[grid.id].phase is Phase.WAITING
    assert not done.actions
