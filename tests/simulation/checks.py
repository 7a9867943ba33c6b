"""The promises, as questions to a world: `broken_now` at every step, `unfinished` once everything works again."""

from collections.abc import Iterator
from decimal import Decimal

from bot.owner.noise import KEY as NOISE
from bot.owner.noise import noise_of
from strategy.adapt.gate import is_gated, moves
from strategy.grid.sizing import money_to_wait
from strategy.model.account import MINUTES_A_DAY, Account
from strategy.model.adapted import Fall
from strategy.model.chasing import chases
from strategy.model.durations import HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.market import Fees, Market, Side
from strategy.model.money import ONE, ZERO
from strategy.model.orders import Order
from strategy.model.spec import FAST_FALL
from strategy.model.stops import StopReason
from strategy.model.values import replace
from tests.builders import INFINITY
from tests.promises import whole
from tests.promises.grids import an_interval_stays_between_its_bounds, broken_by_itself
from tests.promises.orders import no_own_crossing, one_order_a_level, settled_means_whole
from tests.promises.promise import Violation, promise
from tests.promises.quiet import a_quiet_tick_does_nothing
from tests.promises.shifts import a_shift_is_cheap
from tests.promises.whole import Outside
from tests.simulation.excuses import excuses
from tests.simulation.habits import date_at, reported_by
from tests.simulation.pauses import Pauses, nothing_ends_a_pause_by_itself
from tests.simulation.world import World

LATE_SECONDS, LATE_TICKS = 20, 3
"""Without a tick for longer than both, something holds them up."""
A_WHILE = 180_000
"""Milliseconds in which a report is written once its time has come."""
UNSURE = 120_000
"""Milliseconds by which the process's clock may be off until it is measured again."""
DEAR = Fees(maker=ZERO, taker=Decimal("0.01"))
"""More than any venue here asks for."""


def broken_now(world: World) -> Iterator[Violation]:
    """Promises that never have an exception, whatever is on its way. What is as it was is not looked at again."""
    world.remember_bids()
    seen, rest = world.seen, (len(world.record.lost), *world.held.open)
    if seen.disks != world.record.disks:  # what another database says of a grid does not follow from what this one did
        seen.disks, seen.grids, seen.pauses, seen.paused_until = world.record.disks, {}, Pauses(), 0
    if seen.resting != rest:
        seen.resting = rest
        resting = list(world.record.resting())
        yield from one_order_a_level(sent for _, sent in resting)
        yield from no_own_crossing(order for order, _ in resting)
    account = None if world.record.mixed_up else world.account  # what another's books say is nobody's promise
    grids = account.grids.values() if account is not None else ()
    changed = [grid for grid in grids if seen.grids.get(grid.id) is not grid]
    if changed:
        live = [order for grid in grids for order in grid.live]
        yield from one_order_a_level(live)
        # What died between commit and sending meets nothing, and nobody has seen by which prices it was planned.
        sent = [order for order in live if not (order.is_in_limbo and order.client_id not in world.record.sent)]
        yield from no_own_crossing(sent, doubts=world.record.doubts)
    for grid in grids:
        if account is not None and grid.derived.quiet is not seen.quiet.get(grid.id):
            seen.quiet[grid.id] = grid.derived.quiet
            world.happened["quiet"] += grid.derived.quiet is not None
            yield from a_quiet_tick_does_nothing(account, grid, world.clock())
    for grid in changed:
        yield from _changed(world, grid)
    if account is not None:
        seen.paused_until = account.limits.paused_until


def _changed(world: World, grid: Grid) -> Iterator[Violation]:
    seen = world.seen
    before = seen.grids.get(grid.id)
    if before is not None and before.created_at != grid.created_at:
        before = None  # another grid: an older database did not know the one before
    yield from nothing_ends_a_pause_by_itself(seen.pauses, grid)
    seen.pauses.look(grid)
    world.happened["buying paused"] += _is_new(before.adapted.fall if before else None, grid.adapted.fall)
    world.happened["buying again"] += _is_new(grid.adapted.fall, before.adapted.fall if before else None)
    if before is not None and before.phase is Phase.WAITING and grid.phase.trades:
        world.happened["gate opened"] += is_gated(grid.spec)
        yield from opened_by_true_prices(world, before)
        yield from opened_with_what_it_needs(before, grid)
    yield from a_rising_stop_never_falls(before, grid)
    yield from no_shift_down_in_a_fall(world, before, grid)
    yield from a_shift_is_cheap(before, grid)
    yield from nothing_comes_back_too_soon(world, before, grid)
    yield from nothing_opens_in_a_pause(world, before, grid)
    yield from nothing_opens_at_another_hour(world, before, grid)
    yield from nothing_is_bought_after_the_last_day(world, grid)
    laid = "the volume goal" if chases(grid.spec) else "a measure"
    world.happened[f"levels laid by {laid}"] += _is_laid(before, grid)
    yield from an_interval_stays_between_its_bounds(before, grid, world.account, _coarsest(world, grid))
    seen.grids[grid.id] = grid
    yield from broken_by_itself(grid, world.venue.touch(grid.spec.symbol).bid, world.dearer)
    yield from stopped_by_true_prices(world, before, grid)
    yield from settled_means_whole(_newly_settled(world, grid), world.held.orders)


def _coarsest(world: World, grid: Grid) -> Market:
    """As the rules may have been when the process read them last: the tick is ten times as wide now and then."""
    ruled, widest = world.happened["rule changed: tick_size"], 10 * world.opening[grid.spec.symbol].tick_size
    return replace(grid.market, tick_size=max(grid.market.tick_size, widest)) if ruled else grid.market


def _is_new(before: Fall | None, now: Fall | None) -> bool:
    return before is None and now is not None


def _is_laid(before: Grid | None, now: Grid) -> bool:
    if before is None or before.phase is Phase.WAITING:
        return False
    return before.adapted.widened_at != now.adapted.widened_at


@promise("a grid opens where its trigger was reached")
def opened_by_true_prices(world: World, before: Grid) -> Iterator[str]:
    """The market has truly been there, seen from where it was when the grid was asked for."""
    trigger, symbol = before.spec.trigger, before.spec.symbol
    if trigger is None:
        return
    low, high = world.went.get(symbol, (world.start_prices[symbol],) * 2)
    apart = max(world.apart(symbol), world.opening[symbol].tick_size)
    if (trigger > before.start_price and high + apart < trigger) or (
        trigger < before.start_price and low - apart > trigger
    ):
        yield f"grid {before.id}: {trigger}, from {before.start_price}, and it was between {low} and {high}"


@promise("a grid that is measured where it opens has the money for that")
def opened_with_what_it_needs(before: Grid, grid: Grid) -> Iterator[str]:
    """By it is counted what the grid may lose and hold. Fees, rounding and a taker's margin are a small part of it.

    By other rules of the market its levels may have become smaller in the same breath.
    """
    if not moves(before.spec) or grid.spec.version != before.spec.version or grid.books.fills != before.books.fills:
        return
    if grid.market != before.market:
        return
    needs = sum((level.quantity * level.buy_price for level in grid.levels.values()), ZERO)
    if not needs <= grid.money <= money_to_wait(tuple(grid.levels.values()), grid.market, DEAR):
        yield f"grid {grid.id}: {grid.money}, and its levels need {needs}"


@promise("no ladder shifts down while the price falls fast")
def no_shift_down_in_a_fall(world: World, before: Grid | None, grid: Grid) -> Iterator[str]:
    """By the hours that were over when it was told: what came since, nobody could know."""
    shifting, known = grid.adapted.shifting, before.adapted.shifting if before is not None else None
    for reason in frozenset(grid.adapted.held) - frozenset(before.adapted.held if before is not None else ()):
        world.happened[f"not shifted: {reason}"] += 1
    if shifting is None or (known is not None and known.at == shifting.at):
        return
    world.happened["shifted up" if shifting.up else "shifted down"] += 1
    past = world.account.past.get(grid.spec.symbol) if world.account is not None else None
    if shifting.up or past is None:
        return
    since, fall = shifting.at - grid.spec.fall_hours * HOUR, grid.spec.fall or FAST_FALL
    highest = max((hour.high for hour in past.hours if since <= hour.at <= shifting.at - HOUR), default=ZERO)
    if shifting.price <= highest * (ONE - fall):
        yield f"grid {grid.id}: {shifting.price} after {highest}"


@promise("a rising stop never falls")
def a_rising_stop_never_falls(before: Grid | None, grid: Grid) -> Iterator[str]:
    """Unless its owner has moved it, or an older database knows less of it."""
    if before is None or before.spec.version != grid.spec.version or before.books.fills > grid.books.fills:
        return
    apart = grid.market.tick_size  # such a database may know a coarser one
    if before.created_at == grid.created_at and (grid.stop_price or ZERO) + apart < (before.stop_price or ZERO):
        yield f"grid {grid.id}: from {before.stop_price} to {grid.stop_price}"


@promise("nothing opens again before its time")
def nothing_comes_back_too_soon(world: World, before: Grid | None, grid: Grid) -> Iterator[str]:
    """Nor after its owner has decided otherwise, nor with more money than it had left, but for what a range that goes
    with the price needs more where it begins. Where coins were kept, the owner may have let it trade on.
    """
    came_back = grid.phase is Phase.WAITING or grid.phase.trades
    was_over = before is not None and before.phase is Phase.STOPPED and not before.resumable
    if before is None or not (was_over and came_back) or grid.spec.version <= before.spec.version:
        return
    world.happened["opened again"] += 1
    since, hours = before.adapted.again_from, before.spec.again
    if since is None or hours is None or world.clock() + UNSURE < since + hours * HOUR:
        yield f"grid {grid.id}: stopped since {since}, {hours} h, at {world.clock()}"
    left = before.money + before.books.realised - before.adapted.since
    is_laid = grid.phase is Phase.WAITING or not (moves(grid.spec) or grid.spec.below is not None)
    if is_laid and grid.spec.version == before.spec.version + 1 and grid.money > left:
        yield f"grid {grid.id}: with {grid.money}, and it had {left} left"


@promise("nothing opens while it is paused after several stops")
def nothing_opens_in_a_pause(world: World, before: Grid | None, grid: Grid) -> Iterator[str]:
    """Where the pause was there at the look before and is there now."""
    until, account = world.seen.paused_until, world.account
    if account is None or account.limits.paused_until != until or world.clock() + UNSURE >= until:
        return
    world.happened["paused after stops"] += 1
    opened = before is None or before.phase is Phase.WAITING or (before.phase is Phase.STOPPED and not before.resumable)
    if opened and grid.phase.trades:
        yield f"grid {grid.id}: {grid.phase} at {world.clock()}, and nothing opens before {until}"


@promise("a grid opens within its hours")
def nothing_opens_at_another_hour(world: World, before: Grid | None, grid: Grid) -> Iterator[str]:
    """By what the owner's clocks show, give or take what the process's own clock may be off."""
    account, hours = world.account, before.spec.open_hours if before is not None else None
    if before is None or hours is None or account is None or account.day is None:
        return
    if before.phase is not Phase.WAITING or not grid.phase.trades or before.spec.version > grid.spec.version:
        return
    world.happened["opened within its hours"] += 1
    around = [account.day.minute(world.clock() + by) for by in (-UNSURE, 0, UNSURE)]
    length = (hours[1] - hours[0]) % MINUTES_A_DAY
    if all(one is not None and (one - hours[0]) % MINUTES_A_DAY >= length for one in around):
        yield f"grid {grid.id}: {hours}, and it is minute {around}"


@promise("nothing is bought after the last day")
def nothing_is_bought_after_the_last_day(world: World, grid: Grid) -> Iterator[str]:
    """From its last midnight on, whether or not the account was told that it is another day."""
    ends, now, zone = grid.spec.ends, world.clock(), world.habits.settings.zone
    if ends is None or date_at(zone, now) < ends:
        world.seen.ended.discard(grid.id)
        return
    world.happened["a last day"] += grid.id not in world.seen.ended
    world.seen.ended.add(grid.id)
    for order in grid.orders.values():
        day = min(
            date_at(one, order.intended_at) for one in world.habits.zones
        )  # he may have travelled since it was bought
        if order.side is Side.BUY and ends <= day <= date_at(zone, now):
            yield f"grid {grid.id}: {ends}, and it is {day}: {order}"


@promise("one bad print stops nothing")
def stopped_by_true_prices(world: World, before: Grid | None, grid: Grid) -> Iterator[str]:
    """A stop that a price has begun: the market has truly been there. Its owner may set other limits afterwards."""
    begins = before is not None and before.stop != grid.stop
    reason = grid.stop.reason if grid.stop and begins else None
    spec, tick = grid.spec, world.opening[grid.spec.symbol].tick_size
    start, apart = world.start_prices[spec.symbol], max(world.apart(spec.symbol), tick)
    low, high = world.went.get(spec.symbol, (start, start))
    if reason is StopReason.STOP_LOSS and (grid.stop_price or INFINITY) < min(low, start) - apart:
        yield f"grid {grid.id}: {grid.stop_price}, and it went down to {low}"
    if reason is StopReason.TAKE_PROFIT and (spec.take_profit or ZERO) > max(high, start) + apart:
        yield f"grid {grid.id}: {spec.take_profit}, and it went up to {high}"
    if grid.adapted.peak is not None:
        world.happened["a price is followed"] += 1
        if grid.adapted.peak > max(high, start) + apart:
            yield f"grid {grid.id}: a peak of {grid.adapted.peak}, and it went up to {high}"


def _newly_settled(world: World, grid: Grid) -> list[Order]:
    seen = world.seen.settled
    settled = [order for order in grid.orders.values() if order.is_settled and order.client_id not in seen]
    seen.update(order.client_id for order in settled if order.order_id is not None)
    return settled


def unfinished(world: World) -> Iterator[Violation]:
    """What keeps a world from being whole again, once nothing goes wrong any more."""
    account = world.account
    yield from comes_up(account)
    if account is None or not account.ready:
        return
    yield from ticks_come(world)
    yield from each_day_is_reported(world)
    outside = Outside.at(world.venue, [sent.client_id for _, sent in world.record.resting()])
    yield from whole.unfinished(account, outside, excuses(world))


@promise("comes up")
def comes_up(account: Account | None) -> Iterator[str]:
    """A process runs, and may trade."""
    if account is None or not account.ready:
        yield "the process does not run"
    elif account.interruption is not None:
        yield f"interrupted: {account.interruption}"


@promise("ticks come")
def ticks_come(world: World) -> Iterator[str]:
    """Prices are judged, whatever was done to this machine's clock."""
    assert world.process is not None
    seen, count = world.seen, (world.process, world.process.app.reader.ticks)
    if seen.ticks != count:
        seen.ticks, seen.ticked_at = count, world.elapsed()
    elif world.elapsed() - seen.ticked_at > max(LATE_SECONDS, LATE_TICKS * world.habits.settings.tick_seconds):
        yield f"none for {world.elapsed() - seen.ticked_at:.0f} s"


@promise("each day is reported")
def each_day_is_reported(world: World) -> Iterator[str]:
    """Wherever its owner has been: what has ended by his clocks is told of, from where the last report ended."""
    assert world.process is not None
    account, reader = world.process.app.runner.account, world.process.app.reader
    until = reported_by(world.habits.settings, world.clock() - A_WHILE)
    if until <= reader.opened_at or noise_of(world.process.app.trader.notebook.setting(NOISE)).daily_off:
        return
    world.happened["a day reported"] += 1
    if account.day is None or account.day.reported < until:
        yield f"told until {account.day and account.day.reported}, and {until} is over"
