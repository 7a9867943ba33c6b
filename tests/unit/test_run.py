"""Many events in one run come to what they come to one by one, also where an assertion fails among them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, StopGrid
from strategy.model.account import Account
from strategy.model.derived import Derived
from strategy.model.grid import Phase
from strategy.model.orders import GridId
from strategy.step import Run, step
from tests.builders import BLOCK, ETH_USDC, NOW, a_fill, a_grid, a_touch
from tests.unit.one_level import ORDER, one_level
from tests.world import a_world, the_brief_world

Story = tuple[Account, Sequence[ev.Event]]


def a_day() -> Story:
    """Moves to and fro, a lost request, a tune, a pause, a stop with sale."""
    world = a_world(levels=10, lower=1900, upper=2100)
    for price in (1950, 2040, 1990, 1890, 2110, 2000):
        world.trade(price)
    world.lose(request=True)
    world.trade(1960)
    world.tick(15)
    world.tune(quote_per_order=Decimal(150))
    world.trade(2050)
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.tick(2)
    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.trade(1970)
    world.ask(StopGrid, grid_id=world.grid.id, sell=True)
    world.tick(30)
    return Account(name="main", block=BLOCK), world.events


def the_briefs_own() -> Story:
    """Selling prices follow what was paid."""
    world = the_brief_world()
    for price in (1960, 2010, 1950, 2030):
        world.trade(price)
    return Account(name="main", block=BLOCK), world.events


def a_failed_assertion() -> Story:
    """A fill beyond its order's quantity parks the grid in the middle of it; another one trades on."""
    account = one_level()
    other = replace(a_grid(), id=GridId(2))
    account = replace(account, grids={**account.grids, other.id: other}, touches={ETH_USDC: a_touch(2040)})
    part = Decimal("0.015")
    fills = [ev.Filled(at=NOW, fill=a_fill(ORDER, number, quantity=part)) for number in (1, 2)]
    return account, [*fills, ev.Tick(at=NOW + 3_000, touches={ETH_USDC: a_touch(2030, at=NOW + 3_000)})]


@pytest.mark.parametrize("story", [a_day, the_briefs_own, a_failed_assertion])
def test_a_run_comes_to_what_single_steps_come_to(story: Callable[[], Story]) -> None:
    account, events = story()
    before, run = repr(account), Run(account)

    alone = account
    for event in events:
        done, draft = step(alone, event), run.take(event)
        alone = done.account
        assert (draft.actions, draft.notices) == (list(done.actions), list(done.notices))
        assert (draft.entries, draft.problem) == (list(done.entries), done.problem)
        assert run.account == alone

    assert repr(account) == before, "what was given stays as it was"
    for grid in run.account.grids.values():
        assert grid.derived == Derived.of(grid.market, grid.spec.window, grid.levels, grid.lots, grid.orders)


def test_a_failed_assertion_parks_the_grid_in_a_run_too_and_the_other_one_trades() -> None:
    account, events = a_failed_assertion()
    run = Run(account)
    placed = [
        action.order.grid_id for event in events for action in run.take(event).actions if isinstance(action, ev.Place)
    ]

    assert run.account.grids[GridId(1)].phase is Phase.PARKED
    assert set(placed) == {GridId(2)}
