"""/pnl: what was made, in its parts, as rates, beside what doing nothing had made. Total before its parts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, tzinfo
from decimal import Decimal

from bot.owner.views import BooksOf, BooksView, Held, Made, Period, Span, Summary
from bot.telegram.texts.cards import alarms
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import cost, exact, percent, price, signed
from bot.telegram.texts.phrases import day_and_time, duration, fitted, foot, lines
from bot.telegram.texts.sums import Sums, a_day, whole_share
from strategy.messages.reports import GridLine
from strategy.model.market import Asset
from strategy.model.money import ceil_to

_HUNDRED = Decimal(100)
EMPTY = BooksView(shown=BooksOf(period=Period(span=Span.START), grids={}, quotes={}))


def pnl(
    lang: str, summary: Summary, books: BooksView = EMPTY, zone: tzinfo | None = None, *, begins: date | None = None
) -> Html:
    """The period that was asked for, the others beside it, then each grid. `begins`: asked for was one before it."""
    shown = books.shown
    own = lines_of(summary.grids, shown)
    sums = Sums(own)
    heads = [_of_quote(lang, sums, quote, books, summary.grids, zone) for quote in sums.by_quote]
    nothing = say(lang, "status.empty" if not summary.grids else "pnl.none")
    grids = [_grid(lang, line, sums, books.held.get(line.grid_id)) for line in own]
    since = say(lang, "pnl.begins", day=begins.isoformat()) if begins is not None else None
    head = lines(*alarms(lang, summary), *(heads or [nothing]), since)
    tail = lines(sums.apart(lang), say(lang, "pnl.note"), foot(lang, summary.mode))
    return fitted(lang, head, grids, tail, left_out=lambda at: sums.left_out(lang, at))


def lines_of(grids: Sequence[GridLine], books: BooksOf) -> list[GridLine]:
    """The grids of a period with what they made in it; since the start they are as they stand on every other screen."""
    if books.period.span is Span.START:
        return list(grids)
    return [_within(line, books.grids[line.grid_id]) for line in grids if line.grid_id in books.grids]


def _within(line: GridLine, made: Made) -> GridLine:
    standing = replace(
        line.standing,
        today=made.total,
        total=made.total,
        grid_profit=made.grid_profit,
        stop_sales=made.stop_sales,
        floating=made.floating,
        fees=made.fees,
        fees_apart=made.fees_apart,
        round_trips=made.round_trips,
    )
    return replace(line, standing=standing)


def _of_quote(
    lang: str, sums: Sums, quote: Asset, books: BooksView, grids: Sequence[GridLine], zone: tzinfo | None
) -> Html:
    """Everything about the grids in one quote."""
    trips = sum(line.standing.round_trips for line in sums.by_quote[quote])
    key = "pnl.quote" if books.shown.period.span is Span.START else "pnl.period"
    name = named(lang, books.shown.period)
    head = say(lang, key, **sums.total(quote), quote=quote, trips=trips, name=name)
    made = books.shown.quotes.get(quote)
    if made is None:
        return head
    beside = [_beside(lang, one, quote, grids) for one in books.beside if quote in one.quotes]
    rates, against = _rates(lang, made, quote), _against(lang, made, quote, sums)
    return lines(head, rates, against, _fall(lang, made, quote, zone), *beside)


def named(lang: str, period: Period) -> Html:
    """A period in words."""
    return say(lang, f"pnl.span.{period.span}", day=period.day.isoformat() if period.day else None)


def _rates(lang: str, made: Made, quote: Asset) -> Html | None:
    """Each figure as a share of the money and for each day; a rate a year of the total alone."""
    if not made.money:
        return None
    days = a_day(made, quote)
    told = {name: _rate(lang, made.share(getattr(made, name)), days.get(name)) for name in ("grid_profit", "floating")}
    fees = made.share(made.fees), made.daily(made.fees)
    return say(
        lang,
        "pnl.rates",
        money=cost(made.money, quote),
        quote=quote,
        lasted=duration(lang, made.length),
        total=_rate(lang, whole_share(made), days.get("total"), yearly=made.yearly),
        stopped=_rate(lang, made.share(made.stop_sales), days.get("stopped")) if made.stop_sales else None,
        fees=say(
            lang,
            "pnl.rate",
            share=None if fees[0] is None else percent(fees[0], up=True),
            daily=None if fees[1] is None else cost(fees[1], quote),
            yearly=None,
        ),
        **told,
    )


def _rate(lang: str, share: Decimal | None, daily: str | None, *, yearly: Decimal | None = None) -> Html:
    return say(
        lang,
        "pnl.rate",
        share=None if share is None else _signed_percent(share),
        daily=daily,
        yearly=None if yearly is None else _signed_percent(yearly),
    )


def _signed_percent(fraction: Decimal) -> str:
    return signed(fraction * _HUNDRED, 2)


def _against(lang: str, made: Made, quote: Asset, sums: Sums) -> Html:
    """What is ahead of the coins is made of the two figures beside it, so that they come to it."""
    decimals = sums.decimals(quote)
    total = sums.amount(quote)
    coins = ceil_to(made.coins_instead, Decimal(1).scaleb(-decimals))
    return say(
        lang,
        "pnl.against",
        coins=signed(coins, decimals),
        ahead=signed(total - coins, decimals),
        total=signed(total, decimals),
        quote=quote,
    )


def _fall(lang: str, made: Made, quote: Asset, zone: tzinfo | None) -> Html:
    """The deepest fall from a peak. What was not written down is not known, and told so."""
    curve = made.curve
    if curve is None:
        return say(lang, "pnl.fall.unknown")
    if not curve.fall:
        return say(lang, "pnl.fall.none")
    since = None
    if curve.at > made.begins and zone is not None:
        since = " ".join(day_and_time(curve.at, zone))
    share = made.share(curve.fall)
    return say(
        lang,
        "pnl.fall",
        fall=cost(curve.fall, quote),
        quote=quote,
        share=None if share is None else percent(share, up=True),
        below=cost(curve.below, quote),
        since=since,
    )


def _beside(lang: str, books: BooksOf, quote: Asset, grids: Sequence[GridLine]) -> Html:
    """Another period in a line."""
    made, sums = books.quotes[quote], Sums(lines_of(grids, books))
    share = whole_share(made)
    return say(
        lang,
        "pnl.beside",
        **sums.total(quote),
        name=named(lang, books.period),
        quote=quote,
        share=None if share is None else _signed_percent(share),
        daily=a_day(made, quote).get("total"),
    )


def _grid(lang: str, line: GridLine, sums: Sums, held: Held | None) -> Html:
    told = say(
        lang,
        "pnl.grid",
        grid=line.grid_id,
        symbol=line.symbol,
        quote=line.quote,
        trips=line.standing.round_trips,
        **sums.of(line),
    )
    return told if held is None else lines(told, _held(lang, line, held))


def _held(lang: str, line: GridLine, held: Held) -> Html:
    """Both prices are rounded up: one that is met has paid for all."""
    return say(
        lang,
        "pnl.held",
        coins=exact(held.coins),
        base=line.base,
        average=price(ceil_to(held.average, held.tick)),
        even=price(ceil_to(held.even, held.tick)) if held.even > 0 else None,
        quote=line.quote,
    )
