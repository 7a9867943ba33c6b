"""Work on one grid that must not take the others with it: a failed assertion parks it, and undoes what it had done."""

from collections.abc import Callable

from strategy.draft import Draft
from strategy.messages.notices import GridParked
from strategy.model.grid import Grid, Phase
from strategy.model.orders import GridId


def within(draft: Draft, grid_id: GridId, work: Callable[[Draft, Grid], Grid]) -> bool:
    """Work on one grid. A failed assertion undoes the work, parks the grid and tells the owner."""
    before = draft.mark()
    try:
        work(draft, draft.grid(grid_id))
    except AssertionError as failure:
        draft.undo(before)
        _park(draft, draft.grid(grid_id), str(failure))
        return False
    return True


def _park(draft: Draft, grid: Grid, text: str) -> None:
    if grid.phase is Phase.PARKED:
        return
    draft.change(grid, phase=Phase.PARKED)
    draft.notices.append(
        GridParked(at=draft.at, grid_id=grid.id, symbol=grid.spec.symbol, text=text or "an assertion failed")
    )
