"""A grid beside its backtest in words: the money first, then what makes the difference, each with its figure."""

from collections.abc import Iterator

from bot.owner.comparisons import Compared
from bot.owner.views import NotPlayed, Why
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import cost, gain, percent
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
            lived=gain(lived.total, quote),
            played=gain(played.total, quote),
            apart=gain(found.apart, quote),
            quote=quote,
        ),
        *(
            say(lang, f"compare.{name}", lived=gain(mine, quote), played=gain(its, quote))
            for name, mine, its in (
                ("grid_profit", lived.grid_profit + lived.stop_sales, played.grid_profit + played.stop_sales),
                ("floating", lived.floating, played.floating),
            )
        ),
        say(lang, "compare.fees", lived=cost(lived.fees, quote), played=cost(played.fees, quote)),
        say(lang, "compare.trips", lived=lived.round_trips, played=played.round_trips),
        say(
            lang,
            "compare.taken",
            lived=percent(found.lived_taken),
            played=percent(found.played_taken),
        ),
        say(lang, "compare.why"),
        *_why(lang, found, quote=str(quote)),
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


def _why(lang: str, found: Compared, quote: str) -> Iterator[Html]:
    """What the difference is made of, and what can't be put into money."""
    asset = found.played.market.quote
    yield say(lang, "compare.by_fees", apart=gain(found.by_fees, asset), quote=quote)
    yield say(lang, "compare.by_trades", apart=gain(found.apart - found.by_fees, asset), quote=quote)
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
