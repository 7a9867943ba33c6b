"""The figures of a backtest as a table for the terminal: the money first, then what it was paid with."""

from collections.abc import Iterator
from decimal import Decimal

from bot.console.moments import day, moment, span
from bot.console.ranges import Range
from bot.history.columns import gaps
from bot.history.words import counted
from bot.telegram.texts.numbers import cost, gain, percent, price, worth
from exchange.port import INTERVALS
from strategy.model.grid import Phase
from strategy.model.stops import StopReason
from strategy.research.candles import Inner
from strategy.research.figures import Figures
from strategy.research.replay import Replay

_WIDTH = 22
_LIMITS = {
    StopReason.STOP_LOSS: "stop",
    StopReason.TAKE_PROFIT: "take",
    StopReason.MAX_LOSS: "maxloss",
    StopReason.MAX_DRAWDOWN: "maxdrawdown",
}
_INNER = {
    Inner.LIKELY: "low first where a candle closed up, high first where down",
    Inner.LOW_FIRST: "low first in every candle",
    Inner.HIGH_FIRST: "high first in every candle",
}


def table(replay: Replay, figures: Figures) -> str:
    """All of it, a line a figure."""
    return "\n".join(["", *_head(replay, figures), "", *_money(replay, figures), "", *_risk(replay, figures), ""])


def range_table(replay: Replay, figures: Figures, found: Range) -> str:
    """How far the total reaches."""
    quote, lines = replay.market.quote, []
    totals = sorted((figures.total, found.low_first, found.high_first))
    said = f"{gain(totals[0], quote)} to {gain(totals[-1], quote)}"
    lines.append(_line("within a candle", said, "low first, high first"))
    low, high = found.at(Decimal("0.1")), found.at(Decimal("0.9"))
    if low is not None and high is not None:
        said = f"{gain(low, quote)} to {gain(high, quote)}"
        lines.append(_line("without the drift", said, f"8 in 10 of {len(found.paths)} markets of the same days"))
    return "\n".join(["The total is a range:", *lines, ""])


def _head(replay: Replay, figures: Figures) -> Iterator[str]:
    grid, candles = replay.grid, replay.candles
    spec = grid.spec
    yield f"{spec.symbol} · {spec.spacing} {price(grid.lowest)} to {price(grid.highest)} · {len(grid.levels)} levels"
    played = len(candles) - replay.marks[0].candle
    length = next((f"candles of {name}" for name, lasts in INTERVALS.items() if lasts == candles.interval), "trades")
    yield f"{day(figures.begins)} to {day(figures.ends)} · {played:,} {length} · {_INNER[replay.rules.inner]}"
    missing = gaps(candles.at, candles.interval) if candles.interval > 1 else []
    if missing:
        longest = max(missing, key=lambda gap: gap[1])
        whole = sum(lasted for _, lasted in missing)
        gap = f"{counted(len(missing), 'gap')}, {span(whole)} in all"
        yield f"{gap}; the longest, {span(longest[1])}, at {moment(longest[0])}"
    if grid.stop is not None:
        keeps = "its coins are sold" if grid.stop.sell else "its coins are kept"
        reason = grid.stop.reason
        plays_on = f" {_LIMITS[reason]}=off plays on." if reason in _LIMITS else ""
        yield f"It stopped at {moment(grid.stop.at)}: {reason.replace('_', ' ')}; {keeps}.{plays_on}"
    if spec.max_loss is None:
        yield "No maximum loss was set; /grid sets one of 5 % unless told otherwise: maxloss=5% plays it."
    if grid.phase is Phase.WAITING:
        yield "It never began: what it waits for did not come."


def _money(replay: Replay, figures: Figures) -> Iterator[str]:
    quote = replay.market.quote
    of = f"of {worth(figures.money, quote)} {quote}"
    yield _line("total", gain(figures.total, quote), f"{_part(figures.total, figures.money)} {of}")
    yield _line("  grid profit", gain(figures.grid_profit, quote), f"{figures.round_trips:,} round trips")
    if figures.stop_fills:
        yield _line("  sold on stopping", gain(figures.stop_sales, quote))
    moved = f"{price(figures.first_price)} → {price(figures.last_price)}"
    yield _line("  floating", gain(figures.floating, quote), moved)
    share = "" if figures.fee_share is None else f"{_percent(figures.fee_share)} of what the round trips made"
    yield _line("fees", cost(figures.fees, quote), share)
    yield _line("holding instead", gain(figures.holding, quote), _part(figures.holding, figures.money))
    yield _line("better than holding", gain(figures.total - figures.holding, quote))


def _risk(replay: Replay, figures: Figures) -> Iterator[str]:
    quote, fall = replay.market.quote, figures.drawdown
    when = f"{_percent(fall.share)} · {moment(fall.peak_at)} to {moment(fall.trough_at)}" if fall.money else ""
    yield _line("drawdown", cost(fall.money, quote), when)
    yield _line("  below the peak for", span(fall.longest))
    yield _line("worst hour", gain(figures.worst_hour, quote))
    yield _line("Sharpe · Sortino", f"{_ratio(figures.sharpe)} · {_ratio(figures.sortino)}", "of days, a year")
    a_year = "" if figures.a_year is None else f"{_percent(figures.a_year, signed=True)} a year"
    yield _line("Calmar", _ratio(figures.calmar), a_year)
    yield _line("fills", f"{figures.fills:,}", f"{figures.fills_a_day:.1f} a day")
    yield _line("in its range", _percent(figures.in_range), "of the time")
    yield _line("money in coins", _percent(figures.capital), f"at cost; at most {_percent(figures.capital_most)}")
    yield _line("coins against quote", f"{figures.skew:+.2f}".replace("-", "−"), "−1 all quote, +1 all coins")


def _line(name: str, value: str, more: str = "") -> str:
    return f"{name:<{_WIDTH}}{value:>16}  {more}".rstrip()


def _part(money: Decimal, whole: Decimal) -> str:
    return f"{'+' if money >= 0 else '−'}{percent(abs(money) / whole)} %"


def _percent(value: float, *, signed: bool = False) -> str:
    return f"{value * 100:{'+' if signed else ''}.1f} %".replace("-", "−")


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
