"""How every picture looks: size, colours, letters, what stands above and below it. It knows no picture.

Matplotlib is loaded here and nowhere at the start of a program: drawing has a process of its own.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from bot.owner.pictures import Head, Theme, Tone

WIDTH, HEIGHT, DPI = 6.0, 7.2, 150
"""900 x 1080 points: a phone shows it whole, and Telegram does not make it smaller."""
LEFT, RIGHT = 0.055, 0.945
BODY, FLOOR = 0.76, 0.125
"""Between these heights a picture has the sheet to itself; right below the floor Telegram writes the time."""
FONT = Path(__file__).with_name("packgrid-sans.otf")
_DAY = 86_400
_MOST_MARKS = 5
_STEPS = tuple(hours / 24 for hours in (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720, 1440, 2880))
"""Days between two marks of an axis of time."""
_FALLBACK = "DejaVu Sans"
"""Matplotlib brings it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Of a theme."""

    sheet: str
    line: str
    text: str
    grey: str
    good: str
    bad: str
    amber: str

    def of(self, tone: Tone) -> str:
        """Of a figure."""
        return {Tone.GOOD: self.good, Tone.BAD: self.bad, Tone.PLAIN: self.text}[tone]


THEMES = {
    Theme.DARK: Colours(
        sheet="#0d1117",
        line="#222b38",
        text="#ecf0f5",
        grey="#8b96a5",
        good="#2ece8a",
        bad="#f56068",
        amber="#ffc148",
    ),
    Theme.LIGHT: Colours(
        sheet="#ffffff",
        line="#e4e9ef",
        text="#17202b",
        grey="#667281",
        good="#0a9a5d",
        bad="#d3313d",
        amber="#b97a00",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A figure with its head and foot written on it."""

    figure: Figure
    colours: Colours
    renderer: RendererBase
    height: float
    """Inches."""

    @classmethod
    def of(cls, head: Head, height: float = HEIGHT) -> "Sheet":
        colours = THEMES[head.theme]
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=colours.sheet)
        renderer: RendererBase = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
        sheet = cls(figure=figure, colours=colours, renderer=renderer, height=height)
        sheet.text(LEFT, sheet.down(0.945), head.title, 15, colours.grey)
        sheet.text(LEFT, sheet.down(0.87), head.figure, 28, colours.of(head.tone), widest=0.9)
        sheet.text(LEFT, sheet.down(0.808), head.note, 12.5, colours.grey, widest=0.9)
        sheet.text(LEFT, 0.04 * HEIGHT / height, head.foot, 10.5, colours.grey, widest=0.6)
        if head.mark:
            box = {"boxstyle": "round,pad=0.35", "fc": colours.amber, "ec": "none"}
            sheet.figure.text(
                RIGHT - 0.015,
                sheet.down(0.945),
                head.mark,
                fontsize=13,
                color=colours.sheet,
                family=families(),
                ha="right",
                va="center",
                bbox=box,
            )
        return sheet

    def down(self, y: float) -> float:
        """What is at this height of a usual sheet, as far below the top of this one."""
        return 1 - (1 - y) * HEIGHT / self.height

    @property
    def body(self) -> float:
        """`BODY` of this sheet."""
        return self.down(BODY)

    @property
    def floor(self) -> float:
        """`FLOOR` of this sheet."""
        return FLOOR * HEIGHT / self.height

    def text(
        self, x: float, y: float, words: str, size: float, colour: str, *, ha: str = "left", widest: float = 0.7
    ) -> float:
        """A line of text, smaller where it would be wider than this part of the sheet. How wide it has become."""
        if not words:
            return 0.0
        made = self.figure.text(x, y, words, fontsize=size, color=colour, family=families(), ha=ha, va="center")
        wide = self.width(made)
        if wide > widest:
            made.set_fontsize(size * widest / wide)
        return min(wide, widest)

    def width(self, made: Text) -> float:
        """Of a text, as a part of the sheet's."""
        return float(made.get_window_extent(self.renderer).width) / (WIDTH * DPI)

    def axes(self, bottom: float, top: float, *, right: float = 0.84) -> Axes:
        """A part of the sheet with its scale at the right."""
        made = self.figure.add_axes((LEFT, bottom, right - LEFT, top - bottom), facecolor=self.colours.sheet)
        made.yaxis.tick_right()
        made.tick_params(colors=self.colours.grey, labelsize=10.5, length=0, pad=5)
        made.grid(color=self.colours.line, lw=0.7)
        made.set_axisbelow(True)
        for side in made.spines.values():
            side.set_visible(False)
        return made

    def legend(self, y: float, *parts: tuple[str, str]) -> None:
        """Words, each in its colour, in a line; a picture for every language has none."""
        x = LEFT
        for words, colour in (part for part in parts if part[0]):
            made = self.figure.text(x, y, f"● {words}", fontsize=11, color=colour, family=families(), va="center")
            x += self.width(made) + 0.03

    def times(self, axes: Axes) -> None:
        """An axis of dates, or of hours where they are few: five marks at most, each of which says enough."""
        first, last = axes.get_xlim()
        span = last - first
        steps = (step for step in _STEPS if span / step <= _MOST_MARKS)
        step = next(steps, span / _MOST_MARKS)
        begin = -(-first // step) * step
        places = [begin + number * step for number in range(_MOST_MARKS + 1) if begin + number * step <= last]
        names = [_named(datetime.fromtimestamp(round(place * _DAY), UTC)) for place in places]
        axes.set_xticks(places, labels=names)
        self.letters(axes)

    def letters(self, axes: Axes) -> None:
        """The letters of the scales."""
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            label.set_fontfamily(families())

    def png(self) -> bytes:
        """The finished picture."""
        out = io.BytesIO()
        self.figure.savefig(out, format="png", dpi=DPI, facecolor=self.colours.sheet)
        return out.getvalue()


def _named(moment: datetime) -> str:
    """A day where it begins, the time within it."""
    return moment.strftime("%H:%M" if moment.hour or moment.minute else "%m-%d")


def when(at: int, ahead: int = 0) -> float:
    """A moment as the axes count it: days since 1970, by the owner's clocks."""
    return (at + ahead) / 1000 / _DAY


@cache
def families() -> list[str]:
    """The font of all pictures, then the one for what it lacks."""
    font_manager.fontManager.addfont(FONT)
    return [font_manager.FontProperties(fname=FONT).get_name(), _FALLBACK]


@cache
def _letters() -> frozenset[int]:
    """Every character that can be drawn."""
    fallback = font_manager.findfont(_FALLBACK)
    return frozenset(one for path in (str(FONT), fallback) for one in font_manager.get_font(path).get_charmap())


def lacks(picture: Any) -> str:
    """The characters on it that no font here has: they would be boxes."""
    return "".join(sorted({one for words in _words(picture) for one in words if ord(one) not in _letters()}))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from _words(getattr(value, one.name))
    elif isinstance(value, Iterable):
        for one in value:
            yield from _words(one)
