"""The two sequences of a grid's life: buying the seeds, and stopping. Each step follows from the state alone."""

from decimal import Decimal

from strategy.draft import Draft, standing
from strategy.grid.booking import seeds_missing, taken
from strategy.grid.bounds import note_held, stop_counted
from strategy.grid.closing import close
from strategy.grid.coins import there
from strategy.grid.limits import triggered
from strategy.grid.requests import Wanted, cancel, clear, intend
from strategy.grid.reshaping import seeds_leave
from strategy.grid.resting import most_at_once, rest, resting_sale, slice_of
from strategy.grid.room import Room, dearest, in_the_way, seeds_beyond_limit
from strategy.grid.sizing import least_to_take
from strategy.grid.trails import as_sold
from strategy.messages.notices import FillTold, GridEnded, LevelWaits, PhaseChanged, SeedsBought
from strategy.model.account import Halt
from strategy.model.adapted import Seeding
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import CLOSING, OPENING, closes
from strategy.model.ledger import Closing
from strategy.model.levels import Lot, Wait
from strategy.model.market import Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import Execution, Order, OrderStatus, Purpose
from strategy.model.stops import Stop, StopReason, Way
from strategy.model.values import replace

LOSSES = (StopReason.STOP_LOSS, StopReason.MAX_LOSS, StopReason.MAX_DRAWDOWN)
PRICE_LIMITS = (*LOSSES, StopReason.TAKE_PROFIT, StopReason.TRAILING)
CALLED_OFF_AFTER = 30_000
"""Milliseconds that a sale waits for a price which has come back from its limit, until it is called off."""


def seed(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """Buy the coins of the levels above the price: as maker at the touch, after a while as taker. Never borrowed."""
    if grid.seeding is None or seeds_leave(grid):
        return grid
    most = _most_to_take(draft, grid)
    waits = draft.at - grid.seeding.started_at < grid.spec.seed_patience and not grid.spec.taker
    patient = waits or most < touch.ask
    live = [order for order in grid.orders.values() if order.purpose is Purpose.SEED and not order.is_settled]
    lessened = _without_passed(draft, grid, grid.seeding, touch)
    if live:  # no level is given up before it is certain that none of these coins come
        return _chase(draft, grid, live[0], touch, missing=seeds_missing(lessened), patient=patient)
    grid = draft.put(lessened)
    missing, fee = seeds_missing(grid), draft.account.fees.maker if patient else draft.account.fees.taker
    if not grid.market.fitting(missing):
        return _seeds_bought(draft, grid)
    wanted = Wanted(
        purpose=Purpose.SEED,
        side=OPENING,
        price=grid.market.price_down(touch.bid) if patient else most,
        quantity=grid.market.fitting(grid.market.quantity_up(missing / (ONE - fee))),
        execution=Execution.POST_ONLY if patient else Execution.IMMEDIATE,
    )
    room = Room.of(draft, grid)
    # Another order of ours is in the way, or buys that are being withdrawn still hold the money.
    wait = room.refuses(wanted)
    if not room.may_buy or not grid.market.allows(wanted.price) or wait:
        note_held(draft, wait, room.left)
        return grid
    return intend(draft, grid, wanted)


def _without_passed(draft: Draft, grid: Grid, seeding: Seeding, touch: Touch) -> Grid:
    """The grid as it is once no more coins are to come for levels whose selling price the market has passed.

    Sold at once, they would lose the fees. Nor for those that the maximum position has no room for.
    """
    held = {level_id: grid.lots.get(level_id, Lot()).quantity for level_id in seeding.wanted}
    passed = {
        level_id
        for level_id, wanted in seeding.wanted.items()
        if grid.levels[level_id].sell_price <= touch.bid and held[level_id] < wanted
    } | seeds_beyond_limit(draft, grid)
    if not passed:
        return grid
    wanted = {level_id: held[level_id] if level_id in passed else one for level_id, one in seeding.wanted.items()}
    levels = {
        level.id: replace(level, side=OPENING) if level.id in passed and not held[level.id] else level
        for level in grid.levels.values()
    }
    wanted = {level_id: one for level_id, one in wanted.items() if one}
    return replace(grid, levels=levels, seeding=replace(seeding, wanted=wanted))


def _most_to_take(draft: Draft, grid: Grid) -> Decimal:
    """The highest price for seeds bought as taker: a little past the ask, and below every sell of our own."""
    most, ours = dearest(draft, grid), Room.of(draft, grid).lowest_sell
    return most if ours is None else min(most, grid.market.price_below(ours))


def _seeds_bought(draft: Draft, grid: Grid) -> Grid:
    """Told with what this purchase has brought, not with all that the grid holds. A shift tells it when it is done."""
    seeding = grid.seeding
    if seeding is None or not seeding.bought or grid.adapted.shifting is not None:
        return draft.change(grid, seeding=None, phase=Phase.RUNNING)
    bought = SeedsBought(
        at=draft.at,
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        base=grid.market.base,
        quote=grid.market.quote,
        coins=seeding.bought,
        cost=seeding.paid,
    )
    last = draft.notices[-1] if draft.notices else None
    if isinstance(last, FillTold) and last.grid_id == grid.id and last.purpose is Purpose.SEED:
        draft.notices[-1] = replace(last, seeds=bought)
    else:
        draft.notices.append(bought)
    return draft.change(grid, seeding=None, phase=Phase.RUNNING)


def _chase(draft: Draft, grid: Grid, order: Order, touch: Touch, *, missing: Decimal, patient: bool) -> Grid:
    fees = draft.account.fees
    wanted = grid.market.quantity_up(missing / (ONE - max(fees.maker, fees.taker)))
    behind = order.price < grid.market.price_down(touch.bid) or not patient or order.remaining > wanted
    if order.status is OrderStatus.OPEN and order.execution is Execution.POST_ONLY and behind:
        return cancel(draft, grid, order)
    return grid


def begin_stop(draft: Draft, grid: Grid, reason: StopReason, *, sell: bool, way: Way = Way.NOW) -> Grid:
    """Begin to stop a grid. Its orders are cancelled by the next planning, which is in the same step.

    A stop that is asked for again while it lasts goes on counting. Its sale waits for no refusal of before.
    """
    before = grid.stop if grid.phase is Phase.STOPPING else None
    orders, cancelled = (before.orders, before.cancelled) if before else (len(grid.live), 0)
    rested = before.before if before and before.rests and sell and before.way is way else None
    stop = Stop(
        reason=reason,
        sell=sell,
        at=draft.at,
        paused=is_paused(grid),
        orders=orders,
        cancelled=cancelled,
        way=way,
        before=rested,
    )
    adapted = replace(grid.adapted, again_from=None, again_held="") if grid.adapted.again_from else grid.adapted
    refused = grid.refused if before else ""  # what was told of an earlier sale is told of this one too
    began = {"phase": Phase.STOPPING, "stop": stop, "adapted": adapted, "refused": refused}
    return draft.change(grid, **began, seeding=None, warned=0, retry_at=0)


def is_paused(grid: Grid) -> bool:
    """Whether its owner has paused it, although a stop may have begun, or be over, since."""
    return grid.phase is Phase.PAUSED or (grid.stop is not None and grid.stop.paused)


def may_come_back(grid: Grid, *, sold: bool) -> bool:
    """Whether a grid that a limit stops may open again by itself: a pause of its owner's is not over with that.

    Where only buying is paused it sells on, with the coins that it keeps.
    """
    return not is_paused(grid) and (grid.adapted.buying or (bool(grid.coins) and not sold))


def unwind(draft: Draft, grid: Grid) -> Grid:
    """Go on with a stop: cancel, confirm, sell what is there of its coins, verify, report."""
    sale = resting_sale(grid)
    grid = clear(draft, grid, but=sale)
    if grid.stop is None or len(grid.derived.live) > len(sale) or grid.derived.unsettled:
        return grid
    sellable = grid.market.quantity_down(there(draft.account, grid))
    if sale or (grid.stop.sell and grid.market.fitting(sellable)):
        touch = _may_sell(draft, grid)
        if touch is None:
            return grid
        return rest(draft, grid, grid.stop, touch) if grid.stop.rests else _sell_slice(draft, grid, sellable, touch)
    return _ended(draft, grid, grid.stop)


def _may_sell(draft: Draft, grid: Grid) -> Touch | None:
    """The prices to sell at, or None while nothing may be sold."""
    account = draft.account
    # While strangers are about, another program may be selling the same coins, under the same ids; and while the books
    # may be another account's, the coins may be the owner's own.
    doubted = account.halt is Halt.STRANGERS or account.holds
    blocked = not account.ready or account.interruption or doubted or draft.at < grid.retry_at
    return None if blocked or not grid.market.takes_orders else draft.touch(grid)


def _sell_slice(draft: Draft, grid: Grid, sellable: Decimal, touch: Touch) -> Grid:
    if not _still_holds(grid, touch):
        return _called_off(draft, grid)
    grid = _judged(draft, grid)
    least = least_to_take(grid.market, touch.bid)
    if least > touch.bid or not grid.market.allows(least):
        return _nothing_may_be_asked(draft, grid)
    ours = Room.of(draft, grid).highest_buy
    price = least if ours is None else max(least, grid.market.price_above(ours))
    if price > touch.bid:
        return _clear_the_way(draft, grid, touch)
    wanted = Wanted(
        purpose=Purpose.STOP,
        side=CLOSING,
        price=price,
        quantity=slice_of(grid.market, sellable, most_at_once(grid) / touch.bid),
        execution=Execution.IMMEDIATE,
    )
    return intend(draft, grid, wanted)


def _clear_the_way(draft: Draft, grid: Grid, touch: Touch) -> Grid:
    """The best bid is another grid's. It is not sold to, and no stop waits for it: that buy is taken back first, and
    goes in again once the coins are sold.
    """
    first = in_the_way(grid.market, touch)
    others = [other for other in draft.account.grids.values() if other.spec.symbol == grid.spec.symbol]
    for other in others:
        clear(draft, other, but=[one for one in other.live if closes(one.side) or one.price < first])
    return grid


def _nothing_may_be_asked(draft: Draft, grid: Grid) -> Grid:
    """The best bid is below the market's lowest price, that of one tick if no other, or that is above its highest: told
    once, whatever was refused before. Nothing else happens until the price rises or the rule changes.
    """
    known = grid.refused.splitlines()
    if Wait.MARKET in known:
        return grid
    told = LevelWaits(at=draft.at, grid_id=grid.id, symbol=grid.spec.symbol, level=None, wait=Wait.MARKET, text="")
    draft.notices.append(told)
    return draft.change(grid, refused="\n".join([*known, Wait.MARKET]))


def _still_holds(grid: Grid, touch: Touch) -> bool:
    """Whether the limit for which the coins are to be sold is still reached, right before the first of them are."""
    stop = grid.stop
    if stop is None or stop.judged or stop.reason not in PRICE_LIMITS:
        return True
    return triggered(grid, touch.bid) is not None


def _judged(draft: Draft, grid: Grid) -> Grid:
    """From here on it is sold: half a sale is none."""
    if grid.stop is None or grid.stop.judged:
        return grid
    return draft.change(grid, stop=replace(grid.stop, judged=True))


def _called_off(draft: Draft, grid: Grid) -> Grid:
    """The price has come back before the sale: it is waited for a while, then the grid trades on where grids do.

    One that its owner had paused is paused again, which is told as his own pause is.
    """
    if grid.stop is None or draft.at - grid.stop.at < CALLED_OFF_AFTER:
        return grid
    halt = draft.account.halt
    if halt is not None and halt.is_loss:  # everything has been stopped in the meantime, until the owner resumes
        return begin_stop(draft, grid, StopReason(halt), sell=False)
    if grid.stop.paused:
        return draft.put(replace(forget_seeds(grid), phase=Phase.PAUSED, stop=None))
    grid = draft.put(replace(forget_seeds(grid), phase=Phase.RUNNING, stop=None))
    draft.notices.append(PhaseChanged(at=draft.at, grid_id=grid.id, symbol=grid.spec.symbol, phase=grid.phase))
    return grid


def _ended(draft: Draft, grid: Grid, stop: Stop) -> Grid:
    grid = draft.change(grid, phase=Phase.STOPPED, stop=replace(stop, over=draft.at))
    brought = as_sold(grid, stop.trailed) if stop.trailed is not None and stop.sell else None
    gone = grid.coins - there(draft.account, grid)
    missing = gone if grid.market.fitting(gone) else ZERO
    dust = grid.coins - missing if stop.sell else ZERO
    grid = _release(draft, grid, dust) if dust else grid
    # With coins that are gone nothing begins by itself, nor what its owner has paused.
    comes_back = stop.reason in PRICE_LIMITS and not missing and may_come_back(grid, sold=stop.sell)
    again_from = draft.at if comes_back else None
    grid = draft.change(grid, adapted=replace(grid.adapted, again_from=again_from, peak=None))
    draft.notices.append(
        GridEnded(
            at=draft.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            base=grid.market.base,
            quote=grid.market.quote,
            reason=stop.reason,
            sold=stop.sell,
            cancelled=stop.cancelled,
            standing=standing(draft.account, grid),
            missing=missing,
            released=dust,
            least=grid.market.least_quantity,
            again_at=grid.again_at,
            trailed=brought,
        )
    )
    if stop.reason in LOSSES:
        stop_counted(draft)
    return grid


def _release(draft: Draft, grid: Grid, dust: Decimal) -> Grid:
    """Coins that can't be sold are given back to the owner: nothing would ever come of them in a grid that is over."""
    lots, cost = taken(grid, None, dust)
    closing = Closing(
        at=draft.at,
        key=f"release:{grid.id}:{draft.at}",
        grid_id=grid.id,
        coins=dust,
        value=dust * standing(draft.account, grid).price,
        cost=cost,
    )
    return close(draft, draft.put_lots(grid, lots), closing)


def forget_seeds(grid: Grid) -> Grid:
    """A grid whose seeding was broken off: levels that never got their coins wait to buy instead."""
    levels = {
        level.id: replace(level, side=OPENING, done=ZERO, value=ZERO)
        if closes(level.side) and not level.done and not grid.lots.get(level.id)
        else level
        for level in grid.levels.values()
    }
    return replace(grid, levels=levels)
