"""Ladders in whole numbers: the levels, sizes and first coins that `grid.opening` would make, exactly. No I/O."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from math import lcm

import numpy as np

from strategy.grid.sizing import TAKER_MARGIN, most_to_pay, size
from strategy.messages.problems import ProblemCode
from strategy.model.market import in_quote
from strategy.model.money import ONE, ZERO
from strategy.model.positions import most_position
from strategy.model.spec import MAX_LEVELS, GridSpec, Spacing
from strategy.model.stops import StopReason
from strategy.model.values import replace
from strategy.research import loop
from strategy.research.loop import FAR, TERMS, Whole
from strategy.research.scale import BANDS, Scale, Unsupported, wrong_wish

SLICE = Decimal(1000)
"""The most that one slice of a sale is worth, in USDC."""
UNBOUND = Decimal(10) ** 15
"""A maximum position, in quote, that never binds."""
MOST = 1 << 60
"""Whatever is counted stays below this, or is not played."""
NEAR = 1e-6
"""So near to the middle between two ticks a float does not say to which of them a price is rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One grid as it stands once its first coins were bought."""

    spec: GridSpec
    levels: Whole
    """Their table: see `loop`."""
    terms: Whole
    """Its own, in their places."""
    money: int
    """What it sets aside, in units times steps."""
    seeds: int
    """Steps bought at the start."""
    seed_price: int
    """Units."""

    @property
    def most_steps(self) -> int:
        """More than it can ever hold."""
        return int(self.levels[loop.SIZES].sum() + self.levels.shape[1]) + self.seeds


def ladder_of(spec: GridSpec, scale: Scale, price: int) -> Ladder | ProblemCode:
    """The ladder of a wish at a price in units, or why the engine would not open it. `Unsupported` names what can't be
    played.
    """
    if wrong := (*wrong_wish(spec), *scale.wrong):
        raise Unsupported(*wrong)
    if not 1 <= spec.grids <= MAX_LEVELS:
        return ProblemCode.TOO_MANY_LEVELS
    bid = price // scale.tick
    lines = _lines(spec, scale, bid)
    if isinstance(lines, ProblemCode):
        return lines
    buys, sells = lines
    if buys[0] <= 0:
        return ProblemCode.BELOW_ZERO
    if (buys >= sells).any() or (buys[:-1] >= buys[1:]).any():
        return ProblemCode.SAME_TICK
    sizes = _sizes(spec, scale, buys)
    wrong_size = _wrong_size(spec, scale, buys, sells, sizes)
    if wrong_size is not None:
        return wrong_size
    if buys[0] > bid + 1 or sells[-1] < bid:
        return ProblemCode.OUTSIDE
    return _opened(spec, scale, bid, buys, sells, sizes)


def _lines(spec: GridSpec, scale: Scale, bid: int) -> tuple[Whole, Whole] | ProblemCode:
    """Where each level buys and sells, in ticks."""
    tick, grids = Fraction(scale.market.tick_size), spec.grids
    if spec.spacing is Spacing.INTERVAL:
        interval = Fraction(spec.interval or ZERO) / tick
        floors = _near(bid + Fraction(1, 2) - interval * grids / 2, interval, 1, grids)
        return floors, _out(spec, floors)
    lower, upper = _range(spec, scale, bid)
    if not 0 < lower < upper:
        return ProblemCode.BAD_RANGE
    if spec.spacing is Spacing.ARITHMETIC:
        lines = _near(Fraction(lower) / tick, Fraction(upper - lower) / tick, grids, grids + 1)
    else:
        lines = _geometric(lower, upper, grids, scale)
    return lines[:-1], lines[1:]


def _range(spec: GridSpec, scale: Scale, bid: int) -> tuple[Decimal, Decimal]:
    if spec.below is None or spec.lower is not None:
        return spec.lower or ZERO, spec.upper or ZERO
    middle, near = (bid + ONE / 2) * scale.market.tick_size, scale.market.price_near
    return near(middle * (ONE - spec.below)), near(middle * (ONE + (spec.above or ZERO)))


def _near(first: Fraction, whole: Fraction, by: int, count: int) -> Whole:
    """`first + whole * n / by` for each n, rounded as prices are: to the even one where it lies half way."""
    under = lcm(first.denominator, whole.denominator)
    exact = int(first * under) * by, int(whole * under)
    fits(abs(exact[0]) + abs(exact[1]) * count)
    number, remainder = np.divmod(exact[0] + exact[1] * np.arange(count, dtype=np.int64), under * by)
    up = (2 * remainder > under * by) | ((2 * remainder == under * by) & (number % 2 == 1))
    lines: Whole = number + up
    return lines


def _geometric(lower: Decimal, upper: Decimal, grids: int, scale: Scale) -> Whole:
    """By floats, and exactly where a float does not say to which tick it is rounded."""
    tick = scale.market.tick_size
    exact = float(lower / tick) * (float(upper) / float(lower)) ** (np.arange(grids + 1) / grids)
    lines = np.rint(exact).astype(np.int64)
    unsure = np.abs(exact - np.floor(exact) - 0.5) < np.maximum(NEAR, exact * 1e-12)
    for line in np.flatnonzero(unsure):
        found = lower * (upper / lower) ** (Decimal(int(line)) / grids)
        lines[line] = int(scale.market.price_near(found) / tick)
    return lines


def _out(spec: GridSpec, paid: Whole) -> Whole:
    """Where coins that were bought at these ticks are sold by an interval grid."""
    rise = 1 + Fraction(spec.out_want or ZERO)
    fits(int(paid[-1]) * rise.numerator)
    return -(-(paid * rise.numerator) // rise.denominator)


def _sizes(spec: GridSpec, scale: Scale, buys: Whole) -> Whole:
    if spec.taper:
        tick = scale.market.tick_size
        prices = (int(one) * tick for one in buys)
        quantities = [size(spec, scale.market, rank, price) for rank, price in enumerate(prices, start=1)]
        return np.array([scale.steps(one) for one in quantities], dtype=np.int64)
    if spec.base_per_order is not None:
        return np.full(spec.grids, scale.steps(spec.base_per_order), dtype=np.int64)
    shared = 1 if spec.quote_per_order is not None else spec.grids
    money = scale.value(spec.quote_per_order if spec.quote_per_order is not None else spec.total or ZERO)
    fits(money)
    return money // (shared * scale.tick * buys)


def _wrong_size(spec: GridSpec, scale: Scale, buys: Whole, sells: Whole, sizes: Whole) -> ProblemCode | None:
    if sizes.min() < scale.least_buy:
        return ProblemCode.TOO_SMALL
    maker = float(scale.told.maker)
    sold = np.floor(sizes * (1 - maker) + 1e-9)
    proceeds = sold * sells * (1 - maker) + (sizes * (1 - maker) - sold) * buys
    rates, buffer = proceeds / (sizes * buys) - 1, float(spec.fee_buffer)
    for level in np.flatnonzero(np.abs(rates - buffer) < NEAR):
        if _rate(scale, int(buys[level]), int(sells[level]), int(sizes[level])) < Fraction(spec.fee_buffer):
            return ProblemCode.LOSES
    return ProblemCode.LOSES if (rates < buffer - NEAR).any() else None


def _rate(scale: Scale, buy: int, sell: int, size: int) -> Fraction:
    """What a round trip earns, as a part of what the buy costs."""
    left = 1 - Fraction(scale.told.maker)
    sold = int(size * left)
    return (sold * sell * left + (size * left - sold) * buy) / (size * buy) - 1


def _opened(spec: GridSpec, scale: Scale, bid: int, buys: Whole, sells: Whole, sizes: Whole) -> Ladder | ProblemCode:
    market, ask, tick, parts = scale.market, bid + 1, scale.tick, scale.parts
    start = int(np.searchsorted(buys, ask))
    wanted = int(sizes[start:].sum())
    seeds = scale.steps(market.quantity_up(wanted * market.step_size / (ONE - scale.told.taker)))
    price = ask * market.tick_size
    most = scale.ticks(most_to_pay(market, price))
    paid = min(most, scale.ticks(market.price_up(price * (ONE + scale.rules.slippage))))
    rounding = _rounding(sizes, buys, scale)
    buying = int((sizes[:start] * buys[:start]).sum())
    money = (buying + seeds * most + rounding) * tick
    whole = int((sizes * buys).sum()) * tick
    wrong = _wrong_limit(spec, scale, bid, buys, sells, money)
    if wrong is not None:
        return wrong
    _watch_position(spec, scale, money, whole + rounding * tick)
    watch_band(scale, buys, sells)
    highest = max(int(sells[-1]), bid) * tick * 4
    fits((int(sizes.sum()) + seeds + spec.grids) * parts * highest)
    got = seeds * (parts if scale.rules.fees_in_quote else parts - scale.taker)
    spent = seeds * paid * tick * (parts + scale.taker if scale.rules.fees_in_quote else parts)
    lots = np.where(np.arange(spec.grids) < start, 0, sizes * parts)
    terms = np.zeros(TERMS, dtype=np.int64)
    terms[loop.STARTS_AT], terms[loop.FIRST_TOP], terms[loop.WINDOW] = start, start, spec.window
    terms[loop.FIRST_RESIDUE] = got - wanted * parts
    terms[loop.FIRST_CASH], terms[loop.FIRST_COINS], terms[loop.FIRST_TAKEN] = -spent, got, seeds * paid * tick
    terms[loop.SLICE] = slice_of(spec, scale) or int((sizes * buys).max()) * tick
    set_limits(terms, spec, scale, money)
    first = sells
    if spec.spacing is Spacing.INTERVAL and seeds:
        first = np.concatenate((sells[:start], _out(spec, np.maximum(buys[start:], paid))))
    levels = np.array([buys * tick, first * tick, sells * tick, sizes, lots])
    return Ladder(spec=spec, levels=levels, terms=terms, money=money, seeds=seeds, seed_price=paid * tick)


def _wrong_limit(spec: GridSpec, scale: Scale, bid: int, buys: Whole, sells: Whole, money: int) -> ProblemCode | None:
    tick, stop, take = scale.market.tick_size, spec.stop_loss, spec.take_profit
    if stop is not None and not 0 < stop < min(bid, int(buys[-1])) * tick:
        return ProblemCode.BAD_LIMIT
    if take is not None and take <= max(bid, int(sells[0])) * tick:
        return ProblemCode.BAD_LIMIT
    if spec.max_position is not None and spec.max_position < money * scale.worth:
        return ProblemCode.POSITION
    return ProblemCode.NO_MONEY if money * scale.worth > scale.rules.money else None


def unbound(spec: GridSpec) -> GridSpec:
    """A grid as it is played here: every level has its order, first coins are bought at once, no position binds."""
    return replace(spec, window=MAX_LEVELS, seed_patience=0, max_position=UNBOUND)


def position_for(whole: Decimal, scale: Scale) -> Decimal:
    """The least maximum position that never binds, where all levels cost `whole` at their own prices."""
    fees = scale.rules.fees
    return whole * (ONE + max(fees.maker, (ONE + TAKER_MARGIN) / (ONE - scale.told.taker) - ONE + fees.taker))


def position_of(ladder: Ladder, scale: Scale) -> Decimal:
    """The same for a ladder, with what rounding may leave over."""
    levels, tick = ladder.levels, scale.tick
    whole = int((levels[loop.SIZES] * levels[loop.BUYS]).sum())
    return position_for(
        (whole + _rounding(levels[loop.SIZES], levels[loop.BUYS] // tick, scale) * tick) * scale.worth, scale
    )


def _rounding(sizes: Whole, buys: Whole, scale: Scale) -> int:
    """What may be stuck in coins too few to sell, in ticks times steps."""
    return (len(sizes) + min(scale.least, int(sizes.max())) - 1) * int(buys.max())


def _watch_position(spec: GridSpec, scale: Scale, money: int, whole: int) -> None:
    most = most_position(spec.max_position, scale.market.quote, spec.quote_price, money * scale.worth)
    if most < position_for(whole * scale.worth, scale):
        raise Unsupported("max_position")


def watch_band(scale: Scale, buys: Whole, sells: Whole) -> None:
    """A level that has bought must be able to sell at once, and whatever waits for the band be in it before it trades.
    In ticks.
    """
    market, lowest = scale.market, int(buys[0])
    if market.band_high is not None:
        reached = 2 * sells * BANDS <= scale.band * (2 * buys - 1)
        if not reached.all() or (market.band_high - 1) * lowest < 2:
            raise Unsupported("band_high")
    if market.band_low is not None and (1 - market.band_low) * lowest < 2:
        raise Unsupported("band_low")


def slice_of(spec: GridSpec, scale: Scale) -> int:
    """What one slice of a sale on stopping is worth at most, in units times steps; 0 where nobody knows."""
    slice_ = in_quote(SLICE, scale.market.quote, spec.quote_price)
    return scale.value(slice_) if slice_ else 0


def set_limits(terms: Whole, spec: GridSpec, scale: Scale, money: Decimal | int) -> None:
    """The limits of a wish, of a grid that has set aside so much, in units times steps."""
    terms[loop.STOP_AT] = -1 if spec.stop_loss is None else scale.units(spec.stop_loss)
    terms[loop.TAKE_AT] = FAR if spec.take_profit is None else scale.units(scale.market.price_up(spec.take_profit))
    terms[loop.MOST_LOSS] = -1
    if spec.max_loss is not None:
        terms[loop.MOST_LOSS] = int((spec.max_loss * money * scale.parts).to_integral_value(ROUND_CEILING))
    terms[loop.STOP_SELLS] = spec.sells_at(StopReason.STOP_LOSS)
    terms[loop.TAKE_SELLS] = spec.sells_at(StopReason.TAKE_PROFIT)
    terms[loop.LOSS_SELLS] = spec.sells_at(StopReason.MAX_LOSS)


def fits(value: int) -> None:
    """`Unsupported` where it is more than may be counted."""
    if value >= MOST:
        raise Unsupported("unit")
