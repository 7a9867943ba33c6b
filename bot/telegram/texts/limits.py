"""The limits of all grids together in words: how far each is used, what is held back, and the last hits."""

from bot.owner.views import Together
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import cost, exact, gain, percent, price
from bot.telegram.texts.phrases import day_and_time, duration, lines, moment
from strategy.messages.risk import HeldBack, OpeningPaused
from strategy.model.limits import Bound, Hit
from strategy.model.market import USDC, Asset

MOST_HITS = 5
"""On the card, the newest first."""
_OF_PRICE = (Bound.STOP_LOSS, Bound.TAKE_PROFIT, Bound.TRAILING)


def held_back(lang: str, told: HeldBack) -> Html:
    """What waits, and why; it goes in by itself."""
    if told.bound is Bound.EXPOSURE:
        money = {"value": cost(told.value, USDC), "threshold": cost(told.threshold, USDC)}
        return say(lang, "held_back.exposure", coin=told.coin, **money)
    return say(lang, f"held_back.{told.bound}", value=exact(told.value), threshold=exact(told.threshold))


def opening_paused(lang: str, told: OpeningPaused) -> Html:
    """How many stops there were, and until when nothing opens."""
    return say(
        lang,
        "opening_paused",
        stops=told.stops,
        hours=told.hours,
        left=duration(lang, told.until - told.at),
        waiting=told.waiting or None,
    )


def together(lang: str, seen: Together) -> Html:
    """Every limit that all grids share, with what is used of it; one that is off is said to be."""
    bounds = seen.bounds
    falls = [
        say(
            lang,
            "risk.drawdown.now",
            fall=gain(-fall.money, quote),
            quote=quote,
            share=percent(fall.money / fall.equity) if fall.equity else None,
        )
        for quote, fall in seen.falls.items()
    ]
    return lines(
        say(
            lang,
            "risk.drawdown",
            limit=percent(bounds.drawdown) if bounds.drawdown is not None else None,
            now=Html(" · ".join(falls)) if falls else None,
        ),
        _exposure(lang, seen),
        *(_exposure(lang, seen, coin) for coin in bounds.exposure_of),
        say(
            lang,
            "risk.pace",
            orders=bounds.orders,
            placed=seen.placed if bounds.orders is not None else None,
            trips=bounds.trips,
            closed=seen.closed if bounds.trips is not None else None,
        ),
        _stops(lang, seen),
    )


def _stops(lang: str, seen: Together) -> Html:
    bounds = seen.bounds
    limited = bounds.stops is not None
    return say(
        lang,
        "risk.stops",
        stops=bounds.stops,
        hours=bounds.stops_hours,
        counted=seen.stopped if limited else None,
        left=duration(lang, seen.paused_for) if seen.paused_for > 0 else None,
    )


def _exposure(lang: str, seen: Together, coin: Asset | None = None) -> Html:
    most = seen.bounds.exposure if coin is None else seen.bounds.exposure_of[coin]
    used = seen.exposure.get(coin)
    return say(
        lang,
        "risk.exposure" if coin is None else "risk.exposure.coin",
        coin=coin,
        limit=cost(most, USDC) if most is not None else None,
        used=cost(used, USDC) if used is not None else None,
    )


def hits(lang: str, seen: Together) -> Html | None:
    """The last limits that were reached, with the figures that caused it."""
    shown = [_hit(lang, seen, hit) for hit in reversed(seen.hits[-MOST_HITS:])]
    return lines(say(lang, "risk.hits"), *shown) if shown else None


def _hit(lang: str, seen: Together, hit: Hit) -> Html:
    unit = hit.unit
    if hit.bound in _OF_PRICE:
        value, threshold = price(hit.value), price(hit.threshold)
    elif unit is None:
        value, threshold = exact(hit.value), exact(hit.threshold)
    else:
        value = cost(hit.value, unit) if hit.bound is Bound.EXPOSURE else gain(hit.value, unit)
        threshold = cost(hit.threshold, unit)
    return say(
        lang,
        "risk.hit",
        when=moment(hit.at, " ".join(day_and_time(hit.at, seen.zone)), "dt"),
        bound=say(lang, f"bound.{hit.bound}"),
        place=say(lang, "risk.hit.grid", grid=hit.grid_id) if hit.grid_id is not None else hit.coin,
        value=value,
        threshold=threshold,
        unit=unit,
    )
