"""Whether a grid may buy: not for a while after a fast fall, nor before it is known that there was none."""

from decimal import Decimal

from strategy.draft import Draft
from strategy.model.grid import Grid
from strategy.model.money import ONE
from strategy.model.past import Past


def may_buy(draft: Draft, grid: Grid) -> bool:
    """Not even once before a fall that is seen has been looked at twice."""
    if not grid.buys:
        return False
    if grid.spec.fall is None:
        return True
    past, touch = draft.account.past_of(grid.spec.symbol, draft.at), draft.touch(grid)
    return past is not None and touch is not None and fallen_from(grid, past, touch.bid, draft.at) is None


def fallen_from(grid: Grid, past: Past, bid: Decimal, at: int) -> Decimal | None:
    """The highest price of the last hours, where the bid is as far below it as the grid's rule says; else None."""
    highest = past.highest(grid.spec.fall_hours, at)
    if grid.spec.fall is None or highest is None:
        return None
    return highest if bid <= highest * (ONE - grid.spec.fall) else None
