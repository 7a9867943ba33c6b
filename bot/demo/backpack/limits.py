"""How many requests a minute a caller may make. Pure."""

from collections import Counter
from dataclasses import dataclass

from exchange.paper.records import VenueRefusal
from strategy.model.durations import MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Requests a minute: all of a caller's, and those for market history."""

    all: int = 2000
    history: int = 30


class Limits:
    """Counts by the clock's minutes. Without rates nothing is limited."""

    def __init__(self, rates: Rates | None) -> None:
        self._rates = rates
        self._minute = 0
        self._counts: Counter[tuple[str, bool]] = Counter()

    def check(self, caller: str, now: int, *, is_history: bool) -> None:
        """Count a request, and refuse it if it is one too many."""
        if self._rates is None:
            return
        if now // MINUTE != self._minute:
            self._minute = now // MINUTE
            self._counts.clear()
        self._counts[caller, False] += 1
        self._counts[caller, True] += is_history
        too_many = self._counts[caller, False] > self._rates.all
        if too_many or (is_history and self._counts[caller, True] > self._rates.history):
            raise VenueRefusal("TOO_MANY_REQUESTS", "Too many requests", 429)
