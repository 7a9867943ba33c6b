"""What a grid did, beside what it does in a replay of the market alone: each fill that differs, with a cause.

The market is candles: they tell neither the queue before an order nor how a minute went. A cause is read off what was
recorded (who took, when an order was on its way, refused or resting, when the program was down) and off the candles;
where they do not tell, it is not known. What follows from an earlier difference is not counted as its own.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot.shadow.stretches import Span, Stretch
from strategy.model.ledger import FillEntry
from strategy.model.market import Fees, Side, Symbol
from strategy.model.orders import GridId, LevelId
from strategy.research.candles import Candles
from strategy.research.replay import Replay, Rules

APART = 2
"""Candles by which a fill may be earlier or later than its like."""


class Cause(StrEnum):
    """Why a fill is on one side alone, or is another one there: by what was recorded. What was not is not guessed."""

    DOWN = "down"
    """The program was down, or the exchange out of reach, in that minute."""
    LATENCY = "latency"
    """The level's order had not come to the exchange in that minute: it was on its way."""
    REFUSED = "refused"
    """The exchange refused the level's order in that minute."""
    ABSENT = "absent"
    """The level had no order at the exchange in that minute."""
    TAKER = "taker"
    """It took instead of resting, or the other way round: another fee, another price."""
    TOUCHED = "touched"
    """By the candles the market came to its price and not through it: a replay counts only the second."""
    PRICES = "prices"
    """By the candles the market was not there."""
    FOLLOWS = "follows"
    """Of a level that an earlier difference had left on another side, or with other coins."""
    UNKNOWN = "unknown"
    """Nothing that was recorded says: not who stood before an order, nor how a minute went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A fill that differs."""

    at: int
    level: LevelId | None
    side: Side
    price: Decimal
    quantity: Decimal
    is_real: bool
    """Whether it was traded; else it is the replay's alone."""
    cause: Cause
    late: int | None = None
    """For how long its order was on its way, ms, where that is the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """A stretch accounted for. Money in quote; totals are what they changed by."""

    grid_id: GridId
    symbol: Symbol
    quote: str
    begins: int
    ends: int
    fills: int
    replayed: int
    same: int
    total: Decimal
    replayed_total: Decimal
    fees: Decimal
    replayed_fees: Decimal
    took: int
    """Fills that took."""
    odd: Sequence[Odd] = field(default_factory=tuple)


def accounted(stretch: Stretch, candles: Candles, fees: Fees) -> Accounted | None:
    """The stretch beside its replay; None where there are no candles of it."""
    first = bisect_right(candles.at, stretch.begins - candles.interval) - 1
    end = bisect_right(candles.at, stretch.ends) - 1
    if first < 0 or end <= first:
        return None
    replay = Replay(market=stretch.grid.market, candles=candles, rules=Rules(fees=fees))
    replay.take_over(stretch.account, stretch.grid, first)
    replay.play(end + 1)
    mine = sorted(stretch.fills, key=lambda one: (one.fill.at, one.fill.trade_id or 0))
    pairs = list(_paired(mine, replay.fills, APART * candles.interval))
    price, was = candles.price(candles.close[end]), candles.price(candles.close[first])
    return Accounted(
        grid_id=stretch.grid.id,
        symbol=stretch.grid.spec.symbol,
        quote=str(stretch.grid.market.quote),
        begins=stretch.begins,
        ends=stretch.ends,
        fills=len(mine),
        replayed=len(replay.fills),
        same=sum(1 for one, other in pairs if one and other and _is_like(one, other)),
        total=stretch.last.total(price) - stretch.grid.total(was),
        replayed_total=replay.grid.total(price) - stretch.grid.total(was),
        fees=stretch.last.books.fees_value - stretch.grid.books.fees_value,
        replayed_fees=replay.grid.books.fees_value - stretch.grid.books.fees_value,
        took=sum(not one.fill.is_maker for one in mine),
        odd=tuple(_odd(pairs, stretch, candles)),
    )


Pair = tuple[FillEntry | None, FillEntry | None]


def _paired(mine: Sequence[FillEntry], theirs: Sequence[FillEntry], apart: int) -> Iterator[Pair]:
    """Each fill with its like: of the same level and side, the nearest in time that is left, and not too far away."""
    left = list(theirs)
    for one in mine:
        near = [
            other
            for other in left
            if (other.level, other.fill.side) == (one.level, one.fill.side)
            and abs(other.fill.at - one.fill.at) <= apart
        ]
        found = min(near, key=lambda other: abs(other.fill.at - one.fill.at), default=None)
        if found is not None:
            left.remove(found)
        yield one, found
    yield from ((None, other) for other in left)


def _is_like(one: FillEntry, other: FillEntry) -> bool:
    """To the last digit."""
    mine, its = one.fill, other.fill
    return (mine.price, mine.quantity, mine.is_maker) == (its.price, its.quantity, its.is_maker)


def _odd(pairs: Sequence[Pair], stretch: Stretch, candles: Candles) -> Iterator[Odd]:
    """In the order of time: the first of a level has a cause of its own, those after it may follow from it."""
    off: dict[LevelId | None, int] = {}
    for one, other in sorted(pairs, key=_when):
        entry = one or other
        assert entry is not None, "one of the two is there"
        if one is not None and other is not None and _is_like(one, other):
            continue
        before = off.get(entry.level)
        cause, late = _cause(one, other, stretch, candles)
        side = (1 if one else -1) * (1 if entry.fill.side is Side.BUY else -1)
        if one is not None and other is not None:
            cause = Cause.FOLLOWS if cause is Cause.UNKNOWN and before is not None else cause
        else:
            cause, late = (Cause.FOLLOWS, None) if before and before == -side else (cause, late)
            off[entry.level] = (before or 0) + side
        yield Odd(
            at=entry.fill.at,
            level=entry.level,
            side=entry.fill.side,
            price=entry.fill.price,
            quantity=entry.fill.quantity,
            is_real=one is not None,
            cause=cause,
            late=late,
        )


def _when(pair: Pair) -> int:
    return min(one.fill.at for one in pair if one is not None)


def _cause(
    one: FillEntry | None, other: FillEntry | None, stretch: Stretch, candles: Candles
) -> tuple[Cause, int | None]:
    """By itself, and how long its order was on its way, where it is that."""
    if one is not None and other is not None:
        return (Cause.TAKER if one.fill.is_maker is not other.fill.is_maker else Cause.UNKNOWN), None
    if one is not None:
        return _of_ours(one, candles), None
    assert other is not None, "one of the two is there"
    return _of_replays(other, stretch, candles)


def _of_replays(other: FillEntry, stretch: Stretch, candles: Candles) -> tuple[Cause, int | None]:
    """In the replay, and not traded. When in its candle it would have been is not known: all of it is looked at."""
    begins = candles.at[bisect_right(candles.at, other.fill.at) - 1]
    minute, level = (begins, begins + candles.interval), other.level
    if _meeting(stretch.downs, minute):
        return Cause.DOWN, None
    if any(minute[0] <= at <= minute[1] for at in stretch.refusals.get(level, ())):
        return Cause.REFUSED, None
    if _meeting(stretch.rests.get(level, ()), minute):
        return Cause.UNKNOWN, None
    ways = _meeting(stretch.ways.get(level, ()), minute)
    return (Cause.LATENCY, max(until - since for since, until in ways)) if ways else (Cause.ABSENT, None)


def _of_ours(one: FillEntry, candles: Candles) -> Cause:
    """Traded, and not in the replay."""
    place = bisect_right(candles.at, one.fill.at) - 1
    low = min(candles.low[max(0, place - 1) : place + 2])
    high = max(candles.high[max(0, place - 1) : place + 2])
    units = one.fill.price / candles.unit
    if not one.fill.is_maker:
        return Cause.TAKER
    if units < low or units > high:
        return Cause.PRICES
    return Cause.TOUCHED if units == (low if one.fill.side is Side.BUY else high) else Cause.UNKNOWN


def _meeting(spans: Sequence[Span], minute: Span) -> list[Span]:
    return [one for one in spans if one[0] <= minute[1] and one[1] >= minute[0]]
