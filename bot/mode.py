"""Whether money is real: every wing of the program asks it, and every card shows it."""

from enum import StrEnum


class Mode(StrEnum):
    """Where the orders go; every card shows it."""

    PAPER = "paper"
    DEMO = "demo"
    LIVE = "live"
