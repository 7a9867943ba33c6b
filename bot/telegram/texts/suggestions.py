"""Proposed grids in words: for each the range, what it did, what such grids did on unseen days, what may come."""

from collections.abc import Iterator, Sequence

from bot.owner.suggestions import Proposal, Proposed, Style, Suggested, Went
from bot.owner.views import NotPlayed, Why
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import cost, gain, percent, price, worth
from bot.telegram.texts.phrases import duration, foot, lines
from bot.telegram.texts.problems import problem
from bot.telegram.typed.names import shown
from bot.telegram.typed.parameters import OF_GRID
from strategy.model.durations import HOUR
from strategy.model.market import Asset

_DAYS = 30
_TOO_LARGE = "unit"
"""What can't be played where a sum is more than can be counted exactly; else it is fields of a grid, or of a market."""
_SHORT = 27 * 24 * HOUR
"""Where less of a past is there, it is said."""


def suggested(lang: str, proposed: Proposed, styles: Sequence[Style], mode: str, *, drawn: bool = False) -> Html:
    """The grids of these styles; beside their picture they are folded."""
    quote = proposed.market.quote
    head = say(
        lang,
        "suggest.head",
        symbol=proposed.market.symbol,
        money=worth(proposed.money, quote),
        quote=quote,
        price=price(proposed.price),
    )
    shown = [Html("\n".join(_proposal(lang, proposed, proposed.of(style)))) for style in styles if proposed.has(style)]
    if proposed.refused is not None and Style.DEFAULT in styles:
        named = say(lang, "suggest.refused", style=say(lang, f"suggest.style.{Style.DEFAULT}"))
        shown.append(lines(named, problem(lang, proposed.refused)))
    details = Html("\n\n".join((*shown, _found_on(lang, proposed))))
    if drawn:
        return lines(head, Html(f"<blockquote expandable>{details}</blockquote>"), foot(lang, mode))
    return lines(head, Html(f"\n{details}"), foot(lang, mode))


def ranked(lang: str, found: Suggested, mode: str) -> Html:
    """Several markets, the best first."""
    rows = (_row(lang, number, one) for number, one in enumerate(found.markets, start=1))
    left_out = listed(lang, found.left_out) if found.left_out else None
    head = say(lang, "suggest.ranked", money=worth(found.markets[0].money, found.markets[0].market.quote))
    return lines(head, *rows, say(lang, "suggest.ranked.how", left_out=left_out), foot(lang, mode))


def not_suggested(lang: str, found: NotPlayed) -> Html:
    """Why there is nothing, and what to do."""
    if found.why is Why.REFUSED and found.problem is not None:
        return lines(say(lang, "suggest.not.refused"), problem(lang, found.problem))
    if found.why is Why.UNPLAYED:
        fields = found.text.split(", ")
        if _TOO_LARGE in fields:
            return say(lang, "suggest.not.too_large")
        named = [shown(lang, one.word) for one in OF_GRID if one.field in fields]
        return say(lang, "suggest.not.unplayed", text=listed(lang, named) if named else None)
    return say(lang, f"suggest.not.{found.why}", text=found.text or None)


def _proposal(lang: str, proposed: Proposed, one: Proposal) -> Iterator[Html]:
    quote = proposed.market.quote
    yield _shape(lang, quote, one)
    yield _band(lang, proposed, one)
    yield _went(lang, "suggest.past", one.past, quote)
    if one.style is not Style.DEFAULT:
        yield _went(lang, "suggest.unseen", one.unseen, quote)
    is_range = one.worst == one.worst_loss
    yield say(
        lang,
        "suggest.worst.range" if is_range else "suggest.worst",
        worst=gain(one.worst, quote),
        loss=None if is_range else gain(one.worst_loss, quote),
        quote=quote,
        price=price(one.worst_price),
    )


def _shape(lang: str, quote: Asset, one: Proposal) -> Html:
    interval, out = one.spec.interval, one.spec.out_want
    ends = {"lower": price(one.lower), "upper": price(one.upper)}
    named, levels = say(lang, f"suggest.style.{one.style}"), len(one.rungs)
    if interval is None or out is None:
        step = percent(one.step)
        return say(lang, "suggest.grid", style=named, **ends, quote=quote, levels=levels, step=step)
    return say(
        lang,
        "suggest.grid.default",
        style=named,
        **ends,
        quote=quote,
        levels=levels,
        interval=price(interval),
        out=percent(out),
    )


def _went(lang: str, key: str, went: Went | None, quote: Asset) -> Html:
    if went is None:
        return say(lang, f"{key}.none")
    return say(
        lang,
        key,
        total=gain(went.total, quote),
        quote=quote,
        lasted=duration(lang, went.lasted),
        trips=went.trips,
        fees=cost(went.fees, quote),
        fall=percent(went.fall, up=True),
    )


def _band(lang: str, proposed: Proposed, one: Proposal) -> Html:
    quote = proposed.market.quote
    low, middle, high = (gain(each, quote) for each in (one.low, one.middle, one.high))
    return say(lang, "suggest.band", low=low, middle=middle, high=high, quote=quote)


def _row(lang: str, number: int, proposed: Proposed) -> Html:
    return lines(
        say(lang, "suggest.market", number=number, symbol=proposed.market.symbol),
        _band(lang, proposed, proposed.of(Style.NORMAL)),
    )


def _found_on(lang: str, proposed: Proposed) -> Html:
    lasted = proposed.ends - proposed.begins
    return say(
        lang,
        "suggest.on",
        variants=proposed.variants,
        candles=proposed.candles,
        length=duration(lang, proposed.interval),
        source=say(lang, f"backtest.source.{proposed.source}"),
        short=duration(lang, lasted) if lasted < _SHORT else None,
    )
