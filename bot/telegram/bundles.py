"""Which of the notices that wait are told in one message, and which of them are not pushed at all. Sends nothing."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from bot.owner.views import Noise, is_answer, is_danger
from bot.telegram.texts.fills import MOST_FILLS_TOLD
from strategy.messages.notices import FillTold, GridEnded, LevelJumped, LevelWaits, Notice, PhaseChanged, TripClosed

MOST_FILLS = 100
"""In one message, so that each can be named."""
MOST_TRIPS = MOST_FILLS_TOLD
"""The same where round trips are told and other fills are not: few messages are what was asked for."""
MOST_TOGETHER = 20
"""In one message, for the same reason."""
_BURSTS = (FillTold, LevelJumped)
TOGETHER = (PhaseChanged, GridEnded, LevelWaits)


class Row(NamedTuple):
    """A notice that has not been sent."""

    id: int
    notice: Notice


def is_gathered(notice: Notice, noise: Noise, *, quiet: bool) -> bool:
    """Whether it is counted in a digest: by the choice, or at night, as nobody wants to read it one by one at seven.

    What the owner has asked for is answered, whatever he chose: Start or /resume would else end in silence.
    """
    if is_danger(notice) or is_answer(notice):
        return False
    sums_up = isinstance(notice, (FillTold, TripClosed, LevelJumped))
    return not noise.way_of(notice).pushes or (quiet and sums_up)


def head_of(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows of the next message: the first one, and where its kind comes in bursts all that follow of it.

    Fills and jumps come out of the same moves of the market: each kind is gathered past the other, and past nothing
    else that happened between. Grids that end, pause or go on for one reason are told together, and so are levels that
    wait for one.
    """
    first, kind = rows[0].notice, type(rows[0].notice)
    if kind not in _BURSTS:
        return [rows[0], *takewhile(lambda row: _is_alike(first, row.notice), rows[1:MOST_TOGETHER])]
    end = next((at for at, row in enumerate(rows) if type(row.notice) not in _BURSTS), len(rows))
    return [row for row in rows[:end] if type(row.notice) is kind][:MOST_FILLS]


def _is_alike(first: Notice, other: Notice) -> bool:
    """Whether the same has happened to two: grids end or pause or go on for one reason, levels wait for one."""
    match first, other:
        case PhaseChanged(), PhaseChanged():
            return first.phase is other.phase
        case GridEnded(), GridEnded():
            return first.reason is other.reason
        case LevelWaits(), LevelWaits():
            both = (first.level is None) is (other.level is None)  # a sale has no level to be named with the others
            return both and replace(first, level=other.level, at=other.at) == other
        case _:
            return False


def may_grow(head: Sequence[Row], rows: Sequence[Row]) -> bool:
    """Whether what is still to come could join this message."""
    if isinstance(head[0].notice, TOGETHER):
        return len(head) == len(rows) < MOST_TOGETHER
    return len(head) < MOST_FILLS and all(type(row.notice) in _BURSTS for row in rows)
