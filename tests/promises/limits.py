"""Promises from one step to the next: what all grids may hold, place and lose together, and what moves in a grid."""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal

from strategy.account.limits import TOLD_FOR, bounds_of
from strategy.draft import Step
from strategy.grid.bounds import bounds_on, exposure
from strategy.grid.denials import LEAST
from strategy.grid.limits import made_of
from strategy.messages.events import Place
from strategy.messages.notices import LimitReached
from strategy.messages.risk import HeldBack
from strategy.model.account import Account
from strategy.model.durations import MINUTE
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import opens
from strategy.model.ledger import FillEntry
from strategy.model.limits import Bound, Bounds
from strategy.model.market import Asset, Touch
from strategy.model.money import ZERO
from strategy.model.orders import GridId, Order, Purpose
from tests.promises.grids import coins_stay_where_they_are
from tests.promises.promise import Violation, promise


class Bounded:
    """One process's steps, each held against the one before it. It counts for itself what it judges by."""

    def __init__(self) -> None:
        self._before: Account | None = None
        self._placed: deque[int] = deque()
        self._told: dict[tuple[Bound, Asset | None], int] = {}
        self._shown: dict[GridId, Decimal] = {}
        self._made: dict[GridId, Decimal] = {}

    def planned(self, step: Step) -> Iterator[Violation]:
        """A step was written down."""
        before, self._before = self._before, step.account
        placed = [action.order for action in step.actions if isinstance(action, Place)]
        if before is None or before.limits.orders is None:
            self._placed.clear()  # the count begins with the limit
        if before is None:
            self._told.clear()
        else:  # another figure of that limit is a new cause, one of another limit is none
            old, new = bounds_of(before), bounds_of(step.account)
            self._told = {one: at for one, at in self._told.items() if figure_of(old, *one) == figure_of(new, *one)}
        traded = {entry.level for entry in step.entries if isinstance(entry, FillEntry)}
        for grid in step.account.grids.values():
            was = before.grids.get(grid.id) if before is not None else None
            if was is not None and was is not grid and was.created_at == grid.created_at:
                yield from coins_stay_where_they_are(was, grid, traded)
                yield from a_highest_was_there(was, grid, step.account.touches.get(grid.spec.symbol), self._made)
        yield from first_coins_cost_what_was_shown(before, step, self._shown)
        yield from nothing_beyond_what_may_be_held(step.account, placed)
        yield from no_more_than_a_minute_allows(step.account, placed, self._placed)
        yield from what_was_refused_is_not_asked_for_at_once(step.account, placed)
        yield from a_loss_that_stops_all_buys_nothing(step.account, placed)
        yield from limits_stop_once(before, step)
        yield from a_loss_begins_anew_once_it_was_reached(before, step.account)
        yield from held_back_truly(step)
        yield from held_back_is_told_once_in_a_while(step, self._told)


def figure_of(bounds: Bounds, bound: Bound, coin: Asset | None) -> Decimal | int | None:
    """What one limit is set to."""
    if coin is not None:
        return bounds.exposure_of.get(coin)
    return {Bound.EXPOSURE: bounds.exposure, Bound.ORDERS: bounds.orders, Bound.TRIPS: bounds.trips}.get(bound)


@promise("no buy beyond what all grids may hold")
def nothing_beyond_what_may_be_held(account: Account, placed: list[Order]) -> Iterator[str]:
    """Whatever the coins cost and the buys may still cost: a buy that is added finds room."""
    for coin in {account.grids[order.grid_id].market.base for order in placed if opens(order.side)}:
        for whose, most in bounds_on(account.limits, coin):
            used = exposure(account, whose)
            if used is None or used > most:
                yield f"{whose or 'all'}: {used} of {most}"


@promise("first coins cost no more than was shown")
def first_coins_cost_what_was_shown(before: Account | None, step: Step, seen: dict[GridId, Decimal]) -> Iterator[str]:
    """Those of a grid that was begun in this process, whatever becomes of them. `seen`: what is left for them.
    Another ladder has others, also one that shifts, and so has a grid that opens again. A fee is taken out of the
    coins: where it comes in quote, nobody could know.
    """
    for grid in step.account.grids.values():
        seeding, was = grid.seeding, before.grids.get(grid.id) if before is not None else None
        if before is not None and was is None and seeding is not None and seeding.most is not None:
            seen[grid.id] = seeding.most
        elif (
            grid.adapted.ladder is not None
            or grid.phase in (Phase.WAITING, Phase.STOPPED)
            or (was is not None and was.levels.keys() != grid.levels.keys())
        ):
            seen.pop(grid.id, None)
    for entry in step.entries:
        if not isinstance(entry, FillEntry) or entry.purpose is not Purpose.SEED or entry.grid_id not in seen:
            continue
        assert entry.grid_id is not None
        seen[entry.grid_id] -= entry.fill.value
        if seen[entry.grid_id] < 0:
            yield f"grid {entry.grid_id}: by {-seen[entry.grid_id]}"


@promise("no more orders a minute than allowed")
def no_more_than_a_minute_allows(account: Account, placed: list[Order], seen: deque[int]) -> Iterator[str]:
    """Those of a stop always go, and count. `seen`: when the ones before were placed; these are put to them."""
    most = account.limits.orders
    for order in placed if most is not None else ():
        # A clock may be put back: the one before is not always the older one.
        recent = [at for at in (*seen, order.intended_at) if at > order.intended_at - MINUTE]
        seen.clear()
        seen.extend(recent)
        if most is not None and len(seen) > most and order.purpose is not Purpose.STOP:
            yield f"{len(seen)} within a minute, {most} are allowed"


@promise("what was refused is not asked for again at once")
def what_was_refused_is_not_asked_for_at_once(account: Account, placed: list[Order]) -> Iterator[str]:
    """Each try burns an id: the same order waits for as long as it was last said, another one for a while."""
    for order in placed if account.refusing is None else ():
        level = account.grids[order.grid_id].levels.get(order.level) if order.level is not None else None
        last = level.denied if level is not None else None
        touch = account.touches.get(order.symbol)
        if level is None or last is None or touch is None or order.intended_at >= last.until:
            continue
        same = order.price == last.price and abs(level.price - touch.middle) >= last.apart
        if same or order.intended_at < last.at + LEAST:
            yield f"{order}, {order.intended_at - last.at} ms after {last}"


@promise("a loss that stops all buys nothing")
def a_loss_that_stops_all_buys_nothing(account: Account, placed: list[Order]) -> Iterator[str]:
    """Until the owner resumes, in the very step in which it was reached too."""
    if account.halt is not None:
        yield from (f"{account.halt}: {order}" for order in placed if opens(order.side))


@promise("a loss begins anew only once it was reached")
def a_loss_begins_anew_once_it_was_reached(before: Account | None, account: Account) -> Iterator[str]:
    """Not by any other word of the owner's: what he has lost since midnight, or since the peak, is lost."""
    if before is None or before.halt is not None or bounds_of(before) != bounds_of(account):
        return
    was, now = before.day, account.day
    if was is not None and now is not None and was.since != now.since and was.start == now.start:
        yield f"the day's loss counts from {now.since}"
    if before.limits.peaks and not account.limits.peaks:
        yield "the drawdown's peaks are forgotten"


@promise("a limit stops once")
def limits_stop_once(before: Account | None, step: Step) -> Iterator[str]:
    """It is told when it stops something, not again while that lasts, and no buy is placed in the same step."""
    for told in step.notices:
        if not isinstance(told, LimitReached) or told.grid_id is None or before is None:
            continue
        was, now = before.grids.get(told.grid_id), step.account.grids[told.grid_id]
        if was is not None and was.phase is Phase.STOPPING and was.stop is not None and was.stop.reason is told.reason:
            yield f"grid {told.grid_id} stops already: {told}"
        if now.phase.trades:
            yield f"grid {told.grid_id} goes on: {told}"
        for action in step.actions:
            if isinstance(action, Place) and action.order.grid_id == told.grid_id and opens(action.order.side):
                yield f"{action.order} after {told}"


@promise("a grid's highest was there, and stays")
def a_highest_was_there(was: Grid, grid: Grid, touch: Touch | None, made: dict[GridId, Decimal]) -> Iterator[str]:
    """It goes up to what the total was at a bid of this process, and down only where the grid opens again or is told.
    `made`: the most of it so far.
    """
    if grid.spec.max_drawdown is None or was.spec.max_drawdown is None or was.adapted.since != grid.adapted.since:
        made.pop(grid.id, None)
        return
    if touch is not None:
        now = made_of(grid, touch.bid)
        made[grid.id] = max(made.get(grid.id, now), now)
    if not was.adapted.highest <= grid.adapted.highest:
        yield f"grid {grid.id}: from {was.adapted.highest} to {grid.adapted.highest}"
    if was.adapted.highest < grid.adapted.highest > made.get(grid.id, ZERO):
        yield f"grid {grid.id}: {grid.adapted.highest}, it has made {made.get(grid.id)}"


@promise("what is held back is told truly")
def held_back_truly(step: Step) -> Iterator[str]:
    """By the limit that is in force, and a count that has come to it."""
    for told in step.notices:
        if not isinstance(told, HeldBack):
            continue
        limits = step.account.limits
        match told.bound:
            case Bound.EXPOSURE:
                in_force = limits.exposure if told.coin is None else limits.exposure_of.get(told.coin)
                if told.threshold != in_force:
                    yield f"{told}, and it is {in_force}"
            case Bound.ORDERS | Bound.TRIPS:
                if told.value < told.threshold:
                    yield f"{told}"
            case _:
                yield f"{told}: nothing waits for that"


@promise("what is held back is told once in a while")
def held_back_is_told_once_in_a_while(step: Step, seen: dict[tuple[Bound, Asset | None], int]) -> Iterator[str]:
    """Not whenever room comes and goes. `seen`: when it was told before."""
    for told in step.notices:
        if isinstance(told, HeldBack):
            before = seen.get((told.bound, told.coin))
            if before is not None and told.at < before + TOLD_FOR:
                yield f"{told}, and before at {before}"
            seen[told.bound, told.coin] = told.at
