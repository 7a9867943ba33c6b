"""What a replay has come to: the figures of the profit card and of the field. Money is exact; ratios are floats."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import inf, sqrt
from statistics import fmean, pstdev
from typing import TypeAlias

from strategy.model.durations import DAY, HOUR
from strategy.model.ledger import FillEntry
from strategy.model.market import Fees
from strategy.model.money import ONE, ZERO
from strategy.model.orders import LevelId, Purpose
from strategy.research.candles import BLOCK, Candles
from strategy.research.marks import Mark
from strategy.research.replay import Replay

Floats: TypeAlias = "array[float]"
DAYS_A_YEAR = 365
FEWEST_DAYS = 7
"""In fewer, what a year would bring is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest fall of the equity from its highest, by closes."""

    money: Decimal = ZERO
    share: float = 0.0
    """Of the equity at the highest."""
    peak_at: int = 0
    trough_at: int = 0
    longest: int = 0
    """Milliseconds of the longest time below a highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One replay in figures; money in quote."""

    begins: int
    """When the grid was started, ms."""
    ends: int
    first_price: Decimal
    last_price: Decimal
    money: Decimal
    """What the grid set aside."""
    total: Decimal
    grid_profit: Decimal
    stop_sales: Decimal
    floating: Decimal
    fees: Decimal
    fee_share: float | None
    """Of what the round trips have made before fees."""
    holding: Decimal
    """What the same money in coins, bought at the start, has made. Cash has made nothing."""
    drawdown: Drawdown
    worst_hour: Decimal
    """The largest fall of the equity in an hour: not above zero."""
    fills: int
    """Of the levels' orders."""
    seed_fills: int
    stop_fills: int
    round_trips: int
    fills_a_day: float
    in_range: float
    """The part of the time in which the price was in the range."""
    capital: float
    """The part of the money that was in coins, at cost, on average."""
    capital_most: float
    skew: float
    """From -1, all of the equity in quote, to 1, all of it in coins, on average."""
    a_year: float | None
    """What a year would bring at this pace, as a part of the money."""
    sharpe: float | None
    """Of the days, a year; likewise the others. Nothing is taken for the interest of cash."""
    sortino: float | None
    calmar: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A level has bought and sold."""

    level: LevelId
    bought_at: int
    sold_at: int
    buy_price: Decimal
    sell_price: Decimal
    quantity: Decimal
    """Sold."""
    profit: Decimal
    """After fees, in quote."""


class Curve:
    """The total at the close of each candle. Floats find the places; what is told of them is counted anew, exactly."""

    def __init__(self, candles: Candles, marks: Sequence[Mark]) -> None:
        self._candles, self._marks = candles, marks
        self._places = [mark.candle for mark in marks]
        self.first = self._places[0]
        self.floats: Floats = array("d")
        unit, closes = float(candles.unit), candles.close
        for mark, end in zip(marks, [*self._places[1:], len(candles)], strict=True):
            cash, coins = float(mark.cash), float(mark.coins) * unit
            self.floats.extend([cash + coins * close for close in closes[mark.candle : end]])

    def exact(self, one: int) -> Decimal:
        """At the close of a candle."""
        mark = self._marks[bisect_right(self._places, one) - 1]
        return mark.cash + mark.coins * self._candles.price(self._candles.close[one])

    def ends_of(self, span: int) -> list[int]:
        """The last candle of each span of time, after that of the start."""
        at, found, one = self._candles.at, [self.first], self.first
        while one < len(at):
            one = bisect_right(at, at[one] // span * span + span - 1, lo=one)
            found.append(one - 1)
        return found

    def drawdown(self, money: Decimal) -> Drawdown:
        """The deepest fall and the longest."""
        first, at = self.first, self._candles.at
        peak, high, deepest, places, longest = 0, -inf, 0.0, (0, 0), 0
        for begin in range(0, len(self.floats), BLOCK):
            block = self.floats[begin : begin + BLOCK]
            if max(block) <= high and high - min(block) <= deepest:
                continue
            for one, total in enumerate(block, start=begin):
                if total > high:
                    longest = max(longest, at[first + one] - at[first + peak])
                    peak, high = one, total
                elif high - total > deepest:
                    deepest, places = high - total, (peak, one)
        longest = max(longest, at[-1] - at[first + peak])
        top, trough = (first + one for one in places)
        fall = self.exact(top) - self.exact(trough)
        return Drawdown(
            money=fall,
            share=float(fall / (money + self.exact(top))) if fall else 0.0,
            peak_at=at[top],
            trough_at=at[trough],
            longest=longest,
        )

    def worst(self, span: int) -> Decimal:
        """The largest fall within a span; zero where there was none."""
        ends, floats, first = self.ends_of(span), self.floats, self.first
        steps = list(pairwise(ends))
        before, after = min(steps, key=lambda step: floats[step[1] - first] - floats[step[0] - first])
        return min(ZERO, self.exact(after) - self.exact(before))


def figures_of(replay: Replay, fees: Fees) -> Figures:
    """What a replay that has begun has come to at the last close."""
    grid, candles, marks = replay.grid, replay.candles, replay.marks
    curve, first, last = Curve(candles, marks), marks[0].candle, len(candles) - 1
    price, start = candles.price(candles.close[last]), candles.price(candles.close[first])
    books, money, drawdown = grid.books, replay.money, curve.drawdown(replay.money)
    purposes = [entry.purpose for entry in replay.fills]
    gross = books.grid_profit + books.fees_value
    days = max(candles.at[last] + candles.interval - candles.at[first], 1) / DAY
    a_year = float(grid.total(price) / money) / days * DAYS_A_YEAR if days >= FEWEST_DAYS else None
    sharpe, sortino = _sharpe(curve, float(money)) if days >= FEWEST_DAYS else (None, None)
    lengths = [after - before for before, after in pairwise([*(mark.candle for mark in marks), last + 1])]
    played = last + 1 - first
    in_cash = sum(float(mark.cash) * length for mark, length in zip(marks, lengths, strict=True)) / played
    average = fmean(curve.floats)
    return Figures(
        begins=candles.at[first] + candles.interval,
        ends=candles.at[last] + candles.interval,
        first_price=start,
        last_price=price,
        money=money,
        total=grid.total(price),
        grid_profit=books.grid_profit,
        stop_sales=books.stop_sales,
        floating=grid.floating(price),
        fees=books.fees_value,
        fee_share=float(books.fees_value / gross) if gross > 0 else None,
        holding=money / (start * (ONE + fees.taker)) * price - money,
        drawdown=drawdown,
        worst_hour=curve.worst(HOUR),
        fills=purposes.count(Purpose.LEVEL),
        seed_fills=purposes.count(Purpose.SEED),
        stop_fills=purposes.count(Purpose.STOP),
        round_trips=books.round_trips,
        fills_a_day=purposes.count(Purpose.LEVEL) / days,
        in_range=_in_range(candles, marks) / played,
        capital=sum(float(mark.cost) * length for mark, length in zip(marks, lengths, strict=True))
        / played
        / float(money),
        capital_most=float(max(mark.cost for mark in marks) / money),
        skew=2 * (average - in_cash) / (float(money) + average) - 1,
        a_year=a_year,
        sharpe=sharpe,
        sortino=sortino,
        calmar=a_year / drawdown.share if a_year is not None and drawdown.share else None,
    )


def _in_range(candles: Candles, marks: Sequence[Mark]) -> int:
    """How many closes lie in the ladder as it was then."""
    inside, (lows, highs) = 0, candles.blocks
    moved = [marks[0], *(mark for before, mark in pairwise(marks) if mark.range != before.range)]
    for mark, end in zip(moved, [*(mark.candle for mark in moved[1:]), len(candles)], strict=True):
        low, high = (int(price / candles.unit) for price in mark.range)
        for block in range(mark.candle // BLOCK, -(-end // BLOCK)):
            first, after = max(block * BLOCK, mark.candle), min((block + 1) * BLOCK, end)
            if low <= lows[block] and highs[block] <= high:
                inside += after - first
            else:
                inside += sum(low <= close <= high for close in candles.close[first:after])
    return inside


def _sharpe(curve: Curve, money: float) -> tuple[float | None, float | None]:
    """Sharpe and Sortino of the days; None where nothing ever changed, or nothing ever fell."""
    equity = [money + curve.floats[one - curve.first] for one in curve.ends_of(DAY)]
    changes = [after / before - 1 for before, after in pairwise(equity) if before > 0]
    if len(changes) < FEWEST_DAYS:
        return None, None
    mean, spread = fmean(changes), pstdev(changes)
    downward = sqrt(fmean([min(0.0, change) ** 2 for change in changes]))
    a_year = sqrt(DAYS_A_YEAR)
    return mean / spread * a_year if spread else None, mean / downward * a_year if downward else None


def round_trips(entries: Sequence[FillEntry]) -> Iterator[RoundTrip]:
    """Every sale of a level's that closed its round trip, with the purchase of the coins."""
    bought: dict[LevelId, FillEntry] = {}
    seeded: FillEntry | None = None
    for entry in entries:
        if entry.purpose is Purpose.SEED:
            seeded = entry
        elif entry.level is not None and entry.realised is None:
            bought[entry.level] = entry
        elif entry.level is not None and entry.closes:
            buy = bought.pop(entry.level, seeded) or entry
            yield RoundTrip(
                level=entry.level,
                bought_at=buy.fill.at,
                sold_at=entry.fill.at,
                buy_price=buy.fill.price,
                sell_price=entry.fill.price,
                quantity=entry.fill.quantity,
                profit=entry.realised or ZERO,
            )
