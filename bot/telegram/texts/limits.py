"""The limits of a grid, and of all together, in words: how far each is used, what is held back, and the last hits."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.owner.views import Together
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import Screen, cost, exact, gain, left_of, percent, price, told
from bot.telegram.texts.phrases import day_and_time, duration, lines, moment
from strategy.messages.notices import LimitReached
from strategy.messages.reports import GridLine
from strategy.messages.risk import HeldBack, OpeningPaused
from strategy.model.grid import Grid
from strategy.model.ledger import Standing
from strategy.model.limits import Bound, Hit
from strategy.model.market import DOLLARS, USDC, Asset
from strategy.model.money import ONE, ZERO
from strategy.model.stops import StopReason

MOST_HITS = 5
"""On the card, the newest first."""
_OF_PRICE = (Bound.STOP_LOSS, Bound.TAKE_PROFIT, Bound.TRAILING)


def lost(reached: LimitReached) -> str:
    """The loss that reached a limit, in the parts that every screen shows; in an older notice as it was counted."""
    standings = reached.standings
    if reached.reason is StopReason.MAX_LOSS and standings:
        ((quote, one),) = standings
        screen = Screen([one], quote)
        return told(screen.amount + reached.value - one.total, screen.decimals, quote)
    if reached.reason is StopReason.DAILY_LOSS and standings:
        return _lost_today(standings, dict(reached.prices))
    return gain(reached.value, reached.unit)


def _lost_today(standings: Sequence[tuple[Asset, Standing]], prices: Mapping[Asset, Decimal]) -> str:
    """Of all quotes together, or of one alone where that has lost more, in USDC."""
    quotes = dict.fromkeys(quote for quote, _ in standings)
    screens = {one: Screen((standing for quote, standing in standings if quote == one), one) for one in quotes}
    days = {
        quote: screen.today * prices.get(quote, ONE)
        for quote, screen in screens.items()
        if quote in DOLLARS or quote in prices
    }
    value = min([sum(days.values(), ZERO), *days.values()])
    alone = next((screens[quote] for quote in days if quote in DOLLARS and days[quote] == value), None)
    return gain(value, USDC) if alone is None else told(value, alone.decimals, USDC)


def own_limits(lang: str, line: GridLine, grid: Grid, bid: Decimal | None, total: Decimal) -> Html:
    """Each limit of its own, and how far it is from there to it; `total` is the one that is shown."""
    prices: Mapping[str, Decimal | None] = {
        "stop": grid.stop_price,
        "trail": grid.trail_price,
        "take": grid.spec.take_profit,
    }
    named = [
        say(
            lang,
            f"card.limit.{name}",
            price=price(at),
            away=None if bid is None else percent(abs(bid - at) / bid),
        )
        for name, at in prices.items()
        if at is not None
    ]
    if (most := grid.most_loss) is not None:
        money, left = left_of(most, total - grid.adapted.since, line.quote)
        named.append(say(lang, "card.limit.loss", money=money, left=left, quote=line.quote))
    if (most := grid.most_drawdown) is not None:
        money, left = left_of(most, min(ZERO, total - grid.adapted.since - grid.adapted.highest), line.quote)
        named.append(say(lang, "card.limit.drawdown", money=money, left=left, quote=line.quote))
    return say(lang, "card.limits", limits=Html(listed(lang, named))) if named else say(lang, "card.limits.none")


def held_back(lang: str, held: HeldBack) -> Html:
    """What waits, and why; it goes in by itself."""
    if held.bound is Bound.EXPOSURE:
        money = {"value": cost(held.value, USDC), "threshold": cost(held.threshold, USDC)}
        return say(lang, "held_back.exposure", coin=held.coin, **money)
    return say(lang, f"held_back.{held.bound}", value=exact(held.value), threshold=exact(held.threshold))


def opening_paused(lang: str, paused: OpeningPaused) -> Html:
    """How many stops there were, and until when nothing opens."""
    return say(
        lang,
        "opening_paused",
        stops=paused.stops,
        hours=paused.hours,
        left=duration(lang, paused.until - paused.at),
        waiting=paused.waiting or None,
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
    said = say(
        lang,
        "risk.hit",
        when=moment(hit.at, " ".join(day_and_time(hit.at, seen.zone)), "dt"),
        bound=say(lang, f"bound.{hit.bound}"),
        place=say(lang, "risk.hit.grid", grid=hit.grid_id) if hit.grid_id is not None else hit.coin,
        value=value,
        threshold=threshold,
        unit=unit,
    )
    is_next = hit.bound is Bound.EXPOSURE and hit.value < hit.threshold
    return say(lang, "risk.hit.next", hit=said) if is_next else said
