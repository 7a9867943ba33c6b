"""A grid's last day: it stops at the start of the local day that its owner has named, and he is told the day before.

A day is a date at the owner's: which one it is the account is told. Nothing here reads a clock.
"""

import re

from strategy.draft import Draft
from strategy.grid.keeping import within
from strategy.grid.opening import problem
from strategy.grid.sequences import begin_stop
from strategy.messages.exits import EndDate
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.account import Account, days_after
from strategy.model.grid import Grid, Phase
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason
from strategy.model.values import replace

_DAYS = re.compile(r"([0-9]+)d")


def dated(account: Account, spec: GridSpec, at: int) -> GridSpec:
    """The wish with the day on which it ends, where it was given as a number of days."""
    days = _DAYS.fullmatch(spec.ends or "")
    if days is None or account.day is None:
        return spec
    return replace(spec, ends=days_after(account.day.on(at), int(days[1])))


def past_end(account: Account, spec: GridSpec, at: int) -> Problem | None:
    """Its last day is over: nothing of it begins any more."""
    if account.day is None or not account.has_ended(spec, at):
        return None
    return problem(ProblemCode.END_PAST, "until", ends=spec.ends or "", today=account.day.on(at))


def end_grids(draft: Draft) -> None:
    """Stop the grids whose day has come; tell of those whose day is tomorrow."""
    for grid in draft.account.grids.values():
        if grid.spec.ends is None or not grid.will_trade:
            continue
        if draft.account.has_ended(grid.spec, draft.at):
            within(draft, grid.id, _end)
        elif _is_tomorrow(draft, grid.spec.ends) and grid.adapted.end_told != grid.spec.ends:
            within(draft, grid.id, _told_before)


def _end(draft: Draft, grid: Grid) -> Grid:
    if grid.phase is not Phase.STOPPED:  # else it only does not open again
        _tell(draft, grid, over=True)
    return begin_stop(draft, grid, StopReason.END_DATE, sell=grid.spec.sells_at(StopReason.END_DATE))


def _told_before(draft: Draft, grid: Grid) -> Grid:
    _tell(draft, grid, over=False)
    return draft.change(grid, adapted=replace(grid.adapted, end_told=grid.spec.ends or ""))


def _tell(draft: Draft, grid: Grid, *, over: bool) -> None:
    draft.notices.append(
        EndDate(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            base=grid.market.base,
            day=grid.spec.ends or "",
            over=over,
            sell=grid.spec.sells_at(StopReason.END_DATE),
            coins=grid.coins,
            orders=grid.known_live,
        )
    )


def _is_tomorrow(draft: Draft, ends: str) -> bool:
    day = draft.account.day
    return day is not None and days_after(day.on(draft.at), 1) == ends
