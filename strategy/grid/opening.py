"""Opening a grid: from the wish to levels, what it needs and earns, and why it can't be where it can't."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from strategy.grid.limits import badly_set
from strategy.grid.sizing import (
    amount_of,
    amount_unit,
    amount_word,
    enough,
    least_order,
    lessened,
    lost_to_rounding,
    money_down,
    money_to_wait,
    money_up,
    most_to_pay,
    paid,
    size,
    with_amount,
)
from strategy.grid.trips import Trip, earning_step, least_step, trip
from strategy.messages.gates import Awaited, Until
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.inventory import CLOSING, OPENING, closes, opens
from strategy.model.levels import Level, Shape
from strategy.model.market import BookState, Fees, Market, Side, Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import GridId, LevelId
from strategy.model.spec import MAX_LEVELS, GridSpec, Spacing
from strategy.model.values import replace

FITTING_TRIES = 30
ROUNDING_TRIES, ROUNDING_GROWTH = 24, Decimal("1.25")
"""How far above an amount one is looked for that rounding takes less from: about two hundred times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a grid would be, before it is started. Money in quote."""

    spec: GridSpec
    market: Market
    touch: Touch
    fees: Fees
    levels: tuple[Level, ...]
    seed_coins: Decimal
    """Coins bought at the start for the levels above the price."""
    seed_cost: Decimal
    """At most, bought as taker."""
    money: Decimal
    """What it needs in all, seeds included."""
    free: Decimal
    """Quote that is free now."""
    least_profit: Decimal
    """Of a round trip at the level that earns least, after fees."""
    most_profit: Decimal
    least_rate: Decimal
    """The same as a fraction of what the buy costs."""
    most_rate: Decimal
    fee_share: Decimal
    """The part of the gross profit of a round trip that goes to fees, at the level where it is largest."""
    worst_price: Decimal
    """The stop price, or the lowest buy price where there is no stop."""
    worst_loss: Decimal
    """Total at `worst_price` when everything has been bought and nothing sold: negative."""
    virtual: int
    """Levels that are too far from the price for an order at present."""
    waits: bool
    """It would not open at once: the price is outside the range, or a gate is closed."""
    awaits: tuple[Awaited, ...] = ()
    """The gates that are."""

    @property
    def opens_at(self) -> Touch:
        """The prices with which its levels are shown: those of now, or those of its trigger."""
        return _opens_at(self.touch, self.awaits)

    @property
    def earning_step(self) -> Decimal:
        """The smallest step with which it would be accepted."""
        return earning_step(self.spec, self.market, self.fees, self.levels)


Steps = Sequence[tuple[Decimal, Decimal]]
"""Where each level buys and sells, the lowest first."""


def preview(
    spec: GridSpec,
    market: Market,
    touch: Touch,
    fees: Fees,
    free: Decimal,
    awaits: tuple[Awaited, ...] = (),
    steps: Steps | None = None,
) -> Preview | Problem:
    """What the grid would be at these prices, with these steps or its own, or the first thing that is wrong with it."""
    there = _opens_at(touch, awaits)
    wrong = _wrong_shape(measured(spec, market, there), market)
    if wrong:
        return wrong
    levels = levels_of(spec, market, there, steps)
    if isinstance(levels, Problem):
        return levels
    found = _preview(spec, market, touch, paid(spec, fees), free, levels, awaits)
    return _refused(found) or found


def _opens_at(touch: Touch, awaits: Iterable[Awaited]) -> Touch:
    trigger = next((one.threshold for one in awaits if one.until in (Until.RISE, Until.DROP)), None)
    return touch if trigger is None else replace(touch, bid=trigger, ask=trigger)


def measured(spec: GridSpec, market: Market, touch: Touch) -> GridSpec:
    """The wish with its range in prices: what was given as parts of the price is measured from the price of now.

    A grid is measured when it begins, and keeps these prices; one that waits is measured when it has waited.
    """
    if spec.below is None or spec.lower is not None:
        return spec
    lower = market.price_near(touch.middle * (ONE - spec.below))
    upper = market.price_near(touch.middle * (ONE + (spec.above or ZERO)))
    return replace(spec, lower=lower, upper=upper)


def levels_of(spec: GridSpec, market: Market, touch: Touch, steps: Steps | None = None) -> tuple[Level, ...] | Problem:
    """The levels, lowest first, prices rounded to the tick once and for all."""
    steps = _steps(measured(spec, market, touch), market, touch) if steps is None else steps
    if steps[0][0] <= 0:
        return problem(ProblemCode.BELOW_ZERO, "grids", lowest=steps[0][0])
    for (low, sell), (above, _) in zip(steps, [*steps[1:], (steps[-1][1], ZERO)], strict=True):
        if low >= sell or low >= above:
            return problem(ProblemCode.SAME_TICK, "grids", price=low, tick=market.tick_size)
    return tuple(_level(spec, market, touch, rank, *step) for rank, step in enumerate(steps, start=1))


def total_for(spec: GridSpec, market: Market, touch: Touch, fees: Fees, money: Decimal) -> Decimal:
    """The total, as typed, with which a grid sets no more than this money aside; where none fits, the money itself.

    Never nothing: what is refused then is told with what it would take.
    """
    most = max(money_down(money, market.quote), market.tick_size * market.step_size)
    spec = replace(spec, quote_per_order=None, base_per_order=None, total=most)
    levels = None if _wrong_shape(measured(spec, market, touch), market) else levels_of(spec, market, touch)
    if levels is None or isinstance(levels, Problem) or not min(level.quantity for level in levels):
        return most
    found = _preview(spec, market, touch, paid(spec, fees), money, levels)
    return most if found.money <= money else _fitting(found) or most


def _wrong_shape(spec: GridSpec, market: Market) -> Problem | None:
    if market.state is not BookState.OPEN:
        return problem(ProblemCode.MARKET_CLOSED, symbol=market.symbol, state=market.state.value)
    if not 1 <= spec.grids <= MAX_LEVELS:
        return problem(ProblemCode.TOO_MANY_LEVELS, "grids", maximum=MAX_LEVELS)
    if spec.spacing is not Spacing.INTERVAL:
        lower, upper = spec.lower or ZERO, spec.upper or ZERO
        if not 0 < lower < upper:
            return problem(ProblemCode.BAD_RANGE, "lower", lower=lower, upper=upper)
    return counted_twice(spec)


def counted_twice(spec: GridSpec) -> Problem | None:
    """A part of the account's money grows with what is earned by itself: compounding would add that again."""
    if not spec.is_divided or spec.compound is None:
        return None
    return problem(ProblemCode.COUNTED_TWICE, "compound")


def _steps(spec: GridSpec, market: Market, touch: Touch) -> list[tuple[Decimal, Decimal]]:
    if spec.spacing is Spacing.INTERVAL:
        return _interval_steps(spec, market, touch)
    lower, upper, grids = spec.lower or ZERO, spec.upper or ZERO, spec.grids
    if spec.spacing is Spacing.ARITHMETIC:
        exact = [lower + (upper - lower) * line / grids for line in range(grids + 1)]
    else:
        exact = [lower * (upper / lower) ** (Decimal(line) / grids) for line in range(grids + 1)]
    lines = [market.price_near(line) for line in exact]
    return list(pairwise(lines))


def _interval_steps(spec: GridSpec, market: Market, touch: Touch) -> list[tuple[Decimal, Decimal]]:
    interval, out = spec.interval or ZERO, spec.out_want or ZERO
    lowest = touch.middle - interval * spec.grids / 2
    floors = [market.price_near(lowest + interval * index) for index in range(spec.grids)]
    return [(floor, market.price_up(floor * (ONE + out))) for floor in floors]


def _level(spec: GridSpec, market: Market, touch: Touch, rank: int, buy_price: Decimal, sell_price: Decimal) -> Level:
    side = CLOSING if buy_price >= touch.ask else OPENING
    shape = Shape(
        rank=rank,
        buy_price=buy_price,
        sell_price=sell_price,
        quantity=size(spec, market, rank, buy_price),
        initial=side,
    )
    return Level(id=LevelId(rank), shape=shape, side=side)


def _preview(
    spec: GridSpec,
    market: Market,
    touch: Touch,
    fees: Fees,
    free: Decimal,
    levels: tuple[Level, ...],
    awaits: tuple[Awaited, ...] = (),
) -> Preview:
    there = _opens_at(touch, awaits)
    buys = sum((level.quantity * level.buy_price for level in levels if opens(level.side)), ZERO)
    wanted = sum((level.quantity for level in levels if closes(level.side)), ZERO)
    seeds = market.quantity_up(wanted / (ONE - fees.taker)) if wanted else ZERO
    seed_cost = seeds * most_to_pay(market, touch.ask)
    outside = there.ask < levels[0].buy_price or there.bid > levels[-1].sell_price
    waits = bool(awaits) or (outside and spec.wait_for_range)
    money = money_to_wait(levels, market, fees) if waits else buys + seed_cost + lost_to_rounding(levels, market)
    trips = [trip(level, market, fees) for level in levels if level.quantity > 0] or [_NOTHING]
    worst_price = spec.stop_loss if spec.stop_loss is not None else levels[0].buy_price
    coins = sum((level.quantity for level in levels), ZERO) * (ONE - fees.maker)
    return Preview(
        spec=spec,
        market=market,
        touch=touch,
        fees=fees,
        levels=levels,
        seed_coins=ZERO if waits else seeds,
        seed_cost=ZERO if waits else seed_cost,
        money=money,
        free=free,
        least_profit=min(one.profit for one in trips),
        most_profit=max(one.profit for one in trips),
        least_rate=min(one.rate for one in trips),
        most_rate=max(one.rate for one in trips),
        fee_share=max(one.fee_share if one.profit > 0 else ONE for one in trips),
        worst_price=worst_price,
        worst_loss=min(ZERO, coins * worst_price * (ONE - fees.taker) - money),
        virtual=_virtual(spec, market, there, levels),
        waits=waits,
        awaits=awaits,
    )


_NOTHING = Trip(profit=ZERO, cost=ONE, fees=ZERO)


def _virtual(spec: GridSpec, market: Market, touch: Touch, levels: Sequence[Level]) -> int:
    if spec.taker:
        return 0  # no order waits for the price
    in_band = [level for level in levels if market.in_band(level.price, touch.middle)]
    sides = ([level for level in in_band if level.side is side] for side in Side)
    return len(levels) - sum(min(len(side), spec.window) for side in sides)


def _refused(found: Preview) -> Problem | None:
    return _too_small(found) or _loses(found) or _outside(found) or _bad_limit(found) or _no_money(found)


def _too_small(found: Preview) -> Problem | None:
    spec, market = found.spec, found.market
    least, smallest = least_order(market, found.fees), min(found.levels, key=lambda level: level.quantity)
    if smallest.quantity < least:
        amount = enough(spec, market, found.levels, least)
        return problem(
            ProblemCode.TOO_SMALL,
            amount_word(spec),
            quantity=smallest.quantity,
            minimum=least,
            base=market.base,
            least_money=_unrounded(found, amount) or amount,
            quote=amount_unit(spec, market),
        )
    biggest = max(level.quantity for level in found.levels)
    if market.max_quantity is not None and biggest > market.max_quantity:
        return problem(ProblemCode.TOO_LARGE, amount_word(spec), maximum=market.max_quantity, base=market.base)
    return None


def _loses(found: Preview) -> Problem | None:
    spec = found.spec
    if found.least_rate >= spec.fee_buffer:
        return None
    step = min(level.sell_price / level.buy_price - ONE for level in found.levels)
    least = least_step(found.fees, spec.fee_buffer, found.market, found.levels[0].buy_price)
    amount = _unrounded(found, amount_of(spec)) if step >= least else None
    if amount is not None:
        return _lost_by_rounding(found, amount)
    return problem(
        ProblemCode.LOSES,
        "out" if spec.spacing is Spacing.INTERVAL else "grids",
        step=step,
        fees=found.fees.break_even_step(),
        buffer=spec.fee_buffer,
        least=found.earning_step,
    )


def _lost_by_rounding(found: Preview, amount: Decimal) -> Problem:
    """The prices would do; what a sale of so few coins leaves over does not."""
    return problem(
        ProblemCode.ROUNDING,
        amount_word(found.spec),
        step=found.market.step_size,
        base=found.market.base,
        least_money=amount,
        quote=amount_unit(found.spec, found.market),
    )


def _unrounded(found: Preview, amount: Decimal) -> Decimal | None:
    """The amount, from this one upwards, that earns more than the buffer although a sale is rounded to the step.

    None where no amount does: then it is the prices.
    """
    for _ in range(ROUNDING_TRIES):
        spec, levels = _laid(found, amount)
        least = least_order(found.market, found.fees)
        trips = [trip(level, found.market, found.fees) for level in levels if level.quantity >= least]
        if len(trips) == len(levels) and min(one.rate for one in trips) >= spec.fee_buffer:
            return amount
        amount = money_up(amount * ROUNDING_GROWTH, amount_unit(spec, found.market))
    return None


def _laid(found: Preview, amount: Decimal) -> tuple[GridSpec, tuple[Level, ...]]:
    """The wish for another amount, and its lines, wherever they come from, with the sizes of that."""
    spec, there = with_amount(found.spec, amount), found.opens_at
    steps = [(level.buy_price, level.sell_price) for level in found.levels]
    return spec, tuple(_level(spec, found.market, there, rank, *step) for rank, step in enumerate(steps, start=1))


def _outside(found: Preview) -> Problem | None:
    lower, upper = found.levels[0].buy_price, found.levels[-1].sell_price
    there = found.opens_at
    price = found.market.price_near(there.middle)
    for one in found.awaits:
        if (one.until is Until.RISE and price > upper) or (one.until is Until.DROP and price < lower):
            return problem(ProblemCode.TRIGGER_OUTSIDE, "trigger", price=one.threshold, lower=lower, upper=upper)
    if found.spec.wait_for_range or (lower <= there.ask and there.bid <= upper):
        return None
    return problem(ProblemCode.OUTSIDE, "lower", price=price, lower=lower, upper=upper)


def _bad_limit(found: Preview) -> Problem | None:
    spec = found.spec
    if wrong := badly_set(spec, found.opens_at.bid, found.levels):
        return wrong
    if spec.max_position is not None and spec.max_position < found.money:
        facts = {"maximum": spec.max_position, "money": found.money}
        return problem(ProblemCode.POSITION, "maxpos", **facts, quote=found.market.quote)
    return None


def _no_money(found: Preview) -> Problem | None:
    if found.money <= found.free:
        return None
    return problem(
        ProblemCode.NO_MONEY,
        amount_word(found.spec),
        needed=found.money,
        free=max(ZERO, found.free),
        fits=_fitting(found),
        quote=found.market.quote,
    )


def _fitting(found: Preview) -> Decimal:
    """The amount that the free money carries, as typed, although rounding costs the same; zero where none does."""
    free = max(ZERO, found.free)
    for _ in range(FITTING_TRIES):
        if found.money > free:
            spec, levels = _laid(found, amount_of(lessened(found.spec, found.market, found.levels, found.money, free)))
            found = _preview(spec, found.market, found.touch, found.fees, found.free, levels, found.awaits)
    return ZERO if found.money > free or _too_small(found) else amount_of(found.spec)


def problem(code: ProblemCode, mends: str | None = None, /, **facts: str | int | Decimal) -> Problem:
    """A problem, the parameter that would mend it, and the facts that its text needs."""
    return Problem(code=code, field=mends, facts=tuple(facts.items()))


def unknown_grid(grids: Iterable[GridId], grid_id: GridId) -> Problem:
    """There is no such grid among these."""
    known = ", ".join(str(known) for known in grids)
    return problem(ProblemCode.UNKNOWN_GRID, id=grid_id, grids=known)


def shaped_like(spec: GridSpec, old: GridSpec) -> bool:
    """Whether two specs make the same lines, so that one can replace the other on a running grid."""
    shape = {"symbol", "spacing", "grids", "interval", "lower", "upper", "below", "above"}
    return all(getattr(spec, name) == getattr(old, name) for name in shape)
