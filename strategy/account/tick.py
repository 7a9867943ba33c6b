"""A tick: the prices now. Risk is judged first, for the account and for each grid; only then anything is planned."""

from collections.abc import Mapping
from decimal import Decimal

from strategy.account.commands import begin_waiting
from strategy.account.compounding import grow
from strategy.account.markets import blind, sighted
from strategy.account.quiet import quiet_of
from strategy.account.ranges import watch_range
from strategy.account.risk import LOOKS_APART, LOOKS_WITHIN, daily_loss
from strategy.account.valuing import in_use, prices_in_usdc, pricing_symbols
from strategy.adapt.falling import watch_fall
from strategy.adapt.following import follow
from strategy.draft import Draft
from strategy.grid.keeping import within
from strategy.grid.limits import Trigger, triggered
from strategy.grid.order_events import forget_ended, plan
from strategy.grid.sequences import begin_stop
from strategy.messages.events import Tick
from strategy.messages.notices import LimitReached
from strategy.model.account import Account, Halt
from strategy.model.grid import Grid, Phase, StopReason
from strategy.model.market import USDC, Symbol, Touch
from strategy.model.money import ZERO


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
    _judge_day(draft)
    for grid in draft.account.grids.values():
        if (grid.phase is not Phase.STOPPED or grid.orders) and not _is_quiet(draft, grid):
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
    if touch is not None and grid.phase is Phase.WAITING:
        grid = begin_waiting(draft, grid, touch)
    if touch is not None and grid.phase in (Phase.SEEDING, Phase.RUNNING, Phase.PAUSED):
        grid = watch_range(draft, _judge(draft, grid, touch), touch)
        grid = watch_fall(draft, grid, touch) if grid.phase.trades else grid
    return plan(draft, grow(draft, grid))


def _judge(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    trigger = triggered(grid, touch.bid)
    if trigger is None:
        return draft.change(grid, warned=0) if grid.warned else grid
    if not grid.warned or touch.at > grid.warned_at + LOOKS_WITHIN:
        return draft.change(grid, warned=1, warned_at=touch.at)
    if touch.at < grid.warned_at + LOOKS_APART:
        return grid  # the same price, looked at twice
    draft.notices.append(_limit_told(draft, grid, trigger))
    return begin_stop(draft, grid, trigger.reason, sell=grid.spec.sell_on_limit)


def _limit_told(draft: Draft, grid: Grid, trigger: Trigger) -> LimitReached:
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
        sell=grid.spec.sell_on_limit,
    )


def _judge_day(draft: Draft) -> None:
    account = draft.account
    if account.daily_loss is None and not account.loss_ticks:
        return
    at_work = any(grid.phase.trades or grid.phase is Phase.PAUSED for grid in account.grids.values())
    reached = daily_loss(account) if account.halt is None and at_work else None
    if reached is None:
        if account.loss_ticks:
            draft.set(loss_ticks=0)
        return
    looks, before = {symbol: touch.at for symbol, touch in account.touches.items()}, account.loss_looks
    if not account.loss_ticks or looks.keys() != before.keys():
        draft.set(loss_ticks=1, loss_looks=looks)
    elif _are_new(account, looks):
        _halt(draft, reached)


def _are_new(account: Account, looks: Mapping[Symbol, int]) -> bool:
    """Whether every price that counts is another one than at the first look: any of them may have been a bad print.

    A market without a price is looked at no more, and counts as it was; where all are so, nothing new was seen.
    """
    counted = {grid.spec.symbol for grid in account.grids.values() if grid.coins} | pricing_symbols(account)
    apart = [at - account.loss_looks[symbol] for symbol, at in looks.items() if symbol in counted]
    return bool(apart) and min(apart) >= LOOKS_APART


def _halt(draft: Draft, change: Decimal) -> None:
    grids = [grid for grid in draft.account.grids.values() if grid.phase.trades or grid.phase is Phase.PAUSED]
    bases = {grid.market.base for grid in grids}
    draft.notices.append(
        LimitReached(
            at=draft.at,
            reason=StopReason.DAILY_LOSS,
            grid_id=None,
            symbol=None,
            unit=USDC,
            prices=tuple(prices_in_usdc(draft.account).items()),
            value=change,
            threshold=draft.account.daily_loss or ZERO,
            grids=len(grids),
            orders=sum(grid.known_live for grid in grids),
            coins=sum((grid.coins for grid in grids), ZERO) if len(bases) == 1 else ZERO,
            base=bases.pop() if len(bases) == 1 else None,
            sell=False,
        )
    )
    draft.set(halt=Halt.DAILY_LOSS, loss_ticks=0)
    for grid in grids:
        begin_stop(draft, grid, StopReason.DAILY_LOSS, sell=False)
