"""What comes to its end without a fill of its own: booked and told like what a fill ends. Moves no coins itself."""

from strategy.draft import Draft, standing
from strategy.grid.bounds import trip_closed
from strategy.grid.rising import raise_stop
from strategy.grid.turning import turned
from strategy.messages.notices import TripClosed
from strategy.model.grid import Grid
from strategy.model.inventory import closes, opens
from strategy.model.ledger import Closing, fold
from strategy.model.levels import Level


def turn(draft: Draft, grid: Grid, level: Level) -> Grid:
    """Turn a level whose side is complete. A sale that ends so (its order was cancelled) closes its round trip."""
    grid = turned(draft, grid, level)
    is_closed = closes(level.side) and level.done > 0 and opens(grid.levels[level.id].side)
    return close_trip(draft, grid, level) if is_closed else grid


def close(draft: Draft, grid: Grid, closing: Closing) -> Grid:
    """Into the ledger and into the grid's books."""
    draft.book(closing)
    return draft.change(grid, books=fold(grid.books, closing))


def close_trip(draft: Draft, grid: Grid, level: Level) -> Grid:
    """What the level has sold so far is a round trip."""
    key = f"trip:{grid.id}:{level.id}:{draft.at}"
    trip_closed(draft)
    grid = close(draft, grid, Closing(at=draft.at, key=key, grid_id=grid.id, level=level.id))
    draft.notices.append(
        TripClosed(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            level=level.id,
            profit=level.earned,
            fees=level.fees,
            standing=standing(draft.account, grid),
        )
    )
    return raise_stop(draft, grid, level)
