"""A backtest in words: the money first, then what it was paid with, a verdict, and what it was played on."""

from collections.abc import Iterator
from decimal import Decimal

from bot.owner.views import NotPlayed, Played, Reason, Why, verdict_of
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import Screen, cost, gain, parts_screen, percent, price, signed, worth
from bot.telegram.texts.phrases import beside, day_and_time, duration, foot, lines
from bot.telegram.texts.problems import problem
from strategy.messages.problems import ProblemCode
from strategy.model.durations import HOUR
from strategy.model.money import ZERO, ceil_to

_HUNDRED = Decimal(100)
_SHORT = Decimal("0.9")
"""Of the days that were asked for: where fewer were there, it is said."""


def backtest(lang: str, played: Played, mode: str, grid: str | None = None) -> Html:
    """All of it."""
    return lines(
        _head(lang, played, grid),
        _total(lang, played),
        _parts(lang, played),
        _fall(lang, played),
        _against(lang, played),
        _work(lang, played),
        _inner(lang, played),
        beside(lang, *_verdict(lang, played)),
        _played_on(lang, played),
        say(lang, "backtest.picture" if played.picture is not None else "backtest.no_picture"),
        foot(lang, mode),
    )


def not_played(lang: str, found: NotPlayed) -> Html:
    """Why nothing was played, and what to do."""
    if found.why is not Why.REFUSED or found.problem is None or found.price is None:
        return say(lang, f"backtest.not.{found.why}", text=found.text or None)
    if found.problem.code is ProblemCode.NOT_PLAYED:  # on no day, at no price
        return problem(lang, found.problem)
    day, time = day_and_time(found.at)
    when = say(lang, "backtest.not.refused", day=day, time=time, price=price(found.price))
    return lines(when, problem(lang, found.problem), say(lang, "backtest.not.refused.next"))


def _head(lang: str, played: Played, grid: str | None) -> Html:
    return say(
        lang,
        "backtest.head",
        symbol=played.market.symbol,
        grid=grid,
        spacing=say(lang, f"word.{played.spec.spacing}"),
        lower=price(played.lowest),
        upper=price(played.highest),
        levels=played.levels,
    )


def _total(lang: str, played: Played) -> Html:
    quote, screen = played.market.quote, _screen(played)
    return say(
        lang,
        "backtest.total",
        total=signed(screen.amount, screen.decimals),
        quote=quote,
        share=signed(played.total / played.money * _HUNDRED, 2) if played.money else None,
        money=worth(played.money, quote),
        lasted=duration(lang, played.ends - played.begins),
    )


def _parts(lang: str, played: Played) -> Html:
    figures = _screen(played).total
    return say(
        lang,
        "backtest.parts",
        grid_profit=figures["grid_profit"],
        stopped=figures["stopped"],
        floating=figures["floating"],
        fees=cost(played.fees, played.market.quote),
        share=None if played.fee_share is None else percent(played.fee_share, up=True),
    )


def _fall(lang: str, played: Played) -> Html:
    if not played.fall:
        return say(lang, "backtest.no_fall")
    return say(
        lang,
        "backtest.fall",
        fall=cost(played.fall, played.market.quote),
        share=percent(played.fall_share, up=True),
        below=duration(lang, played.below),
        quote=played.market.quote,
    )


def _against(lang: str, played: Played) -> Html:
    """Made of what is shown above, so that the difference is that of the figures beside it."""
    screen, quote = _screen(played), played.market.quote
    holding = _holding(played, screen)
    return say(
        lang,
        "backtest.against",
        holding=signed(holding, screen.decimals),
        ahead=signed(screen.amount - holding, screen.decimals),
        total=signed(screen.amount, screen.decimals),
        quote=quote,
    )


def _work(lang: str, played: Played) -> Html:
    return say(lang, "backtest.work", trips=played.round_trips, inside=percent(played.in_range))


def _inner(lang: str, played: Played) -> Html:
    quote = played.market.quote
    low, high = (gain(one, quote) for one in (played.low_first, played.high_first))
    return say(lang, "backtest.inner", low=low, high=high)


def _verdict(lang: str, played: Played) -> Iterator[Html]:
    found, quote, screen = verdict_of(played), played.market.quote, _screen(played)
    apart = signed(abs(screen.amount - _holding(played, screen)), screen.decimals).removeprefix("+")
    yield say(lang, f"backtest.ending.{found.ending}", apart=apart, quote=quote)
    for reason in found.reasons:
        yield _reason(lang, played, reason)


def _reason(lang: str, played: Played, reason: Reason) -> Html:
    day, _ = day_and_time(played.stopped_at or 0)
    return say(
        lang,
        f"backtest.because.{reason}",
        day=day,
        limit=say(lang, f"reason.{played.stopped}") if played.stopped is not None else None,
        outside=percent(1 - played.in_range),
        fees=percent(played.fee_share or ZERO, up=True),
        fall=percent(played.fall_share, up=True),
        trips=played.round_trips,
    )


def _played_on(lang: str, played: Played) -> Html:
    begins, ends = (" ".join(day_and_time(at)) for at in (played.begins, played.ends))
    lasted, asked = played.ends - played.begins, played.days * 24 * HOUR
    return say(
        lang,
        "backtest.on",
        candles=played.candles,
        length=duration(lang, played.interval),
        begins=begins,
        ends=ends,
        source=say(lang, f"backtest.source.{played.source}"),
        short=duration(lang, lasted) if lasted < asked * _SHORT else None,
    )


def _holding(played: Played, screen: Screen) -> Decimal:
    return ceil_to(played.holding, Decimal(1).scaleb(-screen.decimals))


def _screen(played: Played) -> Screen:
    return parts_screen(
        played.market.quote, grid_profit=played.grid_profit, stop_sales=played.stop_sales, floating=played.floating
    )
