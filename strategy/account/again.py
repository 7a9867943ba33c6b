"""Opening again after a limit of its own has stopped a grid: once its time has come, by what opens every grid.

Where its coins were sold it waits as a new grid does, with no more money than it has left: its gates, its range, its
first coins and everybody's share are those of an opening. Where they were kept it trades on with them and with the
ladder that it has, as its owner could let it. The grid, its books and its curve go on.
"""

from decimal import Decimal

from strategy.account.commands import awaken, opening_of
from strategy.account.risk import free
from strategy.adapt.gate import not_open
from strategy.draft import Draft
from strategy.grid.bounds import may_open
from strategy.grid.limits import triggered
from strategy.grid.looks import seen_twice, unseen
from strategy.grid.opening import Preview, levels_of, problem
from strategy.grid.sizing import lessened, money_to_wait, paid
from strategy.messages.exits import OpensAgain
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.adapted import Adapted
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level
from strategy.model.market import Touch
from strategy.model.money import ZERO
from strategy.model.orders import LevelId
from strategy.model.spec import GridSpec
from strategy.model.values import replace

FITTING_TRIES = 5
"""How often an amount is made smaller: what rounding costs goes down with it, but not quite as fast."""
PASSES = frozenset({ProblemCode.BAD_LIMIT, ProblemCode.MARKET_CLOSED, ProblemCode.NO_PRICE})
"""What it is silently waited for: its owner sees the price and the market himself."""
TRY_EVERY = 60_000
"""Milliseconds after which it is tried again where it could not be done."""


def open_again(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Let a grid whose time has come wait like a new one, or trade on with its coins."""
    account, due = draft.account, grid.again_at
    if due is None or draft.at < max(due, grid.retry_at):
        return grid
    if account.stopped_by or account.interruption or not account.ready or not grid.market.takes_orders:
        return grid
    if not may_open(account, draft.at):
        return grid
    return _trade_on(draft, grid, touch) if grid.coins else _wait(draft, grid, touch)


def _wait(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    before = draft.mark()
    found = _found(draft, grid, touch)
    if isinstance(found, Problem):
        draft.undo(before)  # what others would have given up for it
        return _held(draft, draft.grid(grid.id), found)
    last = max(grid.adapted.last_level, *grid.levels)
    levels = {LevelId(last + one.rank): replace(one, id=LevelId(last + one.rank)) for one in found.levels}
    grid, before_it = draft.grid(grid.id), grid.money
    grid = draft.change(
        grid,
        spec=replace(found.spec, wait_for_range=grid.spec.wait_for_range, version=grid.spec.version + 1),
        levels=levels,
        adapted=_anew(grid, last + len(levels)),
        money=_needed(draft, found.levels, grid),
        phase=Phase.WAITING,
        start_price=touch.middle,
        stop=None,
        before=None,
        outside=None,
        refused="",
        retry_at=0,
    )
    return _told(draft, grid, before_it)


def _anew(grid: Grid, last_level: int) -> Adapted:
    """It begins anew, but for what it was counted from: what its sale has lost of its profit is no profit any more."""
    books, before = grid.books, grid.adapted
    there = max(ZERO, books.uneaten(before.stop_sales) - before.uncounted)
    return Adapted(
        last_level=last_level,
        since=books.realised,
        stop_sales=books.stop_sales,
        uncounted=max(ZERO, books.grid_profit - there),
    )


def _found(draft: Draft, grid: Grid, touch: Touch) -> Preview | Problem:
    """What would be opened now, with no more than what it was given and has made of it since."""
    left = max(ZERO, grid.money + grid.books.realised - grid.adapted.since)
    wished = _within(draft, grid, touch, left)
    found = wished if isinstance(wished, Problem) else opening_of(draft, wished)
    if isinstance(found, Problem):
        return found
    needed, has = _needed(draft, found.levels, grid), min(left, free(draft.account, grid.market.quote))
    if needed <= has:
        return found
    return problem(ProblemCode.NO_MONEY, needed=needed, free=max(ZERO, has), quote=grid.market.quote)


def _within(draft: Draft, grid: Grid, touch: Touch, left: Decimal) -> GridSpec | Problem:
    """Its wish, as it would be wished anew for so much money."""
    spec = replace(grid.spec, trigger=None, wait_for_range=True)
    if spec.below is not None:
        spec = replace(spec, lower=None, upper=None)
    for _ in range(FITTING_TRIES):
        levels = levels_of(spec, grid.market, touch)
        if isinstance(levels, Problem):
            return levels
        needed = _needed(draft, levels, grid)
        if needed > left:
            spec = lessened(spec, grid.market, levels, needed, left)
    return spec


def _needed(draft: Draft, levels: tuple[Level, ...], grid: Grid) -> Decimal:
    return money_to_wait(levels, grid.market, paid(grid.spec, draft.account.fees))


def _trade_on(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Where a limit is still reached, a gate closed or the price out of its range, it stays stopped."""
    if not_open(draft.account, grid, touch, draft.at) or triggered(grid, touch.bid):
        return unseen(draft, grid)
    if not seen_twice(draft, grid, touch):
        return draft.grid(grid.id)
    awake = awaken(draft, grid, asked=False)
    return _held(draft, grid, awake) if isinstance(awake, Problem) else _told(draft, awake, grid.money)


def _held(draft: Draft, grid: Grid, why: Problem) -> Grid:
    """It is tried again in a while. What does not pass with the price is told, once."""
    facts, adapted = dict(why.facts), grid.adapted
    if adapted.again_held == why.code:
        return draft.change(grid, retry_at=draft.at + TRY_EVERY, warned=0)
    if why.code is ProblemCode.NO_MONEY:
        _tell(draft, grid, grid.money, needed=Decimal(facts["needed"]), free=Decimal(facts["free"]))
    elif why.code not in PASSES:
        _tell(draft, grid, grid.money, fits=False, earns=why.code is not ProblemCode.LOSES)
    adapted = replace(adapted, again_held=why.code.value)
    return draft.change(grid, adapted=adapted, retry_at=draft.at + TRY_EVERY, warned=0)


def _told(draft: Draft, grid: Grid, before: Decimal) -> Grid:
    _tell(draft, grid, before)
    return grid


def _tell(
    draft: Draft,
    grid: Grid,
    before: Decimal,
    *,
    needed: Decimal | None = None,
    free: Decimal | None = None,
    fits: bool = True,
    earns: bool = True,
) -> None:
    draft.notices.append(
        OpensAgain(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            base=grid.market.base,
            quote=grid.market.quote,
            coins=grid.coins,
            money=grid.money,
            before=before,
            needed=needed,
            free=free,
            fits=fits,
            earns=earns,
        )
    )
