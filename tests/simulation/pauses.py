"""What the owner has paused, remembered beside the program: it stays so until he asks for more."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from strategy.grid.sequences import is_paused
from strategy.model.grid import Grid, Phase
from strategy.model.orders import GridId
from tests.promises.promise import promise


@dataclass(slots=True)
class Pauses:
    """What was seen of them. Where the owner's word may still be on its way nothing is judged."""

    whole: set[GridId] = field(default_factory=set)
    buying: set[GridId] = field(default_factory=set)
    """Of these only the buying."""
    _asked: set[GridId] = field(default_factory=set)

    def lifted(self, grid_id: GridId) -> None:
        """The owner has asked for a grid to trade on: whether he is obeyed before or after another word is open."""
        self.whole.discard(grid_id)
        self.buying.discard(grid_id)
        self._asked.add(grid_id)

    def look(self, grid: Grid) -> None:
        """A grid as it is now."""
        if grid.phase.trades and grid.adapted.buying:
            self._asked.discard(grid.id)
        if grid.id in self._asked:
            return
        if is_paused(grid):
            self.whole.add(grid.id)
        if not grid.adapted.buying:
            self.buying.add(grid.id)


@promise("a pause lasts until its owner ends it")
def nothing_ends_a_pause_by_itself(pauses: Pauses, grid: Grid) -> Iterator[str]:
    """Whatever stopped the grid meanwhile, and whether or not that was lifted or called off."""
    trades = grid.phase is Phase.WAITING or grid.phase.trades
    if grid.id in pauses.whole and trades:
        yield f"grid {grid.id}: {grid.phase}, and it was paused"
    if grid.id in pauses.buying and trades and grid.adapted.buying:
        yield f"grid {grid.id}: {grid.phase}, and its buying was paused"
