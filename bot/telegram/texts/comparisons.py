"""A grid beside its backtest in words: the money first, then what makes the difference, each with its figure."""

from collections.abc import Iterator
from decimal import Decimal

from bot.owner.comparisons import Compared
from bot.owner.views import NotPlayed, Why
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import Screen, exact_money, in_parts, percent, told
from bot.telegram.texts.phrases import duration, foot, lines
from bot.telegram.texts.problems import problem
from strategy.model.grid import Grid
from strategy.model.money import ZERO

_LATER = 60_000
"""Milliseconds from which a delay is told: a candle does not say when in it an order was filled."""


def compared(lang: str, found: Compared, grid: Grid, mode: str) -> Html:
    """Both, side by side."""
    lived, played = found.lived, found.played
    quote = grid.market.quote
    screen = Screen(
        (
            in_parts(
                grid_profit=one.grid_profit + one.stop_sales, stop_sales=ZERO, floating=one.floating, fees=one.fees
            )
            for one in (lived, played)
        ),
        quote,
    )
    mine, its = screen.parts

    def shown(value: Decimal) -> str:
        return told(value, screen.decimals, quote)

    return lines(
        say(
            lang,
            "compare.head",
            grid=grid.id,
            symbol=grid.spec.symbol,
            lasted=duration(lang, played.ends - played.begins),
        ),
        say(
            lang,
            "compare.total",
            lived=shown(mine.total),
            played=shown(its.total),
            apart=shown(mine.total - its.total),
            quote=quote,
        ),
        say(lang, "compare.grid_profit", lived=shown(mine.grid_profit), played=shown(its.grid_profit)),
        say(lang, "compare.floating", lived=shown(mine.floating), played=shown(its.floating)),
        say(lang, "compare.fees", lived=exact_money(mine.fees), played=exact_money(its.fees)),
        say(lang, "compare.trips", lived=lived.round_trips, played=played.round_trips),
        say(
            lang,
            "compare.taken",
            lived=percent(found.lived_taken),
            played=percent(found.played_taken),
        ),
        say(lang, "compare.why"),
        say(lang, "compare.by_fees", apart=shown(its.fees - mine.fees), quote=quote),
        say(lang, "compare.by_trades", apart=shown(mine.total - its.total - (its.fees - mine.fees)), quote=quote),
        *_why(lang, found),
        say(
            lang,
            "compare.on",
            candles=played.candles,
            length=duration(lang, played.interval),
            source=say(lang, f"backtest.source.{played.source}"),
        ),
        foot(lang, mode),
    )


def not_compared(lang: str, found: NotPlayed) -> Html:
    """Why nothing can be compared, and what to do."""
    if found.why is Why.REFUSED and found.problem is not None:
        return lines(say(lang, "compare.not.refused"), problem(lang, found.problem))
    known = found.why if found.why in (Why.TOO_LITTLE, Why.UNREAD, Why.SLOW) else Why.FAILED
    return say(lang, f"compare.not.{known}", text=found.text or None)


def _why(lang: str, found: Compared) -> Iterator[Html]:
    """What of the difference can't be put into money."""
    late = abs(found.later) >= _LATER
    yield say(
        lang,
        "compare.both",
        both=found.both,
        later=duration(lang, found.later) if late and found.later > ZERO else None,
        earlier=duration(lang, -found.later) if late and found.later < ZERO else None,
    )
    if found.played_only:
        yield say(lang, "compare.played_only", count=found.played_only)
    if found.lived_only:
        yield say(lang, "compare.lived_only", count=found.lived_only)
    if found.lived.down:
        yield say(lang, "compare.down", lasted=duration(lang, found.lived.down))
    if found.lived.was_tuned:
        yield say(lang, "compare.tuned")
