"""Equity beside holding and cash with the drawdown beneath; profit by day."""

from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator

from bot.owner.pictures import CurvePicture, DaysPicture
from bot.pictures.style import BODY, FLOOR, Sheet, families, when

_PARTED = 0.30
_MANY_DAYS = 16
_LEAST_DAYS = 7
"""There is room for so many: the first day of a grid is no wall."""


def curves(picture: CurvePicture) -> bytes:
    """The grid green, holding amber, cash dotted; the fall red."""
    sheet = Sheet.of(picture.head)
    colours = sheet.colours
    above, below = sheet.axes(_PARTED + 0.02, BODY - 0.05), sheet.axes(FLOOR, _PARTED - 0.03)
    times = [when(at, picture.ahead) for at, _ in picture.equity]
    equity = [float(value) for _, value in picture.equity]
    money = float(picture.money)
    if picture.holding:
        held = [when(at, picture.ahead) for at, _ in picture.holding], [float(value) for _, value in picture.holding]
        above.plot(*held, color=colours.amber, lw=1.2)
    above.axhline(money, color=colours.grey, lw=1.1, ls=":")
    above.plot(times, equity, color=colours.good, lw=2)
    for colour, part in (
        (colours.good, [one >= money for one in equity]),
        (colours.bad, [one <= money for one in equity]),
    ):
        above.fill_between(times, equity, money, where=part, interpolate=True, color=colour, alpha=0.13, lw=0)
    falls = _falls(equity)
    below.fill_between(times, falls, color=colours.bad, lw=0, alpha=0.75)
    below.set_ylim(min(*falls, -0.1) * 1.15, 0)
    below.yaxis.set_major_locator(MaxNLocator(3))
    below.yaxis.set_major_formatter(picture.percent)
    above.yaxis.set_major_locator(MaxNLocator(6))
    above.yaxis.set_major_formatter("{x:,.0f}" if max(equity) - min(equity) > 5 else "{x:,.2f}")
    for axes in (above, below):
        axes.margins(x=0)
        axes.set_xlim(times[0], times[-1] if times[-1] > times[0] else times[0] + 1)
    sheet.times(below)
    above.set_xticks(below.get_xticks(), labels=[])
    above.set_xlim(below.get_xlim())
    sheet.letters(above)
    named, held_name, cash, fall = picture.words
    shown = [(named, colours.good), *([(held_name, colours.amber)] if picture.holding else []), (cash, colours.grey)]
    sheet.legend(BODY - 0.012, *shown)
    sheet.legend(_PARTED - 0.008, (fall, colours.bad))
    return sheet.png()


def _falls(equity: Sequence[float]) -> list[float]:
    """How far below its highest it is, in per cent."""
    found, high = [], equity[0]
    for one in equity:
        high = max(high, one)
        found.append((one / high - 1) * 100 if high > 0 else 0.0)
    return found


def days(picture: DaysPicture) -> bytes:
    """A bar a day, green above nothing and red below it, each with its figure where there is room."""
    sheet = Sheet.of(picture.head)
    axes = sheet.axes(FLOOR, BODY - 0.02)
    values = [float(value) for _, value in picture.days]
    colours = [sheet.colours.good if one >= 0 else sheet.colours.bad for one in values]
    axes.bar(range(len(values)), values, color=colours, width=0.72, zorder=3)
    axes.axhline(0, color=sheet.colours.grey, lw=1)
    axes.grid(visible=False, axis="x")
    reach = max((abs(one) for one in values), default=1.0) or 1.0
    if len(values) <= _MANY_DAYS:
        for at, one in enumerate(values):
            axes.text(
                at,
                one + reach * 0.03 * (1 if one >= 0 else -1),
                f"{one:+,.2f}".replace("-", "−"),
                ha="center",
                va="bottom" if one >= 0 else "top",
                fontsize=8.5 if len(values) <= 8 else 7,
                color=sheet.colours.text,
                family=families(),
            )
    every = -(-len(values) // 8)
    axes.set_xticks(range(0, len(values), every), labels=[name for name, _ in picture.days[::every]])
    axes.set_xlim(-0.6, max(len(values), _LEAST_DAYS) - 0.4)
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    axes.set_ylim(low - reach * 0.12, high + reach * 0.12)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    sheet.letters(axes)
    return sheet.png()
