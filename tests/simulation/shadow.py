"""At a world's end: what was recorded, through the engine once more, leads to the same decisions and the same state."""

from collections.abc import Iterator

from bot.app import ACCOUNT
from bot.shadow.replaying import replayed
from tests.promises.promise import promise
from tests.simulation.world import World


@promise("what was recorded leads to the same")
def recorded_leads_here(world: World) -> Iterator[str]:
    """From the first state that is recorded, through every death, to what is on the disk now."""
    if world.process is None or world.process.is_dead:
        return
    store = world.process.app.store
    found = replayed(store, ACCOUNT, 0, None, "", lambda _done, _whole: None)
    if found is None:
        yield "nothing was recorded"
        return
    world.happened["events replayed"] += found.events
    if found.difference is not None:
        yield f"{found.difference}"
