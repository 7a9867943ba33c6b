"""Proposed grids in words: for each the range, what such grids did on days not looked at, and what may come."""

from collections.abc import Iterator, Sequence

from bot.owner.suggestions import Proposal, Proposed, Style, Suggested
from bot.owner.views import NotPlayed, Why
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import cost, gain, percent, price, worth
from bot.telegram.texts.phrases import duration, foot, lines
from bot.telegram.texts.problems import problem
from strategy.model.past import HOUR

_DAYS = 30
_SHORT = 27 * 24 * HOUR
"""Where less of a past is there, it is said."""


def suggested(lang: str, proposed: Proposed, styles: Sequence[Style], mode: str) -> Html:
    """The grids of these styles."""
    quote = proposed.market.quote
    head = say(
        lang,
        "suggest.head",
        symbol=proposed.market.symbol,
        money=worth(proposed.money, quote),
        quote=quote,
        price=price(proposed.price),
    )
    shown = (Html("\n".join(_proposal(lang, proposed, proposed.of(style)))) for style in styles)
    found_on = Html(f"\n{_found_on(lang, proposed)}")
    return lines(head, *(Html(f"\n{one}") for one in shown), found_on, foot(lang, mode))


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
    return say(lang, f"suggest.not.{found.why}", text=found.text or None)


def _proposal(lang: str, proposed: Proposed, one: Proposal) -> Iterator[Html]:
    quote = proposed.market.quote
    yield say(
        lang,
        "suggest.grid",
        style=say(lang, f"suggest.style.{one.style}"),
        lower=price(one.lower),
        upper=price(one.upper),
        levels=one.grids,
        step=percent(one.step),
    )
    yield _band(lang, proposed, one)
    if one.unseen is None:
        yield say(lang, "suggest.unseen.none")
    else:
        yield say(
            lang,
            "suggest.unseen",
            total=gain(one.unseen, quote),
            quote=quote,
            lasted=duration(lang, one.unseen_days),
            trips=one.unseen_trips,
            fees=cost(one.unseen_fees, quote),
            fall=percent(one.unseen_fall, up=True),
        )
    is_range = one.worst == one.worst_loss
    yield say(
        lang,
        "suggest.worst.range" if is_range else "suggest.worst",
        worst=gain(one.worst, quote),
        loss=None if is_range else gain(one.worst_loss, quote),
        quote=quote,
        price=price(one.worst_price),
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
