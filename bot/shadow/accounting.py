"""What a grid did, beside what it does in a replay of the market alone: each fill that differs, with a cause.

The market is candles: they tell neither the queue before an order nor how a minute went. So a cause is the best that
can be said of a fill from what was recorded, in this order; what follows from an earlier one is not counted as its own.
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
    """Why a fill is on one side alone, or is another one there."""

    DOWN = "down"
    """The program was down, or the exchange out of reach."""
    LATENCY = "latency"
    """The level's order was not at the exchange yet."""
    QUEUE = "queue"
    """It rested, and the market came to its price: who stood before it is not known."""
    TAKER = "taker"
    """It took instead of resting, or the other way round: another fee, another price."""
    PRICES = "prices"
    """The market of the candles was not there."""
    INSIDE = "inside"
    """The market was there: in which order a candle's prices came is not known."""
    FOLLOWS = "follows"
    """Of a level that an earlier difference had left on another side, or with other coins."""

    @property
    def meaning(self) -> str:
        """In words."""
        return _MEANINGS[self]


_MEANINGS = {
    Cause.DOWN: "the program was down or the exchange out of reach",
    Cause.LATENCY: "the level's order was not at the exchange yet",
    Cause.QUEUE: "the market came to its price; who stood before it is not known",
    Cause.TAKER: "it took instead of resting, or the other way round",
    Cause.PRICES: "by the candles the market was not there",
    Cause.INSIDE: "in which order the candle's prices came is not known",
    Cause.FOLLOWS: "follows from an earlier difference of this level",
}


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
        cause = _cause(one, other, stretch, candles)
        before = off.get(entry.level, 0)
        side = (1 if one else -1) * (1 if entry.fill.side is Side.BUY else -1)
        if one is None or other is None:
            if before and before == -side:
                cause = Cause.FOLLOWS
            off[entry.level] = before + side
        yield Odd(
            at=entry.fill.at,
            level=entry.level,
            side=entry.fill.side,
            price=entry.fill.price,
            quantity=entry.fill.quantity,
            is_real=one is not None,
            cause=cause,
        )


def _when(pair: Pair) -> int:
    return min(one.fill.at for one in pair if one is not None)


def _cause(one: FillEntry | None, other: FillEntry | None, stretch: Stretch, candles: Candles) -> Cause:
    if one is not None and other is not None:
        return Cause.TAKER if one.fill.is_maker is not other.fill.is_maker else Cause.FOLLOWS
    if one is not None:
        return _of_ours(one, candles)
    assert other is not None, "one of the two is there"
    at, apart = other.fill.at, candles.interval
    if _within(at, stretch.downs, apart):
        return Cause.DOWN
    if not _within(at, stretch.rests.get(other.level, ()), 0):
        return Cause.LATENCY
    return Cause.QUEUE


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
    return Cause.QUEUE if units == (low if one.fill.side is Side.BUY else high) else Cause.INSIDE


def _within(at: int, spans: Sequence[Span], apart: int) -> bool:
    return any(begin - apart <= at <= end + apart for begin, end in spans)
