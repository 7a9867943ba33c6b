"""From what the owner wishes to a whole spec: the default grid where it makes sense, else one from price and fee."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from difflib import get_close_matches

from bot.owner.wish import BACK, Wish
from bot.settings import Defaults
from strategy.grid.opening import measured, problem, total_for
from strategy.grid.sizing import least_order, money_up
from strategy.grid.trips import least_step
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.grid import Grid
from strategy.model.market import DOLLARS, Fees, Market, Symbol, Touch, in_quote
from strategy.model.money import ONE, ZERO
from strategy.model.past import Measure
from strategy.model.spec import GridSpec, Spacing

SENSIBLE_INTERVAL = (Decimal("0.003"), Decimal("0.05"))
"""Between these fractions of the price the default interval is used as it is."""
A_HAIR = Decimal("1e-9")
"""What a count may lack of a whole number, as a quotient of logarithms does."""
PROPOSED_INTERVAL = Decimal("0.02")
RANGE = Decimal("0.06")
"""A proposed range reaches this far to both sides of the price."""
ROOM = Decimal("0.005")
"""How far below the deepest rise of a proposed `out` its interval may not fall."""


def propose(
    wish: Wish,
    market: Market,
    touch: Touch,
    fees: Fees,
    defaults: Defaults,
    quote_price: Decimal | None = None,
    *,
    free: Decimal = ZERO,
) -> GridSpec | Problem:
    """A whole spec: what was said, and defaults for the rest. `free` is the quote that a share is taken of.

    `quote_price` is USDC for a unit of the quote, where that is no dollar. Without it, money has to be said.
    """
    if wish.get("taker"):
        fees = replace(fees, maker=fees.taker)
    carried = _carried(wish, market, touch, fees, defaults, quote_price)
    if isinstance(carried, Problem):
        return carried
    defaults, spacing = carried, _spacing(wish)
    spec = GridSpec(
        symbol=market.symbol,
        spacing=spacing,
        grids=int(_number(wish, "grids") or defaults.grids),
        max_loss=defaults.max_loss,
        max_position=defaults.max_position,
        fee_buffer=defaults.fee_buffer,
        seed_patience=defaults.seed_patience,
        window=defaults.window,
        quote_price=None if market.quote in DOLLARS else quote_price,
    )
    shaped = (
        _interval(spec, wish, market, touch, fees, defaults)
        if spacing is Spacing.INTERVAL
        else _range(spec, wish, market, touch)
    )
    found = tuned(_with_money(shaped, wish, defaults), wish, _ends(shaped, market, touch, _number(wish, "trigger")))
    if isinstance(found, Problem) or (share := _number(wish, "share")) is None:
        return found
    return replace(found, total=total_for(found, market, touch, fees, share * free))


def _carried(
    wish: Wish, market: Market, touch: Touch, fees: Fees, defaults: Defaults, quote_price: Decimal | None
) -> Defaults | Problem:
    """The defaults in the quote of the market, by the price that is known; what needs it and has none is asked for."""
    quote = market.quote
    if quote in DOLLARS:
        return defaults
    if quote_price is None:
        said = bool(_amounts(wish))
        unlimited = defaults.max_position is None or "max_position" in wish
        missing = "usdc" if not said else None if unlimited else "maxpos"
        if missing is None:
            return replace(defaults, interval=ZERO, max_position=None)
        least = money_up(least_order(market, fees) * touch.ask, quote)
        return problem(ProblemCode.NO_QUOTE_PRICE, missing, quote=quote, least_money=least)
    most = defaults.max_position
    return replace(
        defaults,
        interval=nice(defaults.interval / quote_price, market.tick_size),
        quote_per_order=nice(defaults.quote_per_order / quote_price, market.tick_size * market.step_size),
        max_position=in_quote(most, quote, quote_price) if most else None,
    )


def retuned(grid: Grid, wish: Wish) -> GridSpec | Problem:
    """The spec of a running grid with what is wished for, its ladder too."""
    if BACK in wish:
        return grid.before or problem(ProblemCode.NOTHING_BEFORE)
    is_relaid = any(name in wish for name in _LADDER)
    return tuned(_relaid(grid, wish) if is_relaid else grid.spec, wish, (grid.lowest, grid.highest))


def _relaid(grid: Grid, wish: Wish) -> GridSpec:
    """With another ladder. What a change of its kind leaves open follows from the ladder that there is."""
    spec, said = grid.spec, {name: wish[name] for name in _LADDER if name in wish}
    spacing = said.get("spacing", spec.spacing)
    if spacing is Spacing.INTERVAL:
        step = (grid.highest - grid.lowest) / len(grid.levels)
        interval = spec.interval or nice(step, grid.market.tick_size)
        out = spec.out_want or (step / grid.highest).quantize(Decimal("0.0001"), ROUND_FLOOR)
        known = {"interval": interval, "out_want": out, "lower": None, "upper": None}
    else:
        known = {"lower": grid.lowest, "upper": grid.highest, "interval": None, "out_want": None, "width_own": None}
        if spec.lower is not None and spec.upper is not None:
            known |= {"lower": spec.lower, "upper": spec.upper}
    return replace(spec, **(known | {"below": None, "above": None} | said))  # type: ignore[arg-type]  # as in `tuned`


Ends = tuple[Decimal, Decimal]
"""Where a ladder begins and ends."""


def tuned(spec: GridSpec, wish: Wish, ends: Ends) -> GridSpec | Problem:
    """The spec with the sizes and limits that are wished for. Its shape stays. `ends` are those of its ladder now,
    where the spec has none in prices.
    """
    amounts = _amounts(wish)
    if len(amounts) > 1:
        return problem(ProblemCode.BAD_LIMIT, "usdc", field="usdc", value=ZERO, price=ZERO)
    if "out_want" in wish and spec.spacing is not Spacing.INTERVAL:  # a level sells at the next line: no change
        return problem(ProblemCode.NO_TARGET, "out")
    changes = {name: value for name, value in wish.items() if name not in (*_SHAPE, "share")}
    if amounts:
        changes = {**_NO_AMOUNT, **changes}
    width = wish.get("width", spec.width)
    if "interval" in wish and "width" not in wish and width is not Measure.VOLUME:
        changes["width"] = width = None  # what is said takes the place of what is measured
    if "interval" in wish or width is not spec.width:  # what it is from now on is its own
        changes["width_own"] = None
    wished = replace(spec, **changes)  # type: ignore[arg-type]  # what is wished for a field is what the field takes
    return bounded(wished, wish, ends) if wished.shift is not spec.shift else wished


def _ends(spec: GridSpec, market: Market, touch: Touch, trigger: Decimal | None) -> Ends:
    """Those of the ladder that the preview shows: measured from the price of now, or from its trigger."""
    there = touch if trigger is None else replace(touch, bid=trigger, ask=trigger)
    found = measured(spec, market, there)
    if found.lower is not None and found.upper is not None:
        return found.lower, found.upper
    half = (spec.interval or ZERO) * spec.grids / 2
    return market.price_near(max(ZERO, there.middle - half)), market.price_near(there.middle + half)


def bounded(spec: GridSpec, wish: Wish, ends: Ends) -> GridSpec:
    """A ladder that may shift from now on goes no farther than one range, where its owner has not said how far.

    In prices, which he sees before he starts it: one that begins later elsewhere goes no farther than he was told.
    """
    lower, upper = (spec.lower, spec.upper) if spec.lower is not None and spec.upper is not None else ends
    wide = upper - lower
    low = lower - wide if lower > wide else lower / 2
    said_low = "shift_low" in wish or spec.shift_low is not None or not spec.follows_down
    said_high = "shift_high" in wish or spec.shift_high is not None or not spec.follows_up
    return replace(
        spec,
        shift_low=spec.shift_low if said_low else low,
        shift_high=spec.shift_high if said_high else upper + wide,
    )


_LADDER = ("spacing", "grids", "interval", "lower", "upper")
_SHAPE = (*_LADDER, "below", "above", "step")
_NO_AMOUNT: Wish = {
    "quote_per_order": None,
    "total": None,
    "base_per_order": None,
    "envelope": None,
    "takes_rest": False,
}
_AMOUNTS = (*_NO_AMOUNT, "share")
"""Each takes the place of the others; a share becomes a total."""


def _amounts(wish: Wish) -> list[str]:
    """Which of them were given; `rest=no` gives none."""
    return [name for name in _AMOUNTS if wish.get(name)]


def _number(wish: Wish, name: str) -> Decimal | None:
    value = wish.get(name)
    return Decimal(value) if isinstance(value, Decimal | int) else None


def _spacing(wish: Wish) -> Spacing:
    said = wish.get("spacing")
    if isinstance(said, Spacing):
        return said
    if wish.get("endless"):
        return Spacing.GEOMETRIC
    return Spacing.ARITHMETIC if any(name in wish for name in _RANGE) else Spacing.INTERVAL


_RANGE = ("lower", "upper", "below", "above", "step")


def _with_money(spec: GridSpec, wish: Wish, defaults: Defaults) -> GridSpec:
    if _amounts(wish):
        return spec
    return replace(spec, quote_per_order=defaults.quote_per_order)


def _interval(spec: GridSpec, wish: Wish, market: Market, touch: Touch, fees: Fees, defaults: Defaults) -> GridSpec:
    least = least_step(fees, spec.fee_buffer, market, touch.bid)
    out = _number(wish, "out_want") or max(defaults.out_want, least)
    interval = _number(wish, "interval") or _proposed_interval(market, touch, defaults, out)
    return replace(spec, interval=interval, out_want=out)


def _proposed_interval(market: Market, touch: Touch, defaults: Defaults, out: Decimal) -> Decimal:
    low, high = SENSIBLE_INTERVAL
    fraction = defaults.interval / touch.middle
    if max(low, out) <= fraction <= high and defaults.interval > market.tick_size:
        return defaults.interval
    return nice(touch.middle * max(PROPOSED_INTERVAL, out + ROOM), market.tick_size)


def _range(spec: GridSpec, wish: Wish, market: Market, touch: Touch) -> GridSpec:
    if "below" in wish or "above" in wish:
        return _counted(replace(spec, below=_number(wish, "below"), above=_number(wish, "above")), wish, touch)
    low, high = touch.middle * (ONE - RANGE), touch.middle * (ONE + RANGE)
    lower = _number(wish, "lower") or market.price_down(nice(low, market.tick_size, ROUND_FLOOR))
    if wish.get("endless") and lower < touch.middle:  # it begins as far above the price as it reaches below
        high = touch.middle**2 / lower
    upper = _number(wish, "upper") or market.price_up(nice(high, market.tick_size))
    return _counted(replace(spec, lower=lower, upper=upper), wish, touch)


def _counted(spec: GridSpec, wish: Wish, touch: Touch) -> GridSpec:
    """With as many levels as fit into the range a step apart: never closer together than was said."""
    step = _number(wish, "step")
    if step is None:
        return spec
    price = touch.middle
    low = spec.lower / price if spec.lower else ONE - (spec.below or ZERO)
    high = spec.upper / price if spec.upper else ONE + (spec.above or ZERO)
    if not 0 < low < high:
        return spec  # refused for that
    exact = (high - low) / step if spec.spacing is Spacing.ARITHMETIC else (high / low).ln() / (ONE + step).ln()
    return replace(spec, grids=max(1, int(exact + A_HAIR)))


def nice(value: Decimal, tick: Decimal, rounding: str = ROUND_CEILING) -> Decimal:
    """The value rounded to two digits, and to the tick: a number that a person would have chosen."""
    step = max(Decimal(1).scaleb(value.adjusted() - 1), tick)
    return (value / step).to_integral_value(rounding) * step


def similar(name: str, known: Sequence[Symbol]) -> tuple[Symbol, ...]:
    """Markets whose name is near to what was typed, or that have the same base."""
    wanted, by_capitals = _capitals(name), {_capitals(symbol): symbol for symbol in known}
    starts = [symbol for symbol in by_capitals if symbol.startswith(wanted.split("_")[0] + "_")]
    close = get_close_matches(wanted, by_capitals, n=3, cutoff=0.6)
    return tuple(dict.fromkeys(by_capitals[one] for one in (*close, *starts)))[:3]


def market_named(name: str, markets: Mapping[Symbol, Market]) -> Market | None:
    """The market of this name, whatever the capitals and the mark between its assets."""
    wanted = _capitals(name)
    return next((market for symbol, market in markets.items() if _capitals(symbol) == wanted), None)


def _capitals(name: str) -> str:
    return name.upper().replace("-", "_").replace("/", "_")
