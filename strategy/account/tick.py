"""A tick: the prices now. Risk is judged first, for the account and for each grid; only then anything is planned."""

from strategy.account.again import open_again
from strategy.account.commands import begin_waiting
from strategy.account.compounding import grow
from strategy.account.ending import end_grids
from strategy.account.limits import watch_limits
from strategy.account.losses import judge_losses
from strategy.account.markets import blind, sighted
from strategy.account.quiet import quiet_of
from strategy.account.ranges import watch_range
from strategy.account.shifts import watch_shift
from strategy.account.widths import watch_width
from strategy.adapt.falling import watch_fall
from strategy.adapt.following import follow
from strategy.adapt.highest import watch_highest
from strategy.adapt.trailing import watch_trail
from strategy.draft import Draft, standing
from strategy.grid.bounds import record
from strategy.grid.keeping import within
from strategy.grid.limits import Trigger, reached
from strategy.grid.looks import may_be_ours, seen_twice, unseen
from strategy.grid.order_events import forget_ended, plan
from strategy.grid.sequences import begin_stop, may_come_back
from strategy.grid.trails import trailed
from strategy.messages.events import Tick
from strategy.messages.notices import LimitReached
from strategy.model.grid import Grid, Phase
from strategy.model.limits import Bound, Hit
from strategy.model.market import Touch
from strategy.model.stops import StopReason, Trailed
from strategy.model.values import replace
from strategy.model.valuing import in_use


def tick(draft: Draft, event: Tick) -> None:
    """Take the prices, judge, plan."""
    known = {**draft.account.touches, **event.touches}
    over = {symbol: touch.bid for symbol, touch in known.items() if symbol in event.blind}
    if over:  # what the grids there are worth goes by the last price seen, not by an older one, nor that of the start
        draft.set(marks={**draft.account.marks, **over})
    draft.set(touches={symbol: touch for symbol, touch in known.items() if symbol not in event.blind})
    if event.blind or draft.account.blind or draft.account.blind_told:
        sighted(draft, event.touches)
        # A market that only prices a quote watches no limit; one that was told as blind is told when it sees again.
        blind(draft, event.blind & (in_use(draft.account) | draft.account.blind_told))
    if draft.account.past:
        follow(draft, event.touches)
    judge_losses(draft)
    watch_limits(draft)
    end_grids(draft)
    for grid in draft.account.grids.values():
        if (not grid.is_over or grid.orders) and not _is_quiet(draft, grid):
            within(draft, grid.id, tick_grid)
            _listen(draft, grid)


def _is_quiet(draft: Draft, grid: Grid) -> bool:
    quiet = grid.derived.quiet
    return quiet is not None and quiet.holds(draft.touch(grid), draft.at)


def _listen(draft: Draft, before: Grid) -> None:
    """Where nothing came of two ticks in a row, nothing will come of those that are like them.

    After a single one the next fill may be near, and the band would have been derived for nothing.
    """
    if draft.grid(before.id) is before:
        kept = before.derived
        kept.quiet = quiet_of(before) if kept.is_still else None
        kept.is_still = True


def tick_grid(draft: Draft, grid: Grid) -> Grid:
    """What a tick makes of one grid."""
    grid, touch = forget_ended(draft, grid), draft.touch(grid)
    if touch is not None and grid.phase is Phase.STOPPED:
        grid = open_again(draft, grid, touch)
    if touch is not None and grid.phase is Phase.WAITING:
        grid = begin_waiting(draft, grid, touch)
    if touch is not None and grid.phase in (Phase.SEEDING, Phase.RUNNING, Phase.PAUSED):
        grid = watch_range(draft, _judge(draft, grid, touch), touch)
        grid = watch_trail(draft, watch_highest(draft, grid, touch), touch)
        grid = watch_fall(draft, grid, touch) if grid.phase.trades else grid
        grid = watch_shift(draft, grid, touch)
        grid = watch_width(draft, grid, touch)
    if touch is not None and _lasts(grid):
        grid = _judge(draft, grid, touch)
    return plan(draft, grow(draft, grid))


def _lasts(grid: Grid) -> bool:
    """Whether coins are for sale for longer: a limit that sells them ends the waiting."""
    return grid.phase is Phase.STOPPING and grid.stop is not None and grid.stop.rests


def _judge(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    found = [one for one in reached(grid, touch.bid) if _counts(draft, grid, one, touch)]
    if not found:
        return unseen(draft, grid)
    trigger = next((one for one in found if grid.warned and one.reason is grid.warned_for), found[0])
    if not seen_twice(draft, grid, touch, trigger.reason):
        return draft.grid(grid.id)
    against = trailed(grid, touch, draft.account.fees) if trigger.reason is StopReason.TRAILING else None
    draft.notices.append(_limit_told(draft, grid, trigger, against))
    unit, bound = grid.market.quote, Bound(trigger.reason)
    hit = Hit(at=draft.at, bound=bound, value=trigger.value, threshold=trigger.threshold, unit=unit, grid_id=grid.id)
    record(draft, hit)
    waited = grid.phase is Phase.STOPPING
    grid = begin_stop(draft, grid, trigger.reason, sell=grid.spec.sells_at(trigger.reason))
    if against is not None and grid.stop is not None:
        grid = draft.change(grid, stop=replace(grid.stop, trailed=against))
    # A sale that its owner has asked for is not called off because the price comes back.
    return draft.change(grid, stop=replace(grid.stop, judged=True)) if waited and grid.stop else grid


def _counts(draft: Draft, grid: Grid, trigger: Trigger, touch: Touch) -> bool:
    """Whether a limit that is reached means something: coins that are for sale already are stopped by none that keeps
    them, and at a bid of our own nobody would take a profit.
    """
    if trigger.reason is StopReason.TAKE_PROFIT and may_be_ours(draft, touch):
        return False
    return not _lasts(grid) or grid.spec.sells_at(trigger.reason)


def _limit_told(draft: Draft, grid: Grid, trigger: Trigger, against: Trailed | None) -> LimitReached:
    sells = grid.spec.sells_at(trigger.reason)
    return LimitReached(
        at=draft.at,
        reason=trigger.reason,
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        unit=grid.market.quote,
        value=trigger.value,
        threshold=trigger.threshold,
        grids=1,
        orders=grid.known_live,
        coins=grid.coins,
        base=grid.market.base,
        least=grid.market.least_quantity,
        sell=sells,
        again=grid.spec.again if may_come_back(grid, sold=sells) else None,
        trailed=against,
        standings=((grid.market.quote, standing(draft.account, grid)),),
    )
