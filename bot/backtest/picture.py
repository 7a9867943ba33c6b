"""A backtest as a picture for the phone: the equity beside holding and cash, and beneath it how far it had fallen.

Figures, dates and the market's name only, so that one picture serves every language.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from bot.history.extra import extra
from strategy.model.market import Fees
from strategy.model.past import HOUR
from strategy.research.figures import Curve, Figures
from strategy.research.replay import Replay

_NIGHT, _PANEL, _LINE, _GREY, _WHITE = "#0d1117", "#141a23", "#303a48", "#8b96a5", "#ecf0f5"
_GRID, _HELD, _FALL = "#2ece8a", "#ffc148", "#f56068"
_SIZE, _DPI = (6, 6.6), 150
_MOST_POINTS = 720
"""More than a phone can show side by side is not drawn."""


def draw(path: Path | BinaryIO, replay: Replay, figures: Figures, fees: Fees) -> None:
    """Write it as a PNG of 900 x 990: the grid green, holding amber, cash dotted; the fall red."""
    extra("matplotlib").use("Agg")
    pyplot = extra("matplotlib.pyplot")
    candles, curve = replay.candles, Curve(replay.candles, replay.marks)
    ones, money = _places(curve, len(candles)), float(figures.money)
    times = [datetime.fromtimestamp((candles.at[one] + candles.interval) / 1000, UTC) for one in ones]
    equity = [money + curve.floats[one - curve.first] for one in ones]
    first = candles.close[ones[0]] * (1 + float(fees.taker))
    figure, (above, below) = pyplot.subplots(
        2, 1, sharex=True, figsize=_SIZE, height_ratios=(3, 1), layout="constrained", facecolor=_NIGHT
    )
    above.plot(times, [money * candles.close[one] / first for one in ones], color=_HELD, lw=1.1)
    above.axhline(money, color=_GREY, lw=1, ls=":")
    above.plot(times, equity, color=_GRID, lw=1.8)
    sign = "+" if figures.total > 0 else ""
    share = f"{sign}{figures.total / figures.money * 100:,.2f} %"
    head = f"{replay.market.symbol}   {sign}{figures.total:,.2f} {replay.market.quote}   {share}"
    above.set_title(head, loc="left", color=_WHITE, fontsize=13)
    below.fill_between(times, _falls(equity), color=_FALL, lw=0, alpha=0.8)
    below.yaxis.set_major_formatter("{x:,.1f} %")
    for axes in (above, below):
        axes.set_facecolor(_PANEL)
        axes.tick_params(colors=_GREY, labelsize=10)
        axes.grid(color=_LINE, lw=0.5)
        axes.margins(x=0)
        for side in axes.spines.values():
            side.set_color(_LINE)
    dates = extra("matplotlib.dates")
    where = dates.AutoDateLocator(minticks=3, maxticks=7)
    below.xaxis.set_major_locator(where)
    below.xaxis.set_major_formatter(dates.ConciseDateFormatter(where, show_offset=False))
    figure.savefig(path, dpi=_DPI, format="png")
    pyplot.close(figure)


def _places(curve: Curve, candles: int) -> list[int]:
    """The candles that are drawn: an hour a point, or fewer of a long time and more of a short one."""
    hourly = curve.ends_of(HOUR)
    every = hourly if len(hourly) > _MOST_POINTS // 10 else list(range(curve.first, candles))
    apart = -(-len(every) // _MOST_POINTS)
    return sorted({*every[::apart], every[-1]})


def _falls(equity: list[float]) -> list[float]:
    """How far below its highest it is, in per cent."""
    found, high = [], equity[0]
    for one in equity:
        high = max(high, one)
        found.append((one / high - 1) * 100)
    return found
