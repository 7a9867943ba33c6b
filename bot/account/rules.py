"""When a market's rules may be others than we know: the exchange has refused what they allow. Reads nothing itself."""

from collections.abc import Callable
from dataclasses import dataclass

from strategy.messages.events import Event, OrderEnded, OrderRefused
from strategy.model.orders import Refusal

AGAINST_RULES = frozenset({Refusal.PRICE, Refusal.QUANTITY, Refusal.PRICE_BAND})
EVERY = 5_000
"""Milliseconds between two reads for that: what we can't know (a band that moves) is refused again and again."""


@dataclass(slots=True, kw_only=True)
class RulesInDoubt:
    """Whether the rules are to be read before their minute has come."""

    clock: Callable[[], int]
    _refused: bool = False
    _read_at: int | None = None

    def heard(self, event: Event) -> None:
        """What became of an order."""
        match event:
            case OrderRefused(reason=reason):
                self._refused |= reason in AGAINST_RULES
            case OrderEnded(ended=ended):
                self._refused |= ended.refused in AGAINST_RULES
            case _:
                pass

    @property
    def are_due(self) -> bool:
        """Whether something was refused since they were read, and that is not a moment ago."""
        return self._refused and (self._read_at is None or self.clock() - self._read_at >= EVERY)

    def asked(self) -> None:
        """They are being read: a refusal from here on is of orders that may be newer."""
        self._refused, self._read_at = False, self.clock()
