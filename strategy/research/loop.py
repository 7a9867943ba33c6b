"""The kernel's inner loop, compiled: one ladder over one market, in whole numbers. Knows no decimals and no values.

The rules are those of `replay`. Two numbers say how a ladder stands: levels below the one wait to buy, the others to
sell, and up to the other these have their orders. Which buys have theirs is nowhere seen: the nearest ones do. Prices
are units of the candles, sizes are steps, and coins and money are counted in parts (`PARTS`) of a step, and of a unit
times a step, so that every fee is a whole number too.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from strategy.research.compiled import compiled

Whole: TypeAlias = npt.NDArray[np.int64]
Prices: TypeAlias = tuple[Whole, Whole, Whole, Whole]
"""Open, high, low and close of each candle."""
Span: TypeAlias = tuple[int, int]
"""The candle at whose close it starts, and the end."""
Told: TypeAlias = tuple[Whole, Whole]
"""Candles at whose close the total is wanted, and what it is."""

Worst: TypeAlias = tuple[int, int, int]
"""The highest total so far, the deepest fall from one, and from which."""

FAR = 1 << 62
COARSE, FINE = 64, 8
"""Candles that are passed over together."""
OPEN, HIGH, LOW, CLOSE = range(4)
LOWEST, HIGHEST, CLOSE_LOWEST, CLOSE_HIGHEST, FALL, FALL_TOP = range(6)
"""Of the candles that are passed over; the last two: the deepest fall from a close to a later one, and from where."""
BUYS, SELLS, AGAIN, SIZES, LOTS = range(5)
"""Of the levels, the lowest first: where each buys, sells, and sells once it has bought; how much; and what it has."""
GAP, TICK, INNER, PARTS, MAKER, TAKER, IN_QUOTE, SLIP, SLIPS, LEAST = range(10)
"""The terms of the market, and from here on those of the ladder."""
STARTS_AT, FIRST_CASH, FIRST_COINS, FIRST_RESIDUE, FIRST_TAKEN, STOP_AT, TAKE_AT, MOST_LOSS = range(10, 18)
STOP_SELLS, TAKE_SELLS, LOSS_SELLS, SLICE, FIRST_TOP, WINDOW, BAND, BANDS, TERMS = range(18, 27)
SLACK = 2
"""Levels beyond the window whose orders stay: see `grid.planning`."""
CASH, COINS, BOUGHT, SOLD, STOPS, TRADED, TAKEN, REASON, STOPPED, DRAWDOWN, TOP, LOGGED, STATE = range(13)
"""What came of it."""
STOP_LOSS, TAKE_PROFIT, MAX_LOSS = 1, 2, 3
COLUMNS = 5
"""Of a fill: candle, level (-1 for a sale on stopping), side (1 sells), price, steps."""


@compiled
def play(  # noqa: C901, PLR0912, PLR0915 - a call for each fill would cost more than the fill
    market: tuple[Prices, Whole, Whole], span: Span, terms: Whole, levels: Whole, told: Told, log: Whole, state: Whole
) -> None:
    """Play one ladder. The levels are changed: where each sells now, and what it has."""
    candles, coarse, fine = market
    opens, highs, lows, closes = candles[OPEN], candles[HIGH], candles[LOW], candles[CLOSE]
    buys, sells, again, sizes, lots = levels[BUYS], levels[SELLS], levels[AGAIN], levels[SIZES], levels[LOTS]
    (first, end), (ends, totals), count = span, told, len(buys)
    gap, inner, parts, maker = terms[GAP], terms[INNER], terms[PARTS], terms[MAKER]
    maker_in_quote, tick, stop_at, most_loss = maker * terms[IN_QUOTE], terms[TICK], terms[STOP_AT], terms[MOST_LOSS]
    at, cash, coins, residue = terms[STARTS_AT], terms[FIRST_CASH], terms[FIRST_COINS], terms[FIRST_RESIDUE]
    top, residue, met_at = ordered(closes[first], at, terms[FIRST_TOP], residue, levels, terms)
    is_partial = terms[WINDOW] < count or terms[BAND] > 0
    below, above = lowest_bid(stop_at, most_loss, tick, cash, coins), terms[TAKE_AT]
    now, bought, sold, traded, said, over = closes[first], 0, 0, 0, 0, False
    worst = (0, 0, 0)
    state[:] = 0
    state[TAKEN] = terms[FIRST_TAKEN]
    one, legs = first, 3
    while True:
        # The prices of a candle, one after the other.
        low_first = closes[one] >= opens[one] if inner == 0 else inner == 1
        for leg in range(legs, 4):
            if leg == 0:
                price = opens[one]
            elif leg == 3:
                price = closes[one]
            else:
                price = lows[one] if low_first == (leg == 1) else highs[one]
            while not over:
                # What comes first on the way there: an order, or a limit.
                nearest, furthest = min(now, price), max(now, price)
                order, buying = FAR, False
                if at > 0 and min(now, buys[at - 1] - gap) >= nearest:
                    order, buying = min(now, buys[at - 1] - gap), True
                elif at < top and max(now, sells[at] + gap) <= furthest:
                    order = max(now, sells[at] + gap)
                ahead = min(above, met_at)
                limit = min(now, below) if below >= nearest else max(now, ahead) if ahead <= furthest else FAR
                if order != FAR and abs(order - now) <= abs(limit - now):
                    now = order
                    if buying:
                        at -= 1
                        sells[at] = again[at]
                        value = sizes[at] * buys[at]
                        lot = sizes[at] * (parts - maker + maker_in_quote)
                        coins += lot
                        cash -= value * (parts + maker_in_quote)
                        if residue and (lot + residue) // parts != lot // parts:
                            lot, residue = lot + residue, 0  # it goes along where the sale becomes larger by it
                        lots[at] = lot
                        top = max(top, at + 1)
                        bought += 1
                        if len(log):
                            note(log, state, one, at, 0, buys[at], sizes[at])
                    else:
                        size = lots[at] // parts
                        value = size * sells[at]
                        residue += lots[at] - size * parts
                        coins -= size * parts
                        cash += value * (parts - maker)
                        sold += 1
                        if len(log):
                            note(log, state, one, at, 1, sells[at], size)
                        at += 1
                    traded += value
                    below = lowest_bid(stop_at, most_loss, tick, cash, coins)
                    if is_partial:
                        top, residue, met_at = ordered(now, at, top, residue, levels, terms)
                elif limit != FAR and below < limit < above:
                    now = limit
                    top, residue, met_at = ordered(now, at, top, residue, levels, terms)
                elif limit != FAR:
                    now, over = limit, True
                    cash, coins = stop(one, now, cash, coins, terms, log, state)
                    below, above, met_at = -1, FAR, FAR
                else:
                    break
            now = price
        total = cash + coins * now
        worst = fallen(worst, total) if one > first else (total, 0, total)
        # Candles in which nothing can happen only change what the coins are worth.
        met = one
        one += 1
        low = below if over or at == 0 else max(below, buys[at - 1] - gap)
        high = min(above, met_at) if over or at >= top else min(above, met_at, sells[at] + gap)
        while one < end:
            block, part = one // COARSE, one // FINE
            if (
                one % COARSE == 0
                and one + COARSE <= end
                and coarse[LOWEST, block] > low
                and coarse[HIGHEST, block] < high
            ):
                closed = coarse[CLOSE_LOWEST, block], coarse[CLOSE_HIGHEST, block]
                worst = passed(worst, cash, coins, closed, (coarse[FALL, block], coarse[FALL_TOP, block]))
                one += COARSE
            elif one % FINE == 0 and one + FINE <= end and fine[LOWEST, part] > low and fine[HIGHEST, part] < high:
                closed = fine[CLOSE_LOWEST, part], fine[CLOSE_HIGHEST, part]
                worst = passed(worst, cash, coins, closed, (fine[FALL, part], fine[FALL_TOP, part]))
                one += FINE
            elif lows[one] > low and highs[one] < high:
                worst = fallen(worst, cash + coins * closes[one])
                one += 1
            else:
                break
        while said < len(ends) and ends[said] < one:
            assert ends[said] >= met
            totals[said] = cash + coins * closes[ends[said]]
            said += 1
        if one >= end:
            break
        legs = 0
    state[CASH], state[COINS], state[BOUGHT], state[SOLD] = cash, coins, bought, sold
    state[TRADED], state[DRAWDOWN], state[TOP] = traded, worst[1], worst[2]


@compiled
def ordered(now: int, at: int, top: int, residue: int, levels: Whole, terms: Whole) -> tuple[int, int, int]:
    """The nearest sales get their orders, as far as window and band reach, and take residue along where they become
    larger by it. Up to which level they have them, the residue that is left, and the price at which the next one will.
    """
    sells, lots, tick, parts = levels[SELLS], levels[LOTS], terms[TICK], terms[PARTS]
    last = min(len(lots), at + terms[WINDOW])
    top = min(top, last + SLACK)
    while top < last:
        if terms[BAND] > 0:  # the middle of the touch is half a tick above the bid
            bid = -((terms[BAND] - 2 * (sells[top] // tick) * terms[BANDS]) // (2 * terms[BAND]))
            if now < bid * tick:
                return top, residue, bid * tick
        if (lots[top] + residue) // parts != lots[top] // parts:
            lots[top], residue = lots[top] + residue, 0
        top += 1
    return top, residue, FAR


@compiled
def fallen(worst: Worst, total: int) -> Worst:
    """After another total."""
    peak, deepest, top = worst
    if peak - total > deepest:
        deepest, top = peak - total, peak
    return max(peak, total), deepest, top


@compiled
def passed(worst: Worst, cash: int, coins: int, closed: tuple[int, int], fall: tuple[int, int]) -> Worst:
    """After many in which nothing was traded: from their lowest and highest close, and their deepest fall."""
    peak, deepest, top = fallen(worst, cash + coins * closed[0])
    if coins * fall[0] > deepest:
        deepest, top = coins * fall[0], cash + coins * fall[1]
    return max(peak, cash + coins * closed[1]), deepest, top


@compiled
def lowest_bid(stop_at: int, most_loss: int, tick: int, cash: int, coins: int) -> int:
    """The highest price, in units, at which a limit below is reached: the bid is the price, down to the tick."""
    below = stop_at
    if most_loss >= 0 and coins > 0:
        below = max(below, (-most_loss - cash) // coins)
    return below // tick * tick + tick - 1 if below > 0 else -1


@compiled
def stop(one: int, now: int, cash: int, coins: int, terms: Whole, log: Whole, state: Whole) -> tuple[int, int]:
    """A limit is reached: the orders go, and the coins where it says so. Cash and coins are what comes of it."""
    bid = now // terms[TICK] * terms[TICK]
    if bid <= terms[STOP_AT]:
        state[REASON], sells = STOP_LOSS, terms[STOP_SELLS]
    elif bid >= terms[TAKE_AT]:
        state[REASON], sells = TAKE_PROFIT, terms[TAKE_SELLS]
    else:
        state[REASON], sells = MAX_LOSS, terms[LOSS_SELLS]
    state[STOPPED] = one
    return sell_all(one, bid, cash, coins, terms, log, state) if sells else (cash, coins)


@compiled
def sell_all(one: int, bid: int, cash: int, coins: int, terms: Whole, log: Whole, state: Whole) -> tuple[int, int]:
    """As a taker, in slices; what is too little for the market leaves the grid at what it is worth."""
    parts, tick, least, slips = terms[PARTS], terms[TICK], terms[LEAST], terms[SLIPS]
    furthest = -(-(bid * 997) // (1000 * tick)) * tick
    price = max(furthest, bid * (slips - terms[SLIP]) // (slips * tick) * tick)
    while coins // parts >= least:
        left = coins // parts
        size = max(least, min(terms[SLICE] // bid, left))
        if left - size < least:
            size = left
        coins -= size * parts
        cash += size * price * (parts - terms[TAKER])
        state[STOPS] += 1
        state[TAKEN] += size * price
        note(log, state, one, -1, 1, price, size)
    return cash + coins * bid, 0


@compiled
def note(log: Whole, state: Whole, one: int, level: int, side: int, price: int, size: int) -> None:
    """Where fills are asked for."""
    if state[LOGGED] < len(log):
        row = log[state[LOGGED]]
        row[0], row[1], row[2], row[3], row[4] = one, level, side, price, size
        state[LOGGED] += 1


@compiled
def play_all(
    market: tuple[Prices, Whole, Whole],
    span: Span,
    begins: Whole,
    terms: Whole,
    levels: Whole,
    told: Told,
    states: Whole,
) -> None:
    """Many ladders, one after the other. The levels of all stand in one table; where each begins is in another."""
    log, (ends, totals) = np.empty((0, COLUMNS), np.int64), told
    for one in range(len(terms)):
        own = levels[:, begins[one] : begins[one + 1]].copy()
        play(market, span, terms[one], own, (ends, totals[one]), log, states[one])


@compiled
def blocks_of(candles: Prices, width: int) -> Whole:
    """What is known of each block of candles, so that it can be passed over."""
    highs, lows, closes = candles[HIGH], candles[LOW], candles[CLOSE]
    count = (len(closes) + width - 1) // width
    blocks = np.empty((6, count), np.int64)
    for block in range(count):
        lowest, highest, least, most, fall, top = FAR, 0, FAR, 0, 0, 0
        for one in range(block * width, min((block + 1) * width, len(closes))):
            close = closes[one]
            lowest, highest = min(lowest, lows[one]), max(highest, highs[one])
            least, most = min(least, close), max(most, close)
            if most - close > fall:
                fall, top = most - close, most
        blocks[LOWEST, block], blocks[HIGHEST, block] = lowest, highest
        blocks[CLOSE_LOWEST, block], blocks[CLOSE_HIGHEST, block] = least, most
        blocks[FALL, block], blocks[FALL_TOP, block] = fall, top
    return blocks
