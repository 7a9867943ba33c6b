"""What is worked out beside the chat, in processes of their own, however long it takes. Whoever asks waits for it."""

from dataclasses import dataclass

from bot.owner.backtests import Play
from bot.owner.comparisons import CompareThem
from bot.owner.pictures import Draw
from bot.owner.shadows import ReplayDays
from bot.owner.suggestions import Suggest
from bot.owner.twins import TwinOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """All of it that an answer may ask for."""

    play: Play
    """Plays a grid over the past."""
    suggest: Suggest
    """Chooses three grids by what they would have done."""
    compare: CompareThem
    """Plays a grid over the time that it traded."""
    twin: TwinOf
    """Walks its twin on paper through the prices that were recorded."""
    replay: ReplayDays
    """Decides once more what was recorded."""
    draw: Draw
    """Draws a picture."""
