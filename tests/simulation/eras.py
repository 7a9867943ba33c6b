"""When a world happens, and where its prices tend. Most begin on one quiet day, around whose price they stay."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from tests.builders import NOW
from tests.simulation.script import Script

ELSEWHEN = 0.2
"""The share of the worlds that begin beside a day of another length, or the end of a month or a year."""
DAYS = (
    datetime(2026, 3, 28, 12, tzinfo=UTC),  # the night in which Berlin's clocks are set forward
    datetime(2026, 10, 24, 12, tzinfo=UTC),  # that in which they are set back
    datetime(2026, 10, 31, 18, tzinfo=UTC),  # New York's
    datetime(2026, 12, 31, 15, tzinfo=UTC),  # the New Year of Shanghai
    datetime(2028, 2, 28, 20, tzinfo=UTC),
)
TRENDS = 0.2
"""The share of the worlds in which prices go away and do not come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How prices move on the whole, as parts of a price."""

    name: str = "a market that stays"
    homeward: Decimal = Decimal("0.03")
    """Of the way back to where they began, in each move."""
    drift: Decimal = Decimal(0)
    lowest: Decimal = Decimal("0.7")
    """How far they go, as parts of where they began."""
    highest: Decimal = Decimal("1.4")


AWAY = {"a market that bleeds": Decimal("-0.02"), "a market that climbs": Decimal("0.02")}
"""By two in a hundred each time: after a hundred moves an eighth is left, or there is seven times as much."""


def begins(script: Script) -> int:
    """The first moment of a world, ms."""
    dice = Random(f"{script.setup}:begins")
    return int(dice.choice(DAYS).timestamp() * 1000) if dice.random() < ELSEWHEN else NOW


def trend_of(script: Script) -> Trend:
    """What its prices do."""
    dice = Random(f"{script.setup}:trend")
    if dice.random() >= TRENDS:
        return Trend()
    name = dice.choice(sorted(AWAY))
    return Trend(name=name, homeward=Decimal(0), drift=AWAY[name], lowest=Decimal("0.02"), highest=Decimal(40))
