"""Any picture as a PNG, or why there is none. Takes a moment: called in the process that draws."""

from typing import assert_never

from bot.owner.pictures import (
    CardPicture,
    CurvePicture,
    DaysPicture,
    LadderPicture,
    MarketPicture,
    PanelsPicture,
    Picture,
    Undrawn,
)
from bot.pictures.cards import card
from bot.pictures.curves import curves, days
from bot.pictures.ladder import ladder
from bot.pictures.market import market
from bot.pictures.panels import panels
from bot.pictures.style import lacks


def paint(picture: Picture) -> bytes | Undrawn:
    """A letter that no font here has is no box: there is no picture then, and whoever asked has another language."""
    if lacks(picture):
        return Undrawn.GLYPHS
    match picture:
        case MarketPicture():
            return market(picture)
        case LadderPicture():
            return ladder(picture)
        case PanelsPicture():
            return panels(picture)
        case CurvePicture():
            return curves(picture)
        case DaysPicture():
            return days(picture)
        case CardPicture():
            return card(picture)
        case _:
            assert_never(picture)
