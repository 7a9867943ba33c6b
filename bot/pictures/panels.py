"""Several proposed grids one below the other: what the price did, what it may do, and each one's ladder on it."""

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from bot.owner.pictures import Panel, PanelsPicture
from bot.pictures.style import HEIGHT, LEFT, RIGHT, Sheet, when
from strategy.model.market import Side

TALL = 9.5
"""Inches, of several; of one alone the height of every picture."""
_WORDS = 0.585
"""From here on stand the figures; left of it the market and its scale."""
_END = 0.49
_TITLE, _GAP = 0.25, 0.14
"""Inches above each market, and below it."""
_MANY = 30
"""Levels from which on their lines are thin."""


def panels(picture: PanelsPicture) -> bytes:
    """All on the same scale of prices and of time: what is narrow looks narrow."""
    sheet = Sheet.of(picture.head, TALL if len(picture.panels) > 1 else HEIGHT)
    top = sheet.body - 0.32 / sheet.height
    row = (top - sheet.floor + _GAP / sheet.height) / len(picture.panels)
    for number, panel in enumerate(picture.panels):
        above = top - row * number
        last = number == len(picture.panels) - 1
        low, high = above - row + _GAP / sheet.height, above - _TITLE / sheet.height
        _title(sheet, panel, above - _TITLE / sheet.height / 2)
        _market(sheet, picture, panel, sheet.axes(low, high, right=_END), last=last)
        _figures(sheet, panel, low, high)
    colours = sheet.colours
    shown = (colours.text, colours.amber, colours.good, colours.bad)
    sheet.legend(sheet.body - 0.09 / sheet.height, *zip(picture.words, shown, strict=True))
    return sheet.png()


def _title(sheet: Sheet, panel: Panel, y: float) -> None:
    x = LEFT + sheet.text(LEFT, y, panel.name, 15, sheet.colours.text, widest=0.3) + 0.025
    sheet.text(x, y, panel.shape, 12, sheet.colours.grey, widest=RIGHT - x)


def _market(sheet: Sheet, picture: PanelsPicture, panel: Panel, axes: Axes, *, last: bool) -> None:
    """Left of now the price, right of it the ladder and where the price may be."""
    colours = sheet.colours
    times = [when(at, picture.ahead) for at, _ in picture.past]
    coming = [when(one.at, picture.ahead) for one in picture.coming]
    now, end = times[-1], max((*coming, times[-1] + 1))
    axes.plot(times, [float(price) for _, price in picture.past], color=colours.text, lw=1.3)
    lows, highs = ([float(getattr(one, side)) for one in picture.coming] for side in ("low", "high"))
    axes.fill_between(coming, lows, highs, color=colours.amber, alpha=0.22, lw=0)
    thin = 0.6 if len(panel.rungs) > _MANY else 1.1
    axes.add_collection(
        LineCollection(
            [((now, float(rung.price)), (end, float(rung.price))) for rung in panel.rungs],
            colors=[colours.good if rung.side is Side.BUY else colours.bad for rung in panel.rungs],
            linewidths=thin,
            alpha=0.8,
        ),
        autolim=False,
    )
    if panel.ends is not None:
        axes.axhspan(*map(float, panel.ends), color=colours.grey, alpha=0.1, lw=0)
    axes.axvline(now, color=colours.grey, lw=0.9, ls=(0, (2, 2)))
    low, high = _span(picture)
    axes.set_ylim(low, high)
    axes.set_xlim(times[0] if times[0] < now else now - 1, end)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter("{x:,.0f}" if high - low >= 20 else "{x:,.2f}" if high - low >= 0.2 else "{x:,.5g}")
    sheet.times(axes)
    if not last:
        axes.tick_params(labelbottom=False)


def _span(picture: PanelsPicture) -> tuple[float, float]:
    """Of all of them."""
    shown = [float(price) for _, price in picture.past]
    shown += [float(end) for one in picture.coming for end in (one.low, one.high)]
    shown += [float(end) for panel in picture.panels for end in panel.ends or ()]
    low, high = min(shown), max(shown)
    margin = (high - low) * 0.04 or high * 0.01
    return low - margin, high + margin


def _figures(sheet: Sheet, panel: Panel, low: float, high: float) -> None:
    """Each name above its figure; of one that can't be opened why."""
    if panel.wrong:
        for number, words in enumerate(panel.wrong):
            y = (low + high) / 2 + (len(panel.wrong) / 2 - number - 0.5) * 0.2 / sheet.height
            sheet.text(_WORDS, y, words, 12, sheet.colours.bad, widest=RIGHT - _WORDS)
        return
    step = min((high - low) / max(len(panel.figures), 1), 0.5 / sheet.height)
    for number, (name, figure, tone) in enumerate(panel.figures):
        y = high - step * number
        sheet.text(_WORDS, y - step * 0.18, name, 10.5, sheet.colours.grey, widest=RIGHT - _WORDS)
        sheet.text(_WORDS, y - step * 0.62, figure, 13, sheet.colours.of(tone), widest=RIGHT - _WORDS)
