"""How much a level buys, exact to the step, and what money that takes. Prices are given; nothing is decided here."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from strategy.model.grid import Grid
from strategy.model.levels import Level
from strategy.model.market import DOLLARS, Asset, Fees, Market
from strategy.model.money import ONE, ZERO, ceil_to, floor_to, significant
from strategy.model.orders import LevelId
from strategy.model.spec import GridSpec
from strategy.model.values import replace

CENT = Decimal("0.01")
DIGITS = 4
"""Of an amount that is proposed in another quote than dollars; those are proposed in cents."""
A_HAIR = Decimal("1e-9")
"""As a fraction: by so much less than enough for a step is too little for it."""
TAKER_MARGIN = Decimal("0.003")
"""How far past the touch a taker order may reach, as a fraction."""


def size(spec: GridSpec, market: Market, rank: int, buy_price: Decimal) -> Decimal:
    """Coins that a level's buy asks for, before fees: what is wished, rounded down to the step."""
    return market.quantity_down(wished(spec, rank, buy_price))


def wished(spec: GridSpec, rank: int, buy_price: Decimal) -> Decimal:
    """The same before rounding. Each level gets less than the one above it, by `taper`: more is held there already."""
    if spec.base_per_order is not None:
        return spec.base_per_order * _weight(spec, rank)
    return money_wished(spec, rank, buy_price) / buy_price


def money_wished(spec: GridSpec, rank: int, buy_price: Decimal) -> Decimal:
    """What that costs, in quote."""
    if spec.base_per_order is not None:
        return spec.base_per_order * _weight(spec, rank) * buy_price
    if spec.quote_per_order is not None:
        return spec.quote_per_order * _weight(spec, rank)
    return (spec.total or ZERO) * _weight(spec, rank) / _weights(spec)


def most_an_order(spec: GridSpec, levels: Sequence[Level]) -> Decimal:
    """The most that a level's buy costs, in quote, as it was wished."""
    return max(money_wished(spec, level.rank, level.buy_price) for level in levels)


def all_orders(spec: GridSpec, levels: Sequence[Level]) -> Decimal:
    """What the buys of all levels cost, in quote, as they were wished."""
    return sum((money_wished(spec, level.rank, level.buy_price) for level in levels), ZERO)


def enough(spec: GridSpec, market: Market, levels: Sequence[Level], least: Decimal) -> Decimal:
    """The amount at which the smallest order is as large as the market wants it."""
    if not amount_of(spec):  # a part of an account that has nothing: any amount tells how the levels share one
        spec = replace(spec, total=ONE)
    wishes = [wished(spec, level.rank, level.buy_price) for level in levels]
    factor = max((least / one for one in wishes if one), default=ONE)
    return money_up(amount_of(spec) * factor, amount_unit(spec, market))


def _weight(spec: GridSpec, rank: int) -> Decimal:
    below = spec.grids - rank
    return (ONE - spec.taper) ** below if spec.taper and below else ONE  # 0 ** 0 is no number


def _weights(spec: GridSpec) -> Decimal:
    """What the weights of all levels add up to."""
    if not spec.taper:
        return Decimal(spec.grids)
    return (ONE - (ONE - spec.taper) ** spec.grids) / spec.taper


def amount_of(spec: GridSpec) -> Decimal:
    """The amount that was given, whichever it is: every level's size goes with it."""
    given = spec.base_per_order if spec.base_per_order is not None else spec.quote_per_order
    return given if given is not None else spec.total or ZERO


def amount_word(spec: GridSpec) -> str:
    """The parameter that gave it."""
    if spec.base_per_order is not None:
        return "coins"
    return "usdc" if spec.quote_per_order is not None else "total"


def amount_unit(spec: GridSpec, market: Market) -> Asset:
    """What it is counted in."""
    return market.quote if spec.base_per_order is None else market.base


def with_amount(spec: GridSpec, amount: Decimal) -> GridSpec:
    """The same wish for another amount."""
    if spec.base_per_order is not None:
        return replace(spec, base_per_order=amount)
    if spec.quote_per_order is not None:
        return replace(spec, quote_per_order=amount)
    return replace(spec, total=amount)


def lessened(spec: GridSpec, market: Market, levels: Sequence[Level], needed: Decimal, has: Decimal) -> GridSpec:
    """The same wish for less, where these levels need more than there is.

    In steps of the market a little less is no less at all: the fullest levels become a step smaller, as many of them as
    it takes; where a step of each is not enough, all become smaller by the part that is missing.
    """
    missing, part = needed - has, has / needed
    steps = [(level.quantity / wished(spec, level.rank, level.buy_price), level.buy_price) for level in levels]
    for fullness, price in sorted(steps, reverse=True):
        missing -= market.step_size * price
        if missing <= 0:
            part = fullness * (ONE - A_HAIR)
            break
    return with_amount(spec, money_down(amount_of(spec) * part, amount_unit(spec, market)))


def sized_alike(spec: GridSpec, other: GridSpec) -> bool:
    """Whether two wishes for the same lines make orders of the same sizes."""
    return all(getattr(spec, name) == getattr(other, name) for name in _SIZES)


def grows_alike(spec: GridSpec, other: GridSpec) -> bool:
    """Whether what was earned makes them larger by the same, too."""
    return sized_alike(spec, other) and all(getattr(spec, name) == getattr(other, name) for name in _GROWTH)


_SIZES = ("quote_per_order", "total", "base_per_order", "taper")
_GROWTH = ("compound", "compound_most")


def largest_buy(levels: Sequence[Level]) -> Decimal:
    """What the largest buy costs, in quote."""
    return max(level.quantity * level.buy_price for level in levels)


def own_sizes(grid: Grid) -> Mapping[LevelId, Decimal]:
    """What each level would buy without anything earned. Of a wish that is less than a step the market makes nothing:
    it counts as it is, and what was earned may fill it up. A level that had bought more when it was made smaller counts
    as what it had got.

    While another ladder is on its way, the levels are still those of the wish before.
    """
    market, spec = grid.market, grid.spec
    if grid.adapted.ladder is not None and grid.before is not None:
        spec = grid.before
    wishes = {level.id: wished(spec, level.rank, level.buy_price) for level in grid.levels.values()}
    had = grid.adapted.outsized
    return {one: max(market.quantity_down(wish) or wish, had.get(one, ZERO)) for one, wish in wishes.items()}


def outsized(grid: Grid, levels: Sequence[Level], grown: Mapping[LevelId, Decimal]) -> Mapping[LevelId, Decimal]:
    """Those of these levels that are larger than the grid's wish although nothing more than `grown` was earned."""
    if grid.spec.compound is None:
        return {}
    found = {level.id: level.quantity - grown.get(level.id, ZERO) for level in levels}
    sizes = {level.id: size(grid.spec, grid.market, level.rank, level.buy_price) for level in levels}
    return {one: quantity for one, quantity in found.items() if quantity > sizes[one]}


def grown_by(sizes: Mapping[LevelId, Decimal], levels: Iterable[Level]) -> Decimal:
    """Quote by which the buys of these levels are larger than that."""
    return sum((max(ZERO, level.quantity - sizes[level.id]) * level.buy_price for level in levels), ZERO)


def compounded(grid: Grid) -> Decimal:
    """Quote by which the buys of a grid are larger than the owner's wish makes them."""
    return grown_by(own_sizes(grid), grid.levels.values()) if grid.spec.compound is not None else ZERO


def paid(spec: GridSpec, fees: Fees) -> Fees:
    """What the orders of its levels pay: where none of them rests, both legs are a taker's."""
    return Fees(maker=fees.taker, taker=fees.taker) if spec.taker else fees


def seed_margin(fees: Fees) -> Decimal:
    """What a seed costs at most, as a factor on the price: past the ask, and its fee taken out of the coins."""
    return (ONE + TAKER_MARGIN) / (ONE - fees.taker)


def most_to_pay(market: Market, ask: Decimal) -> Decimal:
    """The highest price of a taker's buy: a little past the ask, which on a coarse market is the ask itself."""
    most = max(market.price_down(ask * (ONE + TAKER_MARGIN)), market.price_up(ask))
    return most if market.max_price is None else min(most, market.price_down(market.max_price))


def least_to_take(market: Market, bid: Decimal) -> Decimal:
    """The lowest price for coins sold as taker: a little past the bid.

    Where the bid is above the market's highest price that one is asked, and the bid is got.

    On a coarse market a tick is more than that little: there it is the bid itself, never a price of zero. A bid that
    rests from before the tick was so wide is met from the tick below it, as no order can name it.
    """
    lowest = market.price_up(market.min_price or market.tick_size)
    least = max(min(market.price_up(bid * (ONE - TAKER_MARGIN)), market.price_down(bid)), lowest)
    return least if market.max_price is None else min(least, market.price_down(market.max_price))


def least_order(market: Market, fees: Fees) -> Decimal:
    """The smallest buy of a level: its coins, less a maker fee taken out of them, can still be sold."""
    least = market.least_quantity
    return market.quantity_up(max(least, least / (ONE - fees.maker)))


def money_up(value: Decimal, quote: Asset) -> Decimal:
    """An amount that is large enough, as it would be typed: cents of a dollar, else few digits."""
    return ceil_to(value, CENT) if quote in DOLLARS else significant(value, DIGITS, ROUND_CEILING)


def money_down(value: Decimal, quote: Asset) -> Decimal:
    """An amount that is small enough, as it would be typed."""
    return floor_to(value, CENT) if quote in DOLLARS else significant(value, DIGITS, ROUND_FLOOR)


def lost_to_rounding(levels: Sequence[Level], market: Market) -> Decimal:
    """Quote that can be stuck in coins too few to sell: up to a step for each level, and the smallest order's rest.

    A rule that has outgrown the levels keeps them from trading: it gets no more stuck than one of them has.
    """
    largest = max(level.quantity for level in levels)
    step, least = min(market.step_size, largest), min(market.least_quantity, largest)
    return (len(levels) * step + least - step) * max(level.buy_price for level in levels)


def money_to_wait(levels: Sequence[Level], market: Market, fees: Fees) -> Decimal:
    """What a grid that waits for its range may need when the price comes in, from whichever side: all of its levels may
    be bought as first coins then, by a taker, and what rounding adds to them too.
    """
    whole = sum((level.quantity * level.buy_price for level in levels), ZERO)
    return whole * seed_margin(fees) + lost_to_rounding(levels, market) * (ONE + TAKER_MARGIN)
