"""The day against its limit, in words: what each quote made today, and what all of them are in USDC. Judges nothing."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape

from bot.owner.views import Summary
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import cost, gain, price
from bot.telegram.texts.sums import Sums
from strategy.model.market import DOLLARS, USDC, Asset
from strategy.model.money import ONE, ZERO


def today_of(lang: str, summary: Summary) -> Html:
    """Today's change in each quote asset, and what they come to together."""
    sums = Sums(summary.grids)
    shown = [f"{sums.total(quote)['today']} {quote}" for quote in sums.by_quote]
    if not shown:
        return Html(f"{gain(ZERO, USDC)} {USDC}")
    return Html(escape(listed(lang, shown), quote=False) + (_together(lang, summary, sums) or ""))


def _together(lang: str, summary: Summary, sums: Sums) -> Html | None:
    """What other quotes than dollars count for the daily loss, with their prices; those without one are named.

    It is made of the figures beside it, so that they come to it.
    """
    changes = {quote: sums.today(quote) for quote in sums.by_quote}
    others = [quote for quote in changes if quote not in DOLLARS]
    if not others:
        return None
    known = [quote for quote in changes if quote in DOLLARS or quote in summary.prices]
    total = sum((changes[quote] * summary.prices.get(quote, ONE) for quote in known), ZERO)
    return say(
        lang,
        "daily.together",
        total=gain(total, USDC),
        prices=priced(lang, {quote: summary.prices[quote] for quote in others if quote in summary.prices}),
        uncounted=listed(lang, (quote for quote in others if quote not in summary.prices)) or None,
    )


def priced(lang: str, prices: Mapping[Asset, Decimal]) -> str | None:
    """At which prices other quotes were counted in USDC."""
    shown = (f"1 {quote} = {price(one)} {USDC}" for quote, one in prices.items())
    return listed(lang, shown) or None


def limit_of(summary: Summary) -> str | None:
    """The daily loss limit, which is one in USDC for all grids together."""
    return None if summary.daily_loss is None else f"{cost(summary.daily_loss, USDC)} {USDC}"
