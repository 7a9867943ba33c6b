"""Where the pages say more about a trouble: a line under its message, made here and nowhere else.

What was only typed wrongly has none: its message says all there is.
"""

from collections.abc import Mapping
from enum import StrEnum

from bot.telegram.texts.catalogue import Html, say
from strategy.messages.by_hand import CoinsMissing, RowsUnread
from strategy.messages.doubts import FillsMissing, LiveUnconfirmed, OrdersLeft
from strategy.messages.machine import BackupFailed, ClockOff, ShadowDiffers, Unwatched
from strategy.messages.notices import GridParked, LevelWaits, MarketRestricted, Notice, StrangersTold, Trouble
from strategy.messages.problems import ProblemCode


class Section(StrEnum):
    """The sections of the page about troubles; where each is in a language, its folder knows."""

    SILENT = "silent"
    BACKPACK = "backpack"
    LEVEL = "level"
    DECIDE = "decide"
    COMPUTER = "computer"


_OF_PROBLEM: Mapping[ProblemCode, Section] = {
    ProblemCode.NO_PRICE: Section.BACKPACK,
    ProblemCode.INTERRUPTED: Section.BACKPACK,
    ProblemCode.MARKET_CLOSED: Section.BACKPACK,
    ProblemCode.HALTED: Section.DECIDE,
}


def more(lang: str, section: Section | None) -> Html | None:
    """The line that names the place. In code marks: a chat would take the page's name for somebody's address."""
    return None if section is None else say(lang, "manual.more", place=say(lang, f"manual.{section}"))


def about_problem(code: ProblemCode) -> Section | None:
    """Why a command is refused, where it is not for what was typed."""
    return _OF_PROBLEM.get(code)


def about_notice(told: Notice) -> Section | None:
    """A trouble that has begun, not one that is over."""
    match told:
        case Trouble(over=False) | MarketRestricted(lasted=0) | Unwatched(over=False) | RowsUnread(over=False):
            return Section.BACKPACK
        case LevelWaits() | CoinsMissing(back=False):
            return Section.LEVEL
        case StrangersTold() | OrdersLeft() | FillsMissing() | LiveUnconfirmed() | GridParked():
            return Section.DECIDE
        case ClockOff(jumped=False) | BackupFailed() | ShadowDiffers():
            return Section.COMPUTER
        case _:
            return None
