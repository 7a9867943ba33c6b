"""A ladder that follows the price, in words: what a shift comes to before it, what it came to, why there is none."""

from collections.abc import Iterator, Sequence

from bot.telegram.texts.catalogue import Html, Value, listed, say
from bot.telegram.texts.numbers import cost, exact, percent, price, worth
from bot.telegram.texts.phrases import beside, duration
from strategy.grid.opening import Preview
from strategy.grid.sizing import most_an_order
from strategy.messages.shifts import Kept, ShiftBegun, ShiftDone, ShiftKept
from strategy.model.grid import Grid
from strategy.model.money import ZERO
from strategy.model.spec import FAST_FALL, Shift

CRASH = 730
"""Of 1,000: what shifting down into a crash has cost, measured."""


def shift_told(lang: str, told: ShiftBegun | ShiftDone | ShiftKept) -> Html:
    """One of these as a message."""
    match told:
        case ShiftBegun():
            return beside(lang, *_begun(lang, told))
        case ShiftDone():
            return beside(lang, *_done(lang, told))
        case ShiftKept():
            return _kept(lang, told)


def _way(*, up: bool) -> str:
    return "up" if up else "down"


def _begun(lang: str, told: ShiftBegun) -> Iterator[Html]:
    quote, paid = told.quote, cost(told.fees + told.slippage, told.quote, fine=True)
    takes = told.coins or told.loss
    yield say(
        lang,
        f"shift_begun.{_way(up=told.up)}",
        grid=told.grid_id,
        symbol=told.symbol,
        steps=told.steps,
        lower=price(told.lower),
        upper=price(told.upper),
        price=price(told.price),
        quote=quote,
        cost=cost(told.fees + told.slippage + told.loss, quote, fine=True) if takes else None,
    )
    if told.coins:
        yield say(
            lang,
            "shift_begun.costs",
            cost=paid,
            fees=cost(told.fees, quote, fine=True),
            slippage=cost(told.slippage, quote, fine=True),
            coins=exact(told.coins),
            base=told.base,
            spent=cost(told.spent, quote),
            quote=quote,
        )
    else:
        yield say(lang, "shift_begun.no_coins" if told.loss else "shift_begun.free")
    if told.loss:
        yield say(lang, "shift_begun.loss", loss=cost(told.loss, quote), quote=quote)
    if told.held:
        yield say(lang, "shift_begun.held", held=told.held)
    more = cost(told.more, quote) if told.more else None
    if told.orders:
        yield say(lang, "shift_begun.orders", orders=told.orders)
    if more:
        yield say(lang, "shift_begun.more", more=more, quote=quote)


def _done(lang: str, told: ShiftDone) -> Iterator[Html]:
    quote, came_to = told.quote, cost(max(ZERO, told.cost), told.quote, fine=True)
    took = max(ZERO, told.cost if told.coins else ZERO) + told.loss
    yield say(
        lang,
        f"shift_done.{_way(up=told.up)}",
        grid=told.grid_id,
        symbol=told.symbol,
        lower=price(told.lower),
        upper=price(told.upper),
        quote=quote,
        cost=cost(took, quote, fine=True) if took else None,
    )
    if told.coins:
        yield say(
            lang,
            "shift_done.costs",
            coins=exact(told.coins),
            base=told.base,
            paid=cost(told.paid, quote),
            cost=came_to,
            told=cost(told.told_cost, quote, fine=True),
            quote=quote,
        )
    else:
        yield say(lang, "shift_done.not_bought" if told.told_cost else "shift_done.free")
    if told.told_loss:
        yield say(lang, "shift_done.loss", loss=cost(told.loss, quote), told=cost(told.told_loss, quote), quote=quote)


def _kept(lang: str, told: ShiftKept) -> Html:
    value, threshold = _figures(told)
    why = say(
        lang,
        f"shift_kept.why.{told.reason}{f'.{told.end}' if told.end is not None else ''}",
        value=value,
        threshold=threshold,
        quote=told.quote,
        left=duration(lang, max(0, told.until - told.at)),
    )
    return say(
        lang,
        f"shift_kept.{_way(up=told.up)}",
        grid=told.grid_id,
        symbol=told.symbol,
        why=why,
        price=price(told.price),
        quote=told.quote,
    )


def _figures(told: ShiftKept) -> tuple[Value, Value]:
    match told.reason:
        case Kept.COST:  # to the digit that a shift is announced with
            return cost(told.value, told.quote, fine=True), worth(told.threshold, told.quote, fine=True)
        case Kept.MONEY | Kept.POSITION:
            return cost(told.value, told.quote), cost(told.threshold, told.quote)
        case Kept.FALLING:
            return percent(told.value), percent(told.threshold)
        case Kept.BOUNDS:
            return None, price(told.threshold)
        case Kept.SPIKE:
            return exact(round(told.value, 1)), exact(told.threshold)
        case _:
            return exact(told.value), exact(told.threshold)


def shift_rule(lang: str, seen: Preview) -> Iterator[Html]:
    """When its ladder will follow the price, and what that costs, before it is started."""
    spec, quote = seen.spec, seen.market.quote
    if spec.endless:
        yield say(lang, "preview.shift.endless")
    # Up it goes without an end, a cost or a rest already, whatever else is said of it.
    shift = Shift.DOWN if spec.endless and spec.follows_down else None if spec.endless else spec.shift
    if shift is None:
        return
    # A stop loss and a take profit bound it as its own bounds do: what comes first is where it ends.
    low = [one for one in (spec.shift_low, spec.stop_loss) if one]
    high = [one for one in (spec.shift_high, spec.take_profit) if one]
    yield say(
        lang,
        f"preview.shift.{shift}",
        after=spec.shift_after,
        low=price(max(low)) if low else None,
        high=price(min(high)) if high else None,
        fall=percent(spec.fall or FAST_FALL),
        hours=spec.fall_hours,
        quote=quote,
    )
    yield say(
        lang,
        "preview.shift.limits",
        most=spec.shift_most,
        rest=spec.shift_rest,
        spike=spec.shift_spike,
        cost=cost(spec.shift_cost * seen.money, quote),
        quote=quote,
    )
    if spec.follows_down:
        more = most_an_order(spec, seen.levels) * (spec.shift_after + min(spec.shift_after, spec.grids // 2) + 1)
        loss = cost(spec.shift_loss * seen.money, quote) if spec.shift_loss else None
        yield say(lang, "preview.shift.more", more=cost(more, quote), loss=loss, quote=quote)
    yield say(lang, "preview.shift.measured", crash=None if shift is Shift.UP else CRASH)


def shift_line(lang: str, grid: Grid | None) -> Html | None:
    """That its ladder moves, or has not followed."""
    if grid is None or not grid.phase.trades:
        return None
    if grid.adapted.shifting is not None:
        return say(lang, "status.shift")
    why = why_kept(lang, grid.adapted.held)
    return None if why is None else say(lang, "status.shift.kept", why=why)


def why_kept(lang: str, held: Sequence[str]) -> str | None:
    """Why a ladder has not followed, in a word each; nothing where nothing kept it."""
    return listed(lang, [say(lang, f"status.shift.because.{Kept(one)}") for one in held]) if held else None
