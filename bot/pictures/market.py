"""Candles with the ladder of a grid, its buys, its sells and the price now."""

from collections.abc import Sequence
from decimal import Decimal

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from bot.owner.pictures import Bar, MarketPicture, Rung
from bot.pictures.style import BODY, DPI, FLOOR, LEFT, WIDTH, Sheet, families, when
from strategy.model.market import Side

_RIGHT = 0.835
_MANY = 40
"""Levels from which on their lines are thin."""
_UNDER_TAG = 0.045
"""So near to the price, as a part of the axis, its tag would hide half of a label."""
_FAR = 2.0
"""A ladder that is so many times higher than the market moved is cut: the market would be a flat line."""


def market(picture: MarketPicture) -> bytes:
    """Levels that wait to buy are green, those that hold coins red; fills are arrows."""
    sheet = Sheet.of(picture.head)
    colours = sheet.colours
    axes = sheet.axes(FLOOR, BODY - 0.05, right=_RIGHT)
    low, high = _span(picture)
    axes.set_ylim(low, high)
    first, last = _first_and_last(picture)
    axes.set_xlim(first - (last - first) * 0.01, last + (last - first) * 0.03)
    _rungs(axes, picture.rungs, sheet)
    _bars(axes, picture, sheet)
    for side, marker, colour in ((Side.BUY, "^", colours.good), (Side.SELL, "v", colours.bad)):
        own = [one for one in picture.trades if one.side is side]
        axes.scatter(
            [when(one.at, picture.ahead) for one in own],
            [float(one.price) for one in own],
            marker=marker,
            s=52,
            color=colour,
            edgecolors=colours.sheet,
            linewidths=0.9,
            zorder=6,
        )
    for name, price in picture.limits:
        if low <= float(price) <= high:
            axes.axhline(float(price), color=colours.bad, lw=1.2, ls=(0, (5, 3)), zorder=4)
            axes.text(
                first,
                float(price),
                f" {name}",
                color=colours.bad,
                fontsize=10,
                va="bottom",
                zorder=7,
                family=families(),
            )
    axes.axhline(float(picture.price), color=colours.amber, lw=1.1, ls=(0, (2, 2)), zorder=5)
    axes.yaxis.set_major_locator(MaxNLocator(7))
    now_at, span = float(picture.price), high - low
    axes.yaxis.set_major_formatter(
        lambda value, _: "" if abs(value - now_at) < _UNDER_TAG * span else _short(value, span)
    )
    sheet.times(axes)
    _price(axes, picture, sheet, span)
    bought, sold, now = picture.words
    sheet.legend(BODY - 0.012, (bought, colours.good), (sold, colours.bad), (now, colours.amber))
    return sheet.png()


def _span(picture: MarketPicture) -> tuple[float, float]:
    """From the lowest to the highest price that is shown."""
    moved = [float(one) for bar in picture.bars for one in (bar.low, bar.high)] or [float(picture.price)]
    moved += [float(picture.price), *(float(one.price) for one in picture.trades)]
    low, high = min(moved), max(moved)
    far = max((high - low) * _FAR, float(picture.price) * 0.01)
    ladder = [float(rung.price) for rung in picture.rungs]
    shown = [one for one in (*ladder, *(float(limit) for _, limit in picture.limits)) if low - far <= one <= high + far]
    low, high = min([low, *shown]), max([high, *shown])
    margin = (high - low) * 0.05 or high * 0.01
    return low - margin, high + margin


def _first_and_last(picture: MarketPicture) -> tuple[float, float]:
    moments = [bar.at for bar in picture.bars] or [one.at for one in picture.trades] or [0]
    first, last = when(min(moments), picture.ahead), when(max(moments), picture.ahead)
    return (first, last) if first < last else (first - 0.5, last + 0.5)


def _rungs(axes: Axes, rungs: Sequence[Rung], sheet: Sheet) -> None:
    thin = 0.7 if len(rungs) > _MANY else 1.1
    for rung in rungs:
        colour = (
            sheet.colours.grey if rung.frozen else sheet.colours.good if rung.side is Side.BUY else sheet.colours.bad
        )
        axes.axhline(float(rung.price), color=colour, lw=thin, alpha=0.5, ls=":" if rung.frozen else "-", zorder=2)


def _bars(axes: Axes, picture: MarketPicture, sheet: Sheet) -> None:
    """Wicks and bodies, two collections of lines: a line a candle would take ten times as long."""
    bars = picture.bars
    if not bars:
        return
    thick = max(1.2, (_RIGHT - LEFT) * WIDTH * 72 / max(len(bars), 40) * 0.62)
    colours = [sheet.colours.good if bar.close >= bar.open else sheet.colours.bad for bar in bars]
    at = [when(bar.at, picture.ahead) for bar in bars]
    wicks = [((x, float(bar.low)), (x, float(bar.high))) for x, bar in zip(at, bars, strict=True)]
    axes.add_collection(LineCollection(wicks, colors=colours, linewidths=0.9, zorder=3), autolim=False)
    least = (axes.get_ylim()[1] - axes.get_ylim()[0]) / (HEIGHT_POINTS)
    bodies = [((x, float(bar.open)), (x, _body_end(bar, least))) for x, bar in zip(at, bars, strict=True)]
    axes.add_collection(
        LineCollection(bodies, colors=colours, linewidths=thick, capstyle="butt", zorder=4), autolim=False
    )


HEIGHT_POINTS = DPI * 4
"""How many points high the candles are, about: a body is a point at least."""


def _body_end(bar: Bar, least: float) -> float:
    first, last = float(bar.open), float(bar.close)
    return last if abs(last - first) >= least else first + least


def _price(axes: Axes, picture: MarketPicture, sheet: Sheet, span: float) -> None:
    """Its figure on the scale."""
    axes.annotate(
        _short(picture.price, span),
        (1, float(picture.price)),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        color=sheet.colours.sheet,
        fontsize=10.5,
        family=families(),
        va="center",
        bbox={"boxstyle": "round,pad=0.25", "fc": sheet.colours.amber, "ec": "none"},
        annotation_clip=False,
        zorder=8,
    )


def _short(value: float | Decimal, span: float) -> str:
    """As many decimals as tell two places of the scale apart."""
    decimals = 0 if span >= 20 else 2 if span >= 0.2 else 4 if span >= 0.002 else 8
    return f"{value:,.{decimals}f}"
