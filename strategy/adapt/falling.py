"""Buying pauses for a while after a fast fall: begun and ended here, by the market's last hours and two looks."""

from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.buying import fallen_from
from strategy.grid.looks import LOOKS_APART
from strategy.messages.gates import FallOver, FallPaused
from strategy.model.adapted import Fall
from strategy.model.durations import HOUR
from strategy.model.grid import Grid
from strategy.model.inventory import opens
from strategy.model.market import Touch
from strategy.model.values import replace


def watch_fall(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Begin the pause, let it go on, or end it. While the past is not known it stays as it is."""
    fall = grid.adapted.fall
    if grid.spec.fall is None:
        return _over(draft, grid, fall, touch) if fall is not None else grid
    if fall is not None and draft.at < fall.until:
        return grid
    past = draft.account.past_of(grid.spec.symbol, draft.at)
    if past is None:
        return grid
    highest = fallen_from(grid, past, touch.bid, draft.at)
    if highest is None:
        grid = draft.change(grid, fell_at=0) if grid.fell_at else grid
        return _over(draft, grid, fall, touch) if fall is not None else grid
    if not grid.fell_at:
        return draft.change(grid, fell_at=touch.at)
    if touch.at < grid.fell_at + LOOKS_APART:
        return grid  # the same price, looked at twice
    return _begun(draft, grid, highest, touch)


def _begun(draft: Draft, grid: Grid, highest: Decimal, touch: Touch) -> Grid:
    until = draft.at + grid.spec.fall_pause * HOUR
    began = grid.adapted.fall.at if grid.adapted.fall is not None else draft.at
    fall = Fall(at=began, until=until, highest=highest, price=touch.bid)
    draft.notices.append(
        FallPaused(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            highest=highest,
            price=touch.bid,
            hours=grid.spec.fall_hours,
            until=until,
            orders=sum(opens(order.side) for order in grid.live),
            again=grid.adapted.fall is not None,
        )
    )
    return draft.change(grid, adapted=replace(grid.adapted, fall=fall), fell_at=0)


def _over(draft: Draft, grid: Grid, fall: Fall, touch: Touch) -> Grid:
    """First coins that were not bought meanwhile have their time as maker before them again."""
    draft.notices.append(
        FallOver(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            quote=grid.market.quote,
            price=touch.bid,
            lasted=draft.at - fall.at,
        )
    )
    seeding = replace(grid.seeding, started_at=draft.at) if grid.seeding is not None else None
    return draft.change(grid, adapted=replace(grid.adapted, fall=None), seeding=seeding)
