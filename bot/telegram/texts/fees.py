"""/fees: the tier, what fees leave of a round trip, what the last 30 days paid and the next tier would have saved."""

from collections.abc import Iterator
from decimal import Decimal

from bot.owner.views import FeesView
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.numbers import coin_fee, coins, cost, exact, fee_percent, gain, percent, worth
from bot.telegram.texts.phrases import day_and_time, fitted, foot, lines
from strategy.messages.fees import Judged
from strategy.model.market import USDC, Asset
from strategy.model.tiers import READ_ON, SOURCE, STAKED, WINDOW_DAYS, Tier
from strategy.model.turnover import Turnover, together


def fees(lang: str, seen: FeesView) -> Html:
    """Everything about the account's fees."""
    head = lines(
        say(
            lang,
            "fees.head",
            maker=fee_percent(seen.fees.maker),
            taker=fee_percent(seen.fees.taker),
            tier=seen.tier.name if seen.tier else None,
        ),
        say(lang, "fees.even", step=percent(seen.fees.break_even_step(), up=True)),
    )
    tail = lines(*_month(lang, seen), "\n" + lines(*_next_tier(lang, seen)), foot(lang, seen.mode))
    return fitted(lang, head, [judgement(lang, one) for one in seen.judged], tail, gap="\n\n")


def judgement(lang: str, one: Judged) -> Html:
    """A grid by the fees: what a round trip earns, and what to do where that is too little."""
    least, most = gain(one.least, one.quote, fine=True), gain(one.most, one.quote, fine=True)
    step = percent(one.least_step, up=True)
    figures = say(
        lang,
        "fees.loses" if one.loses else "fees.grid",
        grid=one.grid_id,
        symbol=one.symbol,
        quote=one.quote,
        least=least,
        most=None if most == least else most,
        share=percent(one.share, up=True),
        step=percent(one.step),
        least_step=step,
    )
    if not one.too_little:
        return figures
    way = "rounding" if one.is_rounded_away else "out" if one.has_out else "range"
    buffer = None if one.loses else percent(one.buffer, up=True)
    return lines(figures, say(lang, f"fees.way.{way}", grid=one.grid_id, buffer=buffer, step=step))


def _month(lang: str, seen: FeesView) -> Iterator[Html]:
    since = None if seen.begins is None else day_and_time(seen.begins)[0]
    if not any(one.fills for one in seen.month.values()):
        yield say(lang, "fees.month.none", days=WINDOW_DAYS, since=since)
        return
    yield say(lang, "fees.month.head", days=WINDOW_DAYS, since=since)
    for quote, one in seen.month.items():
        yield from _paid(lang, quote, one)


def _paid(lang: str, quote: Asset, one: Turnover) -> Iterator[Html]:
    yield say(
        lang,
        "fees.paid",
        fills=one.fills,
        volume=worth(one.volume, quote),
        paid=cost(one.fees, quote),
        quote=quote,
        own=worth(one.own, quote) if one.own else None,
    )
    yield say(
        lang,
        "fees.taker",
        takers=one.taker_fills,
        fills=one.fills,
        share=percent(Decimal(one.taker_fills) / max(one.fills, 1)),
        paid=cost(one.taker_fees, quote),
        quote=quote,
        chosen=one.chosen_takers or None,
    )
    if one.apart:
        apart = listed(lang, (f"{coin_fee(fee)} {asset}" for asset, fee in sorted(one.apart.items())))
        yield say(lang, "fees.apart", fees=apart)


def _next_tier(lang: str, seen: FeesView) -> Iterator[Html]:
    tier = seen.following
    if tier is None:
        yield say(lang, "fees.next.unknown", source=SOURCE, day=READ_ON)
        return
    yield _asked(lang, seen, tier)
    if tier.volume is not None and (unpriced := [quote for quote in seen.month if quote not in seen.prices]):
        yield say(lang, "fees.next.unpriced", quotes=listed(lang, unpriced))
    if tier.fees is None:
        yield say(lang, "fees.next.no_rates")
    for quote, one in seen.month.items():
        if tier.fees is not None and one.fills:
            saved = one.saved_by(tier.fees)
            key = "fees.next.saved" if saved > 0 else "fees.next.nothing"
            yield say(lang, key, saved=gain(saved, quote).lstrip("+"), quote=quote, days=WINDOW_DAYS)
    yield say(lang, "fees.next.note", source=SOURCE, day=READ_ON)


def _asked(lang: str, seen: FeesView, tier: Tier) -> Html:
    """What the tier asks for, and how far the account is."""
    return say(
        lang,
        "fees.next",
        tier=tier.name,
        maker=fee_percent(tier.fees.maker) if tier.fees else None,
        taker=fee_percent(tier.fees.taker) if tier.fees else None,
        volume=None if tier.volume is None else exact(tier.volume),
        days=WINDOW_DAYS,
        done=worth(together(seen.month, seen.prices).counted, USDC),
        staked=exact(tier.staked),
        token=STAKED,
        stake=coins(seen.staked),
    )
