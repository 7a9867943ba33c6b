"""A grid before it is opened: its levels, the price of each at the left, its money at the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D

from bot.owner.pictures import LadderPicture, Step
from bot.pictures.style import BODY, FLOOR, LEFT, RIGHT, Sheet, families
from strategy.model.market import Side

_TOP = BODY - 0.055
_FROM, _TO = 0.235, 0.76
"""Between them stand the lines; left of them the prices, right of them the money."""
_ROW = 0.03
"""Least distance of two labels; of levels that stand closer only some have one."""
_MANY = 40
"""Levels from which on their lines are thin."""
_CLEAR = 0.02
"""From the ends of the ladder to what lies beyond it."""


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    def y(self, price: float) -> float:
        """Where a price stands on the sheet."""
        return FLOOR + (price - self.low) / (self.high - self.low) * (_TOP - FLOOR)


def ladder(picture: LadderPicture) -> bytes:
    """Levels that buy are green, those that sell red, each a band from where it buys to where it sells."""
    sheet = Sheet.of(picture.head)
    scale = _scale_of(picture)
    named = _named(picture, scale)
    _bands(sheet, picture, scale)
    for step in named:
        y, colour = scale.y(float(step.price)), _colour_of(sheet, step)
        sheet.text(_FROM - 0.015, y, step.name, 12, colour, ha="right", widest=_FROM - LEFT - 0.02)
        sheet.text(RIGHT, y, step.money, 11, sheet.colours.text, ha="right", widest=RIGHT - _TO - 0.015)
    for name, limit, tone in picture.limits:
        price, mark = float(limit), ""
        if not scale.low <= price <= scale.high:
            mark, price = ("▼ ", scale.low) if price < scale.low else ("▲ ", scale.high)
        _pill(sheet, scale.y(price), mark + name, sheet.colours.of(tone))
    _pill(sheet, scale.y(float(picture.price)), picture.price_name, sheet.colours.amber)
    colours = (sheet.colours.good, sheet.colours.bad, sheet.colours.amber)
    sheet.legend(BODY - 0.012, *zip(picture.words, colours, strict=True))
    return sheet.png()


def _scale_of(picture: LadderPicture) -> _Scale:
    """The range and the price, and the limits that are not so far off that they would squeeze the levels."""
    shown = [float(picture.price)]
    shown += [float(one) for step in picture.steps for one in (step.low, step.high)]
    low, high = min(shown), max(shown)
    reach = (high - low) / 2
    shown += [float(limit) for _, limit, _ in picture.limits if low - reach <= float(limit) <= high + reach]
    low, high = min(shown), max(shown)
    margin = (high - low) * _CLEAR
    return _Scale(low - margin, high + margin)


def _named(picture: LadderPicture, scale: _Scale) -> Sequence[Step]:
    """The levels that have labels: both ends, then those nearest to the price, none within a row of another."""
    nearest = sorted(picture.steps, key=lambda step: abs(step.price - picture.price))
    chosen: list[Step] = []
    for step in (picture.steps[-1], picture.steps[0], *nearest):
        y = scale.y(float(step.price))
        if all(abs(y - scale.y(float(other.price))) >= _ROW for other in chosen):
            chosen.append(step)
    return chosen


def _bands(sheet: Sheet, picture: LadderPicture, scale: _Scale) -> None:
    """Bands and lines, two collections: one for each would take many times as long."""
    axes = sheet.axes(FLOOR, _TOP, right=RIGHT)
    axes.set_axis_off()
    axes.set_ylim(scale.low, scale.high)
    axes.set_xlim(LEFT, RIGHT)
    colours = [_colour_of(sheet, step) for step in picture.steps]
    sides = [((_FROM, _TO), float(step.low), float(step.high)) for step in picture.steps]
    corners = [((left, low), (right, low), (right, high), (left, high)) for (left, right), low, high in sides]
    axes.add_collection(PolyCollection(corners, facecolors=colours, alpha=0.13, linewidths=0), autolim=False)
    lines = [((_FROM, float(step.price)), (_TO, float(step.price))) for step in picture.steps]
    thin = 0.8 if len(lines) > _MANY else 1.6
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=thin), autolim=False)


def _pill(sheet: Sheet, y: float, words: str, colour: str) -> None:
    """A dashed line and its words in the middle, where no level has its label."""
    sheet.figure.add_artist(Line2D((_FROM, _TO), (y, y), color=colour, lw=1.4, ls=(0, (4, 3))))
    sheet.figure.text(
        (_FROM + _TO) / 2,
        y,
        words,
        fontsize=11.5,
        color=sheet.colours.sheet,
        family=families(),
        ha="center",
        va="center",
        bbox={"boxstyle": "round,pad=0.3", "fc": colour, "ec": "none"},
    )


def _colour_of(sheet: Sheet, step: Step) -> str:
    return sheet.colours.good if step.side is Side.BUY else sheet.colours.bad
