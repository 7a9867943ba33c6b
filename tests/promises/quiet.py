"""What a quiet band promises: a tick within it does nothing. Asked at its edges and at its last moment."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product

from strategy.account.tick import tick_grid
from strategy.draft import Draft
from strategy.model.account import Account
from strategy.model.derived import Quiet
from strategy.model.grid import Grid
from strategy.model.market import Touch
from tests.promises.promise import promise

INCH = Decimal("1e-9")
"""How near to an edge is tried."""
AGES = 10**12
"""Milliseconds after now, where nothing is due."""


@promise("a quiet tick does nothing")
def a_quiet_tick_does_nothing(account: Account, grid: Grid, at: int) -> Iterator[str]:
    """Whatever prices and times a band holds, planning, limits, range and waiting find nothing to do there."""
    quiet, touch = grid.derived.quiet, account.touches.get(grid.spec.symbol)
    if quiet is None or touch is None:
        return
    for moment, there in product(_times(quiet, at), _touches(quiet, touch)):
        if not quiet.holds(there, moment):
            continue
        draft = Draft(account=account, at=moment)
        draft.set(touches={**account.touches, there.symbol: there})
        tick_grid(draft, grid)
        if draft.grid(grid.id) is not grid or draft.actions or draft.notices or draft.entries:
            yield f"grid {grid.id} at {there} and {moment}: {quiet}"
            return


def _times(quiet: Quiet, at: int) -> Sequence[int]:
    return at, at + AGES if quiet.until is None else quiet.until - 1


def _touches(quiet: Quiet, touch: Touch) -> Iterator[Touch]:
    bids = [touch.bid, *_edges(quiet.bid_above, quiet.bid_below)]
    asks = [touch.ask, *_edges(quiet.ask_above, quiet.ask_below)]
    for bid, ask in product(bids, asks):
        if bid > 0 and ask > 0:
            yield Touch(symbol=touch.symbol, bid=bid, ask=ask, at=touch.at + AGES)


def _edges(above: Decimal | None, below: Decimal | None) -> Iterator[Decimal]:
    if above is not None:
        yield above + INCH
    if below is not None:
        yield below - INCH
