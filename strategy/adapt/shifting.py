"""A ladder that follows the price: where its edges are, where it would go, and what of the last hours is against it.

It moves by whole steps of its own, so that the levels that overlap keep their exact prices. What a shift costs, and
whether the money is there, is not asked here.
"""

from dataclasses import dataclass
from decimal import Decimal

from strategy.messages.shifts import End, Kept
from strategy.model.account import Account
from strategy.model.adapted import Outside
from strategy.model.durations import DAY, HOUR
from strategy.model.grid import Grid
from strategy.model.levels import Level
from strategy.model.market import Touch
from strategy.model.money import ONE, ZERO, ratio
from strategy.model.past import Past
from strategy.model.spec import FAST_FALL, SHIFT_HOURS, Spacing

MOST_STEPS = 1000
"""A ladder that the price has left farther behind follows it by so many at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A ladder moved: by how many steps, and where its levels buy and sell then, the lowest first."""

    steps: int
    places: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What keeps a ladder where it is, with its figures."""

    reason: Kept
    value: Decimal = ZERO
    threshold: Decimal = ZERO
    end: End | None = None
    until: int = 0


class Rails:
    """The lines of a ladder, and those that would follow beyond its ends: place 0 is its lowest, `count` its highest.

    A line that exists keeps its exact price; also one above, of a level that stays there for its coins.
    """

    def __init__(self, grid: Grid) -> None:
        levels = sorted(grid.levels.values(), key=lambda level: level.rank)
        own, above = levels[: grid.spec.grids], levels[grid.spec.grids :]
        self._grid, self.count = grid, len(own)
        self._interval = grid.spec.interval if grid.spec.spacing is Spacing.INTERVAL else None
        self._lines = [level.buy_price for level in own]
        last = own[-1]
        self._lines.append(last.sell_price if self._interval is None else self._near(last.buy_price + self._interval))
        self._above = [one for level in above for one in self._lines_of(level)]
        self._step = (self._lines[-1] - self._lines[0]) / self.count

    def line(self, place: int) -> Decimal:
        """Its price, on the tick."""
        if 0 <= place <= self.count:
            return self._lines[place]
        price = self._near(self._exact(place))
        return next((one for one in self._above if abs(one - price) * 4 < self._step), price)

    def step(self, place: int) -> tuple[Decimal, Decimal]:
        """Where the level between this line and the next one buys and sells."""
        low = self.line(place)
        if self._interval is None:
            return low, self.line(place + 1)
        return low, self._grid.market.price_up(low * (ONE + (self._grid.spec.out_want or ZERO)))

    def _exact(self, place: int) -> Decimal:
        low, high = self._lines[0], self._lines[-1]
        if self._grid.spec.spacing is Spacing.GEOMETRIC:
            return low * (high / low) ** (Decimal(place) / self.count)
        step = self._step if self._interval is None else self._interval
        return low + step * place if place < 0 else high + step * (place - self.count)

    def _near(self, price: Decimal) -> Decimal:
        return self._grid.market.price_near(price)

    def _lines_of(self, level: Level) -> tuple[Decimal, ...]:
        return (level.buy_price,) if self._interval is not None else (level.buy_price, level.sell_price)


def edges(grid: Grid) -> tuple[Decimal | None, Decimal | None]:
    """Below which ask the ladder would follow the price down, and above which bid up; None where it doesn't."""
    spec = grid.spec
    if not (spec.follows_up or spec.follows_down):
        return None, None
    rails = Rails(grid)
    low = rails.line(-spec.shift_after) if spec.follows_down else ZERO
    high = rails.line(rails.count + _after(grid, up=True)) if spec.follows_up else None
    return low if low > 0 else None, high


def beyond(grid: Grid, touch: Touch) -> Outside | None:
    """On which side the price is so far outside that the ladder would follow it."""
    low, high = edges(grid)
    if high is not None and touch.bid > high:
        return Outside.ABOVE
    return Outside.BELOW if low is not None and touch.ask < low else None


def is_inside(grid: Grid, touch: Touch) -> bool:
    """Whether the price is within the ladder again."""
    rails = Rails(grid)
    return rails.line(0) <= touch.ask and touch.bid <= rails.line(rails.count)


def against(account: Account, grid: Grid, touch: Touch, at: int, *, up: bool) -> Against | None:
    """What of the hours and of its own shifts keeps the ladder where it is."""
    past = account.past_of(grid.spec.symbol, at)
    found = _spike(grid, past, touch, at) or (None if up else _falling(grid, past, touch, at))
    return found or (None if up and grid.spec.endless else _too_soon(grid, at))


def recent(grid: Grid, at: int) -> tuple[int, ...]:
    """Its shifts of the last day."""
    return tuple(one for one in grid.adapted.shifts if one > at - DAY)


def move(grid: Grid, touch: Touch, *, up: bool) -> Move | None:
    """The ladder moved by the fewest steps that bring the price as far into it as it may leave it, or by as many as
    its bounds let it; None where they let it by none.
    """
    rails, inside = Rails(grid), min(_after(grid, up=up), grid.spec.grids // 2)
    steps = _wanted(rails, touch, inside, up=up)
    while steps and not _is_within(grid, rails, steps, up=up):
        steps -= 1
    if not steps:
        return None
    first = steps if up else -steps
    return Move(steps=steps, places=tuple(rails.step(first + place) for place in range(rails.count)))


def _after(grid: Grid, *, up: bool) -> int:
    return 0 if up and grid.spec.endless else grid.spec.shift_after


def _wanted(rails: Rails, touch: Touch, inside: int, *, up: bool) -> int:
    steps = 1
    while steps < MOST_STEPS:
        if rails.line(rails.count + steps - inside) >= touch.bid if up else rails.line(inside - steps) <= touch.ask:
            break
        steps += 1
    return steps


def at_its_end(grid: Grid, *, up: bool) -> Against:
    """Which of its bounds lets the ladder go no step farther."""
    nearest = min if up else max
    end, price = nearest(_ends(grid, up=up), key=lambda one: one[1], default=(None, ZERO))
    return Against(reason=Kept.BOUNDS, threshold=price, end=end)


def _ends(grid: Grid, *, up: bool) -> list[tuple[End, Decimal]]:
    """A stop loss stays below every level, and a take profit above: what has stopped a grid is no place to trade."""
    spec = grid.spec
    if up:
        ends = ((End.HIGH, None if spec.endless else spec.shift_high), (End.TAKE, spec.take_profit))
    else:
        ends = ((End.LOW, spec.shift_low), (End.STOP, grid.stop_price))
    return [(end, price) for end, price in ends if price is not None]


def _is_within(grid: Grid, rails: Rails, steps: int, *, up: bool) -> bool:
    ends = _ends(grid, up=up)
    if up:
        highest = rails.step(rails.count + steps - 1)[1]
        return all(highest <= price for _, price in ends)
    lowest = rails.line(-steps)
    return lowest > 0 and all(lowest > price if end is End.STOP else lowest >= price for end, price in ends)


def _spike(grid: Grid, past: Past | None, touch: Touch, at: int) -> Against | None:
    most = grid.spec.shift_spike
    if most is None:
        return None
    average = past.average(SHIFT_HOURS, at) if past is not None else None
    wide = past.true_range(SHIFT_HOURS, at) if past is not None else None
    if average is None or wide is None:
        return Against(reason=Kept.PAST)
    apart = abs(touch.middle - average)
    if apart <= most * wide * average:
        return None
    hours = ratio(apart, wide * average) if wide else Decimal(0)
    return Against(reason=Kept.SPIKE, value=hours, threshold=Decimal(most))


def _falling(grid: Grid, past: Past | None, touch: Touch, at: int) -> Against | None:
    fall, highest = grid.spec.fall or FAST_FALL, past.highest(grid.spec.fall_hours, at) if past is not None else None
    if highest is None:
        return Against(reason=Kept.PAST)
    if grid.adapted.fall is None and touch.bid > highest * (ONE - fall):
        return None
    return Against(reason=Kept.FALLING, value=ONE - ratio(touch.bid, highest), threshold=fall)


def _too_soon(grid: Grid, at: int) -> Against | None:
    done, most = recent(grid, at), grid.spec.shift_most
    if len(done) >= most:
        return Against(
            reason=Kept.MOST, value=Decimal(len(done)), threshold=Decimal(most), until=done[len(done) - most] + DAY
        )
    until = grid.adapted.shifts[-1] + grid.spec.shift_rest * HOUR if grid.adapted.shifts else 0
    return Against(reason=Kept.REST, until=until) if at < until else None
