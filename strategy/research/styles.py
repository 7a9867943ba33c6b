"""How a proposed grid is meant. Words only."""

from enum import StrEnum


class Style(StrEnum):
    """From the one that risks least to the one that trades most."""

    CALM = "calm"
    """The smallest falls."""
    NORMAL = "normal"
    """The best middle, with falls between the others'."""
    BUSY = "busy"
    """The most round trips."""
    DEFAULT = "default"
    """The grid that is there where nobody says a figure: it is not chosen by what was."""


CHOSEN = (Style.CALM, Style.NORMAL, Style.BUSY)
