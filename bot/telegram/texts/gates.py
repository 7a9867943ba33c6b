"""What keeps a grid from opening or from buying, in words: notices, and lines of the cards. No figures of its own."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot.telegram.texts.catalogue import Html, Value, say
from bot.telegram.texts.numbers import percent, price
from bot.telegram.texts.phrases import duration
from bot.telegram.typed.moments import minute_said
from strategy.messages.gates import Awaited, FallOver, FallPaused, Until
from strategy.messages.reports import GridLine
from strategy.model.market import Asset
from strategy.model.money import ONE, ceil_to, ratio
from strategy.model.spec import GATE_MARGIN, GridSpec

_OF_GATE = (Until.PAST, Until.HISTORY, Until.AVERAGE)


def gate_told(lang: str, told: FallPaused | FallOver) -> Html:
    """One of these as a message."""
    at: dict[str, Value] = {
        "grid": told.grid_id,
        "symbol": told.symbol,
        "quote": told.quote,
        "price": price(told.price),
    }
    match told:
        case FallPaused():
            return say(
                lang,
                "fall_paused.again" if told.again else "fall_paused",
                lasts=duration(lang, told.until - told.at),
                fall=percent(ONE - ratio(told.price, told.highest)),
                hours=told.hours,
                highest=price(told.highest),
                orders=told.orders or None,
                **at,
            )
        case FallOver():
            return say(lang, "fall_over", lasted=duration(lang, told.lasted), **at)


def fall_rule(lang: str, spec: GridSpec) -> Html | None:
    """When it will pause buying, before it is started."""
    if spec.fall is None:
        return None
    return say(lang, "preview.fall", fall=percent(spec.fall), hours=spec.fall_hours, pause=spec.fall_pause)


def gate_rule(lang: str, spec: GridSpec, awaits: Sequence[Awaited]) -> Html | None:
    """That an average decides when it opens, where that is not said as what it waits for."""
    if spec.gate_hours is None or any(one.until in _OF_GATE for one in awaits):
        return None
    return say(lang, "preview.gate", hours=spec.gate_hours, margin=percent(GATE_MARGIN))


def hours_rule(lang: str, spec: GridSpec, awaits: Sequence[Awaited]) -> Html | None:
    """Between which hours it opens, where that is not said as what it waits for."""
    if spec.open_hours is None or any(one.until is Until.HOURS for one in awaits):
        return None
    begins, ends = (minute_said(one) for one in spec.open_hours)
    return say(lang, "preview.hours", begins=begins, ends=ends)


def awaited_lines(lang: str, awaits: Iterable[Awaited], quote: Asset) -> tuple[Html, ...]:
    """What a grid waits for, with the figures of now. A threshold is never shown as easier than it is."""
    return tuple(
        say(
            lang,
            f"awaits.{one.until}",
            threshold=price(_as_told(one)),
            price=price(one.price),
            hours=one.hours,
            known=one.known,
            margin=percent(GATE_MARGIN),
            quote=quote,
            begins=minute_said(one.between[0]),
            ends=minute_said(one.between[1]),
            now=minute_said(one.minute) if one.minute is not None else None,
        )
        for one in awaits
    )


def _as_told(one: Awaited) -> Decimal:
    """An average has digits without an end: it is told with as many as the price beside it, rounded up."""
    if one.until is not Until.AVERAGE:
        return one.threshold
    decimals = len(price(one.price).partition(".")[2])
    return ceil_to(one.threshold, Decimal(1).scaleb(-decimals))


def buying_paused(lang: str, line: GridLine, at: int) -> Html | None:
    """Why a grid buys nothing now."""
    if not line.phase.trades:
        return None
    fall = line.fall
    if fall is None:
        return say(lang, "status.fall.unknown") if line.past_unknown else None
    return say(
        lang,
        "status.fall",
        left=duration(lang, max(0, fall.until - at)),
        fall=percent(ONE - ratio(fall.price, fall.highest)),
        highest=price(fall.highest),
        price=price(fall.price),
        quote=line.quote,
    )
