"""A few figures as a card: a day's report, and what one would show to somebody."""

from matplotlib.lines import Line2D

from bot.owner.pictures import CardPicture
from bot.pictures.style import BODY, FLOOR, LEFT, RIGHT, Sheet

_MOST_ROWS = 9


def card(picture: CardPicture) -> bytes:
    """Rows of a name and a figure, on a curve that has no scale."""
    sheet = Sheet.of(picture.head)
    colours = sheet.colours
    rows = picture.rows[:_MOST_ROWS]
    room = 0.24 if picture.curve else 0.0
    if picture.curve:
        axes = sheet.axes(FLOOR, FLOOR + room - 0.03, right=RIGHT)
        values = [float(one) for one in picture.curve]
        colour = colours.good if values[-1] >= values[0] else colours.bad
        axes.plot(values, color=colour, lw=2.2)
        axes.fill_between(range(len(values)), values, min(values), color=colour, alpha=0.14, lw=0)
        axes.set_axis_off()
        axes.margins(x=0, y=0.08)
    step = (BODY - FLOOR - room) / max(len(rows), 1)
    step = min(step, 0.085)
    for at, (name, figure, tone) in enumerate(rows):
        y = BODY - step * (at + 0.5)
        sheet.text(LEFT, y, name, 14, colours.grey, widest=0.45)
        sheet.text(RIGHT, y, figure, 16, colours.of(tone), ha="right", widest=0.5)
        sheet.figure.add_artist(_rule(y - step / 2, colours.line))
    return sheet.png()


def _rule(y: float, colour: str) -> Line2D:
    return Line2D((LEFT, RIGHT), (y, y), color=colour, lw=0.9)
