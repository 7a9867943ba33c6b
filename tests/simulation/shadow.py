"""At a world's end: what was recorded, through the engine once more, leads to the same decisions and the same state;
and each grid's twin on paper walks through the same record, whatever is in it, without a fault and without a trace.
"""

from collections.abc import Coroutine, Iterator
from typing import Any

from bot.app import ACCOUNT
from bot.owner.twins import AskedTwin, NoTwin, Twin
from bot.shadow.replaying import replayed
from bot.shadow.twin import twin_of
from strategy.account.risk import last_price
from strategy.model.grid import Phase
from tests.promises.promise import promise
from tests.simulation.world import World
from tests.venue import KEY


@promise("what was recorded leads to the same")
def recorded_leads_here(world: World) -> Iterator[str]:
    """From the first state that is recorded, through every death, to what is on the disk now."""
    if world.process is None or world.process.is_dead:
        return
    store = world.process.app.store
    found = replayed(store, ACCOUNT, 0, None, "", lambda _done, _whole: None)
    if found is None:
        if world.habits.settings.record_days:
            yield "nothing was recorded"
        return
    world.happened["events replayed"] += found.events
    if found.difference is not None:
        yield f"{found.difference}"


@promise("a twin on paper adds up and leaves no trace")
def twins_add_up(world: World) -> Iterator[str]:
    """Of every grid, from its start."""
    if world.process is None or world.process.is_dead:
        return
    app = world.process.app
    account, resting = app.runner.account, dict(world.venue.accounts[KEY].open)
    for grid in account.grids.values():
        price = last_price(account, grid)
        asked = AskedTwin(grid_id=grid.id, until=app.clock(), price=price, trades=())
        found = _at_once(twin_of(app.store, ACCOUNT, asked, lambda _done, _whole: None))
        if found is NoTwin.REFUSED:
            yield f"grid {grid.id} could not be opened on paper"
        if isinstance(found, Twin):
            world.happened["twins walked"] += 1
            if found.phase is Phase.PARKED and grid.phase is not Phase.PARKED:
                yield f"the twin of grid {grid.id} is parked"
            if found.total != found.grid_profit + found.stop_sales + found.floating:
                yield f"the twin of grid {grid.id} does not add up: {found}"
    if app.runner.account is not account or dict(world.venue.accounts[KEY].open) != resting:
        yield "something has changed"


def _at_once(walk: Coroutine[Any, Any, Twin | NoTwin]) -> Twin | NoTwin:
    """Its venue is in memory: nothing in it waits."""
    try:
        walk.send(None)
    except StopIteration as done:
        found: Twin | NoTwin = done.value
        return found
    raise AssertionError("it waits for something")
