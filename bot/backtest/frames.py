"""What a process that plays backtests is told first, and what it tells before its answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.owner.backtests import Wanted
from bot.owner.comparisons import Compare
from bot.owner.suggestions import Asked
from bot.settings import Defaults

Question: TypeAlias = Wanted | Asked | Compare
"""What may be asked: how one grid would have done or has done, or which grids there should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is the same for all questions to one process: the first thing that it is told."""

    address: str
    """Of the exchange."""
    folder: Path | None
    known: int | None
    defaults: Defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """So many candles are there and are being played."""

    candles: int
