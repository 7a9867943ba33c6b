"""How far the price may go, and until when, before the engine has anything to do with a grid. Decides nothing.

Orders that rest are not looked at here: whoever plays knows them. Too early is harmless, too late is not: where it
can't be said of everything that a tick looks at, nothing is said, and each price is a tick.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from strategy.account.quiet import limits_of
from strategy.account.widths import due_at
from strategy.adapt.gate import awaits_of
from strategy.adapt.shifting import edges
from strategy.adapt.spacing import follows
from strategy.messages.gates import Until
from strategy.model.account import Account
from strategy.model.durations import HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import opens
from strategy.model.levels import Level, Wait
from strategy.model.market import Market
from strategy.model.money import ONE


@dataclass(slots=True)
class Reach:
    """What ends the quiet. Prices are bids, in quote; an end that is missing is never reached."""

    low: list[Decimal] = field(default_factory=list)
    """At or below the highest of these something may happen."""
    high: list[Decimal] = field(default_factory=list)
    """Likewise at or above the lowest of these."""
    new_high: Decimal | None = None
    """A price above this moves what is measured from the highest of the last hours: nothing more comes of it."""
    until: int | None = None
    """Milliseconds; from then on something may be due."""


def reach_of(account: Account, grid: Grid, at: int) -> Reach | None:
    """What ends the quiet of a grid; None where there is none."""
    kept = grid.derived
    if grid.warned or grid.fell_at or kept.unclear or kept.unsettled:
        return None
    if grid.phase is Phase.WAITING:
        return _waiting(account, grid, at)
    if grid.phase is Phase.RUNNING:
        return _running(account, grid, at)
    if kept.live or grid.phase not in (Phase.STOPPED, Phase.PARKED):
        return None
    due = grid.again_at
    return None if due is not None and due <= at else Reach(until=due)


def _waiting(account: Account, grid: Grid, at: int) -> Reach | None:
    reach, tick = Reach(), grid.market.tick_size
    awaits = awaits_of(account, grid, at)
    for one in awaits:
        match one.until:
            case Until.AVERAGE:
                reach.high.append(one.threshold)
                reach.until = at - at % HOUR + HOUR
            case Until.RISE:
                reach.high.append(one.threshold)
            case Until.DROP:
                reach.low.append(one.threshold - tick)
            case Until.RANGE if one.threshold == grid.lowest:
                reach.high.append(one.threshold - tick)
            case Until.RANGE:
                reach.low.append(one.threshold)
            case Until.PAST | Until.HISTORY | Until.MEASURE | Until.HOURS:
                return None
            case _:
                assert_never(one.until)
    reach.low, reach.high = reach.low and [min(reach.low)], reach.high and [max(reach.high)]  # it opens once all holds
    return reach if awaits else None


def _running(account: Account, grid: Grid, at: int) -> Reach | None:
    kept, reach = grid.derived, Reach()
    if grid.seeding is not None or grid.adapted.ladder is not None or kept.odd or kept.cancelling:
        return None
    if (not grid.buys and kept.bids) or not (kept.is_swept or kept.around() is None):
        return None
    if kept.bids and kept.bidding > grid.max_position - kept.cost:
        return None
    if not (_away(grid, reach) and _falling(account, grid, at, reach) and _measuring(grid, at, reach)):
        return None
    if not _following(grid, reach):
        return None
    above, below = limits_of(grid)
    reach.low += above
    reach.high += below
    return reach


def _following(grid: Grid, reach: Reach) -> bool:
    """Where its ladder would follow the price; whether that can be said: what keeps it there goes by the hours."""
    if grid.beyond is not None or grid.adapted.held or grid.adapted.shifting is not None:
        return False
    fallen, risen = edges(grid)
    reach.low += [fallen - grid.market.tick_size] if fallen is not None else []
    reach.high += [risen] if risen is not None else []
    return True


def _away(grid: Grid, reach: Reach) -> bool:
    """Where the levels without an order would get one; whether that can be said of all of them."""
    lacking = grid.derived.lacking()
    if not lacking:
        return True
    levels = [level for level in map(grid.levels.__getitem__, lacking) if grid.buys or not opens(level.side)]
    if any(level.denied is not None or level.wait not in (Wait.WINDOW, Wait.POSITION) for level in levels):
        return False
    tick, low, high = grid.market.tick_size, grid.market.band_low, grid.market.band_high
    reach.low += _with_room(grid, [level for level in levels if level.wait is Wait.POSITION])
    levels = [level for level in levels if level.wait is Wait.WINDOW]
    buys = _prices(grid.market, (level for level in levels if opens(level.side)))
    sells = _prices(grid.market, (level for level in levels if not opens(level.side)))
    if grid.spec.taker:
        reach.low += [max(buys) - tick] if buys else []
        reach.high += [min(sells)] if sells else []
    else:  # the band goes by the middle of the touch
        reach.low += [max(buys) / low - tick / 2] if buys and low else []
        reach.high += [min(sells) / high - tick / 2] if sells and high else []
    return True


def _with_room(grid: Grid, levels: Sequence[Level]) -> list[Decimal]:
    """A buy that is passed costs less beside the touch: from where on one of these has room there."""
    market = grid.market
    if grid.spec.taker:
        return [max(_prices(market, levels)) - market.tick_size] if levels else []
    room = grid.max_position - grid.derived.cost - grid.derived.bidding
    asked = [coins for level in levels if (coins := market.fitting(level.quantity - level.done))]
    return [room / min(asked)] if asked and room > 0 else []


def _prices(market: Market, levels: Iterable[Level]) -> list[Decimal]:
    return [level.on_tick(market) for level in levels]


def _falling(account: Account, grid: Grid, at: int, reach: Reach) -> bool:
    """When a pause after a fast fall ends, or how far it is to one; whether that can be said."""
    spec, fall = grid.spec, grid.adapted.fall
    if fall is not None:
        reach.until = fall.until
        return at < fall.until
    if spec.fall is None:
        return True
    past = account.past_of(spec.symbol, at)
    highest = past.highest(spec.fall_hours, at) if past is not None else None
    if highest is None:
        return False
    reach.low.append(highest * (ONE - spec.fall))
    reach.new_high = highest
    return True


def _measuring(grid: Grid, at: int, reach: Reach) -> bool:
    """When its interval is measured next; whether that is not now."""
    if not follows(grid.spec):
        return True
    due = due_at(grid)
    reach.until = due if reach.until is None else min(reach.until, due)
    return at < due
