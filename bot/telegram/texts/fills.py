"""Fills as messages: one with its round trip, or a burst of them as one message that still names every trade."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import (
    MINUS,
    coin_fee,
    coin_share,
    cost,
    exact,
    gain,
    price,
    standing_figures,
    total_of,
    worth,
)
from bot.telegram.texts.phrases import (
    MOST_CHARACTERS,
    duration,
    fits_lock_screen,
    folded,
    foot,
    lines,
    place_of,
    trade_number,
)
from bot.telegram.texts.sums import fees_apart
from strategy.messages.notices import FillTold, SeedsBought
from strategy.model.ledger import Standing
from strategy.model.market import Asset, Side
from strategy.model.money import ZERO

MOST_FILLS_TOLD = 250
"""In one message, each with its trade number. The sender puts the rest into the next one."""


def fills(lang: str, told: Sequence[FillTold], mode: str) -> Html:
    """One fill in full, or several as one message; under 3,900 characters up to `MOST_FILLS_TOLD` fills."""
    if len(told) == 1:
        return one_fill(lang, told[0], mode)
    for form in ("burst.fill", "burst.fill.short"):
        text = _burst(lang, told, mode, form)
        if len(text) <= MOST_CHARACTERS:
            return text
    return _numbers_only(lang, told, mode)


def one_fill(lang: str, fill: FillTold, mode: str) -> Html:
    """What it brought, what was traded and where. The trade number stands in it: the message may come twice."""
    return lines(folded(_whole(lang, fill), _number(fill)), foot(lang, mode))


def _whole(lang: str, fill: FillTold) -> Html:
    return lines(_head(lang, fill), _outcome(lang, fill), _seeded(lang, [fill]), fees_apart(lang, [fill.standing]))


def _head(lang: str, fill: FillTold) -> Html:
    """Money first: of a round trip what it made, of anything else the coins that came or went."""
    quantity, mark, kind = exact(fill.quantity), *_kind(fill)
    coins = f"+{quantity}" if fill.side is Side.BUY else f"{MINUS}{quantity}"
    profit = None if fill.trip_profit is None else gain(fill.trip_profit, fill.quote, fine=True)
    did, place = say(lang, f"did.{fill.side}.small"), place_of(lang, fill.grid_id, fill.level, fill.purpose)
    shown = {"base": fill.base, "price": price(fill.price), "quote": fill.quote, "did": did, "place": place}
    head = say(lang, f"fill.head.{kind}", mark=mark, coins=coins, quantity=quantity, profit=profit, **shown)
    if fits_lock_screen(lang, head, fill.grid_id):
        return head
    amount = f"{coins} {fill.base}" if profit is None else f"{profit} {fill.quote}"
    short = say(lang, "fill.head.short", mark=mark, amount=amount, did=did, place=place)
    return lines(short, say(lang, "fill.at", quantity=quantity, **shown))


def _kind(fill: FillTold) -> tuple[str, str]:
    """The mark that is seen first, and which sentence."""
    if fill.trip_profit is not None:
        return mark_of(fill.trip_profit), "trip"
    return ("🔵", "coins") if fill.side is Side.BUY else ("⚪", "coins")


def mark_of(profit: Decimal | None) -> str:
    """What a lock screen shows before everything else."""
    return "🔵" if profit is None else "🟢" if profit >= ZERO else "🔴"


def _number(fill: FillTold) -> Html:
    return Html(f"<i>#{trade_number(fill.trade)}</i>")


def _outcome(lang: str, fill: FillTold) -> Html:
    standing = standing_today(lang, fill.standing, fill.quote)
    if fill.trip_profit is not None:
        fees = cost(fill.trip_fees, fill.quote, fine=True) if fill.trip_fees is not None else "?"
        kept = exact(coin_share(fill.kept)) if fill.kept else None
        return say(lang, "fill.trip", fees=fees, kept=kept, base=fill.base, standing=standing)
    value = fill.price * fill.quantity
    buys = fill.side is Side.BUY
    return say(
        lang,
        "fill.cost" if buys else "fill.brought",
        value=cost(value, fill.quote) if buys else worth(value, fill.quote),
        quote=fill.quote,
        fee=cost(fill.fee, fill.quote, fine=True) if fill.fee_asset == fill.quote else coin_fee(fill.fee),
        asset=fill.fee_asset,
        standing=standing,
    )


def seeds_text(lang: str, told: SeedsBought) -> Html:
    """The first coins, all of them."""
    return say(
        lang,
        "seeds_bought",
        grid=told.grid_id,
        coins=exact(told.coins),
        base=told.base,
        cost=cost(told.cost, told.quote),
        quote=told.quote,
    )


def _seeded(lang: str, told: Sequence[FillTold]) -> Html | None:
    """That the first coins are complete, where one of these fills made them so."""
    return next((seeds_text(lang, fill.seeds) for fill in told if fill.seeds), None)


def standing_today(lang: str, standing: Standing, quote: Asset) -> Html:
    """Today's change, total before grid profit."""
    return say(lang, "standing.today", **standing_figures(standing, quote))


def _burst(lang: str, told: Sequence[FillTold], mode: str, form: str) -> Html:
    parts = [_burst_of_grid(lang, list(group), form) for _, group in _by_grid(told)]
    return lines(*parts, foot(lang, mode))


def _burst_of_grid(lang: str, told: Sequence[FillTold], form: str) -> Html:
    if len(told) == 1 and form == "burst.fill":  # the only one of its grid: "1 fill in 1 s" would say less
        return folded(_whole(lang, told[0]), _number(told[0]))
    shown = [_short_fill(lang, fill, form) for fill in told]
    last = told[-1].standing
    return folded(
        burst_head(lang, told),
        _parts(lang, told),
        _seeded(lang, told),
        standing_today(lang, last, told[-1].quote),
        fees_apart(lang, [last]),
        *shown,
    )


def burst_head(lang: str, told: Sequence[FillTold]) -> Html:
    """Several fills of one grid: what their round trips made, how many there are, whose they are."""
    trips = [fill.trip_profit for fill in told if fill.trip_profit is not None]
    return say(
        lang,
        "burst.head",
        mark=mark_of(total_of(trips) if trips else None),
        profit=gain(total_of(trips), told[0].quote) if trips else None,
        quote=told[0].quote,
        count=len(told),
        trips=len(trips) or None,
        grid=told[0].grid_id,
    )


def _parts(lang: str, told: Sequence[FillTold]) -> Html:
    bought = sum(fill.side is Side.BUY for fill in told)
    times = [fill.at for fill in told]
    span = duration(lang, max(max(times) - min(times), 1000))
    trips = sum(fill.trip_profit is not None for fill in told)
    return say(
        lang, "burst.parts", span=span, bought=bought or None, sold=len(told) - bought or None, trips=trips or None
    )


def _short_fill(lang: str, fill: FillTold, form: str) -> Html:
    return say(
        lang,
        form,
        did=say(lang, f"did.{fill.side}.small"),
        quantity=exact(fill.quantity),
        base=fill.base,
        price=price(fill.price),
        quote=fill.quote,
        trade=trade_number(fill.trade),
    )


def _numbers_only(lang: str, told: Sequence[FillTold], mode: str) -> Html:
    """The last resort of a very large burst: a sentence a grid, and the bare trade numbers."""
    heads = [burst_head(lang, list(group)) for _, group in _by_grid(told)]
    room = MOST_CHARACTERS - sum(len(head) + 1 for head in heads) - 200
    shown: list[str] = []
    for fill in told:
        number = say(lang, "burst.fill.number", trade=trade_number(fill.trade))
        room -= len(number) + 1
        if room < 0:
            break
        shown.append(number)
    left = len(told) - len(shown)
    more = say(lang, "burst.more", count=left) if left else None
    return lines(*heads, f"<blockquote expandable>{lines(' '.join(shown), more)}</blockquote>", foot(lang, mode))


def _by_grid(told: Sequence[FillTold]) -> Iterable[tuple[int, Iterable[FillTold]]]:
    ordered = sorted(told, key=lambda fill: fill.grid_id)
    return groupby(ordered, key=lambda fill: fill.grid_id)
